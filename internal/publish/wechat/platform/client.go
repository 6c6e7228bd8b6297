// Package platform is the client of the WeChat platform for one official account
// (公众号): its calls, the access token they need, what its refusals mean, the
// day's quotas, and how its pushes are opened.
package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
)

// official is the only address a production system may speak to.
const official = "https://api.weixin.qq.com"

const (
	callLimit   = 15 * time.Second
	uploadLimit = 60 * time.Second
	replyLimit  = 4 << 20
)

var ridPattern = regexp.MustCompile(`rid: ([0-9a-f-]{8,64})`)

// Account describes one official account and how to reach the platform. AppID
// and Secret are required.
type Account struct {
	BaseURL       string // default https://api.weixin.qq.com; nothing else in production
	AppID, Secret string
	CallbackToken string         // with AESKey: pushes are taken; both empty: polling only
	AESKey        string         // EncodingAESKey, 43 characters
	Environment   string         // "production", "demo", …
	HTTP          *http.Client   // nil: a plain one; redirects are never followed
	CallTimeout   time.Duration  // of a call that uploads nothing; default 15 s
	UploadTimeout time.Duration  // default 60 s
	Quotas        map[string]int // calls a day by path, where they differ from the documented ones
}

// Client speaks to the platform. It repeats nothing except a call refused for
// its token, which had no effect. Every error of its calls is an *Error. It is
// safe for concurrent use.
type Client struct {
	base, appID, secret string
	http                *http.Client
	limit, uploadLimit  time.Duration
	now                 func() time.Time
	tokens              tokens
	// spend counts a call against the day's budget and refuses it before the
	// platform would.
	spend func(ctx context.Context, path string, spare bool) error
	// exhausted notes that the platform said a quota is used up.
	exhausted func(ctx context.Context, path string)
}

// New checks the account and makes no call. Spent quotas are kept in d, whose
// clock is the client's. In production it refuses every address but the
// platform's own.
func New(d *db.DB, a Account) (*Client, error) {
	if a.AppID == "" || a.Secret == "" {
		return nil, errors.New("wechat: app_id and secret are required")
	}
	if a.BaseURL == "" {
		a.BaseURL = official
	}
	a.BaseURL = strings.TrimRight(a.BaseURL, "/")
	if a.Environment == "production" && a.BaseURL != official {
		return nil, fmt.Errorf("wechat: base_url %q is refused in production: use %s, or set another environment", a.BaseURL, official)
	}
	if u, err := url.Parse(a.BaseURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("wechat: base_url %q is not an address", a.BaseURL)
	}
	if a.CallTimeout == 0 {
		a.CallTimeout = callLimit
	}
	if a.UploadTimeout == 0 {
		a.UploadTimeout = uploadLimit
	}
	caller := &http.Client{}
	if a.HTTP != nil {
		*caller = *a.HTTP
	}
	caller.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	caller.Jar = nil
	q := quotas{db: d, account: a.AppID, limits: a.Quotas}
	return &Client{base: a.BaseURL, appID: a.AppID, secret: a.Secret, http: caller, limit: a.CallTimeout,
		uploadLimit: a.UploadTimeout, now: d.Now, spend: q.spend, exhausted: q.exhausted}, nil
}

// Simulated says that the client does not speak to WeChat itself.
func (c *Client) Simulated() bool { return c.base != official }

// A call is one request. One that acts may change something over there.
type call struct {
	path  string
	query url.Values
	body  any // sent as JSON
	file  *File
	acts  bool
	spare bool // may use the part of the quota kept for reconciliation and people
}

// File is a picture to upload.
type File struct {
	Name      string // without a path; its ending names the format
	MediaType string // "image/png" or "image/jpeg"
	Bytes     []byte
}

// do runs a call and decodes the reply. Every error is an *Error that says
// whether the platform may have acted.
func (c *Client) do(ctx context.Context, k call, reply any) error {
	for renewed := 0; ; renewed++ {
		tok, err := c.token(ctx, k.path)
		if err != nil {
			return err
		}
		if err := c.spend(ctx, k.path, k.spare); err != nil {
			var e *Error
			if errors.As(err, &e) {
				return e
			}
			return &Error{Call: k.path, Msg: "the budget could not be read", Outcome: publish.NotSent, Class: Unclear, cause: err}
		}
		err = c.once(ctx, k, tok, reply)
		var e *Error
		if !errors.As(err, &e) {
			return err
		}
		switch {
		case e.Class == Quota:
			c.exhausted(context.WithoutCancel(ctx), k.path)
			return e
		case e.Class != Token || renewed == 2:
			return e
		case !c.renew(ctx, tok, renewed == 1):
			return e
		}
	}
}

// once sends a call a single time.
func (c *Client) once(ctx context.Context, k call, tok string, reply any) error {
	limit := c.limit
	if k.file != nil {
		limit = c.uploadLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	fail := func(o publish.Outcome, format string, args ...any) error {
		err := fmt.Errorf(format, args...)
		return &Error{Call: k.path, Msg: c.redact(err.Error(), tok), Outcome: o, Class: Unclear, cause: shy(err)}
	}
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { wrote.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) { wrote.Store(true) },
		GotFirstResponseByte: func() {
			if k.acts {
				crashpoint.Here("K9") // done over there, not known here
			}
		},
	})
	req, err := c.request(ctx, k, tok)
	if err != nil {
		return fail(publish.NotSent, "build the request: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if wrote.Load() {
			return fail(publish.Unknown, "no answer: %w", err)
		}
		return fail(publish.NotSent, "not sent: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fail(publish.Unknown, "HTTP status %d", resp.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, replyLimit+1))
	if err != nil {
		return fail(publish.Unknown, "the answer broke off: %w", err)
	}
	if len(b) > replyLimit {
		return fail(publish.Unknown, "the answer is larger than %d bytes", replyLimit)
	}
	var head struct {
		Code int    `json:"errcode"`
		Msg  string `json:"errmsg"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return fail(publish.Unknown, "the answer is not JSON: %w", err)
	}
	if head.Code != 0 {
		return refusal(k.path, head.Code, c.redact(head.Msg, tok))
	}
	if reply != nil {
		if err := json.Unmarshal(b, reply); err != nil {
			return fail(publish.Unknown, "the answer cannot be read: %w", err)
		}
	}
	return nil
}

func (c *Client) request(ctx context.Context, k call, tok string) (*http.Request, error) {
	q := url.Values{}
	for name, v := range k.query {
		q[name] = v
	}
	if tok != "" {
		q.Set("access_token", tok)
	}
	address := c.base + k.path
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	var body bytes.Buffer
	kind := "application/json; charset=utf-8"
	if k.file != nil {
		form := multipart.NewWriter(&body)
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="media"; filename="` + k.file.Name + `"`},
			"Content-Type":        {k.file.MediaType},
		})
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(k.file.Bytes); err != nil {
			return nil, err
		}
		if err := form.Close(); err != nil {
			return nil, err
		}
		kind = form.FormDataContentType()
	} else {
		// The platform counts an escaped Han character as six.
		enc := json.NewEncoder(&body)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(k.body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	return req, nil
}

var tokenPattern = regexp.MustCompile(`(access_token|secret)=[^&"\s]*`)

// redact takes the token and the secret out of a text that may be logged.
func (c *Client) redact(s string, tok string) string {
	s = tokenPattern.ReplaceAllString(s, "$1=***")
	for _, secret := range []string{tok, c.secret} {
		if secret != "" {
			s = strings.ReplaceAll(s, url.QueryEscape(secret), "***")
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	return cutText(s, 1000)
}

// shy keeps of an error only what callers ask for: the text of a url.Error
// holds the token.
func shy(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}

func cutText(s string, points int) string {
	for i := range s {
		if points == 0 {
			return s[:i]
		}
		points--
	}
	return s
}
