package publish_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
)

// Whichever clock runs ahead, nothing is visible before its moment (I10).
func TestNothingGoesOutBeforeItsTimeByEitherClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		at := clock.Now().Add(time.Hour)
		p := k.must(at)
		clock.Skew(-time.Minute)
		clock.Set(at)
		if now := k.deliver(p); now.Status != publish.Planned {
			t.Errorf("claimed a minute early by the database's clock: %s", now.Status)
		}
		clock.Skew(time.Minute)
		clock.Set(at.Add(-30 * time.Second))
		if now := k.deliver(p); now.Status != publish.Planned {
			t.Errorf("claimed early by our clock: %s", now.Status)
		}
		clock.Skew(0)
		clock.Set(at)
		k.paper.say = func() (publish.Receipt, error) {
			it := k.load(p).Item
			it.Fence = k.load(p).Fence
			confirm := func() error {
				return d.Write(context.Background(), func(tx *db.Tx) error { return publish.Confirm(tx, it) })
			}
			clock.Skew(-time.Second)
			if err := confirm(); !errors.Is(err, publish.ErrStopped) {
				t.Errorf("confirmed a second early by the database's clock: %v", err)
			}
			clock.Skew(0)
			if err := confirm(); err != nil {
				t.Error(err)
			}
			return publish.Receipt{State: publish.Published}, nil
		}
		if now := k.deliver(p); now.Status != publish.Live {
			t.Errorf("%s", now.Status)
		}
	})
}

func TestClocksApartFreezePublishing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		watch := func() {
			t.Helper()
			if err := k.k.WatchClock(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		frozen := func() *publish.Freeze {
			t.Helper()
			var f *publish.Freeze
			if err := d.Read(context.Background(), func(tx *db.Tx) (err error) { f, err = publish.FrozenNow(tx, 1); return err }); err != nil {
				t.Fatal(err)
			}
			return f
		}
		for _, skew := range []time.Duration{2 * time.Second, -2 * time.Second, 0} {
			clock.Skew(skew)
			watch()
			if frozen() != nil {
				t.Fatalf("frozen for %s", skew)
			}
		}
		clock.Skew(2*time.Second + time.Millisecond)
		watch()
		watch()
		if f := frozen(); f == nil || f.Reason != "publish.clock_skew" || f.By != 0 {
			t.Fatalf("%+v", f)
		}
		if len(k.told) != 1 || k.told[0] != "notice.publishing_frozen" {
			t.Errorf("told %v", k.told)
		}
		if now := k.deliver(p); now.Status != publish.Planned {
			t.Errorf("%s while frozen", now.Status)
		}
		for by := range int64(2) {
			k.write(func(tx *db.Tx) error { _, err := publish.Thaw(tx, 1, publish.Person{By: by + 8}); return err })
		}
		watch()
		if frozen() == nil {
			t.Error("thawed while the clocks still differ")
		}
	})
}
