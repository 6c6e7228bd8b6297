// Package asking is the public pages where anybody asks for information (依申请公开,
// domain 4.4): fill in, check the answers, receipt, track. They need no script, keep
// no session and ask for no purpose.
package asking

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/catalogue"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/httpserver"
	"gongkai/internal/site"
)

// Config is everything the pages need.
type Config struct {
	Requests  *foi.Desk
	Site      *site.Site
	Words     *catalogue.Catalogue
	Templates fs.FS  // ask.html
	Key       []byte // signs the questions
	Now       func() time.Time
	Log       *slog.Logger
}

// Pages are the public pages of requests. They are safe for concurrent use.
type Pages struct {
	Config
	templates *template.Template
	asked     httpserver.Tries // by address
	tracked   httpserver.Tries
}

// mostForm bounds a form: its longest text has 2,000 characters.
const mostForm = 64 << 10

// New reads the templates.
func New(c Config) (*Pages, error) {
	p := &Pages{Config: c}
	var err error
	p.templates, err = template.New("").Funcs(template.FuncMap{
		"T": func(code string, args ...any) string {
			m := map[string]any{}
			for i := 0; i+1 < len(args); i += 2 {
				m[fmt.Sprint(args[i])] = args[i+1]
			}
			return c.Words.Say(catalogue.Chinese, code, m)
		},
		"date": func(t time.Time) string { return t.In(calendar.Zone).Format(time.DateOnly) },
	}).ParseFS(c.Templates, "*.html")
	return p, err
}

// page is what every one of the pages shows.
type page struct {
	Values   url.Values
	Once     string
	Field    string // that was refused
	Say      string // why
	Kinds    []foi.ApplicantKind
	IDKinds  []string
	Media    []string
	Routes   []string
	First    string // of the sum
	Second   string
	Mark     string
	Number   string
	Secret   string
	Tracked  *foi.Tracked
	Withdraw bool
	Supply   bool
	Fields   []string
	Enclosed bool // a file was just added

	MostBytes, MostFiles int // of an applicant; bytes in megabytes
}

// fields are those of the form, in its order.
var fields = []string{"kind", "name", "id_kind", "id_number", "phone", "email", "address", "postcode", "head", "contact", "agent", "agent_id", "agent_paper", "wanted", "features", "medium", "route"}

// Get is what was typed in a field.
func (p page) Get(name string) string { return p.Values.Get(name) }

// Wrong says that a field was refused.
func (p page) Wrong(name string) bool { return p.Field == name }

// Serve answers a reader at an address.
func (s *Pages) Serve(w http.ResponseWriter, r *http.Request, address string) {
	s.Site.Secure(w.Header())
	w.Header().Set("Cache-Control", "no-store")
	do := map[string]func(http.ResponseWriter, *http.Request, string){
		"GET " + site.Requests: s.form, "POST " + site.Requests: s.form, "POST " + site.Requests + "check": s.check, "POST " + site.Requests + "submit": s.submit,
		"GET " + site.Requests + "track": s.track, "POST " + site.Requests + "track": s.track, "POST " + site.Requests + "withdraw": s.withdraw, "POST " + site.Requests + "supply": s.supply,
		"POST " + site.Requests + "enclose": s.enclose,
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	h, ok := do[method+" "+r.URL.Path]
	if !ok {
		if method != http.MethodGet { // a page of another kind, or reached another way
			http.Redirect(w, r, site.Requests, http.StatusSeeOther)
			return
		}
		s.show(w, r, http.StatusNotFound, "missing", page{})
		return
	}
	if r.Method == http.MethodPost && r.URL.Path != site.Requests+"enclose" {
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		if err := r.ParseForm(); err != nil {
			s.show(w, r, http.StatusRequestEntityTooLarge, "form", page{Say: s.say("ask.too_large", nil)})
			return
		}
	}
	h(w, r, address)
}

func (s *Pages) say(code string, args map[string]any) string {
	return s.Words.Say(catalogue.Chinese, code, args)
}

func (s *Pages) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.Kinds, p.IDKinds, p.Media, p.Routes, p.Fields = foi.ApplicantKinds, foi.IDKinds, foi.Media, foi.Routes, fields
	p.MostBytes, p.MostFiles = foi.MostApplicantBytes>>20, foi.MostApplicantFiles
	if p.Values == nil {
		p.Values = url.Values{}
	}
	if p.Once == "" {
		b := make([]byte, 16)
		_, _ = rand.Read(b)
		p.Once = hex.EncodeToString(b)
	}
	var b bytes.Buffer
	err := s.templates.ExecuteTemplate(&b, name, p)
	var out []byte
	if err == nil {
		out, err = s.Site.Frame(r.Context(), site.Requests, s.say("ask.title", nil), template.HTML(b.String()))
	}
	if err != nil {
		s.Log.ErrorContext(r.Context(), "a page of requests failed", "page", name, "err", err)
		w.Header().Set("Retry-After", "10")
		http.Error(w, s.say("site.problem_help.Service Unavailable", nil), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out)
	}
}

// typed keeps the fields of the form and nothing else.
func typed(r *http.Request) url.Values {
	v := url.Values{}
	for _, name := range fields {
		if s := r.PostForm.Get(name); s != "" {
			v.Set(name, strings.ToValidUTF8(s, "\ufffd"))
		}
	}
	return v
}

func (s *Pages) form(w http.ResponseWriter, r *http.Request, _ string) {
	s.show(w, r, http.StatusOK, "form", page{Values: typed(r), Once: once(r)})
}

// once is the form's own mark; one that is none of ours is made anew.
func once(r *http.Request) string {
	if o := r.PostForm.Get("once"); len(o) == 32 {
		if _, err := hex.DecodeString(o); err == nil {
			return o
		}
	}
	return ""
}

func request(v url.Values, once string) foi.New {
	f := v.Get
	return foi.New{Channel: foi.Internet, Wanted: f("wanted"), Features: f("features"), Wish: foi.Wish{Medium: f("medium"), Route: f("route")}, Once: once,
		Applicant: foi.Applicant{Kind: foi.ApplicantKind(f("kind")), Name: f("name"), IDKind: f("id_kind"), IDNumber: f("id_number"), Phone: f("phone"), Email: f("email"), Address: f("address"),
			Postcode: f("postcode"), Head: f("head"), Contact: f("contact"), Agent: f("agent"), AgentID: f("agent_id"), AgentPaper: f("agent_paper")}}
}

// refused shows a page again with the reason and everything that was typed; what
// is no fault of the reader's is said to be none.
func (s *Pages) refused(w http.ResponseWriter, r *http.Request, name string, p page, err error) {
	f, ok := fault.From(err)
	if !ok {
		s.Log.ErrorContext(r.Context(), "a request failed", "err", err)
		w.Header().Set("Retry-After", "10")
		p.Say = s.say("ask.later", nil)
		s.show(w, r, http.StatusServiceUnavailable, name, p)
		return
	}
	p.Field, p.Say = f.Field, s.say(f.Code, f.Args)
	status := http.StatusUnprocessableEntity
	if f.Kind == fault.NotFound {
		status = http.StatusNotFound
	}
	s.show(w, r, status, name, p)
}

func (s *Pages) check(w http.ResponseWriter, r *http.Request, _ string) {
	p := page{Values: typed(r), Once: once(r)}
	if p.Once == "" {
		s.show(w, r, http.StatusOK, "form", p)
		return
	}
	n := request(p.Values, p.Once)
	if err := n.Check(); err != nil {
		s.refused(w, r, "form", p, err)
		return
	}
	s.show(w, r, http.StatusOK, "check", s.questioned(p))
}

func (s *Pages) questioned(p page) page {
	p.First, p.Second = ask(s.Key, p.Once).words()
	p.Mark = mark(s.Key, p.Once, s.Now())
	return p
}

func (s *Pages) submit(w http.ResponseWriter, r *http.Request, address string) {
	p := page{Values: typed(r), Once: once(r)}
	switch {
	case r.PostForm.Get("change") != "" || p.Once == "":
		s.show(w, r, http.StatusOK, "form", p)
		return
	case !s.asked.Allow(address, s.Now()):
		p.Say = s.say("ask.too_many", nil)
		w.Header().Set("Retry-After", "300")
		s.show(w, r, http.StatusTooManyRequests, "check", s.questioned(p))
		return
	case !right(s.Key, p.Once, r.PostForm.Get("mark"), r.PostForm.Get("sum"), s.Now()):
		p.Field, p.Say = "sum", s.say("ask.sum_wrong", nil)
		s.show(w, r, http.StatusUnprocessableEntity, "check", s.questioned(p))
		return
	}
	office := s.Site.Office()
	if office == 0 {
		s.refused(w, r, "form", p, errors.New("no organisation"))
		return
	}
	rc, err := s.Requests.Submit(r.Context(), office, address, request(p.Values, p.Once))
	if err != nil {
		s.refused(w, r, "form", p, err)
		return
	}
	s.show(w, r, http.StatusOK, "receipt", page{Number: rc.Request.Number, Secret: rc.Secret})
}

func (s *Pages) track(w http.ResponseWriter, r *http.Request, address string) {
	p := page{}
	if r.Method != http.MethodPost {
		s.show(w, r, http.StatusOK, "track", p)
		return
	}
	s.tracking(w, r, address, func(context.Context, int64, string, string) error { return nil })
}

// tracking does something to a request whose number and secret are right, and
// shows where it stands. An unknown number and a wrong secret are the same answer.
func (s *Pages) tracking(w http.ResponseWriter, r *http.Request, address string, do func(ctx context.Context, office int64, number, secret string) error) {
	number, secret := cut(r.PostForm.Get("number")), cut(r.PostForm.Get("secret"))
	p := page{Number: number, Values: url.Values{"text": {strings.ToValidUTF8(r.PostForm.Get("text"), "\ufffd")}}}
	if !s.tracked.Allow(address, s.Now()) {
		p.Say = s.say("ask.too_many", nil)
		w.Header().Set("Retry-After", "300")
		s.show(w, r, http.StatusTooManyRequests, "track", p)
		return
	}
	office := s.Site.Office()
	t, err := s.Requests.Track(r.Context(), office, number, secret)
	if err != nil {
		s.refused(w, r, "track", p, err)
		return
	}
	status := http.StatusOK
	p.Enclosed = strings.HasSuffix(r.URL.Path, "/enclose")
	if err := do(r.Context(), office, number, secret); err != nil {
		f, ok := fault.From(err)
		if !ok {
			s.refused(w, r, "track", p, err)
			return
		}
		p.Field, p.Say, status, p.Enclosed = f.Field, s.say(f.Code, f.Args), http.StatusUnprocessableEntity, false
	} else if t, err = s.Requests.Track(r.Context(), office, number, secret); err != nil {
		s.refused(w, r, "track", p, err)
		return
	}
	p.Secret, p.Tracked = secret, &t
	p.Withdraw, p.Supply = t.Clock.State.Open(), t.Clock.State == foi.CorrectionPending
	s.show(w, r, status, "track", p)
}

// cut bounds what is looked for.
func cut(s string) string {
	s = strings.TrimSpace(s)
	return strings.ToValidUTF8(s[:min(len(s), 40)], "")
}

func (s *Pages) withdraw(w http.ResponseWriter, r *http.Request, address string) {
	s.tracking(w, r, address, func(ctx context.Context, office int64, number, secret string) error {
		return s.Requests.Withdraw(ctx, office, number, secret, address)
	})
}

func (s *Pages) supply(w http.ResponseWriter, r *http.Request, address string) {
	s.tracking(w, r, address, func(ctx context.Context, office int64, number, secret string) error {
		return s.Requests.Supply(ctx, office, number, secret, address, r.PostForm.Get("text"))
	})
}
