package apptest_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gongkai/internal/apptest"
)

// BenchmarkDecision compares one decision through the whole service with the
// same SQL by hand (read, conditional update, three inserts, commit), in the
// same run on the same database, half of it before and half after. "of-raw" is
// service ÷ raw throughput; "cpu-s/1000" is this process's processor time, the
// client's share included.
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
	raw := openRaw(b, w)
	before := raw.run(b, clients, n/2)
	next.Store(0)
	head := w.Own.People["section_head"]
	used := cpu()
	b.ResetTimer()
	start := time.Now()
	each(clients, func() {
		l := dial(b, w.Config.Staff.Listen)
		defer l.Close()
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			m := items[i]
			body := fmt.Sprintf(`{"version":%d,"hash":%q,"verb":"approve","checklist":[0,1]}`, m.Version, m.Hash)
			if status := l.post(b, fmt.Sprintf("/api/v1/manuscripts/%d/decide", m.ID), head.Token, fmt.Sprintf("decision-%d", i), body); status != 200 {
				b.Errorf("status %d", status)
			}
		}
	})
	took := time.Since(start)
	b.StopTimer()
	used = cpu() - used
	byHand := float64(2*(n/2)) / (before + raw.run(b, clients, n/2)).Seconds()
	b.ReportMetric(float64(n)/took.Seconds()/byHand, "of-raw")
	b.ReportMetric(float64(n)/took.Seconds(), "decisions/s")
	b.ReportMetric(byHand, "raw/s")
	b.ReportMetric(used.Seconds()/float64(n)*1000, "cpu-s/1000")
	b.ReportMetric(0, "ns/op")
}

// caller is one client's kept-alive connection. It reads as little of an answer as
// it can: net/http's client would cost as much as half a decision.
type caller struct {
	net.Conn
	in *bufio.Reader
}

func dial(b *testing.B, address string) *caller {
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	return &caller{c, bufio.NewReader(c)}
}

func (l *caller) post(b *testing.B, path, token, key, body string) (status int) {
	_, err := fmt.Fprintf(l, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s",
		path, token, key, len(body), body)
	if err != nil {
		b.Error(err)
	}
	length := 0
	for first := true; ; first = false {
		h, err := l.in.ReadSlice('\n')
		if err != nil {
			b.Error(err)
			return 0
		}
		if first {
			status, _ = strconv.Atoi(string(h[9:12]))
		} else if rest, ok := bytes.CutPrefix(h, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(rest)))
		} else if len(h) == 2 {
			break
		}
	}
	if _, err := l.in.Discard(length); err != nil {
		b.Error(err)
	}
	return status
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

// byHand does what a decision must at the least, without our program and with
// the plain drivers.
type byHand struct {
	pool *sql.DB
	lock string
	next int
}

func openRaw(b *testing.B, w *apptest.World) *byHand {
	r := &byHand{pool: w.App.DB.SQL(), lock: " FOR UPDATE"}
	if w.App.DB.Driver() == "sqlite" {
		r.lock = ""
		var err error
		r.pool, err = sql.Open("sqlite", "file:"+filepath.Join(w.Config.Data, "gongkai.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
		if err != nil {
			b.Fatal(err)
		}
		r.pool.SetMaxOpenConns(1)
		b.Cleanup(func() { r.pool.Close() })
	}
	r.exec(b, "CREATE TABLE raw_items (id BIGINT PRIMARY KEY, state VARCHAR(20), version BIGINT)")
	for _, t := range rawTables {
		r.exec(b, "CREATE TABLE "+t+" (item BIGINT, n BIGINT, body TEXT, PRIMARY KEY (item, n))")
	}
	return r
}

var rawTables = []string{"raw_decisions", "raw_audit", "raw_notices"}

func (r *byHand) exec(b *testing.B, sql string, args ...any) {
	if _, err := r.pool.ExecContext(context.Background(), sql, args...); err != nil {
		b.Fatal(err)
	}
}

func (r *byHand) run(b *testing.B, clients, n int) time.Duration {
	ctx := context.Background()
	for i := range n {
		r.exec(b, "INSERT INTO raw_items VALUES (?, 'open', 1)", r.next+i)
	}
	body := strings.Repeat("正文", 60)
	var next atomic.Int64
	start := time.Now()
	each(clients, func() {
		for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
			id := r.next + i
			tx, err := r.pool.BeginTx(ctx, nil)
			if err != nil {
				b.Error(err)
				return
			}
			var state string
			var version int64
			err = tx.QueryRowContext(ctx, "SELECT state, version FROM raw_items WHERE id = ?"+r.lock, id).Scan(&state, &version)
			if err == nil {
				_, err = tx.ExecContext(ctx, "UPDATE raw_items SET state = 'second', version = version + 1 WHERE id = ? AND version = ?", id, version)
			}
			for _, t := range rawTables {
				if err == nil {
					_, err = tx.ExecContext(ctx, "INSERT INTO "+t+" VALUES (?, 1, ?)", id, body)
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
	r.next += n
	return time.Since(start)
}
