package org

import (
	"context"

	"gongkai/internal/db"
)

// proves says whether a password is that of who sits at an open session, and
// whether the account is shut: then the right one proves nothing either.
func (k *Desk) proves(ctx context.Context, a Actor, password string) (acc Account, right, shut bool, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		if acc, _, err = findAccount(tx, "id = ?", a.AccountID); err != nil {
			return err
		}
		g, err := k.gate(tx, &acc, a.Address)
		shut = g.locked(tx.Now()) || !k.usable(acc, tx.Now())
		return err
	})
	if err == nil {
		right, err = checkPassword(ctx, password, acc.PasswordHash)
	}
	return acc, right, shut, err
}

// guessed counts a wrong password at an open session like one at the sign-in.
func (k *Desk) guessed(ctx context.Context, a Actor, action string) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		_, g, err := k.at(tx, a.AccountID, a.Address)
		if err != nil {
			return err
		}
		return k.wrong(tx, a, g, action)
	})
}

// reauthenticate asks for the password again before a factor is changed (A50); who
// has none, because a provider vouches for them, asks the provider again.
func (k *Desk) reauthenticate(ctx context.Context, a Actor, password string) error {
	if password == "" {
		if fresh, err := k.vouched(ctx, a); err != nil || fresh {
			return err
		}
	}
	_, right, shut, err := k.proves(ctx, a, password)
	if err == nil && (!right || shut) {
		err = firstOf(k.guessed(ctx, a, "org.reauthentication_refused"), ErrPassword.On("password"))
	}
	return err
}

// PasswordChange is a change whose old password was found right.
type PasswordChange struct{ from, to string } // hashes

// PreparePassword checks the old password and hashes the new one, outside
// transactions. A wrong one counts towards the account's lock like one at the
// sign-in; while it is locked the right one is refused too.
func (k *Desk) PreparePassword(ctx context.Context, a Actor, old, new string) (PasswordChange, error) {
	if err := weak(new, a.Login); err != nil {
		return PasswordChange{}, err
	}
	acc, right, shut, err := k.proves(ctx, a, old)
	if err != nil {
		return PasswordChange{}, err
	}
	if right && !shut {
		if err := k.unused(ctx, acc, new); err != nil {
			return PasswordChange{}, err
		}
		to, err := hashPassword(ctx, new)
		return PasswordChange{acc.PasswordHash, to}, err
	}
	// The request that made the change, sent again, is no guess.
	again, err := checkPassword(ctx, new, acc.PasswordHash)
	if err == nil && !right && !again {
		err = k.guessed(ctx, a, "org.password_change_refused")
	}
	return PasswordChange{}, firstOf(err, ErrSignIn.On("old_password"))
}

// unused refuses a password that is, or was not long ago, the account's (D1).
func (k *Desk) unused(ctx context.Context, acc Account, password string) error {
	var old []string
	if err := k.db.Read(ctx, func(tx *db.Tx) (err error) {
		old, err = oldPasswords(tx, acc.ID, max(k.Rules.PasswordHistory-1, 0))
		return err
	}); err != nil {
		return err
	}
	for _, hash := range append(old, acc.PasswordHash) {
		if used, err := checkPassword(ctx, password, hash); err != nil || used {
			return firstOf(err, ErrPasswordUsed.On("password").With("count", max(k.Rules.PasswordHistory, 1)))
		}
	}
	return nil
}

// ChangePassword sets one's own password and ends all other sessions (A49).
func (k *Desk) ChangePassword(ctx context.Context, a Actor, c PasswordChange) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		_, g, err := k.at(tx, a.AccountID, a.Address)
		if err != nil {
			return err
		}
		acc := g.acc
		if c.to == "" || acc.PasswordHash != c.from || !k.usable(*acc, tx.Now()) || g.locked(tx.Now()) {
			return ErrSignIn.On("old_password")
		}
		if err := keepOldPassword(tx, acc.ID, c.from, k.Rules.PasswordHistory-1); err != nil {
			return err
		}
		acc.PasswordHash, acc.MustChange, acc.PasswordAt = c.to, false, tx.Now()
		if err := saveAccount(tx, acc); err != nil {
			return err
		}
		if err := g.right(tx); err != nil {
			return err
		}
		if err := endOtherSessions(tx, a); err != nil {
			return err
		}
		tx.AfterCommit(func() { k.known.forget(a.Session) })
		return k.audit(tx, a, "org.password_changed", object("account", acc.ID), nil)
	})
}
