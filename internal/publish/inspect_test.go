package publish_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
)

// wall is a paper that somebody else may tear down.
type wall struct {
	*paper
	read int
	say  func() (publish.Receipt, error)
}

func (w *wall) Inspect(context.Context, publish.Item) (publish.Receipt, error) {
	w.read++
	return w.say()
}

// board is a wall whose owner also lists what hangs there.
type board struct {
	*wall
	listed []int64
	lists  int
}

func (b *board) Survey(_ context.Context, seen func([]int64) error) error {
	b.lists++
	return seen(b.listed)
}

// A day's single reads may be fewer than what is live: the list covers the rest.
func TestAListCoversWhatSingleReadsCannot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		b := &board{wall: &wall{paper: k.paper}}
		k.k = publish.NewPublisher(d, []publish.Channel{b}, nil, publish.Timing{}, slog.New(slog.DiscardHandler))
		var all []*publish.Publication
		for range 6 {
			p := k.must(time.Time{})
			k.deliver(p)
			all = append(all, p)
		}
		for _, p := range all[:5] {
			b.listed = append(b.listed, p.ID)
		}
		clock.Advance(24 * time.Hour)
		midnight := clock.Now().Add(16 * time.Hour)
		b.say = func() (publish.Receipt, error) {
			if b.read > 2 {
				return publish.Receipt{State: publish.Waiting, NextAt: midnight}, nil
			}
			return publish.Receipt{State: publish.Published}, nil
		}
		for range 3 {
			if err := k.k.Inspect(context.Background()); err != nil {
				t.Fatal(err)
			}
			clock.Advance(15 * time.Minute)
		}
		if b.lists != 1 || b.read != 4 {
			t.Errorf("%d lists, %d reads", b.lists, b.read)
		}
		for i, p := range all {
			want := clock.Now().Add(24*time.Hour - 45*time.Minute)
			if i == 5 { // not listed: read by itself when the quota begins again
				want = midnight
			}
			if now := k.load(p); now.Status != publish.Live || !now.NextAt.Equal(want) {
				t.Errorf("publication %d is %s and read again at %s, want %s", i, now.Status, now.NextAt, want)
			}
		}
	})
}

func TestWhatIsLiveIsReadOnceADayAndHeldWhenItIsGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		w := &wall{paper: k.paper}
		k.k = publish.NewPublisher(d, []publish.Channel{w}, func(_ *db.Tx, _ int64, code, _ string, _ map[string]any) error {
			k.told = append(k.told, code)
			return nil
		}, publish.Timing{}, slog.New(slog.DiscardHandler))
		inspect := func(reads int) {
			t.Helper()
			w.read = 0
			if err := k.k.Inspect(context.Background()); err != nil {
				t.Fatal(err)
			}
			if w.read != reads {
				t.Fatalf("read %d times, want %d", w.read, reads)
			}
		}
		a, b := k.must(time.Time{}), k.must(time.Time{})
		k.deliver(a)
		clock.Advance(time.Minute)
		k.deliver(b)
		inspect(0)
		clock.Advance(24 * time.Hour)
		w.say = func() (publish.Receipt, error) { return publish.Receipt{State: publish.Published}, nil }
		inspect(2)
		inspect(0)

		clock.Advance(24 * time.Hour)
		tomorrow := clock.Now().Add(10 * time.Hour)
		w.say = func() (publish.Receipt, error) { return publish.Receipt{State: publish.Waiting, NextAt: tomorrow}, nil }
		inspect(1) // the quota is used up: the other one stays for later
		w.say = func() (publish.Receipt, error) { return publish.Receipt{}, fmt.Errorf("no line") }
		inspect(1)
		inspect(0)
		if len(k.told) != 0 {
			t.Errorf("told %v", k.told)
		}

		clock.Set(tomorrow)
		w.say = func() (publish.Receipt, error) {
			return publish.Receipt{State: publish.NeedsPerson, Reason: "wechat.banned"}, nil
		}
		inspect(2)
		inspect(0)
		for _, p := range []*publish.Publication{a, b} {
			if now := k.load(p); now.Status != publish.Held || now.Reason != "wechat.banned" {
				t.Errorf("%s %s", now.Status, now.Reason)
			}
			if got := k.audited(p); !slices.Equal(got, []string{"publish.planned", "publish.live", "publish.held"}) {
				t.Errorf("on record: %v", got)
			}
		}
		if !slices.Equal(k.told, []string{"notice.publication_stuck", "notice.publication_stuck"}) {
			t.Errorf("told %v", k.told)
		}
	})
}
