package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"gongkai/config"
	"gongkai/internal/apptest"
	"gongkai/internal/word"
)

// flow counts what a person does: a click, a choice, a field typed, a file
// chosen. Ticking the points of a checklist is what the office asks of a
// reviewer, not what the page does, and counts apart.
type flow struct {
	*tab
	done int
}

func (f *flow) press(selector string) { f.t.Helper(); f.done++; f.click(selector) }

func (f *flow) choose(selector, value string) {
	f.t.Helper()
	f.done++
	f.run(chromedp.SetValue(selector, value, chromedp.ByQuery))
	js[bool](f.tab, fmt.Sprintf("document.querySelector(%q).dispatchEvent(new Event('change', {bubbles: true}))", selector))
}

func (f *flow) write(selector, words string) {
	f.t.Helper()
	f.done++
	f.run(chromedp.Focus(selector, chromedp.ByQuery), input.InsertText(words))
}

// most fails when the flow has grown.
func (f *flow) most(n int) {
	f.t.Helper()
	if f.t.Logf("%d actions", f.done); f.done > n {
		f.t.Errorf("%d actions, at most %d", f.done, n)
	}
}

func TestAReviewerApprovesInThree(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("三次点击审核通过"), "first")
	f := &flow{tab: open(t, w, w.Own.People["section_head"], desk)}
	f.to("/tasks")
	f.press(fmt.Sprintf(`a.t[href="/manuscripts/%d"]`, m.ID))
	f.until("document.querySelector('[name=checklist]')")
	js[bool](f.tab, "document.querySelectorAll('[name=checklist]').forEach(c => c.click()) || true")
	f.press(`.bar button[value="approve"]`)
	f.until("document.querySelector('.said')")
	if now := w.Get(m.ID); now.Run.Step.ID != "second" {
		t.Errorf("stands at %s", now.Run.Step.ID)
	}
	f.most(3)
}

func TestADrafterSubmitsAWordFileInSix(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	name := filepath.Join(t.TempDir(), "通知.docx")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := word.Write(file, "关于开展科普活动的通知", "<p>各有关单位：</p><p>请于十二月十日前报送。</p>", nil); err != nil {
		t.Fatal(err)
	}
	file.Close()
	f := &flow{tab: open(t, w, w.Own.People["drafter"], desk)}
	f.to("/tasks")
	f.press(`.side a[href="/manuscripts/new"]`)
	f.until("document.getElementById('editor').editor")
	f.done++
	f.run(chromedp.SetUploadFiles("#f-import", []string{name}, chromedp.ByQuery))
	f.until("document.getElementById('f-title') && document.getElementById('f-title').value && document.getElementById('editor').editor")
	f.sound("imported")
	f.choose("#f-kind", "news")
	f.choose("#f-section", "news")
	f.press(`.bar button[value="save"]`)
	f.until("/^.manuscripts.[0-9]+$/.test(location.pathname)")
	f.press(`.bar button[form="submit"]`)
	f.until("document.body.innerText.includes('已送审')")
	f.most(6)
}

func TestAReviewerReturnsInFour(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("四步退回"), "first")
	f := &flow{tab: open(t, w, w.Own.People["section_head"], desk)}
	f.to("/tasks")
	f.press(fmt.Sprintf(`a.t[href="/manuscripts/%d"]`, m.ID))
	f.until("document.querySelector('.bar [data-open=return]')")
	f.press(".bar [data-open=return]")
	f.sound("return")
	f.write("#f-note", "第二段的数字请核对。")
	f.press(`button[name="return_for"][value="facts"]`)
	f.until("document.querySelector('.said')")
	now := w.Get(m.ID)
	if last := now.Run.Acts[len(now.Run.Acts)-1]; now.State != "returned" || last.Verb != "return" {
		t.Errorf("%s, %+v", now.State, last)
	}
	f.most(4)
}

// The leader opens the link of the notice on a phone: the code, and sign. The
// confirmation that the text was read is a tick, as the points of a checklist.
func TestALeaderSignsOnAPhoneInThree(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true, Set: func(c *config.Config) { c.SignIn.ConfirmSignature = "on" }})
	leader := w.Own.People["signing_leader"]
	w.PIN(leader, "271828")
	m := w.UpTo(w.Draft("在走廊里签发"), "sign")
	f := &flow{tab: open(t, w, leader, phone)}
	f.done++
	f.to(fmt.Sprintf("/manuscripts/%d", m.ID))
	f.until("document.querySelector('.facts3')")
	if top := js[float64](f.tab, "document.querySelector('.facts3').getBoundingClientRect().top"); top > 700 {
		t.Errorf("the three facts begin %v pixels down", top)
	}
	f.sound("facts")
	js[bool](f.tab, "document.querySelector('[name=read]').click() || true")
	f.write("#f-code", "271828")
	f.press(`.bar button[value="sign"]`)
	f.until("document.querySelector('.said')")
	f.sound("signed")
	if now := w.Get(m.ID); now.State != "signed" && now.State != "publishing" && now.State != "published" {
		t.Errorf("it is %s", now.State)
	}
	f.most(3)
}
