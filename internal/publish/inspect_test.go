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
