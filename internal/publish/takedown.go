package publish

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/outbox"
)

// Person is who acts in a two-person act: By, and For when standing in.
type Person struct{ By, For int64 }

// same says that a natural person is in both: a stand-in's act counts for both
// (A19).
func (p Person) same(q Person) bool {
	return p.By == q.By || p.By == q.For || p.For != 0 && (p.For == q.By || p.For == q.For)
}

// Ask opens a take-down; a second person must confirm it.
func Ask(tx *db.Tx, m *manuscript.Manuscript, who Person, reason, note string) (*TakeDown, error) {
	if err := WhyNotAsk(tx, m); err != nil {
		return nil, err
	}
	if !slices.Contains(TakeDownReasons, reason) {
		return nil, ErrTakeDownReason.On("reason").With("reason", reason)
	}
	if n := utf8.RuneCountInString(note); n < 2 || n > 500 {
		return nil, ErrTakeDownNote.On("note")
	}
	t := &TakeDown{OrganisationID: m.OrganisationID, ManuscriptID: m.ID, Reason: reason, Note: note, AskedBy: who.By, AskedFor: who.For, AskedAt: tx.Now()}
	return t, insertTakeDown(tx, t)
}

// WhyNotAsk says why a take-down cannot be opened now.
func WhyNotAsk(tx *db.Tx, m *manuscript.Manuscript) error {
	if m.WhyNot(manuscript.TakeDown) != nil {
		return ErrTakeDownState.With("state", string(m.State))
	}
	last, err := LastTakeDown(tx, m.ID)
	if err != nil {
		return err
	}
	if last != nil && last.Open() {
		return ErrTakeDownOpen
	}
	return nil
}

// WhyNotConfirm says why this person cannot confirm the open take-down. Nobody
// confirms what they asked for, or what somebody asked for them (A19).
func WhyNotConfirm(t *TakeDown, who Person) error {
	if t == nil || !t.Open() {
		return ErrTakeDownNone
	}
	if (Person{t.AskedBy, t.AskedFor}).same(who) {
		return ErrTakeDownSame
	}
	return nil
}

// ConfirmTakeDown hides the manuscript: the website at commit, other channels as
// soon as they can. m is locked and saved by the caller.
func (k *Publisher) ConfirmTakeDown(tx *db.Tx, m *manuscript.Manuscript, who Person) (*TakeDown, error) {
	t, err := LastTakeDown(tx, m.ID)
	if err != nil {
		return nil, err
	}
	if err := WhyNotConfirm(t, who); err != nil {
		return nil, err
	}
	t.ConfirmedBy, t.ConfirmedFor, t.ConfirmedAt = who.By, who.For, tx.Now()
	if err := saveTakeDown(tx, t); err != nil {
		return nil, err
	}
	if err := m.Apply(manuscript.TakeDown, tx.Now()); err != nil {
		return nil, err
	}
	m.EndReason = t.Reason
	all, err := lockActive(tx, m.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if err := k.retract(tx, p, t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// WhyNotDrop says why there is no take-down to drop. One person may, also who
// asked for it.
func WhyNotDrop(t *TakeDown) error {
	if t == nil || !t.Open() {
		return ErrTakeDownNone
	}
	return nil
}

// DropTakeDown ends an open take-down without hiding anything.
func DropTakeDown(tx *db.Tx, m *manuscript.Manuscript) error {
	t, err := LastTakeDown(tx, m.ID)
	if err != nil {
		return err
	}
	if err := WhyNotDrop(t); err != nil {
		return err
	}
	t.DroppedAt = tx.Now()
	return saveTakeDown(tx, t)
}

func (k *Publisher) retract(tx *db.Tx, p *Publication, t *TakeDown) error {
	if p.ConfirmedAt.IsZero() && p.Status != Live {
		return cancel(tx, p, "publish.taken_down")
	}
	before := p.Status
	p.TakeDownID, p.LeaseUntil, p.NextAt = t.ID, time.Time{}, tx.Now()
	hider, atOnce := k.channels[p.Channel].(Hider)
	if atOnce {
		it := p.Item
		it.TakeDownReason, it.TakeDownAt = t.Reason, t.ConfirmedAt
		if err := hider.Hide(tx, it); err != nil {
			return err
		}
		p.Status, p.EndedAt = Retracted, tx.Now()
	} else {
		p.Status, p.Attempt = Retracting, 0
	}
	if !before.May(p.Status) {
		return ErrEdge.With("from", string(before)).With("to", string(p.Status))
	}
	if err := save(tx, p); err != nil {
		return err
	}
	if err := record(tx, p, before); err != nil {
		return err
	}
	if !atOnce {
		return outbox.Later(tx, Topic, p.Subject(), tx.Now())
	}
	if err := outbox.Done(tx, Topic, p.Subject()); err != nil {
		return err
	}
	return deactivate(tx, p)
}

func (k *Publisher) takeDown(ctx context.Context, ch Channel, p *Publication) (Receipt, error) {
	it := p.Item
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		t, err := takeDownByID(tx, p.TakeDownID)
		it.TakeDownReason, it.TakeDownAt = t.Reason, t.ConfirmedAt
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return ch.TakeDown(ctx, it)
}

// MayRetry says whether Retry has something to bring forward.
func (p *Publication) MayRetry() bool {
	return p.Status == Held || p.Status == Pending || p.Status == Retracting
}

// Ways are what Retry takes for how, besides nothing, for a publication as it
// stands; whether one fits the delivery is the channel's to say.
func (k *Publisher) Ways(p *Publication) []string {
	resumer, ok := k.channels[p.Channel].(Resumer)
	if !ok || p.Status != Held || p.TakeDownID != 0 {
		return nil
	}
	return resumer.Ways()
}

// Retry lets a held or waiting publication, or a take-down under way, be worked
// on now. how is a person's word on how a held one goes on, see Resumer.
func (k *Publisher) Retry(tx *db.Tx, organisation, id int64, how string) (*Publication, error) {
	p, err := Load(tx, id)
	if err != nil {
		return nil, err
	}
	if p.OrganisationID != organisation {
		return nil, ErrNotFound.With("id", id)
	}
	if !p.MayRetry() {
		return nil, ErrNothingToRetry.With("state", string(p.Status))
	}
	resumer, ok := k.channels[p.Channel].(Resumer)
	if how != "" && !ok {
		return nil, ErrHow.On("how").With("how", how)
	}
	if how != "" && p.TakeDownID != 0 {
		return nil, ErrHowNow.On("how")
	}
	if err := again(tx, p); err != nil {
		return nil, err
	}
	if ok {
		if err := resumer.Resume(tx, id, how); err != nil {
			return nil, err
		}
	}
	return p, outbox.Later(tx, Topic, p.Subject(), tx.Now())
}

// again hands a publication out as it was before it was held.
func again(tx *db.Tx, p *Publication) error {
	p.NextAt, p.LeaseUntil, p.Attempt = tx.Now(), time.Time{}, 0
	switch {
	case p.Status == Retracting, p.Status == Held && p.TakeDownID != 0:
		p.Status = Retracting
	default:
		p.Status = Pending
	}
	return save(tx, p)
}

// Wake brings the next step of a publication forward: its platform has news.
// What its channel gave to a person goes on too. A worker that is at it loses
// its claim, because it may have asked before there was news.
func Wake(tx *db.Tx, id int64) error {
	p, err := lock(tx, id)
	if err != nil {
		return err
	}
	before := p.Status
	switch {
	case before == Delivering, before == Pending, before == Retracting:
	case before == Held && !strings.HasPrefix(p.Reason, "publish."):
	default:
		return nil
	}
	if err := again(tx, p); err != nil {
		return err
	}
	if before == Held {
		if err := record(tx, p, before); err != nil {
			return err
		}
	}
	return outbox.Later(tx, Topic, p.Subject(), tx.Now())
}
