package review

import (
	"context"
	"slices"
	"time"

	"gongkai/internal/check"
	"gongkai/internal/crashpoint"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/proof"
	"gongkai/internal/publish"
	"gongkai/internal/workflow"
)

// Decision is what a judge answers at the open step.
type Decision struct {
	Verb      workflow.Verb // approve, return, refer, consult, reject, sign, object
	Target    string        // of a return
	Gate      string
	Note      string
	Outcome   string
	Ground    string
	Checklist []int
	PublishAt time.Time // sign: not before; zero for at once
	Hold      bool      // sign: publish nothing until somebody schedules it

	Confirmation org.Confirmation // sign: needed where the office confirms signatures (A50)
}

// Decide takes one decision on exactly what the judge saw.
func (k *Desk) Decide(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, d Decision) (*manuscript.Manuscript, error) {
	note, err := manuscript.Note("note", d.Note, 2000)
	if err != nil {
		return nil, err
	}
	switch d.Verb {
	case workflow.Approve, workflow.Return, workflow.Refer, workflow.Consult, workflow.Reject, workflow.Sign, workflow.Object:
	default:
		return nil, workflow.ErrVerb.On("verb").With("verb", string(d.Verb))
	}
	return k.on(ctx, actor, id, seen, toJudge, func(a *act) error {
		if !d.PublishAt.IsZero() && (!d.PublishAt.After(a.tx.Now()) || d.PublishAt.Sub(a.tx.Now()) > maxAhead) {
			return ErrTime.On("publish_at")
		}
		if d.Verb == workflow.Approve || d.Verb == workflow.Sign {
			if err := a.stepChecks(d.Verb); err != nil {
				return err
			}
		}
		if d.Verb == workflow.Sign {
			remarks, err := proof.Remarks(a.tx, a.m.ID)
			if err != nil {
				return err
			}
			if err := unsettled(remarks); err != nil {
				return err
			}
		}
		before := a.m.State
		event, err := a.run.Do(a.def, workflow.Request{Verb: d.Verb, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.m.Hash, Target: d.Target, Gate: d.Gate,
			Note: note, Outcome: d.Outcome, Ground: d.Ground, Checklist: d.Checklist, Authors: a.m.Authors}, a.tx.Now())
		if err != nil {
			return changed(err, a.m)
		}
		confirmed := ""
		if d.Verb == workflow.Sign && k.ConfirmSignatures {
			if err := d.Confirmation.Use(a.tx, a.actor); err != nil {
				return err
			}
			confirmed = d.Confirmation.How()
		}
		if err := a.follow(event, d, note); err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		if err := a.record("review."+string(d.Verb), before, a.details(map[string]any{"gate": d.Gate, "target": d.Target, "note": note, "outcome": event.Act.Outcome, "confirmed_by": confirmed})); err != nil {
			return err
		}
		crashpoint.Here("K1")
		return nil
	})
}

// maxAhead bounds a scheduled time; a year ahead is a slip of the pen.
const maxAhead = 366 * 24 * time.Hour

// stepChecks refuses a decision over what the checks of the open step block; the
// signature stands on those of every step. What they only warn of, a View shows.
func (a *act) stepChecks(verb workflow.Verb) error {
	step, ok := a.def.StepByID(a.run.Step)
	if !ok {
		return nil
	}
	block, agrees := step.Checks.Block, verb == workflow.Sign && a.desk.Agrees != nil
	if verb == workflow.Sign {
		block = a.def.ChecksUpTo(step.ID).Block
	}
	if len(block) == 0 && !agrees {
		return nil
	}
	rev, err := manuscript.LoadRevision(a.tx, a.m.ID, a.m.RevisionNo)
	if err != nil {
		return err
	}
	var found []check.Finding
	if agrees {
		if found, err = a.desk.Agrees(a.tx, a.m, &rev.Content); err != nil {
			return err
		}
	}
	_, err = a.desk.examine(found, workflow.StepChecks{Block: block}, &rev.Content, nil, nil)
	return err
}

// follow does what an event of the chain means for the manuscript.
func (a *act) follow(e workflow.Event, d Decision, note string) error {
	switch e.Kind {
	case workflow.Returned:
		if e.Step == workflow.Draft {
			if err := a.m.Apply(manuscript.Return, a.tx.Now()); err != nil {
				return err
			}
			return a.tellDrafter("notice.returned", map[string]any{"note": note})
		}
		return a.tellStep()
	case workflow.Rejected:
		if err := a.m.Apply(manuscript.Reject, a.tx.Now()); err != nil {
			return err
		}
		a.m.EndReason = note
		return a.tellDrafter("notice.rejected", map[string]any{"note": note})
	case workflow.Finished:
		if err := a.signed(d.PublishAt, d.Hold); err != nil {
			return err
		}
		if slices.Contains(a.def.AppliesTo, manuscript.CorrectionKind) {
			if err := manuscript.SignCorrection(a.tx, a.m.ID, a.actor.PersonID); err != nil {
				return err
			}
		}
		if err := a.tellDrafter("notice.signed", nil); err != nil {
			return err
		}
		return a.tellStep()
	case workflow.Objected:
		who, err := org.Holders(a.tx, a.m.OrganisationID, org.Publisher, 0)
		if err != nil {
			return err
		}
		if err := a.tell(append(who, a.m.DrafterID), "notice.objected", map[string]any{"note": note}); err != nil {
			return err
		}
	}
	return a.tellStep()
}

// signed plans what the signature sets free, in the same transaction. Items not
// open to everybody are signed and stay inside.
func (a *act) signed(at time.Time, hold bool) error {
	now := a.tx.Now()
	if err := a.stillCorrects(); err != nil {
		return err
	}
	if hold || a.m.Disclosure != manuscript.Proactive || len(a.def.Publish) == 0 {
		return a.m.Apply(manuscript.Hold, now)
	}
	move := manuscript.Release
	if at.After(now) {
		move = manuscript.Schedule
	}
	if err := a.m.Apply(move, now); err != nil {
		return err
	}
	a.m.PublishAt = at
	return a.plan(at)
}

func (a *act) plan(at time.Time) error {
	rev, err := manuscript.LoadRevision(a.tx, a.m.ID, a.m.RevisionNo)
	if err != nil {
		return err
	}
	if rev.Content.Hash() != a.m.Hash {
		return publish.ErrHash
	}
	if a.m.IndexNo == "" {
		o, err := org.FindUnit(a.tx, a.m.OrganisationID)
		if err != nil {
			return err
		}
		if a.m.IndexNo, err = manuscript.NextIndexNo(a.tx, a.m.OrganisationID, o.Code, a.desk.year(a.m.SignedAt)); err != nil {
			return err
		}
		if err := a.findable(&rev.Content); err != nil {
			return err
		}
	}
	it, err := a.desk.item(a.tx, a.m, &rev.Content)
	if err != nil {
		return err
	}
	on, err := a.targets()
	if err != nil {
		return err
	}
	_, err = publish.Plan(a.tx, a.m, it, on, at)
	return err
}

// Schedule sets when a signed manuscript appears; the zero time is at once.
func (k *Desk) Schedule(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, at time.Time) (*manuscript.Manuscript, error) {
	return k.on(ctx, actor, id, seen, to("manuscript.schedule"), func(a *act) error {
		now := a.tx.Now()
		if !at.IsZero() && (!at.After(now) || at.Sub(now) > maxAhead) {
			return ErrTime.On("publish_at")
		}
		if a.m.State != manuscript.Signed && a.m.State != manuscript.Scheduled {
			return manuscript.ErrState.With("state", string(a.m.State)).With("act", string(manuscript.Schedule))
		}
		if err := a.loadRun(); err != nil {
			return err
		}
		if a.m.Disclosure != manuscript.Proactive {
			return publish.ErrWithheld
		}
		before := a.m.State
		if before == manuscript.Scheduled {
			if err := publish.Cancel(a.tx, a.m, "publish.rescheduled"); err != nil {
				return err
			}
		}
		if err := a.signed(at, false); err != nil {
			return err
		}
		a.run = nil
		if err := a.save(); err != nil {
			return err
		}
		return a.record("manuscript.scheduled", before, map[string]any{"at": at})
	})
}

// Unschedule stops a scheduled manuscript before anything of it went out.
func (k *Desk) Unschedule(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, note string) (*manuscript.Manuscript, error) {
	note, err := manuscript.Note("note", note, 500)
	if err != nil {
		return nil, err
	}
	return k.on(ctx, actor, id, seen, to("manuscript.schedule"), func(a *act) error {
		before := a.m.State
		if err := a.m.Apply(manuscript.Unschedule, a.tx.Now()); err != nil {
			return err
		}
		if err := publish.Cancel(a.tx, a.m, "publish.unscheduled"); err != nil {
			return err
		}
		a.m.PublishAt = time.Time{}
		if err := a.save(); err != nil {
			return err
		}
		return a.record("manuscript.unscheduled", before, map[string]any{"note": note})
	})
}
