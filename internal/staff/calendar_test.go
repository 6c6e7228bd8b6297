package staff_test

import (
	"testing"

	"gongkai/internal/apptest"
)

const noticeOf2031 = "国务院办公厅关于2031年部分节假日安排的通知\n国办发明电〔2030〕8号\n一、元旦：1月1日（周三）放假1天，不调休。\n二、国庆节：10月1日（周三）至7日（周二）放假调休，共7天。9月28日（周日）、10月11日（周六）上班。"

func TestAHolidayNoticeIsEnteredAndConfirmedInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		admin, leader := as(t, w, person(w, "system_admin")), as(t, w, person(w, "signing_leader"))
		const at = "/calendar"
		first := admin.get(at)
		complete(t, "the calendar", first)
		first.has(t, "2026年", "国庆节", "2026-10-01 周四 — 2026-10-07 周三", "2026-10-10 周六", "全年248个工作日")
		first.hasNot(t, "2031年")
		as(t, w, person(w, "auditor")).get(at).hasNot(t, `action="/calendar`)

		back := admin.post(at, first.fill(t, at, "text", "关于2031年\n一、元旦：1月1日（周四）放假1天。"))
		back.has(t, "2031-01-01不是周四", "一、元旦：1月1日（周四）放假1天。")
		admin.post(at, first.fill(t, at, "text", "关于2031年\n一、元旦：1月1日（周三）放假1天。")).has(t, "没有找到文号")
		admin.send(at, at, "text", noticeOf2031).leads(t, 303, at)
		own := admin.get(at)
		own.has(t, "等待另一人确认", "国办发明电〔2030〕8号", "2031-10-01 周三 — 2031-10-07 周二", "须由另一人对照原文确认")
		own.hasNot(t, at+"/1/confirm")
		leader.get("/notices").has(t, "录入了2031年的放假通知", `href="/calendar"`)
		waits := leader.get(at)
		complete(t, "a notice that waits", waits)
		waits.has(t, "请对照放假通知原文逐项核对")
		leader.send(at, at+"/1/confirm").leads(t, 303, at)
		leader.get(at).has(t, "放假通知已生效", "2031年", "录入的通知")
		again := leader.post(at+"/1/confirm", waits.fill(t, at+"/1/confirm"))
		if again.Status != 303 && again.Status != 404 {
			t.Errorf("confirmed twice: %d", again.Status)
		}
		complete(t, "a notice that counts", leader.get(at))
		as(t, w, person(w, "auditor")).get("/audit").has(t, "确认放假通知", "2031年工作日历")
		english := as(t, w, person(w, "system_admin"))
		english.cookies["lang"] = "en"
		complete(t, "the calendar in English", english.get(at))
	})
}
