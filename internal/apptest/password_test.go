package apptest_test

import (
	"context"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/org"
)

// Each act of the API is one transaction with its answer; a refused password
// change leaves its count all the same.
func TestWrongOldPasswordsCountThroughTheAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		li, admin := w.Own.People["drafter"], w.Own.People["system_admin"]
		var made struct {
			Password string `json:"one_time_password"`
		}
		if a := w.Call(admin, "POST", "/api/v1/accounts/reset", map[string]any{"login": li.Login}); a.Status != 200 {
			t.Fatalf("reset: %d %s", a.Status, a.Body)
		} else {
			a.Into(t, &made)
		}
		fresh := func() string { // the reset ended every session
			token, err := w.App.Org.NewToken(context.Background(), li.Login, "test", w.App.DB.Now().AddDate(0, 0, 1))
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		li.Token = fresh()
		change := func(old, key string) apptest.Answer {
			return w.Call(li, "POST", "/api/v1/password", map[string]any{"old_password": old, "password": "Correct-Horse-9"}, "Idempotency-Key", key)
		}
		if a := change(made.Password, "change-it-exactly-once"); a.Status != 200 {
			t.Fatalf("changed: %d %s", a.Status, a.Body)
		}
		for range org.MaxFailures {
			if a := change(made.Password, "change-it-exactly-once"); a.Status != 200 {
				t.Fatalf("the same request again: %d %s", a.Status, a.Body)
			}
		}
		signIn := func() int {
			return w.Call(nil, "POST", "/api/v1/session", map[string]any{"login": li.Login, "password": "Correct-Horse-9"}).Status
		}
		if got := signIn(); got != 201 {
			t.Errorf("requests sent again locked the account: %d", got)
		}
		for range org.MaxFailures {
			refused(t, "a wrong password", w.Call(li, "POST", "/api/v1/password", map[string]any{"old_password": "wrong", "password": "Another-Horse-9"}), "org.sign_in_failed")
		}
		if got := signIn(); got != 401 {
			t.Errorf("not locked after %d wrong passwords: %d", org.MaxFailures, got)
		}
	})
}
