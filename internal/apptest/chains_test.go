package apptest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// appoint gives somebody one more post: the security administrator proposes it,
// the system administrator confirms.
func appoint(w *apptest.World, who, post string) {
	w.T.Helper()
	in := map[string]any{"person_id": w.Own.People[who].ID, "post": post, "unit_id": w.Own.UnitA}
	a := w.Call(w.Own.People["security_admin"], "POST", "/api/v1/posts/proposals", in)
	if a.Status != 201 {
		w.T.Fatalf("propose %s for %s: %d %s", post, who, a.Status, a.Body)
	}
	var p struct{ ID int64 }
	a.Into(w.T, &p)
	if a = w.Call(w.Own.People["system_admin"], "POST", fmt.Sprintf("/api/v1/posts/proposals/%d/confirm", p.ID), map[string]any{}); a.Status != 200 {
		w.T.Fatalf("grant %s to %s: %d %s", post, who, a.Status, a.Body)
	}
}

var judgesPosts = []string{"section_head", "office_editor", "proofreader", "confidentiality_officer", "deputy_director", "signing_leader"}

func refused(t *testing.T, what string, a apptest.Answer, codes ...string) {
	t.Helper()
	if a.Status/100 != 4 || !slices.Contains(codes, a.Code()) {
		t.Errorf("%s: %d %s, want %v", what, a.Status, a.Body, codes)
	}
}

func stepIs(t *testing.T, what string, m apptest.Item, step string, round int) {
	t.Helper()
	if m.Run == nil || m.Run.Step == nil || m.Run.Step.ID != step || m.Round != round {
		t.Errorf("%s: state %s, run %+v, round %d; want step %s in round %d", what, m.State, m.Run, m.Round, step, round)
	}
}

// TestEveryChainIsWalkedToItsEnd also lets the drafter, who was given every
// judge's post, try each step first.
func TestEveryChainIsWalkedToItsEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		for _, post := range judgesPosts {
			appoint(w, "drafter", post)
		}
		appoint(w, "section_head", "proofreader")
		appoint(w, "deputy_director", "proofreader")
		appoint(w, "publisher", "office_editor")
		instead := map[string]string{"proof-1": "section_head", "proof-3": "deputy_director", "read-through/sequential": "publisher"}
		var signed []apptest.Item
		chains := []struct {
			kind, chain, section string
			channels             int
			more                 []any
		}{
			{"news", "three-reviews", "news", 2, nil},
			{"white_paper", "sequential", "news", 1, nil},
			{"policy", "policy", "news", 2, []any{"doc_no", "甲政发〔2026〕7号", "doc_date", "2026-03-01"}},
			{"annual_report", "annual-report", "annual-reports", 2, nil},
			{"reprint", "reprint", "news", 2, []any{"reprint", map[string]any{"source": "省人民政府", "url": "https://www.example.gov.cn/a", "date": "2026-03-01"}}},
			{"wechat_post", "wechat-post", "news", 1, nil},
			{"urgent", "urgent", "news", 2, nil},
		}
		for _, c := range chains {
			m := w.Must(w.Own.People["drafter"], w.Draft("走完流程 "+c.kind, append(c.more, "kind", c.kind, "section", c.section)...), "submit")
			if m.Run.Chain != c.chain {
				t.Errorf("%s takes chain %s", c.kind, m.Run.Chain)
			}
			steps := 1
			for ; m.State == "in_review"; steps++ {
				refused(t, "the drafter at "+m.Run.Step.ID, w.Act(w.Own.People["drafter"], m, "decide", m.Yes()...), "workflow.drafter_judges")
				judge := w.Judge(m)
				if who := instead[m.Run.Step.ID]; who != "" {
					judge = w.Own.People[who]
				}
				if who := instead[m.Run.Step.ID+"/"+m.Run.Chain]; who != "" {
					judge = w.Own.People[who]
				}
				m = w.Must(judge, m, "decide", m.Yes()...)
			}
			if len(m.Run.Acts) != steps || m.Run.Acts[steps-1].Verb != "sign" {
				t.Errorf("%s: %d acts", c.chain, len(m.Run.Acts))
			}
			signed = append(signed, m)
		}
		for i, c := range chains {
			m := w.Live(signed[i])
			if len(m.Publications) != c.channels {
				t.Errorf("%s: %d publications", c.chain, len(m.Publications))
			}
			for _, a := range m.Run.Acts {
				if a.Hash != m.Hash {
					t.Errorf("%s: %s at %s names another text", c.chain, a.Verb, a.Step)
				}
			}
			if c.kind == "reprint" {
				page, phone := string(w.Fetch(m.Channel("website").URL).Body), string(w.Fetch(m.Channel("wechat").URL).Body)
				if !strings.Contains(page, `<a href="https://www.example.gov.cn/a" rel="noopener">省人民政府</a>（2026-03-01）`) {
					t.Error("the page of a reprint does not lead to the original")
				}
				if !strings.Contains(phone, "来源：省人民政府（2026-03-01）") || !strings.Contains(phone, "原文：https://www.example.gov.cn/a") {
					t.Error("the article of a reprint does not name the original")
				}
			}
			if c.kind == "wechat_post" {
				phone := string(w.Fetch(m.Channel("wechat").URL).Body)
				if m.Channel("website").URL != "" || !strings.Contains(phone, fmt.Sprintf("/?article=%d&amp;wx=", m.ID)) && !strings.Contains(phone, fmt.Sprintf("/?article=%d&wx=", m.ID)) {
					t.Errorf("a post that stands alone: website %q, article %.3000s", m.Channel("website").URL, phone)
				}
			}
			if c.kind == "wechat_post" {
				var right apptest.Item
				w.Act(w.Own.People["drafter"], m, "correct", "reason", "第二段的条数有误。").Into(t, &right)
				if right = w.Live(w.UpTo(w.Get(right.ID), "")); len(right.Publications) != 1 || right.Channel("wechat").State != "live" {
					t.Errorf("the correction of a post: %+v", right.Publications)
				}
			}
			if c.kind == "urgent" {
				lateReviews(t, w, m)
			}
		}
	})
}

// lateReviews does the 补签 of an urgent item that is already published.
func lateReviews(t *testing.T, w *apptest.World, m apptest.Item) {
	t.Helper()
	stepIs(t, "after publishing", m, "first", 1)
	refused(t, "the drafter makes up a review", w.Act(w.Own.People["drafter"], m, "decide", m.Yes()...), "workflow.drafter_judges")
	refused(t, "a return after publishing", w.Act(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "来不及了"), "workflow.after_publish_only")
	m = w.Approve(m)
	refused(t, "an objection without gate", w.Act(w.Judge(m), m, "decide", "verb", "object", "note", "数字有误"), "workflow.gate")
	refused(t, "an objection without a note", w.Act(w.Judge(m), m, "decide", "verb", "object", "gate", "facts"), "workflow.note")
	m = w.Must(w.Judge(m), m, "decide", "verb", "object", "gate", "facts", "note", "数字有误")
	stepIs(t, "an objection undoes nothing", m, "third", 1)
	for _, who := range []string{"publisher", "drafter"} {
		if told(w, who, "notice.objected", m) != 1 {
			t.Errorf("the %s was not told of the objection", who)
		}
	}
	m = w.Approve(m)
	if m.State != "published" || m.Run.State != "finished" || m.Run.Step != nil {
		t.Errorf("after the last review: %s, run %s", m.State, m.Run.State)
	}
	refused(t, "a decision after the end", w.Act(w.Own.People["deputy_director"], m, "decide", "verb", "object", "gate", "facts", "note", "还有问题"), "workflow.closed")
}

// TestReturnLeadsToEveryAllowedPlaceAndNowhereElse also finishes each returned
// manuscript, so that no return leaves a chain that cannot be signed.
func TestReturnLeadsToEveryAllowedPlaceAndNowhereElse(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	li := w.Own.People["drafter"]
	for step, targets := range map[string][]string{"first": {"draft"}, "second": {"draft", "first"}, "confidentiality": {"draft"},
		"third": {"draft", "first", "second", "confidentiality"}, "sign": {"draft", "third"}} {
		for _, target := range targets {
			what := step + " returns to " + target
			m := w.UpTo(w.Draft(what), step)
			if !slices.Equal(m.Run.Step.ReturnTo, targets) {
				t.Errorf("%s offers %v", step, m.Run.Step.ReturnTo)
			}
			judge := w.Judge(m)
			back := func(target, gate, note string) apptest.Answer {
				return w.Act(judge, m, "decide", "verb", "return", "target", target, "gate", gate, "note", note)
			}
			refused(t, what+" without gate", back(target, "", "请补充出处"), "workflow.gate")
			refused(t, what+" by an unknown gate", back(target, "舆情", "请补充出处"), "workflow.gate")
			refused(t, what+" without a word", back(target, "facts", " "), "workflow.note")
			refused(t, step+" returns to itself", back(step, "facts", "请补充出处"), "workflow.target")
			refused(t, step+" returns to nowhere", back("sign2", "facts", "请补充出处"), "workflow.target")
			m = w.Must(judge, m, "decide", "verb", "return", "target", target, "gate", "facts", "note", "请补充出处")
			if target != "draft" {
				stepIs(t, what, m, target, 1)
			} else {
				if m.State != "returned" || told(w, "drafter", "notice.returned", m) != 1 {
					t.Errorf("%s: state %s, or the drafter was not told", what, m.State)
				}
				refused(t, what+": a decision meanwhile", w.Act(judge, m, "decide", "verb", "approve"), "workflow.awaits_drafter", "authz.forbidden")
				m = w.Must(li, m, "resubmit", "resume", step != "first")
				if step == "first" {
					stepIs(t, what+" and begins again", m, "first", 2)
				} else {
					stepIs(t, what+" and goes on", m, step, 1)
				}
			}
			if m = w.UpTo(m, ""); m.State != "publishing" {
				t.Errorf("%s: ends as %s", what, m.State)
			}
		}
	}
	m := w.UpTo(w.Draft("不予刊发"), "third")
	refused(t, "rejected without a word", w.Act(w.Judge(m), m, "decide", "verb", "reject"), "workflow.note")
	m = w.Must(w.Judge(m), m, "decide", "verb", "reject", "note", "不宜公开发布")
	if m.State != "rejected" || told(w, "drafter", "notice.rejected", m) != 1 {
		t.Errorf("state %s, or the drafter was not told", m.State)
	}
	for _, act := range []string{"edit", "submit", "resubmit", "withdraw"} {
		refused(t, act+" after the rejection", w.Act(li, m, act, contentFor(act, "再来一次")...), "manuscript.state")
	}
	m = w.UpTo(w.Draft("一审无权否决"), "first")
	refused(t, "rejected at first", w.Act(w.Judge(m), m, "decide", "verb", "reject", "note", "不宜公开发布"), "workflow.reject_not_here")
}

func contentFor(act, title string) []any {
	if act == "edit" {
		return []any{"content", apptest.Content(title)}
	}
	return nil
}

func TestConfidentialityOfficerRefersDecidesOrCloses(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("请示上级"), "confidentiality")
	officer := w.Judge(m)
	refused(t, "refer without a word", w.Act(officer, m, "decide", "verb", "refer"), "workflow.note")
	m = w.Must(officer, m, "decide", "verb", "refer", "note", "报上级主管部门确定")
	if m.Run.State != "referred" {
		t.Errorf("run %s", m.Run.State)
	}
	refused(t, "referred twice", w.Act(officer, m, "decide", "verb", "refer", "note", "再报一次"), "workflow.already_referred")
	if m = w.Approve(m); m.Run.Acts[len(m.Run.Acts)-1].Outcome != "S_OK" || m.Run.Acts[len(m.Run.Acts)-2].Outcome != "S_REFER" {
		t.Errorf("outcomes %+v", m.Run.Acts)
	}
	stepIs(t, "decided after the referral", m, "third", 1)
	refused(t, "referred at third", w.Act(w.Judge(m), m, "decide", "verb", "refer", "note", "报上级"), "workflow.refer_not_here")

	m = w.UpTo(w.Draft("不得公开"), "confidentiality")
	for outcome, c := range map[string]struct{ ground, code string }{"": {"N1", "workflow.outcome"}, "S_OK": {"", "workflow.outcome"}, "S_NO": {"N0", "workflow.ground"}, "S_APPLY": {"N3", "workflow.ground"}} {
		refused(t, "closed as "+outcome, w.Act(officer, m, "decide", "verb", "reject", "note", "涉及工作秘密", "outcome", outcome, "ground", c.ground), c.code)
	}
	m = w.Must(officer, m, "decide", "verb", "reject", "note", "涉及工作秘密", "outcome", "S_NO", "ground", "N1")
	if m.State != "rejected" {
		t.Errorf("state %s", m.State)
	}

	personal := w.UpTo(w.Draft("含身份证号", "body", "<p>联系人身份证号 11010519491231002X。</p>"), "confidentiality")
	seen := w.Call(officer, "GET", fmt.Sprintf("/api/v1/manuscripts/%d", personal.ID), nil)
	if !strings.Contains(string(seen.Body), "check.identity_number") {
		t.Errorf("the officer is not shown what the step's checks find: %s", seen.Body)
	}
	a := w.Act(officer, personal, "decide", personal.Yes()...)
	if a.Code() != "review.checks" || !strings.Contains(string(a.Body), "check.identity_number") || strings.Contains(string(a.Body), "11010519491231002X") {
		t.Errorf("personal data: %d %s", a.Status, a.Body)
	}
	cut := w.Must(officer, personal, "decide", "verb", "return", "target", "draft", "gate", "secrecy", "note", "删去身份证号")
	if last := cut.Run.Acts[len(cut.Run.Acts)-1]; last.Outcome != "S_CUT" {
		t.Errorf("outcome %s", last.Outcome)
	}
}

func TestConfidentialityOfficerAsksForConsent(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("征求意见"), "confidentiality")
	officer := w.Judge(m)
	refused(t, "consult without a word", w.Act(officer, m, "decide", "verb", "consult"), "workflow.note")
	refused(t, "another post consults", w.Act(w.Own.People["office_editor"], m, "decide", "verb", "consult", "note", "征求区教育局意见"), "authz.forbidden")
	m = w.Must(officer, m, "decide", "verb", "refer", "note", "报上级主管部门确定")
	m = w.Must(officer, m, "decide", "verb", "consult", "note", "征求区教育局意见：名单能否公开")
	var list struct{ Tasks []map[string]any }
	w.Call(officer, "GET", "/api/v1/tasks", nil).Into(t, &list)
	if len(list.Tasks) != 1 || list.Tasks[0]["referred"] != false || list.Tasks[0]["consulting"] != true {
		t.Errorf("on the work list: %+v", list)
	}
	refused(t, "consulted twice", w.Act(officer, m, "decide", "verb", "consult", "note", "再征求一次"), "workflow.already_consulted")
	var seen apptest.Item
	w.Call(officer, "GET", fmt.Sprintf("/api/v1/manuscripts/%d", m.ID), nil).Into(t, &seen)
	if may := seen.May; may["consult"].Code != "workflow.already_consulted" || !may["refer"].Allowed || m.Run.State != "consulting" || m.State != "in_review" {
		t.Errorf("while consent is awaited: run %s, may %+v", m.Run.State, may)
	}
	if m = w.Approve(m); m.Run.Acts[len(m.Run.Acts)-1].Outcome != "S_OK" || m.Run.Acts[len(m.Run.Acts)-2].Outcome != "S_CONSENT" {
		t.Errorf("outcomes %+v", m.Run.Acts)
	}
	stepIs(t, "decided after consent", m, "third", 1)
	refused(t, "consulted at third", w.Act(w.Judge(m), m, "decide", "verb", "consult", "note", "征求区教育局意见"), "workflow.consult_not_here")
	if m = w.UpTo(m, ""); len(m.Publications) == 0 {
		t.Errorf("signed after consent: %+v", m)
	}
}

func TestNobodyHoldsTwoSeatsAndWhoWroteDoesNotJudge(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	for _, post := range []string{"office_editor", "deputy_director"} {
		appoint(w, "section_head", post)
		appoint(w, "confidentiality_officer", post)
	}
	head, officer, li := w.Own.People["section_head"], w.Own.People["confidentiality_officer"], w.Own.People["drafter"]
	m := w.UpTo(w.Draft("一人不坐两把椅子"), "second")
	refused(t, "the first reviewer reviews again", w.Act(head, m, "decide", m.Yes()...), "workflow.same_person")
	refused(t, "the first reviewer proofreads again", w.Act(head, m, "proof", "body", "<p>改了</p>", "note", "改字"), "workflow.same_person")
	m = w.UpTo(m, "third")
	refused(t, "the first reviewer at third", w.Act(head, m, "decide", m.Yes()...), "workflow.same_person")
	refused(t, "the confidentiality officer at third", w.Act(officer, m, "decide", m.Yes()...), "workflow.same_person")
	refused(t, "returning what one reviewed at another level", w.Act(head, m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "再看看"), "workflow.same_person")

	appoint(w, "drafter", "section_head")
	own := w.UpTo(w.Draft("起草人退自己的稿"), "first")
	refused(t, "the drafter returns it (S-10)", w.Act(li, own, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "再看看"), "workflow.self_return")
	refused(t, "the drafter proofreads it", w.Act(li, own, "proof", "body", "<p>改了</p>", "note", "改字"), "workflow.drafter_judges")
	if now := w.Get(own.ID); now.Version != own.Version || now.Hash != own.Hash {
		t.Error("a refused act changed the manuscript")
	}

	shared := w.Draft("科长改过的稿件")
	shared = w.Must(head, shared, "edit", "content", apptest.Content("科长改过的稿件", "summary", "科长加的摘要"))
	shared = w.Must(li, shared, "submit")
	refused(t, "an author judges", w.Act(head, shared, "decide", shared.Yes()...), "workflow.author_judges")

	proofed := w.UpTo(w.Draft("二校改字"), "second")
	editor := w.Judge(proofed)
	appoint(w, "office_editor", "deputy_director")
	for body, code := range map[string]string{proofed.Content.Body: "workflow.unchanged", "": "manuscript.text", "<p>机密★10年</p>": "review.checks"} {
		refused(t, "proof with "+body, w.Act(editor, proofed, "proof", "body", body, "note", "改字"), code)
	}
	refused(t, "proof without a word", w.Act(editor, proofed, "proof", "body", "<p>改好了的正文。</p>"), "workflow.note")
	before := proofed
	proofed = w.Must(editor, proofed, "proof", "body", "<p>改好了的正文。</p>", "note", "改错字")
	stepIs(t, "a proof stays at its step", proofed, "second", 1)
	last := proofed.Run.Acts[len(proofed.Run.Acts)-1]
	if last.Verb != "edit" || last.Hash != before.Hash || last.NewHash != proofed.Hash || proofed.Revision != 2 {
		t.Errorf("the correction is not on record: %+v", last)
	}
	proofed = w.UpTo(proofed, "third")
	refused(t, "the corrector at another level", w.Act(editor, proofed, "decide", proofed.Yes()...), "workflow.author_judges", "workflow.same_person")
	if proofed = w.UpTo(proofed, ""); proofed.State != "publishing" {
		t.Errorf("earlier approvals did not survive the correction: %s", proofed.State)
	}
}

func TestDrafterResubmitsWithdrawsAndBeginsAgain(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	li, publisher := w.Own.People["drafter"], w.Own.People["publisher"]
	back := []any{"verb", "return", "target", "draft", "gate", "facts", "note", "请补充出处"}

	m := w.UpTo(w.Draft("送了两次 (S-01)"), "first")
	refused(t, "submitted again", w.Act(li, m, "submit"), "manuscript.state")
	twice := w.Draft("同时送两次")
	answers := make(chan apptest.Answer, 2)
	for range 2 {
		go func() { answers <- w.Act(li, twice, "submit") }()
	}
	if a, b := (<-answers).Status, (<-answers).Status; a+b != 200+409 {
		t.Errorf("two submissions at once: %d and %d", a, b)
	}
	if n := told(w, "section_head", "notice.task", twice); n != 1 || w.Get(twice.ID).Round != 1 {
		t.Errorf("the section head was told %d times", n)
	}

	m = w.UpTo(m, "second")
	m = w.Must(w.Judge(m), m, "decide", back...)
	m = w.Must(li, m, "edit", "content", apptest.Content("送了两次 (S-01)", "summary", "补充了出处"), "note", "按退回意见修改")
	refused(t, "going on with another text", w.Act(li, m, "resubmit", "resume", true), "workflow.text_changed")
	m = w.Must(li, m, "resubmit")
	stepIs(t, "a new text begins again", m, "first", 2)
	m = w.UpTo(m, "third")

	seen := m
	m = w.Must(li, m, "withdraw", "note", "内容要重写")
	refused(t, "a pass after the withdrawal (S-04)", w.Act(w.Judge(seen), seen, "decide", seen.Yes()...), "manuscript.changed")
	refused(t, "a pass on the withdrawn one", w.Act(w.Own.People["deputy_director"], m, "decide", seen.Yes()...), "workflow.closed")
	refused(t, "withdrawn twice", w.Act(li, m, "withdraw"), "manuscript.state")
	for who, n := range map[string]int{"deputy_director": 1, "section_head": 0, "section_head_b": 0} {
		if got := told(w, who, "notice.withdrawn", m); got != n {
			t.Errorf("%s was told %d times of the withdrawal", who, got)
		}
	}
	run := m.Run.ID
	m = w.Must(li, m, "edit", "content", apptest.Content("重写的消息"))
	if m.State != "draft" {
		t.Errorf("a rewritten one is %s", m.State)
	}
	m = w.UpTo(w.Must(li, m, "submit"), "sign")
	if m.Run.ID == run || len(m.Run.Acts) != 5 {
		t.Errorf("run %d after %d, %d acts", m.Run.ID, run, len(m.Run.Acts))
	}

	atFirst := w.UpTo(w.Draft("一审时撤回"), "first")
	atFirst = w.Must(li, atFirst, "withdraw")
	for who, n := range map[string]int{"section_head": 1, "section_head_b": 0} {
		if got := told(w, who, "notice.withdrawn", atFirst); got != n {
			t.Errorf("%s was told %d times of a withdrawal in unit A", who, got)
		}
	}

	m = w.Approve(m, "hold", true)
	if m.State != "signed" || len(m.Publications) != 0 {
		t.Errorf("held back it is %s with %d publications", m.State, len(m.Publications))
	}
	first := m.SignedAt
	refused(t, "edited after signing (S-13)", w.Act(li, m, "edit", "content", apptest.Content("改一改")), "manuscript.state")
	refused(t, "withdrawn by another drafter", w.Act(w.Own.People["section_head"], m, "withdraw"), "workflow.not_drafter")
	m = w.Must(li, m, "withdraw", "note", "签发后发现错误")
	m = w.UpTo(w.Must(li, w.Must(li, m, "edit", "content", apptest.Content("签发后重写")), "submit"), "sign")
	m = w.Approve(m, "hold", true)
	if m.SignedAt <= first {
		t.Errorf("signed again, yet the signature is of %s", m.SignedAt)
	}
	m = w.Must(publisher, m, "schedule")
	for _, act := range []string{"edit", "submit", "resubmit", "withdraw", "schedule", "unschedule"} {
		p := li
		if strings.HasSuffix(act, "schedule") {
			p = publisher
		}
		refused(t, act+" while publishing (S-07)", w.Act(p, m, act, contentFor(act, "改一改")...), "manuscript.state")
	}

	urgent := w.Approve(w.UpTo(w.Draft("紧急信息先压下", "kind", "urgent"), "sign"), "hold", true)
	refused(t, "withdrawn while reviews are still to be made up", w.Act(li, urgent, "withdraw"), "review.reviews_open")
	for urgent.Run.Step != nil {
		urgent = w.Approve(urgent)
	}
	if urgent = w.Must(li, urgent, "withdraw"); urgent.State != "withdrawn" {
		t.Errorf("state %s", urgent.State)
	}
	zero := w.UpTo(w.Draft("零时刻"), "sign")
	refused(t, "signed for the year 1", w.Act(w.Judge(zero), zero, "decide", append(zero.Yes(), "publish_at", "0001-01-01T00:00:00Z")...), "review.time")
}
