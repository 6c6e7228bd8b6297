package review

import (
	"context"

	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// Proof corrects wording at a proof step (文字修改, domain 1.6): only the body
// changes, the approvals of earlier steps stay, the step itself judges the new
// text. Anything else goes back to the drafter.
func (k *Desk) Proof(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, html, note string) (*manuscript.Manuscript, error) {
	note, err := manuscript.Line("note", note, 500)
	if err != nil {
		return nil, err
	}
	return k.on(ctx, actor, id, seen, toJudge, func(a *act) error {
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
		if _, err := a.check(a.def.SubmitChecks, &c); err != nil {
			return err
		}
		before, old := a.m.State, a.m.Hash
		if _, err := a.run.Do(a.def, workflow.Request{Verb: workflow.Edit, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.m.Hash, NewHash: c.Hash(), Note: note,
			Authors: a.m.Authors}, a.tx.Now()); err != nil {
			return changed(err, a.m)
		}
		if err := a.revise(c, a.run.Step, note); err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		return a.record("review.edit", before, a.details(map[string]any{"note": note, "from": old}))
	})
}
