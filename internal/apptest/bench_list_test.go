package apptest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
)

// BenchmarkWorkList compares the work list of a section head among 100,000
// manuscripts with the one among 1,000: "of-1000" is the ratio of the p99s.
func BenchmarkWorkList(b *testing.B) {
	for _, driver := range []string{"sqlite", "mysql"} {
		b.Run(driver, func(b *testing.B) {
			w := apptest.Start(b, apptest.Options{Driver: driver, Idle: true, Unheld: true})
			n := max(b.N, 300)
			p99 := func(total int) time.Duration {
				var took []time.Duration
				for range n {
					start := time.Now()
					if a := w.Call(w.Own.People["section_head"], "GET", "/api/v1/tasks", nil); a.Status != 200 {
						b.Fatalf("%d %s", a.Status, a.Body)
					}
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[n/2].Microseconds())/1000, fmt.Sprintf("p50-ms-%d", total))
				b.ReportMetric(float64(took[n*99/100].Microseconds())/1000, fmt.Sprintf("p99-ms-%d", total))
				return took[n*99/100]
			}
			fill(b, w, 1, 1000)
			small := p99(1000)
			fill(b, w, 1001, 100_000)
			large := p99(100_000)
			b.ReportMetric(float64(large)/float64(small), "of-1000")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// fill puts manuscripts from..to into review at the first step, a third of them
// in unit A.
func fill(b *testing.B, w *apptest.World, from, to int) {
	b.Helper()
	ctx := context.Background()
	const batch = 500
	at := w.App.DB.Now().Add(-24 * time.Hour)
	hash := "sha256:" + strings.Repeat("0", 64)
	for first := from; first <= to; first += batch {
		err := w.App.DB.Write(ctx, func(tx *db.Tx) error {
			var ms, rs []string
			for i := first; i < min(first+batch, to+1); i++ {
				id, unit := 10_000_000+i, w.Own.UnitB
				if i%3 == 0 {
					unit = w.Own.UnitA
				}
				us := db.Micros(at.Add(time.Duration(i) * time.Millisecond))
				drafter := w.Own.People["drafter"].ID
				ms = append(ms, fmt.Sprintf("(%d,%d,%d,%d,'in_review','关于第 %d 件事的通知','news',1,0,1,'%s','%d',%d,1,'proactive','',0,0,0,0,'',%d,%d,1)", id, w.Own.ID, unit, drafter, i, hash, drafter, id, us, us))
				rs = append(rs, fmt.Sprintf("(%d,%d,%d,'manuscript:%d','three-reviews',1,%d,'open','first','section_head','unit',%d,1,'%s','',%d,%d,0,0,0,1)", id, w.Own.ID, unit, id, drafter, unit, hash, us, us))
			}
			if err := tx.G.Exec("INSERT INTO manuscripts (id, organisation_id, unit_id, drafter_id, state, title, kind, section_id, revision_id, revision_no, hash, authors, run_id, round, disclosure, index_no, publish_at, signed_at, published_at, ended_at, end_reason, created_at, updated_at, version) VALUES " + strings.Join(ms, ",")).Error; err != nil {
				return err
			}
			return tx.G.Exec("INSERT INTO runs (id, organisation_id, unit_id, subject, definition, def_version, drafter_id, state, step, post, scope, seat_unit, round, hash, returned, started_at, opened_at, referred_at, signed_at, ended_at, version) VALUES " + strings.Join(rs, ",")).Error
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignedToVisible measures from the answer to the signature until the
// page is there, with idle workers. "poll" is what one look at the page takes,
// the yardstick of the same run.
func BenchmarkSignedToVisible(b *testing.B) {
	for _, driver := range []string{"sqlite", "mysql"} {
		b.Run(driver, func(b *testing.B) {
			w := apptest.Start(b, apptest.Options{Driver: driver, Unheld: true})
			var took []time.Duration
			var look time.Duration
			n := max(b.N, 50)
			for i := range n {
				m := w.UpTo(w.Draft(fmt.Sprintf("第 %d 篇", i)), "sign")
				url := fmt.Sprintf("%s/art/%d/%d.html", w.Config.Public.URL, time.Now().UTC().Add(8*time.Hour).Year(), m.ID)
				start := time.Now()
				if a := w.Act(w.Judge(m), m, "decide", "verb", "sign", "checklist", []int{}); a.Status != 200 {
					b.Fatalf("%d %s", a.Status, a.Body)
				}
				for {
					t := time.Now()
					a := w.Fetch(url)
					look = time.Since(t)
					if a.Status == 200 {
						break
					}
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[n/2].Milliseconds()), "p50-ms")
			b.ReportMetric(float64(took[n*99/100].Milliseconds()), "p99-ms")
			b.ReportMetric(float64(look.Microseconds())/1000, "poll-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
