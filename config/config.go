// Package config holds the one struct of settings: embedded defaults, then a
// file, then the environment (GONGKAI_DATABASE__DSN for database.dsn), secrets
// also by *_FILE. Unknown keys are refused.
package config

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
)

//go:embed default.yaml
var defaults []byte

// AuthzModel and AuthzPolicy say who may do what (package authz).
var (
	//go:embed authz/model.conf
	AuthzModel string
	//go:embed authz/policy.csv
	AuthzPolicy string
)

// Config is everything that can be set.
type Config struct {
	Env      string   `koanf:"env"`  // demo, development or production
	Data     string   `koanf:"data"` // folder of the embedded database and keys
	Database Database `koanf:"database"`
	Redis    Redis    `koanf:"redis"`
	Staff    Listener `koanf:"staff"`
	Public   Listener `koanf:"public"`
	Site     Site     `koanf:"site"`
	WeChat   WeChat   `koanf:"wechat"`
	Publish  Publish  `koanf:"publish"`
	Audit    Audit    `koanf:"audit"`
	Mail     Mail     `koanf:"mail"`
	Chat     Chat     `koanf:"chat"`
	SignIn   SignIn   `koanf:"sign_in"`
	FOI      FOI      `koanf:"foi"`
	Annual   Annual   `koanf:"annual"`
	Chains   Chains   `koanf:"chains"`
	Log      Log      `koanf:"log"`
	Proxies  []string `koanf:"trusted_proxies"` // addresses whose X-Forwarded-For is believed
}

type Database struct {
	Driver string `koanf:"driver"`            // sqlite or mysql
	DSN    string `koanf:"dsn" secret:"true"` // mysql
	Pool   int    `koanf:"pool"`              // mysql: open connections
}

type Redis struct {
	Address  string `koanf:"address"` // empty: in this process
	Password string `koanf:"password" secret:"true"`
	DB       int    `koanf:"db"`
}

// Listener is one address to serve on. URL is how people reach it from outside.
type Listener struct {
	Listen string `koanf:"listen"`
	URL    string `koanf:"url"`
}

type Site struct {
	Name   string `koanf:"name"`    // SiteName of the meta tags
	IDCode string `koanf:"id_code"` // SiteIDCode, 10 characters
	ICP    string `koanf:"icp"`
	Police string `koanf:"police"`
	Host   string `koanf:"host"` // 主办单位
	Phone  string `koanf:"phone"`
}

type WeChat struct {
	Enabled       bool          `koanf:"enabled"`
	BaseURL       string        `koanf:"base_url"`
	AppID         string        `koanf:"app_id"`
	Secret        string        `koanf:"secret" secret:"true"`
	CallbackToken string        `koanf:"callback_token" secret:"true"`
	AESKey        string        `koanf:"aes_key" secret:"true"`
	FirstPoll     time.Duration `koanf:"first_poll"`
	AutoResubmit  bool          `koanf:"auto_resubmit"`
	DailyCalls    int           `koanf:"daily_calls"` // of each call of publishing, a day
}

// Publish says how soon work that a dead or slow worker left is taken up.
type Publish struct {
	Call   time.Duration `koanf:"call"`   // longest visit to a channel
	Lease  time.Duration `koanf:"lease"`  // a worker's claim on a publication; longer than a call
	Resend time.Duration `koanf:"resend"` // unfinished outbox messages are handed out again
	Sweep  time.Duration `koanf:"sweep"`  // between two looks for what everybody forgot
}

type Audit struct {
	Algorithm string `koanf:"algorithm"` // sha256 or sm3
	KeyFile   string `koanf:"key_file"`  // Ed25519 seed; on SQLite made in the data folder when empty
	Replaces  string `koanf:"replaces"`  // id of the key this one takes over from
	OldKeys   string `koanf:"old_keys"`  // public keys of earlier years, base64, with commas: what they signed verifies on the page
}

// Mail is the server that takes word of notices to people.
type Mail struct {
	Host     string `koanf:"host"` // empty: no mail
	Port     int    `koanf:"port"`
	TLS      string `koanf:"tls"` // starttls, implicit or, on loopback only, none
	User     string `koanf:"user"`
	Password string `koanf:"password" secret:"true"`
	From     string `koanf:"from"`
	Domains  string `koanf:"domains"` // people's addresses end in one of these, with commas; empty for any
}

// Chat is the robot of the office's group chat.
type Chat struct {
	Kind   string `koanf:"kind"` // wecom, dingtalk, feishu; empty: none
	URL    string `koanf:"url" secret:"true"`
	Secret string `koanf:"secret" secret:"true"` // where the robot wants signed calls
}

type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn, error
	Format string `koanf:"format"` // text or json
}

// Default is the embedded configuration.
func Default() Config {
	c, err := load("", nil)
	if err != nil {
		panic(err) // the embedded file is part of the program
	}
	return c
}

// Load reads the file at path ("" for none) and the environment over the
// defaults, and validates the result.
func Load(path string) (Config, error) {
	c, err := load(path, os.Environ())
	if err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

func load(path string, environ []string) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(defaults), yaml.Parser()); err != nil {
		return Config{}, err
	}
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return Config{}, fmt.Errorf("config file %s: %w", path, err)
		}
	}
	var secretErr error
	if environ != nil {
		err := k.Load(env.Provider(".", env.Opt{Prefix: "GONGKAI_", EnvironFunc: func() []string { return environ }, TransformFunc: func(name, v string) (string, any) {
			key := strings.ToLower(strings.TrimPrefix(name, "GONGKAI_"))
			if strings.HasPrefix(key, "test_") || key == "crash" {
				return "", nil
			}
			key = strings.ReplaceAll(key, "__", ".")
			if base, ok := strings.CutSuffix(key, "_file"); ok && isSecret(base) {
				b, err := os.ReadFile(v)
				if err != nil {
					secretErr = errors.Join(secretErr, fmt.Errorf("%s: %w", name, err))
					return "", nil
				}
				return base, strings.TrimRight(string(b), "\r\n")
			}
			if key == "trusted_proxies" {
				return key, strings.Fields(strings.ReplaceAll(v, ",", " "))
			}
			return key, v
		}}), nil)
		if err = errors.Join(err, secretErr); err != nil {
			return Config{}, err
		}
	}
	known := map[string]bool{}
	keys(reflect.TypeFor[Config](), "", func(key string, _ reflect.StructField) { known[key] = true })
	for _, key := range k.Keys() {
		if !known[key] {
			return Config{}, fmt.Errorf("unknown setting %q: see config/default.yaml for all there are", key)
		}
	}
	var c Config
	if err := k.Unmarshal("", &c); err != nil {
		return Config{}, fmt.Errorf("settings: %w", err)
	}
	return c, nil
}

func keys(t reflect.Type, prefix string, each func(key string, f reflect.StructField)) {
	for f := range fieldsOf(t) {
		key := prefix + f.Tag.Get("koanf")
		if f.Type.Kind() == reflect.Struct {
			keys(f.Type, key+".", each)
			continue
		}
		each(key, f)
	}
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func isSecret(key string) bool {
	secret := false
	keys(reflect.TypeFor[Config](), "", func(k string, f reflect.StructField) {
		secret = secret || (k == key && f.Tag.Get("secret") == "true")
	})
	return secret
}

// officialWeChat is the only WeChat a production office publishes to.
const officialWeChat = "https://api.weixin.qq.com"

// Simulated says that what is published to WeChat reaches nobody.
func (w WeChat) Simulated() bool { return w.Enabled && w.BaseURL != officialWeChat }

// Validate says what cannot work, by the name of the setting.
func (c Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	switch c.Env {
	case "demo", "development", "production":
	default:
		bad("env", "%q is not demo, development or production", c.Env)
	}
	switch c.Database.Driver {
	case "sqlite":
		if c.Data == "" {
			bad("data", "a folder is needed for the embedded database")
		}
	case "mysql":
		if c.Database.DSN == "" {
			bad("database.dsn", "needed for mysql: user:password@tcp(host:3306)/gongkai")
		}
		if c.Audit.KeyFile == "" {
			bad("audit.key_file", "needed for mysql, with the same content on every node; make it once: openssl rand -hex 32 > audit-seed")
		}
	default:
		bad("database.driver", "%q is not sqlite or mysql", c.Database.Driver)
	}
	for key, l := range map[string]Listener{"staff": c.Staff, "public": c.Public} {
		if u, err := url.Parse(l.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			bad(key+".url", "%q is not an absolute http address", l.URL)
		} else if c.Env == "production" && u.Scheme != "https" {
			bad(key+".url", "production needs https")
		}
	}
	if c.Staff.URL == c.Public.URL {
		bad("public.url", "staff and public pages need different hosts or ports")
	}
	if c.Env == "production" {
		c.Site.validate(bad)
	}
	if c.Audit.Algorithm != "sha256" && c.Audit.Algorithm != "sm3" {
		bad("audit.algorithm", "%q is not sha256 or sm3", c.Audit.Algorithm)
	}
	c.SignIn.validate(c, bad)
	if c.WeChat.Enabled {
		if c.WeChat.AppID == "" || c.WeChat.Secret == "" {
			bad("wechat.app_id", "app_id and secret are needed while wechat.enabled is true")
		}
		if c.WeChat.DailyCalls < 10 {
			bad("wechat.daily_calls", "%d a day is less than any account has", c.WeChat.DailyCalls)
		}
		if c.Env == "production" && c.WeChat.BaseURL != officialWeChat {
			bad("wechat.base_url", "production publishes to %s only, not to a simulator", officialWeChat)
		}
	}
	c.Mail.validate(bad)
	if u, err := url.Parse(c.Chat.URL); c.Chat.Kind != "" && (!slices.Contains([]string{"wecom", "dingtalk", "feishu"}, c.Chat.Kind) || err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname()))) {
		bad("chat", "kind is wecom, dingtalk or feishu, url the https address the group's robot was given")
	}
	for key, d := range map[string]time.Duration{"call": c.Publish.Call, "resend": c.Publish.Resend, "sweep": c.Publish.Sweep} {
		if d <= 0 {
			bad("publish."+key, "%s is not a duration above zero", d)
		}
	}
	if c.Publish.Lease <= c.Publish.Call {
		bad("publish.lease", "%s must be longer than publish.call, %s: a claim may not end while its call is under way", c.Publish.Lease, c.Publish.Call)
	}
	if c.Env == "production" && c.Database.Driver == "mysql" && c.Redis.Address == "" {
		bad("redis.address", "several nodes on MySQL need a Redis they share")
	}
	return errors.Join(errs...)
}

func (m Mail) validate(bad func(key, format string, args ...any)) {
	if m.Host == "" {
		return
	}
	if m.Port < 1 || m.Port > 65535 {
		bad("mail.port", "%d is no port", m.Port)
	}
	if m.TLS != "starttls" && m.TLS != "implicit" && !(m.TLS == "none" && loopback(m.Host)) {
		bad("mail.tls", "%q is not starttls or implicit; none is for a server on this machine", m.TLS)
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		bad("mail.from", "%q is no address", m.From)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var (
	// A site code is the 6 digits of the division and 4 more, or bm and 8 for a
	// ministry (domain §7.1).
	siteCode     = regexp.MustCompile(`^([1-9][0-9]{9}|bm[0-9]{8})$`)
	icpNumber    = regexp.MustCompile(`^\p{Han}ICP[备证][0-9]{6,10}号(-[0-9]{1,3})?$`)
	policeNumber = regexp.MustCompile(`^\p{Han}公网安备 ?[0-9]{14}号$`)
)

// validate looks at what every page prints: a page is rendered once and keeps it
// for ever.
func (s Site) validate(bad func(key, format string, args ...any)) {
	if name := strings.TrimSpace(s.Name); name == "" || name == Default().Site.Name {
		bad("site.name", "%q is not the registered name of a site: every page prints it", s.Name)
	}
	if !siteCode.MatchString(s.IDCode) {
		bad("site.id_code", "%q is not a site code (网站标识码) of 10 characters: every page prints it", s.IDCode)
	}
	if !icpNumber.MatchString(s.ICP) {
		bad("site.icp", "%q is not an ICP number such as 宁ICP备12345678号: every page prints it", s.ICP)
	}
	if s.Police != "" && !policeNumber.MatchString(s.Police) {
		bad("site.police", "%q is not a police record such as 宁公网安备 64050202000001号", s.Police)
	}
}

// Masked prints the effective settings as YAML with secrets as ***.
func (c Config) Masked() string {
	var b strings.Builder
	mask(&b, reflect.ValueOf(c), "")
	return b.String()
}

func mask(b *strings.Builder, v reflect.Value, indent string) {
	for i := range v.NumField() {
		f, x := v.Type().Field(i), v.Field(i)
		name := f.Tag.Get("koanf")
		switch {
		case x.Kind() == reflect.Struct:
			fmt.Fprintf(b, "%s%s:\n", indent, name)
			mask(b, x, indent+"  ")
		case f.Tag.Get("secret") == "true" && x.String() != "":
			fmt.Fprintf(b, "%s%s: \"***\"\n", indent, name)
		case x.Kind() == reflect.Slice:
			fmt.Fprintf(b, "%s%s: [%s]\n", indent, name, strings.Join(x.Interface().([]string), ", "))
		case x.Kind() == reflect.String:
			fmt.Fprintf(b, "%s%s: %q\n", indent, name, x.String())
		default:
			fmt.Fprintf(b, "%s%s: %v\n", indent, name, x.Interface())
		}
	}
}
