package apptest_test

import (
	"fmt"
	"testing"

	"gongkai/internal/apptest"
)

// A withdrawal ends the review, not the text: who corrected it at a proof step
// is one of its authors in the next review (SOD-1).
func TestWhoCorrectedAWithdrawnTextDoesNotJudgeItAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		li, editor := w.Own.People["drafter"], w.Own.People["office_editor"]
		appoint(w, "office_editor", "section_head")
		for _, state := range []string{"in review", "returned", "signed"} {
			m := w.UpTo(w.Draft("撤回再送 "+state), "second")
			m = w.Must(editor, m, "proof", "body", "<p>撤回再送 "+state+"，编辑写下的正文。</p>", "note", "改错字")
			switch state {
			case "returned":
				m = w.Must(editor, m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请补充出处")
			case "signed":
				m = w.Approve(w.UpTo(m, "sign"), "hold", true)
			}
			m = w.Must(li, m, "withdraw", "note", "补一句摘要")
			m = w.Must(li, m, "edit", "content", apptest.Content("撤回再送 "+state, "body", m.Content.Body, "summary", "一句摘要"))
			m = w.Must(li, m, "edit", "content", apptest.Content("撤回再送 "+state, "body", m.Content.Body, "summary", "另一句摘要"))
			m = w.Must(li, m, "submit")
			refused(t, "who wrote the text judges it, withdrawn when "+state, w.Act(editor, m, "decide", m.Yes()...), "workflow.author_judges")
			m = w.Approve(m)
			refused(t, "at the level of the old correction, withdrawn when "+state, w.Act(editor, m, "decide", m.Yes()...), "workflow.author_judges")
		}
	})
}

// A kind that the chain was not made for cannot ride on it to the end.
func TestAnotherKindDoesNotGoOnAlongTheOldChain(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	li := w.Own.People["drafter"]
	for kind, more := range map[string][]any{"urgent": nil,
		"reprint": {"reprint", map[string]any{"source": "省人民政府", "url": "https://www.example.gov.cn/a", "date": "2026-03-01"}}} {
		m := w.Must(li, w.Draft("改了类型 "+kind, append(more, "kind", kind)...), "submit")
		m = w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "这是政策文件")
		policy := apptest.Content("改了类型 "+kind, "kind", "policy", "doc_no", "甲政发〔2026〕7号", "doc_date", "2026-03-01")
		changed := w.Must(li, m, "edit", "content", policy)
		var own apptest.Item
		w.Call(li, "GET", fmt.Sprintf("/api/v1/manuscripts/%d", m.ID), nil).Into(t, &own)
		if own.May["resubmit"].Code != "review.other_chain" {
			t.Errorf("%s: the page says of going on: %+v", kind, own.May["resubmit"])
		}
		refused(t, "a policy along the chain of "+kind, w.Act(li, changed, "resubmit"), "review.other_chain")
		back := w.Must(li, changed, "edit", "content", apptest.Content("改了类型 "+kind, append(more, "kind", kind, "summary", "又改回来")...))
		back = w.Must(li, back, "resubmit")
		if back.Run.Chain != kind || back.State != "in_review" {
			t.Errorf("%s: with its own kind again it is %s on %s", kind, back.State, back.Run.Chain)
		}
		back = w.Must(w.Judge(back), back, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "这是政策文件")
		m = w.Must(li, w.Must(li, back, "edit", "content", policy), "withdraw")
		m = w.Must(li, w.Must(li, m, "edit", "content", policy), "submit")
		if m.Run.Chain != "policy" {
			t.Errorf("%s: submitted again it takes chain %s", kind, m.Run.Chain)
		}
	}
	m := w.Must(li, w.Draft("动态改成通知"), "submit")
	m = w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "这是通知")
	m = w.Must(li, w.Must(li, m, "edit", "content", apptest.Content("动态改成通知", "kind", "notice")), "resubmit")
	stepIs(t, "a kind of the same chain", m, "first", 2)
}
