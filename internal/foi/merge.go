package foi

import (
	"context"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// Merge says that the request is the same as another, by its number, that came by
// another way: it stays in the register and is not counted (domain 5.3).
func (k *Desk) Merge(ctx context.Context, actor org.Actor, id, seen int64, into, note string) (*Request, error) {
	note, err := manuscript.Note("merge_note", note, 1000)
	if err != nil {
		return nil, err
	}
	if note == "" {
		return nil, ErrMergeNote.On("merge_note")
	}
	return k.on(ctx, actor, id, seen, "foi.handle", func(a *act) error {
		other, err := oneRequest(a.tx, "number = ? AND organisation_id = ?"+a.tx.ForUpdate(), into, a.r.OrganisationID)
		if err != nil {
			return onField(err, "into")
		}
		if other.ID == id || other.MergedInto != 0 || a.r.MergedInto != 0 || !a.r.ClosedOn.IsZero() {
			return ErrMerge.On("into")
		}
		a.r.MergedInto = other.ID
		if err := saveRequest(a.tx, a.r); err != nil {
			return err
		}
		return a.record("foi.merge", map[string]any{"into": other.Number, "note": note})
	})
}

// same lists other requests of the same applicant, by the number of the identity
// papers, the newest first: one of them may be this one, sent by another way.
func (k *Desk) same(tx *db.Tx, r *Request, own envelope) ([]*Request, error) {
	if own.indexes[byIdentity] == "" {
		return nil, nil
	}
	return sameApplicant(tx, r, own.indexes[byIdentity])
}
