package staff_test

import (
	"testing"

	"gongkai/internal/apptest"
)

func TestAPrintedTextSaysWhatItIsUntilItIsSigned(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	m := w.Draft("打印的通知", "body", "<p>正文<b>不是</b>“网页”。</p>", "doc_no", "测政发〔2026〕1号")
	b := as(t, w, person(w, "drafter"))
	b.get("/manuscripts/"+itoa(m.ID)+"/print").has(t, "<h1>打印的通知</h1>", "草稿", "第 1 稿", "测政发〔2026〕1号", "/css/official.css")
	m = w.Live(w.UpTo(m, ""))
	b.get("/manuscripts/"+itoa(m.ID)+"/print").hasNot(t, `class="stage"`)
	if p := as(t, w, w.Other.People["office_editor"]).get("/manuscripts/" + itoa(m.ID) + "/print"); p.Status != 404 {
		t.Errorf("another organisation: %d", p.Status)
	}
}
