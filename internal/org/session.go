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

	Rules Rules // set before the desk is used
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

// Rules are what the office set about signing in. The zero Rules ask for a
// password alone, of any age.
type Rules struct {
	Key             *Key   // without it nobody can set up a second factor
	SecondFactor    Demand // whose sign-in needs one
	PasswordAge     time.Duration
	PasswordHistory int           // how many of one's own passwords may not come back
	Dormant         time.Duration // an account nobody used for so long is shut (D4)
}

// SignIn checks the password and opens a browser session. Whatever is wrong,
// the answer is the same ErrSignIn (A45). Where the account has a second factor
// the actor NeedsCode and the token is good for SignInCode alone.
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
	if !known {
		return "", Actor{}, ErrSignIn
	}
	how := ""
	if right {
		how = "password"
	}
	return k.admit(ctx, acc.ID, address, how)
}

// admit opens a session for an account, or half of one where a second factor is
// still to come; how says by what it was proved, "" that it was not.
func (k *Desk) admit(ctx context.Context, account int64, address, how string) (token string, a Actor, err error) {
	token = NewSecret()
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a = Actor{}
		who, g, err := k.at(tx, account, address)
		if err != nil {
			return err
		}
		if how == "" || !k.usable(*g.acc, tx.Now()) || g.locked(tx.Now()) {
			return k.wrong(tx, who, g, "org.sign_in_refused")
		}
		f, err := findFactor(tx, account)
		if err != nil {
			return err
		}
		if how == bySSO {
			who.Kind = Single
		}
		if f.ConfirmedAt == 0 {
			a, err = k.begin(tx, who, g, token, how)
			return err
		}
		who.NeedsCode, who.Session = true, hashToken(token)
		if who.Kind = half; how == bySSO {
			who.Kind = halfSingle
		}
		a = who
		return insertSession(tx, who.Session, *g.acc, who.Kind, address, tx.Now().Add(CodeLimit), CodeLimit, false)
	})
	if err != nil || a.PersonID == 0 {
		return "", Actor{}, firstOf(err, ErrSignIn)
	}
	return token, a, nil
}

// at is an account seen from an address, locked against others who count.
func (k *Desk) at(tx *db.Tx, account int64, address string) (who Actor, g gate, err error) {
	if err = lockAccount(tx, account); err != nil {
		return
	}
	acc, _, err := findAccount(tx, "id = ?", account)
	if err != nil {
		return
	}
	p, err := FindPerson(tx, acc.PersonID)
	if err != nil {
		return
	}
	who = Actor{PersonID: p.ID, AccountID: acc.ID, OrganisationID: p.OrganisationID, Name: p.Name, Login: acc.Login, Established: p.Established, Address: address, Kind: Browser}
	g, err = k.gate(tx, &acc, address)
	return who, g, err
}

// begin opens the session of somebody who proved all they had to.
func (k *Desk) begin(tx *db.Tx, who Actor, g gate, token, how string) (Actor, error) {
	acc := g.acc
	if err := g.right(tx); err != nil {
		return who, err
	}
	if old := k.Rules.PasswordAge; old > 0 && who.Kind == Browser && !acc.MustChange && !acc.PasswordAt.IsZero() && tx.Now().Sub(acc.PasswordAt) > old {
		acc.MustChange = true // D1
		if err := saveAccount(tx, acc); err != nil {
			return who, err
		}
	}
	if err := touchAccount(tx, acc.ID); err != nil {
		return who, err
	}
	f, err := findFactor(tx, acc.ID)
	if err != nil {
		return who, err
	}
	held, err := HoldingsOf(tx, who.PersonID)
	if err != nil {
		return who, err
	}
	who.MustChange, who.MustEnrol, who.Session = acc.MustChange && who.Kind == Browser, f.ConfirmedAt == 0 && k.Rules.SecondFactor.of(held), hashToken(token)
	if err := insertSession(tx, who.Session, *acc, who.Kind, who.Address, tx.Now().Add(SessionLimit), idleOf(held), who.MustEnrol); err != nil {
		return who, err
	}
	return who, k.audit(tx, who, "org.signed_in", object("account", acc.ID), map[string]any{"by": how})
}

// idleOf is how long a session lasts that nobody uses (A48).
func idleOf(held []Holding) time.Duration {
	for _, h := range held {
		if h.Post.Administers() {
			return AdminIdleLimit
		}
	}
	return IdleLimit
}

const bySSO = "sso"

// SignInBy opens a session for whom a provider of single sign-on vouches: the
// person of that staff number, or else the account. It makes nobody; whom it does
// not know gets ErrNobody.
func (k *Desk) SignInBy(ctx context.Context, who, address string) (token string, a Actor, err error) {
	var account int64
	if err := k.db.Read(ctx, func(tx *db.Tx) (err error) { account, err = accountOf(tx, who); return err }); err != nil {
		return "", Actor{}, err
	}
	if account == 0 {
		return "", Actor{}, ErrNobody.With("who", who)
	}
	return k.admit(ctx, account, address, bySSO)
}

// SignInCode completes a sign-in whose password was right with a code of the
// second factor, or a recovery code. A wrong one counts like a wrong password.
func (k *Desk) SignInCode(ctx context.Context, halfToken, code, address string) (token string, a Actor, err error) {
	token = NewSecret()
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a = Actor{}
		row, known, err := findIdentity(tx, hashToken(halfToken))
		if err != nil {
			return err
		}
		if !known || !SessionKind(row.Kind).half() || !row.valid(tx.Now()) {
			return ErrSignedOut
		}
		who, g, err := k.at(tx, row.AccountID, address)
		if err != nil {
			return err
		}
		how := ""
		if k.usable(*g.acc, tx.Now()) && !g.locked(tx.Now()) {
			f, err := findFactor(tx, g.acc.ID)
			if err != nil {
				return err
			}
			if how, err = k.useCode(tx, f, code); err != nil {
				return err
			}
		}
		if how == "" {
			return k.wrong(tx, who, g, "org.code_refused")
		}
		if err := endSessions(tx, "hash = ?", hashToken(halfToken)); err != nil {
			return err
		}
		if SessionKind(row.Kind) == halfSingle {
			who.Kind = Single
		}
		a, err = k.begin(tx, who, g, token, how)
		return err
	})
	if err != nil || a.PersonID == 0 {
		return "", Actor{}, firstOf(err, ErrCode.On("code"))
	}
	return token, a, nil
}

// replaceSession gives a session another token: what somebody saw of the old
// one before a change of rights or factors is worth nothing after it (A47).
func (k *Desk) replaceSession(tx *db.Tx, a Actor, acc Account) (token string, err error) {
	held, err := HoldingsOf(tx, a.PersonID)
	if err != nil {
		return "", err
	}
	if err := endSessions(tx, "hash = ?", a.Session); err != nil {
		return "", err
	}
	tx.AfterCommit(func() { k.known.forget(a.Session) })
	token = NewSecret()
	return token, insertSession(tx, hashToken(token), acc, a.Kind, a.Address, tx.Now().Add(SessionLimit), idleOf(held), false)
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
		if err := insertSession(tx, hashToken(token), acc, Token, label, ends, 0, false); err != nil {
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
		if SessionKind(row.Kind).half() {
			return ErrCodeNeeded
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
	return SessionKind(r.Kind) == Token || now.Sub(db.Time(r.SeenAt)) <= time.Duration(r.IdleSeconds)*time.Second
}

func (r identityRow) actor(hash, address string) Actor {
	return Actor{PersonID: r.PersonID, AccountID: r.AccountID, OrganisationID: r.OrganisationID, Name: r.Name, Login: r.Login,
		Established: r.Established, MustChange: r.MustChange && SessionKind(r.Kind) != Single, MustEnrol: r.MustEnrol, Session: hash, Kind: SessionKind(r.Kind), Address: address}
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
	if row.PersonID == 0 || row.PersonID != a.PersonID || SessionKind(row.Kind).half() || !row.valid(tx.Now()) {
		return Actor{}, ErrSignedOut
	}
	now := row.actor(a.Session, a.Address)
	if now.MustChange && now.Kind == Browser {
		return Actor{}, ErrMustChange
	}
	if now.MustEnrol && now.Kind != Token {
		return Actor{}, ErrMustEnrol
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
