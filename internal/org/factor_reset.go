package org

import (
	"context"
	"time"

	"gongkai/internal/db"
)

// FactorReset is a lost second factor that one administrator wants removed; a
// second one does it (A46).
type FactorReset struct {
	AccountID, PersonID int64
	Login               string
	AskedBy             int64
	AskedAt             time.Time
}

// FactorResets lists the open ones of an organisation, oldest first.
func FactorResets(tx *db.Tx, organisationID int64) ([]FactorReset, error) {
	rows, err := factorResets(tx, organisationID)
	out := make([]FactorReset, len(rows))
	for i, r := range rows {
		out[i] = FactorReset{r.AccountID, r.PersonID, r.Login, r.ResetBy, db.Time(r.ResetAt)}
	}
	return out, err
}

// ofAccount finds the second factor of an account of a's organisation.
func ofAccount(tx *db.Tx, a Actor, where string, arg any) (acc Account, p Person, f factorRow, err error) {
	acc, known, err := findAccount(tx, where, arg)
	if err == nil && !known {
		err = ErrPersonUnknown.With("person", arg)
	}
	if err == nil {
		p, err = FindPerson(tx, acc.PersonID)
	}
	if err == nil && a.OrganisationID != 0 && p.OrganisationID != a.OrganisationID {
		err = ErrPersonUnknown.With("person", arg)
	}
	if err == nil {
		f, err = findFactor(tx, acc.ID)
	}
	if err == nil && f.ConfirmedAt == 0 {
		err = ErrNoFactor
	}
	return acc, p, f, err
}

// AskFactorReset asks for somebody else's second factor to be removed.
func (k *Desk) AskFactorReset(ctx context.Context, a Actor, login string) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		acc, p, f, err := ofAccount(tx, a, "login = ?", login)
		if err != nil {
			return err
		}
		if p.ID == a.PersonID {
			return ErrResetByOther
		}
		f.ResetBy, f.ResetAt = a.PersonID, db.Micros(tx.Now())
		if err := saveFactor(tx, f); err != nil {
			return err
		}
		if err := k.warn(tx, a, "notice.second_factor_reset", p.ID, []int64{p.ID}, SecurityAdmin, SystemAdmin); err != nil {
			return err
		}
		return k.audit(tx, a, "org.second_factor_reset_asked", object("account", acc.ID), nil)
	})
}

// ConfirmFactorReset removes it; the password stays. Neither who asked nor whose
// it is may confirm.
func (k *Desk) ConfirmFactorReset(ctx context.Context, a Actor, account int64) error {
	return k.endFactorReset(ctx, a, account, func(tx *db.Tx, acc Account, f factorRow) error {
		if a.PersonID == f.ResetBy || a.PersonID == acc.PersonID {
			return ErrResetByOther
		}
		return k.resetFactor(tx, a, acc, map[string]any{"asked_by": f.ResetBy})
	})
}

// DropFactorReset leaves the second factor in force; one administrator may do so.
func (k *Desk) DropFactorReset(ctx context.Context, a Actor, account int64) error {
	return k.endFactorReset(ctx, a, account, func(tx *db.Tx, acc Account, f factorRow) error {
		f.ResetBy, f.ResetAt = 0, 0
		if err := saveFactor(tx, f); err != nil {
			return err
		}
		return k.audit(tx, a, "org.second_factor_reset_dropped", object("account", acc.ID), nil)
	})
}

func (k *Desk) endFactorReset(ctx context.Context, a Actor, account int64, end func(tx *db.Tx, acc Account, f factorRow) error) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		if err := lockAccount(tx, account); err != nil {
			return err
		}
		acc, _, f, err := ofAccount(tx, a, "id = ?", account)
		if err != nil || f.ResetBy == 0 {
			return firstOf(err, ErrFactorReset)
		}
		return end(tx, acc, f)
	})
}

// ResetFactor removes a second factor for the program itself, at its command
// line, where an office has no second administrator left to confirm.
func (k *Desk) ResetFactor(ctx context.Context, system Actor, login string) error {
	if system.PersonID != 0 {
		return ErrResetByOther
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		acc, p, _, err := ofAccount(tx, system, "login = ?", login)
		if err != nil {
			return err
		}
		return k.resetFactor(tx, System(p.OrganisationID), acc, nil)
	})
}

func (k *Desk) resetFactor(tx *db.Tx, a Actor, acc Account, details map[string]any) error {
	if err := dropFactor(tx, acc.ID); err != nil {
		return err
	}
	if err := endSessions(tx, "kind <> 'token' AND account_id = ?", acc.ID); err != nil {
		return err
	}
	return k.audit(tx, a, "org.second_factor_reset", object("account", acc.ID), details)
}
