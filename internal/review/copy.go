package review

import (
	"context"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// KeepCopy keeps what the actor has typed and not saved: for a manuscript there
// is, only while it is the one they have seen and they may edit it; for a new
// one (c.ManuscriptID 0), where they may draft.
func (k *Desk) KeepCopy(ctx context.Context, actor org.Actor, unit int64, seen manuscript.Seen, c *manuscript.WorkingCopy) error {
	c.PersonID = actor.PersonID
	return k.db.Write(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		a := &act{desk: k, tx: tx, actor: who, m: &manuscript.Manuscript{OrganisationID: who.OrganisationID, UnitID: unit}}
		if c.ManuscriptID == 0 {
			if err := a.require("manuscript.create"); err != nil {
				return err
			}
			return manuscript.Keep(tx, c)
		}
		if a.m, err = manuscript.Load(tx, c.ManuscriptID); err != nil {
			return err
		}
		if err := a.mayRead(); err != nil {
			return err
		}
		if err := a.require("manuscript.edit"); err != nil {
			return err
		}
		if err := a.m.Same(seen); err != nil {
			return err
		}
		if err := a.m.WhyNot(manuscript.Edit); err != nil {
			return err
		}
		return manuscript.Keep(tx, c)
	})
}

// Copies are the actor's own working copies of a manuscript, 0 for new ones,
// newest first.
func (k *Desk) Copies(ctx context.Context, actor org.Actor, id int64) (all []manuscript.WorkingCopy, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err == nil {
			all, err = manuscript.Kept(tx, who.PersonID, id)
		}
		return err
	})
	return all, err
}

// CopyNames says whether a working copy of the actor's names a stored file.
func (k *Desk) CopyNames(ctx context.Context, actor org.Actor, hash string) (named bool, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err == nil {
			named, err = manuscript.CopyNames(tx, who.PersonID, hash)
		}
		return err
	})
	return named, err
}

// DropCopy forgets one of the actor's working copies.
func (k *Desk) DropCopy(ctx context.Context, actor org.Actor, id int64, sheet string) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		return manuscript.DropCopy(tx, who.PersonID, id, sheet)
	})
}
