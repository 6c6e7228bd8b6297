package staff_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
)

// BenchmarkReviewPage has the review page of a text of 6,000 characters written,
// clean and as a redline against what was judged before, over HTTP on this
// machine. The yardstick of the same moments is the page of the keys, which has
// the same frame and nothing in it: "of-keys" is the ratio of the medians.
func BenchmarkReviewPage(b *testing.B) {
	w := apptest.Start(b, apptest.Options{Driver: "sqlite", Idle: true})
	paragraph := strings.Repeat("各科室要认真落实三审三校和保密审查制度，", 15)
	text := func(mark string) string { return "<p>" + mark + strings.Repeat("</p><p>"+paragraph, 20) + "</p>" }
	m := w.UpTo(w.Draft("六千字的报告", "body", text("第一稿。")), "first")
	m = w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请核对")
	m = w.Must(person(w, "drafter"), m, "edit", "content", apptest.Content("六千字的报告", "body", text("第二稿，改过几处。")))
	m = w.Must(person(w, "drafter"), m, "resubmit")
	reviewer := as(b, w, person(w, "section_head"))
	took := func(at string) time.Duration {
		start := time.Now()
		if p := reviewer.get(at); p.Status != 200 {
			b.Fatalf("%s: %d", at, p.Status)
		}
		return time.Since(start)
	}
	for _, view := range []string{"clean", "redline"} {
		b.Run(view, func(b *testing.B) {
			n := max(b.N, 50)
			page, keys := make([]time.Duration, n), make([]time.Duration, n)
			for i := range n {
				page[i], keys[i] = took(path(m, "?view="+view)), took("/keys")
			}
			slices.Sort(page)
			slices.Sort(keys)
			b.ReportMetric(float64(page[n/2])/float64(time.Millisecond), "ms/page")
			b.ReportMetric(float64(page[n*99/100])/float64(time.Millisecond), "ms-p99")
			b.ReportMetric(float64(page[n/2])/float64(keys[n/2]), "of-keys")
			b.ReportMetric(0, "ns/op")
		})
	}
}
