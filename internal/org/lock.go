package org

import (
	"time"

	"gongkai/internal/db"
)

// rememberSource is how long an address an account signed in from is known.
const rememberSource = 90 * 24 * time.Hour

// gate is an account seen from an address. Where its owner has signed in from,
// wrong passwords and codes count for that address alone; from everywhere else
// they count together. So five in all lock strangers out (D2), and no stranger
// keeps the owner out (A41).
type gate struct {
	acc   *Account
	src   source
	known bool
}

// source is what is kept of an address an account signed in from.
type source struct {
	AccountID   int64
	Address     string
	GoodAt      time.Time
	Failures    int
	LockedUntil time.Time
}

func (k *Desk) gate(tx *db.Tx, acc *Account, address string) (gate, error) {
	if len(address) > 64 {
		address = address[:64]
	}
	src, err := findSource(tx, acc.ID, address)
	return gate{acc, src, tx.Now().Sub(src.GoodAt) < rememberSource}, err
}

func (g gate) locked(now time.Time) bool {
	if g.known {
		return now.Before(g.src.LockedUntil)
	}
	return now.Before(g.acc.LockedUntil)
}

func count(failures *int, until *time.Time, now time.Time) {
	if *failures++; *failures >= MaxFailures {
		*failures, *until = 0, now.Add(Lockout)
	}
}

func (g gate) wrong(tx *db.Tx) error {
	if g.known {
		count(&g.src.Failures, &g.src.LockedUntil, tx.Now())
		return saveSource(tx, g.src)
	}
	count(&g.acc.Failures, &g.acc.LockedUntil, tx.Now())
	return saveAccount(tx, g.acc)
}

// right forgets the failures that counted here and remembers the address.
func (g gate) right(tx *db.Tx) error {
	if !g.known && (g.acc.Failures != 0 || !g.acc.LockedUntil.IsZero()) {
		g.acc.Failures, g.acc.LockedUntil = 0, time.Time{}
		if err := saveAccount(tx, g.acc); err != nil {
			return err
		}
	}
	g.src.GoodAt, g.src.Failures, g.src.LockedUntil = tx.Now(), 0, time.Time{}
	return saveSource(tx, g.src)
}

// usable says that an account is neither disabled nor dormant (D4).
func (k *Desk) usable(acc Account, now time.Time) bool {
	dormant := k.Rules.Dormant > 0 && !acc.ActiveAt.IsZero() && now.Sub(acc.ActiveAt) > k.Rules.Dormant
	return acc.DisabledAt.IsZero() && !dormant
}

// wrong counts a wrong password or code while it still tells something, and
// puts it on record either way.
func (k *Desk) wrong(tx *db.Tx, who Actor, g gate, action string) error {
	open := k.usable(*g.acc, tx.Now()) && !g.locked(tx.Now())
	if open {
		if err := g.wrong(tx); err != nil {
			return err
		}
	}
	return k.audit(tx, who, action, object("account", g.acc.ID), map[string]any{"locked": !open})
}
