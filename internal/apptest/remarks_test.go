package apptest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
	"gongkai/internal/notify"
)

type remark struct {
	ID, Revision               int64
	Kind, State, Quote, Text   string
	Replacement, Found, Reason string
	Paragraph, Start, End      int
	By                         struct{ ID int64 }
	DecidedBy                  *struct{ ID int64 } `json:"decided_by"`
	Replies                    []struct{ Text string }
}

func remarksOf(w *apptest.World, m apptest.Item) []remark {
	w.T.Helper()
	var v struct{ Remarks []remark }
	w.Call(w.Own.People["office_editor"], "GET", fmt.Sprintf("/api/v1/manuscripts/%d", m.ID), nil).Into(w.T, &v)
	return v.Remarks
}

// say posts to one of the routes of remarks.
func say(w *apptest.World, who string, m apptest.Item, act string, pairs ...any) apptest.Answer {
	w.T.Helper()
	in := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		in[pairs[i].(string)] = pairs[i+1]
	}
	if act != "" {
		act = "/" + act
	}
	return w.Call(w.Own.People[who], "POST", fmt.Sprintf("/api/v1/manuscripts/%d/remarks%s", m.ID, act), in)
}

func suggest(w *apptest.World, who string, m apptest.Item, quote, replacement string) int64 {
	w.T.Helper()
	a := say(w, who, m, "", "kind", "suggestion", "quote", quote, "replacement", replacement, "text", "更准确")
	if a.Status != 201 {
		w.T.Fatalf("suggest by %s: %d %s", who, a.Status, a.Body)
	}
	var made struct{ ID int64 }
	a.Into(w.T, &made)
	return made.ID
}

func TestRemarksLeaveTheTextAloneUntilTaken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.UpTo(w.Draft("批注", "body", "<p>受理申请43件。</p><p>其中予以公开12件，部分公开3件。</p>"), "first")
		before := m
		one := suggest(w, "section_head", m, "43件", "56件")
		two := suggest(w, "section_head", m, "部分公开3件", "部分公开4件")
		a := say(w, "section_head", m, "", "kind", "comment", "quote", "予以公开", "text", "请核对口径")
		if a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if m = w.Get(m.ID); m.Version != before.Version || m.Hash != before.Hash || m.Revision != 1 {
			t.Errorf("a remark made version %d, revision %d", m.Version, m.Revision)
		}
		all := remarksOf(w, m)
		if len(all) != 3 || all[0].Found != "exact" || all[0].Paragraph != 1 || all[0].Start != 4 || all[1].Paragraph != 2 || all[2].Kind != "comment" {
			t.Fatalf("%+v", all)
		}
		refused(t, "words that are not there", say(w, "section_head", m, "", "kind", "comment", "quote", "没有这话", "text", "？"), "proof.quote_unknown")
		refused(t, "words that are there twice", say(w, "section_head", m, "", "kind", "comment", "quote", "公开", "text", "？"), "proof.quote_ambiguous")
		if a := say(w, "section_head", m, "", "kind", "comment", "quote", "公开", "prefix", "部分", "text", "哪一处"); a.Status != 201 {
			t.Errorf("told apart by what is before: %d %s", a.Status, a.Body)
		}
		refused(t, "the same words", say(w, "section_head", m, "", "kind", "suggestion", "quote", "43件", "replacement", "43件"), "proof.same_words")
		refused(t, "nothing said", say(w, "section_head", m, "", "kind", "comment", "quote", "43件"), "proof.remark_text")
		refused(t, "another kind", say(w, "section_head", m, "", "kind", "order", "quote", "43件", "text", "x"), "proof.remark_kind")
		refused(t, "another step's judge", say(w, "signing_leader", m, "", "kind", "comment", "quote", "43件", "text", "x"), "authz.forbidden")
		refused(t, "taking a comment", w.Act(w.Own.People["section_head"], m, "remarks/take", "remarks", []int64{all[2].ID}), "proof.remark_kind")
		refused(t, "the drafter while it is judged", w.Act(w.Own.People["drafter"], m, "remarks/take", "remarks", []int64{one}), "authz.forbidden")

		m = w.Must(w.Own.People["section_head"], m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请按建议修改")
		if a := say(w, "drafter", m, "answer", "remark", all[2].ID, "text", "已核对"); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		refused(t, "who does not draft it", w.Act(w.Own.People["proofreader"], m, "remarks/take", "remarks", []int64{one}), "authz.forbidden")
		m = w.Must(w.Own.People["drafter"], m, "remarks/take", "remarks", []int64{two, one, one})
		if m.Revision != 2 || m.Content.Body != "<p>受理申请56件。</p>\n<p>其中予以公开12件，部分公开4件。</p>\n" {
			t.Errorf("revision %d: %s", m.Revision, m.Content.Body)
		}
		all = remarksOf(w, m)
		if all[0].State != "taken" || all[1].State != "taken" || all[2].Found != "quote" || all[2].Replies[0].Text != "已核对" || all[0].DecidedBy.ID != w.Own.People["drafter"].ID {
			t.Errorf("%+v", all)
		}
		refused(t, "taking again", w.Act(w.Own.People["drafter"], m, "remarks/take", "remarks", []int64{one}), "proof.remark_state")
		refused(t, "a remark of nothing", w.Act(w.Own.People["drafter"], m, "remarks/take", "remarks", []int64{}), "proof.none_chosen")
		refused(t, "one that is not there", w.Act(w.Own.People["drafter"], m, "remarks/take", "remarks", []int64{99999}), "proof.remark_unknown")
		if a := say(w, "section_head", m, "close", "remarks", []int64{all[2].ID, all[3].ID}); a.Status != 200 {
			t.Errorf("own remarks taken back: %d %s", a.Status, a.Body)
		}
		refused(t, "a line under a closed one", say(w, "drafter", m, "answer", "remark", all[2].ID, "text", "x"), "proof.remark_state")

		var log struct {
			Entries []struct{ Action string }
		}
		w.Call(w.Own.People["auditor"], "GET", fmt.Sprintf("/api/v1/audit?object=manuscript:%d", m.ID), nil).Into(t, &log)
		seen := fmt.Sprint(log.Entries)
		for _, action := range []string{"remark.added", "remark.answered", "remark.taken", "remark.closed", "manuscript.edited"} {
			if !strings.Contains(seen, action) {
				t.Errorf("%s is not on record: %s", action, seen)
			}
		}
	})
}

func TestOpenSuggestionsAreSettledBeforeSigning(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.UpTo(w.Draft("待签", "body", "<p>受理申请43件。</p>"), "second")
		one := suggest(w, "office_editor", m, "43件", "四十三件")
		m = w.UpTo(m, "sign") // to approve over it is allowed
		leader := w.Own.People["signing_leader"]
		a := w.Act(leader, m, "decide", m.Yes()...)
		refused(t, "signing over a suggestion", a, "review.suggestions_open")
		if !strings.Contains(string(a.Body), "43件") {
			t.Errorf("it does not say where: %s", a.Body)
		}
		var seen apptest.Item
		w.Call(leader, "GET", fmt.Sprintf("/api/v1/manuscripts/%d", m.ID), nil).Into(t, &seen)
		if seen.May["sign"].Code != "review.suggestions_open" {
			t.Errorf("may sign: %+v", seen.May["sign"])
		}
		refused(t, "taking it where no text is corrected", w.Act(leader, m, "remarks/take", "remarks", []int64{one}, "note", "采纳"), "workflow.edit_not_here")
		refused(t, "the drafter declines while others judge", say(w, "drafter", m, "decline", "remarks", []int64{one}), "authz.forbidden")
		refused(t, "somebody else takes it back", say(w, "signing_leader", m, "close", "remarks", []int64{one}), "authz.forbidden")
		if a := say(w, "signing_leader", m, "decline", "remarks", []int64{one}, "note", "按规范用阿拉伯数字"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if all := remarksOf(w, m); all[0].State != "declined" || all[0].Reason != "按规范用阿拉伯数字" {
			t.Errorf("%+v", all)
		}
		m = w.Approve(w.Get(m.ID))
		refused(t, "a remark on what is signed", say(w, "signing_leader", m, "", "kind", "comment", "quote", "43件", "text", "x"), "manuscript.state")
	})
}

// Who takes a suggestion at a proof step is an editor of the text; who only made
// it is not (SOD-1).
func TestWhoTakesASuggestionIsAnEditorWhoMakesItIsNot(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		people := w.Own.People
		m := w.UpTo(w.Draft("谁改的", "body", "<p>受理申请43件，办结40件。</p>"), "first")
		one := suggest(w, "section_head", m, "办结40件", "办结41件")
		m = w.UpTo(m, "second")
		old := m.Hash
		m = w.Must(people["office_editor"], m, "remarks/take", "remarks", []int64{one})
		acts := m.Run.Acts
		if last := acts[len(acts)-1]; last.Verb != "edit" || last.By.ID != people["office_editor"].ID || last.Hash != old || last.NewHash != m.Hash || m.Run.Step.ID != "second" {
			t.Errorf("%+v", last)
		}
		if r := remarksOf(w, m)[0]; r.By.ID != people["section_head"].ID || r.DecidedBy.ID != people["office_editor"].ID {
			t.Errorf("%+v", r)
		}

		// After the clearance a suggestion is a correction like any other (BM-1).
		m = w.UpTo(w.Draft("审后", "body", "<p>受理申请43件。</p><p>工作有序开展。</p>"), "third")
		suggest(w, "deputy_director", m, "43件", "44件")
		suggest(w, "deputy_director", m, "有序", "稳步")
		all := remarksOf(w, m)
		m = w.Must(people["deputy_director"], m, "remarks/take", "remarks", []int64{all[1].ID})
		if m.Run.Step.ID != "third" {
			t.Errorf("a small correction leads to %s", m.Run.Step.ID)
		}
		m = w.Must(people["deputy_director"], m, "remarks/take", "remarks", []int64{all[0].ID})
		if m.Run.Step.ID != "confidentiality" {
			t.Errorf("another figure leads to %s", m.Run.Step.ID)
		}

		// The editor of a draft is an author and does not judge; who suggested may.
		m = w.UpTo(w.Draft("起草人之外", "body", "<p>受理申请43件。</p>"), "first")
		one = suggest(w, "section_head", m, "43件", "44件")
		m = w.Must(people["section_head"], m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请改")
		m = w.Must(people["office_editor"], m, "edit", "content", apptest.Content("起草人之外", "body", "<p>受理申请43件。</p><p>补一段。</p>"))
		if r := remarksOf(w, m)[0]; r.Found != "exact" {
			t.Errorf("%+v", r)
		}
		m = w.Must(people["drafter"], m, "remarks/take", "remarks", []int64{one})
		m = w.Must(people["drafter"], m, "resubmit")
		m = w.Approve(m) // the section head, who suggested
		refused(t, "an editor of the draft judges", w.Act(people["office_editor"], m, "decide", m.Yes()...), "workflow.author_judges")
	})
}

func TestASuggestionOnWordsThatAreGoneIsNotTaken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		drafter := w.Own.People["drafter"]
		edited := func(m apptest.Item, body string) apptest.Item {
			return w.Must(drafter, m, "edit", "content", apptest.Content("变了", "body", body))
		}
		m := w.Draft("变了", "body", "<p>一、总体情况。</p><p>受理申请43件，办结40件，结转下年3件。</p>")
		one := suggest(w, "section_head", m, "办结40件", "办结41件")
		m = edited(m, "<p>新的第一段。</p><p>一、总体情况。</p><p>受理申请43件，办结39件，结转下年3件。</p>")
		if r := remarksOf(w, m)[0]; r.Found != "context" || r.Paragraph != 3 {
			t.Errorf("%+v", r)
		}
		refused(t, "other words", w.Act(drafter, m, "remarks/take", "remarks", []int64{one}), "proof.remark_gone")
		m = edited(m, "<p>全文重写，与原来没有关系。</p>")
		if r := remarksOf(w, m)[0]; r.Found != "" || r.State != "open" || r.Quote != "办结40件" {
			t.Errorf("%+v", r)
		}
		if a := say(w, "drafter", m, "reanchor", "remark", one, "quote", "全文重写"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if r := remarksOf(w, m)[0]; r.Found != "exact" || r.Revision != 3 || r.Quote != "全文重写" {
			t.Errorf("%+v", r)
		}
		// A remark on a revision of before, which another page still shows.
		a := say(w, "drafter", m, "", "revision", 1, "kind", "suggestion", "quote", "总体情况", "replacement", "基本情况")
		if a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if all := remarksOf(w, m); all[1].Found != "" || all[1].Revision != 1 {
			t.Errorf("%+v", all[1])
		}
		two := suggest(w, "drafter", m, "没有关系", "无关")
		three := suggest(w, "drafter", m, "有关系。", "有关。")
		refused(t, "two suggestions on the same words", w.Act(drafter, m, "remarks/take", "remarks", []int64{two, three}), "proof.overlap")
		if now := w.Get(m.ID); now.Version != m.Version {
			t.Error("a refused act changed the manuscript")
		}
	})
}

func TestTwoPeopleTakingOneSuggestionTakeItOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.Draft("同时", "body", "<p>受理申请43件。</p>")
		one := suggest(w, "section_head", m, "43件", "44件")
		codes := make([]string, 8)
		var all sync.WaitGroup
		for i := range codes {
			all.Add(1)
			go func() {
				defer all.Done()
				who := w.Own.People[[]string{"drafter", "section_head"}[i%2]]
				if a := w.Act(who, m, "remarks/take", "remarks", []int64{one}); a.Status != 200 {
					codes[i] = a.Code()
				}
			}()
		}
		all.Wait()
		won := 0
		for _, code := range codes {
			if code == "" {
				won++
			} else if code != "manuscript.changed" {
				t.Errorf("answered %s", code)
			}
		}
		if now := w.Get(m.ID); won != 1 || now.Revision != 2 || now.Content.Body != "<p>受理申请44件。</p>\n" {
			t.Errorf("%d took it, revision %d, %s", won, now.Revision, now.Content.Body)
		}
	})
}

func TestHostileRemarksAreRefusedOrWords(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("敌意", "body", "<p>受理申请43件。</p>")
	took := 0
	for i, s := range apptest.Naughty(t) {
		if !apptest.Share(i, 5) {
			continue
		}
		for _, field := range []string{"text", "replacement", "quote", "prefix"} {
			in := map[string]any{"kind": "suggestion", "quote": "43件", "replacement": "44件", "text": "x"}
			in[field] = s
			a := w.Call(w.Own.People["drafter"], "POST", fmt.Sprintf("/api/v1/manuscripts/%d/remarks", m.ID), in)
			if a.Status/100 == 5 {
				t.Fatalf("%s %.40q: %d %s", field, s, a.Status, a.Body)
			}
			if a.Status == 201 && field == "replacement" && took < 20 {
				took++
				var made struct{ ID int64 }
				a.Into(t, &made)
				if b := w.Act(w.Own.People["drafter"], m, "remarks/take", "remarks", []int64{made.ID}); b.Status/100 == 2 {
					body := w.Get(m.ID).Content.Body
					if strings.Contains(strings.ToLower(body), "<script") || strings.Contains(body, "<img") || strings.Contains(body, "<svg") {
						t.Errorf("%.40q became markup: %s", s, body)
					}
					m = w.Must(w.Own.People["drafter"], w.Get(m.ID), "edit", "content", apptest.Content("敌意", "body", "<p>受理申请43件。</p>"))
				} else if b.Status/100 == 5 {
					t.Errorf("taking %.40q: %d", s, b.Status)
				}
			}
		}
	}
	if took < 10 {
		t.Errorf("only %d replacements tried", took)
	}
}

// A drafter hears of remarks once, not once for each, and again when the first
// news was read; who wrote one hears what became of it.
func TestRemarksAreToldOnceUntilRead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.UpTo(w.Draft("批注消息", "body", "<p>受理申请43件。</p><p>其中予以公开12件，部分公开3件。</p>"), "first")
		told := func(who, code string) (n int) {
			t.Helper()
			err := w.App.DB.Read(t.Context(), func(tx *db.Tx) error {
				all, err := notify.For(tx, w.Own.People[who].ID, 100)
				for _, x := range all {
					if x.Code == code && x.Subject == fmt.Sprintf("manuscript:%d", m.ID) {
						n++
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		first := suggest(w, "section_head", m, "43件", "四十三件")
		suggest(w, "section_head", m, "12件", "十二件")
		if n := told("drafter", "notice.remarked"); n != 1 {
			t.Errorf("two remarks are told %d times", n)
		}
		if n := told("section_head", "notice.remarked"); n != 0 {
			t.Errorf("who wrote them is told %d times", n)
		}
		if err := w.App.DB.Write(t.Context(), func(tx *db.Tx) error { return notify.Read(tx, w.Own.People["drafter"].ID) }); err != nil {
			t.Fatal(err)
		}
		suggest(w, "section_head", m, "部分公开3件", "部分公开三件")
		if n := told("drafter", "notice.remarked"); n != 2 {
			t.Errorf("a remark after the reading is told: %d in all", n)
		}
		if a := say(w, "section_head", m, "answer", "remark", first, "text", "请看原件"); a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if n := told("drafter", "notice.remark_answered"); n != 1 {
			t.Errorf("an answer is told the drafter %d times", n)
		}
		w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请处理建议")
		if a := say(w, "drafter", m, "decline", "remarks", []int64{first}, "note", "原文无误"); a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if n := told("section_head", "notice.remark_settled"); n != 1 {
			t.Errorf("the author of a declined suggestion is told %d times", n)
		}
	})
}
