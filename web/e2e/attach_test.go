package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"gongkai/internal/apptest"
)

const pdf = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

// Attachments show how far they are, may be cancelled, and say in words why one
// is refused; what was typed stays.
func TestAttachmentsShowHowFarTheyAre(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft("有附件的通知")
	folder := t.TempDir()
	file := func(name, content string) string {
		at := filepath.Join(folder, name)
		if err := os.WriteFile(at, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	large, small, wrong := file("大.pdf", pdf+strings.Repeat("%0123456789\n", 100_000)), file("小.pdf", pdf), file("程序.pdf", "MZ\x90\x00")
	b := editing(t, w, m, desk)
	slow := func(rate float64) {
		b.run(chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := network.EmulateNetworkConditionsByRule([]*network.Conditions{{Latency: 5, DownloadThroughput: -1, UploadThroughput: rate}}).Do(ctx)
			return err
		}))
	}
	b.run(chromedp.SendKeys("#f-title", "（修改）", chromedp.ByQuery))
	slow(400_000)
	b.run(chromedp.SetUploadFiles("#f-attach", []string{large, small, wrong}, chromedp.ByQuery))
	b.until("document.querySelector('.sending progress').value > 0 && document.querySelector('.sending progress').value < 100")
	b.sound("sending")
	b.click(".sending li button") // the large one is cancelled
	slow(-1)
	b.until("document.querySelectorAll('.file').length === 1 && document.querySelector('.sending .why')")
	if said := b.text(".sending"); !strings.Contains(said, "程序.pdf") || !strings.Contains(said, "没有上传：") || strings.Contains(said, "大.pdf") {
		t.Errorf("the list says %q", said)
	}
	b.sound("sent")
	b.click(".bar .pri")
	b.until("document.querySelector('.said')")
	c := w.Get(m.ID).Content
	if c.Title != "（修改）有附件的通知" || len(c.Attachments) != 1 || c.Attachments[0].Name != "小.pdf" {
		t.Errorf("saved: %q %+v", c.Title, c.Attachments)
	}
}
