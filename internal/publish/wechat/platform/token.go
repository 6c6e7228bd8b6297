package platform

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"gongkai/internal/publish"
)

const (
	renewBefore = 10 * time.Minute // refresh when less is left
	keepUntil   = time.Minute      // while somebody else refreshes, use the old one down to this
	askAgain    = 30 * time.Second // between two refreshes, and between two forced ones
)

// tokens is this process's copy of the access token. Normal mode of
// stable_token gives every process the same one, so there is nothing to share.
type tokens struct {
	fetching sync.Mutex // held by the one who asks the platform
	mu       sync.Mutex
	value    string
	expires  time.Time
	asked    time.Time
	forced   time.Time
}

func (t *tokens) held(now time.Time) (value string, left time.Duration, asked time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.value, t.expires.Sub(now), t.asked
}

// token answers a token good for at least a minute. An error names the call it
// was wanted for; that call was not sent.
func (c *Client) token(ctx context.Context, path string) (string, error) {
	t := &c.tokens
	now := c.now()
	value, left, asked := t.held(now)
	if value != "" && (left > renewBefore || left > keepUntil && now.Sub(asked) < askAgain) {
		return value, nil
	}
	if value != "" && left > keepUntil {
		if !t.fetching.TryLock() {
			return value, nil
		}
	} else {
		t.fetching.Lock()
	}
	defer t.fetching.Unlock()
	if v, l, a := t.held(now); v != "" && l > keepUntil && a != asked {
		return v, nil
	}
	fresh, err := c.fetchToken(ctx, false)
	if err != nil {
		if value != "" && left > keepUntil {
			return value, nil
		}
		var e *Error
		if errors.As(err, &e) {
			e.Call += " for " + path
			e.Outcome = publish.NotSent
		}
		return "", err
	}
	return fresh, nil
}

// fetchToken asks the platform; the caller holds fetching.
func (c *Client) fetchToken(ctx context.Context, force bool) (string, error) {
	body := map[string]any{"grant_type": "client_credential", "appid": c.appID, "secret": c.secret}
	if force {
		body["force_refresh"] = true
	}
	var reply struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	err := c.once(ctx, call{path: PathToken, body: body}, "", &reply)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Class == Token {
			e.Class = Setup // from this call it means a wrong secret
		}
		return "", err
	}
	if reply.Token == "" {
		return "", &Error{Call: PathToken, Msg: "the answer has no token", Outcome: publish.Unknown, Class: Unclear}
	}
	t := &c.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	t.value, t.asked = reply.Token, c.now()
	t.expires = t.asked.Add(time.Duration(reply.Expires) * time.Second)
	return t.value, nil
}

// renew drops a token the platform refused and says whether there is another
// one to try. With force it makes the platform issue a new one, at most once in
// 30 seconds and counted, because that breaks every other system on the account.
func (c *Client) renew(ctx context.Context, refused string, force bool) bool {
	t := &c.tokens
	t.fetching.Lock()
	defer t.fetching.Unlock()
	now := c.now()
	t.mu.Lock()
	if fingerprint(t.value) != fingerprint(refused) {
		t.mu.Unlock()
		return true
	}
	t.value = ""
	if force {
		if now.Sub(t.forced) < askAgain {
			t.mu.Unlock()
			return false
		}
		t.forced = now
	}
	t.mu.Unlock()
	if force && c.spend(ctx, PathForcedToken, true) != nil {
		return false
	}
	_, err := c.fetchToken(ctx, force)
	return err == nil
}

func fingerprint(tok string) [32]byte { return sha256.Sum256([]byte(tok)) }
