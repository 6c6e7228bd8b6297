package org

import (
	"context"
	"strings"

	"gongkai/internal/db"
)

// SetPIN sets the six digits that confirm one's signatures.
func (k *Desk) SetPIN(ctx context.Context, a Actor, password, pin string) error {
	if weakPIN(pin) {
		return ErrPIN.On("pin")
	}
	if err := k.reauthenticate(ctx, a, password); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, pin)
	if err != nil {
		return err
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		if err := lockAccount(tx, a.AccountID); err != nil {
			return err
		}
		r, err := findConfirmation(tx, a.AccountID)
		if err != nil {
			return err
		}
		r.PinHash, r.SetAt, r.Failures, r.LockedUntil = hash, db.Micros(tx.Now()), 0, 0
		if err := saveConfirmation(tx, r); err != nil {
			return err
		}
		return k.audit(tx, a, "org.pin_set", object("account", a.AccountID), nil)
	})
}

// weakPIN refuses what is not six digits, and what everybody tries first: one
// digit six times, digits in a row.
func weakPIN(pin string) bool {
	if len(pin) != 6 || strings.ContainsFunc(pin, func(r rune) bool { return r < '0' || r > '9' }) {
		return true
	}
	even := true
	for i := 2; i < len(pin); i++ {
		even = even && pin[i]-pin[i-1] == pin[1]-pin[0]
	}
	return even && (pin[1]-pin[0]+1) <= 2
}

// Confirmation is somebody's second thought before a signature: a PIN or a code
// of the second factor, looked at before the transaction that signs.
type Confirmation struct {
	account int64
	step    int64  // of the second factor's clock
	pin     string // hash of the PIN
	refused error
}

// How says by what it was given.
func (c Confirmation) How() string {
	if c.step != 0 {
		return "totp"
	}
	return "pin"
}

// MayConfirm says whether an account has anything to confirm a signature with.
func MayConfirm(tx *db.Tx, account int64) (bool, error) {
	f, err := findFactor(tx, account)
	if err != nil {
		return false, err
	}
	r, err := findConfirmation(tx, account)
	return f.ConfirmedAt != 0 || r.PinHash != "", err
}

// PrepareConfirmation looks at the code, outside transactions. A wrong one counts
// at once, whatever becomes of the signature; MaxFailures of them lock
// confirming for Lockout, and nothing else. What is wrong with it is said by Use,
// after everything else that stands against the signature.
func (k *Desk) PrepareConfirmation(ctx context.Context, a Actor, code string) (Confirmation, error) {
	c := Confirmation{account: a.AccountID}
	var f factorRow
	var r confirmationRow
	err := k.db.Read(ctx, func(tx *db.Tx) (err error) {
		if f, err = findFactor(tx, a.AccountID); err == nil {
			r, err = findConfirmation(tx, a.AccountID)
		}
		return err
	})
	if err != nil {
		return c, err
	}
	code = clean(code)
	switch {
	case f.ConfirmedAt == 0 && r.PinHash == "":
		c.refused = ErrConfirmUnset.On("code")
		return c, nil
	case code == "":
		c.refused = ErrConfirmNeeded.On("code")
		return c, nil
	case k.db.Now().Before(db.Time(r.LockedUntil)):
		c.refused = ErrConfirmLocked.On("code")
		return c, nil
	}
	if f.ConfirmedAt != 0 {
		secret, err := k.Rules.Key.open(f.Secret, aboutFactor(f.AccountID))
		if err != nil {
			return c, err
		}
		if c.step = matchStep(secret, code, k.db.Now()); c.step != 0 {
			if c.step <= f.LastStep { // sent again, it is no guess
				c.refused = ErrCodeUsed.On("code")
			}
			return c, nil
		}
	}
	if r.PinHash != "" {
		right, err := checkPassword(ctx, code, r.PinHash)
		if err != nil {
			return c, err
		}
		if right {
			c.pin = r.PinHash
			return c, nil
		}
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		c.refused = ErrConfirm.On("code")
		if err := lockAccount(tx, a.AccountID); err != nil {
			return err
		}
		r, err := findConfirmation(tx, a.AccountID)
		if err != nil {
			return err
		}
		until := db.Time(r.LockedUntil)
		if tx.Now().Before(until) { // or a right guess would be told from a wrong one
			c.refused = ErrConfirmLocked.On("code")
			return nil
		}
		count(&r.Failures, &until, tx.Now())
		r.LockedUntil = db.Micros(until)
		if err := saveConfirmation(tx, r); err != nil {
			return err
		}
		return k.audit(tx, a, "org.confirmation_refused", object("account", a.AccountID), nil)
	})
	return c, err
}

// Use lets the confirmation stand for one act of a in tx, or says why not. A
// code of the second factor is used up with it.
func (c Confirmation) Use(tx *db.Tx, a Actor) error {
	if c.refused != nil {
		return c.refused
	}
	if c.account == 0 || c.account != a.AccountID || c.step == 0 && c.pin == "" {
		return ErrConfirmNeeded.On("code")
	}
	r, err := findConfirmation(tx, c.account)
	if err != nil {
		return err
	}
	switch {
	case tx.Now().Before(db.Time(r.LockedUntil)):
		return ErrConfirmLocked.On("code")
	case c.step != 0:
		if fresh, err := useStep(tx, c.account, c.step); err != nil || !fresh {
			return firstOf(err, ErrCodeUsed.On("code"))
		}
	case c.pin != r.PinHash:
		return ErrConfirm.On("code")
	}
	if r.Failures == 0 {
		return nil
	}
	r.Failures, r.LockedUntil = 0, 0
	return saveConfirmation(tx, r)
}
