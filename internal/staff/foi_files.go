package staff

import (
	"mime"
	"net/http"
	"strconv"

	"gongkai/internal/foi"
	"gongkai/internal/httpserver"
)

func foiAt(id int64) string { return "/foi/" + strconv.FormatInt(id, 10) }

func (s *Staff) foiAttach(v *visit, id int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.handle"); err != nil {
		return done{}, err
	}
	if len(v.files["file"]) != 1 {
		return done{}, foi.ErrFileMissing.On("file")
	}
	f := v.files["file"][0]
	media, _ := httpserver.MediaType(f.name, f.bytes)
	_, err := s.FOI.Attach(v.ctx, v.actor, id, foi.FileKind(v.form.Get("file_kind")), f.name, media, f.bytes)
	return done{foiAt(id), "foi_file_added"}, err
}

// foiFileBytes answers a file as a download, never as a page of ours (A21).
func (s *Staff) foiFileBytes(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	f, b, err := s.FOI.OpenFile(v.ctx, v.actor, id)
	if err != nil {
		return err
	}
	v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	v.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	v.Header("Cache-Control", "no-store")
	v.Data(http.StatusOK, "application/octet-stream", b)
	return nil
}

func (s *Staff) foiRemoveFile(v *visit) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.handle"); err != nil {
		return done{}, err
	}
	request, err := s.FOI.RemoveFile(v.ctx, v.actor, v.whole("file"), v.form.Get("file_reason"))
	return done{foiAt(request), "foi_file_removed"}, err
}

func (s *Staff) foiMerge(v *visit, id int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.handle"); err != nil {
		return done{}, err
	}
	_, err := s.FOI.Merge(v.ctx, v.actor, id, v.whole("version"), v.form.Get("into"), v.form.Get("merge_note"))
	return done{foiAt(id), "foi_merged"}, err
}

func (s *Staff) foiErase(v *visit, id int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.erase"); err != nil {
		return done{}, err
	}
	_, err := s.FOI.Erase(v.ctx, v.actor, id, v.whole("version"), v.form.Get("erase_reason"))
	return done{foiAt(id), "foi_erased"}, err
}
