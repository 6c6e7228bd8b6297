package asking

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"gongkai/internal/foi"
	"gongkai/internal/httpserver"
)

// mostUpload is how much is read of a form with a file that is too large, so that
// its sender still gets the answer.
const mostUpload = 32 << 20

// enclose adds a file to the own request. Whoever does not know its secret gets no
// further than the answer that there is none.
func (s *Pages) enclose(w http.ResponseWriter, r *http.Request, address string) {
	name, b, err := enclosure(w, r)
	if err != nil {
		s.show(w, r, http.StatusBadRequest, "track", page{Number: cut(r.PostForm.Get("number")), Say: s.say(foi.ErrFileMissing.Code, nil)})
		return
	}
	s.tracking(w, r, address, func(ctx context.Context, office int64, number, secret string) error {
		if name == "" {
			return foi.ErrFileMissing.On("file")
		}
		media, _ := httpserver.MediaType(name, b)
		return s.Requests.Enclose(ctx, office, number, secret, address, name, media, b)
	})
}

// enclosure reads the form: its fields into r.PostForm, and the file as far as one
// byte more than may be taken.
func enclosure(w http.ResponseWriter, r *http.Request) (name string, b []byte, err error) {
	r.PostForm = url.Values{}
	r.Body = http.MaxBytesReader(w, r.Body, mostUpload)
	parts, err := r.MultipartReader()
	for err == nil {
		part, end := parts.NextPart()
		if errors.Is(end, io.EOF) {
			break
		}
		if err = end; err != nil {
			break
		}
		switch part.FormName() {
		case "number", "secret":
			var text []byte
			text, err = io.ReadAll(io.LimitReader(part, 100))
			r.PostForm.Set(part.FormName(), string(text))
		case "file":
			if name = part.FileName(); name != "" {
				b, err = io.ReadAll(io.LimitReader(part, foi.MostApplicantBytes+1))
			}
		}
	}
	if len(b) > foi.MostApplicantBytes { // larger than anything is, and said so
		err = nil
	}
	return name, b, err
}
