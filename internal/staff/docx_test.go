package staff_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/word"
)

// office is a Word file with what a drafter must be told of.
func office(t *testing.T) string {
	t.Helper()
	const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	run := func(words string) string { return `<w:r><w:t>` + words + `</w:t></w:r>` }
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{
		"[Content_Types].xml":          `<Types/>`,
		"_rels/.rels":                  `<Relationships><Relationship Id="a" Type="` + relations + `/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/_rels/document.xml.rels": `<Relationships><Relationship Id="b" Type="` + relations + `/image" Target="media/1.png"/></Relationships>`,
		"word/media/1.png":             dot(t),
		"word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="` + relations + `" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><w:body>` +
			`<w:p>` + run("关于科普活动的通知") + `</w:p><w:p>` + run("应当在") + `<w:ins>` + run("二十") + `</w:ins>` + run("日内答复") + `<w:r><w:rPr><w:vanish/></w:rPr><w:t>内部&lt;掌握&gt;</w:t></w:r></w:p>` +
			`<w:p><w:r><w:drawing><wp:inline><wp:docPr descr="图一"/><a:blip r:embed="b"/></wp:inline></w:drawing></w:r></w:p></w:body></w:document>`,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAWordFileBecomesADraftAndAWordFileAgain(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "do", "import", "unit", itoa(w.Own.UnitA), "kind", "news", "section", "news", "disclosure.attribute", "proactive")
	page := b.upload("/manuscripts/new", form, sent{"import", "通知.docx", office(t)})
	page.has(t, "已读入“通知.docx”", `value="关于科普活动的通知"`, "第 2 段（…应当在二十日内答复…）</b> 有插入的修订“二十”，已读入", "有隐藏文字“内部&lt;掌握&gt;”，未读入")
	page.hasNot(t, `src="/blob/`)
	seen := regexp.MustCompile(`<img src="(/manuscripts/images/sha256:[0-9a-f]{64})" alt="图一">`).FindStringSubmatch(page.Body)
	if seen == nil {
		t.Fatal("the picture of the file is not on the page")
	}
	if p := b.get(seen[1]); p.Status != 200 || p.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture of a text not saved yet: %d %s", p.Status, p.Header.Get("Content-Type"))
	}
	if p := as(t, w, person(w, "section_head")).get(seen[1]); p.Status != 404 {
		t.Errorf("the same for somebody else: %d", p.Status)
	}
	b.upload("/manuscripts/new", form, sent{"import", "密.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"}).has(t, "设有打开密码", `href="#f-import"`)

	_, typed, _ := strings.Cut(page.Body, `<textarea id="f-body"`)
	_, typed, _ = strings.Cut(typed, ">")
	typed, _, _ = strings.Cut(typed, "</textarea>")
	saved := b.post("/manuscripts/new", page.fill(t, "/manuscripts/new", "do", "save", "unit", itoa(w.Own.UnitA), "title", "关于科普活动的通知", "format", "html", "body", unescape(typed),
		"kind", "news", "section", "news", "disclosure.attribute", "proactive"))
	if saved.Status != 303 {
		t.Fatalf("saving: %d %s", saved.Status, alert(saved.Body))
	}
	b.get(saved.Location).has(t, "应当在二十日内答复", saved.Location+"/docx?revision=1", saved.Location+"/images/")
	file := b.get(saved.Location + "/docx?revision=1")
	if file.Status != 200 || file.Header.Get("Content-Type") != word.MediaType || file.Header.Get("Content-Disposition") != "attachment; filename*=utf-8''"+url.PathEscape("关于科普活动的通知.docx") {
		t.Fatalf("%d %v", file.Status, file.Header)
	}
	d, err := word.Read([]byte(file.Body))
	if err != nil || d.Title != "关于科普活动的通知" || len(d.Images) != 1 || string(d.Images[0].Bytes) != dot(t) || !strings.HasPrefix(d.Body, "<p>应当在二十日内答复</p>\n<p><img ") {
		t.Errorf("exported: %v %q %q, %d pictures", err, d.Title, d.Body, len(d.Images))
	}
	for who, want := range map[string]int{"drafter_b": 403, "auditor": 403, "office_editor": 200} {
		if p := as(t, w, person(w, who)).get(saved.Location + "/docx"); p.Status != want {
			t.Errorf("%s: %d, want %d", who, p.Status, want)
		}
	}
	if p := as(t, w, w.Other.People["office_editor"]).get(saved.Location + "/docx"); p.Status != 404 {
		t.Errorf("another organisation: %d", p.Status)
	}
	if p := b.get(saved.Location + "/docx?revision=9"); p.Status != 404 {
		t.Errorf("a revision there is not: %d", p.Status)
	}
	if p := b.get(fmt.Sprintf("/manuscripts/%d/docx", 999)); p.Status != 404 {
		t.Errorf("no manuscript: %d", p.Status)
	}
}
