package review_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/publish"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
	"gongkai/workflows"
)

// office is a desk on a database whose clock the test holds, and a manuscript
// waiting for the section head.
type office struct {
	t      *testing.T
	d      *db.DB
	clock  *dbtest.Clock
	desk   *review.Desk
	staff  *org.Desk
	boss   org.Actor
	unit   int64
	people map[org.Post]int64
}

func open(t *testing.T, d *db.DB, clock *dbtest.Clock) *office {
	t.Helper()
	o := &office{t: t, d: d, clock: clock, people: map[org.Post]int64{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	e, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	must(err)
	library, err := workflow.LoadLibrary(workflows.FS)
	must(err)
	cal, err := calendar.Load()
	must(err)
	out := publish.NewPublisher(d, nil, func(*db.Tx, int64, string, string, map[string]any) error { return nil }, publish.Timing{}, slog.New(slog.DiscardHandler))
	o.desk = review.NewDesk(d, e, library, cal, check.All(), out, "http://example")
	o.staff = org.NewDesk(d, func(*db.Tx, org.Actor, string, string, map[string]any) error { return nil })
	ctx := context.Background()
	must(d.Write(ctx, library.Pin))
	u, err := o.staff.AddOrganisation(ctx, org.System(0), org.Unit{Name: "甲局", Code: "1"})
	must(err)
	o.boss, o.unit = org.Actor{PersonID: 999, OrganisationID: u.ID}, u.ID
	for _, p := range []org.Post{org.Drafter, org.SectionHead, org.DeputyDirector, org.SigningLeader, org.SystemAdmin} {
		o.add(p, p)
	}
	def, _ := library.Latest("three-reviews")
	o.waits(def)
	return o
}

// add makes a person and gives them a post.
func (o *office) add(name, p org.Post) {
	o.t.Helper()
	ctx := context.Background()
	who, err := o.staff.AddPerson(ctx, o.boss, org.Person{Name: string(name), StaffNo: string(name), Established: true}, string(name), org.OneTime{})
	if err == nil {
		err = o.staff.Grant(ctx, org.System(o.unit), who.ID, p, o.unit)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	o.people[name] = who.ID
}

// waits puts one more manuscript before the first judge of a chain.
func (o *office) waits(def *workflow.Definition) {
	o.t.Helper()
	err := o.d.Write(context.Background(), func(tx *db.Tx) error {
		m := &manuscript.Manuscript{OrganisationID: o.unit, UnitID: o.unit, DrafterID: o.people[org.Drafter], State: manuscript.InReview, Title: "等着审核", CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
		if err := manuscript.Insert(tx, m); err != nil {
			return err
		}
		run, err := workflow.Start(def, workflow.Subject{OrganisationID: o.unit, UnitID: o.unit, Subject: m.Subject(), Drafter: m.DrafterID,
			Actor: workflow.Actor{Person: m.DrafterID}, Hash: "sha256:x"}, tx.Now())
		if err != nil {
			return err
		}
		return workflow.Save(tx, run)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// told lists the codes of what a post was told, newest first.
func (o *office) told(p org.Post) (codes []string) {
	o.t.Helper()
	err := o.d.Read(context.Background(), func(tx *db.Tx) error {
		all, err := notify.For(tx, o.people[p], 50)
		for _, n := range all {
			codes = append(codes, n.Code)
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return codes
}

func (o *office) remind(times int) {
	o.t.Helper()
	for range times {
		o.clock.Advance(time.Minute) // before that it is no node's turn
		if err := o.desk.Remind(context.Background()); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *office) expect(p org.Post, want ...string) {
	o.t.Helper()
	got := o.told(p)
	if len(got) != len(want) {
		o.t.Fatalf("%s was told %v, want %v", p, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			o.t.Errorf("%s was told %v, want %v", p, got, want)
		}
	}
}

func TestReviewersAreRemindedOnceAndTheirLeaderToldWhenLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock) // Wednesday 09:00; the first review has four working hours, until 15:00
		o.remind(2)
		o.expect(org.SectionHead)
		clock.Advance(5 * time.Hour) // 14:00: one hour left
		o.remind(3)
		o.expect(org.SectionHead, "notice.due_soon")
		clock.Advance(2 * time.Hour)
		o.remind(3)
		o.expect(org.SectionHead, "notice.overdue", "notice.due_soon")
		o.expect(org.Drafter)
	})
}

func TestUnknownYearStopsNoWorkAndIsToldOnce(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	clock.Set(time.Date(2026, 12, 31, 9, 30, 0, 0, time.UTC)) // 17:30 in Shanghai: the deadline lies in 2027
	o := open(t, d, clock)
	o.remind(3)
	o.expect(org.SystemAdmin, "notice.calendar_missing", "notice.calendar_next")
	o.expect(org.SectionHead)
}

// Who stands in is reminded like the one stood in for, also of what is late for
// others; who holds a post since today hears what is late in it.
func TestStandInsAndNewHoldersAreReminded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		library, err := workflow.LoadLibrary(workflows.FS)
		if err != nil {
			t.Fatal(err)
		}
		urgent, _ := library.Latest("urgent") // late after an hour; the signing leader is told
		o.waits(urgent)
		for from, to := range map[org.Post]org.Post{org.SectionHead: "for the head", org.SigningLeader: "for the leader"} {
			o.add(to, org.Drafter)
			if _, err := o.staff.Delegate(context.Background(), o.boss, org.Delegation{From: o.people[from], To: o.people[to], Posts: []org.Post{from},
				StartsAt: clock.Now(), EndsAt: clock.Now().Add(24 * time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		clock.Advance(7 * time.Hour)
		o.remind(2)
		o.expect(org.SectionHead, "notice.overdue")
		o.expect("for the head", "notice.overdue")
		o.expect(org.SigningLeader, "notice.overdue")
		o.expect("for the leader", "notice.overdue")
		o.add("second head", org.SectionHead)
		clock.Advance(24 * time.Hour) // the delegations are over
		o.add("third head", org.SectionHead)
		o.remind(2)
		for _, p := range []org.Post{org.SectionHead, "for the head", "second head", "third head"} {
			o.expect(p, "notice.overdue")
		}
		o.expect(org.Drafter)
	})
}

func TestOneRunThatCannotBeReadSilencesNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		library, err := workflow.LoadLibrary(workflows.FS)
		if err != nil {
			t.Fatal(err)
		}
		def, _ := library.Latest("three-reviews")
		gone := *def
		gone.Version = 99
		o.waits(&gone)
		o.waits(def)
		clock.Advance(7 * time.Hour)
		if err := o.desk.Remind(context.Background()); err == nil {
			t.Error("the run without a definition is no error")
		}
		o.expect(org.SectionHead, "notice.overdue", "notice.overdue")
	})
}

func TestTwoNodesRemindOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		clock.Advance(7 * time.Hour)
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if err := o.desk.Remind(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		o.expect(org.SectionHead, "notice.overdue")
	})
}

func TestNextYearsHolidaysAreAskedForInNovember(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		clock.Set(time.Date(2026, time.October, 31, 12, 0, 0, 0, calendar.Zone))
		o.remind(2)
		o.expect(org.SystemAdmin)
		clock.Set(time.Date(2026, time.November, 1, 0, 1, 0, 0, calendar.Zone))
		o.remind(3)
		o.expect(org.SystemAdmin, "notice.calendar_next")
		clock.Set(time.Date(2026, time.December, 20, 12, 0, 0, 0, calendar.Zone))
		o.remind(2)
		o.expect(org.SystemAdmin, "notice.calendar_next")
	})
}
