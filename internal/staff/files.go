package staff

import (
	"bytes"
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
	"gongkai/internal/word"
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

// image answers a picture of a text to those who may read the text (I20), and one
// that is not in it yet to who is writing it in.
func (s *Staff) image(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	if slices.Contains(body.Blobs(open.Revision.Content.Body), v.Param("hash")) {
		return s.showImage(v, v.Param("hash"))
	}
	return s.ownImage(v)
}

// ownImage answers a picture of a text its reader is writing.
func (s *Staff) ownImage(v *visit) error {
	mine, err := s.Desk.CopyNames(v.ctx, v.actor, v.Param("hash"))
	if err != nil {
		return err
	}
	if !mine {
		return blob.ErrNotFound
	}
	return s.showImage(v, v.Param("hash"))
}

func (s *Staff) showImage(v *visit, hash string) error {
	b, err := s.blob(v, hash)
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
// the manuscript (0 for one not saved yet) and its revision, 0 for the newest.
func pictured(html template.HTML, id int64, revision int) template.HTML {
	if id == 0 {
		return template.HTML(picture.ReplaceAllString(string(html), `<img src="/manuscripts/images/$1"`))
	}
	return template.HTML(picture.ReplaceAllString(string(html), fmt.Sprintf(`<img src="/manuscripts/%d/images/$1?revision=%d"`, id, revision)))
}

// docx answers a text as a Word file to those who may read it.
func (s *Staff) docx(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = word.Write(&b, open.Revision.Content.Title, open.Revision.Content.Body, func(hash string) ([]byte, error) {
		x, err := s.blob(v, hash)
		return x.Bytes, err
	})
	if err != nil {
		return err
	}
	v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	v.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": word.FileName(open.Revision.Content.Title)}))
	v.Data(http.StatusOK, word.MediaType, b.Bytes())
	return nil
}

func (s *Staff) blob(v *visit, hash string) (b blob.Blob, err error) {
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		b, err = blob.Get(tx, hash)
		return err
	})
	return b, err
}
