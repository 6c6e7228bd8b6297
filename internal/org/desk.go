package org

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/db"
)

func object(kind string, id int64) string { return kind + ":" + strconv.FormatInt(id, 10) }

// AddOrganisation founds an organisation with its three administrators still to
// come.
func (k *Desk) AddOrganisation(ctx context.Context, a Actor, u Unit) (Unit, error) {
	u.ParentID = 0
	return k.addUnit(ctx, a, u)
}

// AddUnit adds a unit to the actor's organisation.
func (k *Desk) AddUnit(ctx context.Context, a Actor, u Unit) (Unit, error) {
	u.ParentID, u.OrganisationID = a.OrganisationID, a.OrganisationID
	return k.addUnit(ctx, a, u)
}

func (k *Desk) addUnit(ctx context.Context, a Actor, u Unit) (Unit, error) {
	u.Name = strings.TrimSpace(u.Name)
	for field, v := range map[string]struct {
		text string
		max  int // bytes the column holds
	}{"name": {u.Name, 120}, "full_name": {u.FullName, 120}, "short_name": {u.ShortName, 60}, "code": {u.Code, 40}} {
		if len(v.text) > v.max || (field == "name" && v.text == "") {
			return Unit{}, ErrUnitName.On(field)
		}
	}
	if u.FullName == "" {
		u.FullName = u.Name
	}
	u.Version = 1
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		if err := insertUnit(tx, &u); err != nil {
			return err
		}
		if a.OrganisationID == 0 {
			a.OrganisationID = u.OrganisationID
		}
		return k.audit(tx, a, "org.unit_added", object("unit", u.ID), map[string]any{"name": u.Name})
	})
	return u, err
}

// AddPerson adds a person with an account and a one-time password, which must be
// changed at the first sign-in.
func (k *Desk) AddPerson(ctx context.Context, a Actor, p Person, login string, once OneTime) (Person, error) {
	p.Name, p.StaffNo, login = strings.TrimSpace(p.Name), strings.TrimSpace(p.StaffNo), strings.TrimSpace(login)
	for field, v := range map[string]string{"name": p.Name, "staff_no": p.StaffNo, "login": login} {
		if v == "" || len(v) > 60 {
			return Person{}, ErrPersonFields.On(field)
		}
	}
	p.OrganisationID = a.OrganisationID
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		p.ID = 0
		if err := insertPerson(tx, &p); err != nil {
			return err
		}
		acc := Account{PersonID: p.ID, Login: login, PasswordHash: once.hash, MustChange: true, Version: 1, ActiveAt: tx.Now()}
		if err := insertAccount(tx, &acc); err != nil {
			return err
		}
		return k.audit(tx, a, "org.person_added", object("person", p.ID), map[string]any{"login": login})
	})
	return p, err
}

// ResetPassword gives an account a new one-time password, unlocks it and ends
// its sessions. Its second factor stays (A46).
func (k *Desk) ResetPassword(ctx context.Context, a Actor, login string, once OneTime) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		acc, known, err := findAccount(tx, "login = ?", login)
		if err != nil {
			return err
		}
		if !known {
			return ErrPersonUnknown.With("person", login)
		}
		p, err := FindPerson(tx, acc.PersonID)
		if err != nil {
			return err
		}
		if a.OrganisationID != 0 && p.OrganisationID != a.OrganisationID {
			return ErrPersonUnknown.With("person", login)
		}
		acc.PasswordHash, acc.MustChange, acc.Failures, acc.LockedUntil, acc.ActiveAt = once.hash, true, 0, time.Time{}, tx.Now()
		if err := saveAccount(tx, &acc); err != nil {
			return err
		}
		if err := unlockSources(tx, acc.ID); err != nil {
			return err
		}
		if err := endSessions(tx, "account_id = ?", acc.ID); err != nil {
			return err
		}
		a.OrganisationID = p.OrganisationID
		return k.audit(tx, a, "org.password_reset", object("account", acc.ID), nil)
	})
}

// DisableAccount ends an account and all its sessions.
func (k *Desk) DisableAccount(ctx context.Context, a Actor, login string) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		acc, known, err := findAccount(tx, "login = ?", login)
		if err != nil {
			return err
		}
		if !known {
			return ErrPersonUnknown.With("person", login)
		}
		if err := lockPerson(tx, acc.PersonID); err != nil {
			return err
		}
		p, err := FindPerson(tx, acc.PersonID)
		if err != nil {
			return err
		}
		if p.OrganisationID != a.OrganisationID {
			return ErrPersonUnknown.With("person", login)
		}
		acc.DisabledAt = tx.Now()
		if err := saveAccount(tx, &acc); err != nil {
			return err
		}
		if err := endSessions(tx, "account_id = ?", acc.ID); err != nil {
			return err
		}
		return k.audit(tx, a, "org.account_disabled", object("account", acc.ID), nil)
	})
}

// Revoke takes a post away. It holds at the person's next act: decisions that
// read the post before wait for this or come first, never after (I18).
func (k *Desk) Revoke(ctx context.Context, a Actor, person int64, post Post, unit int64) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		h, err := k.holding(tx, a, person, post, unit)
		if err != nil {
			return err
		}
		ended, err := endPost(tx, person, h, a.PersonID)
		if err != nil {
			return err
		}
		if !ended {
			return ErrPostNotHeld.With("post", string(post))
		}
		return k.audit(tx, a, "org.post_revoked", object("person", person), map[string]any{"post": post, "unit": unit})
	})
}

func (k *Desk) holding(tx *db.Tx, a Actor, person int64, post Post, unit int64) (Holding, error) {
	if err := lockPerson(tx, person); err != nil {
		return Holding{}, err
	}
	p, err := FindPerson(tx, person)
	if err != nil {
		return Holding{}, err
	}
	u, err := FindUnit(tx, unit)
	if err != nil {
		return Holding{}, err
	}
	if p.OrganisationID != a.OrganisationID {
		return Holding{}, ErrPersonUnknown.With("person", person)
	}
	if u.OrganisationID != a.OrganisationID {
		return Holding{}, ErrUnitUnknown.With("unit", unit)
	}
	return Holding{Post: post, OrganisationID: u.OrganisationID, UnitID: unit}, nil
}

// maxDelegation bounds a stand-in: a longer absence is a change of post.
const maxDelegation = 90 * 24 * time.Hour

// Delegate lets somebody stand in for somebody else (SOD-7). Administrators'
// posts cannot be delegated.
func (k *Desk) Delegate(ctx context.Context, a Actor, d Delegation) (Delegation, error) {
	if d.From == d.To {
		return Delegation{}, ErrDelegationSelf.On("to")
	}
	if d.From == a.PersonID || d.To == a.PersonID {
		return Delegation{}, ErrOwnPost
	}
	if len(d.Posts) == 0 || len(d.Posts) > 9 {
		return Delegation{}, ErrDelegationPosts.On("posts")
	}
	for _, p := range d.Posts {
		if !p.Known() || p.Administers() {
			return Delegation{}, ErrDelegationPosts.On("posts").With("post", string(p))
		}
	}
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		if !d.EndsAt.After(d.StartsAt) || !d.EndsAt.After(tx.Now()) || d.EndsAt.Sub(d.StartsAt) > maxDelegation {
			return ErrDelegationDates.On("ends_at")
		}
		for _, id := range []int64{min(d.From, d.To), max(d.From, d.To)} {
			if err := lockPerson(tx, id); err != nil {
				return err
			}
			p, err := FindPerson(tx, id)
			if err != nil {
				return err
			}
			if p.OrganisationID != a.OrganisationID {
				return ErrPersonUnknown.With("person", id)
			}
		}
		to, err := HoldingsOf(tx, d.To)
		if err != nil {
			return err
		}
		for _, h := range to {
			if h.Post.Administers() {
				return ErrPostsExclude.With("post", string(d.Posts[0])).With("held", string(h.Post))
			}
		}
		d.OrganisationID, d.GrantedBy, d.GrantedAt = a.OrganisationID, a.PersonID, tx.Now()
		if err := insertDelegation(tx, &d); err != nil {
			return err
		}
		if err := k.warn(tx, a, "notice.delegated", d.From, []int64{d.From, d.To}, SecurityAdmin); err != nil {
			return err
		}
		return k.audit(tx, a, "org.delegated", object("person", d.From), map[string]any{"to": d.To, "posts": d.Posts, "from": d.StartsAt, "until": d.EndsAt})
	})
	return d, err
}

// EndDelegation ends a stand-in before its time.
func (k *Desk) EndDelegation(ctx context.Context, a Actor, id int64) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		d, err := findDelegation(tx, a.OrganisationID, id)
		if err != nil {
			return err
		}
		if err := lockPerson(tx, d.To); err != nil {
			return err
		}
		if err := endDelegation(tx, id); err != nil {
			return err
		}
		return k.audit(tx, a, "org.delegation_ended", object("person", d.From), map[string]any{"to": d.To})
	})
}
