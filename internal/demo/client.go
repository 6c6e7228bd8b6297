package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
)

// client is one person at the public HTTP API. It knows nothing of the program
// but what the API says.
type client struct {
	base, token string
	http        *http.Client
}

// problem is what the API answers when it refuses.
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Code   string `json:"code"`
	Field  string `json:"field"`
}

func (p *problem) Error() string {
	return fmt.Sprintf("%d %s %s（%s）", p.Status, p.Code, p.Field, p.Title)
}

func (c *client) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, "", nil, into)
}

func (c *client) post(ctx context.Context, path string, in, into any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, "application/json", b, into)
}

// upload sends a file as a browser's form would.
func (c *client) upload(ctx context.Context, path, name string, b []byte, into any) error {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, w.FormDataContentType(), form.Bytes(), into)
}

// do sends one request; a lost answer is asked for again with the same
// Idempotency-Key, as any careful program would.
func (c *client) do(ctx context.Context, method, path, contentType string, body []byte, into any) error {
	var key [16]byte
	_, _ = rand.Read(key[:])
	var err error
	for try := range 3 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(300 * time.Millisecond):
			}
		}
		var status int
		var answer []byte
		if status, answer, err = c.once(ctx, method, path, contentType, hex.EncodeToString(key[:]), body); err != nil || status == http.StatusServiceUnavailable {
			continue
		}
		if status >= 300 {
			p := &problem{Status: status, Title: strings.TrimSpace(string(answer))}
			_ = json.Unmarshal(answer, p)
			return p
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(answer, into)
	}
	return fmt.Errorf("%s %s: %w", method, path, err)
}

func (c *client) once(ctx context.Context, method, path, contentType, key string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept-Language", "zh-CN")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	return res.StatusCode, answer, err
}
