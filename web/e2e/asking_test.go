package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"gongkai/internal/apptest"
)

// A citizen asks for information and looks where it stands: on the desk and on the
// phone, with nothing but the pages.
func TestACitizenAsksInABrowser(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	for name, path := range map[string]string{"form": "/ysqgk/", "track": "/ysqgk/track", "missing": "/ysqgk/x"} {
		keep(t, name, w.Fetch(w.Config.Public.URL+path).Body)
	}
	for _, s := range []size{desk, phone} {
		b := open(t, w, nil, s)
		b.run(chromedp.Navigate(w.Config.Public.URL + "/ysqgk/"))
		b.seen("ask-form")
		for field, text := range map[string]string{"#f-name": "张三丰", "#f-id_number": "110105194912310021", "#f-phone": "13800138000", "#f-wanted": "2025年科技项目清单"} {
			b.run(chromedp.SendKeys(field, text, chromedp.ByQuery))
		}
		b.click(".ask form .go")
		b.until("document.querySelector('.oops')")
		b.seen("ask-refused")
		js[bool](b, "(document.getElementById('f-id_number').value = '11010519491231002X', true)")
		b.click(".ask form .go")
		b.until("document.getElementById('f-sum')")
		b.seen("ask-check")
		sum := js[string](b, "(() => { const n = '零一二三四五六七八九', m = /计算：(.)加(.)等于/.exec(document.querySelector('label[for=f-sum]').textContent); return String(n.indexOf(m[1]) + n.indexOf(m[2])); })()")
		b.run(chromedp.SendKeys("#f-sum", sum, chromedp.ByQuery))
		b.click(".ways .go")
		b.until("document.querySelector('.ask code')")
		b.seen("ask-receipt")
		number, secret := b.text(".ask dd b"), b.text(".ask code")
		paper := filepath.Join(t.TempDir(), "身份证.pdf")
		if err := os.WriteFile(paper, []byte("%PDF-1.4"), 0o600); err != nil {
			t.Fatal(err)
		}
		b.click(".ask details summary")
		b.run(chromedp.SetUploadFiles("#f-file", []string{paper}, chromedp.ByQuery))
		b.click(".ask details .go")
		b.until("document.querySelector('.ask details [role=status]')")
		b.seen("ask-enclosed")
		b.run(chromedp.Navigate(w.Config.Public.URL + "/ysqgk/track"))
		b.seen("ask-track")
		b.run(chromedp.SendKeys("#f-number", number, chromedp.ByQuery), chromedp.SendKeys("#f-secret", secret, chromedp.ByQuery))
		b.click(".ask form .go")
		b.until("document.querySelector('.ask ol')")
		b.seen("ask-tracked")
		if said := b.text(".ask"); !strings.Contains(said, "待确认") || strings.Contains(said, "张三丰") {
			t.Errorf("tracking says %q", said)
		}
	}
}
