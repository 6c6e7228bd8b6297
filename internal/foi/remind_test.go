package foi_test

import (
	"slices"
	"testing"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/foi"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// said lists the codes a person was told, oldest first.
func (o *office) said(who org.Actor) (codes []string) {
	o.t.Helper()
	o.must(o.d.Read(ctx, func(tx *db.Tx) error {
		all, err := notify.For(tx, who.PersonID, 100)
		for _, n := range slices.Backward(all) {
			codes = append(codes, n.Code)
		}
		return err
	}))
	return codes
}

// TestTwoPersonsAreWarnedOnceEach: received 2026-03-11, due 2026-04-09.
func TestTwoPersonsAreWarnedOnceEach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		r := o.register().Request
		at := func(day string) {
			t.Helper()
			moment, err := time.ParseInLocation("2006-01-02 15:04", day+" 09:30", calendar.Zone)
			o.must(err)
			clock.Set(moment)
			for range 3 { // asked again and again it is said once
				o.must(o.desk.Remind(ctx))
			}
		}
		want := []string{}
		for _, x := range []struct{ day, code string }{
			{"2026-03-31", ""}, {"2026-04-01", "notice.foi_due"}, {"2026-04-03", ""}, {"2026-04-07", "notice.foi_due"}, {"2026-04-08", ""}, {"2026-04-09", "notice.foi_due"}, {"2026-04-10", "notice.foi_overdue"}, {"2026-04-13", ""},
		} {
			at(x.day)
			if x.code != "" {
				want = append(want, x.code)
			}
			for _, who := range []org.Actor{o.clerk, o.head} {
				if got := o.said(who); !slices.Equal(got, want) {
					t.Fatalf("%s: told %v, want %v", x.day, got, want)
				}
			}
		}
		if got := o.said(o.other); len(got) != 0 {
			t.Errorf("another organisation is told %v", got)
		}
		o.signed(r.ID, "D02")
		want = o.said(o.clerk)
		_, err := o.desk.Record(ctx, o.clerk, r.ID, 1, foi.Event{Kind: foi.Answered, Code: "D02", On: clock.Now()})
		o.must(err)
		at("2026-04-20")
		if got := o.said(o.clerk); len(got) != len(want) {
			t.Errorf("after the answer: %v", got)
		}
	})
}

func TestAnUnconfirmedRequestIsNotForgotten(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := open(t, d, clock)
	_, err := o.desk.Submit(ctx, o.unit.ID, "127.0.0.1", request())
	o.must(err)
	o.must(o.desk.Remind(ctx))
	clock.Advance(24 * time.Hour)
	o.must(o.desk.Remind(ctx))
	o.must(o.desk.Remind(ctx))
	if got := o.said(o.clerk); !slices.Equal(got, []string{"notice.foi_arrived", "notice.foi_unconfirmed"}) {
		t.Errorf("%v", got)
	}
}
