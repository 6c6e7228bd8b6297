package staff_test

import (
	"html"
	"strconv"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/word"
)

// judges are who an answer passes, in order.
var judges = []string{"section_head", "office_editor", "confidentiality_officer", "signing_leader"}

// ticks are the lines of the checklist on a page, all ticked.
func ticks(p page) (all []string) {
	for i := range strings.Count(p.Body, `name="checklist"`) {
		all = append(all, "checklist", strconv.Itoa(i))
	}
	return all
}

// signedAnswer drafts an answer, fills it in and takes it through its chain; it
// answers the letter's address.
func signedAnswer(t *testing.T, w *apptest.World, clerk *browser, file, code string) string {
	t.Helper()
	made := clerk.send(file, file+"/letters", "letter", "answer", "letter_code", code)
	if made.Status != 303 {
		t.Fatalf("drafting: %d %s", made.Status, alert(made.Body))
	}
	at := made.Location
	page := clerk.get(at)
	clerk.post(at, page.fill(t, at, "do", "send", "title", "答复", "text", filledIn(page))).leads(t, 303, at)
	for _, post := range judges {
		b := as(t, w, person(w, post))
		p := b.get(at)
		verb := "approve"
		if post == "signing_leader" {
			verb = "sign"
		}
		b.post(at+"/decide", p.fill(t, at+"/decide", append(ticks(p), "verb", verb, "read", "1")...)).leads(t, 303, at)
	}
	return at
}

// filledIn is the text of a letter with what stands in its blanks left as it is.
func filledIn(p page) string {
	return strings.NewReplacer("【", "", "】", "").Replace(html.UnescapeString(between(p.Body, `<textarea id="f-text"`, "</textarea>")))
}

// between is what stands in a tag that begins so.
func between(s, open, shut string) string {
	_, rest, _ := strings.Cut(s, open)
	_, rest, _ = strings.Cut(rest, ">")
	in, _, _ := strings.Cut(rest, shut)
	return in
}

func TestALetterOfARequestIsDraftedFilledInAndNumbered(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "foi_officer"))
	file := asked(t, w, b)
	made := b.send(file, file+"/letters", "letter", "extension")
	if made.Status != 303 || !strings.HasPrefix(made.Location, "/foi/letters/") {
		t.Fatalf("drafting: %d %s", made.Status, alert(made.Body))
	}
	at := made.Location
	page := b.get(at)
	page.has(t, "延期答复", "【", "定稿编号")
	typed := "张三：\n现延期答复。<b>不是标签</b>"
	b.post(at, page.fill(t, at, "do", "finish", "title", "延期答复告知书", "text", typed+"【还空着】")).has(t, "还有没填写的地方：【还空着】", "&lt;b&gt;不是标签", "【还空着】</textarea>")
	b.post(at, b.get(at).fill(t, at, "do", "save", "title", "", "text", typed)).has(t, "请填写标题", `href="#f-title"`)
	late := page.fill(t, at, "do", "save", "title", "后到的", "text", "后到的正文")
	b.post(at, b.get(at).fill(t, at, "do", "finish", "title", "延期答复告知书", "text", typed)).leads(t, 303, at)
	b.get(at).has(t, "已定稿", "号-延")
	b.get(at).hasNot(t, "<textarea")
	if r := b.post(at, late); r.Status != 409 {
		t.Errorf("an old form over a final letter: %d", r.Status)
	}
	b.get(file).has(t, "延期答复告知书", "号-延")
	b.get(at+"/print").has(t, "/css/official.css", "<h1>延期答复告知书</h1>", "号-延", "&lt;b&gt;不是标签", `class="ta-r"`)
	b.get(at+"/print").hasNot(t, `class="stage"`)
	if d := b.get(at + "/docx"); d.Status != 200 || d.Header.Get("Content-Type") != word.MediaType {
		t.Errorf("as a Word file: %d %s", d.Status, d.Header.Get("Content-Type"))
	}
	// Leaders read; others, and other offices, do not.
	as(t, w, person(w, "signing_leader")).get(at).has(t, "现延期答复")
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

func TestAnAnswerWalksItsChainInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		clerk := as(t, w, person(w, "foi_officer"))
		file := asked(t, w, clerk)
		made := clerk.send(file, file+"/letters", "letter", "answer", "letter_code", "D13")
		at := made.Location
		page := clerk.get(at)
		page.has(t, "无法提供告知书", "检索情况：【请写明检索的范围、方法和结果】", "60日内", "送审")
		page.hasNot(t, "定稿编号")
		clerk.post(at, page.fill(t, at, "do", "send", "title", "答复", "text", "【空】")).has(t, "还有没填写的地方")
		clerk.post(at, clerk.get(at).fill(t, at, "do", "send", "title", "答复", "text", "经检索，不存在。")).has(t, "没有按情形 D13 写明救济途径", "经检索，不存在。</textarea>")
		text := filledIn(page)
		clerk.post(at, clerk.get(at).fill(t, at, "do", "send", "title", "答复", "text", text)).leads(t, 303, at)
		sent := clerk.get(at)
		sent.has(t, "科室审核", "现在在哪里", "撤回")
		sent.hasNot(t, "<textarea")
		complete(t, "the letter under review", sent)

		head := as(t, w, person(w, "section_head"))
		tasks := head.get("/tasks")
		tasks.has(t, "依申请公开答复", "2025年科技项目清单", at)
		complete(t, "the work list with an answer", tasks)
		judged := head.get(at)
		judged.has(t, `form="decide"`, "已按申请内容检索")
		complete(t, "the letter with its judge", judged)
		old := judged.fill(t, at+"/decide", append([]string{"verb", "approve"}, ticks(judged)...)...)
		head.post(at+"/decide", judged.fill(t, at+"/decide", "return_for", "facts", "target", "draft", "note", "")).has(t, "请写明")
		head.post(at+"/decide", head.get(at).fill(t, at+"/decide", "return_for", "facts", "target", "draft", "note", "检索范围没写清")).leads(t, 303, at)
		if r := head.post(at+"/decide", old); r.Status != 409 {
			t.Errorf("an old decision: %d", r.Status)
		}
		clerk.get(at).has(t, "检索范围没写清", "<textarea", "退回")
		clerk.get("/notices").has(t, "被退回：检索范围没写清", at)
		clerk.post(at, clerk.get(at).fill(t, at, "do", "send", "title", "答复", "text", text)).leads(t, 303, at)
		for _, post := range judges {
			b := as(t, w, person(w, post))
			p := b.get(at)
			verb := "approve"
			if post == "signing_leader" {
				verb = "sign"
				b.post(at+"/decide", p.fill(t, at+"/decide", "verb", "sign")).has(t, "签发前请阅读全文")
				p = b.get(at)
			}
			b.post(at+"/decide", p.fill(t, at+"/decide", append(ticks(p), "verb", verb, "read", "1")...)).leads(t, 303, at)
		}
		final := clerk.get(at)
		final.has(t, "已定稿", "号-答", "签发")
		complete(t, "the signed letter", final)
		clerk.get("/notices").has(t, "已签发，编号")
		as(t, w, person(w, "section_head")).get("/tasks").hasNot(t, at)
		clerk.get(file).has(t, `<option value="D13"`)
		clerk.get(file).hasNot(t, `<option value="D09">D09`)
		as(t, w, person(w, "auditor")).get("/audit").has(t, "<td>签发答复书", "<td>退回答复书", "<td>答复书送审")
	})
}
