package staff

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/review"
)

// visit is one request of a signed-in person.
type visit struct {
	*gin.Context
	ctx     context.Context // within an act: the one that carries its transaction
	actor   org.Actor       // with posts
	lang    catalogue.Lang
	form    url.Values
	files   map[string][]upload
	refused *refusal // when a form comes back

	confirmation org.Confirmation // of a signature

	judged *judgedRoster // of people, looked at and shown on their page

	waits   []review.Task // what waits for the visitor, when a page has read it already
	letters []foi.Task    // likewise the answers to requests
}

type upload struct {
	name  string
	bytes []byte
}

// done is where an act leads. It is the stored answer of a form, so a form sent
// twice leads to the same place.
type done struct {
	To    string `json:"to"`
	Flash string `json:"flash"` // staff.done.*
}

// signedIn finds who is asking, with the posts they hold now. Without a session
// a page leads to the sign-in; a form is kept there until somebody signed in.
func (s *Staff) signedIn(c *gin.Context) (*visit, error) {
	v := &visit{Context: c, ctx: c.Request.Context(), lang: httpserver.Lang(c)}
	var err error
	if v.actor, err = s.Who(c); err != nil {
		return v, err
	}
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, v.actor)
		if err == nil {
			v.actor = who
		}
		return err
	})
	return v, err
}

// show answers a page.
func (s *Staff) show(page func(v *visit) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		v, err := s.signedIn(c)
		if err == nil {
			err = page(v)
		}
		if err != nil {
			s.fail(v, err)
		}
	}
}

// form answers a form whose handler does everything itself.
func (s *Staff) form(handle func(v *visit) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		v := &visit{Context: c, ctx: c.Request.Context(), lang: httpserver.Lang(c)}
		err := v.readForm()
		if err == nil {
			read := v
			if v, err = s.signedIn(c); true {
				v.form, v.files = read.form, read.files
			}
		}
		if err == nil {
			err = handle(v)
		}
		if err != nil {
			s.fail(v, err)
		}
	}
}

// take answers a form that does one act. A refusal shows the page again, with
// what was typed; without such a page it offers the form to be sent again.
func (s *Staff) take(act func(v *visit) (done, error), again func(v *visit) error) gin.HandlerFunc {
	return s.form(func(v *visit) error { return s.taken(v, act, again) })
}

func (s *Staff) taken(v *visit, act func(v *visit) (done, error), again func(v *visit) error) error {
	err := s.once(v, act)
	if err == nil || again == nil || unauthenticated(err) {
		return err
	}
	v.refuse(s, err)
	if lost := again(v); lost != nil {
		return err
	}
	return nil
}

// once does the act in one transaction with its answer and leads on.
func (s *Staff) once(v *visit, act func(v *visit) (done, error)) error {
	d, err := s.onceOnly(v, act)
	if err == nil {
		s.lead(v.Context, d)
	}
	return err
}

func (s *Staff) onceOnly(v *visit, act func(v *visit) (done, error)) (d done, err error) {
	key := v.form.Get("key")
	if err := httpserver.ValidKey(key); err != nil {
		return d, err
	}
	typed := url.Values{}
	for name, values := range v.form {
		if name != "key" {
			typed[name] = values
		}
	}
	outer := v.ctx
	_, answer, err := s.Once(outer, v.actor, key, v.Request.Method+" "+v.Request.URL.Path, []byte(typed.Encode()), func(ctx context.Context) (httpserver.Answer, error) {
		v.ctx = ctx
		d, err := act(v)
		return httpserver.Answer{Status: http.StatusSeeOther, Body: d}, err
	})
	v.ctx = outer
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(answer, &d)
}

// lead sends the reader to a page with a word of what was done.
func (s *Staff) lead(c *gin.Context, d done) {
	if d.Flash != "" {
		http.SetCookie(c.Writer, &http.Cookie{Name: "said", Value: d.Flash, Path: "/", MaxAge: 60, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	}
	c.Redirect(http.StatusSeeOther, d.To)
}

// readForm reads a form of either encoding. Other content types come from no
// page of ours (A27).
func (v *visit) readForm() error {
	media, _, err := mime.ParseMediaType(v.GetHeader("Content-Type"))
	r := v.Request
	switch {
	case err == nil && media == "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case err == nil && media == "multipart/form-data":
		err = r.ParseMultipartForm(httpserver.FileLimit)
	default:
		return httpserver.ErrContentType.With("want", "application/x-www-form-urlencoded")
	}
	if err != nil {
		if strings.Contains(err.Error(), "too large") {
			return httpserver.ErrTooLarge.With("max", httpserver.FileLimit>>20)
		}
		return httpserver.ErrQuery.With("name", "form").Because(err)
	}
	v.form = r.PostForm
	if r.MultipartForm == nil {
		return nil
	}
	v.files = map[string][]upload{}
	for name, list := range r.MultipartForm.File {
		for _, h := range list {
			if h.Filename == "" {
				continue
			}
			f, err := readUpload(h)
			if err != nil {
				return err
			}
			v.files[name] = append(v.files[name], f)
		}
	}
	return nil
}

func readUpload(h *multipart.FileHeader) (upload, error) {
	name, err := manuscript.Line("file", h.Filename, 120)
	if err != nil {
		return upload{}, err
	}
	f, err := h.Open()
	if err != nil {
		return upload{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return upload{name, b}, err
}

// id reads the path's :id.
func (v *visit) id() (int64, error) {
	n, err := strconv.ParseInt(v.Param("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, httpserver.ErrNoRoute
	}
	return n, nil
}

// number reads a whole number from the query; absent is 0.
func (v *visit) number(name string) (int64, error) {
	q := v.Query(name)
	if q == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(q, 10, 64)
	if err != nil || n < 0 {
		return 0, httpserver.ErrQuery.On(name).With("name", name)
	}
	return n, nil
}

// whole reads a whole number from the form; what is none is 0, which no desk
// takes for an id.
func (v *visit) whole(name string) int64 {
	n, _ := strconv.ParseInt(v.form.Get(name), 10, 64)
	return n
}

// seen is what the form says its reader had before them.
func (v *visit) seen() manuscript.Seen {
	return manuscript.Seen{Version: v.whole("version"), Hash: v.form.Get("hash")}
}

// refusal is why a form came back.
type refusal struct {
	httpserver.Problem
	Where string // catalogue code of the field's name
	fault *fault.Fault
}

func (v *visit) refuse(s *Staff, err error) {
	p := s.ProblemOf(v.Context, err)
	f, _ := fault.From(err)
	if f == nil {
		f = fault.New(0, p.Code)
	}
	v.refused = &refusal{p, fieldCode(s, p.Field), f}
}

// status is that of the page: of the refusal, when a form came back.
func (v *visit) status() int {
	if v.refused != nil {
		return v.refused.Status
	}
	return http.StatusOK
}

func unauthenticated(err error) bool {
	f, ok := fault.From(err)
	return ok && (f.Kind == fault.Unauthenticated && f.Field == "" || f.Is(org.ErrMustChange) || f.Is(org.ErrMustEnrol))
}

func micros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
