package staff_test

import (
	"fmt"
	"testing"

	"gongkai/internal/apptest"
)

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"

// TestPicturesOfADraftAreForItsReaders asks for a picture whose hash everybody
// knows (I20).
func TestPicturesOfADraftAreForItsReaders(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"图.png\"\r\n\r\n" + png + "\r\n--x--\r\n"
	var file struct{ Hash string }
	w.Call(person(w, "drafter"), "POST", fmt.Sprintf("/api/v1/units/%d/files", w.Own.UnitA), []byte(form), "Content-Type", "multipart/form-data; boundary=x").Into(t, &file)
	picture := `<p>图一</p><p><img src="/blob/` + file.Hash + `" alt="图一"></p>`
	m := w.Draft("有图的稿件", "body", picture)
	if a := w.Act(person(w, "drafter"), m, "edit", "content", apptest.Content("没有图的稿件")); a.Status != 200 {
		t.Fatalf("edit: %d %s", a.Status, a.Body)
	}
	drafter := as(t, w, person(w, "drafter"))
	first := path(m, "/images/"+file.Hash+"?revision=1")
	drafter.get(path(m, "?revision=1")).has(t, `src="`+first+`"`)
	if p := drafter.get(first); p.Status != 200 || p.Body != png {
		t.Errorf("its drafter gets %d", p.Status)
	}
	for who, asks := range map[string]struct {
		b    *browser
		path string
		want int
	}{
		"another unit's drafter":        {as(t, w, person(w, "drafter_b")), first, 403},
		"an auditor":                    {as(t, w, person(w, "auditor")), first, 403},
		"another organisation":          {as(t, w, w.Other.People["office_editor"]), first, 404},
		"a revision without it":         {drafter, path(m, "/images/"+file.Hash+"?revision=2"), 404},
		"its hash alone":                {drafter, "/blob/" + file.Hash, 404},
		"its hash alone, by another":    {as(t, w, w.Other.People["drafter"]), "/blob/" + file.Hash, 404},
		"a picture of no text of ours ": {drafter, path(m, "/images/sha256:00?revision=1"), 404},
	} {
		if p := asks.b.get(asks.path); p.Status != asks.want {
			t.Errorf("%s: %d, want %d", who, p.Status, asks.want)
		}
	}
}
