package apptest_test

import (
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// han is n characters of four bytes each, the longest UTF-8 has.
func han(n int) string { return strings.Repeat("𠮷", n) }

// Every field takes its longest text on both databases, and no longer one: a
// column that is too short shows on one of them only.
func TestEveryFieldTakesItsLongestText(t *testing.T) {
	onBoth(t, apptest.Options{Unheld: true}, func(t *testing.T, w *apptest.World) { // an attribute of 20 characters is in no document
		people := w.Own.People
		li, publisher := people["drafter"], people["publisher"]
		fields := map[string]int{"title": 200, "kind": 40, "author": 60, "source": 100, "summary": 500, "doc_no": 60, "doc_date": 10, "keywords": 30,
			"disclosure.attribute": 20, "disclosure.ground": 4, "disclosure.reason": 500, "wechat.title": 200, "wechat.author": 100, "wechat.digest": 500,
			"reprint.source": 100, "reprint.url": 1000, "reprint.date": 10}
		file := uploaded(w, han(116)+".pdf", pdf)
		m := w.Draft("最长")
		whole := apptest.Content("最长", "attachments", []any{file})
		for field, max := range fields {
			fieldsOf[field](whole, han(max))
			over := apptest.Content("最长")
			fieldsOf[field](over, han(max+1))
			a := w.Act(li, m, "edit", "content", over)
			var p struct{ Field string }
			if a.Into(t, &p); a.Code() != "manuscript.too_long" || p.Field != field {
				t.Errorf("%s of %d characters: %d %s", field, max+1, a.Status, a.Body)
			}
		}
		refused(t, "a note of 501", w.Act(li, m, "edit", "content", whole, "note", han(501)), "manuscript.too_long")
		m = w.Must(li, m, "edit", "content", whole, "note", han(500))
		var kept struct{ Content map[string]any }
		w.Call(li, "GET", fmt.Sprintf("/api/v1/manuscripts/%d", m.ID), nil).Into(t, &kept)
		for field, max := range fields {
			if at(kept.Content, field) != han(max) {
				t.Errorf("%s was cut", field)
			}
		}

		long := apptest.Content(han(200), "attachments", []any{file}, "summary", han(500), "author", han(60), "source", han(100), "keywords", []string{han(30)},
			"doc_no", han(49)+"〔2026〕777号", "doc_date", "2026-03-01", "wechat", map[string]any{"title": "短标题", "author": "作者", "digest": "摘要"})
		if n := len([]rune(long["doc_no"].(string))); n != 59 {
			t.Fatalf("a document number of %d", n)
		}
		m = w.Draft("要改")
		m = w.Must(li, m, "edit", "content", long, "note", han(500))
		m = w.UpTo(m, "first")
		m = w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", han(2000))
		m = w.Must(li, m, "resubmit", "note", han(500))
		m = w.Must(li, m, "withdraw", "note", han(500))
		m = w.Must(li, m, "edit", "content", long, "note", han(500))
		m = w.Live(w.UpTo(m, ""))
		m = w.Must(publisher, m, "take-down", "reason", "error", "note", han(500))
		m = w.Must(people["signing_leader"], m, "take-down/confirm")

		proofed := w.UpTo(w.Draft("校过"), "first")
		w.Must(w.Judge(proofed), proofed, "proof", "body", proofed.Content.Body+"<p>完。</p>", "note", han(500))

		no := w.UpTo(w.Draft("不予刊发"), "confidentiality")
		no = w.Must(w.Judge(no), no, "decide", "verb", "refer", "note", han(2000))
		no = w.Must(w.Judge(no), no, "decide", "verb", "consult", "note", han(2000))
		refused(t, "a note of 2001", w.Act(w.Judge(no), no, "decide", "verb", "reject", "outcome", "S_NO", "ground", "N1", "note", han(2001)), "manuscript.too_long")
		w.Must(w.Judge(no), no, "decide", "verb", "reject", "outcome", "S_NO", "ground", "N1", "note", han(2000))
		held := w.Approve(w.UpTo(w.Draft("改期"), "sign"), "publish_at", w.App.DB.Now().AddDate(0, 0, 2).Format("2006-01-02T15:04:05Z07:00"))
		w.Must(publisher, held, "unschedule", "note", han(500))
		urgent := w.Live(w.UpTo(w.Draft("补签", "kind", "urgent"), ""))
		w.Must(w.Judge(urgent), urgent, "decide", "verb", "object", "gate", "facts", "note", han(2000))

		ascii := func(n int) string { return strings.Repeat("x", n) }
		for what, c := range map[string]struct {
			who  string
			path string
			body map[string]any
			max  map[string]int
			text func(int) string
		}{
			"freeze":  {"publisher", "publishing/freeze", map[string]any{}, map[string]int{"reason": 200}, han},
			"section": {"office_editor", "sections", map[string]any{"slug": ascii(60)}, map[string]int{"title": 60, "description": 400, "keywords": 200, "column_type": 60}, han},
			"unit":    {"system_admin", "units", map[string]any{}, map[string]int{"name": 120, "full_name": 120, "short_name": 60, "code": 40}, ascii},
			"person":  {"system_admin", "people", map[string]any{"established": true}, map[string]int{"name": 60, "staff_no": 60, "login": 60}, ascii},
		} {
			for field, max := range c.max {
				c.body[field] = c.text(max)
			}
			for field, max := range c.max {
				c.body[field] = c.text(max + 1)
				if a := w.Call(people[c.who], "POST", "/api/v1/"+c.path, c.body); a.Status != 400 {
					t.Errorf("%s with %s of %d: %d %s", what, field, max+1, a.Status, a.Body)
				}
				c.body[field] = c.text(max)
			}
			if a := w.Call(people[c.who], "POST", "/api/v1/"+c.path, c.body); a.Status/100 != 2 {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
	})
}

func onBoth(t *testing.T, o apptest.Options, f func(t *testing.T, w *apptest.World)) {
	t.Helper()
	for _, o.Driver = range []string{"sqlite", "mysql"} {
		t.Run(o.Driver, func(t *testing.T) { f(t, apptest.Start(t, o)) })
	}
}
