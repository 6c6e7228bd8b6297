package site

import (
	"context"
	"html/template"
	"net/http"
)

// framed is a page that is not the site's own, in the site's frame.
type framedView struct {
	view
	Body template.HTML
}

// Frame sets what another part of the program shows readers into the site's
// frame: same head, navigation and foot. path is its address.
func (s *Site) Frame(ctx context.Context, path, title string, body template.HTML) ([]byte, error) {
	n, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	v := framedView{view: s.base(path, title, n.sections), Body: body}
	v.Current = Requests
	return s.execute("frame", v)
}

// Requests is where readers ask for information (依申请公开).
const Requests = "/ysqgk/"

// Secure sets the security headers of every public answer.
func (s *Site) Secure(h http.Header) { s.secure(h) }

// Office is whose site this is, 0 while nobody is registered.
func (s *Site) Office() int64 {
	if o := s.office.Load(); o != nil {
		return o.ID
	}
	return 0
}
