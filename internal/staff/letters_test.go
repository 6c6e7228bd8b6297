package staff_test

import (
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/word"
)

func TestALetterOfARequestIsDraftedFilledInAndNumbered(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "foi_officer"))
	file := asked(t, w, b)
	made := b.send(file, file+"/letters", "letter", "answer", "letter_code", "D13")
	if made.Status != 303 || !strings.HasPrefix(made.Location, "/foi/letters/") {
		t.Fatalf("drafting: %d %s", made.Status, alert(made.Body))
	}
	at := made.Location
	page := b.get(at)
	page.has(t, "无法提供告知书", "检索情况：【请写明检索的范围、方法和结果】", "60日内", "定稿编号")
	typed := "张三：\n经检索，你申请的政府信息不存在。<b>不是标签</b>"
	b.post(at, page.fill(t, at, "do", "finish", "title", "无法提供告知书", "text", typed+"【还空着】")).has(t, "还有没填写的地方：【还空着】", "&lt;b&gt;不是标签", "【还空着】</textarea>")
	b.post(at, b.get(at).fill(t, at, "do", "save", "title", "", "text", typed)).has(t, "请填写标题", `href="#f-title"`)
	late := page.fill(t, at, "do", "save", "title", "后到的", "text", "后到的正文")
	b.post(at, b.get(at).fill(t, at, "do", "finish", "title", "无法提供告知书", "text", typed)).leads(t, 303, at)
	b.get(at).has(t, "已定稿", "号-答")
	b.get(at).hasNot(t, "<textarea")
	if r := b.post(at, late); r.Status != 409 {
		t.Errorf("an old form over a final letter: %d", r.Status)
	}
	b.get(file).has(t, "答复书", "号-答")
	b.get(at+"/print").has(t, "/css/official.css", "<h1>无法提供告知书</h1>", "号-答", "&lt;b&gt;不是标签", `class="ta-r"`)
	b.get(at+"/print").hasNot(t, `class="stage"`)
	if d := b.get(at + "/docx"); d.Status != 200 || d.Header.Get("Content-Type") != word.MediaType {
		t.Errorf("as a Word file: %d %s", d.Status, d.Header.Get("Content-Type"))
	}
	// Leaders read; others, and other offices, do not.
	as(t, w, person(w, "signing_leader")).get(at).has(t, "经检索")
	for who, want := range map[string]int{"drafter": 403, "publisher": 403} {
		if r := as(t, w, person(w, who)).get(at); r.Status != want {
			t.Errorf("%s: %d", who, r.Status)
		}
	}
	if r := as(t, w, w.Other.People["foi_officer"]).get(at); r.Status != 404 {
		t.Errorf("another organisation: %d", r.Status)
	}
	as(t, w, person(w, "auditor")).get("/audit").has(t, "<td>文书定稿", "<td>查看文书")
}
