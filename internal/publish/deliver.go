package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/outbox"
)

// Publisher delivers what was planned and follows it up. Any number may run on
// any number of nodes.
type Publisher struct {
	db       *db.DB
	channels map[string]Channel
	tell     Teller
	timing   Timing
	log      *slog.Logger
}

// Timing bounds one visit to a channel and the claim it is made under. Lease is
// longer than Call; a claim is renewed while its visit lasts.
type Timing struct{ Call, Lease time.Duration }

// Teller tells the staff of an organisation who can do something about it.
type Teller func(tx *db.Tx, organisation int64, code, subject string, args map[string]any) error

// NewPublisher answers a publisher for these channels.
func NewPublisher(d *db.DB, channels []Channel, tell Teller, t Timing, log *slog.Logger) *Publisher {
	byName := map[string]Channel{}
	for _, c := range channels {
		byName[c.Name()] = c
	}
	return &Publisher{d, byName, tell, t, log}
}

// Deliver works once on a publication: claim, let the channel move it, settle.
// Nothing to do, or somebody else doing it, is no error.
func (k *Publisher) Deliver(ctx context.Context, id int64) error {
	var p *Publication
	var claimed bool
	err := k.db.Write(ctx, func(tx *db.Tx) (err error) {
		if claimed, err = claim(tx, id, k.timing.Lease); err != nil || !claimed {
			return err
		}
		if p, err = Load(tx, id); err != nil {
			return err
		}
		if p.Status == Retracting {
			return nil
		}
		return unchanged(tx, p)
	})
	if errors.Is(err, ErrHash) {
		return k.hold(ctx, id, "publish.hash")
	}
	if err != nil || !claimed {
		return err
	}
	crashpoint.Here("K7")
	ch, ok := k.channels[p.Channel]
	if !ok {
		return k.hold(ctx, id, "publish.channel_unknown")
	}
	call, cancel := context.WithTimeout(ctx, k.timing.Call)
	defer cancel()
	release := k.keep(ctx, p)
	var r Receipt
	if p.Status == Retracting {
		r, err = k.takeDown(call, ch, p)
	} else {
		r, err = ch.Deliver(call, p.Item)
	}
	release()
	crashpoint.Here("K16")
	if errors.Is(err, ErrFenced) || errors.Is(err, ErrStopped) {
		return k.release(ctx, p, err)
	}
	if err != nil {
		k.log.WarnContext(ctx, "delivery failed", "publication", p.ID, "channel", p.Channel, "attempt", p.Attempt, "err", err)
		r = Receipt{State: Waiting, NextAt: k.db.Now().Add(backoff(p.Attempt)), URL: p.URL, Remote: p.Remote, Reason: reasonOf(err), Detail: "internal"}
	}
	return k.settle(context.WithoutCancel(ctx), p, r)
}

// keep renews the claim on p until release is called: a channel may let one slow
// call outlast the visit, and nobody else may begin meanwhile. A claim that was
// lost is not taken back.
func (k *Publisher) keep(ctx context.Context, p *Publication) (release func()) {
	if k.timing.Lease <= 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(k.timing.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := k.db.Write(ctx, func(tx *db.Tx) error { return renew(tx, p, k.timing.Lease) })
			if err != nil && ctx.Err() == nil {
				k.log.WarnContext(ctx, "claim not renewed", "publication", p.ID, "err", err)
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// unchanged recomputes the hash of the revision and compares the whole item
// about to go out with what it says (I2, I14).
func unchanged(tx *db.Tx, p *Publication) error {
	rev, err := manuscript.LoadRevision(tx, p.ManuscriptID, p.Item.RevisionNo)
	if err != nil {
		return err
	}
	c := &rev.Content
	if c.Hash() != p.Hash || c.Disclosure.Attribute != manuscript.Proactive || !p.signed(c) {
		return ErrHash
	}
	return nil
}

func reasonOf(err error) string {
	if f, ok := fault.From(err); ok {
		return f.Code
	}
	return "publish.failed"
}

// backoff is how long a failed delivery rests: quick at first, then at most half
// an hour.
func backoff(attempt int) time.Duration {
	steps := []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}
	if attempt-1 < len(steps) {
		return steps[max(0, attempt-1)]
	}
	return 30 * time.Minute
}

// release gives a claim back after the channel was told to stop.
func (k *Publisher) release(ctx context.Context, p *Publication, why error) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		if errors.Is(why, ErrFenced) {
			return nil
		}
		return giveBack(tx, p, tx.Now().Add(15*time.Second))
	})
}

func (k *Publisher) settle(ctx context.Context, p *Publication, r Receipt) error {
	to, ok := map[State]Status{Published: Live, Waiting: Pending, Rejected: TurnedDown, NeedsPerson: Held, Gone: Retracted}[r.State]
	if !ok {
		return fmt.Errorf("channel %s answered state %q", p.Channel, r.State)
	}
	if p.Status == Retracting && to == Pending {
		to = Retracting
	}
	if !p.Status.May(to) {
		return fmt.Errorf("publication %d: %s may not become %s", p.ID, p.Status, to)
	}
	before := p.Status
	return k.db.Write(ctx, func(tx *db.Tx) error {
		q := *p
		q.Status, q.NextAt, q.Remote, q.Reason, q.Detail = to, r.NextAt, r.Remote, r.Reason, r.Detail
		if r.URL != "" {
			q.URL = r.URL
		}
		switch to {
		case Live:
			q.LiveAt, q.Reason, q.Detail, q.AlarmedAt, q.NextAt = tx.Now(), "", "", time.Time{}, tx.Now().Add(inspectEvery)
		case Retracted, TurnedDown:
			q.EndedAt = tx.Now()
		}
		mine, err := settle(tx, &q)
		if err != nil || !mine {
			return err
		}
		switch to {
		case Pending, Retracting:
			if r.Parked && p.Reason != r.Reason {
				if err := k.tellOf(tx, &q, "notice.publication_parked"); err != nil {
					return err
				}
			}
			return outbox.Later(tx, Topic, q.Subject(), r.NextAt)
		case Held, TurnedDown:
			if err := k.tellOf(tx, &q, "notice.publication_stuck"); err != nil {
				return err
			}
		}
		if to == Retracted {
			if err := deactivate(tx, &q); err != nil {
				return err
			}
			if err := k.vacated(tx, &q); err != nil {
				return err
			}
		}
		if err := outbox.Done(tx, Topic, q.Subject()); err != nil {
			return err
		}
		if err := record(tx, &q, before); err != nil {
			return err
		}
		if to == Live {
			return k.appeared(tx, &q)
		}
		return nil
	})
}

func record(tx *db.Tx, p *Publication, before Status) error {
	return audit.Record(tx, audit.Entry{OrganisationID: p.OrganisationID, Action: "publish." + string(p.Status), Object: p.Subject(),
		Revision: p.Item.RevisionNo, Hash: p.Hash, Before: string(before), After: string(p.Status),
		Details: map[string]any{"channel": p.Channel, "url": p.URL, "reason": p.Reason, "manuscript": p.ManuscriptID, "fence": p.Fence}})
}

// tellOf tells the publishers why a publication does not go on.
func (k *Publisher) tellOf(tx *db.Tx, p *Publication, code string) error {
	return k.tell(tx, p.OrganisationID, code, manuscript.Subject(p.ManuscriptID), map[string]any{"title": p.Item.Title, "channel": p.Channel, "reason": p.Reason})
}

// appeared lets the channels that waited for this one go, and tells the
// manuscript when everything it needs is visible.
func (k *Publisher) appeared(tx *db.Tx, p *Publication) error {
	if p.Item.Correction != nil {
		if err := k.replace(tx, p); err != nil {
			return err
		}
	}
	all, err := OfManuscript(tx, p.ManuscriptID)
	if err != nil {
		return err
	}
	complete := true
	for _, q := range all {
		if q.Hash != p.Hash || q.Status == Cancelled {
			continue
		}
		if q.After == p.Channel && q.Status == Planned {
			taken, err := occupied(tx, q)
			if err == nil && !taken {
				err = letGo(tx, q)
			}
			if err != nil {
				return err
			}
		}
		if !q.Optional && q.Status != Live && q.ID != p.ID {
			complete = false
		}
	}
	if !complete {
		return nil
	}
	m, err := manuscript.LoadForUpdate(tx, p.ManuscriptID)
	if err != nil {
		return err
	}
	if m.WhyNot(manuscript.Appear) != nil {
		return nil
	}
	if err := m.Apply(manuscript.Appear, tx.Now()); err != nil {
		return err
	}
	return manuscript.Save(tx, m)
}

func (k *Publisher) hold(ctx context.Context, id int64, reason string) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		p, err := Load(tx, id)
		if err != nil {
			return err
		}
		before := p.Status
		if !before.May(Held) {
			return nil // somebody ended it meanwhile
		}
		p.Status, p.Reason, p.LeaseUntil = Held, reason, time.Time{}
		if err := save(tx, p); err != nil {
			return err
		}
		if err := k.tellOf(tx, p, "notice.publication_stuck"); err != nil {
			return err
		}
		if err := outbox.Done(tx, Topic, p.Subject()); err != nil {
			return err
		}
		return record(tx, p, before)
	})
}

// Channel finds a channel by its name in workflows/*.yaml.
func (k *Publisher) Channel(name string) (Channel, bool) {
	c, ok := k.channels[name]
	return c, ok
}
