package staff_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

func TestWhatIsTypedIsKeptAndOfferedUntilItIsSaved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		b := as(t, w, person(w, "drafter"))
		b.headers["Accept"] = "application/json"
		script := func(path string, form url.Values) page { return b.post(path, form) }
		form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "title", "没有保存的通知", "format", "html", "body", "<p>打了一半的正文</p>", "summary", "摘要甲", "unit", itoa(w.Own.UnitA))
		if r := script("/manuscripts/new/copy", form); r.Status != 200 || !regexp.MustCompile(`^{"at":"\d\d:\d\d:\d\d"}$`).MatchString(r.Body) {
			t.Fatalf("keep: %d %s", r.Status, r.Body)
		}
		form.Set("body", "<p>打了一大半的正文</p>")
		script("/manuscripts/new/copy", form)
		p := b.get("/manuscripts/new")
		p.has(t, "有一份没有保存的内容", "没有保存的通知", "?copy="+form.Get("sheet"))
		p.hasNot(t, "打了一大半的正文")
		p = b.get("/manuscripts/new?copy=" + form.Get("sheet"))
		p.has(t, "自动保留的内容", "打了一大半的正文", "摘要甲", `value="没有保存的通知"`)
		as(t, w, person(w, "section_head")).get("/manuscripts/new?copy="+form.Get("sheet")).hasNot(t, "打了一大半的正文", "没有保存的通知")

		saved := b.post("/manuscripts/new", p.fill(t, "/manuscripts/new", "do", "save", "unit", itoa(w.Own.UnitA), "format", "html", "kind", "news", "section", "news", "disclosure.attribute", "proactive"))
		if saved.Status != 303 {
			t.Fatalf("save: %d %s", saved.Status, saved.Body)
		}
		b.get("/manuscripts/new").hasNot(t, "没有保存的通知")

		edit := b.get(saved.Location+"/edit").fill(t, saved.Location+"/edit", "body", "<p>改过的正文</p>", "format", "html")
		if r := script(saved.Location+"/copy", edit); r.Status != 200 {
			t.Fatalf("keep: %d %s", r.Status, r.Body)
		}
		b.get(saved.Location+"/edit").has(t, "有一份没有保存的内容")
		b.get(saved.Location+"/edit?copy=").has(t, "改过的正文")
		edit.Set("version", "1")
		if r := script(saved.Location+"/copy", edit); r.Status != 409 || !strings.Contains(r.Body, `"manuscript.changed"`) {
			t.Errorf("keep an old version: %d %s", r.Status, r.Body)
		}
		drop := b.get(saved.Location+"/edit").fill(t, saved.Location+"/copy/drop")
		b.post(saved.Location+"/copy/drop", drop).leads(t, 303, saved.Location+"/edit")
		b.get(saved.Location+"/edit").hasNot(t, "有一份没有保存的内容")

		b.cookies = map[string]string{}
		if r := script("/manuscripts/new/copy", form); r.Status != 401 || !strings.Contains(r.Body, `"code"`) {
			t.Errorf("signed out: %d %s", r.Status, r.Body)
		}
	})
}

func TestPicturesOfAnUnsavedTextAreShownToItsWriterOnly(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	b.headers["Accept"] = "application/json"
	r := b.upload("/manuscripts/images", url.Values{"unit": {itoa(w.Own.UnitA)}}, sent{"image", "图.png", dot(t)})
	found := regexp.MustCompile(`"/blob/(sha256:[0-9a-f]{64})"`).FindStringSubmatch(r.Body)
	if r.Status != 200 || found == nil {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	at := "/manuscripts/images/" + found[1]
	if p := b.get(at); p.Status != 404 {
		t.Errorf("in no text: %d", p.Status)
	}
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "format", "html", "unit", itoa(w.Own.UnitA), "body", `<p><img src="/blob/`+found[1]+`" alt="点"></p>`)
	b.post("/manuscripts/new/copy", form)
	if p := b.get(at); p.Status != 200 || p.Header.Get("Content-Type") != "image/png" {
		t.Errorf("in my text: %d %s", p.Status, p.Header.Get("Content-Type"))
	}
	if p := as(t, w, w.Own.People["drafter_b"]).get(at); p.Status != 404 {
		t.Errorf("in somebody else's text: %d", p.Status)
	}
	if r := b.upload("/manuscripts/images", url.Values{"unit": {itoa(w.Own.UnitA)}}, sent{"image", "图.png", "\x89PNG\r\n\x1a\nx"}); r.Status != 415 || !strings.Contains(r.Body, "不是完整的 PNG") {
		t.Errorf("half a picture: %d %s", r.Status, r.Body)
	}
}
