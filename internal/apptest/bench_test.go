package apptest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
)

// BenchmarkDecision compares one decision through the whole service with the
// same SQL by hand (read, conditional update, three inserts, commit), in the
// same run on the same database. "of-raw" is service ÷ raw throughput;
// "cpu-s/1000" is this process's processor time, the client's share included.
func BenchmarkDecision(b *testing.B) {
	for _, driver := range []string{"sqlite", "mysql"} {
		for _, clients := range []int{1, 8, 32} {
			b.Run(fmt.Sprintf("%s/clients=%d", driver, clients), func(b *testing.B) { benchDecision(b, driver, clients) })
		}
	}
}

func benchDecision(b *testing.B, driver string, clients int) {
	w := apptest.Start(b, apptest.Options{Driver: driver, Idle: true, Unheld: true})
	w.HTTP.Transport = &http.Transport{MaxIdleConnsPerHost: clients}
	n := max(b.N, 300)
	items := make([]apptest.Item, n)
	var next atomic.Int64
	each(clients, func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			items[i] = w.UpTo(w.Draft(fmt.Sprintf("稿件 %d", i)), "first")
		}
	})
	raw := rawSQL(b, w.App.DB, clients, n)
	next.Store(0)
	before := cpu()
	b.ResetTimer()
	start := time.Now()
	each(clients, func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			m := items[i]
			if a := w.Act(w.Own.People["section_head"], m, "decide", "verb", "approve", "checklist", []int{0, 1}); a.Status != 200 {
				b.Errorf("%d %s", a.Status, a.Body)
			}
		}
	})
	took := time.Since(start)
	b.StopTimer()
	b.ReportMetric(float64(raw)/float64(took), "of-raw")
	b.ReportMetric(float64(n)/took.Seconds(), "decisions/s")
	b.ReportMetric(float64(n)/raw.Seconds(), "raw/s")
	b.ReportMetric((cpu()-before).Seconds()/float64(n)*1000, "cpu-s/1000")
	b.ReportMetric(0, "ns/op")
}

func each(clients int, f func()) {
	var wg sync.WaitGroup
	for range clients {
		wg.Go(f)
	}
	wg.Wait()
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// rawSQL does what a decision must at the least, n times, without our program.
func rawSQL(b *testing.B, d *db.DB, clients, n int) time.Duration {
	ctx := context.Background()
	pool, err := d.SQL()
	if err != nil {
		b.Fatal(err)
	}
	lock := ""
	if d.Driver() == "mysql" {
		lock = " FOR UPDATE"
	}
	exec := func(sql string, args ...any) {
		if _, err := pool.ExecContext(ctx, sql, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec("CREATE TABLE raw_items (id BIGINT PRIMARY KEY, state VARCHAR(20), version BIGINT)")
	for _, t := range []string{"raw_decisions", "raw_audit", "raw_notices"} {
		exec("CREATE TABLE " + t + " (item BIGINT, n BIGINT, body TEXT, PRIMARY KEY (item, n))")
	}
	for i := range n {
		exec("INSERT INTO raw_items VALUES (?, 'open', 1)", i)
	}
	body := strings.Repeat("正文", 60)
	var next atomic.Int64
	start := time.Now()
	each(clients, func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			tx, err := pool.BeginTx(ctx, nil)
			if err != nil {
				b.Error(err)
				return
			}
			var state string
			var version int64
			err = tx.QueryRowContext(ctx, "SELECT state, version FROM raw_items WHERE id = ?"+lock, i).Scan(&state, &version)
			if err == nil {
				_, err = tx.ExecContext(ctx, "UPDATE raw_items SET state = 'second', version = version + 1 WHERE id = ? AND version = ?", i, version)
			}
			for _, t := range []string{"raw_decisions", "raw_audit", "raw_notices"} {
				if err == nil {
					_, err = tx.ExecContext(ctx, "INSERT INTO "+t+" VALUES (?, 1, ?)", i, body)
				}
			}
			if err == nil {
				err = tx.Commit()
			}
			if err != nil {
				b.Error(err)
			}
		}
	})
	return time.Since(start)
}
