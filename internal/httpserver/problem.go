package httpserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/catalogue"
	"gongkai/internal/fault"
)

var (
	ErrNoRoute       = fault.New(fault.NotFound, "http.no_route")
	ErrMethod        = fault.New(fault.Unsupported, "http.method")
	ErrTooLarge      = fault.New(fault.TooLarge, "http.too_large")
	ErrCrossOrigin   = fault.New(fault.Forbidden, "http.cross_origin")
	ErrContentType   = fault.New(fault.Unsupported, "http.content_type")
	ErrNotUTF8       = fault.New(fault.Invalid, "http.not_utf8")
	ErrJSON          = fault.New(fault.Invalid, "http.json")
	ErrUnknownField  = fault.New(fault.Invalid, "http.unknown_field")
	ErrID            = fault.New(fault.Invalid, "http.id")
	ErrQuery         = fault.New(fault.Invalid, "http.query")
	ErrNoKey         = fault.New(fault.Invalid, "http.idempotency_key")
	ErrKeyReused     = fault.New(fault.Conflict, "http.idempotency_key_reused")
	ErrNotSignedIn   = fault.New(fault.Unauthenticated, "http.not_signed_in")
	ErrTooManyLogins = fault.New(fault.TooMany, "http.too_many")
	errInternal      = fault.New(0, "http.internal")
)

// Status is the one map from kinds of fault to HTTP.
func Status(f *fault.Fault) int {
	switch {
	case f.Is(ErrMethod):
		return http.StatusMethodNotAllowed
	case f.Is(ErrKeyReused):
		return http.StatusUnprocessableEntity
	}
	switch f.Kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Unsupported:
		return http.StatusUnsupportedMediaType
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Problem is a fault as application/problem+json (RFC 9457).
type Problem struct {
	Type    string         `json:"type"`
	Title   string         `json:"title"`    // in the reader's language
	TitleEn string         `json:"title_en"` // always English
	Status  int            `json:"status"`
	Code    string         `json:"code"`
	Field   string         `json:"field,omitempty"`
	Version int64          `json:"version,omitempty"` // on 409: the version there is now
	Request string         `json:"request"`           // to name when asking for help
	Details map[string]any `json:"details,omitempty"`
}

// Fault finds the fault people may see in err. What is none is logged here, once,
// and becomes "internal".
func (s *Server) Fault(c *gin.Context, err error) *fault.Fault {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return ErrTooLarge.With("max", tooBig.Limit>>20)
	}
	if f, ok := fault.From(err); ok {
		if f.Kind == fault.Unavailable {
			s.Log.ErrorContext(c.Request.Context(), "unavailable", "request", c.GetString("request_id"), "route", c.FullPath(), "err", err)
		}
		return f
	}
	if errors.Is(err, errPanic) {
		return errInternal
	}
	if c.Request.Context().Err() == nil {
		s.Log.ErrorContext(c.Request.Context(), "internal error", "request", c.GetString("request_id"), "route", c.FullPath(), "err", err)
	}
	return errInternal
}

// Problem answers an error. A page reader that does not ask for JSON gets the
// same words as text; staff pages render their own.
func (s *Server) Problem(c *gin.Context, err error) {
	f := s.Fault(c, err)
	if c.Writer.Written() {
		return
	}
	p := s.problem(c, f)
	page, _ := c.Get("problem_page")
	if show, ok := page.(func(*gin.Context, Problem)); ok {
		show(c, p)
		return
	}
	b, _ := json.Marshal(p)
	c.Data(p.Status, "application/problem+json; charset=utf-8", b)
}

func (s *Server) problem(c *gin.Context, f *fault.Fault) Problem {
	p := Problem{Type: "about:blank", Title: s.Words.Fault(Lang(c), f), TitleEn: s.Words.Fault(catalogue.English, f), Status: Status(f), Code: f.Code,
		Field: f.Field, Request: c.GetString("request_id"), Details: f.Args}
	if v, ok := f.Args["version"].(int64); ok {
		p.Version = v
	}
	return p
}

// ProblemOf is a fault in words without answering it, for WhyNot on pages.
func (s *Server) ProblemOf(c *gin.Context, err error) Problem { return s.problem(c, s.Fault(c, err)) }

// Lang is the reader's language: their cookie, else what the browser prefers.
func Lang(c *gin.Context) catalogue.Lang {
	if v, err := c.Cookie("lang"); err == nil && (v == string(catalogue.Chinese) || v == string(catalogue.English)) {
		return catalogue.Lang(v)
	}
	return catalogue.Prefer(c.GetHeader("Accept-Language"))
}

func stack() string {
	lines := strings.SplitN(string(debug.Stack()), "\n", 40)
	return strings.Join(lines[:len(lines)-1], "\n")
}
