package staff

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/httpserver"
	"gongkai/internal/org"
	"gongkai/internal/sso"
)

// atProvider is what a browser keeps while its owner is at the provider of
// single sign-on. Who changes it spoils their own sign-in only.
type atProvider struct {
	sso.Ticket
	Next string
}

func (s *Staff) keepTicket(c *gin.Context, value string, age int) {
	name := "sso"
	if s.Secure {
		name = "__Host-sso"
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// toProvider sends somebody to the provider of single sign-on.
func (s *Staff) toProvider(c *gin.Context) {
	if s.SSO == nil {
		s.fail(s.visitor(c), httpserver.ErrNoRoute)
		return
	}
	to, ticket, err := s.SSO.Begin(c.Request.Context(), c.Query("fresh") != "")
	if err != nil {
		s.fail(s.visitor(c), err)
		return
	}
	next, _ := ownPath(c.Query("next"))
	b, _ := json.Marshal(atProvider{ticket, next})
	s.keepTicket(c, base64.RawURLEncoding.EncodeToString(b), 600)
	c.Redirect(http.StatusSeeOther, to)
}

// fromProvider signs in whom the provider vouches for.
func (s *Staff) fromProvider(c *gin.Context) {
	v := s.visitor(c)
	if s.SSO == nil {
		s.fail(v, httpserver.ErrNoRoute)
		return
	}
	var at atProvider
	for _, name := range []string{"__Host-sso", "sso"} {
		if value, err := c.Cookie(name); err == nil && s.Secure == strings.HasPrefix(name, "__") {
			b, _ := base64.RawURLEncoding.DecodeString(value)
			_ = json.Unmarshal(b, &at) // what is no ticket fails below
		}
	}
	s.keepTicket(c, "", -1)
	if at.Fresh != 0 {
		s.vouchedFor(v, at)
		return
	}
	err := error(httpserver.ErrTooManyLogins)
	var token, who string
	var a org.Actor
	if s.tries.Allow(httpserver.Address(c), s.DB.Now()) {
		if who, err = s.SSO.Finish(v.ctx, at.Ticket, c.Request.URL.Query()); err == nil {
			token, a, err = s.Org.SignInBy(v.ctx, who, httpserver.Address(c))
		}
	}
	if err != nil {
		if errors.Is(err, org.ErrNobody) || errors.Is(err, sso.ErrRefused) {
			s.Log.WarnContext(v.ctx, "single sign-on refused", "who", who, "address", httpserver.Address(c), "err", err)
		}
		v.refuse(s, err)
		s.render(c, v.status(), "login", s.loginOf(v, loginPage{}))
		return
	}
	next, _ := ownPath(at.Next)
	s.enter(v, token, a, next, nil)
}

// vouchedFor notes at the open session that its owner has just proved who they
// are.
func (s *Staff) vouchedFor(v *visit, at atProvider) {
	err := error(httpserver.ErrTooManyLogins)
	if s.tries.Allow(httpserver.Address(v.Context), s.DB.Now()) {
		if v.actor, err = s.Who(v.Context); err == nil {
			var who string
			if who, err = s.SSO.Finish(v.ctx, at.Ticket, v.Request.URL.Query()); err == nil {
				err = s.Org.Vouch(v.ctx, v.actor, who)
			}
		}
	}
	if err != nil {
		s.fail(v, err)
		return
	}
	to := "/account"
	if next, ok := ownPath(at.Next); ok {
		to += nextQuery(next)
	}
	s.lead(v.Context, done{to, "vouched"})
}
