package staff

import (
	"mime"
	"net/http"
	"strings"

	"gongkai/internal/blob"
	"gongkai/internal/db"
)

// file answers an attachment to those who may read the manuscript: as a
// download, never as a page of ours (A21).
func (s *Staff) file(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	no, err := v.number("revision")
	if err != nil {
		return err
	}
	open, err := s.Desk.Open(v.ctx, v.actor, id, int(no))
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

// image answers a picture of a text to signed-in people.
func (s *Staff) image(v *visit) error {
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

func (s *Staff) blob(v *visit, hash string) (b blob.Blob, err error) {
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		b, err = blob.Get(tx, hash)
		return err
	})
	return b, err
}
