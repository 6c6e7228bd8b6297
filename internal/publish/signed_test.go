package publish_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
)

// Every part of the item that was signed is compared again before it goes out
// (I2, I14).
func TestNothingThatWasSignedMayDifferWhenItGoesOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		for what, change := range map[string][2]string{
			"source": {"省政府", "别的单位"}, "original": {"https://a.cn/1", "https://b.cn/1"}, "date of the original": {"2026-03-01", "2026-03-02"}, "summary": {"概要", "另一概要"}, "WeChat title": {"微题", "别题"}, "WeChat digest": {"导语", "别的话"},
			"file": {"sha256:aa", "sha256:bb"}, "name of a file": {"表.pdf", "另.pdf"}, "kind": {`"news"`, `"notice"`},
			"form": {`"form":""`, `"form":"digest"`}, "added author": {`"source":`, `"author":"某人","source":`}, "revision": {`"revision_id":`, `"revision_id":1`},
		} {
			p := k.must(time.Time{})
			k.write(func(tx *db.Tx) error {
				return tx.G.Exec("UPDATE publications SET item = REPLACE(item, ?, ?) WHERE id = ?", change[0], change[1], p.ID).Error
			})
			if now := k.deliver(p); now.Status != publish.Held || now.Reason != "publish.hash" || k.paper.shown.Load() != 0 {
				t.Errorf("another %s: %s %s, shown %d times", what, now.Status, now.Reason, k.paper.shown.Load())
			}
		}
	})
}

// Items frozen by a version that did not know of originals still go out, as they
// were frozen.
func TestItemsWithoutTheirOriginalGoOut(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	k := open(t, d, clock)
	p := k.must(time.Time{})
	k.write(func(tx *db.Tx) error {
		return tx.G.Exec("UPDATE publications SET item = REPLACE(item, ?, '') WHERE id = ?", `,"reprint":{"url":"https://a.cn/1","date":"2026-03-01"}`, p.ID).Error
	})
	if k.load(p).Item.Reprint != nil {
		t.Fatal("the item still names its original")
	}
	if now := k.deliver(p); now.Status != publish.Live || now.Item.Reprint != nil {
		t.Errorf("%s %s", now.Status, now.Reason)
	}
}

func (k *desk) audited(p *publish.Publication) (actions []string) {
	k.t.Helper()
	err := k.d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.G.Raw("SELECT action FROM audit_entries WHERE object = ? ORDER BY id", p.Subject()).Scan(&actions).Error
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return actions
}

func TestPlanningAndCancellingAreOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		m, p, err := k.sign(clock.Now().Add(time.Hour), manuscript.Proactive)
		if err != nil {
			t.Fatal(err)
		}
		k.write(func(tx *db.Tx) error { return publish.Cancel(tx, m, "publish.unscheduled") })
		if got := k.audited(p); !slices.Equal(got, []string{"publish.planned", "publish.cancelled"}) {
			t.Errorf("on record: %v", got)
		}
	})
}

// An event may come after the last poll, when a person was called already, or
// while that poll is under way.
func TestNewsOfThePlatformBringsAHeldPublicationBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		news := func() { k.write(func(tx *db.Tx) error { return publish.Wake(tx, p.ID) }) }
		long := publish.Receipt{State: publish.NeedsPerson, Reason: "wechat.review_long"}
		k.paper.say = func() (publish.Receipt, error) { return long, nil }
		if now := k.deliver(p); now.Status != publish.Held {
			t.Fatalf("%s", now.Status)
		}
		news()
		if now := k.load(p); now.Status != publish.Pending || now.NextAt.After(clock.Now()) {
			t.Errorf("after the event: %s, next at %s", now.Status, now.NextAt)
		}
		k.paper.say = func() (publish.Receipt, error) { news(); return long, nil }
		if now := k.deliver(p); now.Status != publish.Pending || now.NextAt.After(clock.Now()) {
			t.Errorf("an event during the poll: %s, next at %s", now.Status, now.NextAt)
		}
		k.paper.say = nil
		if now := k.deliver(p); now.Status != publish.Live {
			t.Errorf("%s", now.Status)
		}
		news()
		if now := k.load(p); now.Status != publish.Live {
			t.Errorf("an event about what is live: %s", now.Status)
		}
		if got := k.audited(p); !slices.Equal(got, []string{"publish.planned", "publish.held", "publish.waiting", "publish.live"}) {
			t.Errorf("on record: %v", got)
		}
	})
}

func TestNewsOfThePlatformDoNotFreeATextThatDiffers(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	k := open(t, d, clock)
	p := k.must(time.Time{})
	k.write(func(tx *db.Tx) error {
		return tx.G.Exec("UPDATE publications SET item = REPLACE(item, '文', '改') WHERE id = ?", p.ID).Error
	})
	k.deliver(p)
	k.write(func(tx *db.Tx) error { return publish.Wake(tx, p.ID) })
	if now := k.load(p); now.Status != publish.Held {
		t.Errorf("%s", now.Status)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return publish.Wake(tx, 999) }); !errors.Is(err, publish.ErrNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
}

// What follows another channel is late from the moment that one was visible.
func TestLatenessCountsFromTheChannelItFollows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		k.targets = []publish.Target{{Channel: "paper"}, {Channel: "wall", After: "paper", Optional: true}}
		p := k.must(time.Time{})
		sweep := func() {
			t.Helper()
			if err := k.k.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		k.paper.say = func() (publish.Receipt, error) {
			return publish.Receipt{State: publish.Waiting, NextAt: clock.Now().Add(time.Hour)}, nil
		}
		k.deliver(p)
		clock.Advance(publish.Late + time.Second)
		sweep()
		if len(k.told) != 1 {
			t.Fatalf("the first is late: told %v", k.told)
		}
		clock.Advance(time.Hour)
		k.paper.say = nil
		k.deliver(p)
		clock.Advance(publish.Late - time.Second)
		sweep()
		if len(k.told) != 1 {
			t.Errorf("the second is not late yet: told %v", k.told)
		}
		clock.Advance(2 * time.Second)
		sweep()
		sweep()
		if len(k.told) != 2 {
			t.Errorf("the second is late now: told %v", k.told)
		}
	})
}

func TestWhatIsParkedIsToldOnceForEachReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		for _, reason := range []string{"ip", "ip", "permission", "permission"} {
			k.paper.say = func() (publish.Receipt, error) {
				return publish.Receipt{State: publish.Waiting, NextAt: clock.Now().Add(time.Minute), Reason: reason, Parked: true}, nil
			}
			k.deliver(p)
			clock.Advance(time.Minute)
		}
		if !slices.Equal(k.told, []string{"notice.publication_parked", "notice.publication_parked"}) {
			t.Errorf("told %v", k.told)
		}
	})
}

// The sweeper's list is short: what cannot go out must not fill it, and what
// must disappear comes first.
func TestOverdueListsTakeDownsFirstAndNothingFrozen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		waits, down := k.must(time.Time{}), k.must(time.Time{})
		k.write(func(tx *db.Tx) error {
			return tx.G.Exec("UPDATE publications SET state = 'retracting', next_at = next_at + 1 WHERE id = ?", down.ID).Error
		})
		clock.Advance(time.Minute)
		overdue := func(want ...int64) {
			t.Helper()
			got, err := k.k.Overdue(context.Background())
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("overdue %v, want %v: %v", got, want, err)
			}
		}
		overdue(down.ID, waits.ID)
		k.write(func(tx *db.Tx) error { return publish.Stop(tx, 1, 7, "核实线索") })
		overdue(down.ID)
	})
}

// A visit that lasts longer than its lease keeps its claim: nobody else begins.
func TestClaimLastsAsLongAsItsVisit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		k.k = publish.NewPublisher(d, []publish.Channel{k.paper}, func(*db.Tx, int64, string, string, map[string]any) error { return nil },
			publish.Timing{Call: 10 * time.Millisecond, Lease: 15 * time.Millisecond}, slog.New(slog.DiscardHandler))
		p := k.must(time.Time{})
		k.paper.say = func() (publish.Receipt, error) {
			for range 3 {
				until := k.load(p).LeaseUntil
				clock.Advance(14 * time.Millisecond)
				for k.load(p).LeaseUntil.Equal(until) {
					runtime.Gosched()
				}
			}
			if now := k.deliver(p); now.Status != publish.Delivering || k.paper.shown.Load() != 1 {
				t.Errorf("%s, %d visits", now.Status, k.paper.shown.Load())
			}
			return publish.Receipt{State: publish.Published}, nil
		}
		if now := k.deliver(p); now.Status != publish.Live || !now.LeaseUntil.IsZero() {
			t.Errorf("%s, leased until %s", now.Status, now.LeaseUntil)
		}
	})
}

// An article that a take-down could not be sure of may appear after all.
func TestNewsDuringAHeldTakeDownGoOnTakingDown(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	k := open(t, d, clock)
	p := k.must(time.Time{})
	k.write(func(tx *db.Tx) error {
		return tx.G.Exec("UPDATE publications SET state = 'held', reason = 'wechat.take_down_unsure', take_down_id = 5, confirmed_at = 1 WHERE id = ?", p.ID).Error
	})
	k.write(func(tx *db.Tx) error { return publish.Wake(tx, p.ID) })
	if now := k.load(p); now.Status != publish.Retracting || now.NextAt.After(clock.Now()) {
		t.Errorf("%s, next at %s", now.Status, now.NextAt)
	}
}
