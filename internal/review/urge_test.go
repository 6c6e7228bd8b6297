package review_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

func TestUrgingIsAWordADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		drafter := org.Actor{PersonID: o.people[org.Drafter], OrganisationID: o.unit, Holdings: []org.Holding{{Post: org.Drafter, OrganisationID: o.unit, UnitID: o.unit}}}
		var m *manuscript.Manuscript
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			if m, err = manuscript.Load(tx, 1); err != nil {
				return err
			}
			m.RunID = 1
			return manuscript.Save(tx, m)
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := manuscript.Seen{Version: m.Version, Hash: m.Hash}
		urge := func() error {
			_, err := o.desk.Urge(ctx, drafter, 1, seen)
			return err
		}
		for i, want := range []error{nil, review.ErrUrged} {
			if err := urge(); !errors.Is(err, want) {
				t.Errorf("time %d: %v", i+1, err)
			}
		}
		clock.Advance(24 * time.Hour)
		if err := urge(); err != nil {
			t.Errorf("the next day: %v", err)
		}
		o.expect(org.SectionHead, "notice.urged", "notice.urged")
		if _, err := o.desk.Urge(ctx, org.Actor{PersonID: o.people[org.SectionHead], OrganisationID: o.unit, Holdings: []org.Holding{{Post: org.SectionHead, OrganisationID: o.unit, UnitID: o.unit}}}, 1, seen); !errors.Is(err, workflow.ErrNotDrafter) {
			t.Errorf("somebody else's manuscript: %v", err)
		}
	})
}
