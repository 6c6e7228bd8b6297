package review

import (
	"context"

	"gongkai/internal/authz"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/publish"
)

func (a *act) person() publish.Person { return publish.Person{By: a.actor.PersonID, For: a.as.For} }

// AskTakeDown opens the two-person take-down of a published manuscript.
func (k *Desk) AskTakeDown(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, reason, note string) (*manuscript.Manuscript, error) {
	note, err := manuscript.Note("note", note, 500)
	if err != nil {
		return nil, err
	}
	return k.on(ctx, actor, id, seen, to("take_down.ask"), func(a *act) error {
		if _, err := publish.Ask(a.tx, a.m, a.person(), reason, note); err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		if err := a.askLeaders("notice.take_down_asked", note); err != nil {
			return err
		}
		return a.record("take_down.ask", a.m.State, map[string]any{"reason": reason, "note": note})
	})
}

// askLeaders tells those who may be the second person what waits for one.
func (a *act) askLeaders(code, note string) error {
	who, err := org.Holders(a.tx, a.m.OrganisationID, org.SigningLeader, 0)
	if err != nil {
		return err
	}
	return a.tell(who, code, map[string]any{"note": note})
}

// ConfirmTakeDown is the second person's yes: the website loses the page at
// commit, other channels follow.
func (k *Desk) ConfirmTakeDown(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen) (*manuscript.Manuscript, error) {
	return k.on(ctx, actor, id, seen, to("take_down.confirm"), func(a *act) error {
		before := a.m.State
		t, err := k.out.ConfirmTakeDown(a.tx, a.m, a.person())
		if err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		if err := a.tell([]int64{a.m.DrafterID, t.AskedBy}, "notice.taken_down", map[string]any{"note": t.Note}); err != nil {
			return err
		}
		return a.record("take_down.confirm", before, map[string]any{"reason": t.Reason, "asked_by": t.AskedBy})
	})
}

// DropTakeDown ends an open take-down without hiding anything.
func (k *Desk) DropTakeDown(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen) (*manuscript.Manuscript, error) {
	return k.on(ctx, actor, id, seen, to("take_down.confirm"), func(a *act) error {
		if err := publish.DropTakeDown(a.tx, a.m); err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		return a.record("take_down.drop", a.m.State, nil)
	})
}

// RetryPublication lets a stuck publication be worked on now.
func (k *Desk) RetryPublication(ctx context.Context, actor org.Actor, id int64) (*publish.Publication, error) {
	return k.ResumePublication(ctx, actor, id, "")
}

// ResumePublication is RetryPublication with a person's word on how a held one
// goes on (publish.Resumer).
func (k *Desk) ResumePublication(ctx context.Context, actor org.Actor, id int64, how string) (*publish.Publication, error) {
	var p *publish.Publication
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "publication.retry")
		if err != nil {
			return err
		}
		if p, err = k.out.Retry(tx, a.actor.OrganisationID, id, how); err != nil {
			return err
		}
		return a.recordOn(p.Subject(), "publication.retry", map[string]any{"channel": p.Channel, "how": how})
	})
	return p, err
}

// Freeze stops publishing for the actor's organisation; Thaw needs two persons.
func (k *Desk) Freeze(ctx context.Context, actor org.Actor, reason string) error {
	reason, err := manuscript.Line("reason", reason, 200)
	if err != nil {
		return err
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "publishing.freeze")
		if err != nil {
			return err
		}
		if err := publish.Stop(tx, a.actor.OrganisationID, a.actor.PersonID, reason); err != nil {
			return err
		}
		return a.recordOn("publishing", "publishing.freeze", map[string]any{"reason": reason})
	})
}

// Thaw asks for the end of a freeze, or ends it when somebody else asked before.
func (k *Desk) Thaw(ctx context.Context, actor org.Actor) (lifted bool, err error) {
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "publishing.freeze")
		if err != nil {
			return err
		}
		if lifted, err = publish.Thaw(tx, a.actor.OrganisationID, a.person()); err != nil {
			return err
		}
		return a.recordOn("publishing", "publishing.thaw", map[string]any{"lifted": lifted})
	})
	return lifted, err
}

// enter brings an actor into a transaction for an act on the organisation as a
// whole.
func (k *Desk) enter(tx *db.Tx, actor org.Actor, name string) (*act, error) {
	who, err := org.Enter(tx, actor)
	if err != nil {
		return nil, err
	}
	a := &act{desk: k, tx: tx, actor: who, m: &manuscript.Manuscript{OrganisationID: who.OrganisationID}}
	a.as, err = k.authz.Require(who, authz.Domain{OrganisationID: who.OrganisationID}, name)
	return a, err
}
