package review

import (
	"context"

	"gongkai/internal/body"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// MostCorrected is how many characters of a cleared text may be corrected, all
// corrections together, before the confidentiality review reopens (ADR 8).
const MostCorrected = 10

// Proof corrects wording at a proof step (文字修改, domain 1.6): only the body
// changes, the approvals of earlier steps stay, the step itself judges the new
// text. Anything else goes back to the drafter. Once the text was cleared, more
// than a small correction takes it back to the confidentiality review (BM-1).
func (k *Desk) Proof(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, html, note string) (*manuscript.Manuscript, error) {
	note, err := manuscript.Note("note", note, 500)
	if err != nil {
		return nil, err
	}
	return k.on(ctx, actor, id, seen, toJudge, func(a *act) error { return a.proof(html, note) })
}

func (a *act) proof(html, note string) error {
	rev, err := manuscript.LoadRevision(a.tx, a.m.ID, a.m.RevisionNo)
	if err != nil {
		return err
	}
	c := rev.Content
	c.Body = html
	if err := c.Clean(); err != nil {
		return err
	}
	if err := c.Ready(); err != nil {
		return err
	}
	if err := a.form(&c); err != nil {
		return err
	}
	if _, err := a.check(a.def.ChecksUpTo(a.run.Step), &c); err != nil {
		return err
	}
	small, err := a.small(&c)
	if err != nil {
		return err
	}
	before, old, step := a.m.State, a.m.Hash, a.run.Step
	event, err := a.run.Do(a.def, workflow.Request{Verb: workflow.Edit, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.m.Hash, NewHash: c.Hash(), Small: small,
		Note: note, Authors: a.m.Authors}, a.tx.Now())
	if err != nil {
		return changed(err, a.m)
	}
	if err := a.revise(c, step, note); err != nil {
		return err
	}
	if err := a.save(); err != nil {
		return err
	}
	if event.Step != step {
		if err := a.tellStep(); err != nil {
			return err
		}
	}
	return a.record("review.edit", before, a.details(map[string]any{"note": note, "from": old, "target": event.Act.Target}))
}

// small says whether what was cleared stands in c with its wording corrected at
// most. Small steps add up: c is held against the text of the clearance.
func (a *act) small(c *manuscript.Content) (bool, error) {
	hash, cleared := a.run.Cleared(a.def)
	if !cleared {
		return true, nil
	}
	rev, err := manuscript.RevisionOf(a.tx, a.m.ID, hash)
	if err != nil {
		return false, err
	}
	return body.SmallChange(rev.Content.Body, c.Body, MostCorrected), nil
}
