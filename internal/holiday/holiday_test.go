package holiday_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/holiday"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/org/orgtest"
	"gongkai/internal/workflow"
	"gongkai/workflows"
)

var ctx = context.Background()

type office struct {
	t        *testing.T
	d        *db.DB
	clock    *dbtest.Clock
	enforcer *authz.Enforcer
	node     // where the office works
	admin    org.Actor
	clerk    org.Actor
	head     org.Actor
	drafter  org.Actor
	other    org.Actor // the clerk of another organisation
}

// node is one process with a calendar of its own.
type node struct {
	cal      *calendar.Calendar
	requests *foi.Desk
	desk     *holiday.Desk
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

func (o *office) start() (n node) {
	o.t.Helper()
	var err error
	n.cal, err = calendar.Load()
	o.must(err)
	keys, err := foi.NewKeys([]byte(strings.Repeat("k", 32)))
	o.must(err)
	l, err := workflow.LoadLibrary(workflows.FS)
	o.must(err)
	n.requests = foi.NewDesk(o.d, o.enforcer, n.cal, keys, l, check.All())
	n.desk = holiday.NewDesk(o.d, o.enforcer, n.cal, n.requests)
	return n
}

// open is an office on 1 December 2026: the calendar of 2027 is not there.
func open(t *testing.T, d *db.DB, clock *dbtest.Clock) *office {
	o := &office{t: t, d: d, clock: clock}
	var err error
	o.enforcer, err = authz.New(config.AuthzModel, config.AuthzPolicy)
	o.must(err)
	clock.Set(time.Date(2026, 12, 1, 9, 0, 0, 0, calendar.Zone))
	o.node = o.start()
	f := orgtest.New(t, d)
	first := f.Office("甲局", "1")
	o.admin, o.clerk, o.head, o.drafter = f.Holder(first, org.SystemAdmin), f.Holder(first, org.FOIOfficer), f.Holder(first, org.SigningLeader), f.Holder(first, org.Drafter)
	o.other = f.Holder(f.Office("乙局", "2"), org.FOIOfficer)
	return o
}

var made int

func (o *office) register(who org.Actor, on time.Time) *foi.Request {
	o.t.Helper()
	made++
	rc, err := o.requests.Register(ctx, who, foi.New{Channel: foi.InPerson, On: on, Applicant: foi.Applicant{Kind: foi.NaturalPerson, Name: "张三丰", IDKind: "resident_card", IDNumber: "11010519491231002x", Phone: "138 0013 8000"},
		Wanted: "科技项目清单", Wish: foi.Wish{Medium: "paper", Route: "post"}, Once: fmt.Sprintf("form-%012d", made)})
	o.must(err)
	return rc.Request
}

func (o *office) due(n node, id int64) string {
	o.t.Helper()
	v, err := n.requests.Open(ctx, o.clerk, id)
	o.must(err)
	if v.Clock.Due.IsZero() {
		return ""
	}
	return v.Clock.Due.Format(time.DateOnly)
}

func (o *office) said(who org.Actor) (all []notify.Notice) {
	o.t.Helper()
	o.must(o.d.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = notify.For(tx, who.PersonID, 100)
		return err
	}))
	return all
}

func moves(all []foi.Move) (out string) {
	day := func(t time.Time) string {
		if t.IsZero() {
			return "?"
		}
		return t.Format("01-02")
	}
	for _, m := range all {
		out += fmt.Sprintf("%s %s→%s %v;", m.Number, day(m.Before), day(m.After), m.Told)
	}
	return out
}

const (
	of2027  = "国务院办公厅关于2027年部分节假日安排的通知\n国办发明电〔2026〕9号\n一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月20日（周六）上班。"
	changed = `{"year":2026,"notice":"国办发明电〔2026〕10号","holidays":[{"name":"元旦","from":"2026-01-01","to":"2026-01-03"},{"name":"国庆节","from":"2026-10-01","to":"2026-10-07"},{"name":"特别假","from":"2026-12-25","to":"2026-12-25"}],"workdays":["2026-12-27"]}`
)

// TestALateNoticeMovesOpenRequests is features F: which open requests move, and
// who was told another day; what is closed stays.
func TestALateNoticeMovesOpenRequests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		on := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, calendar.Zone) }
		told, next, withdrawn := o.register(o.clerk, on(30)), o.register(o.clerk, on(30).AddDate(0, 0, 1)), o.register(o.clerk, on(30))
		clock.Set(time.Date(2026, 12, 10, 9, 0, 0, 0, calendar.Zone))
		late, strange := o.register(o.clerk, on(40)), o.register(o.other, on(30))
		if o.due(o.node, told.ID) != "2026-12-28" || o.due(o.node, next.ID) != "2026-12-29" || o.due(o.node, late.ID) != "" {
			t.Fatalf("due %s, %s and %s", o.due(o.node, told.ID), o.due(o.node, next.ID), o.due(o.node, late.ID))
		}
		l, err := o.requests.Draft(ctx, o.clerk, told.ID, "receipt", "", func(code string) string { return code })
		o.must(err)
		l, err = o.requests.Finish(ctx, o.clerk, l.ID, l.Version)
		o.must(err)
		silent, err := o.requests.Draft(ctx, o.clerk, next.ID, "assist", "", func(code string) string { return code })
		o.must(err)
		silent, err = o.requests.Rewrite(ctx, o.clerk, silent.ID, silent.Version, silent.Title, "请协助提供有关材料。")
		o.must(err)
		_, err = o.requests.Finish(ctx, o.clerk, silent.ID, silent.Version)
		o.must(err)
		_, err = o.requests.Record(ctx, o.clerk, withdrawn.ID, withdrawn.Version, foi.Event{Kind: foi.Answered, Code: "D24", On: on(32)})
		o.must(err)

		p, err := o.desk.Propose(ctx, o.admin, changed, "")
		o.must(err)
		v, err := o.desk.Open(ctx, o.clerk)
		o.must(err)
		// 25 December is free and Sunday the 27th is worked: every period has as many days.
		if got := moves(v.Open[0].Moves); got != "" {
			t.Errorf("moved %s", got)
		}
		o.must(o.desk.Drop(ctx, o.head, p.ID))
		p, err = o.desk.Propose(ctx, o.admin, strings.Replace(changed, `"2026-12-27"`, "", 1), "")
		o.must(err)
		v, err = o.desk.Open(ctx, o.clerk)
		o.must(err)
		want := fmt.Sprintf("%s 12-28→12-29 [%s];%s 12-29→12-30 [];", told.Number, l.Number, next.Number)
		if got := moves(v.Open[0].Moves); got != want || v.Open[0].Now.Total != 248 || v.Open[0].Then.Months[11] != 22 {
			t.Errorf("%s, want %s; %+v", got, want, v.Open[0].Then)
		}
		if o.due(o.node, told.ID) != "2026-12-28" {
			t.Error("a proposal counts before it is confirmed")
		}
		// Two of a year can only be open when two entered them at once; the older one
		// does not take the place of the newer.
		_, err = d.SQL().Exec("INSERT INTO holiday_notices (organisation_id, year, body, proposed_by, proposed_at, ended_by, ended_at, confirmed, moves) SELECT organisation_id, year, body, proposed_by, proposed_at, 0, 0, 0, moves FROM holiday_notices WHERE id = ?", p.ID)
		o.must(err)
		clock.Advance(time.Minute)
		got, err := o.desk.Confirm(ctx, o.head, p.ID)
		o.must(err)
		_, err = o.desk.Confirm(ctx, o.head, p.ID+1)
		o.fails(err, holiday.ErrNewer)
		o.must(o.desk.Drop(ctx, o.head, p.ID+1))
		if len(got.Moves) != 3 || got.Moves[2].RequestID != strange.ID {
			t.Errorf("moved %s", moves(got.Moves))
		}
		if o.due(o.node, told.ID) != "2026-12-29" {
			t.Errorf("after it the request is due %s", o.due(o.node, told.ID))
		}
		closed, err := o.requests.Open(ctx, o.clerk, withdrawn.ID)
		o.must(err)
		fresh := o.start()
		o.must(fresh.desk.Refresh(ctx))
		if closed.Clock.State != foi.Closed || closed.Clock.Due.Format(time.DateOnly) != "2026-12-28" || o.due(fresh, withdrawn.ID) != "2026-12-28" {
			t.Errorf("the closed one is %s, due %s and %s on a node that starts now", closed.Clock.State, closed.Clock.Due, o.due(fresh, withdrawn.ID))
		}
		n := o.said(o.clerk)[0]
		if n.Code != "notice.calendar_confirmed" || n.Args["moved"] != 2.0 || n.Args["told"] != 1.0 {
			t.Errorf("the clerk is told %+v", n)
		}
		if n := o.said(o.other)[0]; n.Args["moved"] != 1.0 || n.Args["told"] != 0.0 {
			t.Errorf("the other clerk is told %+v", n)
		}

		p, err = o.desk.Propose(ctx, o.clerk, of2027, "")
		o.must(err)
		if _, err := o.desk.Confirm(ctx, o.admin, p.ID); err != nil {
			t.Fatal(err)
		}
		v, err = o.desk.Open(ctx, o.clerk)
		o.must(err)
		if got := moves(v.Adopts[0].Moves); got != late.Number+" ?→01-11 [];" {
			t.Errorf("by the calendar of 2027: %s", got)
		}
		if o.due(o.node, late.ID) != "2027-01-11" || len(v.Years) != 6 || len(v.Adopts) != 2 {
			t.Errorf("due %s; %d years", o.due(o.node, late.ID), len(v.Years))
		}
	})
}

func TestANoticeCountsOnEveryNode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		clock.Set(time.Date(2026, 12, 10, 9, 0, 0, 0, calendar.Zone))
		r := o.register(o.clerk, calendar.Midnight(clock.Now()))
		there := o.start()
		p, err := o.desk.Propose(ctx, o.admin, of2027, "")
		o.must(err)
		_, err = there.desk.Confirm(ctx, o.clerk, p.ID)
		o.must(err)
		if o.due(there, r.ID) == "" {
			t.Error("it does not count where it was confirmed")
		}
		o.must(o.desk.Refresh(ctx))
		later := o.start()
		o.must(later.desk.Refresh(ctx))
		if o.due(o.node, r.ID) != o.due(there, r.ID) || o.due(later, r.ID) != o.due(there, r.ID) {
			t.Errorf("due %s, %s and %s", o.due(o.node, r.ID), o.due(there, r.ID), o.due(later, r.ID))
		}
	})
}

func TestTwoPersonsMakeACalendar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		_, err := o.desk.Propose(ctx, o.drafter, of2027, "")
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.Propose(ctx, o.head, of2027, "")
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.Open(ctx, o.drafter)
		o.fails(err, authz.ErrForbidden)
		_, err = o.desk.Propose(ctx, o.admin, strings.Replace(of2027, "国办发明电〔2026〕9号", "", 1), " ")
		o.fails(err, holiday.ErrNumber)
		_, err = o.desk.Propose(ctx, o.admin, strings.Repeat("一", holiday.MostRunes+1), "")
		o.fails(err, holiday.ErrLong)
		_, err = o.desk.Propose(ctx, o.admin, "放假", "")
		o.fails(err, calendar.ErrTextYear)

		p, err := o.desk.Propose(ctx, o.admin, of2027, "")
		o.must(err)
		_, err = o.desk.Propose(ctx, o.clerk, of2027, "")
		o.fails(err, holiday.ErrProposed)
		if n := o.said(o.head)[0]; n.Code != "notice.calendar_proposed" || len(o.said(o.admin)) != 0 {
			t.Errorf("who may confirm is told %+v", n)
		}
		_, err = o.desk.Confirm(ctx, o.admin, p.ID)
		o.fails(err, holiday.ErrTwo)
		standIn := o.head
		standIn.Holdings = []org.Holding{{Post: org.SystemAdmin, OrganisationID: o.admin.OrganisationID, UnitID: o.admin.OrganisationID, For: o.admin.PersonID}}
		if _, err = o.desk.Confirm(ctx, standIn, p.ID); err == nil {
			t.Error("who stands in for the one who entered it confirms it")
		}
		_, err = o.desk.Confirm(ctx, o.drafter, p.ID)
		o.fails(err, authz.ErrForbidden)

		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() { _, errs[i] = o.desk.Confirm(ctx, []org.Actor{o.clerk, o.head}[i%2], p.ID) })
		}
		wg.Wait()
		confirmed := 0
		for _, err := range errs {
			if err == nil {
				confirmed++
			} else {
				o.fails(err, holiday.ErrGone)
			}
		}
		if confirmed != 1 {
			t.Errorf("confirmed %d times", confirmed)
		}
		_, err = o.desk.Propose(ctx, o.admin, of2027, "")
		o.fails(err, holiday.ErrSame)
		o.fails(o.desk.Drop(ctx, o.head, p.ID), holiday.ErrGone)
		o.fails(o.desk.Drop(ctx, o.head, 99), holiday.ErrGone)
	})
}

// TestAMissingCalendarIsSaid: from 1 November on, and again in December.
func TestAMissingCalendarIsSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		for _, x := range []struct {
			month time.Month
			day   int
			want  int
		}{{10, 31, 0}, {11, 1, 1}, {11, 30, 1}, {12, 1, 2}, {12, 24, 3}, {12, 31, 4}} {
			clock.Set(time.Date(2026, x.month, x.day, 0, 1, 0, 0, calendar.Zone))
			o.must(o.desk.Remind(ctx))
			o.must(o.desk.Remind(ctx))
			for _, who := range []org.Actor{o.admin, o.clerk, o.other} {
				if got := o.said(who); len(got) != x.want {
					t.Errorf("%d-%d: told %d times, want %d", x.month, x.day, len(got), x.want)
				}
			}
		}
		if got := o.said(o.head); len(got) != 0 {
			t.Errorf("who enters no notices is told %v", got)
		}
		p, err := o.desk.Propose(ctx, o.admin, of2027, "")
		o.must(err)
		_, err = o.desk.Confirm(ctx, o.clerk, p.ID)
		o.must(err)
		before := len(o.said(o.admin))
		clock.Set(time.Date(2027, 10, 31, 9, 0, 0, 0, calendar.Zone))
		o.must(o.desk.Remind(ctx))
		clock.Set(time.Date(2026, 12, 31, 23, 59, 0, 0, calendar.Zone))
		o.must(o.desk.Remind(ctx))
		if got := o.said(o.admin); len(got) != before {
			t.Errorf("told of a year that is there: %v", got[0])
		}
	})
}
