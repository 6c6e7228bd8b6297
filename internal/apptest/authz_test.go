package apptest_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/org"
)

var update = flag.Bool("update", false, "rewrite testdata from what the program does now; read the difference")

// TestWhoMayDoWhat asks every route as every post, in the own unit, another unit
// and another organisation, and as nobody, and compares each answer with
// testdata/authz.txt. A route that is not in the table fails, and so does one
// that is only in the table. No probe changes anything.
func TestWhoMayDoWhat(t *testing.T) {
	const table = "testdata/authz.txt"
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true})
			draft := w.Draft("在甲科起草的稿件")
			judged := w.UpTo(w.Draft("在甲科审核的稿件"), "first")
			secret := w.UpTo(w.Draft("在保密审查的稿件"), "confidentiality")
			signed := w.UpTo(w.Draft("签发了的稿件"), "")
			probed := []apptest.Item{signed, judged, secret}
			before := versions(w, probed)

			var out bytes.Buffer
			cells := 0
			for _, r := range w.App.API.Routes() {
				fmt.Fprintf(&out, "%s %s\n", r.Method, r.Path)
				items := map[string]apptest.Item{"": draft}
				if strings.HasSuffix(r.Path, "/decide") || strings.HasSuffix(r.Path, "/proof") {
					items = map[string]apptest.Item{"at first": judged, "signed": signed}
				}
				if strings.HasSuffix(r.Path, "/remarks") {
					items["at first"], items["at confidentiality"] = judged, secret
				}
				if strings.HasSuffix(r.Path, "/decide") {
					items["at confidentiality"] = secret
				}
				for _, at := range slices.Sorted(keys(items)) {
					rows := map[string][]string{}
					ask := func(who string, p *apptest.Person) {
						cells++
						verdict := class(w.Call(p, r.Method, path(r.Path, items[at], w), probe(r.Path, items[at], w), contentType(r.Path)...))
						rows[verdict] = append(rows[verdict], who)
					}
					ask("nobody", nil)
					if r.Method != "DELETE" { // signing out is one's own; it would end the probes' sessions
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
			if *update && driver == "sqlite" {
				if err := os.WriteFile(table, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(table)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, string(want), out.String())
		})
	}
}

func versions(w *apptest.World, all []apptest.Item) (out []int64) {
	for _, m := range all {
		out = append(out, w.Get(m.ID).Version)
	}
	return out
}

func everybody(w *apptest.World, ask func(who string, p *apptest.Person)) {
	for _, post := range org.Posts {
		ask(string(post), w.Own.People[string(post)])
	}
	ask("other unit's drafter", w.Own.People["drafter_b"])
	ask("other unit's section_head", w.Own.People["section_head_b"])
	for _, post := range org.Posts {
		ask("other organisation's "+string(post), w.Other.People[string(post)])
	}
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func prefix(at string) string {
	if at == "" {
		return ""
	}
	return "(" + at + ") "
}

func path(pattern string, m apptest.Item, w *apptest.World) string {
	id := m.ID
	if strings.Contains(pattern, "/units/:id") {
		id = w.Own.UnitA
	}
	if strings.Contains(pattern, "/publications/:id") {
		id = 1
	}
	if strings.Contains(pattern, "/delegations/:id") || strings.Contains(pattern, "/proposals/:id") {
		id = 999999
	}
	return strings.Replace(pattern, ":id", fmt.Sprint(id), 1)
}

// probe is a body that no act would be done with, but that comes as far as the
// question who may.
func probe(pattern string, m apptest.Item, w *apptest.World) any {
	stale := map[string]any{"version": 0, "hash": "sha256:0"}
	switch {
	case strings.HasSuffix(pattern, "/manuscripts"):
		return map[string]any{"unit_id": w.Own.UnitA, "content": apptest.Content("探针", "attachments", []any{map[string]any{"name": "a", "media_type": "b", "size": 1, "hash": "sha256:0"}})}
	case strings.HasSuffix(pattern, "/edit"):
		return map[string]any{"version": 0, "hash": "sha256:0", "content": apptest.Content("探针")}
	case strings.HasSuffix(pattern, "/decide"):
		return map[string]any{"version": m.Version, "hash": m.Hash, "verb": probeVerb(m)} // without its checklist or note
	case strings.HasSuffix(pattern, "/proof"):
		return map[string]any{"version": m.Version, "hash": m.Hash, "body": "", "note": ""}
	case strings.HasSuffix(pattern, "/remarks"):
		return map[string]any{"kind": "comment", "quote": "", "text": ""}
	case strings.HasSuffix(pattern, "/remarks/answer"):
		return map[string]any{"remark": 999999, "text": ""}
	case strings.HasSuffix(pattern, "/remarks/reanchor"):
		return map[string]any{"remark": 999999, "quote": ""}
	case strings.HasSuffix(pattern, "/remarks/decline"), strings.HasSuffix(pattern, "/remarks/close"):
		return map[string]any{"remarks": []int64{}}
	case strings.HasSuffix(pattern, "/remarks/take"):
		return map[string]any{"version": 0, "hash": "sha256:0", "remarks": []int64{}}
	case strings.Contains(pattern, "/manuscripts/:id/"):
		return stale
	case strings.HasSuffix(pattern, "/session"):
		return map[string]any{"login": "nobody", "password": "x"}
	case strings.HasSuffix(pattern, "/password"):
		return map[string]any{"old_password": "x", "password": "x"}
	case strings.HasSuffix(pattern, "/sections"):
		return map[string]any{"slug": "news", "title": "重复"}
	case strings.HasSuffix(pattern, "/proposals"), strings.HasSuffix(pattern, "/revoke"):
		return map[string]any{"person_id": 999999, "post": "drafter", "unit_id": w.Own.UnitA}
	case strings.HasSuffix(pattern, "/reset"), strings.HasSuffix(pattern, "/disable"):
		return map[string]any{"login": "nobody"}
	case strings.HasSuffix(pattern, "/files"), strings.HasSuffix(pattern, "/imports"):
		return []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4\r\n--x--\r\n")
	case strings.HasSuffix(pattern, "/freeze"):
		return map[string]any{"reason": ""}
	}
	return map[string]any{}
}

// probeVerb is consult where that is asked, else approve.
func probeVerb(m apptest.Item) string {
	if m.Run != nil && m.Run.Step != nil && m.Run.Step.ID == "confidentiality" {
		return "consult"
	}
	return "approve"
}

func contentType(pattern string) []string {
	if strings.HasSuffix(pattern, "/files") || strings.HasSuffix(pattern, "/imports") {
		return []string{"Content-Type", "multipart/form-data; boundary=x"}
	}
	return nil
}

// class is what an answer says about the right to act.
func class(a apptest.Answer) string {
	switch code := a.Code(); {
	case a.Status == 500 || a.Status == 0:
		return fmt.Sprintf("undecided %d %s", a.Status, a.Body)
	case a.Status == 401 && (code == "http.not_signed_in" || code == "org.signed_out"):
		return "must sign in"
	case code == "authz.forbidden":
		return "may not"
	case code == "manuscript.not_found", code == "publish.not_found", code == "org.unit_unknown":
		return "knows nothing of it"
	}
	return "may"
}

func compare(t *testing.T, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			t.Errorf("line %d\n table: %s\n  real: %s", i+1, line(w, i), line(g, i))
			if t.Failed() && i > 400 {
				return
			}
		}
	}
}

func line(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return "(missing)"
}
