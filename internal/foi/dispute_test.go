package foi_test

import (
	"slices"
	"testing"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
)

func on(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 9, 30, 0, 0, calendar.Zone)
}

func TestADisputeFromItsCopyToItsResult(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		r := o.register().Request
		clock.Set(on(2026, 3, 16))
		add := func(kind foi.DisputeKind, number string, served time.Time, request string, simplified bool) (*foi.Dispute, error) {
			return o.desk.Dispute(ctx, o.clerk, foi.Dispute{Kind: kind, Number: number, ServedOn: served, Simplified: simplified, About: "对答复不服"}, request)
		}
		_, err := o.desk.Dispute(ctx, o.head, foi.Dispute{Kind: foi.Reconsideration, Number: "1", ServedOn: clock.Now()}, "")
		o.fails(err, authz.ErrForbidden)
		for want, x := range map[*fault.Fault]foi.Dispute{
			foi.ErrDisputeKind: {Kind: "quarrel", Number: "1", ServedOn: clock.Now()}, foi.ErrDisputeNumber: {Kind: foi.DirectSuit, ServedOn: clock.Now()},
			foi.ErrDisputeDay: {Kind: foi.DirectSuit, Number: "1", ServedOn: clock.Now().AddDate(0, 0, 1)},
		} {
			_, err := o.desk.Dispute(ctx, o.clerk, x, "")
			o.fails(err, want)
		}
		_, err = add(foi.Reconsideration, "1", clock.Now(), "2020-0001", false)
		o.fails(err, foi.ErrNotFound)

		// DL-18: 10 working days from the copy, 5 when simplified; DL-19: 15 days, the
		// last on a free day moves on (DC-5).
		first, err := add(foi.Reconsideration, "区复〔2026〕1号", clock.Now(), r.Number, true)
		o.must(err)
		_, err = add(foi.Reconsideration, "区复〔2026〕2号", clock.Now(), "", false)
		o.must(err)
		_, err = add(foi.DirectSuit, "（2026）行初3号", on(2026, 3, 20), "", true)
		o.fails(err, foi.ErrDisputeDay)
		clock.Set(on(2026, 3, 20))
		_, err = add(foi.DirectSuit, "（2026）行初3号", clock.Now(), "", true)
		o.must(err)
		_, err = add(foi.DirectSuit, "（2026）行初3号", clock.Now(), "", false)
		o.fails(err, foi.ErrDisputeTwice)
		all, err := o.desk.Disputes(ctx, o.head, foi.DisputeCell{})
		o.must(err)
		by := map[string]string{}
		for _, l := range all {
			by[l.Number] = l.AnswerBy.Format(time.DateOnly)
		}
		if by["区复〔2026〕1号"] != "2026-03-23" || by["区复〔2026〕2号"] != "2026-03-30" || by["（2026）行初3号"] != "2026-04-07" {
			t.Errorf("to be answered by %v", by)
		}
		if none, err := o.desk.Disputes(ctx, o.other, foi.DisputeCell{}); err != nil || len(none) != 0 {
			t.Errorf("another organisation lists %v, %v", none, err)
		}

		_, err = o.desk.AnswerDispute(ctx, o.clerk, first.ID, 1, on(2026, 3, 15))
		o.fails(err, foi.ErrDisputeDay)
		_, err = o.desk.AnswerDispute(ctx, o.other, first.ID, 1, clock.Now())
		o.fails(err, foi.ErrNotFound)
		got, err := o.desk.AnswerDispute(ctx, o.clerk, first.ID, 1, clock.Now())
		o.must(err)
		_, err = o.desk.AnswerDispute(ctx, o.clerk, first.ID, got.Version, clock.Now())
		o.fails(err, foi.ErrDisputeDone)
		_, err = o.desk.EndDispute(ctx, o.clerk, first.ID, 1, clock.Now(), foi.Upheld)
		o.fails(err, foi.ErrChanged)
		_, err = o.desk.EndDispute(ctx, o.clerk, first.ID, got.Version, clock.Now(), "draw")
		o.fails(err, foi.ErrDisputeResult)
		_, err = o.desk.EndDispute(ctx, o.clerk, first.ID, got.Version, clock.Now(), foi.Upheld)
		o.must(err)
		_, err = o.desk.EndDispute(ctx, o.clerk, first.ID, got.Version+1, clock.Now(), foi.OtherEnd)
		o.fails(err, foi.ErrDisputeDone)
	})
}

// The answer the office owes is asked for five and two days before, on the day,
// and once when it is over; each once, to two persons.
func TestAnAnswerToADisputeIsAskedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		clock.Set(on(2026, 3, 16))
		_, err := o.desk.Dispute(ctx, o.clerk, foi.Dispute{Kind: foi.Reconsideration, Number: "区复〔2026〕2号", ServedOn: clock.Now()}, "")
		o.must(err)
		want := []string{}
		for _, x := range []struct {
			day  int
			code string
		}{{24, ""}, {25, "notice.foi_dispute_due"}, {26, ""}, {28, "notice.foi_dispute_due"}, {30, "notice.foi_dispute_due"}, {31, "notice.foi_dispute_overdue"}, {32, ""}} {
			clock.Set(on(2026, 3, x.day))
			for range 2 {
				o.must(o.desk.Remind(ctx))
			}
			if x.code != "" {
				want = append(want, x.code)
			}
			if got := o.said(o.clerk); !slices.Equal(got, want) || !slices.Equal(o.said(o.head), want) {
				t.Errorf("3-%d: told %v, want %v", x.day, got, want)
			}
		}
	})
}

// Table 四 counts results in the year they were given and what is pending at its
// end (5.4); each figure leads to what it counts.
func TestTableFourIsCountedFromTheRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		clock.Set(on(2026, 6, 1))
		refused := o.register(func(n *foi.New) { n.On = calendar.Midnight(on(2026, 3, 11)) }).Request
		o.signed(refused.ID, "D09")
		_, err := o.desk.Record(ctx, o.clerk, refused.ID, refused.Version, foi.Event{Kind: foi.Answered, Code: "D09", On: clock.Now()})
		o.must(err)
		n := 0
		add := func(kind foi.DisputeKind, served, ended time.Time, result foi.Result, request string) {
			t.Helper()
			n++
			x, err := o.desk.Dispute(ctx, o.clerk, foi.Dispute{Kind: kind, Number: string(rune('A' + n)), ServedOn: served}, request)
			o.must(err)
			if result != "" {
				_, err = o.desk.EndDispute(ctx, o.clerk, x.ID, x.Version, ended, result)
				o.must(err)
			}
		}
		clock.Set(on(2027, 2, 1))
		add(foi.Reconsideration, on(2025, 11, 3), on(2026, 2, 3), foi.Upheld, "")
		add(foi.Reconsideration, on(2026, 5, 3), on(2026, 7, 3), foi.Righted, refused.Number)
		add(foi.Reconsideration, on(2026, 12, 3), on(2027, 1, 13), foi.Upheld, "")
		add(foi.DirectSuit, on(2026, 8, 3), time.Time{}, "", refused.Number)
		add(foi.SuitAfterReview, on(2026, 9, 3), on(2026, 12, 31), foi.OtherEnd, "")
		add(foi.SuitAfterReview, on(2027, 1, 3), time.Time{}, "", "")
		for year, want := range map[int][15]int{
			2025: {3: 1, 4: 1},
			2026: {0: 1, 1: 1, 3: 1, 4: 3, 8: 1, 9: 1, 12: 1, 14: 1},
			2027: {0: 1, 4: 1, 8: 1, 9: 1, 13: 1, 14: 1},
		} {
			o.must(d.Read(ctx, func(tx *db.Tx) error {
				got, err := foi.CountDisputes(tx, o.unit.ID, year)
				if got != want {
					t.Errorf("%d: %v, want %v", year, got, want)
				}
				return err
			}))
			for i, n := range want {
				all, err := o.desk.Disputes(ctx, o.clerk, foi.DisputeCell{Year: year, Kind: foi.DisputeKinds[i/5], Column: i%5 + 1})
				o.must(err)
				if len(all) != n {
					t.Errorf("%d figure %d lists %d, counts %d", year, i, len(all), n)
				}
			}
		}
		o.must(d.Read(ctx, func(tx *db.Tx) error {
			direct, err := foi.DirectSuits(tx, o.unit.ID, 2026)
			if direct != 1 {
				t.Errorf("%d suits skipped the reconsideration", direct)
			}
			return err
		}))
	})
}
