package config

import (
	"net/url"
	"slices"
)

// SignIn says what the office asks of those who sign in and sign.
type SignIn struct {
	TOTP             string `koanf:"totp"`              // off, administrators (and who signs) or all; empty: by env
	ConfirmSignature string `koanf:"confirm_signature"` // on or off; empty: by env
	KeyFile          string `koanf:"key_file"`          // seals second factors; on SQLite made in the data folder when empty
	PasswordDays     int    `koanf:"password_days"`     // 0: a password never grows old
	PasswordHistory  int    `koanf:"password_history"`
	DormantDays      int    `koanf:"dormant_days"` // 0: an unused account is never shut
	OIDC             OIDC   `koanf:"oidc"`
}

// OIDC is a provider of single sign-on; without an issuer there is none.
type OIDC struct {
	Issuer       string `koanf:"issuer"`
	ClientID     string `koanf:"client_id"`
	ClientSecret string `koanf:"client_secret" secret:"true"`
	Claim        string `koanf:"claim"` // holds the staff number or the account
}

// SecondFactor is whose sign-in needs one.
func (c Config) SecondFactor() string {
	switch {
	case c.SignIn.TOTP != "":
		return c.SignIn.TOTP
	case c.Env == "production":
		return "administrators"
	}
	return "off"
}

// ConfirmsSignatures says that a signature needs a PIN or a code.
func (c Config) ConfirmsSignatures() bool {
	return c.SignIn.ConfirmSignature == "on" || c.SignIn.ConfirmSignature == "" && c.Env == "production"
}

func (s SignIn) validate(c Config, bad func(key, format string, args ...any)) {
	if !slices.Contains([]string{"", "off", "administrators", "all"}, s.TOTP) {
		bad("sign_in.totp", "%q is not off, administrators or all", s.TOTP)
	}
	if !slices.Contains([]string{"", "on", "off"}, s.ConfirmSignature) {
		bad("sign_in.confirm_signature", "%q is not on or off", s.ConfirmSignature)
	}
	if c.Database.Driver == "mysql" && s.KeyFile == "" {
		bad("sign_in.key_file", "needed for mysql, with the same content on every node; make it once: openssl rand -hex 32 > sign-in-key")
	}
	for key, n := range map[string]int{"password_days": s.PasswordDays, "password_history": s.PasswordHistory, "dormant_days": s.DormantDays} {
		if n < 0 || n > 3650 {
			bad("sign_in."+key, "%d is not between 0 and 3650", n)
		}
	}
	if s.OIDC.Issuer == "" {
		return
	}
	if u, err := url.Parse(s.OIDC.Issuer); err != nil || u.Host == "" || (u.Scheme != "https" && (u.Scheme != "http" || c.Env == "production")) {
		bad("sign_in.oidc.issuer", "%q is not an absolute https address", s.OIDC.Issuer)
	}
	if s.OIDC.ClientID == "" || s.OIDC.ClientSecret == "" || s.OIDC.Claim == "" {
		bad("sign_in.oidc.client_id", "client_id, client_secret and claim are needed while there is an issuer")
	}
}
