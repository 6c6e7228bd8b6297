package staff_test

import (
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/publish/wechat/platform"
)

// What a reviewer is shown for the official account is what goes out there.
func TestReviewersSeeWhatTheOfficialAccountWillCarry(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	m := w.UpTo(w.Draft("微信版面", "kind", "urgent", "wechat", map[string]any{"title": "短标题", "digest": "写给读者的导语"}), "confidentiality")
	b := as(t, w, person(w, "confidentiality_officer"))
	b.get(path(m, "")).has(t, path(m, "/wechat?revision=1"))
	p := b.get(path(m, "/wechat"))
	p.has(t, "短标题", "写给读者的导语", `<section style="`, w.Config.Public.URL+"/art/")
	policy := p.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "style-src-attr 'unsafe-inline'") || strings.Contains(policy, "script-src 'self' 'unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	w.Live(w.UpTo(m, ""))
	sent, _ := platform.Essence(w.Sim.Ledger()[0].Copies[0].Content)
	seen, _ := platform.Essence(p.Body)
	if sent == "" || !strings.Contains(seen, sent) {
		t.Errorf("went out:\n%s\nwas shown:\n%s", sent, seen)
	}
	if r := as(t, w, w.Other.People["signing_leader"]).get(path(m, "/wechat")); r.Status != 404 {
		t.Errorf("another office sees it: %d", r.Status)
	}
	if r := as(t, w, person(w, "auditor")).get(path(m, "/wechat")); r.Status != 403 {
		t.Errorf("the auditor sees it: %d", r.Status)
	}
}
