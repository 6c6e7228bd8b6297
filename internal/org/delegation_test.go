package org_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
)

// Who stands in for somebody, today or from a day to come, is no administrator,
// whichever was wished first (D6, SOD-8).
func TestAdministratorsStandInForNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		head, _ := o.add("head")
		o.must(o.desk.Grant(ctx, o.system, head.ID, org.SectionHead, o.unit.ID))
		standIn := func(to int64, from time.Time) (org.Delegation, error) {
			return o.desk.Delegate(ctx, o.boss, org.Delegation{From: head.ID, To: to, Posts: []org.Post{org.SectionHead}, StartsAt: from, EndsAt: from.Add(time.Hour)})
		}
		for name, from := range map[string]time.Time{"now": clock.Now(), "later": clock.Now().Add(24 * time.Hour)} {
			p, _ := o.add("stands in " + name)
			given, err := standIn(p.ID, from)
			o.must(err)
			for _, post := range []org.Post{org.Auditor, org.SecurityAdmin, org.SystemAdmin} {
				if err := o.desk.Grant(ctx, o.system, p.ID, post, o.unit.ID); !errors.Is(err, org.ErrStandsIn) {
					t.Errorf("%s granted to who stands in %s: %v", post, name, err)
				}
			}
			o.must(o.desk.Grant(ctx, o.system, p.ID, org.Drafter, o.unit.ID))
			o.must(o.desk.Revoke(ctx, o.boss, p.ID, org.Drafter, o.unit.ID))
			o.must(o.desk.EndDelegation(ctx, o.boss, given.ID))
			o.must(o.desk.Grant(ctx, o.system, p.ID, org.Auditor, o.unit.ID))
			if _, err := standIn(p.ID, from); !errors.Is(err, org.ErrPostsExclude) {
				t.Errorf("an auditor stands in %s: %v", name, err)
			}
		}
		over, _ := o.add("stood in")
		_, err := standIn(over.ID, clock.Now())
		o.must(err)
		clock.Advance(time.Hour)
		o.must(o.desk.Grant(ctx, o.system, over.ID, org.Auditor, o.unit.ID))
	})
}

func TestPostAndDelegationWishedAtOnceExcludeOneAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		o.desk = org.NewDesk(d, func(*db.Tx, org.Actor, string, string, map[string]any) error { return nil })
		ctx := context.Background()
		head, _ := o.add("head")
		o.must(o.desk.Grant(ctx, o.system, head.ID, org.SectionHead, o.unit.ID))
		for range 20 {
			p, _ := o.add(org.NewSecret())
			var errs [2]error
			begin := make(chan struct{})
			var all sync.WaitGroup
			all.Go(func() {
				<-begin
				errs[0] = o.desk.Grant(ctx, o.system, p.ID, org.Auditor, o.unit.ID)
			})
			all.Go(func() {
				<-begin
				_, errs[1] = o.desk.Delegate(ctx, o.boss, org.Delegation{From: head.ID, To: p.ID, Posts: []org.Post{org.SectionHead}, StartsAt: clock.Now(), EndsAt: clock.Now().Add(time.Hour)})
			})
			close(begin)
			all.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("granted: %v, delegated: %v; exactly one may pass", errs[0], errs[1])
			}
		}
	})
}
