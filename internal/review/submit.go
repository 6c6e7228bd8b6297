package review

import (
	"context"
	"slices"

	"gongkai/internal/check"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// Submission says which chain a manuscript takes; empty is the one for its kind.
type Submission struct {
	Chain string
}

// chain finds the definition for a submission. A correction has its own.
func (k *Desk) chain(c *manuscript.Content, id string) (*workflow.Definition, error) {
	kind := chainKind(c)
	def, ok := k.library.For(kind)
	if id != "" {
		def, ok = k.library.Latest(id)
	}
	if !ok || id != "" && !k.fits(def, kind) {
		return nil, ErrChain.On("chain").With("chain", id).With("kind", c.Kind)
	}
	return def, nil
}

func chainKind(c *manuscript.Content) string {
	if c.Corrects != nil {
		return manuscript.CorrectionKind
	}
	return c.Kind
}

// fits says whether a chain may be taken by a kind of item.
func (k *Desk) fits(def *workflow.Definition, kind string) bool {
	if len(def.AppliesTo) == 0 && kind != manuscript.CorrectionKind && kind != manuscript.WeChatPost || slices.Contains(def.AppliesTo, kind) {
		return true
	}
	own, ok := k.library.For(kind)
	return ok && own.ID == def.ID
}

// sameChain refuses to go on with an item whose kind was changed to one that
// the review under way was not made for: it has to be withdrawn and submitted
// again, and then takes its own chain.
func (a *act) sameChain(kind string) error {
	if !a.desk.fits(a.def, kind) {
		return ErrOtherChain.On("kind").With("kind", kind).With("chain", a.def.Title)
	}
	return nil
}

// Submit sends a draft into review. The findings of the checks come back either
// way; with a blocking one the fault is ErrChecks and nothing changes.
func (k *Desk) Submit(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, s Submission) (*manuscript.Manuscript, []check.Finding, error) {
	var found []check.Finding
	m, err := k.on(ctx, actor, id, seen, toDraft("manuscript.submit"), func(a *act) error {
		if err := a.m.WhyNot(manuscript.Submit); err != nil {
			return err
		}
		rev, err := manuscript.LoadRevision(a.tx, a.m.ID, a.m.RevisionNo)
		if err != nil {
			return err
		}
		if err := rev.Content.Ready(); err != nil {
			return err
		}
		if a.def, err = k.chain(&rev.Content, s.Chain); err != nil {
			return err
		}
		if err := a.stillCorrects(); err != nil {
			return err
		}
		if found, err = a.check(a.def.SubmitChecks, &rev.Content); err != nil {
			return err
		}
		before := a.m.State
		if err := a.m.Apply(manuscript.Submit, a.tx.Now()); err != nil {
			return err
		}
		a.run, err = workflow.Start(a.def, workflow.Subject{OrganisationID: a.m.OrganisationID, UnitID: a.m.UnitID, Subject: a.m.Subject(),
			Drafter: a.m.DrafterID, Actor: a.workflowActor(), Hash: a.m.Hash}, a.tx.Now())
		if err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		if err := a.tellStep(); err != nil {
			return err
		}
		return a.record("review.submit", before, a.details(map[string]any{"chain": a.def.ID, "chain_version": a.def.Version}))
	})
	return m, found, err
}

// check runs the chain's checks on content, and the channels' when it may be
// published.
func (a *act) check(names workflow.StepChecks, c *manuscript.Content) (found []check.Finding, err error) {
	if a.desk.Agrees != nil {
		if found, err = a.desk.Agrees(a.tx, a.m, c); err != nil {
			return nil, err
		}
	}
	if c.Disclosure.Attribute != manuscript.Proactive {
		return a.desk.examine(found, names, c, nil, nil)
	}
	it, err := a.desk.item(a.tx, a.m, c)
	if err != nil {
		return nil, err
	}
	return a.desk.examine(found, names, c, &it, a.def.Publish)
}

// details names the run and the place of the act in it, so audit entries and
// decisions match one to one (I21).
func (a *act) details(more map[string]any) map[string]any {
	if more == nil {
		more = map[string]any{}
	}
	last := a.run.Acts[len(a.run.Acts)-1]
	more["run"], more["n"], more["step"], more["round"] = a.run.ID, last.N, last.Step, last.Round
	return more
}

// Resubmission answers a return.
type Resubmission struct {
	Resume bool // go on at the step that returned it; only with unchanged content
	Note   string
}

// Resubmit sends a returned manuscript back: to the step that returned it when
// nothing changed, to the first step otherwise.
func (k *Desk) Resubmit(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, s Resubmission) (*manuscript.Manuscript, []check.Finding, error) {
	note, err := manuscript.Note("note", s.Note, 500)
	if err != nil {
		return nil, nil, err
	}
	var found []check.Finding
	m, err := k.on(ctx, actor, id, seen, toDraft("manuscript.submit"), func(a *act) error {
		if err := a.m.WhyNot(manuscript.Resubmit); err != nil {
			return err
		}
		if err := a.loadRun(); err != nil {
			return err
		}
		rev, err := manuscript.LoadRevision(a.tx, a.m.ID, a.m.RevisionNo)
		if err != nil {
			return err
		}
		if err := rev.Content.Ready(); err != nil {
			return err
		}
		if err := a.sameChain(chainKind(&rev.Content)); err != nil {
			return err
		}
		if err := a.stillCorrects(); err != nil {
			return err
		}
		if found, err = a.check(a.def.SubmitChecks, &rev.Content); err != nil {
			return err
		}
		before := a.m.State
		if _, err := a.run.Do(a.def, workflow.Request{Verb: workflow.Resubmit, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.run.Hash,
			NewHash: a.m.Hash, Resume: s.Resume, Note: note}, a.tx.Now()); err != nil {
			return changed(err, a.m)
		}
		if err := a.m.Apply(manuscript.Resubmit, a.tx.Now()); err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		if err := a.tellStep(); err != nil {
			return err
		}
		return a.record("review.resubmit", before, a.details(map[string]any{"resume": s.Resume, "note": note}))
	})
	return m, found, err
}

// Withdraw takes a manuscript back before it is published.
func (k *Desk) Withdraw(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, note string) (*manuscript.Manuscript, error) {
	note, err := manuscript.Note("note", note, 500)
	if err != nil {
		return nil, err
	}
	return k.on(ctx, actor, id, seen, toDraft("manuscript.withdraw"), func(a *act) error {
		before := a.m.State
		if err := a.m.Apply(manuscript.Withdraw, a.tx.Now()); err != nil {
			return err
		}
		a.m.EndReason = note
		if err := a.loadRun(); err != nil {
			return err
		}
		if before == manuscript.Signed {
			if err := a.mayWithdrawSigned(); err != nil {
				return err
			}
			a.run = nil
			if err := a.save(); err != nil {
				return err
			}
			return a.record("manuscript.withdrawn", before, map[string]any{"note": note})
		}
		who, err := a.holders()
		if err != nil {
			return err
		}
		if _, err := a.run.Do(a.def, workflow.Request{Verb: workflow.Withdraw, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.run.Hash, Note: note}, a.tx.Now()); err != nil {
			return changed(err, a.m)
		}
		if err := a.save(); err != nil {
			return err
		}
		if err := a.tell(who, "notice.withdrawn", nil); err != nil {
			return err
		}
		return a.record("review.withdraw", before, a.details(map[string]any{"note": note}))
	})
}

// mayWithdrawSigned keeps a signed manuscript whose reviews are still being made
// up (补签) until they are on record.
func (a *act) mayWithdrawSigned() error {
	if err := a.drafters(); err != nil {
		return err
	}
	if !a.run.State.Closed() {
		return ErrReviewsOpen
	}
	return nil
}

func (a *act) drafters() error {
	if a.actor.PersonID != a.m.DrafterID && a.as.For != a.m.DrafterID {
		return workflow.ErrNotDrafter
	}
	return nil
}
