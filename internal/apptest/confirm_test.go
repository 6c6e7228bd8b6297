package apptest_test

import (
	"testing"

	"gongkai/config"
	"gongkai/internal/apptest"
)

// A program that holds a leader's token does not sign with it alone (A44, A50).
func TestAProgramSignsWithACodeOnly(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true, Set: func(c *config.Config) { c.SignIn.ConfirmSignature = "on" }})
			leader := w.Own.People["signing_leader"]
			m := w.UpTo(w.Draft("程序签发"), "sign")
			refused(t, "nothing to confirm with", w.Act(leader, m, "decide", "verb", "sign", "code", "271828"), "org.confirmation_unset")

			w.PIN(leader, "271828")
			refused(t, "no code", w.Act(leader, m, "decide", "verb", "sign"), "org.confirmation_needed")
			refused(t, "a wrong code", w.Act(leader, m, "decide", "verb", "sign", "code", "999999"), "org.confirmation_refused")
			refused(t, "somebody else's signature", w.Act(w.Own.People["drafter"], m, "decide", "verb", "sign", "code", "271828"), "authz.forbidden")
			if now := w.Get(m.ID); now.Version != m.Version {
				t.Error("a refused signature changed the manuscript")
			}
			in := map[string]any{"version": m.Version, "hash": m.Hash, "verb": "sign", "code": "271828"}
			to := path("/api/v1/manuscripts/:id/decide", m, w)
			for range 2 { // a repeat is answered as the first
				if a := w.Call(leader, "POST", to, in, "Idempotency-Key", "sign-it-exactly-once"); a.Status != 200 {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
			}
		})
	}
}
