package annual

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/foi"
)

// filed puts n requests into an organisation's register as if they had passed
// through it: received and closed on days like 20250310, 0 for not closed.
func filed(t testing.TB, d *db.DB, organisation int64, n, column, received, closed int, code foi.Code) {
	t.Helper()
	for done := 0; done < n; {
		part := min(n-done, 500)
		rows, args := make([]string, part), make([]any, 0, part*8)
		for i := range part {
			serial++
			rows[i] = "(?, ?, 'in_person', ?, ?, '项目清单', '', 'paper', 'post', 0, 0, ?, ?, ?, ?, 0, 1, '')"
			args = append(args, organisation, fmt.Sprintf("%d-%d", received/10_000, serial), string(foi.ApplicantKinds[column-1]), serial, fmt.Sprintf("bulk-%012d", serial), received, closed, string(code))
		}
		if _, err := d.SQL().Exec("INSERT INTO foi_requests (organisation_id, number, channel, kind, applicant_id, wanted, features, medium, route, unit_id, merged_into, once, received_on, closed_on, code, created_at, version, receipt_key) VALUES "+strings.Join(rows, ","), args...); err != nil {
			t.Fatal(err)
		}
		done += part
	}
}

var serial int

// codeOf is a code that is counted in a row.
func codeOf(row int) foi.Code {
	i := slices.IndexFunc(foi.Outcomes, func(o foi.Outcome) bool { return o.Row == row })
	return foi.Outcomes[i].Code
}

// load files what table 三 and 四 of a report say.
func load(t testing.TB, d *db.DB, organisation int64, year int, f Figures) {
	t.Helper()
	y := year * 10_000
	for c := 1; c < Columns; c++ {
		n := func(row int) int { return int(f[Cell3(row, c)] / unit) }
		fresh, carried := n(RowNew), n(RowCarried)
		for row := RowFirst; row <= RowLast; row++ {
			closed := n(row)
			early := min(carried, closed)
			filed(t, d, organisation, early, c, y-10_000+1120, y+115, codeOf(row))
			filed(t, d, organisation, closed-early, c, y+310, y+404, codeOf(row))
			carried, fresh = carried-early, fresh-(closed-early)
		}
		filed(t, d, organisation, carried, c, y-10_000+1120, y+10_000+301, "D01")
		filed(t, d, organisation, fresh, c, y+1210, 0, "")
	}
	for i, code := range Table4 {
		result, ended := "", 0
		switch i % 5 {
		case 0, 1, 2:
			result, ended = string(foi.Results[i%5]), y+707
		case 4:
			continue
		}
		for range int(f[code] / unit) {
			serial++
			if _, err := d.SQL().Exec("INSERT INTO foi_disputes (organisation_id, request_id, kind, number, about, served_on, simplified, answered_on, result, closed_on, person_id, created_at, version) VALUES (?, 0, ?, ?, '', ?, 0, 0, ?, ?, 1, 0, 1)",
				organisation, string(foi.DisputeKinds[i/5]), fmt.Sprint("c", serial), y+505, result, ended); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestACitysRegistersGiveItsReport is bar 2 of the annual report: the figures of
// a big city filed as requests and disputes are counted back to the last cell.
func TestACitysRegistersGiveItsReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		want := city()
		load(t, d, 7, 2025, want)
		filed(t, d, 8, 40, 1, 2025_0101, 0, "")
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			got, err := ledger(tx, 7, 2025)
			if len(got) != 190 {
				t.Errorf("%d cells are counted", len(got))
			}
			for c, v := range got {
				if v != want[c] {
					t.Errorf("%s: %s, want %s", c, v, want[c])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkAYearsReport counts a year in a register of 200,000 requests and
// 1,000,000 publications; the yardstick is one look at a fifth of the requests.
func BenchmarkAYearsReport(b *testing.B) {
	for name, database := range map[string]func(testing.TB) (*db.DB, *dbtest.Clock){"sqlite": dbtest.SQLite, "mysql": dbtest.MySQL} {
		b.Run(name, func(b *testing.B) {
			d, _ := database(b)
			for year := 2021; year <= 2025; year++ {
				for c := 1; c < Columns; c++ {
					filed(b, d, 7, 6000, c, year*10_000+310, year*10_000+404, codeOf(RowFirst+c))
					filed(b, d, 7, 667, c, year*10_000+1210, (year+1)*10_000+105, "D01")
				}
			}
			published(b, d, 1_000_000)
			var most uint64
			var counted, looked time.Duration
			for b.Loop() {
				start := time.Now()
				err := d.Read(context.Background(), func(tx *db.Tx) error {
					f, err := ledger(tx, 7, 2025)
					if err != nil {
						return err
					}
					if f[Cell3(RowNew, Columns)] != Whole(40_002) || f[Cell3(RowCarried, Columns)] != Whole(4_002) {
						b.Fatalf("counted %s new, %s carried over", f[Cell3(RowNew, Columns)], f[Cell3(RowCarried, Columns)])
					}
					n, err := counts(tx, 7, 2025, nil)
					if n != nil && (n.Website != 100_000 || n.WeChat != 100_000) {
						b.Fatalf("counted %+v", n)
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				counted += time.Since(start)
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
				start = time.Now()
				var n int
				if err := d.SQL().QueryRow("SELECT COUNT(*) FROM foi_requests WHERE organisation_id = 7 AND received_on BETWEEN 20250101 AND 20251231 AND wanted <> ''").Scan(&n); err != nil {
					b.Fatal(err)
				}
				looked += time.Since(start)
			}
			b.ReportMetric(float64(counted)/float64(looked), "report/look")
			b.ReportMetric(counted.Seconds()/float64(b.N), "s/report")
			b.ReportMetric(float64(most)/(1<<20), "heap-MiB")
		})
	}
}

// published files n publications, evenly over five years and both channels.
func published(b *testing.B, d *db.DB, n int) {
	b.Helper()
	for i := 0; i < n; {
		part := min(n-i, 1000)
		rows, args := make([]string, part), make([]any, 0, part*5)
		for j := range part {
			k := i + j
			live := time.Date(2021+k%10/2, 6, 1, 0, 0, k%86400, 0, calendar.Zone)
			rows[j] = "(7, ?, ?, ?, '', '', 'live', 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', '', '', 0, ?, 0, 0, 1)"
			args = append(args, k/2+1, k/2+1, []string{"website", "wechat"}[k%2], db.Micros(live))
		}
		if _, err := d.SQL().Exec("INSERT INTO publications (organisation_id, manuscript_id, revision_id, channel, after, hash, state, next_at, publish_at, fence, lease_until, attempt, confirmed_at, optional, take_down_id, item, remote, url, reason, detail, created_at, live_at, ended_at, alarmed_at, version) VALUES "+strings.Join(rows, ","), args...); err != nil {
			b.Fatal(err)
		}
		i += part
	}
}
