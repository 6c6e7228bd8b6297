package apptest_test

import (
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// Every check that stood before a text changed stands for the changed text, and
// what was cleared is what goes out (BM-1, ADR 8).
func TestTextChangedAfterItsClearanceIsClearedAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		const text = "<p>全区共有科技型企业43家，扫黑险恶专项行动已经结束。</p>"
		m := w.UpTo(w.Draft("改过的正文", "body", text), "third")
		deputy := w.Judge(m)
		proof := func(m apptest.Item, old, new string) apptest.Answer {
			return w.Act(deputy, m, "proof", "body", strings.Replace(m.Content.Body, old, new, 1), "note", "改字")
		}
		a := proof(m, "已经结束", "已经结束，联系人身份证号11010519491231002X")
		if refused(t, "an identity number typed after the clearance", a, "review.checks"); !strings.Contains(string(a.Body), "check.identity_number") {
			t.Errorf("%s", a.Body)
		}

		before := told(w, "confidentiality_officer", "notice.task", m)
		proof(m, "扫黑险恶", "扫黑除恶")
		m = w.Get(m.ID)
		stepIs(t, "a corrected typo", m, "third", 1)
		proof(m, "已经结束", "已经全部都顺利地结束了")
		m = w.Get(m.ID)
		stepIs(t, "eight characters in two corrections", m, "third", 1)
		proof(m, "全区共有", "我们全区共有")
		m = w.Get(m.ID)
		stepIs(t, "ten characters in three corrections", m, "third", 1)
		if told(w, "confidentiality_officer", "notice.task", m) != before {
			t.Error("the officer was called for a typo")
		}
		proof(m, "我们全区", "我们的全区")
		m = w.Get(m.ID)
		stepIs(t, "one more character", m, "confidentiality", 1)
		if last := m.Run.Acts[len(m.Run.Acts)-1]; last.Verb != "edit" || last.Step != "third" || last.Target != "confidentiality" {
			t.Errorf("the act says %+v", last)
		}
		if told(w, "confidentiality_officer", "notice.task", m) != before+1 {
			t.Error("the officer was not called")
		}
		refused(t, "a pass at the step that was left", w.Act(deputy, m, "decide", m.Yes()...), "authz.forbidden", "workflow.not_your_step")
		m = w.Approve(m)
		stepIs(t, "cleared again", m, "third", 1)
		proof(m, "43家", "44家")
		m = w.Get(m.ID)
		stepIs(t, "a changed figure", m, "confidentiality", 1)
		if m = w.UpTo(m, ""); m.State != "publishing" && m.State != "published" {
			t.Errorf("it ends as %s", m.State)
		}
	})
}
