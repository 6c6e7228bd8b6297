package foi_test

import (
	"fmt"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/foi"
)

// TestARequestIsFoundByItsWordsBeforeAndAfterItIsEntered: from the moment it is
// registered, page by page, with other filters, and by its own office only.
func TestARequestIsFoundByItsWordsBeforeAndAfterItIsEntered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		var numbers []string
		for i := range 7 {
			numbers = append(numbers, o.register(func(n *foi.New) {
				n.Wanted, n.Features = fmt.Sprintf("第%d批科技项目\n清单", i), "区科发〔2025〕12号"
			}).Request.Number)
		}
		o.register(func(n *foi.New) { n.Wanted = "道路修建" })
		_, err := o.desk.Register(ctx, o.other, request(func(n *foi.New) { n.Wanted = "第3批科技项目" }))
		o.must(err)
		find := func(f foi.Filter) (got []string) {
			t.Helper()
			all, err := o.desk.List(ctx, o.clerk, f)
			o.must(err)
			for _, e := range all {
				got = append(got, e.Request.Number)
			}
			return got
		}
		look := func(when string) {
			t.Helper()
			for typed, want := range map[string]int{"科技项目": 7, "第3批": 1, "3批科技": 1, "科发 2025": 7, "清单 第2批": 1, "〔2025〕12号": 7, "科技　项目": 7, "项目清单": 0, "道": 1, "没有": 0, "%": 0, "_": 0} {
				if got := find(foi.Filter{Wanted: typed}); len(got) != want {
					t.Errorf("%s: %q finds %v, want %d", when, typed, got, want)
				}
			}
			first := find(foi.Filter{Wanted: "科技", Limit: 3})
			all, err := o.desk.List(ctx, o.clerk, foi.Filter{Wanted: "科技", Limit: 3})
			o.must(err)
			second := find(foi.Filter{Wanted: "科技", Limit: 3, Before: all[2].Request.ID})
			if fmt.Sprint(first, second) != fmt.Sprint([]string{numbers[6], numbers[5], numbers[4]}, []string{numbers[3], numbers[2], numbers[1]}) {
				t.Errorf("%s: pages %v %v", when, first, second)
			}
			if got := find(foi.Filter{Wanted: "科技", Number: numbers[2]}); len(got) != 1 {
				t.Errorf("%s: with a number %v", when, got)
			}
		}
		rows := func() (n int) {
			t.Helper()
			o.must(d.SQL().QueryRow("SELECT COUNT(*) FROM foi_words").Scan(&n))
			return n
		}
		look("at once")
		o.must(o.desk.Index(ctx))
		look("too young to be entered")
		if n := rows(); n != 0 {
			t.Errorf("%d rows of requests that may still have neighbours on their way", n)
		}
		clock.Advance(6 * time.Minute)
		o.must(o.desk.Index(ctx))
		look("entered")
		if n := rows(); n != 2 { // one of each office
			t.Errorf("%d rows", n)
		}
		o.must(o.desk.Index(ctx))
		numbers = append(numbers[1:], o.register(func(n *foi.New) { n.Wanted = "第8批科技项目，第2批。清单" }).Request.Number)
		if got := find(foi.Filter{Wanted: "科技", Limit: 2}); len(got) != 2 || got[0] != numbers[6] || got[1] != numbers[5] {
			t.Errorf("old and new together: %v", got)
		}
		clock.Advance(6 * time.Minute)
		o.must(o.desk.Index(ctx))
		if got := find(foi.Filter{Wanted: "第2批"}); len(got) != 2 {
			t.Errorf("a row that grew: %v", got)
		}
	})
}
