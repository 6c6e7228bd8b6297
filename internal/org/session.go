package org

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"gongkai/internal/db"
)

// hashToken is how sessions are kept: the token itself is nowhere stored (A47).
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Desk is where administrators keep units, people and posts, and where
// everybody signs in.
type Desk struct {
	db    *db.DB
	audit Recorder
	known identities

	// Tell, when set, sends a notice about a person to those who can stop a change
	// of that person's rights, in its transaction.
	Tell func(tx *db.Tx, by Actor, code string, about Person, to []int64) error
}

// warn tells the named persons and the holders of the posts, but not who acts.
func (k *Desk) warn(tx *db.Tx, by Actor, code string, about int64, to []int64, posts ...Post) error {
	if k.Tell == nil {
		return nil
	}
	for _, p := range posts {
		held, err := Holders(tx, by.OrganisationID, p, 0)
		if err != nil {
			return err
		}
		to = append(to, held...)
	}
	to = slices.DeleteFunc(to, func(p int64) bool { return p == by.PersonID })
	p, err := FindPerson(tx, about)
	if err != nil {
		return err
	}
	return k.Tell(tx, by, code, p, to)
}

// Recorder writes the audit entry of an act in its transaction.
type Recorder func(tx *db.Tx, actor Actor, action, object string, details map[string]any) error

// NewDesk opens the desk.
func NewDesk(d *db.DB, audit Recorder) *Desk { return &Desk{db: d, audit: audit} }

// SignIn checks the password and opens a browser session. Whatever is wrong,
// the answer is the same ErrSignIn (A45).
func (k *Desk) SignIn(ctx context.Context, login, password, address string) (token string, a Actor, err error) {
	var acc Account
	var known bool
	if err = k.db.Read(ctx, func(tx *db.Tx) error {
		acc, known, err = findAccount(tx, "login = ?", login)
		return err
	}); err != nil {
		return "", Actor{}, err
	}
	right, err := checkPassword(ctx, password, acc.PasswordHash)
	if err != nil {
		return "", Actor{}, err
	}
	token = NewSecret()
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a = Actor{}
		if !known {
			return nil
		}
		acc, _, err := findAccount(tx, "id = ?", acc.ID)
		if err != nil {
			return err
		}
		p, err := FindPerson(tx, acc.PersonID)
		if err != nil {
			return err
		}
		who := Actor{PersonID: p.ID, AccountID: acc.ID, OrganisationID: p.OrganisationID, Name: p.Name, Login: acc.Login,
			Established: p.Established, MustChange: acc.MustChange, Address: address, Kind: Browser}
		if !right || !acc.open(tx.Now()) {
			return k.wrong(tx, who, acc, "org.sign_in_refused")
		}
		if acc.Failures != 0 || !acc.LockedUntil.IsZero() {
			acc.Failures, acc.LockedUntil = 0, time.Time{}
			if err := saveAccount(tx, &acc); err != nil {
				return err
			}
		}
		who.Session = hashToken(token)
		if err := insertSession(tx, who.Session, acc, Browser, address, tx.Now().Add(SessionLimit)); err != nil {
			return err
		}
		a = who
		return k.audit(tx, who, "org.signed_in", object("account", acc.ID), nil)
	})
	if err != nil {
		return "", Actor{}, err
	}
	if a.PersonID == 0 {
		return "", Actor{}, ErrSignIn
	}
	return token, a, nil
}

// NewToken opens a session for a program that acts as an account, valid until
// ends. The token is shown once.
func (k *Desk) NewToken(ctx context.Context, login, label string, ends time.Time) (string, error) {
	token := NewSecret()
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		acc, known, err := findAccount(tx, "login = ?", login)
		if err != nil {
			return err
		}
		if !known || !acc.DisabledAt.IsZero() {
			return ErrPersonUnknown.With("person", login)
		}
		if err := insertSession(tx, hashToken(token), acc, Token, label, ends); err != nil {
			return err
		}
		p, err := FindPerson(tx, acc.PersonID)
		if err != nil {
			return err
		}
		return k.audit(tx, System(p.OrganisationID), "org.token_made", object("account", acc.ID), map[string]any{"label": label})
	})
	return token, err
}

// SignOut ends a session on all nodes.
func (k *Desk) SignOut(ctx context.Context, a Actor) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		if err := endSessions(tx, "hash = ?", a.Session); err != nil {
			return err
		}
		tx.AfterCommit(func() { k.known.forget(a.Session) })
		return k.audit(tx, a, "org.signed_out", object("account", a.AccountID), nil)
	})
}

// Identify says who a token belongs to, without their posts. It fails with
// ErrSignedOut for an unknown, ended or idle session.
func (k *Desk) Identify(ctx context.Context, token, address string) (Actor, error) {
	hash := hashToken(token)
	if a, ok := k.known.find(hash, k.db.Now()); ok {
		a.Address = address
		return a, nil
	}
	var a Actor
	var stale bool
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		row, ok, err := findIdentity(tx, hash)
		if err != nil {
			return err
		}
		if !ok || !row.valid(tx.Now()) {
			return ErrSignedOut
		}
		stale = tx.Now().Sub(db.Time(row.SeenAt)) > time.Minute
		a = row.actor(hash, address)
		return nil
	})
	if err == nil && stale {
		err = k.db.Write(ctx, func(tx *db.Tx) error { return touchSession(tx, hash) })
	}
	if err == nil {
		k.known.keep(hash, a, k.db.Now())
	}
	return a, err
}

func (r identityRow) valid(now time.Time) bool {
	if r.RevokedAt != 0 || r.DisabledAt != 0 || !now.Before(db.Time(r.EndsAt)) {
		return false
	}
	return SessionKind(r.Kind) == Token || now.Sub(db.Time(r.SeenAt)) <= IdleLimit
}

func (r identityRow) actor(hash, address string) Actor {
	return Actor{PersonID: r.PersonID, AccountID: r.AccountID, OrganisationID: r.OrganisationID, Name: r.Name, Login: r.Login,
		Established: r.Established, MustChange: r.MustChange, Session: hash, Kind: SessionKind(r.Kind), Address: address}
}

// Enter brings an actor into a transaction: the session is checked again and
// the posts are read as they are now, so nothing decided here outlives a right
// that was taken away (I18).
func Enter(tx *db.Tx, a Actor) (Actor, error) {
	if a.Session == "" {
		return a, nil
	}
	row, own, standsIn, err := enter(tx, a)
	if err != nil {
		return Actor{}, err
	}
	if row.PersonID == 0 || row.PersonID != a.PersonID || !row.valid(tx.Now()) {
		return Actor{}, ErrSignedOut
	}
	now := row.actor(a.Session, a.Address)
	if now.MustChange && now.Kind == Browser {
		return Actor{}, ErrMustChange
	}
	if !standsIn {
		now.Holdings = holdings(own)
		return now, nil
	}
	if err := lockDelegators(tx, now.PersonID); err != nil {
		return Actor{}, err
	}
	now.Holdings, err = HoldingsOf(tx, now.PersonID)
	return now, err
}

// open says that a right password opens the account now.
func (a Account) open(now time.Time) bool { return a.DisabledAt.IsZero() && !now.Before(a.LockedUntil) }

// wrong counts a wrong password towards the lock of an open account (D2).
func (k *Desk) wrong(tx *db.Tx, who Actor, acc Account, action string) error {
	open := acc.open(tx.Now())
	if open {
		if acc.Failures++; acc.Failures >= MaxFailures {
			acc.Failures, acc.LockedUntil = 0, tx.Now().Add(Lockout)
		}
		if err := saveAccount(tx, &acc); err != nil {
			return err
		}
	}
	return k.audit(tx, who, action, object("account", acc.ID), map[string]any{"locked": !open})
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
	var acc Account
	if err := k.db.Read(ctx, func(tx *db.Tx) (err error) { acc, _, err = findAccount(tx, "id = ?", a.AccountID); return err }); err != nil {
		return PasswordChange{}, err
	}
	right, err := checkPassword(ctx, old, acc.PasswordHash)
	if err != nil {
		return PasswordChange{}, err
	}
	if right && acc.open(k.db.Now()) && old != new {
		to, err := hashPassword(ctx, new)
		return PasswordChange{acc.PasswordHash, to}, err
	}
	// The request that made the change, sent again, is no guess.
	again, err := checkPassword(ctx, new, acc.PasswordHash)
	if err != nil {
		return PasswordChange{}, err
	}
	if !right && !again {
		err = k.db.Write(ctx, func(tx *db.Tx) error {
			acc, known, err := findAccount(tx, "id = ?", a.AccountID)
			if err != nil || !known {
				return err
			}
			return k.wrong(tx, a, acc, "org.password_change_refused")
		})
		if err != nil {
			return PasswordChange{}, err
		}
	}
	return PasswordChange{}, ErrSignIn.On("old_password")
}

// ChangePassword sets one's own password and ends all other sessions (A49).
func (k *Desk) ChangePassword(ctx context.Context, a Actor, c PasswordChange) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		acc, _, err := findAccount(tx, "id = ?", a.AccountID)
		if err != nil {
			return err
		}
		if c.to == "" || acc.PasswordHash != c.from || !acc.open(tx.Now()) {
			return ErrSignIn.On("old_password")
		}
		acc.PasswordHash, acc.MustChange, acc.Failures, acc.LockedUntil = c.to, false, 0, time.Time{}
		if err := saveAccount(tx, &acc); err != nil {
			return err
		}
		if err := endOtherSessions(tx, a); err != nil {
			return err
		}
		return k.audit(tx, a, "org.password_changed", object("account", acc.ID), nil)
	})
}
