package staff_test

import (
	"net/url"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

func TestFilesOfARequestInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		clerk, leader := as(t, w, person(w, "foi_officer")), as(t, w, person(w, "signing_leader"))
		at := asked(t, w, clerk)
		paper := "%PDF-1.4\n身份证复印件"
		add := func(name, content string) page {
			form := clerk.get(at).fill(t, at+"/files", "file_kind", "identity")
			return clerk.upload(at+"/files", form, sent{"file", name, content})
		}
		add("身份证.pdf", paper).leads(t, 303, at)
		add("程序.exe", "MZ").has(t, "不是可以接收的文件")
		add("图片.png", paper).has(t, "不是可以接收的文件")
		add("空.pdf", "").has(t, "不是可以接收的文件")
		clerk.post(at+"/files", clerk.get(at).fill(t, at+"/files", "file_kind", "identity")).has(t, "请选择一个不为空的文件")
		file := clerk.get(at)
		file.has(t, "身份证.pdf", `href="/foi/files/1"`, "身份证明")
		complete(t, "the file with papers", file)
		got := leader.get("/foi/files/1")
		if got.Status != 200 || got.Body != paper {
			t.Errorf("the paper: %d %q", got.Status, got.Body)
		}
		if p := as(t, w, person(w, "drafter")).get("/foi/files/1"); p.Status != 403 {
			t.Errorf("a drafter: %d", p.Status)
		}
		for _, id := range []string{"2", "0", "x", "99999999999999999999"} {
			if p := leader.get("/foi/files/" + id); p.Status != 404 {
				t.Errorf("file %s: %d", id, p.Status)
			}
		}
		leader.get(at).hasNot(t, at+"/files")
		as(t, w, person(w, "auditor")).get("/audit").has(t, "查看材料", "添加材料")
		clerk.post(at+"/files/remove", file.fill(t, at+"/files/remove", "file", "1", "file_reason", "")).has(t, "请填写这一项")
		clerk.post(at+"/files/remove", clerk.get(at).fill(t, at+"/files/remove", "file", "1", "file_reason", "扫\u202e错")).has(t, "value=\"扫\u202e错\"")
		clerk.post(at+"/files/remove", clerk.get(at).fill(t, at+"/files/remove", "file", "1", "file_reason", "扫描错了")).leads(t, 303, at)
		clerk.get(at).has(t, "已移除")
		if p := leader.get("/foi/files/1"); p.Status != 404 {
			t.Errorf("a removed one: %d", p.Status)
		}
	})
}

func TestADuplicateIsMergedAndAnApplicantErasedInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		clerk, leader := as(t, w, person(w, "foi_officer")), as(t, w, person(w, "signing_leader"))
		first, second := asked(t, w, clerk), asked(t, w, clerk)
		number := strings.TrimSpace(strings.TrimPrefix(between(clerk.get(first).Body, "<h1", "</h1>"), ">"))
		file := clerk.get(second)
		file.has(t, "同一申请人的其他申请", number)
		clerk.post(second+"/merge", file.fill(t, second+"/merge", "into", "2020-0001", "merge_note", "同一申请")).has(t, "不存在", `value="2020-0001"`)
		clerk.post(second+"/merge", clerk.get(second).fill(t, second+"/merge", "into", number, "merge_note", "")).has(t, "请写明为什么是同一件申请")
		clerk.post(second+"/merge", clerk.get(second).fill(t, second+"/merge", "into", number, "merge_note", "邮件和信函是同一件")).leads(t, 303, second)
		merged := clerk.get(second)
		merged.has(t, "已合并")
		merged.hasNot(t, second+"/merge", second+"/events")
		complete(t, "a merged request", merged)

		today := w.App.DB.Now().In(calendar.Zone).Format("2006-01-02")
		leader.get(first).hasNot(t, first+"/erase")
		clerk.post(first+"/events", clerk.get(first).fill(t, first+"/events", "kind", "answered", "code", "D24", "on", today)).leads(t, 303, first)
		clerk.get(first).hasNot(t, first+"/erase")
		leader.post(first+"/erase", leader.get(first).fill(t, first+"/erase", "erase_reason", "")).has(t, "请填写这一项")
		leader.post(first+"/erase", leader.get(first).fill(t, first+"/erase", "erase_reason", "保管期满")).leads(t, 303, first)
		gone := leader.get(first)
		gone.has(t, "已销毁")
		gone.hasNot(t, "张**", first+"/erase")
		if p := clerk.post(first+"/erase", url.Values{"key": {"aaaaaaaaaaaaaaaaaaaa"}, "version": {"2"}, "erase_reason": {"x"}}); p.Status != 403 {
			t.Errorf("the clerk erases: %d", p.Status)
		}
	})
}
