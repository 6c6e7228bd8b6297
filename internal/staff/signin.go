package staff

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/catalogue"
	"gongkai/internal/fault"
	"gongkai/internal/httpserver"
	"gongkai/internal/org"
)

type loginPage struct {
	frame
	Login string
	Next  string
	Out   bool // the session ended
	Kept  *kept
	SSO   bool // there is a provider of single sign-on
}

// loginOf completes the page of the sign-in.
func (s *Staff) loginOf(v *visit, p loginPage) loginPage {
	p.frame, p.SSO = s.bare(v, "staff.sign_in"), s.SSO != nil
	return p
}

// codePage asks for the second factor of somebody whose password was right.
func (s *Staff) codePage(c *gin.Context) {
	next, _ := ownPath(c.Query("next"))
	_, err := s.Who(c)
	if f, ok := fault.From(err); !ok || !f.Is(org.ErrCodeNeeded) {
		c.Redirect(http.StatusSeeOther, "/login"+nextQuery(next))
		return
	}
	s.askCode(s.visitor(c), next, nil)
}

func (s *Staff) askCode(v *visit, next string, typed *kept) {
	s.render(v.Context, v.status(), "code", loginPage{frame: s.bare(v, "staff.second_factor"), Next: next, Kept: typed})
}

// signInCode completes a sign-in with a code.
func (s *Staff) signInCode(c *gin.Context) {
	v := s.visitor(c)
	if err := v.readForm(); err != nil {
		s.fail(v, err)
		return
	}
	next, typed := v.toDo()
	token, a, err := s.Org.SignInCode(v.ctx, s.Token(c), v.form.Get("code"), httpserver.Address(c))
	switch f, _ := fault.From(err); {
	case err == nil:
		s.enter(v, token, a, next, typed)
	case f != nil && f.Is(org.ErrSignedOut):
		v.refuse(s, err)
		s.render(c, v.status(), "login", s.loginOf(v, loginPage{Next: next, Kept: typed}))
	default:
		v.refuse(s, err)
		s.askCode(v, next, typed)
	}
}

// toDo is where a sign-in leads, and what was typed into a form before the last
// session ended.
func (v *visit) toDo() (next string, typed *kept) {
	next, _ = ownPath(v.form.Get("next"))
	if path, ok := ownPath(v.form.Get("kept_path")); ok && !strings.HasPrefix(path, "/login") {
		typed = &kept{Path: path}
		for _, name := range sorted(v.form) {
			if inner, ok := strings.CutPrefix(name, "kept."); ok {
				for _, value := range v.form[name] {
					typed.Fields = append(typed.Fields, field{inner, value})
				}
			}
		}
	}
	return next, typed
}

// front leads to the work list, or to the sign-in.
func (s *Staff) front(c *gin.Context) {
	if _, err := s.Who(c); err != nil {
		c.Redirect(http.StatusSeeOther, "/login")
		return
	}
	v, err := s.signedIn(c)
	if err != nil {
		s.fail(v, err)
		return
	}
	c.Redirect(http.StatusSeeOther, s.home(v))
}

// home is where a person's work is: not everybody has to do with manuscripts.
func (s *Staff) home(v *visit) string {
	switch {
	case s.mayAny(v, "manuscript.read"):
		return "/tasks"
	case s.mayAll(v, "foi.read"):
		return "/foi"
	case s.mayAll(v, "audit.read"):
		return "/audit"
	case s.mayAll(v, "org.read"):
		return "/people"
	}
	return "/notices"
}

func (s *Staff) visitor(c *gin.Context) *visit {
	return &visit{Context: c, ctx: c.Request.Context(), lang: httpserver.Lang(c)}
}

func (s *Staff) loginPage(c *gin.Context) {
	next, _ := ownPath(c.Query("next"))
	if _, err := s.Who(c); err == nil {
		if next == "" {
			next = "/"
		}
		c.Redirect(http.StatusSeeOther, next)
		return
	}
	v := s.visitor(c)
	s.render(c, http.StatusOK, "login", s.loginOf(v, loginPage{Next: next, Out: c.Query("out") != ""}))
}

// signIn opens a session. What was typed into a form before the last session
// ended comes along and is offered to be sent.
func (s *Staff) signIn(c *gin.Context) {
	v := s.visitor(c)
	if err := v.readForm(); err != nil {
		s.fail(v, err)
		return
	}
	next, typed := v.toDo()
	err := error(httpserver.ErrTooManyLogins)
	var token string
	var a org.Actor
	if s.tries.Allow(httpserver.Address(c), s.DB.Now()) {
		token, a, err = s.Org.SignIn(v.ctx, v.form.Get("login"), v.form.Get("password"), httpserver.Address(c))
	}
	if err != nil {
		v.refuse(s, err)
		s.render(c, v.status(), "login", s.loginOf(v, loginPage{Login: v.form.Get("login"), Next: next, Kept: typed}))
		return
	}
	s.enter(v, token, a, next, typed)
}

// enter gives the browser its session and leads on.
func (s *Staff) enter(v *visit, token string, a org.Actor, next string, typed *kept) {
	c := v.Context
	s.SetSession(c, token)
	switch {
	case a.NeedsCode && typed != nil:
		s.askCode(v, next, typed)
	case a.NeedsCode:
		c.Redirect(http.StatusSeeOther, "/login/code"+nextQuery(next))
	case typed != nil:
		s.render(c, http.StatusOK, "kept", problemPage{frame: s.bare(v, "staff.kept.head"), Kept: typed})
	case a.MustChange:
		c.Redirect(http.StatusSeeOther, "/password"+nextQuery(next))
	case a.MustEnrol:
		c.Redirect(http.StatusSeeOther, "/account"+nextQuery(next))
	case next != "":
		c.Redirect(http.StatusSeeOther, next)
	default:
		c.Redirect(http.StatusSeeOther, "/")
	}
}

func (s *Staff) signOut(c *gin.Context) {
	if err := s.visitor(c).readForm(); err != nil {
		s.fail(s.visitor(c), err)
		return
	}
	a, err := s.Who(c)
	if err == nil {
		err = s.Org.SignOut(c.Request.Context(), a)
	}
	if f, ok := fault.From(err); err != nil && (!ok || f.Kind != fault.Unauthenticated) {
		s.fail(s.visitor(c), err)
		return
	}
	s.SetSession(c, "")
	s.lead(c, done{"/login", "signed_out"})
}

type passwordPage struct {
	frame
	Must   bool
	Framed bool // stands in the office's frame
	Next   string
	Login  string
}

// passwordPage is open to people with a one-time password, who may do nothing
// else yet.
func (s *Staff) passwordPage(c *gin.Context) {
	v := s.visitor(c)
	a, err := s.Who(c)
	if err != nil {
		s.fail(v, err)
		return
	}
	next, _ := ownPath(c.Query("next"))
	s.render(c, http.StatusOK, "password", s.passwordOf(v, a, next))
}

// passwordOf stands in the office's frame for who may go elsewhere.
func (s *Staff) passwordOf(v *visit, a org.Actor, next string) passwordPage {
	p := passwordPage{Next: next, Login: a.Login}
	v.actor = a
	if s.withPosts(v) == nil {
		if f, err := s.frame(v, "staff.password"); err == nil {
			p.frame, p.Framed = f, true
			return p
		}
	}
	p.frame, p.Must = s.bare(v, "staff.password"), a.MustChange
	return p
}

// errRepeat is answered when the new password was not typed twice alike.
var errRepeat = fault.New(fault.Invalid, "staff.password_repeat")

func (s *Staff) changePassword(c *gin.Context) {
	v := s.visitor(c)
	if err := v.readForm(); err != nil {
		s.fail(v, err)
		return
	}
	a, err := s.Who(c)
	if err != nil {
		s.fail(v, err)
		return
	}
	next, ok := ownPath(v.form.Get("next"))
	if err = errRepeat.On("repeat"); v.form.Get("password") == v.form.Get("repeat") {
		var change org.PasswordChange
		if change, err = s.Org.PreparePassword(v.ctx, a, v.form.Get("old_password"), v.form.Get("password")); err == nil {
			err = s.Org.ChangePassword(v.ctx, a, change)
		}
	}
	if err != nil {
		if f, known := fault.From(err); known && f.Is(org.ErrPasswordWeak) && f.Field == "" {
			err = f.On("password")
		}
		v.refuse(s, err)
		if v.refused.Code == org.ErrSignIn.Code {
			v.refused.Title = s.Words.Say(v.lang, "staff.password_old", nil)
		}
		s.render(c, v.status(), "password", s.passwordOf(v, a, next))
		return
	}
	if !ok {
		next = "/"
	}
	s.lead(c, done{next, "password"})
}

// chooseLang keeps the reader's language in a cookie.
func (s *Staff) chooseLang(c *gin.Context) {
	s.choose(c, "lang", string(catalogue.Chinese), string(catalogue.English))
}

// chooseKeys keeps in a cookie whether single keys do anything (WCAG 2.1.4).
func (s *Staff) chooseKeys(c *gin.Context) { s.choose(c, "keys", "on", "off") }

// keysPage lists the keys and turns them off.
func (s *Staff) keysPage(v *visit) error {
	p := struct {
		frame
		Back string // where the reader came from
	}{}
	p.Back, _ = ownPath(v.Query("back"))
	var err error
	if p.frame, err = s.frame(v, "staff.keys"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "keys", p)
	return nil
}

// choose keeps one of the reader's choices for a year; what is none of them is
// the first.
func (s *Staff) choose(c *gin.Context, name string, choices ...string) {
	v := s.visitor(c)
	if err := v.readForm(); err != nil {
		s.fail(v, err)
		return
	}
	to := v.form.Get("to")
	if !slices.Contains(choices, to) {
		to = choices[0]
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: to, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	next, ok := ownPath(v.form.Get("next"))
	if !ok {
		next = "/"
	}
	c.Redirect(http.StatusSeeOther, next)
}

func nextQuery(next string) string {
	if next == "" {
		return ""
	}
	return "?next=" + url.QueryEscape(next)
}
