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

// Two desks are two nodes: each remembers for a moment who a session belongs to.
func TestEndedSessionsEndOnEveryNodeWithinASecond(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		o.settled("li")
		elsewhere := org.NewDesk(d, func(*db.Tx, org.Actor, string, string, map[string]any) error { return nil })
		ends := map[string]func(mine org.Actor) error{
			"end all others":  func(mine org.Actor) error { return o.desk.EndOthers(ctx, mine) },
			"administrator":   func(org.Actor) error { return o.desk.EndSessions(ctx, o.boss, "li") },
			"change password": func(mine org.Actor) error { return o.change(mine, longGood, "Another-Horse-9") },
		}
		for _, name := range []string{"end all others", "administrator", "change password"} {
			_, mine, err := o.desk.SignIn(ctx, "li", longGood, home)
			o.must(err)
			other, _, err := o.desk.SignIn(ctx, "li", longGood, "10.0.0.8")
			o.must(err)
			if _, err := elsewhere.Identify(ctx, other, ""); err != nil {
				t.Fatal(err)
			}
			o.must(ends[name](mine))
			clock.Advance(time.Second)
			for node, desk := range map[string]*org.Desk{"here": o.desk, "elsewhere": elsewhere} {
				if _, err := desk.Identify(ctx, other, ""); !errors.Is(err, org.ErrSignedOut) {
					t.Errorf("%s: still signed in %s: %v", name, node, err)
				}
			}
			if _, err := o.enter(mine); (err == nil) != (name != "administrator") {
				t.Errorf("%s: one's own session: %v", name, err)
			}
		}
		if err := o.desk.EndSessions(ctx, org.Actor{OrganisationID: o.boss.OrganisationID + 1}, "li"); !errors.Is(err, org.ErrPersonUnknown) {
			t.Errorf("another organisation: %v", err)
		}
	})
}

func TestOnesOwnSessionsAreListed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		_, first := o.settled("li")
		o.must(o.desk.EndOthers(ctx, first))
		clock.Advance(time.Minute)
		_, mine, err := o.desk.SignIn(ctx, "li", longGood, "10.0.0.8")
		o.must(err)
		_, err = o.desk.NewToken(ctx, "li", "nightly import", clock.Now().Add(time.Hour))
		o.must(err)
		labels := func() (out []string) {
			s, err := o.desk.Security(ctx, mine)
			o.must(err)
			for _, one := range s.Sessions {
				if one.This != (one.Label == "10.0.0.8") {
					t.Errorf("%s is marked as this one: %v", one.Label, one.This)
				}
				out = append(out, one.Label)
			}
			return out
		}
		if got := labels(); len(got) != 3 {
			t.Errorf("%q", got)
		}
		o.must(o.desk.EndOthers(ctx, mine))
		if got := labels(); len(got) != 1 {
			t.Errorf("after ending the others: %q", got)
		}
	})
}

func TestAdministratorsAreSignedOutSooner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		p, _ := o.settled("an")
		o.must(o.desk.Grant(ctx, o.system, p.ID, org.SystemAdmin, o.unit.ID))
		_, a, err := o.desk.SignIn(ctx, "an", longGood, home)
		o.must(err)
		clock.Advance(org.AdminIdleLimit)
		if _, err := o.enter(a); err != nil {
			t.Errorf("too soon: %v", err)
		}
		clock.Advance(time.Second)
		if _, err := o.enter(a); !errors.Is(err, org.ErrSignedOut) {
			t.Errorf("entered: %v", err)
		}
	})
}

func TestPasswordsGrowOldAndDoNotComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		o.desk.Rules.PasswordAge, o.desk.Rules.PasswordHistory, o.desk.Rules.Dormant = 90*24*time.Hour, 3, 90*24*time.Hour
		_, a := o.settled("li")
		passwords := []string{longGood, "Second-Horse-9", "Third-Horse-9", "Fourth-Horse-9"}
		for i := 1; i < len(passwords); i++ {
			if err := o.change(a, passwords[i-1], passwords[i-1]); !errors.Is(err, org.ErrPasswordUsed) {
				t.Errorf("the same again: %v", err)
			}
			o.must(o.change(a, passwords[i-1], passwords[i]))
		}
		for _, used := range passwords[1:3] {
			if err := o.change(a, passwords[3], used); !errors.Is(err, org.ErrPasswordUsed) {
				t.Errorf("%s comes back: %v", used, err)
			}
		}
		o.must(o.change(a, passwords[3], longGood)) // four ago

		clock.Advance(60 * 24 * time.Hour)
		_, a, err := o.desk.SignIn(ctx, "li", longGood, home)
		o.must(err)
		if a.MustChange {
			t.Error("changed after 60 days")
		}
		clock.Advance(31 * 24 * time.Hour)
		_, a, err = o.desk.SignIn(ctx, "li", longGood, home)
		o.must(err)
		if !a.MustChange {
			t.Error("not changed after 91 days")
		}
		o.must(o.change(a, longGood, "Fifth-Horse-9"))
		clock.Advance(91 * 24 * time.Hour)
		if _, _, err := o.desk.SignIn(ctx, "li", "Fifth-Horse-9", home); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("a dormant account signs in: %v", err)
		}
		once := o.oneTime()
		o.must(o.desk.ResetPassword(ctx, o.boss, "li", once))
		if _, _, err := o.desk.SignIn(ctx, "li", once.Password, home); err != nil {
			t.Errorf("after its reset: %v", err)
		}
	})
}
