package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gongkai/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEnvironmentWinsOverFileOverDefaults(t *testing.T) {
	path := write(t, "site: {name: 某某局}\nstaff: {listen: '127.0.0.1:1'}\n")
	t.Setenv("GONGKAI_STAFF__LISTEN", "127.0.0.1:2")
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Site.Name != "某某局" || c.Staff.Listen != "127.0.0.1:2" || c.Database.Driver != "sqlite" {
		t.Errorf("%+v", c)
	}
}

func TestUnknownSettingsAreRefusedByName(t *testing.T) {
	if _, err := config.Load(write(t, "databse: {driver: mysql}\n")); err == nil || !strings.Contains(err.Error(), "databse") {
		t.Errorf("file: %v", err)
	}
	t.Setenv("GONGKAI_DATABASE__DRIVR", "mysql")
	if _, err := config.Load(""); err == nil || !strings.Contains(err.Error(), "drivr") {
		t.Errorf("environment: %v", err)
	}
}

func TestSecretsComeFromFilesAndAreMasked(t *testing.T) {
	secret := write(t, "gongkai:geheim@tcp(db:3306)/gongkai\n")
	t.Setenv("GONGKAI_DATABASE__DSN_FILE", secret)
	t.Setenv("GONGKAI_DATABASE__DRIVER", "mysql")
	t.Setenv("GONGKAI_AUDIT__KEY_FILE", "/run/secrets/audit-seed")
	t.Setenv("GONGKAI_SIGN_IN__KEY_FILE", "/run/secrets/sign-in-key")
	c, err := config.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.DSN != "gongkai:geheim@tcp(db:3306)/gongkai" {
		t.Errorf("dsn %q", c.Database.DSN)
	}
	if out := c.Masked(); strings.Contains(out, "geheim") || !strings.Contains(out, `dsn: "***"`) {
		t.Errorf("masked:\n%s", out)
	}
}

func TestMaskedSettingsCanBeReadBack(t *testing.T) {
	c, err := config.Load(write(t, config.Default().Masked()))
	if err != nil {
		t.Fatal(err)
	}
	if c.Masked() != config.Default().Masked() {
		t.Errorf("%s", c.Masked())
	}
}

func TestProductionRefusesWhatOnlyADemoMayDo(t *testing.T) {
	sound := "env: production\nstaff: {url: 'https://oa.example'}\npublic: {url: 'https://www.example'}\nsite: {name: 某某局, id_code: '6405020009', icp: 宁ICP备12345678号-1}\n"
	if _, err := config.Load(write(t, sound)); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]string{
		"the simulator":       "wechat: {enabled: true, app_id: a, secret: b, base_url: 'http://127.0.0.1:8082'}\n",
		"an account's secret": "wechat: {enabled: true, app_id: a}\n",
		"no shared Redis":     "database: {driver: mysql, dsn: 'a@tcp(b)/c'}\naudit: {key_file: k}\nsign_in: {key_file: k}\n",
		"a weak chain":        "audit: {algorithm: md5}\n",
	} {
		if _, err := config.Load(write(t, sound+more)); err == nil {
			t.Errorf("%s is taken in production", name)
		}
	}
	if _, err := config.Load(write(t, strings.Replace(sound, "https://oa", "http://oa", 1))); err == nil {
		t.Error("plain http is taken in production")
	}
	if _, err := config.Load(write(t, strings.Replace(sound, "oa.example", "www.example", 1))); err == nil {
		t.Error("staff and public pages share a host")
	}
}

// Nodes on one MySQL that each made a key of their own would not believe one
// another's checkpoints.
func TestNodesOnMySQLNeedTheKeysTheyShare(t *testing.T) {
	node := "database: {driver: mysql, dsn: 'a@tcp(b)/c'}\n"
	if _, err := config.Load(write(t, node)); err == nil || !strings.Contains(err.Error(), "audit.key_file") || !strings.Contains(err.Error(), "sign_in.key_file") || !strings.Contains(err.Error(), "openssl rand -hex 32") {
		t.Errorf("without a key file: %v", err)
	}
	if _, err := config.Load(write(t, node+"audit: {key_file: /run/secrets/audit-seed}\nsign_in: {key_file: /run/secrets/sign-in-key}\n")); err != nil {
		t.Error(err)
	}
}

func TestProductionPrintsNoPlaceholderOnItsPages(t *testing.T) {
	sound := map[string]string{"name": "某某局", "id_code": "bm07000001", "icp": "京ICP备05070218号", "police": "京公网安备 11010202000001号"}
	load := func(key, value string) error {
		text := "env: production\nstaff: {url: 'https://oa.example'}\npublic: {url: 'https://www.example'}\nsite:\n"
		for k, v := range sound {
			if k == key {
				v = value
			}
			text += "  " + k + ": '" + v + "'\n"
		}
		_, err := config.Load(write(t, text))
		return err
	}
	if err := load("", ""); err != nil {
		t.Error(err)
	}
	for _, bad := range [][2]string{{"id_code", ""}, {"id_code", "0000000000"}, {"id_code", "640502000"}, {"id_code", "64050200091"}, {"id_code", "64050200０9"},
		{"name", ""}, {"name", " "}, {"name", "政府信息公开"}, {"icp", ""}, {"icp", "备案中"}, {"police", "备案中"}} {
		if err := load(bad[0], bad[1]); err == nil || !strings.Contains(err.Error(), "site."+bad[0]) {
			t.Errorf("%s %q: %v", bad[0], bad[1], err)
		}
	}
}

// The example starts once the site's own registrations are filled in, and not
// before.
func TestExampleForProductionIsKnownToTheProgram(t *testing.T) {
	t.Setenv("GONGKAI_DATABASE__DSN", "a@tcp(b)/c")
	t.Setenv("GONGKAI_WECHAT__SECRET", "x")
	if _, err := config.Load("production.example.yaml"); err == nil || !strings.Contains(err.Error(), "site.id_code") {
		t.Errorf("the example starts as it is: %v", err)
	}
	t.Setenv("GONGKAI_SITE__ID_CODE", "6405020009")
	t.Setenv("GONGKAI_SITE__ICP", "宁ICP备12345678号")
	if _, err := config.Load("production.example.yaml"); err != nil {
		t.Error(err)
	}
}

func TestSigningInIsStrictInProductionOnly(t *testing.T) {
	sound := "staff: {url: 'https://oa.example'}\npublic: {url: 'https://www.example'}\nsite: {name: 某某局, id_code: '6405020009', icp: 宁ICP备12345678号-1}\n"
	for text, want := range map[string]struct {
		factor   string
		confirms bool
	}{
		"env: production\n":  {"administrators", true},
		"env: development\n": {"off", false},
		"env: demo\n":        {"off", false},
		"env: production\nsign_in: {totp: all, confirm_signature: 'off'}\n":     {"all", false},
		"env: demo\nsign_in: {totp: administrators, confirm_signature: 'on'}\n": {"administrators", true},
	} {
		c, err := config.Load(write(t, sound+text))
		if err != nil || c.SecondFactor() != want.factor || c.ConfirmsSignatures() != want.confirms {
			t.Errorf("%q: %s %v %v", text, c.SecondFactor(), c.ConfirmsSignatures(), err)
		}
	}
	for name, bad := range map[string]string{
		"an unknown demand":    "sign_in: {totp: some}\n",
		"an unknown switch":    "sign_in: {confirm_signature: perhaps}\n",
		"a negative age":       "sign_in: {password_days: -1}\n",
		"half a provider":      "sign_in: {oidc: {issuer: 'https://id.example', client_id: a}}\n",
		"a provider in clear":  "env: production\nsign_in: {oidc: {issuer: 'http://id.example', client_id: a, client_secret: b}}\n",
		"a provider of no URL": "sign_in: {oidc: {issuer: id.example, client_id: a, client_secret: b}}\n",
	} {
		if _, err := config.Load(write(t, sound+bad)); err == nil || !strings.Contains(err.Error(), "sign_in.") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
