package publish

import (
	"context"
	"time"

	"gongkai/internal/db"
)

// An Inspector is a channel on which others than us can take down what is live.
type Inspector interface {
	// Inspect reads whether readers still see the item: Published, NeedsPerson
	// when they do not, or Waiting when it cannot be said now. It changes
	// nothing over there.
	Inspect(context.Context, Item) (Receipt, error)
}

// A Surveyor is an Inspector whose platform lists many items at once. It is asked
// when single reads cannot go on, because a day's quota of them is used up.
type Surveyor interface {
	// Survey calls seen with publications readers still see, a page at a time. What
	// it leaves out is not known to be gone.
	Survey(ctx context.Context, seen func(publications []int64) error) error
}

// surveyEvery keeps what no list shows from using up the quota of lists.
const surveyEvery = time.Hour

// inspectEvery is how often each live publication is read again, and
// inspectBatch how many in one go.
const (
	inspectEvery = 24 * time.Hour
	inspectBatch = 20
)

// Inspect reads what became of live publications whose day has come, and holds
// those that readers no longer see. A channel that cannot say now, because its
// quota is used up or it is away, is asked for its list and then left alone until
// the next call.
func (k *Publisher) Inspect(ctx context.Context) error {
	for name, ch := range k.channels {
		inspector, ok := ch.(Inspector)
		if !ok {
			continue
		}
		for range inspectBatch {
			stands, err := k.inspectOne(ctx, name, inspector)
			if err == nil && stands == Waiting {
				err = k.survey(ctx, name, inspector)
			}
			if err != nil {
				return err
			}
			if stands != Published && stands != NeedsPerson {
				break
			}
		}
	}
	return nil
}

// survey counts what a list shows as read.
func (k *Publisher) survey(ctx context.Context, channel string, ch Inspector) error {
	surveyor, ok := ch.(Surveyor)
	if !ok {
		return nil
	}
	if mine, err := k.db.Turn(ctx, "survey:"+channel, surveyEvery); err != nil || !mine {
		return err
	}
	err := surveyor.Survey(ctx, func(publications []int64) error {
		return k.db.Write(ctx, func(tx *db.Tx) error { return inspected(tx, channel, publications, tx.Now().Add(inspectEvery)) })
	})
	if err != nil {
		k.log.WarnContext(ctx, "not all live publications were looked at", "channel", channel, "err", err)
	}
	return nil
}

// inspectOne reads one publication; the state is empty when none is due.
func (k *Publisher) inspectOne(ctx context.Context, channel string, ch Inspector) (State, error) {
	var p *Publication
	err := k.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = takeForInspection(tx, channel, tx.Now().Add(inspectEvery))
		return err
	})
	if err != nil || p == nil {
		return "", err
	}
	call, cancel := context.WithTimeout(ctx, k.timing.Call)
	defer cancel()
	r, err := ch.Inspect(call, p.Item)
	if err != nil {
		k.log.WarnContext(ctx, "inspection failed", "publication", p.ID, "channel", channel, "err", err)
		r = Receipt{State: Waiting, NextAt: k.db.Now().Add(time.Hour)}
	}
	ctx = context.WithoutCancel(ctx)
	switch r.State {
	case Published:
		return r.State, nil
	case NeedsPerson:
		return r.State, k.lost(ctx, p, r)
	}
	return Waiting, k.db.Write(ctx, func(tx *db.Tx) error { return inspectLater(tx, p, r.NextAt) })
}

// lost holds what was live and is not visible any more.
func (k *Publisher) lost(ctx context.Context, seen *Publication, r Receipt) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		p, err := lock(tx, seen.ID)
		if err != nil {
			return err
		}
		if p.Status != Live || p.Fence != seen.Fence {
			return nil // taken down meanwhile
		}
		p.Status, p.NextAt, p.Reason, p.Detail = Held, time.Time{}, r.Reason, r.Detail
		if err := save(tx, p); err != nil {
			return err
		}
		if err := k.tellOf(tx, p, "notice.publication_stuck"); err != nil {
			return err
		}
		return record(tx, p, Live)
	})
}
