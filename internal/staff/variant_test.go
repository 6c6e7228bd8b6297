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
	b.get(path(m, "")).has(t, path(m, "?view=wechat"), path(m, "?view=website"))
	b.get(path(m, "?view=wechat")).has(t, "短标题", "写给读者的导语", "3 / 32", w.Config.Public.URL+"/art/", path(m, "/preview/wechat?revision=1"))
	if r := b.get(path(m, "/wechat?revision=1")); r.Status != 303 && r.Status != 200 {
		t.Errorf("the old address answers %d", r.Status)
	}
	p := b.get(path(m, "/preview/wechat"))
	p.has(t, "短标题", `<section style="`)
	policy := p.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "style-src-attr 'unsafe-inline'") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	w.Live(w.UpTo(m, ""))
	sent, _ := platform.Essence(w.Sim.Ledger()[0].Copies[0].Content)
	seen, _ := platform.Essence(p.Body)
	if sent == "" || !strings.Contains(seen, sent) {
		t.Errorf("went out:\n%s\nwas shown:\n%s", sent, seen)
	}
	if r := as(t, w, w.Other.People["signing_leader"]).get(path(m, "/preview/wechat")); r.Status != 404 {
		t.Errorf("another office sees it: %d", r.Status)
	}
	if r := as(t, w, person(w, "auditor")).get(path(m, "/preview/wechat")); r.Status != 403 {
		t.Errorf("the auditor sees it: %d", r.Status)
	}
}

// The page reviewers are shown is the page that goes out, but for the moment of
// its release and where its styles come from.
func TestReviewersSeeTheWebsitesPage(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	m := w.UpTo(w.Draft("网站版面"), "confidentiality")
	b := as(t, w, person(w, "confidentiality_officer"))
	b.get(path(m, "?view=website")).has(t, path(m, "/preview/website?revision=1"), `sandbox="allow-same-origin"`)
	p := b.get(path(m, "/preview/website?revision=1"))
	p.has(t, "网站版面", `href="`+w.Config.Public.URL+"/s/")
	if policy := p.Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src") || !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(policy, w.Config.Public.URL) {
		t.Errorf("policy %q", policy)
	}
	article := func(page string) string {
		_, rest, _ := strings.Cut(page, "<article")
		text, _, _ := strings.Cut(rest, "</article>")
		return text
	}
	shown := string(w.Fetch(w.Live(w.UpTo(m, "")).Channel("website").URL).Body)
	if got, want := article(p.Body), article(shown); want == "" || got != want {
		t.Errorf("went out:\n%s\nwas shown:\n%s", want, got)
	}
	for who, want := range map[*apptest.Person]int{person(w, "auditor"): 403, w.Other.People["signing_leader"]: 404} {
		if r := as(t, w, who).get(path(m, "/preview/website")); r.Status != want {
			t.Errorf("%s gets %d", who.Login, r.Status)
		}
	}
	if r := b.get(path(m, "/preview/radio")); r.Status != 404 && r.Status != 400 && r.Status != 422 {
		t.Errorf("an unknown channel answers %d", r.Status)
	}
}

func TestATextIsLookedAtInSeveralWays(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("几种看法的稿件"), "second")
	m = w.Must(w.Judge(m), m, "proof", "body", strings.Replace(m.Content.Body, "第二段", "第贰段", 1), "note", "改字")
	m = w.Approve(m)
	b := as(t, w, w.Judge(m))
	first := b.get(path(m, ""))
	first.has(t, `aria-current="true">清样`, "花脸稿", "左右对照", path(m, "?view=redline#sheet"))
	first.hasNot(t, "［删除：")
	red := b.get(path(m, "?view=redline"))
	red.has(t, `aria-current="true">花脸稿`, "第<del", "［删除：</span>二", "［新增：</span>贰", `id="judge"`, `form="decide"`)
	complete(t, "the redline beside the decision", red)
	side := b.get(path(m, "?view=side"))
	side.has(t, "redline was", "redline now", `form="decide"`)
	complete(t, "side by side", side)
	if n := strings.Count(side.Body, `id="c1"`); n != 1 {
		t.Errorf("change 1 has its mark %d times", n)
	}
	b.get(path(m, "?view=nonsense")).has(t, `aria-current="true">清样`)
	old := b.get(path(m, "?revision=1"))
	old.hasNot(t, "花脸稿", "左右对照")
	old.has(t, path(m, "?view=wechat&amp;revision=1"))
}
