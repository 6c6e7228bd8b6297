package apptest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gongkai/internal/apptest"
)

// live makes a manuscript that readers see.
func live(w *apptest.World, title string, fields ...any) apptest.Item {
	return w.Live(w.UpTo(w.Draft(title, fields...), ""))
}

func correct(w *apptest.World, m apptest.Item, reason string) apptest.Item {
	w.T.Helper()
	a := w.Act(w.Own.People["drafter"], m, "correct", "reason", reason)
	if a.Status != 201 {
		w.T.Fatalf("correct: %d %s", a.Status, a.Body)
	}
	var c apptest.Item
	a.Into(w.T, &c)
	return w.Get(c.ID)
}

func TestACorrectionTakesThePlaceOfWhatItCorrects(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver})
			m := live(w, "数字有误的通知", "body", "<p>共受理34件。</p>")
			old := m.Channel("website").URL
			c := correct(w, m, "受理件数应为43件")
			if c.State != "draft" || c.Content.Body != m.Content.Body {
				t.Fatalf("the correction begins as %s %q", c.State, c.Content.Body)
			}
			drafter := w.Own.People["drafter"]
			content := apptest.Content("数字有误的通知", "body", "<p>共受理43件。</p>")
			c = w.Must(drafter, c, "edit", "content", content)
			if a := w.Act(drafter, c, "submit", "chain", "three-reviews"); a.Status != 422 && a.Status != 409 && a.Status != 400 {
				t.Errorf("a correction on another chain: %d %s", a.Status, a.Body)
			}
			c = w.UpTo(c, "")
			c = w.Live(c)
			m = w.Wait(m, "the end of the old one", func(m apptest.Item) bool {
				return m.State == "corrected" && m.Channel("wechat").State == "gone" && m.Channel("website").State == "gone"
			})
			p := w.Fetch(c.Channel("website").URL)
			if p.Status != 200 || !strings.Contains(string(p.Body), "共受理43件") || !strings.Contains(string(p.Body), "更正说明") || !strings.Contains(string(p.Body), "受理件数应为43件") {
				t.Errorf("the corrected page: %d\n%s", p.Status, p.Body)
			}
			leads := func(to apptest.Item) {
				t.Helper()
				if p := w.Fetch(old); p.Status != 301 || !strings.HasSuffix(to.Channel("website").URL, p.Header.Get("Location")) || p.Header.Get("Location") == "" {
					t.Errorf("the first address answers %d to %q", p.Status, p.Header.Get("Location"))
				}
			}
			leads(c)
			// A text that was corrected is not sent out, corrected or taken down again.
			for _, act := range []string{"schedule", "correct", "take-down"} {
				if a := w.Act(w.Own.People["publisher"], m, act, "reason", "error", "note", "再来一次"); a.Status/100 != 4 {
					t.Errorf("%s of what was corrected: %d %s", act, a.Status, a.Body)
				}
			}
			// Its correction may be corrected.
			d := correct(w, c, "再次更正说明")
			d = w.Live(w.UpTo(d, ""))
			leads(d)
		})
	}
}

func TestOneCorrectionAtATime(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver})
			m := live(w, "两个人同时更正")
			answers := make([]apptest.Answer, 6)
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() {
					answers[i] = w.Act(w.Own.People["drafter"], m, "correct", "reason", fmt.Sprintf("第%d个更正说明", i))
				})
			}
			all.Wait()
			made := 0
			var c apptest.Item
			for _, a := range answers {
				switch a.Status {
				case http.StatusCreated:
					made++
					a.Into(t, &c)
				case http.StatusConflict:
				default:
					t.Errorf("%d %s", a.Status, a.Body)
				}
			}
			if made != 1 {
				t.Fatalf("%d corrections were begun", made)
			}
			// One that was withdrawn makes room, and has lost its place for good.
			c = w.UpTo(w.Get(c.ID), "review")
			c = w.Must(w.Own.People["drafter"], c, "withdraw")
			other := correct(w, m, "另起一件更正")
			c = w.Must(w.Own.People["drafter"], c, "edit", "content", apptest.Content("又想更正"))
			if a := w.Act(w.Own.People["drafter"], c, "submit"); a.Status != http.StatusConflict || !strings.Contains(string(a.Body), "manuscript.correction_superseded") {
				t.Errorf("the one that lost its place: %d %s", a.Status, a.Body)
			}
			// Who wrote the text does not judge its correction, and nothing goes out
			// in the place of what was taken down meanwhile.
			other = w.UpTo(other, "sign")
			w.Must(w.Own.People["publisher"], m, "take-down", "reason", "error", "note", "内容有误")
			m = w.Must(w.Own.People["signing_leader"], w.Get(m.ID), "take-down/confirm")
			if a := w.Act(w.Judge(other), other, "decide", other.Yes()...); a.Status != http.StatusConflict || !strings.Contains(string(a.Body), "manuscript.corrected_state") {
				t.Errorf("signed in the place of nothing: %d %s", a.Status, a.Body)
			}
		})
	}
}
