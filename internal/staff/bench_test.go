package staff_test

import (
	"fmt"
	"net/url"
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

// BenchmarkTogether approves twenty manuscripts with one form, each by its own hash
// and in its own transaction. The yardstick is one of the same run approved from
// its own page: "of-one" is what one of the twenty took beside it.
func BenchmarkTogether(b *testing.B) {
	for _, driver := range []string{"sqlite", "mysql"} {
		b.Run(driver, func(b *testing.B) {
			w := apptest.Start(b, apptest.Options{Driver: driver, Idle: true})
			head := as(b, w, person(w, "section_head"))
			const together = 20
			n := max(min(b.N, 10), 5)
			all, one := make([]time.Duration, n), make([]time.Duration, n)
			for i := range n {
				form := url.Values{"key": {fmt.Sprintf("together-%06d", i)}}
				var last apptest.Item
				for j := range together {
					last = w.UpTo(w.Draft(fmt.Sprintf("第%d批第%d件", i, j)), "first")
					of := fmt.Sprint(last.ID)
					form.Add("id", of)
					form.Set("version-"+of, fmt.Sprint(last.Version))
					form.Set("hash-"+of, last.Hash)
					form["checklist-"+of] = []string{"0", "1"}
				}
				start := time.Now()
				p := head.post("/tasks/approve", form)
				all[i] = time.Since(start)
				if m := w.Get(last.ID); p.Status != 200 || m.Run.Step.ID != "second" {
					b.Fatalf("%d, the last stands at %s", p.Status, m.Run.Step.ID)
				}
				alone := w.UpTo(w.Draft("单独一件"), "first")
				at := path(alone, "")
				single := head.get(at).fill(b, at+"/decide", "verb", "approve", "checklist", "0", "checklist", "1")
				start = time.Now()
				head.post(at+"/decide", single).leads(b, 303, at)
				one[i] = time.Since(start)
			}
			slices.Sort(all)
			slices.Sort(one)
			b.ReportMetric(all[n/2].Seconds(), "s/twenty")
			b.ReportMetric(all[n-1].Seconds(), "s-most")
			b.ReportMetric(float64(all[n/2])/together/float64(one[n/2]), "of-one")
			b.ReportMetric(0, "ns/op")
		})
	}
}
