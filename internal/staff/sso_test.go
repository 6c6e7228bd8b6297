package staff_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gongkai/config"
	"gongkai/internal/apptest"
)

// identityProvider is a provider of single sign-on that may be told to cheat.
type identityProvider struct {
	*httptest.Server
	t         *testing.T
	key       *rsa.PrivateKey
	challenge string
	claims    map[string]any
	sign      *rsa.PrivateKey
}

func startProvider(t *testing.T) *identityProvider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &identityProvider{t: t, key: key, sign: key}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if r.FormValue("code") != "the-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.token()})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *identityProvider) token() string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.sign}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		p.t.Error(err)
		return ""
	}
	b, _ := json.Marshal(p.claims)
	signed, err := signer.Sign(b)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	out, _ := signed.CompactSerialize()
	return out
}

// send goes to the provider as b and answers the query it comes back with.
func (p *identityProvider) send(b *browser, who, next string) url.Values {
	p.t.Helper()
	return p.sendTo(b, "/login/sso?next="+url.QueryEscape(next), who)
}

func (p *identityProvider) sendTo(b *browser, at, who string) url.Values {
	p.t.Helper()
	r := b.get(at)
	u, err := url.Parse(r.Location)
	if err != nil || r.Status != 303 || !strings.HasPrefix(r.Location, p.URL+"/authorize?") {
		p.t.Fatalf("leads to %q (%d)", r.Location, r.Status)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || !strings.HasSuffix(q.Get("redirect_uri"), "/login/sso/callback") {
		p.t.Errorf("asks %v", q)
	}
	now := b.w.App.DB.Now()
	p.challenge, p.sign = q.Get("code_challenge"), p.key
	p.claims = map[string]any{"iss": p.URL, "aud": "gongkai", "sub": "1", "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(), "nonce": q.Get("nonce"), "employee": who}
	return url.Values{"state": {q.Get("state")}, "code": {"the-code"}}
}

func TestSingleSignOnMatchesPeopleAndMakesNobody(t *testing.T) {
	p := startProvider(t)
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true, Set: func(c *config.Config) {
		c.SignIn.OIDC = config.OIDC{Issuer: p.URL, ClientID: "gongkai", ClientSecret: "s", Claim: "employee"}
	}})
	li := person(w, "drafter")
	open(t, w).get("/login?next=/mine").has(t, "统一身份认证登录", `href="/login/sso?next=`)
	b := open(t, w)
	back := func(q url.Values) page { return b.get("/login/sso/callback?" + q.Encode()) }
	back(p.send(b, li.Login, "/mine")).leads(t, 303, "/mine")
	b.get("/mine").has(t, "drafter")
	if _, kept := b.cookies["sso"]; kept {
		t.Error("the ticket is kept")
	}
	if r := back(p.send(open(t, w), li.Login, "//evil.com")); r.Status != 403 {
		t.Errorf("another browser's ticket: %d", r.Status)
	}
	b = open(t, w)
	back(p.send(b, li.Login, "//evil.com")).leads(t, 303, "/")

	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(q url.Values){
		"another state":       func(q url.Values) { q.Set("state", "x") },
		"no state":            func(q url.Values) { q.Del("state") },
		"an error":            func(q url.Values) { q.Set("error", "access_denied") },
		"a guessed code":      func(q url.Values) { q.Set("code", "x") },
		"another verifier":    func(url.Values) { p.challenge = "x" },
		"another nonce":       func(url.Values) { p.claims["nonce"] = "x" },
		"no nonce":            func(url.Values) { delete(p.claims, "nonce") },
		"another audience":    func(url.Values) { p.claims["aud"] = "x" },
		"another issuer":      func(url.Values) { p.claims["iss"] = "https://evil.example" },
		"an expired token":    func(url.Values) { p.claims["exp"] = w.App.DB.Now().Add(-time.Hour).Unix() },
		"another key":         func(url.Values) { p.sign = other },
		"no claim":            func(url.Values) { delete(p.claims, "employee") },
		"a claim of no text":  func(url.Values) { p.claims["employee"] = 7 },
		"an empty claim":      func(url.Values) { p.claims["employee"] = "" },
		"an unknown person":   func(url.Values) { p.claims["employee"] = "nobody<script>" },
		"a claim that is SQL": func(url.Values) { p.claims["employee"] = "' OR 1=1 --" },
		"a huge claim":        func(url.Values) { p.claims["employee"] = strings.Repeat("x", 5000) },
	} {
		b = open(t, w)
		q := p.send(b, li.Login, "")
		spoil(q)
		r := back(q)
		if r.Status != 403 || b.cookies["gongkai"] != "" {
			t.Errorf("%s: %d", name, r.Status)
		}
		r.hasNot(t, "<script>")
	}
	b = open(t, w)
	q := p.send(b, "nobody", "")
	back(q).has(t, "“nobody”在本系统没有账号")
	if r := back(q); r.Status != 403 {
		t.Errorf("the same again: %d", r.Status)
	}
	as(t, w, person(w, "auditor")).get("/people").hasNot(t, "nobody")
	as(t, w, person(w, "system_admin")).post("/people/disable", url.Values{"key": {"disable-drafter"}, "login": {li.Login}}).leads(t, 303, "/people")
	b = open(t, w)
	back(p.send(b, li.Login, "")).has(t, "在本系统没有账号")
}

// Who has no password proves anew who they are before they change how they
// confirm: once, for this session, and only by a sign-in that was really asked for.
func TestAFreshSingleSignOnStandsForThePassword(t *testing.T) {
	p := startProvider(t)
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true, Set: func(c *config.Config) {
		c.SignIn.OIDC = config.OIDC{Issuer: p.URL, ClientID: "gongkai", ClientSecret: "s", Claim: "employee"}
		c.SignIn.ConfirmSignature = "on"
	}})
	leader := person(w, "signing_leader")
	b := open(t, w)
	b.get("/login/sso/callback?"+p.send(b, leader.Login, "").Encode()).leads(t, 303, "/")
	pin := func() page {
		t.Helper()
		return b.post("/account/pin", b.get("/account").fill(t, "/account/second-factor", "password", "", "pin", "271828", "pin_repeat", "271828"))
	}
	b.get("/account").has(t, "您用统一身份认证登录", `href="/login/sso?fresh=1`)
	if r := pin(); r.Status/100 == 3 {
		t.Fatal("a PIN was set without any proof")
	}
	fresh := func(who string, spoil func()) page {
		t.Helper()
		q := p.sendTo(b, "/login/sso?fresh=1&next=/tasks", who)
		p.claims["auth_time"] = w.App.DB.Now().Unix()
		if spoil != nil {
			spoil()
		}
		return b.get("/login/sso/callback?" + q.Encode())
	}
	for name, spoil := range map[string]func(){
		"an old sign-in":     func() { p.claims["auth_time"] = w.App.DB.Now().Add(-time.Hour).Unix() },
		"no time of sign-in": func() { delete(p.claims, "auth_time") },
		"one of tomorrow":    func() { p.claims["auth_time"] = w.App.DB.Now().Add(time.Hour).Unix() },
	} {
		if r := fresh(leader.Login, spoil); r.Status != 403 {
			t.Errorf("%s: %d", name, r.Status)
		}
	}
	if r := fresh(person(w, "drafter").Login, nil); r.Status != 403 {
		t.Errorf("somebody else at the provider: %d", r.Status)
	}
	if r := pin(); r.Status/100 == 3 {
		t.Fatal("a PIN was set after refused proofs")
	}
	fresh(leader.Login, nil).leads(t, 303, "/account?next=%2Ftasks")
	b.get("/account").has(t, "已重新确认身份")
	if r := pin(); r.Status != 303 {
		t.Fatalf("with a fresh proof: %d %s", r.Status, alert(r.Body))
	}
	if r := pin(); r.Status/100 == 3 {
		t.Error("one proof served twice")
	}
	// So does every other place that asks for a password: setting a factor up, new
	// recovery codes, giving it up.
	at := func(act string) page {
		t.Helper()
		return b.post("/account/second-factor"+act, b.get("/account").fill(t, "/account/second-factor", "password", "", "pin", "", "pin_repeat", ""))
	}
	if r := at(""); r.Status/100 == 3 || strings.Contains(r.Body, "手工输入密钥") {
		t.Error("a second factor is set up without any proof")
	}
	fresh(leader.Login, nil).leads(t, 303, "/account?next=%2Ftasks")
	set := at("")
	set.has(t, "手工输入密钥")
	b.post("/account/second-factor/confirm", set.fill(t, "/account/second-factor/confirm", "code", codeOf(t, w, set, 0))).has(t, "恢复码，只显示这一次")
	if r := at("/codes"); r.Status/100 == 3 || strings.Contains(r.Body, "只显示这一次") {
		t.Error("recovery codes are made without any proof")
	}
	fresh(leader.Login, nil)
	at("/codes").has(t, "恢复码，只显示这一次")
	if r := at("/remove"); r.Status/100 == 3 {
		t.Error("the second factor is given up without any proof")
	}
	fresh(leader.Login, nil)
	if r := at("/remove"); r.Status != 303 {
		t.Errorf("the second factor is given up: %d %s", r.Status, alert(r.Body))
	}
	// Who signed in with a password has one to give.
	c := as(t, w, person(w, "publisher"))
	q := p.sendTo(c, "/login/sso?fresh=1&next=/account", person(w, "publisher").Login)
	p.claims["auth_time"] = w.App.DB.Now().Unix()
	if r := c.get("/login/sso/callback?" + q.Encode()); r.Status != 403 {
		t.Errorf("at a session with a password: %d", r.Status)
	}
}

func TestWithoutAProviderThereIsNoSingleSignOn(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := open(t, w)
	b.get("/login").hasNot(t, "/login/sso")
	for _, at := range []string{"/login/sso", "/login/sso/callback?state=x&code=y"} {
		if r := b.get(at); r.Status != 404 {
			t.Errorf("%s answers %d", at, r.Status)
		}
	}
	w = apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true, Set: func(c *config.Config) {
		c.SignIn.OIDC = config.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "gongkai", ClientSecret: "s", Claim: "employee"}
	}})
	if r := open(t, w).get("/login/sso"); r.Status != 503 {
		t.Errorf("a provider that is away: %d", r.Status)
	}
}
