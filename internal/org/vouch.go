package org

import (
	"context"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/fault"
)

// vouchLimit is how long a fresh single sign-on stands for the password.
const vouchLimit = 5 * time.Minute

// ErrVouchedOther is answered when the provider vouches for somebody else than
// whose session it is.
var ErrVouchedOther = fault.New(fault.Forbidden, "org.vouched_other")

// Vouch notes that the provider of single sign-on has just asked who sits at this
// session, and that it is who. For vouchLimit this stands, once, for the password
// that such people do not have (A50).
func (k *Desk) Vouch(ctx context.Context, a Actor, who string) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		account, err := accountOf(tx, who)
		if err != nil {
			return err
		}
		if account == 0 || account != a.AccountID || a.Kind != Single {
			return ErrVouchedOther
		}
		if err := setVouched(tx, a.Session, tx.Now().Add(vouchLimit)); err != nil {
			return err
		}
		return k.audit(tx, a, "org.vouched", object("account", a.AccountID), nil)
	})
}

// vouched uses up what the provider said, if it is still fresh.
func (k *Desk) vouched(ctx context.Context, a Actor) (fresh bool, err error) {
	if a.Kind != Single {
		return false, nil
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error { fresh, err = useVouched(tx, a.Session); return err })
	return fresh, err
}
