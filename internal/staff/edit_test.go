package staff_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

type sent struct{ field, name, text string }

// upload posts a form with files.
func (b *browser) upload(to string, form url.Values, files ...sent) page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, v := range values {
			_ = w.WriteField(name, v)
		}
	}
	for _, f := range files {
		part, _ := w.CreateFormFile(f.field, f.name)
		_, _ = part.Write([]byte(f.text))
	}
	_ = w.Close()
	req, err := http.NewRequest("POST", b.w.Config.Staff.URL+to, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.AddCookie(&http.Cookie{Name: "gongkai", Value: b.cookies["gongkai"]})
	res, err := b.w.HTTP.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var out bytes.Buffer
	_, _ = out.ReadFrom(res.Body)
	return page{res.StatusCode, res.Header, out.String(), res.Header.Get("Location")}
}

var everything = []string{"title", "标题甲", "kind", "policy", "section", "news", "format", "html", "body", "<p>正文。</p>", "disclosure.attribute", "on_request", "disclosure.ground", "N7",
	"disclosure.reason", "属于过程性信息，尚未形成正式文件", "doc_no", "某政办发〔2026〕1号", "doc_date", "2026-11-23", "source", "区科技局", "author", "李敏", "summary", "摘要乙", "keywords", "科技，创新",
	"wechat.title", "微信标题丙", "wechat.author", "区科技局", "wechat.digest", "微信摘要丁", "note", "初稿"}

func TestADraftKeepsEveryField(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", append(everything, "do", "save", "unit", itoa(w.Own.UnitA))...)
	r := b.post("/manuscripts/new", form)
	if r.Status != 303 {
		t.Fatalf("%d %s", r.Status, alert(r.Body))
	}
	at := r.Location
	edit := b.get(at + "/edit")
	edit.has(t, "平台上限为20000")
	for i := 0; i+1 < len(everything); i += 2 {
		if n := everything[i]; n != "note" && n != "format" {
			v := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(everything[i+1])
			if n == "keywords" {
				v = "科技，创新"
			}
			edit.has(t, v)
		}
	}
	edit.has(t, `value="on_request" checked`, `value="N7" selected`, `value="policy" selected`)
	b.get(at+"/slip").has(t, "信息发布审核单", "某政办发〔2026〕1号", "依申请公开", "属于过程性信息", "微信公众号")

	// The choice of a digest on WeChat stays until it is taken back.
	b.post(at+"/edit", b.get(at+"/edit").fill(t, at+"/edit", append(everything, "do", "save", "wechat.form", "digest")...)).leads(t, 303, at)
	b.get(at+"/edit").has(t, `name="wechat.form" value="digest" checked`)
	b.get(at).has(t, "<dt>微信形式</dt><dd>只发摘要和原文链接</dd>")
	b.get(at+"/slip").has(t, "微信公众号（只发摘要和原文链接）")
	b.get(at+"/preview/wechat").has(t, "全文请点击文末")
	whole := b.get(at+"/edit").fill(t, at+"/edit", append(everything, "do", "save")...)
	whole.Del("wechat.form")
	b.post(at+"/edit", whole).leads(t, 303, at)
	b.get(at+"/compare").has(t, "微信形式", "全文")

	// Somebody else saves in between.
	late := b.get(at+"/edit").fill(t, at+"/edit", append(everything, "do", "save")...)
	late.Set("title", "后来的标题")
	b.post(at+"/edit", b.get(at+"/edit").fill(t, at+"/edit", append(everything, "do", "save", "summary", "x")...))
	now := b.get(at+"/edit").fill(t, at+"/edit", append(everything, "do", "save")...)
	now.Set("title", "先存的标题")
	b.post(at+"/edit", now).leads(t, 303, at)
	c := b.post(at+"/edit", late)
	if c.Status != 409 {
		t.Fatalf("answers %d", c.Status)
	}
	c.has(t, `value="后来的标题"`, "稿件在您打开之后有了变化", "查看最新内容", "按我填写的保存", "摘要乙")
	looked := strings.Split(strings.Split(c.Body, `name="looked" value="`)[1], `"`)[0]
	mine := c.fill(t, at+"/edit", append(everything, "looked", looked)...)
	mine.Set("title", "后来的标题")
	b.post(at+"/edit", mine).leads(t, 303, at)
	b.get(at).has(t, "<h1>后来的标题</h1>")
}

func TestARefusedDraftComesBackWhole(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", append(everything, "do", "save", "unit", itoa(w.Own.UnitA))...)
	form.Set("title", strings.Repeat("长", 201))
	r := b.post("/manuscripts/new", form)
	if r.Status != 400 {
		t.Fatalf("answers %d", r.Status)
	}
	r.has(t, "太长：最多 200 个字符", `href="#f-title"`, strings.Repeat("长", 201), "摘要乙", "微信摘要丁", "属于过程性信息", `value="2026-11-23"`)
	form.Set("title", "标题\u202e")
	b.post("/manuscripts/new", form).has(t, "不可见的控制字符", "摘要乙")
	form.Set("title", "标题")
	form.Set("unit", itoa(w.Own.UnitB))
	if r := b.post("/manuscripts/new", form); r.Status != 403 {
		t.Errorf("another unit: %d", r.Status)
	} else {
		r.has(t, "您的岗位不能办理此事项（起草稿件）", "摘要乙")
	}
	if a := as(t, w, person(w, "auditor")).get("/manuscripts/new"); a.Status != 403 {
		t.Errorf("the auditor drafts: %d", a.Status)
	}
}

func TestImportIsShownBeforeItIsSaved(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "do", "save", "unit", itoa(w.Own.UnitA), "kind", "news", "section", "news", "disclosure.attribute", "proactive", "summary", "写好的摘要")
	r := b.upload("/manuscripts/new", form, sent{"import", "报告.md", "# 导入的标题\n\n**第一段**。\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n"})
	if r.Status != 200 {
		t.Fatalf("answers %d %s", r.Status, alert(r.Body))
	}
	r.has(t, "已读入“报告.md”", `value="导入的标题"`, "<strong>第一段</strong>", "<td>1</td>", "写好的摘要", `value="html" checked`)
	if n := len(as(t, w, person(w, "drafter")).get("/mine").Body); strings.Contains(b.get("/mine").Body, "导入的标题") {
		t.Errorf("it was saved unseen (%d)", n)
	}
	b.upload("/manuscripts/new", form, sent{"import", "报告.doc", "x"}).has(t, "不能导入“报告.doc”", `href="#f-import"`, "写好的摘要")
	form.Set("do", "preview")
	form.Set("format", "markdown")
	form.Set("body", "第一段\n\n- 甲\n- 乙")
	p := b.post("/manuscripts/new", form)
	p.has(t, "<li>甲</li>", "- 甲")
}

func TestAttachmentsStayWithTheForm(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "do", "attach", "unit", itoa(w.Own.UnitA), "title", "有附件", "format", "text", "body", "正文。", "kind", "news", "section", "news", "disclosure.attribute", "proactive")
	b.upload("/manuscripts/new", form, sent{"attach", "假.pdf", "<html><script>alert(1)</script>"}).has(t, "附件“假.pdf”不能使用", `href="#f-attachments"`, "有附件")
	r := b.upload("/manuscripts/new", form, sent{"attach", "表.pdf", "%PDF-1.4 x"}, sent{"attach", "图.png", dot(t)})
	r.has(t, "表.pdf", "图.png", `name="attachment.hash"`)
	again := r.fill(t, "/manuscripts/new", "do", "save", "unit", itoa(w.Own.UnitA), "title", "有附件", "format", "text", "body", "正文。", "kind", "news", "section", "news", "disclosure.attribute", "proactive")
	again.Set("attachment.drop", again["attachment.hash"][1])
	saved := b.post("/manuscripts/new", again)
	if saved.Status != 303 {
		t.Fatalf("%d %s", saved.Status, alert(saved.Body))
	}
	p := b.get(saved.Location)
	p.has(t, "表.pdf")
	p.hasNot(t, "图.png")
	file := saved.Location + "/files/" + again["attachment.hash"][0]
	f := b.get(file)
	if f.Status != 200 || f.Body != "%PDF-1.4 x" || !strings.HasPrefix(f.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(f.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %q %q", f.Status, f.Header.Get("Content-Disposition"), f.Body)
	}
	for _, who := range []*apptest.Person{w.Other.People["drafter"], w.Own.People["auditor"]} {
		if a := as(t, w, who).get(file); a.Status == 200 {
			t.Errorf("%s reads the file", who.Login)
		}
	}
	if a := b.get(saved.Location + "/files/" + again["attachment.hash"][1]); a.Status != 404 {
		t.Errorf("the file left out answers %d", a.Status)
	}
}

func TestTypedMarkupIsInert(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	const bad = `<script>alert('x')</script>"><img src=x onerror=alert(1)>{{.}}`
	b := as(t, w, person(w, "drafter"))
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "do", "save", "unit", itoa(w.Own.UnitA), "title", bad, "format", "html", "body", "<p>正文"+bad+"</p><p onclick=x style=color:red>二</p><iframe src=//e></iframe>",
		"kind", "news", "section", "news", "disclosure.attribute", "proactive", "summary", bad, "source", bad, "note", bad, "wechat.title", bad)
	inert := func(p page) {
		t.Helper()
		p.hasNot(t, "<script>alert", "<img src=x", "onerror=alert(1)>{", "<iframe", "<p onclick", "<p style")
	}
	r := b.post("/manuscripts/new", form)
	if r.Status != 303 {
		t.Fatalf("%d %s", r.Status, alert(r.Body))
	}
	m := w.Get(mustID(t, r.Location))
	for _, p := range []string{"", "/edit", "/slip"} {
		inert(b.get(path(m, p)))
	}
	inert(b.get("/mine"))
	form.Set("do", "preview")
	inert(b.post("/manuscripts/new", form))
	form.Set("title", strings.Repeat(bad, 5))
	form.Set("do", "save")
	inert(b.post("/manuscripts/new", form))

	n := w.UpTo(w.Draft("意见里的标记"), "first")
	head := as(t, w, person(w, "section_head"))
	inert(head.send(path(n, ""), path(n, "/decide"), "verb", "return", "target", "draft", "gate", bad, "note", bad))
	head.send(path(n, ""), path(n, "/decide"), "verb", "return", "target", "draft", "gate", "facts", "note", bad).leads(t, 303, path(n, ""))
	inert(head.get(path(n, "")))
	inert(b.get("/notices"))
	inert(b.get(path(n, "/edit")))
	inert(b.post("/login", url.Values{"login": {bad}, "password": {"x"}, "next": {bad}, "kept_path": {"/" + bad}, "kept." + bad: {bad}}))
	inert(as(t, w, person(w, "auditor")).get("/audit?object=" + url.QueryEscape(bad)))
	inert(b.get("/nowhere/" + url.PathEscape(bad)))
}

func mustID(t *testing.T, location string) int64 {
	t.Helper()
	var n int64
	for _, r := range strings.TrimPrefix(location, "/manuscripts/") {
		n = n*10 + int64(r-'0')
	}
	return n
}

func TestTooLargeFilesGetAPage(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "do", "attach", "unit", itoa(w.Own.UnitA), "title", "大文件")
	if r := b.upload("/manuscripts/new", form, sent{"attach", "中.pdf", "%PDF-1.4 " + strings.Repeat("x", 6<<20)}); r.Status != 200 {
		t.Errorf("6 MB: %d", r.Status)
	}
	r := b.upload("/manuscripts/new", form, sent{"attach", "大.pdf", "%PDF-1.4 " + strings.Repeat("x", 13<<20)})
	if r.Status != 413 || !strings.Contains(r.Body, "内容太大") || !strings.Contains(r.Header.Get("Content-Type"), "text/html") {
		t.Errorf("13 MB: %d %s", r.Status, r.Header.Get("Content-Type"))
	}
}
