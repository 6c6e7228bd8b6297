package apptest_test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// TestWhoMayOpenWhatPage is TestWhoMayDoWhat for the pages of the office.
func TestWhoMayOpenWhatPage(t *testing.T) {
	const table = "testdata/authz_staff.txt"
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	draft := w.Draft("在甲科起草的稿件")
	judged := w.UpTo(w.Draft("在甲科审核的稿件"), "first")
	secret := w.UpTo(w.Draft("在保密审查的稿件"), "confidentiality")
	probed := []apptest.Item{draft, judged, secret}
	before := versions(w, probed)

	var out bytes.Buffer
	cells := 0
	for _, r := range w.App.Staff.Routes() {
		fmt.Fprintf(&out, "%s %s\n", r.Method, r.Path)
		items := map[string]apptest.Item{"": draft}
		if r.Act == "step" {
			items[""] = judged
		}
		if strings.HasSuffix(r.Path, "/decide") {
			items = map[string]apptest.Item{"at first": judged, "at confidentiality": secret}
		}
		for _, at := range slices.Sorted(keys(items)) {
			m, rows := items[at], map[string][]string{}
			ask := func(who string, p *apptest.Person) {
				cells++
				var a apptest.Answer
				to := pagePath(r.Path, m)
				if r.Method == "GET" {
					a = w.Call(p, "GET", to, nil)
				} else {
					a = w.Call(p, "POST", to, []byte(pageForm(r.Path, m, w)), "Content-Type", "application/x-www-form-urlencoded")
				}
				verdict := pageClass(a)
				rows[verdict] = append(rows[verdict], who)
			}
			ask("nobody", nil)
			if r.Path != "/logout" {
				everybody(w, ask)
			}
			for _, verdict := range slices.Sorted(keys(rows)) {
				fmt.Fprintf(&out, "  %s%s: %s\n", prefix(at), verdict, strings.Join(rows[verdict], ", "))
			}
		}
	}
	t.Logf("%d cells", cells)
	if strings.Contains(out.String(), "undecided") {
		t.Errorf("undecided cells:\n%s", out.String())
	}
	if !slices.Equal(versions(w, probed), before) {
		t.Error("a probe changed a manuscript")
	}
	if *update {
		if err := os.WriteFile(table, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, string(want), out.String())
}

func pagePath(pattern string, m apptest.Item) string {
	id := fmt.Sprint(m.ID)
	switch {
	case strings.Contains(pattern, "/publications/:id"):
		id = "1"
	case strings.Contains(pattern, "/delegations/:id"), strings.Contains(pattern, "/proposals/:id"), strings.Contains(pattern, "/second-factor/:id"):
		id = "999999"
	case strings.Contains(pattern, "/workflows/:id"):
		id = "urgent"
	}
	return strings.NewReplacer(":id", id, ":hash", "sha256:"+strings.Repeat("0", 64), "*name", "nothing.css", ":channel", "wechat").Replace(pattern)
}

// pageForm is a form no act would be done with.
func pageForm(pattern string, m apptest.Item, w *apptest.World) string {
	f := url.Values{"version": {"0"}, "hash": {"sha256:0"}, "key": {fmt.Sprintf("probe-%p-%s", &m, pattern)}, "unit": {fmt.Sprint(w.Own.UnitA)}, "unit_id": {fmt.Sprint(w.Own.UnitA)},
		"person": {"999999"}, "person_id": {"999999"}, "post": {"drafter"}, "login": {"nobody"}, "from": {"999999"}, "to": {"999998"}, "posts": {"drafter"}, "starts": {"2026-01-01"}, "ends": {"2026-01-02"},
		"remark": {"0"}, "title": {"探针"}, "body": {`<p>探针<img src="/blob/sha256:` + strings.Repeat("0", 64) + `" alt="x"></p>`}, "format": {"html"}, "do": {"save"}, "kind": {"news"}, "section": {"news"}, "attribute": {"proactive"}, "disclosure.attribute": {"proactive"}}
	if strings.HasSuffix(pattern, "/decide") || strings.HasSuffix(pattern, "/proof") {
		f.Set("version", fmt.Sprint(m.Version))
		f.Set("hash", m.Hash)
		f.Set("verb", probeVerb(m))
	}
	return f.Encode()
}

func pageClass(a apptest.Answer) string {
	switch {
	case a.Status >= 500 || a.Status == 0:
		return fmt.Sprintf("undecided %d", a.Status)
	case a.Status == 401 || (a.Status == 303 && strings.HasPrefix(a.Header.Get("Location"), "/login")):
		return "must sign in"
	case a.Status == 403:
		return "may not"
	case a.Status == 404:
		return "knows nothing of it"
	}
	return "may"
}
