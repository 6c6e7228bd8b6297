package jobs

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
)

// slow is a channel whose visits end only together: one after the other they
// would never.
type slow struct {
	want, here atomic.Int64
	all        chan struct{}
}

func (*slow) Name() string                       { return "slow" }
func (*slow) Check(publish.Item) []check.Finding { return nil }
func (s *slow) Deliver(ctx context.Context, _ publish.Item) (publish.Receipt, error) {
	if s.here.Add(1) == s.want.Load() {
		close(s.all)
	}
	select {
	case <-s.all:
		return publish.Receipt{State: publish.Published}, nil
	case <-ctx.Done():
		return publish.Receipt{}, ctx.Err()
	}
}
func (*slow) TakeDown(context.Context, publish.Item) (publish.Receipt, error) {
	return publish.Receipt{State: publish.Gone}, nil
}

// signed plans one publication on the slow channel.
func signed(t *testing.T, d *db.DB) (id int64) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		c := manuscript.Content{Title: "题", Body: "<p>文</p>", Kind: "news", Disclosure: manuscript.Disclosure{Attribute: manuscript.Proactive}}
		m := &manuscript.Manuscript{OrganisationID: 1, UnitID: 1, DrafterID: 1, State: manuscript.Publishing, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
		if err := manuscript.Insert(tx, m); err != nil {
			return err
		}
		if err := manuscript.AddRevision(tx, m, &manuscript.Revision{AuthorID: 1, Content: c}, 0); err != nil {
			return err
		}
		if err := manuscript.Save(tx, m); err != nil {
			return err
		}
		it := publish.Item{OrganisationID: 1, ManuscriptID: m.ID, RevisionID: m.RevisionID, RevisionNo: m.RevisionNo, Hash: m.Hash}.With(&c)
		all, err := publish.Plan(tx, m, it, []publish.Target{{Channel: "slow"}}, tx.Now())
		if err == nil {
			id = all[0].ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestOverdueWorkIsDoneSideBySide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		const n = 5
		ch := &slow{all: make(chan struct{})}
		ch.want.Store(n)
		log := slog.New(slog.DiscardHandler)
		k := publish.NewPublisher(d, []publish.Channel{ch}, func(*db.Tx, int64, string, string, map[string]any) error { return nil },
			publish.Timing{Call: 10 * time.Second, Lease: 20 * time.Second}, log)
		var ids []int64
		for range n {
			ids = append(ids, signed(t, d))
		}
		clock.Advance(time.Minute)
		w := &Workers{DB: d, Publisher: k, Log: log, Parallel: n}
		if err := w.overdue(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			for _, id := range ids {
				if p, err := publish.Load(tx, id); err != nil || p.Status != publish.Live {
					t.Errorf("publication %d: %+v %v", id, p, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
