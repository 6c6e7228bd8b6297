package e2e_test

import (
	"fmt"
	"testing"

	"gongkai/internal/apptest"
)

// What others do shows while one looks, and what one ticked stays ticked.
func TestWhatOthersDoShowsWithoutALoad(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	first := w.UpTo(w.Draft("已经在列的"), "first")
	b := open(t, w, w.Own.People["section_head"], desk)
	b.to("/tasks")
	b.until("window.htmx && window.live")
	b.click(fmt.Sprintf("#pick-%d", first.ID))
	later := w.UpTo(w.Draft("刚刚送来的"), "first")
	js[bool](b, "live() || true")
	b.until(fmt.Sprintf("document.querySelector('a[href=\"/manuscripts/%d\"]')", later.ID))
	if !js[bool](b, fmt.Sprintf("document.querySelector('#pick-%d').checked", first.ID)) {
		t.Error("a tick was lost")
	}
	b.sound("list")

	b.to(fmt.Sprintf("/manuscripts/%d", first.ID))
	b.until("window.live")
	js[bool](b, "live() || true")
	w.Must(w.Own.People["drafter"], first, "withdraw")
	js[bool](b, "live() || true")
	b.until("document.querySelector('#news .clash')")
	b.sound("news")
	p := open(t, w, w.Own.People["section_head"], phone)
	p.to(fmt.Sprintf("/manuscripts/%d", later.ID))
	p.until("window.live")
	w.Must(w.Own.People["drafter"], later, "withdraw")
	js[bool](p, "live() || true")
	p.until("document.querySelector('#news .clash')")
	p.sound("news")
}
