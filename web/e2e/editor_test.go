package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"gongkai/internal/apptest"
	"gongkai/internal/body"
)

const editor = "#editor .ProseMirror, #editor.ProseMirror"

// written is the text as the form would send it, in its canonical form.
func written(t *testing.T, b *tab) string {
	t.Helper()
	html, err := body.Sanitise(js[string](b, "document.getElementById('editor').editor.fill()"))
	if err != nil {
		t.Fatal(err)
	}
	return html
}

func editing(t *testing.T, w *apptest.World, m apptest.Item, s size) *tab {
	t.Helper()
	b := open(t, w, w.Own.People["drafter"], s)
	b.to(fmt.Sprintf("/manuscripts/%d/edit", m.ID))
	b.until("document.getElementById('editor').editor")
	return b
}

// A text that is opened and not touched is the same text, byte for byte.
func TestTheEditorKeepsATextAsItIs(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	report, err := os.ReadFile("../../internal/body/testdata/annual-report-2025.golden.html")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"the annual report": string(report),
		"everything": `<h1 class="ta-c">一级</h1><h2>二级</h2><h3>三级</h3><h4 class="ta-r">四级</h4><p class="ta-r">右</p><p>粗<strong>体</strong>、<em>斜</em>、<u>线</u>、<strong><em><u>全</u></em></strong>、<a href="https://www.gov.cn/a?b=1&amp;c=2"><strong>链</strong>接</a><br>换行</p>` +
			`<blockquote><p>引文一</p><p>引文二</p></blockquote><ol><li>甲<ul><li>乙</li></ul></li><li><p>丙</p><p>丁</p></li></ol>` +
			`<table><caption>表<strong>一</strong></caption><thead><tr><th colspan="2" rowspan="2">头</th><th>右</th></tr><tr><th>右二</th></tr></thead><tbody><tr><td rowspan="2">甲</td><td class="ta-c"><p>一</p><p>二</p></td><td></td></tr><tr><td colspan="2">合</td></tr></tbody></table><p>末</p>`,
		"nothing but a table": `<table><tbody><tr><td>1</td></tr></tbody></table>`,
		"odd characters":      `<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; “引号” 𠮷 👨‍👩‍👧 ａｂ　全角</p>`,
	} {
		m := w.Draft(name, "body", text)
		b := editing(t, w, m, desk)
		if got := written(t, b); got != m.Content.Body {
			t.Errorf("%s: becomes\n%s\nwas\n%s", name, got, m.Content.Body)
		}
		b.sound("open " + name[:4])
	}
}

// Chinese is typed through compositions: nothing of the pinyin stays.
func TestChineseInputLeavesNoPinyin(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("输入法", "body", `<p>前后</p><table><tbody><tr><td>格</td><td>子</td></tr></tbody></table><p>有<strong>粗</strong>体</p>`)
	b := editing(t, w, m, desk)
	compose := func(after, pinyin, words string) {
		t.Helper()
		b.run(chromedp.Focus(editor, chromedp.ByQuery))
		js[bool](b, fmt.Sprintf(`(() => { const v = document.getElementById('editor').editor.view; let at = -1; v.state.doc.descendants((n, p) => { if (n.isText) { const i = n.text.indexOf(%q); if (i >= 0 && at < 0) at = p + i + %d; } }); v.dispatch(v.state.tr.setSelection(v.state.selection.constructor.near ? v.state.selection.constructor.near(v.state.doc.resolve(at)) : v.state.selection)); v.focus(); return true })()`, after, len([]rune(after))))
		for i := 1; i <= len(pinyin); i++ {
			b.run(input.ImeSetComposition(pinyin[:i], int64(i), int64(i)))
		}
		b.run(input.InsertText(words))
	}
	compose("前", "zhong'guo", "中国")
	compose("格", "biaoge", "表格")
	compose("粗", "zhong", "重")
	want := `<p>前中国后</p><table><tbody><tr><td>格表格</td><td>子</td></tr></tbody></table><p>有<strong>粗重</strong>体</p>`
	canonical, _ := body.Sanitise(want)
	if got := written(t, b); got != canonical {
		t.Errorf("typed\n%s\nwant\n%s", got, canonical)
	}
}

// paste puts HTML on a clipboard of the page's own and pastes it.
func (b *tab) paste(html string) {
	b.t.Helper()
	quoted, _ := json.Marshal(html)
	js[bool](b, fmt.Sprintf(`(() => { const d = new DataTransfer(); d.setData('text/html', %s); d.setData('text/plain', 'x'); const el = document.querySelector(%q); el.focus(); el.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true, cancelable: true})); return true })()`, quoted, editor))
}

func TestPasteFromWordAndWPS(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	files, err := os.ReadDir("testdata/paste")
	if err != nil || len(files) == 0 {
		t.Fatal("no samples", err)
	}
	for _, f := range files {
		name, isSample := strings.CutSuffix(f.Name(), ".html")
		if !isSample {
			continue
		}
		t.Run(name, func(t *testing.T) {
			sample, err := os.ReadFile("testdata/paste/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile("testdata/paste/" + name + ".want")
			if err != nil {
				t.Fatal(err)
			}
			text, said, _ := strings.Cut(string(want), "\n--\n")
			m := w.Draft(name, "body", "<p>上一行</p>")
			b := editing(t, w, m, desk)
			js[bool](b, `(() => { const v = document.getElementById('editor').editor.view, S = v.state.selection.constructor; v.dispatch(v.state.tr.setSelection(S.atEnd ? S.atEnd(v.state.doc) : S.near(v.state.doc.resolve(v.state.doc.content.size)))); return true })()`)
			b.paste(string(sample))
			if got := strings.TrimSpace(written(t, b)); got != strings.TrimSpace(text) {
				t.Errorf("pasted\n%s\nwant\n%s", got, text)
			}
			if got := strings.TrimSpace(b.text("#editor-said")); got != strings.TrimSpace(said) {
				t.Errorf("says %q, want %q", got, strings.TrimSpace(said))
			}
			b.shoot("pasted")
		})
	}
}

// offline takes the network away from a page, or gives it back.
func offline(gone bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := network.EmulateNetworkConditionsByRule([]*network.Conditions{{Offline: gone, DownloadThroughput: -1, UploadThroughput: -1}}).Do(ctx)
		return err
	})
}

func TestWhatIsTypedSurvivesANetworkThatIsGoneAndABrowserThatCloses(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("断网", "body", "<p>原文。</p>")
	b := editing(t, w, m, desk)
	typeText := func(s string) {
		b.run(chromedp.Focus(editor, chromedp.ByQuery), input.InsertText(s))
	}
	typeText("改一")
	b.until("document.getElementById('keep-state').dataset.state === 'kept'")
	b.run(offline(true))
	typeText("改二")
	b.until("document.getElementById('keep-state').dataset.state === 'offline'")
	b.sound("offline")
	b.run(offline(false))
	b.to(fmt.Sprintf("/manuscripts/%d/edit", m.ID))
	b.until("!document.getElementById('local-copy').hidden")
	b.sound("offered")
	b.click("#local-copy [data-take]")
	if got := written(t, b); !strings.Contains(got, "改二") {
		t.Errorf("taken back: %s", got)
	}
	b.until("document.getElementById('keep-state').dataset.state === 'kept'")

	again := open(t, w, w.Own.People["drafter"], desk)
	again.to(fmt.Sprintf("/manuscripts/%d/edit", m.ID))
	again.click(`a[href="?copy="]`)
	again.until("document.getElementById('editor').editor")
	if got := written(t, again); !strings.Contains(got, "改二") {
		t.Errorf("another browser is offered %s", got)
	}
	again.click(`.bar button[value="save"]`)
	again.until("location.pathname.endsWith('/" + fmt.Sprint(m.ID) + "')")
	if got := w.Get(m.ID).Content.Body; !strings.Contains(got, "改二") {
		t.Errorf("saved %s", got)
	}
}

func TestSomebodyElsesChangeIsSaidWhileOneTypes(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("同时改", "body", "<p>原文。</p>")
	b := editing(t, w, m, desk)
	w.Must(w.Own.People["drafter"], m, "edit", "content", apptest.Content("同时改", "body", "<p>别处改过。</p>"))
	b.run(chromedp.Focus(editor, chromedp.ByQuery), input.InsertText("我改的"))
	b.until("document.getElementById('keep-state').dataset.state === 'conflict'")
	b.click(`.bar button[value="save"]`)
	b.until("document.querySelector('.clash') && document.getElementById('editor').editor")
	if got := js[string](b, "document.getElementById('editor').editor.fill()"); !strings.Contains(got, "我改的") {
		t.Errorf("the words are gone: %s", got)
	}
	b.sound("conflict")
}

func TestATableIsMadeMergedAndTitled(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("做表", "body", "<p>表前</p>")
	b := editing(t, w, m, desk)
	b.run(chromedp.Focus(editor, chromedp.ByQuery))
	tool := func(name string) { b.click(".tools summary"); b.click(`[data-cmd="` + name + `"]`) }
	tool("table")
	b.run(input.InsertText("甲"))
	tool("column")
	tool("rowBefore")
	tool("caption")
	b.until("document.getElementById('ask').open")
	b.run(chromedp.SendKeys("#ask input", "表一", chromedp.ByQuery))
	b.click(`#ask button[value="ok"]`)
	b.until("!document.getElementById('ask').open")
	b.until("getComputedStyle(document.querySelector('#editor table'), ':before').content.includes('表一')")
	got := written(t, b)
	if !strings.Contains(got, "<tr><th>甲</th>") || strings.Count(got, "<tr>") != 4 || !strings.Contains(got, "<caption>表一</caption>") || !strings.Contains(got, ">甲<") {
		t.Errorf("made %s", got)
	}
	b.sound("table")
}

func TestTheEditorOnAPhoneAndWithKeysOnly(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("手机上改", "body", "<p>"+strings.Repeat("有序开展信息归集与修复，明确办理时限。", 20)+"</p>")
	b := editing(t, w, m, phone)
	b.sound("phone")
	b = editing(t, w, m, desk)
	b.run(chromedp.Focus("#f-title", chromedp.ByQuery))
	for i := 0; i < 40 && !js[bool](b, "document.activeElement.matches('[role=textbox]')"); i++ {
		b.run(chromedp.KeyEvent("\t"))
	}
	if !js[bool](b, "document.activeElement.matches('[role=textbox]')") {
		t.Fatal("the text is not reached with the tab key")
	}
	b.run(input.InsertText("键盘"))
	if got := written(t, b); !strings.Contains(got, "键盘") {
		t.Errorf("typed %s", got)
	}
}
