package e2e_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"gongkai/internal/apptest"
)

// The paper of an official document holds 22 lines of 28 characters (GB/T 9704).
func TestThePaperHolds22LinesOf28Characters(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	// The indent takes two places of the first line. What the paper says of a text
	// not signed yet, the title and the line under it are three.
	const lines = 22
	paragraph := func(n int) string { return "<p>" + strings.Repeat("公", 28*n-2) + "</p>" }
	m := w.Draft("打印稿", "body", paragraph(lines-3)+paragraph(lines)+paragraph(lines))
	b := open(t, w, w.Own.People["drafter"], desk)
	b.to(fmt.Sprintf("/manuscripts/%d/print", m.ID))
	measured := js[[]float64](b, `(() => {
		const p = document.querySelectorAll(".text p")[1], r = document.createRange(), line = p.getBoundingClientRect();
		const tops = new Map();
		for (let i = 0; i < p.firstChild.length; i++) { r.setStart(p.firstChild, i); r.setEnd(p.firstChild, i + 1); const y = Math.round(r.getClientRects()[0].top); tops.set(y, (tops.get(y) || 0) + 1); }
		return [tops.size, ...tops.values()].concat(line.height);
	})()`)
	if measured[0] != lines || measured[1] != 26 {
		t.Fatalf("%v lines, the first of %v characters", measured[0], measured[1])
	}
	for i, n := range measured[2 : lines+1] {
		if n != 28 {
			t.Errorf("line %d has %v characters", i+2, n)
		}
	}
	var pdf []byte
	b.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).Do(ctx)
		return err
	}))
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n != 3 {
		t.Errorf("%d pages", n)
	}
	if !regexp.MustCompile(`/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]`).Match(pdf) {
		t.Errorf("not A4: %s", regexp.MustCompile(`/MediaBox[^\]]*\]`).Find(pdf))
	}
	b.sound("print")
}
