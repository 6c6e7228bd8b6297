package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// A reader selects words, says what is wrong, and the drafter takes it: four
// actions and one each.
func TestASuggestionIsMadeAndTakenInTheBrowser(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("批注与建议", "body", "<p>今年以来，全区共发布信息二百四十八条，统一布署，狠抓落实。</p><p>第二段没有问题。</p>"), "first")
	f := &flow{tab: open(t, w, w.Own.People["section_head"], desk)}
	f.to(fmt.Sprintf("/manuscripts/%d", m.ID))
	f.done++
	js[bool](f.tab, `(() => { const p = [...document.querySelectorAll('.paper p')].find(x => x.textContent.includes('布署')); const n = p.firstChild, i = n.data.indexOf('布署'); const r = document.createRange(); r.setStart(n, i); r.setEnd(n, i + 2); const s = getSelection(); s.removeAllRanges(); s.addRange(r); document.dispatchEvent(new MouseEvent('mouseup', {bubbles: true})); return true })()`)
	f.until("document.querySelector('.rm-go') && !document.querySelector('.rm-go').hidden")
	f.press(".rm-go")
	f.until("document.querySelector('#f-quote').value === '布署'")
	f.sound("selected")
	f.write("#f-replacement", "部署")
	f.press("#remark button.btn:not([type=button])")
	f.until("document.querySelector('mark[data-remark]')")
	f.sound("suggested")
	f.most(4)
	p := open(t, w, w.Own.People["section_head"], phone)
	p.to(fmt.Sprintf("/manuscripts/%d", m.ID))
	p.sound("suggested")

	m = w.Must(w.Own.People["section_head"], w.Get(m.ID), "decide", "verb", "return", "target", "draft", "gate", "wording", "note", "请按建议修改")
	d := &flow{tab: open(t, w, w.Own.People["drafter"], desk)}
	d.to("/mine")
	d.press(fmt.Sprintf(`a.t[href="/manuscripts/%d"]`, m.ID))
	d.until("document.querySelector('button[name=only]')")
	d.sound("returned")
	d.press("button[name=only]")
	d.until("document.querySelector('.said')")
	d.press(`.bar button[form="resubmit"]`)
	d.until("!document.querySelector('.bar button[form=resubmit]')")
	d.most(6)
	if now := w.Get(m.ID); now.State != "in_review" || !strings.Contains(now.Content.Body, "统一部署") {
		t.Errorf("%s: %s", now.State, now.Content.Body)
	}
}
