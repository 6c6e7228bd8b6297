package org_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
)

// administrators founds the office's administrators and answers them as actors.
func (o *office) administrators(posts ...org.Post) []org.Actor {
	o.t.Helper()
	var out []org.Actor
	for _, p := range posts {
		who, _ := o.add(string(p) + org.NewSecret()[:8])
		o.must(o.desk.Grant(context.Background(), o.system, who.ID, p, o.unit.ID))
		out = append(out, org.Actor{PersonID: who.ID, OrganisationID: o.unit.OrganisationID})
	}
	return out
}

func TestAPostIsGivenByTwoAdministrators(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		all := o.administrators(org.SecurityAdmin, org.SystemAdmin)
		security, system := all[0], all[1]
		li, _ := o.add("li")
		propose := func(a org.Actor, post org.Post) org.Proposal {
			t.Helper()
			p, err := o.desk.Propose(ctx, a, li.ID, post, o.unit.ID)
			o.must(err)
			return p
		}
		refuse := func(what string, err error, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		refuse("alone", o.desk.Grant(ctx, security, li.ID, org.Drafter, o.unit.ID), org.ErrTwoPersons)
		_, err := o.desk.Propose(ctx, security, security.PersonID, org.Drafter, o.unit.ID)
		refuse("for oneself", err, org.ErrOwnPost)
		p := propose(security, org.Drafter)
		_, err = o.desk.Propose(ctx, security, li.ID, org.Drafter, o.unit.ID)
		refuse("twice", err, org.ErrProposed)
		if h := o.holdings(li.ID); len(h) != 0 {
			t.Errorf("a proposal gives %v", h)
		}
		refuse("by who proposed it", o.desk.Confirm(ctx, security, p.ID), org.ErrTwoPersons)
		refuse("by another organisation", o.desk.Confirm(ctx, org.Actor{PersonID: 998, OrganisationID: 997}, p.ID), org.ErrProposalGone)
		o.must(o.desk.Confirm(ctx, system, p.ID))
		if h := o.holdings(li.ID); len(h) != 1 || h[0].Post != org.Drafter {
			t.Errorf("confirmed, yet holds %v", h)
		}
		refuse("twice", o.desk.Confirm(ctx, system, p.ID), org.ErrProposalGone)
		refuse("dropped when done", o.desk.Drop(ctx, system, p.ID), org.ErrProposalGone)

		p = propose(security, org.Publisher)
		o.must(o.desk.Drop(ctx, system, p.ID))
		refuse("after it was dropped", o.desk.Confirm(ctx, system, p.ID), org.ErrProposalGone)

		p = propose(security, org.SectionHead)
		second := o.administrators(org.SecurityAdmin)[0]
		refuse("by the system administrator beside a second security administrator", o.desk.Confirm(ctx, system, p.ID), org.ErrConfirmSecurity)
		o.must(o.desk.Confirm(ctx, second, p.ID))

		p = propose(security, org.OfficeEditor)
		o.must(o.desk.Revoke(ctx, second, security.PersonID, org.SecurityAdmin, o.unit.ID))
		refuse("proposed by who is no administrator now", o.desk.Confirm(ctx, second, p.ID), org.ErrProposerGone)

		// What was fit when proposed is judged again.
		zhao, _ := o.add("zhao")
		toZhao, err := o.desk.Propose(ctx, second, zhao.ID, org.Auditor, o.unit.ID)
		o.must(err)
		o.must(o.desk.Grant(ctx, o.system, zhao.ID, org.Drafter, o.unit.ID))
		refuse("an auditor who drafts by now", o.desk.Confirm(ctx, system, toZhao.ID), org.ErrPostsExclude)
		if n := count(o.acts, "org.post_proposed"); n != 5 {
			t.Errorf("%d proposals on record", n)
		}
	})
}

func TestOneProposalGivesOnePost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		o.desk = org.NewDesk(d, func(*db.Tx, org.Actor, string, string, map[string]any) error { return nil })
		ctx := context.Background()
		all := o.administrators(org.SecurityAdmin, org.SystemAdmin)
		for range 10 {
			li, _ := o.add(org.NewSecret())
			p, err := o.desk.Propose(ctx, all[0], li.ID, org.Drafter, o.unit.ID)
			o.must(err)
			var got [3]error
			var every sync.WaitGroup
			for i := range got {
				every.Go(func() {
					if i == 2 {
						got[i] = o.desk.Drop(ctx, all[0], p.ID)
					} else {
						got[i] = o.desk.Confirm(ctx, all[1], p.ID)
					}
				})
			}
			every.Wait()
			done := 0
			for _, err := range got {
				if err == nil {
					done++
				} else if !errors.Is(err, org.ErrProposalGone) && !errors.Is(err, org.ErrPostHeld) {
					t.Error(err)
				}
			}
			if h := o.holdings(li.ID); done != 1 || len(h) > 1 || (got[2] == nil) == (len(h) == 1) {
				t.Fatalf("%v: holds %v", got, h)
			}
		}
	})
}
