package staff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
	"gongkai/internal/wechatsim"
)

func person(w *apptest.World, post string) *apptest.Person { return w.Own.People[post] }

func TestEveryDecisionIsAPlainForm(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	decide := func(who string, m apptest.Item, fields ...string) page {
		t.Helper()
		return as(t, w, person(w, who)).send(path(m, ""), path(m, "/decide"), fields...)
	}
	state := func(m apptest.Item, want, step string) apptest.Item {
		t.Helper()
		now := w.Get(m.ID)
		at := ""
		if now.Run != nil && now.Run.Step != nil {
			at = now.Run.Step.ID
		}
		if now.State != want || at != step {
			t.Fatalf("stands at %s %q, want %s %q", now.State, at, want, step)
		}
		return now
	}
	drafter := as(t, w, person(w, "drafter"))

	m := w.Draft("一路办到签发")
	drafter.send(path(m, ""), path(m, "/submit"), "chain", "").leads(t, 303, path(m, ""))
	state(m, "in_review", "first")
	drafter.get(path(m, "")).has(t, "已送审")
	r := decide("section_head", m, "verb", "approve", "checklist", "0")
	if r.Status != 400 {
		t.Errorf("half a checklist: %d", r.Status)
	}
	r.has(t, "请逐项核对并勾选全部2项要点", `href="#f-checklist"`, `name="checklist" value="0" checked`)
	decide("section_head", m, "verb", "approve", "checklist", "0", "checklist", "1", "note", "同意").leads(t, 303, path(m, ""))
	state(m, "in_review", "second")
	r = decide("office_editor", m, "verb", "return", "target", "draft", "gate", "", "note", "请核对数字")
	if r.Status != 400 {
		t.Errorf("a return without a gate: %d", r.Status)
	}
	r.has(t, `href="#f-gate"`, "请核对数字</textarea>", `id="return" open`)
	decide("office_editor", m, "verb", "return", "target", "first", "gate", "facts", "note", "请核对数字").leads(t, 303, path(m, ""))
	state(m, "in_review", "first")
	decide("section_head", m, "verb", "return", "target", "draft", "gate", "facts", "note", "数字与表格不一致").leads(t, 303, path(m, ""))
	state(m, "returned", "")
	drafter.get(path(m, "")).has(t, "退回意见：", "数字与表格不一致", "事实与数据")
	drafter.send(path(m, ""), path(m, "/resubmit"), "from", "resume", "note", "已核对").leads(t, 303, path(m, ""))
	state(m, "in_review", "first")
	decide("section_head", m, "verb", "approve", "checklist", "0", "checklist", "1")
	m = w.UpTo(w.Get(m.ID), "confidentiality")
	decide("confidentiality_officer", m, "verb", "refer", "note", "请上级研究").leads(t, 303, path(m, ""))
	officer := as(t, w, person(w, "confidentiality_officer"))
	officer.get(path(m, "")).has(t, "报审中")
	officer.send(path(m, ""), path(m, "/decide"), "verb", "consult", "note", "").has(t, "请写明意见", `href="#f-note"`, `open><summary>征求意见`)
	officer.send(path(m, ""), path(m, "/decide"), "verb", "consult", "note", "征求区教育局意见：名单能否公开").leads(t, 303, path(m, ""))
	waiting := "征求意见中，等待第三方或其他机关答复"
	p := officer.get(path(m, ""))
	p.has(t, "征求意见已记录，等待答复。", waiting, "名单能否公开", `value="refer"`)
	p.hasNot(t, "报审中", `value="consult"`)
	officer.get("/tasks").has(t, waiting)
	p = officer.get(path(m, "/slip"))
	p.has(t, "等待第三方或其他机关答复", "名单能否公开")
	p.hasNot(t, "请上级研究")
	m = w.UpTo(w.Get(m.ID), "sign")
	decide("signing_leader", m, "verb", "sign").has(t, "签发前请阅读全文", `href="#f-read"`)
	at := w.App.DB.Now().In(calendar.Zone).Add(48 * time.Hour).Format("2006-01-02T15:04")
	decide("signing_leader", m, "verb", "sign", "read", "1", "publish_at", "2020-01-01T08:00").has(t, "发布时间不对", `value="2020-01-01T08:00"`)
	decide("signing_leader", m, "verb", "sign", "read", "1", "publish_at", at).leads(t, 303, path(m, ""))
	state(m, "scheduled", "")
	publisher := as(t, w, person(w, "publisher"))
	publisher.send(path(m, ""), path(m, "/unschedule"), "note", "改期").leads(t, 303, path(m, ""))
	state(m, "signed", "")
	publisher.send(path(m, ""), path(m, "/schedule"), "publish_at", at).leads(t, 303, path(m, ""))
	state(m, "scheduled", "")

	no := w.UpTo(w.Draft("不予公开"), "confidentiality")
	decide("confidentiality_officer", no, "verb", "reject", "note", "不宜公开").has(t, "保密审查结论", `href="#f-outcome"`)
	decide("confidentiality_officer", no, "verb", "reject", "note", "不宜公开", "outcome", "S_NO", "ground", "N7").leads(t, 303, path(no, ""))
	state(no, "rejected", "")
	drafter.get(path(no, "")).has(t, "决定不予刊发", "过程性信息")

	back := w.UpTo(w.Draft("撤稿"), "second")
	drafter.send(path(back, ""), path(back, "/withdraw"), "note", "另行发布").leads(t, 303, path(back, ""))
	state(back, "withdrawn", "")

	hold := w.UpTo(w.Draft("只签不发"), "sign")
	decide("signing_leader", hold, "verb", "sign", "read", "1", "hold", "1").leads(t, 303, path(hold, ""))
	state(hold, "signed", "")
}

func TestTakingDownNeedsTwoPeople(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	m := w.Wait(w.Approve(w.UpTo(w.Draft("发布后下线"), "sign")), "publication", func(m apptest.Item) bool { return m.State == "published" })
	one, two := as(t, w, person(w, "publisher")), as(t, w, person(w, "signing_leader"))
	one.get(path(m, "")).has(t, "/art/", "已发布")
	one.send(path(m, ""), path(m, "/take-down"), "reason", "", "note", "内容有误").has(t, "请选择下线原因", "内容有误</textarea>")
	one.send(path(m, ""), path(m, "/take-down"), "reason", "error", "note", "内容有误").leads(t, 303, path(m, ""))
	p := one.get(path(m, ""))
	p.has(t, "下线需要两个人：申请人不能自己确认")
	p.hasNot(t, path(m, "/take-down/confirm"))
	as(t, w, person(w, "office_editor")).get(path(m, "")).hasNot(t, path(m, "/take-down/drop"))
	one.send(path(m, ""), path(m, "/take-down/drop")).leads(t, 303, path(m, ""))
	one.get(path(m, "")).hasNot(t, path(m, "/take-down/drop"))
	one.send(path(m, ""), path(m, "/take-down"), "reason", "error", "note", "内容有误").leads(t, 303, path(m, ""))
	two.send(path(m, ""), path(m, "/take-down/drop")).leads(t, 303, path(m, ""))
	one.send(path(m, ""), path(m, "/take-down"), "reason", "error", "note", "内容有误").leads(t, 303, path(m, ""))
	two.send(path(m, ""), path(m, "/take-down/confirm")).leads(t, 303, path(m, ""))
	if now := w.Get(m.ID); now.State != "taken_down" {
		t.Errorf("it is %s", now.State)
	}
	two.get(path(m, "")).has(t, "已下线", "确认下线")
}

func TestAStaleDecisionSaysWhatChangedAndKeepsTheNote(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("过期的页面"), "first")
	b := as(t, w, person(w, "section_head"))
	late := b.get(path(m, "")).fill(t, path(m, "/decide"), "verb", "approve", "checklist", "0", "checklist", "1", "note", "看过了，写了很长的意见")
	w.Must(person(w, "section_head"), m, "proof", "body", "<p>改过的文字。</p><p>共 43 条。</p>", "note", "改错字")
	r := b.post(path(m, "/decide"), late)
	if r.Status != 409 {
		t.Fatalf("answers %d", r.Status)
	}
	r.has(t, "看过了，写了很长的意见", "稿件在您打开之后有了变化", "您看到的是第 1 稿，现在是第 2 稿", "修改文字", "改错字", "重新打开", "改过的文字", path(m, "?revision=1"))
	r.hasNot(t, `value="0" checked`)
	again := r.fill(t, path(m, "/decide"), "verb", "approve", "checklist", "0", "checklist", "1", "note", "看过了")
	if a := b.post(path(m, "/decide"), again); a.Status != 409 {
		t.Errorf("without looking: %d", a.Status)
	} else {
		a.has(t, "勾选“我已看过”", `name="changed" value="1"`)
	}
	again.Set("looked", "1")
	b.post(path(m, "/decide"), again).leads(t, 303, path(m, ""))
}

func TestAFormSentTwiceIsOneAct(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("双击"), "first")
	b := as(t, w, person(w, "section_head"))
	form := b.get(path(m, "")).fill(t, path(m, "/decide"), "verb", "approve", "checklist", "0", "checklist", "1")
	for range 3 {
		b.post(path(m, "/decide"), form).leads(t, 303, path(m, ""))
	}
	if now := w.Get(m.ID); len(now.Run.Acts) != 2 || now.Run.Step.ID != "second" {
		t.Errorf("%d acts, at %s", len(now.Run.Acts), now.Run.Step.ID)
	}
	form.Set("note", "另一个意见")
	if r := b.post(path(m, "/decide"), form); r.Status != 422 {
		t.Errorf("another form under the same key: %d", r.Status)
	}
	form.Del("key")
	if r := b.post(path(m, "/decide"), form); r.Status != 400 {
		t.Errorf("without a key: %d", r.Status)
	}

	admin := as(t, w, person(w, "system_admin"))
	add := admin.get("/people").fill(t, "/people", "name", "新人", "staff_no", "N001", "login", "xinren")
	first := admin.post("/people", add)
	first.has(t, "一次性口令（只显示这一次）", "xinren")
	admin.post("/people", add).leads(t, 303, "/people")
	again := admin.get("/people")
	again.has(t, "没有重复办理")
	again.hasNot(t, "<code>")
	if n := strings.Count(again.Body, "N001 ·"); n != 1 {
		t.Errorf("%d people were added", n)
	}
}

func TestOnlyAllowedButtonsAndWhyNot(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("谁能办"), "first")
	p := as(t, w, person(w, "drafter")).get(path(m, ""))
	p.hasNot(t, `id="decide"`, `name="verb"`, `value="approve"`)
	p.has(t, path(m, "/withdraw"), "由科室负责人办理")
	p = as(t, w, person(w, "office_editor")).get(path(m, ""))
	p.hasNot(t, `id="decide"`, path(m, "/withdraw"), path(m, "/edit"))
	p.has(t, "“一审一校”由科室负责人办理。")
	p = as(t, w, person(w, "section_head")).get(path(m, ""))
	p.has(t, `id="decide"`, `value="approve"`, `name="return_for"`, path(m, "/proof"))
	p.hasNot(t, `value="reject"`, `value="refer"`, `value="consult"`, `value="sign"`)

	// A section head who drafted it sees that they must stand aside.
	head := person(w, "section_head")
	a := w.Call(head, "POST", "/api/v1/manuscripts", map[string]any{"unit_id": w.Own.UnitA, "content": apptest.Content("负责人自己起草")})
	var own apptest.Item
	a.Into(t, &own)
	own = w.Must(head, own, "submit")
	b := as(t, w, head)
	p = b.get(path(own, ""))
	p.hasNot(t, `id="decide"`)
	p.has(t, "拟稿人不能审核自己的稿件")
	b.get("/tasks").has(t, "本人起草，须回避", `<span class="n hot">1</span>`)
}

func TestProofEditsKeepWhatWasTyped(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("校对"), "first")
	b := as(t, w, person(w, "section_head"))
	b.send(path(m, "/proof"), path(m, "/proof"), "body", "<p>改好的文字。</p>", "note", "").has(t, "请写明意见", "&lt;p&gt;改好的文字。&lt;/p&gt;", `href="#f-note"`)
	late := b.get(path(m, "/proof")).fill(t, path(m, "/proof"), "body", "<p>后到的文字。</p>", "note", "改错字")
	b.send(path(m, "/proof"), path(m, "/proof"), "body", "<p>改好的文字。</p>", "note", "改错字").leads(t, 303, path(m, ""))
	b.get(path(m, "")).has(t, "改好的文字。", "第 2 稿")
	b.get(path(m, "?revision=1")).has(t, "这是旧版本", "第二段，共 43 条。")
	b.get(path(m, "?revision=1")).hasNot(t, `id="decide"`)
	r := b.post(path(m, "/proof"), late)
	if r.Status != 409 {
		t.Fatalf("answers %d", r.Status)
	}
	r.has(t, "&lt;p&gt;后到的文字。&lt;/p&gt;", "稿件在您打开之后有了变化", "按我填写的保存")
	if a := as(t, w, person(w, "drafter")).get(path(m, "/proof")); a.Status != 403 {
		t.Errorf("the drafter proofreads: %d", a.Status)
	}
}

// Browsers send CRLF for the Enter key: where people write more than a line, it
// is kept and printed; where one line is meant, it is folded.
func TestEnterIsAWayToWrite(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	drafter, head, publisher := as(t, w, person(w, "drafter")), as(t, w, person(w, "section_head")), as(t, w, person(w, "publisher"))
	m := w.Draft("多行的意见")
	drafter.send(path(m, "/edit"), path(m, "/edit"), "do", "save", "title", "多行的意见", "kind", "news", "section", "news", "format", "html", "body", "<p>正文。</p>", "summary", "摘要一\r\n摘要二", "wechat.digest", "提要一\r\n提要二",
		"disclosure.attribute", "on_request", "disclosure.ground", "N7", "disclosure.reason", "属于过程性信息，\r\n尚未形成正式文件").leads(t, 303, path(m, ""))
	drafter.get(path(m, "")).has(t, "摘要一 摘要二", "提要一 提要二", "<small class=\"lines\">属于过程性信息，\n尚未形成正式文件</small>")
	drafter.get(path(m, "/slip")).has(t, "<span class=\"lines\">属于过程性信息，\n尚未形成正式文件</span>")
	m = w.UpTo(w.Get(m.ID), "first")
	head.send(path(m, ""), path(m, "/decide"), "verb", "return", "target", "draft", "gate", "facts", "note", "一、补充出处。\r\n二、核对数据。").leads(t, 303, path(m, ""))
	w.Must(person(w, "drafter"), w.Get(m.ID), "resubmit", "note", "一、已补充。\n二、已核对。")
	m = w.Get(m.ID)
	w.Must(person(w, "section_head"), m, "decide", append(m.Yes(), "note", "同意。\r\n请办公室复核。")...)
	drafter.get(path(m, "")).has(t, "<q class=\"lines\">一、补充出处。\n二、核对数据。</q>", "<q class=\"lines\">一、已补充。\n二、已核对。</q>", "<q class=\"lines\">同意。\n请办公室复核。</q>")
	drafter.get(path(m, "/slip")).has(t, "<span class=\"lines\">同意。\n请办公室复核。</span>")

	live := w.Wait(w.Approve(w.UpTo(w.Draft("多行的下线理由"), "sign")), "publication", func(m apptest.Item) bool { return m.State == "published" })
	publisher.send(path(live, ""), path(live, "/take-down"), "reason", "error", "note", "日期有误，\r\n另行发布。").leads(t, 303, path(live, ""))
	publisher.get(path(live, "")).has(t, "<span class=\"lines\">日期有误，\n另行发布。</span>")
}

// A delivery that stopped can go on in each way the API has, and a take-down
// under way can be tried again.
func TestHeldDeliveriesGoOnFromThePage(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", FirstPoll: 20 * time.Millisecond})
	publisher := as(t, w, person(w, "publisher"))
	held := func(title string) (apptest.Item, string) {
		t.Helper()
		if err := w.Sim.Arm(wechatsim.Fault{Kind: wechatsim.DraftVanish}); err != nil {
			t.Fatal(err)
		}
		m := w.Wait(w.UpTo(w.Draft(title), ""), "a stop", func(m apptest.Item) bool { return m.Channel("wechat").State == "held" })
		return m, fmt.Sprintf("/publications/%d/retry", m.Channel("wechat").ID)
	}
	m, retry := held("草稿不见了")
	for _, at := range []string{"/publications", path(m, "")} {
		publisher.get(at).has(t, retry, `name="how" value="same_draft"`, `name="how" value="new_draft"`)
		as(t, w, person(w, "signing_leader")).get(at).hasNot(t, retry)
	}
	publisher.send("/publications", retry, "how", "new_draft").has(t, "请先到公众号后台看过")
	publisher.send(path(m, ""), retry, "how", "new_draft", "looked", "1", "from", "manuscript").leads(t, 303, path(m, ""))
	m = w.Live(m)

	if err := w.Sim.Arm(wechatsim.Fault{Kind: wechatsim.RejectBefore, Path: "/cgi-bin/freepublish/delete", Times: -1}); err != nil {
		t.Fatal(err)
	}
	w.Must(person(w, "publisher"), m, "take-down", "reason", "error", "note", "日期有误")
	m = w.Must(person(w, "signing_leader"), w.Get(m.ID), "take-down/confirm")
	if m.Channel("wechat").State != "retracting" {
		t.Fatalf("it is %s", m.Channel("wechat").State)
	}
	publisher.get("/publications").has(t, fmt.Sprintf("/publications/%d/retry", m.Channel("wechat").ID))
}
