package apptest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/search"
)

// BenchmarkSearch looks for phrases of 2 to 8 characters among 100,000
// manuscripts, as somebody who may read all of them and as somebody who may read
// one unit's. Between searches it opens one manuscript, the yardstick of the same
// moments: "of-read" is the ratio of the medians, "of-1000" that of the p99s among
// 100,000 and 1,000, "cpu" this process's
// processor time for a search, the client's share included: it stays the same on a
// busy machine.
func BenchmarkSearch(b *testing.B) {
	total := 100_000
	if s := os.Getenv("GONGKAI_BENCH_MANUSCRIPTS"); s != "" {
		total, _ = strconv.Atoi(s)
	}
	for _, driver := range []string{"sqlite", "mysql"} {
		b.Run(driver, func(b *testing.B) {
			w := apptest.Start(b, apptest.Options{Driver: driver, Idle: true, Unheld: true})
			l := &library{rng: rand.New(rand.NewPCG(7, 7))}
			n := max(b.N, 600)
			one := w.Draft("计时用的一篇")
			small := l.measure(b, w, one, n, "1000", func() { l.write(b, w, 1, 1000) })
			large := l.measure(b, w, one, n, "100000", func() { l.write(b, w, 1001, total) })
			b.ReportMetric(float64(large)/float64(small), "of-1000")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// library writes office prose: words as unequally frequent as in real text, and
// the turns that stand in all of it.
type library struct {
	rng   *rand.Rand
	words []string
	kept  []string // some of the texts, to take phrases from
}

var turns = []string{"关于印发", "的通知", "各科室、各单位：", "现印发给你们，请认真贯彻执行。", "信息公开", "工作", "政府", "管理办法", "2025年", "〔2025〕"}

func (l *library) text(size int) string {
	if l.words == nil {
		for range 6000 {
			w := make([]rune, 2+l.rng.IntN(2))
			for i := range w {
				w[i] = rune(0x4e00 + int(400*l.rng.ExpFloat64())%5000)
			}
			l.words = append(l.words, string(w))
		}
	}
	zipf := rand.NewZipf(l.rng, 1.1, 8, uint64(len(l.words)-1))
	var b strings.Builder
	for b.Len() < 3*size {
		switch l.rng.IntN(12) {
		case 0:
			b.WriteString(turns[l.rng.IntN(len(turns))])
		case 1:
			b.WriteString("，")
		case 2:
			b.WriteString("。\n")
		default:
			b.WriteString(l.words[zipf.Uint64()])
		}
	}
	return b.String()
}

func (l *library) write(b *testing.B, w *apptest.World, from, to int) {
	b.Helper()
	start := time.Now()
	ctx := context.Background()
	var size int
	for first := from; first <= to; first += 250 {
		err := w.App.DB.Write(ctx, func(tx *db.Tx) error {
			var ms, rs, es []string
			var rargs, eargs []any
			for i := first; i < min(first+250, to+1); i++ {
				id, unit := 20_000_000+i, w.Own.UnitB
				if i%40 == 0 {
					unit = w.Own.UnitA
				}
				title, text := "关于"+l.text(8)+"的通知", l.text(500+l.rng.IntN(700))
				title = strings.ReplaceAll(title, "\n", "")
				size += len(text)
				if len(l.kept) < 3000 || l.rng.IntN(100) == 0 {
					l.kept = append(l.kept, text)
				}
				us := db.Micros(w.App.DB.Now().Add(time.Duration(i-200_000) * time.Minute))
				drafter := w.Own.People["drafter"].ID
				state := "published"
				if i%500 == 0 {
					state = "returned"
				}
				ms = append(ms, fmt.Sprintf("(%d,%d,%d,%d,'%s','%s','news',1,%d,1,'h','%d',0,1,'proactive','',0,0,0,0,'',%d,%d,1)", id, w.Own.ID, unit, drafter, state, title, id, drafter, us, us))
				rs, rargs = append(rs, fmt.Sprintf("(%d,%d,1,'h',%d,0,'','','%s',?,'{}',%d)", id, id, drafter, title, us)), append(rargs, "<p>"+strings.ReplaceAll(text, "\n", "</p><p>")+"</p>")
				es, eargs = append(es, fmt.Sprintf("(%d,%d,%d,%d,1,%d,?,0)", search.Edition(int64(id), false), id, w.Own.ID, unit, us)), append(eargs, []byte(search.Text(title, "drafter", text)))
			}
			for _, insert := range []struct {
				into string
				rows []string
				args []any
			}{
				{"manuscripts (id, organisation_id, unit_id, drafter_id, state, title, kind, section_id, revision_id, revision_no, hash, authors, run_id, round, disclosure, index_no, publish_at, signed_at, published_at, ended_at, end_reason, created_at, updated_at, version)", ms, nil},
				{"revisions (id, manuscript_id, no, hash, author_id, for_id, step, note, title, body, fields, created_at)", rs, rargs},
				{"search_entries (edition, manuscript_id, organisation_id, unit_id, section_id, at, text, unread)", es, eargs},
			} {
				if err := tx.G.Exec("INSERT INTO "+insert.into+" VALUES "+strings.Join(insert.rows, ","), insert.args...).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		for made := first%500 == 1; made; {
			if made, err = search.Seal(ctx, w.App.DB); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Logf("%d manuscripts, %d MB of text, written and indexed in %s", to-from+1, size>>20, time.Since(start).Round(time.Second))
}

// phrase is one that is there, one that may be, or a common turn.
func (l *library) phrase() string {
	for {
		n := 2 + l.rng.IntN(7)
		s := []rune(l.kept[l.rng.IntN(len(l.kept))])
		from := l.rng.IntN(len(s) - n)
		switch p := string(s[from : from+n]); {
		case l.rng.IntN(8) == 0:
			return turns[l.rng.IntN(len(turns))]
		case l.rng.IntN(8) == 0:
			return "通知" + l.words[l.rng.IntN(50)]
		case !strings.ContainsAny(p, "\n"):
			return p
		}
	}
}

func (l *library) measure(b *testing.B, w *apptest.World, one apptest.Item, n int, name string, write func()) (p99 time.Duration) {
	b.Helper()
	write()
	var took, reads, used []time.Duration
	var slowest string
	for i := range n {
		who := w.Own.People["office_editor"]
		q := url.Values{"q": {l.phrase()}}
		if i%3 == 0 {
			who = w.Own.People["drafter"]
		}
		if i%10 == 9 {
			q.Set("state", string(manuscript.Returned))
		}
		before, start := cpu(), time.Now()
		if a := w.Call(who, "GET", "/api/v1/search?"+q.Encode(), nil); a.Status != 200 {
			b.Fatalf("%d %s", a.Status, a.Body)
		}
		took, used = append(took, time.Since(start)), append(used, cpu()-before)
		if used[i] == slices.Max(used) {
			slowest = fmt.Sprintf("%s as %s: %s", q, who.Post, used[i])
		}
		start = time.Now()
		w.Get(one.ID)
		reads = append(reads, time.Since(start))
	}
	slices.Sort(took)
	slices.Sort(reads)
	slices.Sort(used)
	b.Logf("the dearest: %s", slowest)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[n/2]), "p50-ms-"+name)
	b.ReportMetric(ms(took[n*99/100]), "p99-ms-"+name)
	b.ReportMetric(ms(reads[n*99/100]), "read-p99-ms-"+name)
	b.ReportMetric(ms(used[n/2]), "cpu-p50-ms-"+name)
	b.ReportMetric(ms(used[n*99/100]), "cpu-p99-ms-"+name)
	b.ReportMetric(float64(took[n/2])/float64(reads[n/2]), "of-read-"+name)
	return took[n*99/100]
}
