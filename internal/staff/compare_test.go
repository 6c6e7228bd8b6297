package staff_test

import (
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

func TestRevisionsAreCompared(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	var pics [2]struct {
		Name      string `json:"name"`
		MediaType string `json:"media_type"`
		Size      int64  `json:"size"`
		Hash      string `json:"hash"`
	}
	for i := range pics {
		form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"图.png\"\r\n\r\n" + square(t, 2+i) + "\r\n--x--\r\n"
		w.Call(person(w, "drafter"), "POST", fmt.Sprintf("/api/v1/units/%d/files", w.Own.UnitA), []byte(form), "Content-Type", "multipart/form-data; boundary=x").Into(t, &pics[i])
	}
	image := func(i int) string { return `<p>附图<img src="/blob/` + pics[i].Hash + `" alt="图"></p>` }
	unchanged := strings.Repeat("<p>这一段没有改动。</p>", 9)
	m := w.Draft("关于办事窗口的通知", "body", "<p>办理时限五天。</p>"+unchanged+image(0), "attachments", []any{pics[0]}, "summary", "旧摘要")
	one := as(t, w, person(w, "drafter"))
	one.get(path(m, "/compare")).has(t, "没有可比的内容")
	one.get(path(m, "")).hasNot(t, "与上一稿比较", "花脸稿")

	next := apptest.Content("关于服务窗口的通知", "body", "<p>办理时限三天。</p>"+unchanged+image(1), "attachments", []any{pics[1]}, "summary", "新摘要", "kind", "notice",
		"disclosure", map[string]any{"attribute": "withheld", "ground": "N7", "reason": "属于过程性信息，尚未形成正式文件"}, "wechat", map[string]any{"title": "短标题"})
	m = w.Must(person(w, "drafter"), m, "edit", "content", next)
	one.get(path(m, "")).has(t, path(m, "/compare?to=2"))
	p := one.get(path(m, "/compare"))
	p.has(t, `关于<del><span class="off">［删除：</span>办事<span class="off">］</span></del><ins`, "增 1 字", "删 1 字", "图片增删 2 张", "要素 7 项", "附件 1 个", "主动公开", "不予公开",
		"N7 过程性信息", "旧", "摘要", "微信标题", "短标题", "内容已换", path(m, "/files/"+pics[0].Hash+"?revision=1"), path(m, "/files/"+pics[1].Hash+"?revision=2"),
		`src="`+path(m, "/images/"+pics[0].Hash+"?revision=1"), `src="`+path(m, "/images/"+pics[1].Hash+"?revision=2"), "未改动的 7 段")
	p.hasNot(t, "/blob/")
	complete(t, "the comparison", p)
	one.get(path(m, "/compare?from=1&to=2&all=1")).hasNot(t, "<details")
	one.get(path(m, "/compare?from=2&to=1")).has(t, "第 2 稿 → 第 1 稿", "增 1 字")
	one.get(path(m, "/compare?from=2&to=2")).has(t, "没有可比的内容")
	english := as(t, w, person(w, "drafter"))
	english.cookies["lang"] = "en"
	e := english.get(path(m, "/compare"))
	e.has(t, "1 characters added", "7 blocks without a change", "removed: ")
	complete(t, "the comparison in English", e)
	for _, bad := range []string{"?from=9", "?to=9"} {
		if r := one.get(path(m, "/compare"+bad)); r.Status != 404 {
			t.Errorf("%s answers %d", bad, r.Status)
		}
	}
	if r := one.get(path(m, "/compare?from=x")); r.Status != 400 {
		t.Errorf("no number answers %d", r.Status)
	}
	for who, want := range map[*apptest.Person]int{person(w, "section_head"): 200, person(w, "auditor"): 403, person(w, "drafter_b"): 403, w.Other.People["signing_leader"]: 404} {
		if r := as(t, w, who).get(path(m, "/compare?from=1&to=2")); r.Status != want {
			t.Errorf("%s gets %d", who.Login, r.Status)
		} else if want != 200 {
			r.hasNot(t, "办理时限")
		}
	}
}

func TestReviewersSeeThatTheTextChangedSinceItWasApproved(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("有人改过的稿件"), "second")
	editor := as(t, w, person(w, "office_editor"))
	editor.get(path(m, "")).hasNot(t, "其后内容有改动")
	m = w.Must(w.Judge(m), m, "proof", "body", strings.Replace(m.Content.Body, "第二段", "第贰段", 1), "note", "改字")
	editor.get(path(m, "")).has(t, "“一审一校”通过的是第 1 稿，其后内容有改动，现在是第 2 稿", path(m, "?view=redline#sheet"))
	m = w.Approve(m)
	next := as(t, w, w.Judge(m))
	next.get(path(m, "")).has(t, "“一审一校”通过的是第 1 稿", path(m, "?view=redline#sheet"))
	next.get(path(m, "/compare?from=1&to=2")).has(t, "第<del", "［删除：</span>二", "［新增：</span>贰", "去审核", path(m, "#judge"))
	next.get(path(m, "?revision=1")).hasNot(t, "其后内容有改动")

	m = w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "数字不对")
	m = w.Must(person(w, "drafter"), m, "edit", "content", apptest.Content("有人改过的稿件", "body", "<p>重写了。</p>"))
	m = w.Must(person(w, "drafter"), m, "resubmit")
	head := as(t, w, person(w, "section_head"))
	head.get(path(m, "")).has(t, "“一审一校”通过的是第 1 稿，其后内容有改动，现在是第 3 稿", path(m, "?view=redline#sheet"))
	head.get(path(m, "?view=redline")).has(t, "第 1 稿 → 第 3 稿")
	m = w.Approve(m)
	editor.get(path(m, "")).has(t, "“二审二校”通过的是第 2 稿，其后内容有改动，现在是第 3 稿")
}
