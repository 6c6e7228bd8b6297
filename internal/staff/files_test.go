package staff_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"

	"gongkai/internal/apptest"
)

// dot is a whole PNG picture; squares of other sizes are other pictures.
func dot(t testing.TB) string { return square(t, 1) }

func square(t testing.TB, n int) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, n, n))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPicturesOfADraftAreForItsReaders asks for a picture whose hash everybody
// knows (I20).
func TestPicturesOfADraftAreForItsReaders(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	own := dot(t)
	form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"图.png\"\r\n\r\n" + own + "\r\n--x--\r\n"
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
	if p := drafter.get(first); p.Status != 200 || p.Body != own {
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
