package publish_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
)

// column is a paper whose list has a head.
type column struct {
	paper
	head map[int64]bool
}

func (b *column) Pin(_ *db.Tx, manuscript int64, on bool) error { b.head[manuscript] = on; return nil }

func TestAPinEndsOnItsDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		b := &column{head: map[int64]bool{}}
		b.name = "board"
		k.k = publish.NewPublisher(d, []publish.Channel{b}, nil, publish.Timing{}, nil)
		ctx, who, other := context.Background(), publish.Person{By: 1}, publish.Person{By: 2}
		m := &manuscript.Manuscript{OrganisationID: 1, State: manuscript.Published, CreatedAt: clock.Now()}
		write := func(do func(tx *db.Tx) error) error { return d.Write(ctx, do) }
		until := clock.Now().Add(48 * time.Hour)
		if err := write(func(tx *db.Tx) error {
			if err := manuscript.Insert(tx, m); err != nil {
				return err
			}
			return publish.AskPin(tx, m, who, "重要", until)
		}); err != nil {
			t.Fatal(err)
		}
		confirm := func(p publish.Person) error {
			return write(func(tx *db.Tx) error { _, err := k.k.ConfirmPin(tx, m, p); return err })
		}
		if err := confirm(who); !errors.Is(err, publish.ErrPinSame) {
			t.Errorf("confirmed by who asked: %v", err)
		}
		if err := confirm(other); err != nil || !b.head[m.ID] {
			t.Fatalf("confirmed by another: %v, at the head: %v", err, b.head[m.ID])
		}
		if err := write(func(tx *db.Tx) error { return publish.AskPin(tx, m, who, "重要", until) }); !errors.Is(err, publish.ErrPinned) {
			t.Errorf("asked again: %v", err)
		}
		for _, wait := range []time.Duration{47 * time.Hour, 2 * time.Hour} {
			clock.Advance(wait)
			if err := k.k.EndPins(ctx); err != nil {
				t.Fatal(err)
			}
			if stands := clock.Now().Before(until); b.head[m.ID] != stands {
				t.Errorf("at %s it is at the head: %v", clock.Now(), b.head[m.ID])
			}
		}
	})
}
