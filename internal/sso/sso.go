// Package sso asks a provider of single sign-on (统一身份认证, OpenID Connect) who
// somebody is. It is the one HTTP client besides the channels (ADR 0013).
package sso

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"gongkai/internal/fault"
)

var (
	// ErrUnavailable is answered while the provider cannot be asked.
	ErrUnavailable = fault.New(fault.Unavailable, "sso.unavailable")
	// ErrRefused is answered when what came back proves nobody.
	ErrRefused = fault.New(fault.Forbidden, "sso.refused")
	// ErrNotFresh is answered when the provider did not ask anew, or does not say.
	ErrNotFresh = fault.New(fault.Forbidden, "sso.not_fresh")
)

// clocksDiffer is by how many seconds the provider's clock may be another.
const clocksDiffer = 30

// Config names the provider. Redirect is the absolute address it sends people
// back to.
type Config struct {
	Issuer, ClientID, ClientSecret, Claim, Redirect string
	Now                                             func() time.Time
}

// Provider is one provider. It is asked for its addresses and keys at the first
// sign-in, so this program starts without it.
type Provider struct {
	Config
	client *http.Client

	mu    sync.Mutex
	known *oidc.Provider
}

// New answers a provider that has not been asked anything yet.
func New(c Config) *Provider {
	return &Provider{Config: c, client: &http.Client{Timeout: 10 * time.Second}}
}

// Ticket is what a browser keeps while its owner is at the provider.
type Ticket struct {
	State, Nonce, Verifier string
	Fresh                  int64 // seconds: the provider must have asked its owner since; 0 when it need not
}

func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func (p *Provider) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		// Its keys are fetched again later, when this request is over.
		known, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.Issuer)
		if err != nil {
			return nil, nil, ErrUnavailable.Because(err)
		}
		p.known = known
	}
	return p.known, &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.known.Endpoint(), RedirectURL: p.Redirect, Scopes: []string{oidc.ScopeOpenID, "profile"}}, nil
}

// Begin answers where to send a browser, and the ticket it keeps: authorization
// code with PKCE, a state and a nonce. fresh asks the provider to let its owner
// sign in anew.
func (p *Provider) Begin(ctx context.Context, fresh bool) (string, Ticket, error) {
	_, flow, err := p.discover(ctx)
	if err != nil {
		return "", Ticket{}, err
	}
	t := Ticket{State: secret(), Nonce: secret(), Verifier: oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier)}
	if fresh {
		t.Fresh = p.Now().Unix()
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return flow.AuthCodeURL(t.State, options...), t, nil
}

// Finish answers who the provider says came back.
func (p *Provider) Finish(ctx context.Context, t Ticket, back url.Values) (string, error) {
	same := func(a, b string) bool { return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	if !same(t.State, back.Get("state")) || back.Get("error") != "" || back.Get("code") == "" {
		return "", ErrRefused
	}
	provider, flow, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := flow.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return "", ErrRefused.Because(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.Now}).Verify(ctx, raw)
	if err != nil {
		return "", ErrRefused.Because(err)
	}
	if !same(t.Nonce, id.Nonce) {
		return "", ErrRefused.Because(fmt.Errorf("nonce of another sign-in"))
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return "", ErrRefused.Because(err)
	}
	if asked, _ := claims["auth_time"].(float64); t.Fresh != 0 && (int64(asked) < t.Fresh-clocksDiffer || int64(asked) > p.Now().Unix()+clocksDiffer) {
		return "", ErrNotFresh
	}
	who, _ := claims[p.Claim].(string)
	if who == "" || len(who) > 60 {
		return "", ErrRefused.Because(fmt.Errorf("claim %q is not a short text", p.Claim))
	}
	return who, nil
}
