package apptest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
)

// standsIn lets one person stand in for another until the end of a period.
func standsIn(w *apptest.World, from, to string, until time.Time, posts ...string) apptest.Answer {
	w.T.Helper()
	return w.Call(w.Own.People["security_admin"], "POST", "/api/v1/delegations", map[string]any{"from_person": w.Own.People[from].ID, "to_person": w.Own.People[to].ID,
		"posts": posts, "starts_at": w.App.DB.Now().Add(-time.Minute), "ends_at": until})
}

func delegated(w *apptest.World, from, to string, posts ...string) (id int64) {
	w.T.Helper()
	a := standsIn(w, from, to, w.App.DB.Now().Add(time.Hour), posts...)
	if a.Status != 201 {
		w.T.Fatalf("%s for %s: %d %s", to, from, a.Status, a.Body)
	}
	var d struct{ ID int64 }
	a.Into(w.T, &d)
	return d.ID
}

func end(w *apptest.World, id int64) {
	w.T.Helper()
	if a := w.Call(w.Own.People["security_admin"], "POST", fmt.Sprintf("/api/v1/delegations/%d/end", id), map[string]any{}); a.Status != 200 {
		w.T.Fatalf("end: %d %s", a.Status, a.Body)
	}
}

func TestStandInsActInBothNamesAndAtOneLevel(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		people := w.Own.People
		byAndFor := func(m apptest.Item, by, who string) {
			t.Helper()
			last := m.Run.Acts[len(m.Run.Acts)-1]
			if last.By.ID != people[by].ID || last.For == nil || last.For.ID != people[who].ID {
				t.Errorf("%s at %s is by %d for %v", last.Verb, last.Step, last.By.ID, last.For)
			}
		}
		for what, a := range map[string]apptest.Answer{
			"one for oneself":           standsIn(w, "publisher", "publisher", w.App.DB.Now().Add(time.Hour), "publisher"),
			"an administrator's post":   standsIn(w, "auditor", "publisher", w.App.DB.Now().Add(time.Hour), "auditor"),
			"to an administrator":       standsIn(w, "publisher", "auditor", w.App.DB.Now().Add(time.Hour), "publisher"),
			"by who grants it":          standsIn(w, "publisher", "security_admin", w.App.DB.Now().Add(time.Hour), "publisher"),
			"a period that is over":     standsIn(w, "publisher", "drafter", w.App.DB.Now().Add(-time.Second), "publisher"),
			"longer than a quarter":     standsIn(w, "publisher", "drafter", w.App.DB.Now().Add(91*24*time.Hour), "publisher"),
			"without a post":            standsIn(w, "publisher", "drafter", w.App.DB.Now().Add(time.Hour)),
			"by a section head himself": w.Call(people["section_head"], "POST", "/api/v1/delegations", map[string]any{"from_person": people["section_head"].ID, "to_person": people["drafter_b"].ID, "posts": []string{"section_head"}, "starts_at": w.App.DB.Now(), "ends_at": w.App.DB.Now().Add(time.Hour)}),
		} {
			refused(t, what, a, "org.delegation_self", "org.delegation_posts", "org.posts_exclude", "org.own_post", "org.delegation_dates", "authz.forbidden")
		}

		m := w.UpTo(w.Draft("代为一审"), "first")
		refused(t, "before the delegation", w.Act(people["drafter_b"], m, "decide", m.Yes()...), "authz.forbidden")
		atFirst := delegated(w, "section_head", "drafter_b", "section_head")
		m = w.Must(people["drafter_b"], m, "decide", m.Yes()...)
		byAndFor(m, "drafter_b", "section_head")
		atSecond := delegated(w, "office_editor", "drafter_b", "office_editor")
		refused(t, "a stand-in at a second level (SOD-7)", w.Act(people["drafter_b"], m, "decide", m.Yes()...), "workflow.same_person", "workflow.delegate_two_levels")
		end(w, atSecond)
		refused(t, "after the administrator ended it", w.Act(people["drafter_b"], m, "decide", m.Yes()...), "authz.forbidden")
		forHead := delegated(w, "office_editor", "section_head", "office_editor")
		refused(t, "whom somebody stood in for, at a second level", w.Act(people["section_head"], m, "decide", m.Yes()...), "workflow.same_person")
		end(w, forHead)

		next := w.Must(people["drafter"], w.Draft("通知代审人"), "submit")
		if told(w, "drafter_b", "notice.task", next) != 1 || told(w, "section_head", "notice.task", next) != 1 || told(w, "section_head_b", "notice.task", next) != 0 {
			t.Error("the stand-in was not told that a manuscript waits, or somebody else was")
		}
		end(w, atFirst)

		byDrafter := delegated(w, "section_head", "drafter", "section_head")
		refused(t, "the drafter in the reviewer's name", w.Act(people["drafter"], next, "decide", next.Yes()...), "workflow.drafter_judges")
		end(w, byDrafter)

		forDrafter := delegated(w, "drafter", "section_head", "drafter")
		draft := w.Must(people["section_head"], w.Draft("科长代起草人送审"), "submit")
		byAndFor(draft, "section_head", "drafter")
		refused(t, "who submitted for the drafter judges", w.Act(people["section_head"], draft, "decide", draft.Yes()...), "workflow.drafter_judges")
		end(w, forDrafter)

		appoint(w, "drafter", "section_head")
		forBoth := delegated(w, "drafter", "drafter_b", "section_head")
		refused(t, "somebody judges in the drafter's name", w.Act(people["drafter_b"], next, "decide", next.Yes()...), "workflow.drafter_judges")
		end(w, forBoth)

		standsIn(w, "section_head", "drafter_b", w.App.DB.Now().Add(300*time.Millisecond), "section_head")
		for until := time.Now().Add(10 * time.Second); ; {
			if a := w.Act(people["drafter_b"], next, "decide", "verb", "approve"); a.Code() == "authz.forbidden" {
				break
			}
			if time.Now().After(until) {
				t.Fatal("a delegation of 0.3 seconds never ended")
			}
		}
		refused(t, "after its period", w.Act(people["drafter_b"], next, "decide", next.Yes()...), "authz.forbidden")

		revoke := map[string]any{"person_id": people["section_head"].ID, "post": "section_head", "unit_id": w.Own.UnitA}
		if a := w.Call(people["security_admin"], "POST", "/api/v1/posts/revoke", revoke); a.Status != 200 {
			t.Fatalf("revoke: %d %s", a.Status, a.Body)
		}
		refused(t, "without the post any more", w.Act(people["section_head"], next, "decide", next.Yes()...), "authz.forbidden")
		refused(t, "reading without the post", w.Call(people["section_head"], "GET", fmt.Sprintf("/api/v1/manuscripts/%d", next.ID), nil), "authz.forbidden")
	})
}

func TestTwoPersonsAreTwoNaturalPersonsAlsoWhenOneStandsIn(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	people := w.Own.People
	delegated(w, "publisher", "drafter_b", "publisher")
	thaw := func(who string) apptest.Answer {
		return w.Call(people[who], "POST", "/api/v1/publishing/thaw", map[string]any{})
	}
	for _, order := range [][2]string{{"drafter_b", "publisher"}, {"publisher", "drafter_b"}} {
		if a := w.Call(people["drafter_b"], "POST", "/api/v1/publishing/freeze", map[string]any{"reason": "演练冻结"}); a.Status != 200 {
			t.Fatalf("freeze: %d %s", a.Status, a.Body)
		}
		if a := thaw(order[0]); a.Status != 200 || !strings.Contains(string(a.Body), "false") {
			t.Errorf("the first asks: %d %s", a.Status, a.Body)
		}
		refused(t, "the same person thaws twice", thaw(order[0]), "publish.thaw_same_person")
		refused(t, order[1]+" confirms for "+order[0], thaw(order[1]), "publish.thaw_same_person")
		if a := thaw("signing_leader"); a.Status != 200 || !strings.Contains(string(a.Body), "true") {
			t.Errorf("a second person lifts it: %d %s", a.Status, a.Body)
		}
	}
	m := w.Live(w.UpTo(w.Draft("代办下线"), ""))
	m = w.Must(people["drafter_b"], m, "take-down", "reason", "error", "note", "日期有误")
	refused(t, "whom one stood in for confirms", w.Act(people["publisher"], m, "take-down/confirm"), "publish.take_down_same_person")
	if m = w.Must(people["signing_leader"], m, "take-down/drop"); m.State != "published" {
		t.Errorf("dropped, it is %s", m.State)
	}
	m = w.Must(people["publisher"], m, "take-down", "reason", "error", "note", "日期有误")
	refused(t, "the stand-in confirms what was asked by whom one stands in for", w.Act(people["drafter_b"], m, "take-down/confirm"), "publish.take_down_same_person")
}

func TestAdministratorsAndOtherUnitsReadNoDraft(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("管理员看不到的草稿")
	path := fmt.Sprintf("/api/v1/manuscripts/%d", m.ID)
	for _, who := range []string{"system_admin", "security_admin", "auditor", "foi_officer", "drafter_b", "section_head_b"} {
		refused(t, who+" reads a draft (S-16)", w.Call(w.Own.People[who], "GET", path, nil), "authz.forbidden")
		a := w.Call(w.Own.People[who], "GET", "/api/v1/manuscripts", nil)
		if strings.Contains(string(a.Body), "看不到") {
			t.Errorf("%s finds it in the list", who)
		}
	}
	for post, who := range w.Other.People {
		if a := w.Call(who, "GET", path, nil); a.Code() != "manuscript.not_found" {
			t.Errorf("the other organisation's %s: %d %s", post, a.Status, a.Body)
		}
	}
	refused(t, "a revision that is not there", w.Call(w.Own.People["drafter"], "GET", path+"?revision=99", nil), "manuscript.not_found")
}

// What is told to a post is told to who stands in for its holder.
func TestStandInsAreToldWhatTheHolderIsTold(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	for _, post := range []string{"drafter", "section_head", "publisher", "signing_leader"} {
		delegated(w, post, "drafter_b", post)
	}
	heard := func(what, code string, m apptest.Item) {
		t.Helper()
		if n := told(w, "drafter_b", code, m); n != 1 {
			t.Errorf("the stand-in was told %d times of %s", n, what)
		}
	}
	m := w.Must(w.Own.People["drafter"], w.UpTo(w.Draft("代收撤稿"), "first"), "withdraw")
	heard("a withdrawal", "notice.withdrawn", m)
	returned := w.UpTo(w.Draft("代收退回"), "first")
	m = w.Live(w.UpTo(w.Draft("代收下线申请"), ""))
	w.Must(w.Judge(returned), returned, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请补充出处")
	heard("a return", "notice.returned", returned)
	rejected := w.UpTo(w.Draft("代收不予刊发"), "third")
	w.Must(w.Judge(rejected), rejected, "decide", "verb", "reject", "note", "不宜公开发布")
	heard("a rejection", "notice.rejected", rejected)
	heard("a signature", "notice.signed", w.UpTo(w.Draft("代收签发"), ""))
	heard("an asked take-down", "notice.take_down_asked", w.Must(w.Own.People["publisher"], m, "take-down", "reason", "error", "note", "日期有误"))
	urgent := w.Live(w.UpTo(w.Draft("代收异议", "kind", "urgent"), ""))
	heard("an objection", "notice.objected", w.Must(w.Judge(urgent), urgent, "decide", "verb", "object", "gate", "facts", "note", "数字有误"))
}

// Who could stop a change of rights hears of it when it is wished (D6, SOD-7).
func TestChangesOfRightsAreToldToThoseConcerned(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	people := w.Own.People
	heard := func(who, code string) int {
		t.Helper()
		var in struct{ Notices []struct{ Code, Say string } }
		w.Call(people[who], "GET", "/api/v1/notices", nil).Into(t, &in)
		n := 0
		for _, x := range in.Notices {
			if x.Code == code && !strings.Contains(x.Say, "{") {
				n++
			}
		}
		return n
	}
	a := w.Call(people["security_admin"], "POST", "/api/v1/posts/proposals", map[string]any{"person_id": people["drafter_b"].ID, "post": "proofreader", "unit_id": w.Own.UnitB})
	if a.Status != 201 {
		t.Fatalf("propose: %d %s", a.Status, a.Body)
	}
	delegated(w, "section_head", "drafter_b", "section_head")
	for _, c := range []struct {
		who, code string
		times     int
	}{{"system_admin", "notice.post_proposed", 1}, {"security_admin", "notice.post_proposed", 0}, {"drafter_b", "notice.post_proposed", 0},
		{"section_head", "notice.delegated", 1}, {"drafter_b", "notice.delegated", 1}, {"security_admin", "notice.delegated", 0}} {
		if n := heard(c.who, c.code); n != c.times {
			t.Errorf("%s was told %d times of %s, want %d", c.who, n, c.code, c.times)
		}
	}
}
