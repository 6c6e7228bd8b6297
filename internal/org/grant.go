package org

import (
	"context"
	"maps"
	"slices"
	"time"

	"gongkai/internal/db"
)

// Proposal is a post that one administrator wants somebody to have; it is theirs
// when a second one confirms (D6).
type Proposal struct {
	ID             int64
	OrganisationID int64
	PersonID       int64
	Post           Post
	UnitID         int64
	ProposedBy     int64
	ProposedAt     time.Time
}

// Grant gives a person a post in a unit at once. It is for the program itself,
// which founds an office before it has two administrators; persons Propose and
// Confirm.
func (k *Desk) Grant(ctx context.Context, system Actor, person int64, post Post, unit int64) error {
	if system.PersonID != 0 {
		return ErrTwoPersons
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		h, err := k.mayHold(tx, system, person, post, unit)
		if err != nil {
			return err
		}
		return k.give(tx, system, person, h, nil)
	})
}

// Propose asks for a post for somebody else.
func (k *Desk) Propose(ctx context.Context, a Actor, person int64, post Post, unit int64) (Proposal, error) {
	p := Proposal{OrganisationID: a.OrganisationID, PersonID: person, Post: post, UnitID: unit, ProposedBy: a.PersonID}
	if person == a.PersonID {
		return p, ErrOwnPost
	}
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := k.mayHold(tx, a, person, post, unit); err != nil {
			return err
		}
		open, err := Proposals(tx, a.OrganisationID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(open, func(o Proposal) bool { return o.PersonID == person && o.Post == post && o.UnitID == unit }) {
			return ErrProposed.With("post", string(post))
		}
		p.ProposedAt = tx.Now()
		if err := insertProposal(tx, &p); err != nil {
			return err
		}
		if err := k.warn(tx, a, "notice.post_proposed", person, nil, SecurityAdmin, SystemAdmin); err != nil {
			return err
		}
		return k.audit(tx, a, "org.post_proposed", object("person", person), map[string]any{"post": post, "unit": unit, "proposal": p.ID})
	})
	return p, err
}

// Confirm gives the post, if it may still be given and who proposed it is still
// a security administrator. The second person is another security
// administrator, or the system administrator where there is no other.
func (k *Desk) Confirm(ctx context.Context, a Actor, id int64) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		p, err := findProposal(tx, a.OrganisationID, id)
		if err != nil {
			return err
		}
		switch a.PersonID {
		case p.ProposedBy:
			return ErrTwoPersons
		case p.PersonID:
			return ErrOwnPost
		}
		for _, id := range []int64{min(p.PersonID, p.ProposedBy), max(p.PersonID, p.ProposedBy)} {
			if err := lockPerson(tx, id); err != nil {
				return err
			}
		}
		h, err := k.mayHold(tx, a, p.PersonID, p.Post, p.UnitID)
		if err != nil {
			return err
		}
		if err := mayConfirm(tx, a, p); err != nil {
			return err
		}
		if mine, err := endProposal(tx, p.ID, a.PersonID, true); err != nil || !mine {
			return firstOf(err, ErrProposalGone)
		}
		return k.give(tx, a, p.PersonID, h, map[string]any{"proposal": p.ID, "proposed_by": p.ProposedBy})
	})
}

func mayConfirm(tx *db.Tx, a Actor, p Proposal) error {
	security, err := Holders(tx, a.OrganisationID, SecurityAdmin, 0)
	if err != nil {
		return err
	}
	if !slices.Contains(security, p.ProposedBy) {
		return ErrProposerGone
	}
	others := slices.ContainsFunc(security, func(s int64) bool { return s != p.ProposedBy && s != p.PersonID })
	if others && !slices.Contains(security, a.PersonID) {
		return ErrConfirmSecurity
	}
	return nil
}

// Drop ends a proposal without giving the post; one person may do so.
func (k *Desk) Drop(ctx context.Context, a Actor, id int64) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		p, err := findProposal(tx, a.OrganisationID, id)
		if err != nil {
			return err
		}
		if mine, err := endProposal(tx, p.ID, a.PersonID, false); err != nil || !mine {
			return firstOf(err, ErrProposalGone)
		}
		return k.audit(tx, a, "org.post_proposal_dropped", object("person", p.PersonID), map[string]any{"post": p.Post, "unit": p.UnitID, "proposal": p.ID})
	})
}

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// mayHold locks a person and answers the holding a post would be. The three
// administrators' posts exclude one another, every other post, and standing in
// for anybody, now or later (D6, SOD-8).
func (k *Desk) mayHold(tx *db.Tx, a Actor, person int64, post Post, unit int64) (Holding, error) {
	if !post.Known() {
		return Holding{}, ErrPostUnknown.On("post").With("post", string(post))
	}
	h, err := k.holding(tx, a, person, post, unit)
	if err != nil {
		return Holding{}, err
	}
	held, err := HoldingsOf(tx, person)
	if err != nil {
		return Holding{}, err
	}
	for _, other := range held {
		if other.For != 0 {
			continue
		}
		if other.Post == post && other.UnitID == unit {
			return Holding{}, ErrPostHeld.With("post", string(post))
		}
		if other.Post != post && (other.Post.Administers() || post.Administers()) {
			return Holding{}, ErrPostsExclude.With("post", string(post)).With("held", string(other.Post))
		}
	}
	if post.Administers() {
		until, err := standsInUntil(tx, person)
		if err != nil {
			return Holding{}, err
		}
		if !until.IsZero() {
			return Holding{}, ErrStandsIn.With("post", string(post)).With("until", until)
		}
	}
	return h, nil
}

func (k *Desk) give(tx *db.Tx, a Actor, person int64, h Holding, details map[string]any) error {
	if err := insertPost(tx, person, h, a.PersonID); err != nil {
		return err
	}
	if h.Post.guarded() { // who signs in now is asked for more, and gets another token (A47)
		if err := endSessions(tx, "kind <> 'token' AND person_id = ?", person); err != nil {
			return err
		}
	}
	all := map[string]any{"post": h.Post, "unit": h.UnitID}
	maps.Copy(all, details)
	return k.audit(tx, a, "org.post_granted", object("person", person), all)
}
