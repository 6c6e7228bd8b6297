package httpserver

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/authz"
	"gongkai/internal/db"
	"gongkai/internal/org"
)

// CookieName is the session cookie; over https it carries the __Host- prefix.
func (s *Server) CookieName() string {
	if s.Secure {
		return "__Host-gongkai"
	}
	return "gongkai"
}

// SetSession gives the browser its session; an empty token takes it away.
func (s *Server) SetSession(c *gin.Context, token string) {
	ck := &http.Cookie{Name: s.CookieName(), Value: token, Path: "/", HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode}
	if token == "" {
		ck.MaxAge = -1
	}
	http.SetCookie(c.Writer, ck)
}

// Who reads the session from the bearer token or the cookie. A bearer token
// never comes from a browser form, so only cookies need the Origin check.
func (s *Server) Who(c *gin.Context) (org.Actor, error) {
	token := s.Token(c)
	if token == "" {
		return org.Actor{}, ErrNotSignedIn
	}
	return s.Org.Identify(c.Request.Context(), token, Address(c))
}

// Token is what the request brings as its session, "" for nothing that could be
// one.
func (s *Server) Token(c *gin.Context) (token string) {
	if h := c.GetHeader("Authorization"); h != "" {
		t, ok := strings.CutPrefix(h, "Bearer ")
		if !ok {
			return ""
		}
		token = t
	} else if ck, err := c.Cookie(s.CookieName()); err == nil {
		token = ck
	}
	if len(token) > 200 {
		return ""
	}
	return token
}

// Address is where the request came from, as far as proxies are trusted.
func Address(c *gin.Context) string {
	ip := c.ClientIP()
	if ip == "" {
		ip, _, _ = net.SplitHostPort(c.Request.RemoteAddr)
	}
	return ip
}

// Require enters the actor and asks for an act on the organisation as a whole,
// inside tx.
func (s *Server) Require(tx *db.Tx, a org.Actor, act string) (org.Actor, error) {
	who, err := org.Enter(tx, a)
	if err != nil {
		return who, err
	}
	_, err = s.Authz.Require(who, authz.Domain{OrganisationID: who.OrganisationID}, act)
	return who, err
}

// Tries bounds sign-in attempts per address; the lock of an account is kept in
// SQL, this only takes the edge off guessing.
type Tries struct {
	mu   sync.Mutex
	seen map[string][]time.Time
}

const (
	triesPerWindow = 30
	triesWindow    = 5 * time.Minute
)

// Allow counts a try of key at now and says whether it is one too many.
func (t *Tries) Allow(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil || len(t.seen) > 10_000 {
		t.seen = map[string][]time.Time{}
	}
	keep := t.seen[key][:0]
	for _, at := range t.seen[key] {
		if now.Sub(at) < triesWindow {
			keep = append(keep, at)
		}
	}
	if len(keep) >= triesPerWindow {
		t.seen[key] = keep
		return false
	}
	t.seen[key] = append(keep, now)
	return true
}
