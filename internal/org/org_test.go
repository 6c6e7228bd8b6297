package org_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
)

type office struct {
	t     *testing.T
	d     *db.DB
	clock *dbtest.Clock
	desk  *org.Desk
	unit  org.Unit
	boss  org.Actor // an administrator of the organisation

	system org.Actor
	acts   []string
}

func open(t *testing.T, d *db.DB, clock *dbtest.Clock) *office {
	o := &office{t: t, d: d, clock: clock}
	o.desk = org.NewDesk(d, func(_ *db.Tx, _ org.Actor, action, _ string, _ map[string]any) error {
		o.acts = append(o.acts, action)
		return nil
	})
	u, err := o.desk.AddOrganisation(context.Background(), org.System(0), org.Unit{Name: "甲局", Code: "1"})
	o.must(err)
	o.boss, o.system = org.Actor{PersonID: 999, OrganisationID: u.ID}, org.System(u.ID)
	o.unit, err = o.desk.AddUnit(context.Background(), o.boss, org.Unit{Name: "甲科"})
	o.must(err)
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) add(login string) (org.Person, string) {
	o.t.Helper()
	once := o.oneTime()
	p, err := o.desk.AddPerson(context.Background(), o.boss, org.Person{Name: login, StaffNo: login, Established: true}, login, once)
	o.must(err)
	return p, once.Password
}

func (o *office) oneTime() org.OneTime {
	o.t.Helper()
	once, err := org.NewOneTime(context.Background())
	o.must(err)
	return once
}

// change changes a password as the pages do.
func (o *office) change(a org.Actor, old, new string) error {
	c, err := o.desk.PreparePassword(context.Background(), a, old, new)
	if err != nil {
		return err
	}
	return o.desk.ChangePassword(context.Background(), a, c)
}

func (o *office) holdings(person int64) (out []org.Holding) {
	o.t.Helper()
	o.must(o.d.Read(context.Background(), func(tx *db.Tx) (err error) { out, err = org.HoldingsOf(tx, person); return err }))
	return out
}

func (o *office) enter(a org.Actor) (who org.Actor, err error) {
	err = o.d.Write(context.Background(), func(tx *db.Tx) error { who, err = org.Enter(tx, a); return err })
	return who, err
}

func TestOneTimePasswordMustBeChangedBeforeAnythingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		_, password := o.add("li")
		ctx := context.Background()
		token, a, err := o.desk.SignIn(ctx, "li", password, "127.0.0.1")
		o.must(err)
		if !a.MustChange {
			t.Error("a one-time password passes as one's own")
		}
		if _, err := o.enter(a); !errors.Is(err, org.ErrMustChange) {
			t.Errorf("entered: %v", err)
		}
		if err := o.change(a, password, "short"); !errors.Is(err, org.ErrPasswordWeak) {
			t.Errorf("weak: %v", err)
		}
		o.must(o.change(a, password, "Correct-Horse-9"))
		a, err = o.desk.Identify(ctx, token, "")
		o.must(err)
		if _, err := o.enter(a); err != nil {
			t.Errorf("after the change: %v", err)
		}
		if _, _, err := o.desk.SignIn(ctx, "li", password, ""); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("the old password still works: %v", err)
		}
	})
}

func TestFiveWrongPasswordsLockForHalfAnHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		_, password := o.add("li")
		ctx := context.Background()
		for range org.MaxFailures {
			if _, _, err := o.desk.SignIn(ctx, "li", "wrong", ""); !errors.Is(err, org.ErrSignIn) {
				t.Fatalf("got %v", err)
			}
		}
		if _, _, err := o.desk.SignIn(ctx, "li", password, ""); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("a locked account signs in: %v", err)
		}
		clock.Advance(org.Lockout + time.Second)
		if _, _, err := o.desk.SignIn(ctx, "li", password, ""); err != nil {
			t.Errorf("after the lock: %v", err)
		}
		if _, _, err := o.desk.SignIn(ctx, "nobody", "x", ""); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("an unknown account is told apart: %v", err)
		}
	})
}

func TestSessionsEndByIdlenessAgeSignOutAndDisabling(t *testing.T) {
	ends := map[string]func(o *office, a org.Actor){
		"idle":     func(o *office, _ org.Actor) { o.clock.Advance(org.IdleLimit + time.Second) },
		"age":      func(o *office, _ org.Actor) { o.clock.Advance(org.SessionLimit) },
		"sign out": func(o *office, a org.Actor) { o.must(o.desk.SignOut(context.Background(), a)) },
		"disabled": func(o *office, _ org.Actor) { o.must(o.desk.DisableAccount(context.Background(), o.boss, "li")) },
		"reset": func(o *office, _ org.Actor) {
			o.must(o.desk.ResetPassword(context.Background(), o.boss, "li", o.oneTime()))
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
				o := open(t, d, clock)
				_, password := o.add("li")
				token, a, err := o.desk.SignIn(context.Background(), "li", password, "")
				o.must(err)
				end(o, a)
				if _, err := o.desk.Identify(context.Background(), token, ""); !errors.Is(err, org.ErrSignedOut) {
					t.Errorf("identified: %v", err)
				}
				if _, err := o.enter(a); !errors.Is(err, org.ErrSignedOut) {
					t.Errorf("entered: %v", err)
				}
			})
		})
	}
}

func TestAdministratorsExcludeOneAnotherAndEveryOtherPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		p, _ := o.add("wang")
		pairs, refused := 0, 0
		for i, first := range org.Posts {
			for j, second := range org.Posts {
				if i == j {
					continue
				}
				o.must(o.desk.Grant(ctx, o.system, p.ID, first, o.unit.ID))
				err := o.desk.Grant(ctx, o.system, p.ID, second, o.unit.ID)
				pairs++
				if want := first.Administers() || second.Administers(); want != errors.Is(err, org.ErrPostsExclude) {
					t.Errorf("%s then %s: %v", first, second, err)
				} else if want {
					refused++
				} else {
					o.must(o.desk.Revoke(ctx, o.boss, p.ID, second, o.unit.ID))
				}
				o.must(o.desk.Revoke(ctx, o.boss, p.ID, first, o.unit.ID))
			}
		}
		t.Logf("%d pairs of posts, %d refused", pairs, refused)
	})
}

func TestRevokedPostIsGoneAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		p, _ := o.add("wang")
		o.must(o.desk.Grant(ctx, o.system, p.ID, org.SectionHead, o.unit.ID))
		if len(o.holdings(p.ID)) != 1 {
			t.Fatal("the post was not granted")
		}
		o.must(o.desk.Revoke(ctx, o.boss, p.ID, org.SectionHead, o.unit.ID))
		if h := o.holdings(p.ID); len(h) != 0 {
			t.Errorf("still holds %v", h)
		}
		if err := o.desk.Revoke(ctx, o.boss, p.ID, org.SectionHead, o.unit.ID); !errors.Is(err, org.ErrPostNotHeld) {
			t.Errorf("revoked twice: %v", err)
		}
	})
}

func TestDelegationLastsFromToAndIsNotPassedOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		head, _ := o.add("head")
		deputy, _ := o.add("deputy")
		third, _ := o.add("third")
		o.must(o.desk.Grant(ctx, o.system, head.ID, org.SectionHead, o.unit.ID))
		o.must(o.desk.Grant(ctx, o.system, head.ID, org.Drafter, o.unit.ID))
		from := clock.Now().Add(time.Hour)
		delegate := func(a, b int64) (org.Delegation, error) {
			return o.desk.Delegate(ctx, o.boss, org.Delegation{From: a, To: b, Posts: []org.Post{org.SectionHead}, StartsAt: from, EndsAt: from.Add(time.Hour)})
		}
		given, err := delegate(head.ID, deputy.ID)
		o.must(err)
		_, err = delegate(deputy.ID, third.ID)
		o.must(err)
		if h := o.holdings(deputy.ID); len(h) != 0 {
			t.Errorf("before its time: %v", h)
		}
		clock.Advance(time.Hour)
		want := org.Holding{Post: org.SectionHead, OrganisationID: o.unit.OrganisationID, UnitID: o.unit.ID, For: head.ID}
		if h := o.holdings(deputy.ID); len(h) != 1 || h[0] != want {
			t.Errorf("during: %v", h)
		}
		if h := o.holdings(third.ID); len(h) != 0 {
			t.Errorf("passed on: %v", h)
		}
		clock.Advance(time.Hour)
		if h := o.holdings(deputy.ID); len(h) != 0 {
			t.Errorf("after its end: %v", h)
		}
		clock.Advance(-time.Hour)
		o.must(o.desk.EndDelegation(ctx, o.boss, given.ID))
		if h := o.holdings(deputy.ID); len(h) != 0 {
			t.Errorf("after it was ended: %v", h)
		}
	})
}

func TestBadDelegationsAreRefused(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := open(t, d, clock)
	a, _ := o.add("a")
	b, _ := o.add("b")
	now := clock.Now()
	for name, c := range map[string]struct {
		d    org.Delegation
		want error
	}{
		"to oneself":       {org.Delegation{From: a.ID, To: a.ID, Posts: []org.Post{org.Drafter}, StartsAt: now, EndsAt: now.Add(time.Hour)}, org.ErrDelegationSelf},
		"ends first":       {org.Delegation{From: a.ID, To: b.ID, Posts: []org.Post{org.Drafter}, StartsAt: now.Add(time.Hour), EndsAt: now}, org.ErrDelegationDates},
		"too long":         {org.Delegation{From: a.ID, To: b.ID, Posts: []org.Post{org.Drafter}, StartsAt: now, EndsAt: now.AddDate(1, 0, 0)}, org.ErrDelegationDates},
		"administrator":    {org.Delegation{From: a.ID, To: b.ID, Posts: []org.Post{org.Auditor}, StartsAt: now, EndsAt: now.Add(time.Hour)}, org.ErrDelegationPosts},
		"no posts":         {org.Delegation{From: a.ID, To: b.ID, StartsAt: now, EndsAt: now.Add(time.Hour)}, org.ErrDelegationPosts},
		"unknown person":   {org.Delegation{From: a.ID, To: 12345, Posts: []org.Post{org.Drafter}, StartsAt: now, EndsAt: now.Add(time.Hour)}, org.ErrPersonUnknown},
		"by its own party": {org.Delegation{From: o.boss.PersonID, To: b.ID, Posts: []org.Post{org.Drafter}, StartsAt: now, EndsAt: now.Add(time.Hour)}, org.ErrOwnPost},
	} {
		if _, err := o.desk.Delegate(context.Background(), o.boss, c.d); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
