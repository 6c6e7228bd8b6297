package duty_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/duty"
	"gongkai/internal/fault"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/org/orgtest"
)

var ctx = context.Background()

type office struct {
	t                            *testing.T
	d                            *db.DB
	clock                        *dbtest.Clock
	desk                         *duty.Desk
	editor, head, drafter, other org.Actor
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) fails(err error, want *fault.Fault) {
	o.t.Helper()
	if !errors.Is(err, want) {
		o.t.Errorf("got %v, want %v", err, want)
	}
}

func on(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func (o *office) at(day string) { o.clock.Set(on(day).Add(10 * time.Hour)) }

func open(t *testing.T, d *db.DB, clock *dbtest.Clock) *office {
	o := &office{t: t, d: d, clock: clock}
	f := orgtest.New(t, d)
	first := f.Office("甲局", "1")
	o.editor, o.head, o.drafter, o.other = f.Holder(first, org.OfficeEditor), f.Holder(first, org.SigningLeader), f.Holder(first, org.Drafter), f.Holder(f.Office("乙局", "2"), org.OfficeEditor)
	e, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	o.must(err)
	c, err := calendar.Load()
	o.must(err)
	o.desk = duty.NewDesk(d, e, c)
	return o
}

// TestEachDutyHasItsDay is fact 21 and DL-1, DL-11 to DL-15, worked out by hand.
func TestEachDutyHasItsDay(t *testing.T) {
	c, err := calendar.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		kind       duty.Kind
		since, due string
	}{
		{duty.Formed, "2025-09-01", "2025-09-28"}, // a make-up Sunday
		{duty.Formed, "2026-09-10", "2026-10-14"},
		{duty.Guide, "2026-09-10", "2026-10-14"},
		{duty.WebsiteReport, "2025-06-01", "2026-01-31"}, // a Saturday: it does not roll over
		{duty.Budget, "2026-01-20", "2026-02-09"},
		{duty.Penalty, "2026-09-30", "2026-10-03"},
		{duty.Explanation, "2026-02-13", "2026-02-25"}, // a make-up Saturday and Spring Festival
	} {
		d := duty.Duty{Kind: x.kind, Since: on(x.since)}
		if due, err := d.Due(c); err != nil || due.Format(time.DateOnly) != x.due {
			t.Errorf("%s since %s: %s, %v, want %s", x.kind, x.since, due.Format(time.DateOnly), err, x.due)
		}
	}
	late := duty.Duty{Kind: duty.Formed, Since: on("2026-12-20")}
	if _, err := late.Due(c); !errors.Is(err, calendar.ErrYearUnknown) {
		t.Errorf("a day in a year without a calendar: %v", err)
	}
}

func TestADutyIsEnteredWarnedOfAndDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		o.at("2026-09-11")
		_, err := o.desk.Add(ctx, o.drafter, duty.Duty{Kind: duty.Formed, Title: "x", Since: on("2026-09-10")})
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.Add(ctx, o.head, duty.Duty{Kind: duty.Formed, Title: "x", Since: on("2026-09-10")})
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.Add(ctx, o.editor, duty.Duty{Kind: "else", Title: "x", Since: on("2026-09-10")})
		o.fails(err, duty.ErrKind)
		_, err = o.desk.Add(ctx, o.editor, duty.Duty{Kind: duty.Formed, Title: " ", Since: on("2026-09-10")})
		o.fails(err, duty.ErrTitle)
		_, err = o.desk.Add(ctx, o.editor, duty.Duty{Kind: duty.Formed, Title: "x", Since: on("2026-09-12")})
		o.fails(err, duty.ErrDay)
		first, err := o.desk.Add(ctx, o.editor, duty.Duty{Kind: duty.Formed, Title: "科技项目管理办法", Since: on("2026-09-10")})
		o.must(err)
		fall, err := o.desk.Add(ctx, o.editor, duty.Duty{Kind: duty.Penalty, Title: "撤销处罚决定", Since: on("2026-09-11")})
		o.must(err)
		_, err = o.desk.Drop(ctx, o.editor, fall.ID, fall.Version, "")
		o.fails(err, duty.ErrReason)
		_, err = o.desk.Drop(ctx, o.editor, fall.ID, fall.Version, "登记错了")
		o.must(err)
		_, err = o.desk.Done(ctx, o.editor, fall.ID, fall.Version+1, on("2026-09-11"), "")
		o.fails(err, duty.ErrDone)

		told := 0
		for _, x := range []struct {
			day  string
			more int
		}{{"2026-09-30", 0}, {"2026-10-08", 1}, {"2026-10-09", 0}, {"2026-10-12", 1}, {"2026-10-14", 1}, {"2026-10-15", 1}, {"2026-10-20", 0}} {
			o.at(x.day)
			o.must(o.desk.Remind(ctx))
			o.must(o.desk.Remind(ctx))
			told += x.more
			for _, who := range []org.Actor{o.editor, o.head} {
				if got := o.said(who); got != told {
					t.Fatalf("%s: told %d times, want %d", x.day, got, told)
				}
			}
		}
		if o.said(o.other) != 0 || o.said(o.drafter) != 0 {
			t.Error("somebody else is told")
		}
		_, err = o.desk.Done(ctx, o.other, first.ID, first.Version, on("2026-10-16"), "")
		o.fails(err, duty.ErrNotFound)
		_, err = o.desk.Done(ctx, o.editor, first.ID, first.Version, on("2026-09-09"), "")
		o.fails(err, duty.ErrDay)
		_, err = o.desk.Done(ctx, o.editor, first.ID, first.Version, on("2026-10-21"), "")
		o.fails(err, duty.ErrDay)
		_, err = o.desk.Done(ctx, o.editor, first.ID, first.Version+1, on("2026-10-16"), "")
		o.fails(err, duty.ErrChanged)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = o.desk.Done(ctx, o.editor, first.ID, first.Version, on("2026-10-16"), "网站已发")
			})
		}
		wg.Wait()
		once := 0
		for _, err := range errs {
			if err == nil {
				once++
			}
		}
		if once != 1 {
			t.Errorf("done %d times", once)
		}
		all, err := o.desk.List(ctx, o.head)
		o.must(err)
		if len(all) != 2 || all[0].ID != fall.ID || !all[0].Dropped || all[1].DoneOn.IsZero() || !all[1].DoneOn.After(all[1].Due) {
			t.Errorf("%+v", all)
		}
		if strange, err := o.desk.List(ctx, o.other); err != nil || len(strange) != 0 {
			t.Errorf("another office sees %v, %v", strange, err)
		}
		_, err = o.desk.List(ctx, o.drafter)
		o.fails(err, authz.ErrForbidden)
	})
}

func (o *office) said(who org.Actor) int {
	o.t.Helper()
	var all []notify.Notice
	o.must(o.d.Read(ctx, func(tx *db.Tx) (err error) { all, err = notify.For(tx, who.PersonID, 100); return err }))
	return len(all)
}

// TestADutyThatCannotBeReckonedIsShown: without next year's calendar the day is
// not guessed, and the others are still warned of.
func TestADutyThatCannotBeReckonedIsShown(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := open(t, d, clock)
	o.at("2026-12-28")
	_, err := o.desk.Add(ctx, o.editor, duty.Duty{Kind: duty.Formed, Title: "跨年", Since: on("2026-12-20")})
	o.must(err)
	_, err = o.desk.Add(ctx, o.editor, duty.Duty{Kind: duty.Budget, Title: "决算", Since: on("2026-12-11")})
	o.must(err)
	// Due on 2 January: its last working day is not known, but it is near.
	_, err = o.desk.Add(ctx, o.editor, duty.Duty{Kind: duty.Budget, Title: "预算", Since: on("2026-12-13")})
	o.must(err)
	o.must(o.desk.Remind(ctx))
	all, err := o.desk.List(ctx, o.editor)
	o.must(err)
	if len(all) != 3 || all[0].Title != "决算" || all[0].Left != 3 || all[1].Title != "预算" || all[1].Left != 5 || all[1].UnknownYear || !all[2].UnknownYear || o.said(o.editor) != 2 {
		t.Errorf("%+v, told %d times", all, o.said(o.editor))
	}
}
