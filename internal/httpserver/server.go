// Package httpserver is everything HTTP that is neither a page nor an endpoint:
// the engine and its limits, who is asking, repeated requests, and the one place
// where faults become status codes.
package httpserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/authz"
	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/org"
)

// Server is what the two faces of the desks share.
type Server struct {
	DB        *db.DB
	Org       *org.Desk
	Authz     *authz.Enforcer
	Words     *catalogue.Catalogue
	Log       *slog.Logger
	Secure    bool     // cookies only over https
	Proxies   []string // whose X-Forwarded-For is believed
	StaffHost string   // scheme://host of the staff pages, for Origin checks

	RequestKey []byte // keys the hashes of requests, the same on every node; never in the database

	Page func(*gin.Context, Problem) // answers problems outside the API; nil answers them as JSON
}

// BodyLimit is the largest request body of ordinary routes; file routes take
// FileLimit.
const (
	BodyLimit = 4 << 20
	FileLimit = 12 << 20
)

// Engine answers a gin engine with the limits and headers every staff route
// has.
func (s *Server) Engine() (*gin.Engine, error) {
	if len(s.RequestKey) == 0 {
		return nil, errors.New("httpserver: RequestKey is required")
	}
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash, e.RedirectFixedPath = false, false
	e.HandleMethodNotAllowed = true
	e.ContextWithFallback = false
	if err := e.SetTrustedProxies(s.Proxies); err != nil {
		return nil, err
	}
	cross := http.NewCrossOriginProtection()
	if s.StaffHost != "" {
		if err := cross.AddTrustedOrigin(s.StaffHost); err != nil {
			return nil, err
		}
	}
	e.Use(s.headers, s.recover, s.limit, func(c *gin.Context) {
		if err := cross.Check(c.Request); err != nil {
			s.Problem(c, ErrCrossOrigin)
			c.Abort()
		}
	})
	e.NoRoute(func(c *gin.Context) { s.Problem(c, ErrNoRoute) })
	e.NoMethod(func(c *gin.Context) { s.Problem(c, ErrMethod.With("method", c.Request.Method)) })
	return e, nil
}

type requestIDKey struct{}

func (s *Server) headers(c *gin.Context) {
	var b [8]byte
	_, _ = rand.Read(b[:])
	id := hex.EncodeToString(b[:])
	c.Set("request_id", id)
	if s.Page != nil && !strings.HasPrefix(c.Request.URL.Path, "/api/") {
		c.Set("problem_page", s.Page)
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestIDKey{}, id))
	h := c.Writer.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	c.Next()
}

// recover turns a panic into an internal error with an id; the stack goes to
// the log only.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.Log.ErrorContext(c.Request.Context(), "panic", "request", c.GetString("request_id"), "route", c.FullPath(), "panic", p, "stack", stack())
			s.Problem(c, errPanic)
			c.Abort()
		}
	}()
	c.Next()
}

var errPanic = errors.New("panic")

func (s *Server) limit(c *gin.Context) {
	max := int64(BodyLimit)
	switch path := c.FullPath(); {
	case strings.HasSuffix(path, "/files"), strings.HasSuffix(path, "/imports"), path == "/manuscripts/new", path == "/manuscripts/:id/edit":
		max = FileLimit
	}
	if c.Request.ContentLength > max {
		c.Writer.Header().Set("Connection", "close")
		s.Problem(c, ErrTooLarge.With("max", max>>20))
		c.Abort()
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, max)
	c.Next()
}

// Listen serves handler on a listener that is already open, until ctx ends; then
// requests under way get a while to finish.
func Listen(ctx context.Context, l net.Listener, handler http.Handler, log *slog.Logger) error {
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return srv.Close()
	}
	return nil
}
