package audit_test

import (
	"context"
	"testing"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func TestEntriesLeftUnsealedAreToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		var told []audit.Unsealed
		w := audit.NewWatch(d, func(_ *db.Tx, late audit.Unsealed) error {
			told = append(told, late)
			return nil
		})
		look := func(want int) {
			t.Helper()
			if err := w.Once(context.Background()); err != nil {
				t.Fatal(err)
			}
			if len(told) != want {
				t.Fatalf("told %d times, want %d: %+v", len(told), want, told)
			}
		}
		look(0)
		record(t, d, 1, 3)
		record(t, d, 2, 1)
		seal(t, d, audit.SHA256)
		clock.Advance(time.Hour)
		look(0)

		since := d.Now()
		record(t, d, 2, 2)
		clock.Advance(time.Hour) // the program was not running
		look(0)
		clock.Advance(10 * time.Second)
		look(0)
		clock.Advance(time.Second)
		look(1)
		if late := told[0]; late.OrganisationID != 2 || late.Entries != 2 || !late.Since.Equal(since) || late.Oldest == 0 {
			t.Errorf("%+v", late)
		}
		clock.Advance(time.Minute)
		look(1)
		seal(t, d, audit.SHA256)
		look(1)
		record(t, d, 2, 1)
		look(1)
		clock.Advance(11 * time.Second)
		look(2)
	})
}

// TestIdleSealerWritesNothing reads the lease's fence, which every write bumps.
func TestIdleSealerWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		fence := func() (n int64) {
			t.Helper()
			err := d.Read(context.Background(), func(tx *db.Tx) error {
				return tx.G.Raw("SELECT COALESCE(SUM(fence), 0) FROM leases").Scan(&n).Error
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		record(t, d, 1, 2)
		seal(t, d, audit.SHA256)
		record(t, d, 1, 1)
		seal(t, d, audit.SHA256)
		before := fence()
		for range 5 {
			clock.Advance(time.Second)
			seal(t, d, audit.SHA256)
		}
		if now := fence(); now != before {
			t.Errorf("the lease was written %d times with nothing to seal", now-before)
		}
		clock.Advance(5 * time.Minute)
		seal(t, d, audit.SHA256) // the checkpoint of the third entry is due
		if fence() == before {
			t.Error("no checkpoint was made")
		}
		before = fence()
		clock.Advance(time.Hour)
		seal(t, d, audit.SHA256)
		if fence() != before {
			t.Error("a second checkpoint of the same head")
		}
	})
}
