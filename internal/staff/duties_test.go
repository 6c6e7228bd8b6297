package staff_test

import (
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

func TestADutyIsRegisteredAndDoneInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		editor, leader := as(t, w, person(w, "office_editor")), as(t, w, person(w, "signing_leader"))
		const at = "/duties"
		today := w.App.DB.Now().In(calendar.Zone)
		empty := editor.get(at)
		complete(t, "no duties", empty)
		empty.has(t, "没有登记的事项", "法定公开期限")
		editor.post(at, empty.fill(t, at, "kind", "formed", "title", "", "since", today.Format(time.DateOnly))).has(t, "请写明是什么事项")
		editor.post(at, editor.get(at).fill(t, at, "kind", "budget", "title", "2026年决算", "since", today.AddDate(0, 0, 1).Format(time.DateOnly))).has(t, "起算日不能晚于今天", `value="2026年决算"`)
		editor.send(at, at, "kind", "penalty", "title", "撤销处罚决定", "since", "2026-03-02").leads(t, 303, at)
		editor.send(at, at, "kind", "budget", "title", "2026年决算", "since", "2026-03-02").leads(t, 303, at)
		list := editor.get(at)
		list.has(t, "撤销处罚决定", "2026-03-05", "已超期", "批复日期")
		complete(t, "the duties", list)
		leader.get(at).hasNot(t, `action="/duties`)
		leader.get(at).has(t, "撤销处罚决定")
		editor.post(at+"/1/done", list.fill(t, at+"/1/done", "on", "2026-03-01", "note", "网站已撤回")).has(t, "公开日期不能早于起算日", `value="网站已撤回"`, `value="2026-03-01"`)
		editor.post(at+"/2/drop", editor.get(at).fill(t, at+"/2/drop", "reason", "登\u202e错")).has(t, "value=\"登\u202e错\"")
		editor.post(at+"/1/done", editor.get(at).fill(t, at+"/1/done", "on", "2026-03-04", "note", "网站已撤回并说明")).leads(t, 303, at)
		editor.post(at+"/2/drop", editor.get(at).fill(t, at+"/2/drop", "reason", "登记错了")).leads(t, 303, at)
		over := editor.get(at)
		over.has(t, "已公开", "网站已撤回并说明", "已撤销", "登记错了")
		over.hasNot(t, at+"/1/done", at+"/2/drop")
		complete(t, "what is over", over)
		if p := as(t, w, person(w, "drafter")).get(at); p.Status != 403 {
			t.Errorf("a drafter: %d", p.Status)
		}
		english := as(t, w, person(w, "office_editor"))
		english.cookies["lang"] = "en"
		complete(t, "the duties in English", english.get(at))
	})
}
