package publish

import (
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/outbox"
)

// Correction is what a corrected text says of the one it takes the place of (更正
// 说明). The reason is signed with the text; the rest is known of the other.
type Correction struct {
	Of          int64     `json:"of"`
	Reason      string    `json:"reason"`
	Title       string    `json:"title"`
	PublishedAt time.Time `json:"published_at"`
}

// CorrectionOf is the note of a content that corrects, nil for any other.
func CorrectionOf(tx *db.Tx, c *manuscript.Content) (*Correction, error) {
	if c.Corrects == nil {
		return nil, nil
	}
	m, err := manuscript.Load(tx, c.Corrects.Of)
	if err != nil {
		return nil, err
	}
	return &Correction{m.ID, c.Corrects.Reason, m.Title, m.PublishedAt}, nil
}

// correctedReason is the reason of a take-down that is a correction.
const correctedReason = "corrected"

// replace ends what the corrected manuscript still shows, once the first channel
// shows its correction. The website has changed them over in one transaction; on
// other channels the wrong text goes first and the corrected one follows, so at
// no moment are there two.
func (k *Publisher) replace(tx *db.Tx, p *Publication) error {
	c, err := manuscript.CorrectionBy(tx, p.ManuscriptID)
	if err != nil || c == nil || !c.DoneAt.IsZero() {
		return err
	}
	if err := manuscript.EndCorrection(tx, c.ManuscriptID); err != nil {
		return err
	}
	if _, err := manuscript.LoadForUpdate(tx, c.ManuscriptID); err != nil { // in the order of a signature
		return err
	}
	m, err := manuscript.LoadForUpdate(tx, c.Of)
	if err != nil || m.WhyNot(manuscript.Correct) != nil { // taken down meanwhile
		return err
	}
	before := m.State
	if err := m.Apply(manuscript.Correct, tx.Now()); err != nil {
		return err
	}
	m.EndReason = c.Reason
	t := &TakeDown{OrganisationID: m.OrganisationID, ManuscriptID: m.ID, Reason: correctedReason, Note: c.Reason, AskedBy: c.StartedBy, AskedFor: c.StartedFor, AskedAt: c.StartedAt,
		ConfirmedBy: c.SignedBy, ConfirmedAt: tx.Now()}
	if open, err := LastTakeDown(tx, m.ID); err != nil {
		return err
	} else if open != nil && open.Open() {
		open.DroppedAt = tx.Now()
		if err := saveTakeDown(tx, open); err != nil {
			return err
		}
	}
	if err := insertTakeDown(tx, t); err != nil {
		return err
	}
	all, err := lockActive(tx, m.ID)
	if err != nil {
		return err
	}
	for _, q := range all {
		if err := k.retract(tx, q, t); err != nil {
			return err
		}
	}
	if err := manuscript.Save(tx, m); err != nil {
		return err
	}
	return audit.Record(tx, audit.Entry{OrganisationID: m.OrganisationID, Action: "manuscript.corrected", Object: m.Subject(), Revision: m.RevisionNo, Hash: m.Hash,
		Before: string(before), After: string(m.State), Details: map[string]any{"by": c.ManuscriptID, "reason": c.Reason}})
}

// occupied says that the text p corrects is still before the readers of p's
// channel, or may be.
func occupied(tx *db.Tx, p *Publication) (bool, error) {
	if p.Item.Correction == nil {
		return false, nil
	}
	all, err := lockActive(tx, p.Item.Correction.Of)
	for _, q := range all {
		if q.Channel == p.Channel && q.Status != TurnedDown {
			return true, err
		}
	}
	return false, err
}

// vacated lets a correction go that waited for p to be gone.
func (k *Publisher) vacated(tx *db.Tx, p *Publication) error {
	c, err := manuscript.CorrectionOf(tx, p.ManuscriptID)
	if err != nil || c == nil {
		return err
	}
	all, err := OfManuscript(tx, c.ManuscriptID)
	if err != nil {
		return err
	}
	for _, q := range all {
		if q.Channel == p.Channel && q.Status == Planned && follows(q, all) {
			if err := letGo(tx, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// follows says that the channel q waits for shows the same text.
func follows(q *Publication, all []*Publication) bool {
	for _, first := range all {
		if first.Channel == q.After && first.Hash == q.Hash && first.Status == Live {
			return true
		}
	}
	return q.After == ""
}

func letGo(tx *db.Tx, q *Publication) error {
	if err := makeDue(tx, q.ID); err != nil {
		return err
	}
	return outbox.Later(tx, Topic, q.Subject(), tx.Now())
}
