package e2e_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

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

func TestKeysJumpBetweenChanges(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	drafter := w.Own.People["drafter"]
	m := w.Draft("按键跳转", "body", "<p>第一段。</p><p>第二段。</p><p>第三段。</p>")
	m = w.Must(drafter, m, "edit", "content", apptest.Content("按键跳转", "body", "<p>第一段改。</p><p>第二段。</p><p>第三段改。</p>"))
	b := open(t, w, drafter, desk)
	b.to(fmt.Sprintf("/manuscripts/%d/compare", m.ID))
	at := func() string { return js[string](b, "(document.querySelector('.redline .at') || {}).id || ''") }
	var seen []string
	for _, key := range []string{"n", "n", "p"} {
		b.run(chromedp.KeyEvent(key))
		seen = append(seen, at())
	}
	if seen[0] == "" || seen[1] == seen[0] || seen[2] != seen[0] {
		t.Errorf("%q", seen)
	}
	b.sound("jump")
}

// A reviewer opens, looks at the text in another way and goes to the decision
// without a mouse; what was typed stays, and nothing is decided by a key.
func TestTheDaysWorkByKeys(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	w.UpTo(w.Draft("先来的一件"), "first")
	second := w.UpTo(w.Draft("按键审核的一件", "attachments", []any{}), "first")
	b := open(t, w, w.Own.People["section_head"], desk)
	b.to("/tasks")
	for _, key := range []string{"j", "j", "k", "j"} {
		b.run(chromedp.KeyEvent(key))
	}
	if got := js[string](b, "document.activeElement.textContent"); got != "按键审核的一件" {
		t.Errorf("J and K led to %q", got)
	}
	b.run(chromedp.KeyEvent("\r"))
	b.until(fmt.Sprintf("location.pathname === '/manuscripts/%d' && document.getElementById('view-website')", second.ID))
	b.run(chromedp.SendKeys("#f-note", "aj r?", chromedp.ByQuery))
	b.run(chromedp.Focus("#view-wechat", chromedp.ByQuery), chromedp.KeyEvent("\r"))
	b.until("document.querySelector('.phone iframe') && document.activeElement.id === 'view-wechat'")
	b.until("document.querySelector('.phone iframe').contentDocument.querySelector('h1')")
	if note := js[string](b, "document.getElementById('f-note').value"); note != "aj r?" {
		t.Errorf("the opinion is %q after a look at the phone", note)
	}
	b.sound("wechat")
	b.run(chromedp.Focus("#view-website", chromedp.ByQuery), chromedp.KeyEvent("\r"))
	b.until("document.querySelector('iframe.webpage')")
	b.until("document.querySelector('iframe.webpage').contentDocument.querySelector('article')")
	b.sound("website")
	b.run(chromedp.KeyEvent("a"))
	if got := js[string](b, "document.activeElement.value"); got != "approve" {
		t.Errorf("A led to %q", got)
	}
	b.run(chromedp.KeyEvent("?"))
	b.until("document.querySelector('dialog[open] #keys')")
	b.sound("help")
	b.run(chromedp.KeyEvent("\u001b"))
	b.until("!document.querySelector('dialog')")
	b.run(chromedp.KeyEvent("r"))
	b.until("document.getElementById('return').open && document.activeElement.id === 'f-note'")
	if now := w.Get(second.ID); now.Version != second.Version {
		t.Error("a key decided")
	}

	b.to("/keys")
	b.click(`#keys button[name="to"]`)
	b.until("document.documentElement.dataset.keys === 'off'")
	b.to("/tasks")
	b.run(chromedp.KeyEvent("j"))
	if js[bool](b, "document.activeElement.classList.contains('t')") {
		t.Error("J works though the keys are off")
	}
}
