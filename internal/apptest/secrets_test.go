package apptest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
)

// TestNoSecretStandsInAnyTable makes one-time passwords and changes a password
// through the API, and reads every row of every table.
func TestNoSecretStandsInAnyTable(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		admin := w.Own.People["system_admin"]
		type answer struct {
			Login    string
			Password string `json:"one_time_password"`
			Say      string
		}
		secrets := map[string]string{}
		twice := func(path string, in map[string]any) (first answer) {
			t.Helper()
			key := "key-of-" + path
			a := w.Call(admin, "POST", path, in, "Idempotency-Key", key)
			a.Into(t, &first)
			if a.Status/100 != 2 || first.Password == "" {
				t.Fatalf("%s: %d %s", path, a.Status, a.Body)
			}
			var again answer
			b := w.Call(admin, "POST", path, in, "Idempotency-Key", key)
			b.Into(t, &again)
			if b.Status != a.Status || again.Login != first.Login || again.Password != "" || !strings.Contains(again.Say, "accounts/reset") {
				t.Errorf("%s again: %d %s", path, b.Status, b.Body)
			}
			secrets[path] = first.Password
			return first
		}
		twice("/api/v1/people", map[string]any{"name": "新人", "staff_no": "N1", "login": "xinren", "established": true})
		once := twice("/api/v1/accounts/reset", map[string]any{"login": "xinren"}).Password

		var me struct{ Token string }
		w.Call(nil, "POST", "/api/v1/session", map[string]any{"login": "xinren", "password": once}).Into(t, &me)
		own := "Qiushui-chang-2026"
		body, _ := json.Marshal(map[string]any{"old_password": once, "password": own})
		if a := w.Call(&apptest.Person{Token: me.Token}, "POST", "/api/v1/password", body); a.Status != 200 {
			t.Fatalf("change the password: %d %s", a.Status, a.Body)
		}
		plain := sha256.Sum256(append([]byte("POST /api/v1/password\n"), body...))
		secrets["own password"], secrets["session token"] = own, me.Token
		secrets["a hash that can be tried without a key"] = hex.EncodeToString(plain[:])

		rows := 0
		for _, row := range everyRow(t, w.App.DB) {
			rows++
			for what, secret := range secrets {
				if strings.Contains(row, secret) {
					t.Errorf("%s stands in %s", what, row)
				}
			}
		}
		if rows < 50 {
			t.Errorf("only %d rows read", rows)
		}
	})
}

func everyRow(t *testing.T, d *db.DB) (out []string) {
	t.Helper()
	tables := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if d.Driver() == "mysql" {
		tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		var names []string
		if err := tx.G.Raw(tables).Scan(&names).Error; err != nil {
			return err
		}
		for _, name := range names {
			var rows []map[string]any
			if err := tx.G.Raw("SELECT * FROM " + name).Scan(&rows).Error; err != nil {
				return err
			}
			for _, row := range rows {
				line := name
				for column, v := range row {
					if b, ok := v.([]byte); ok {
						v = string(b)
					}
					line += fmt.Sprintf(" %s=%v", column, v)
				}
				out = append(out, line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
