package org

import (
	"context"
	"time"

	"gongkai/internal/db"
)

// OpenSession is one of a person's sessions, as they may look at them.
type OpenSession struct {
	Kind      SessionKind
	Label     string // address of a browser, use of a program's token
	CreatedAt time.Time
	SeenAt    time.Time
	EndsAt    time.Time
	This      bool
}

// Security is what somebody may know of their own sign-in.
type Security struct {
	Factor   time.Time // when the second factor was set up; zero for none
	Demanded bool
	Codes    int       // recovery codes left
	PIN      time.Time // when the signing PIN was set; zero for none
	Sessions []OpenSession
	Single   bool // this session is one the provider vouched for
	Vouched  bool // and has just done so again
}

// Security reads it. It enters nobody: people who have yet to set up a second
// factor look here too.
func (k *Desk) Security(ctx context.Context, a Actor) (s Security, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		s = Security{}
		f, err := findFactor(tx, a.AccountID)
		if err != nil {
			return err
		}
		r, err := findConfirmation(tx, a.AccountID)
		if err != nil {
			return err
		}
		s.Factor, s.PIN = db.Time(f.ConfirmedAt), db.Time(r.SetAt)
		if s.Codes, err = recoveryLeft(tx, a.AccountID); err != nil {
			return err
		}
		held, err := HoldingsOf(tx, a.PersonID)
		if err != nil {
			return err
		}
		s.Single = a.Kind == Single
		if s.Vouched, err = isVouched(tx, a.Session); err != nil {
			return err
		}
		s.Demanded = k.Rules.SecondFactor.of(held)
		rows, err := openSessions(tx, a.AccountID)
		for _, r := range rows {
			idle := time.Duration(r.IdleSeconds) * time.Second
			if SessionKind(r.Kind) == Token || tx.Now().Sub(db.Time(r.SeenAt)) <= idle {
				s.Sessions = append(s.Sessions, OpenSession{SessionKind(r.Kind), r.Label, db.Time(r.CreatedAt), db.Time(r.SeenAt), db.Time(r.EndsAt), r.Hash == a.Session})
			}
		}
		return err
	})
	return s, err
}

// EndOthers ends all sessions of one's own account but this one, on all nodes
// within a second (A49).
func (k *Desk) EndOthers(ctx context.Context, a Actor) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		if err := endOtherSessions(tx, a); err != nil {
			return err
		}
		return k.audit(tx, a, "org.sessions_ended", object("account", a.AccountID), nil)
	})
}

// EndSessions ends all sessions of somebody else's account, which stays open.
func (k *Desk) EndSessions(ctx context.Context, a Actor, login string) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		acc, known, err := findAccount(tx, "login = ?", login)
		if err != nil || !known {
			return firstOf(err, ErrPersonUnknown.With("person", login))
		}
		p, err := FindPerson(tx, acc.PersonID)
		if err != nil || p.OrganisationID != a.OrganisationID {
			return firstOf(err, ErrPersonUnknown.With("person", login))
		}
		if err := endSessions(tx, "account_id = ?", acc.ID); err != nil {
			return err
		}
		return k.audit(tx, a, "org.sessions_ended", object("account", acc.ID), nil)
	})
}
