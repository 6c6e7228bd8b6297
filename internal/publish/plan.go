package publish

import (
	"time"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/outbox"
)

// Topic is the outbox topic of deliveries.
const Topic = "publish"

// Target is one channel a chain publishes on.
type Target struct {
	Channel  string
	After    string
	Optional bool
}

// Plan leaves one publication and one outbox message per channel, in the
// transaction that signs (or releases) the manuscript. An item that is not open
// to everybody never gets one (domain §3). at is the earliest moment of
// visibility.
func Plan(tx *db.Tx, m *manuscript.Manuscript, it Item, targets []Target, at time.Time) ([]*Publication, error) {
	if m.Disclosure != manuscript.Proactive {
		return nil, ErrWithheld
	}
	if it.Hash != m.Hash {
		return nil, ErrHash
	}
	if at.Before(tx.Now()) {
		at = tx.Now()
	}
	it.PublishAt = at
	var out []*Publication
	for _, t := range targets {
		p := &Publication{OrganisationID: m.OrganisationID, ManuscriptID: m.ID, RevisionID: m.RevisionID, Channel: t.Channel, After: t.After,
			Hash: m.Hash, Status: Planned, NextAt: at, PublishAt: at, Optional: t.Optional, Item: it, CreatedAt: tx.Now()}
		if t.After != "" {
			p.NextAt = never
		}
		if err := insert(tx, p); err != nil {
			return nil, err
		}
		if err := record(tx, p, ""); err != nil {
			return nil, err
		}
		if t.After == "" {
			if err := outbox.Add(tx, Topic, p.Subject(), at); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// never is when a publication becomes due that waits for its predecessor.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Cancel stops all publications of a manuscript that nothing was sent for yet.
// Once one is on its way it is ErrUnderway: then only a take-down helps.
func Cancel(tx *db.Tx, m *manuscript.Manuscript, reason string) error {
	all, err := lockActive(tx, m.ID)
	if err != nil {
		return err
	}
	for _, p := range all {
		if !p.ConfirmedAt.IsZero() || p.Status == Live {
			return ErrUnderway.With("channel", p.Channel)
		}
	}
	for _, p := range all {
		if err := cancel(tx, p, reason); err != nil {
			return err
		}
	}
	return nil
}

func cancel(tx *db.Tx, p *Publication, reason string) error {
	if !p.Status.May(Cancelled) {
		return ErrEdge.With("from", string(p.Status)).With("to", string(Cancelled))
	}
	before := p.Status
	p.Status, p.Reason, p.EndedAt, p.LeaseUntil = Cancelled, reason, tx.Now(), time.Time{}
	if err := save(tx, p); err != nil {
		return err
	}
	if err := record(tx, p, before); err != nil {
		return err
	}
	if err := deactivate(tx, p); err != nil {
		return err
	}
	if err := freeRevision(tx, p.ID); err != nil {
		return err
	}
	return outbox.Done(tx, Topic, p.Subject())
}
