package site

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/db"
)

// Handler answers readers. It takes GET and HEAD only, sends no script, and
// sets its own security headers on every answer.
func (s *Site) Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	for path, h := range map[string]func(*gin.Context, *snapshot){
		"/":                  s.home,
		"/list/":             s.catalogue,
		"/list/:slug/":       s.list,
		"/search":            s.search,
		"/files/:hash/:name": s.file,
		"/blob/:hash":        s.image,
		"/feed.xml":          s.feed,
		"/sitemap.xml":       s.sitemap,
	} {
		e.GET(path, s.reading(h))
		e.HEAD(path, s.reading(h))
	}
	for path, h := range map[string]gin.HandlerFunc{
		"/list/:slug":    s.slash,
		"/view":          s.setView,
		"/view.css":      s.viewCSS,
		"/s/:hash/*name": s.asset,
		"/favicon.ico":   s.favicon,
		"/robots.txt":    s.robots,
		"/healthz":       s.health,
	} {
		e.GET(path, h)
		e.HEAD(path, h)
	}
	e.NoRoute(s.reading(func(c *gin.Context, n *snapshot) { s.problem(c.Writer, c.Request, n, http.StatusNotFound) }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.secure(w.Header())
		defer s.caught(w, r)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header()["Allow"] = allowed
			s.plainProblem(w, r, http.StatusMethodNotAllowed)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/art/") { // most of what readers ask for, without the router's cost
			s.page(w, r)
			return
		}
		e.ServeHTTP(w, r)
	})
}

var (
	allowed   = []string{"GET, HEAD"}
	csp       = []string{"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"}
	nosniff   = []string{"nosniff"}
	deny      = []string{"DENY"}
	referrer  = []string{"strict-origin-when-cross-origin"}
	transport = []string{"max-age=31536000; includeSubDomains"}
)

func (s *Site) secure(h http.Header) {
	h["Content-Security-Policy"] = csp
	h["X-Content-Type-Options"] = nosniff
	h["X-Frame-Options"] = deny
	h["Referrer-Policy"] = referrer
	if s.https() {
		h["Strict-Transport-Security"] = transport
	}
}

// caught answers 500 when a handler panics.
func (s *Site) caught(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		s.c.Log.ErrorContext(r.Context(), "a public page failed", "path", r.URL.Path, "panic", p)
		s.plainProblem(w, r, http.StatusInternalServerError)
	}
}

// reading gives a handler what is visible now.
func (s *Site) reading(h func(*gin.Context, *snapshot)) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer c.Writer.WriteHeaderNow() // or gin writes words of its own into a 404 to HEAD
		n, err := s.current(c.Request.Context())
		if err != nil {
			s.broken(c.Writer, c.Request, err)
			return
		}
		h(c, n)
	}
}

func (s *Site) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.c.Log.ErrorContext(r.Context(), "the site cannot answer", "path", r.URL.Path, "err", err)
	w.Header().Set("Retry-After", "10")
	s.plainProblem(w, r, http.StatusServiceUnavailable)
}

func (s *Site) page(w http.ResponseWriter, r *http.Request) {
	n, err := s.current(r.Context())
	if err != nil {
		s.broken(w, r, err)
		return
	}
	p := n.byPath.get(r.URL.Path)
	switch {
	case p == nil:
		s.problem(w, r, n, http.StatusNotFound)
	case p.GoneAt != 0:
		if to := n.movedTo(p); to != nil {
			h := w.Header()
			h["Location"], h["Cache-Control"] = []string{to.Path}, revalidate
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		s.gone(w, r, n, p)
	default:
		a, err := s.article(r.Context(), p.Artefact)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		a.serve(w, r, http.StatusOK, revalidate)
	}
}

const correctedReason = "corrected"

// movedTo is the page that stands in the place of one that was corrected, over
// several corrections; nil when there is none any more.
func (x index) movedTo(p *shown) *shown {
	for range 100 {
		if p == nil || p.GoneAt == 0 {
			return p
		}
		if p.MovedTo == 0 {
			return nil
		}
		p = x.byManuscript.get(p.MovedTo)
	}
	return nil
}

// problemView is the page of a 404, 405, 410, 500 or 503.
type problemView struct {
	view
	Status int
	Code   string // of the sentences
	Reason string
	Date   string
	Old    string // title of what was taken down, when its reason lets it be named
}

func (s *Site) problem(w http.ResponseWriter, r *http.Request, n *snapshot, status int) {
	s.writeProblem(w, r, problemView{view: s.base("/", s.say("site.problem."+http.StatusText(status)), n.sections), Status: status, Code: http.StatusText(status)})
}

// plainProblem needs no database.
func (s *Site) plainProblem(w http.ResponseWriter, r *http.Request, status int) {
	s.writeProblem(w, r, problemView{view: s.base("/", s.say("site.problem."+http.StatusText(status)), nil), Status: status, Code: http.StatusText(status)})
}

// nameable are the reasons that do not forbid the title too.
var nameable = map[string]bool{"outdated": true, "duplicate": true}

func (s *Site) gone(w http.ResponseWriter, r *http.Request, n *snapshot, p *shown) {
	v := problemView{view: s.base("/", s.say("site.problem.Gone"), n.sections), Status: http.StatusGone, Code: "Gone"}
	v.Reason = p.GoneReason
	v.Date = db.Time(p.GoneAt).In(shanghai).Format("2006-01-02")
	if nameable[p.GoneReason] {
		v.Old = p.Title
	}
	s.writeProblem(w, r, v)
}

func (s *Site) writeProblem(w http.ResponseWriter, r *http.Request, v problemView) {
	b, err := s.execute("problem", v)
	if err != nil {
		s.c.Log.ErrorContext(r.Context(), "the error page failed", slog.Any("err", err))
		b = []byte(http.StatusText(v.Status))
	}
	h := w.Header()
	h["Content-Type"] = []string{"text/html; charset=utf-8"}
	h["Cache-Control"] = []string{"no-store"}
	delete(h, "Etag")
	delete(h, "Content-Encoding")
	delete(h, "Content-Length")
	w.WriteHeader(v.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b)
	}
}

// slash sends /list/x to /list/x/; only to names the site has.
func (s *Site) slash(c *gin.Context) {
	s.reading(func(c *gin.Context, n *snapshot) {
		for _, sec := range n.sections {
			if sec.Slug == c.Param("slug") {
				c.Redirect(http.StatusMovedPermanently, "/list/"+url.PathEscape(sec.Slug)+"/")
				return
			}
		}
		s.problem(c.Writer, c.Request, n, http.StatusNotFound)
	})(c)
}

// ownPath answers a path of this site, "/" for anything else: other hosts in
// any disguise, control characters, what is not a path.
func ownPath(p string) string {
	u, err := url.Parse(p)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsAny(u.Path, "\\\r\n\t\x00%") {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}
