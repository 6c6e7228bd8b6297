package staff

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/httpserver"
	"gongkai/internal/org"
)

type problemPage struct {
	frame
	Problem httpserver.Problem
	Kept    *kept
	Ask     []string // who can help somebody without the post
}

// kept is a form somebody sent that could not be taken: it is offered to be sent
// again, so nothing typed is lost.
type kept struct {
	Path   string
	Fields []field
	Files  bool // files were with it, which a page cannot give back
}

type field struct{ Name, Value string }

// keep takes the typed form, without secrets.
func (v *visit) keep() *kept {
	if len(v.form) == 0 || v.form.Has("password") || v.form.Has("old_password") || v.Request.Method != http.MethodPost {
		return nil
	}
	k := &kept{Path: v.Request.URL.Path, Files: len(v.files) > 0}
	for _, name := range sorted(v.form) {
		if name == "code" || name == "pin" || name == "pin_repeat" {
			continue
		}
		for _, value := range v.form[name] {
			k.Fields = append(k.Fields, field{name, value})
		}
	}
	return k
}

func sorted(form url.Values) []string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// fail answers what no page could: to the sign-in when nobody is signed in, to
// the change of a one-time password, else an error page.
func (s *Staff) fail(v *visit, err error) {
	if v.Writer.Written() {
		return
	}
	if v.GetHeader("Accept") == "application/json" { // a script of ours asks, not a reader
		v.Set("problem_page", nil)
		s.Problem(v.Context, err)
		return
	}
	f, _ := fault.From(err)
	page := v.Request.Method == http.MethodGet
	switch {
	case f != nil && f.Is(org.ErrMustChange):
		to := "/password"
		if page {
			to += "?next=" + url.QueryEscape(v.Request.URL.RequestURI())
		}
		v.Redirect(http.StatusSeeOther, to)
	case f != nil && f.Is(org.ErrMustEnrol):
		to := "/account"
		if page {
			to += nextQuery(v.Request.URL.RequestURI())
		}
		v.Redirect(http.StatusSeeOther, to)
	case f != nil && f.Is(org.ErrCodeNeeded) && page:
		v.Redirect(http.StatusSeeOther, "/login/code"+nextQuery(v.Request.URL.RequestURI()))
	case f != nil && f.Kind == fault.Unauthenticated && page:
		to := "/login?next=" + url.QueryEscape(v.Request.URL.RequestURI())
		if f.Is(org.ErrSignedOut) {
			s.SetSession(v.Context, "")
			to += "&out=1"
		}
		v.Redirect(http.StatusSeeOther, to)
	case f != nil && f.Kind == fault.Unauthenticated:
		v.refuse(s, err)
		s.render(v.Context, v.status(), "login", s.loginOf(v, loginPage{Kept: v.keep()}))
	default:
		s.answer(v, s.ProblemOf(v.Context, err))
	}
}

// problemPage is how httpserver answers problems that arise outside handlers.
func (s *Staff) problemPage(c *gin.Context, p httpserver.Problem) {
	s.answer(&visit{Context: c, ctx: c.Request.Context(), lang: httpserver.Lang(c)}, p)
}

func (s *Staff) answer(v *visit, p httpserver.Problem) {
	page := problemPage{Problem: p}
	if p.Status >= http.StatusInternalServerError || p.Status == http.StatusRequestEntityTooLarge {
		page.frame = s.bare(v, headOf(p.Status))
	} else if in, err := s.signedIn(v.Context); err != nil {
		page.frame = s.bare(v, headOf(p.Status))
	} else if in.form, in.files = v.form, v.files; true {
		if page.frame, err = s.frame(in, headOf(p.Status)); err != nil {
			page.frame = s.bare(v, headOf(p.Status))
		}
	}
	page.Kept = v.keep()
	if p.Status == http.StatusForbidden && page.Menu != nil {
		page.Ask = s.administrators(v)
	}
	s.render(v.Context, p.Status, "problem", page)
}

// administrators are those who give posts, by name; none when they cannot be read.
func (s *Staff) administrators(v *visit) (all []string) {
	who, err := s.Who(v.Context)
	if err != nil {
		return nil
	}
	_ = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		ids, err := org.Holders(tx, who.OrganisationID, org.SecurityAdmin, 0)
		if err != nil {
			return err
		}
		names, err := org.Names(tx, ids)
		for _, id := range ids {
			all = append(all, names[id])
		}
		return err
	})
	return all
}

// headOf is the heading of an error page.
func headOf(status int) string {
	switch status {
	case http.StatusForbidden:
		return "staff.problem.403"
	case http.StatusNotFound:
		return "staff.problem.404"
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType:
		return "staff.problem.405"
	case http.StatusConflict:
		return "staff.problem.409"
	case http.StatusRequestEntityTooLarge:
		return "staff.problem.413"
	case http.StatusServiceUnavailable:
		return "staff.problem.503"
	}
	if status >= http.StatusInternalServerError {
		return "staff.problem.500"
	}
	return "staff.problem.400"
}

// ownPath lets next= lead to pages of ours only: "//evil.com", "/\evil.com",
// schemes and control characters are refused (A3).
func ownPath(next string) (string, bool) {
	if len(next) > 500 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\") ||
		strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", false
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return "", false
	}
	return next, true
}
