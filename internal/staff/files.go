package staff

import (
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/db"
	"gongkai/internal/review"
)

// file answers an attachment to those who may read the manuscript: as a
// download, never as a page of ours (A21).
func (s *Staff) file(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	for _, a := range open.Revision.Content.Attachments {
		if a.Hash != v.Param("hash") {
			continue
		}
		b, err := s.blob(v, a.Hash)
		if err != nil {
			return err
		}
		v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
		v.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
		v.Data(http.StatusOK, "application/octet-stream", b.Bytes)
		return nil
	}
	return blob.ErrNotFound
}

// image answers a picture of a text to those who may read the text (I20).
func (s *Staff) image(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	if !slices.Contains(body.Blobs(open.Revision.Content.Body), v.Param("hash")) {
		return blob.ErrNotFound
	}
	b, err := s.blob(v, v.Param("hash"))
	if err != nil {
		return err
	}
	if b.MediaType != "image/png" && b.MediaType != "image/jpeg" {
		return blob.ErrNotFound
	}
	v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	v.Data(http.StatusOK, strings.TrimSpace(b.MediaType), b.Bytes)
	return nil
}

// opened is the manuscript and revision of the address.
func (s *Staff) opened(v *visit) (*review.View, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	no, err := v.number("revision")
	if err != nil {
		return nil, err
	}
	return s.Desk.Open(v.ctx, v.actor, id, int(no))
}

var picture = regexp.MustCompile(`<img src="/blob/(sha256:[0-9a-f]{64})"`)

// pictured is a text with its pictures where their reader may get them: with
// the manuscript and its revision, 0 for the newest.
func pictured(html template.HTML, id int64, revision int) template.HTML {
	return template.HTML(picture.ReplaceAllString(string(html), fmt.Sprintf(`<img src="/manuscripts/%d/images/$1?revision=%d"`, id, revision)))
}

func (s *Staff) blob(v *visit, hash string) (b blob.Blob, err error) {
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		b, err = blob.Get(tx, hash)
		return err
	})
	return b, err
}
