package publish

import (
	"context"
	"time"
	"unicode/utf8"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
)

// Pin keeps a published manuscript at the head of its column until a day (置顶). It
// is a two-person act: one asks, another confirms.
type Pin struct {
	ID             int64
	OrganisationID int64
	ManuscriptID   int64
	Reason         string
	Until          time.Time
	AskedBy        int64
	AskedFor       int64
	AskedAt        time.Time
	ConfirmedBy    int64
	ConfirmedFor   int64
	ConfirmedAt    time.Time
	EndedAt        time.Time
	Version        int64
}

// Open says that a second person has not decided yet.
func (p *Pin) Open() bool { return p.ConfirmedAt.IsZero() && p.EndedAt.IsZero() }

// Stands says that it is, or may still come to be, at the head.
func (p *Pin) Stands(now time.Time) bool { return p.EndedAt.IsZero() && now.Before(p.Until) }

// A Pinner is a channel whose lists have a head.
type Pinner interface {
	Pin(tx *db.Tx, manuscript int64, on bool) error
}

// mostPinned is how far ahead a pin may reach.
const mostPinned = 60 * 24 * time.Hour

var (
	ErrPinReason = fault.New(fault.Invalid, "publish.pin_reason")
	ErrPinUntil  = fault.New(fault.Invalid, "publish.pin_until")
	ErrPinState  = fault.New(fault.Conflict, "publish.pin_state")
	ErrPinned    = fault.New(fault.Conflict, "publish.pinned")
	ErrPinNone   = fault.New(fault.Conflict, "publish.pin_none")
	ErrPinSame   = fault.New(fault.Forbidden, "publish.pin_same_person")
)

// WhyNotPin says why a pin cannot be asked for now.
func WhyNotPin(m *manuscript.Manuscript, last *Pin, now time.Time) error {
	switch {
	case m.State != manuscript.Published:
		return ErrPinState
	case last != nil && last.Stands(now):
		return ErrPinned
	}
	return nil
}

// AskPin opens a pin; a second person must confirm it.
func AskPin(tx *db.Tx, m *manuscript.Manuscript, who Person, reason string, until time.Time) error {
	last, err := LastPin(tx, m.ID)
	if err == nil {
		err = WhyNotPin(m, last, tx.Now())
	}
	switch n := utf8.RuneCountInString(reason); {
	case err != nil:
		return err
	case n < 2 || n > 300:
		return ErrPinReason.On("reason")
	case !until.After(tx.Now()) || until.Sub(tx.Now()) > mostPinned:
		return ErrPinUntil.On("until")
	}
	return insertPin(tx, &Pin{OrganisationID: m.OrganisationID, ManuscriptID: m.ID, Reason: reason, Until: until, AskedBy: who.By, AskedFor: who.For, AskedAt: tx.Now()})
}

// WhyNotConfirmPin says why this person cannot confirm the open pin.
func WhyNotConfirmPin(p *Pin, who Person, now time.Time) error {
	switch {
	case p == nil || !p.Open() || !p.Stands(now):
		return ErrPinNone
	case (Person{p.AskedBy, p.AskedFor}).same(who):
		return ErrPinSame
	}
	return nil
}

// ConfirmPin is the second person's yes: at the head from the commit on.
func (k *Publisher) ConfirmPin(tx *db.Tx, m *manuscript.Manuscript, who Person) (*Pin, error) {
	p, err := LastPin(tx, m.ID)
	if err == nil {
		err = WhyNotConfirmPin(p, who, tx.Now())
	}
	if err == nil && m.State != manuscript.Published {
		err = ErrPinState
	}
	if err != nil {
		return nil, err
	}
	p.ConfirmedBy, p.ConfirmedFor, p.ConfirmedAt = who.By, who.For, tx.Now()
	if err := savePin(tx, p); err != nil {
		return nil, err
	}
	return p, k.pin(tx, m.ID, true)
}

// WhyNotUnpin says why there is nothing to end.
func WhyNotUnpin(p *Pin, now time.Time) error {
	if p == nil || !p.Stands(now) {
		return ErrPinNone
	}
	return nil
}

// Unpin ends a pin, confirmed or not. One person may.
func (k *Publisher) Unpin(tx *db.Tx, m *manuscript.Manuscript) error {
	p, err := LastPin(tx, m.ID)
	if err == nil {
		err = WhyNotUnpin(p, tx.Now())
	}
	if err != nil {
		return err
	}
	return k.endPin(tx, p)
}

func (k *Publisher) endPin(tx *db.Tx, p *Pin) error {
	p.EndedAt = tx.Now()
	if err := savePin(tx, p); err != nil {
		return err
	}
	return k.pin(tx, p.ManuscriptID, false)
}

func (k *Publisher) pin(tx *db.Tx, manuscript int64, on bool) error {
	for _, ch := range k.channels {
		if pinner, ok := ch.(Pinner); ok {
			if err := pinner.Pin(tx, manuscript, on); err != nil {
				return err
			}
		}
	}
	return nil
}

// EndPins ends the pins whose day has come. It is run every few seconds, by any
// number of nodes.
func (k *Publisher) EndPins(ctx context.Context) error {
	var due []*Pin
	err := k.db.Read(ctx, func(tx *db.Tx) (err error) { due, err = duePins(tx); return err })
	if err != nil || len(due) == 0 {
		return err
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		due, err := duePins(tx)
		if err != nil {
			return err
		}
		for _, p := range due {
			if err := k.endPin(tx, p); err != nil {
				return err
			}
			if err := audit.Record(tx, audit.Entry{OrganisationID: p.OrganisationID, Action: "pin.ended", Object: manuscript.Subject(p.ManuscriptID)}); err != nil {
				return err
			}
		}
		return nil
	})
}
