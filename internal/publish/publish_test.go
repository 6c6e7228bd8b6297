package publish_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
	"gongkai/internal/outbox"
	"gongkai/internal/publish"
)

// paper is a channel in memory: it shows an item once and says what it was told
// to say.
type paper struct {
	name  string
	shown atomic.Int64
	say   func() (publish.Receipt, error)
}

func (p *paper) Name() string                       { return p.name }
func (p *paper) Check(publish.Item) []check.Finding { return nil }
func (p *paper) Deliver(context.Context, publish.Item) (publish.Receipt, error) {
	p.shown.Add(1)
	if p.say != nil {
		return p.say()
	}
	return publish.Receipt{State: publish.Published, URL: "http://example/1"}, nil
}
func (p *paper) TakeDown(context.Context, publish.Item) (publish.Receipt, error) {
	return publish.Receipt{State: publish.Gone}, nil
}

type desk struct {
	t     *testing.T
	d     *db.DB
	clock *dbtest.Clock
	k     *publish.Publisher
	paper *paper
	told  []string

	targets []publish.Target
}

func open(t *testing.T, d *db.DB, clock *dbtest.Clock) *desk {
	k := &desk{t: t, d: d, clock: clock, paper: &paper{name: "paper"}, targets: []publish.Target{{Channel: "paper"}}}
	k.k = publish.NewPublisher(d, []publish.Channel{k.paper}, func(_ *db.Tx, _ int64, code, _ string, _ map[string]any) error {
		k.told = append(k.told, code)
		return nil
	}, publish.Timing{}, slog.New(slog.DiscardHandler))
	return k
}

func (k *desk) write(fn func(tx *db.Tx) error) {
	k.t.Helper()
	if err := k.d.Write(context.Background(), fn); err != nil {
		k.t.Fatal(err)
	}
}

// sign makes a signed manuscript with a publication on the paper channel.
func (k *desk) sign(at time.Time, attribute manuscript.Attribute) (m *manuscript.Manuscript, p *publish.Publication, err error) {
	k.t.Helper()
	err = k.d.Write(context.Background(), func(tx *db.Tx) error {
		c := manuscript.Content{Title: "题", Body: "<p>文</p>", Kind: "news", Source: "原办公室", Summary: "概要", Disclosure: manuscript.Disclosure{Attribute: attribute},
			WeChat: manuscript.WeChat{Title: "微题", Digest: "导语"}, Attachments: []manuscript.Attachment{{Name: "表.pdf", MediaType: "application/pdf", Size: 3, Hash: "sha256:aa"}},
			Reprint: manuscript.Reprint{Source: "省政府", URL: "https://a.cn/1", Date: "2026-03-01"}}
		m = &manuscript.Manuscript{OrganisationID: 1, UnitID: 1, DrafterID: 1, State: manuscript.Publishing, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
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
		all, err := publish.Plan(tx, m, it, k.targets, at)
		if len(all) > 0 {
			p = all[0]
		}
		return err
	})
	return m, p, err
}

func (k *desk) must(at time.Time) *publish.Publication {
	k.t.Helper()
	_, p, err := k.sign(at, manuscript.Proactive)
	if err != nil {
		k.t.Fatal(err)
	}
	return p
}

func (k *desk) deliver(p *publish.Publication) *publish.Publication {
	k.t.Helper()
	if err := k.k.Deliver(context.Background(), p.ID); err != nil {
		k.t.Fatal(err)
	}
	return k.load(p)
}

func (k *desk) load(p *publish.Publication) (now *publish.Publication) {
	k.t.Helper()
	err := k.d.Read(context.Background(), func(tx *db.Tx) (err error) { now, err = publish.Load(tx, p.ID); return err })
	if err != nil {
		k.t.Fatal(err)
	}
	return now
}

func TestNothingGoesOutBeforeItsTimeAndLatenessIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(clock.Now().Add(time.Hour))
		for range 3 {
			k.deliver(p)
			clock.Advance(19 * time.Minute)
		}
		if k.paper.shown.Load() != 0 {
			t.Error("shown before its time")
		}
		clock.Advance(3*time.Minute + publish.Late + time.Second) // nobody worked on it
		for range 3 {
			if err := k.k.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if len(k.told) != 1 || k.told[0] != "notice.publication_late" {
			t.Errorf("told %v", k.told)
		}
		if now := k.deliver(p); now.Status != publish.Live || k.paper.shown.Load() != 1 {
			t.Errorf("%s after %d deliveries", now.Status, k.paper.shown.Load())
		}
	})
}

func TestManyWorkersDeliverOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		done := make(chan error, 8)
		for range 8 {
			go func() { done <- k.k.Deliver(context.Background(), p.ID) }()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if k.paper.shown.Load() != 1 {
			t.Errorf("delivered %d times", k.paper.shown.Load())
		}
	})
}

func TestDeadWorkersClaimIsTakenOverAndItsAnswerIgnored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		k.paper.say = func() (publish.Receipt, error) {
			// While this worker hangs, its lease ends and another takes over.
			clock.Advance(2 * time.Minute)
			k.paper.say = nil
			if now := k.deliver(p); now.Status != publish.Live {
				t.Errorf("the second worker left it %s", now.Status)
			}
			return publish.Receipt{State: publish.Rejected, Reason: "too late"}, nil
		}
		if now := k.deliver(p); now.Status != publish.Live || now.Reason != "" {
			t.Errorf("the first worker's late answer counted: %s %s", now.Status, now.Reason)
		}
	})
}

func TestWithheldItemsAreNeverPlanned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		for _, a := range []manuscript.Attribute{manuscript.Withheld, manuscript.OnRequest} {
			if _, _, err := k.sign(time.Time{}, a); !errors.Is(err, publish.ErrWithheld) {
				t.Errorf("%s: %v", a, err)
			}
		}
	})
}

func TestChangedTextIsHeldAndNotShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		k.write(func(tx *db.Tx) error {
			return tx.G.Exec("UPDATE publications SET item = REPLACE(item, '文', '改') WHERE id = ?", p.ID).Error
		})
		if now := k.deliver(p); now.Status != publish.Held || now.Reason != "publish.hash" || k.paper.shown.Load() != 0 {
			t.Errorf("%s %s, shown %d times", now.Status, now.Reason, k.paper.shown.Load())
		}
		if len(k.told) != 1 {
			t.Errorf("told %v", k.told)
		}
	})
}

func TestFailedDeliveriesRestLongerAndLonger(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	k := open(t, d, clock)
	p := k.must(time.Time{})
	k.paper.say = func() (publish.Receipt, error) { return publish.Receipt{}, fmt.Errorf("no line") }
	var last time.Duration
	for range 8 {
		now := k.deliver(p)
		rest := now.NextAt.Sub(clock.Now())
		if now.Status != publish.Pending || rest < last || rest > time.Hour {
			t.Fatalf("%s, rests %s after %s", now.Status, rest, last)
		}
		last = rest
		clock.Advance(rest)
	}
	k.paper.say = nil
	if now := k.deliver(p); now.Status != publish.Live {
		t.Errorf("%s", now.Status)
	}
}

func TestFrozenPublishingWaitsAndTwoPersonsThawIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		k.write(func(tx *db.Tx) error { return publish.Stop(tx, 1, 7, "核实线索") })
		if now := k.deliver(p); now.Status != publish.Planned || k.paper.shown.Load() != 0 {
			t.Errorf("%s while frozen", now.Status)
		}
		thaw := func(by int64) (lifted bool, err error) {
			err = d.Write(context.Background(), func(tx *db.Tx) error { lifted, err = publish.Thaw(tx, 1, publish.Person{By: by}); return err })
			return lifted, err
		}
		if lifted, err := thaw(8); err != nil || lifted {
			t.Errorf("one person: %v %v", lifted, err)
		}
		if _, err := thaw(8); !errors.Is(err, publish.ErrThawSamePerson) {
			t.Errorf("the same person again: %v", err)
		}
		if lifted, err := thaw(9); err != nil || !lifted {
			t.Errorf("two persons: %v %v", lifted, err)
		}
		if now := k.deliver(p); now.Status != publish.Live {
			t.Errorf("%s after the thaw", now.Status)
		}
	})
}

func TestForgottenWorkIsFoundAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		k := open(t, d, clock)
		p := k.must(time.Time{})
		k.write(func(tx *db.Tx) error { return outbox.Done(tx, publish.Topic, p.Subject()) })
		if err := k.k.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		waiting := false
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			return tx.G.Raw("SELECT COUNT(*) > 0 FROM outbox WHERE done_at = 0 AND subject = ?", p.Subject()).Scan(&waiting).Error
		})
		if err != nil || !waiting {
			t.Errorf("no message for it: %v", err)
		}
	})
}
