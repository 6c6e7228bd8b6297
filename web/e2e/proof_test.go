package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"gongkai/internal/apptest"
)

// A proofreader sees the text as readers will, goes from a finding to its place
// and changes two characters there.
func TestAProofreaderCorrectsInTheEditor(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("校对", "body", "<p>第一段没有错。</p><table><tbody><tr><td>一</td><td>43</td></tr></tbody></table><p>有关部门已经作出布署，要求按时完成。</p>"), "first")
	b := open(t, w, w.Own.People["section_head"], desk)
	b.to(fmt.Sprintf("/manuscripts/%d", m.ID))
	b.until("document.querySelector('#findings a[data-quote]')")
	b.to(fmt.Sprintf("/manuscripts/%d/proof", m.ID))
	b.until("document.getElementById('editor').editor")
	b.sound("proof")
	b.click("#findings a[data-quote]")
	if said := js[string](b, "getSelection().toString()"); said != "布署" {
		t.Fatalf("selected: %q", said)
	}
	b.run(chromedp.KeyEvent("部署"), chromedp.SendKeys("#f-note", "布署改为部署", chromedp.ByQuery))
	b.click(".bar .pri")
	b.until("document.querySelector('.said')")
	if got, want := w.Get(m.ID).Content.Body, strings.Replace(m.Content.Body, "布署", "部署", 1); got != want {
		t.Errorf("became\n%s\nwant\n%s", got, want)
	}
}
