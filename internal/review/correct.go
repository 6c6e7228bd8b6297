package review

import (
	"context"
	"slices"
	"unicode/utf8"

	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/publish"
	"gongkai/internal/workflow"
)

// Correct opens the correction of a published manuscript (更正): a new one with the
// same text, to be changed, judged and signed on the chain of corrections. Once it
// appears it stands in the place of the other. reason is what readers are told.
// Whoever wrote the other is an author of this one too (SOD-1).
func (k *Desk) Correct(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, reason string) (*manuscript.Manuscript, error) {
	reason, err := manuscript.Line("reason", reason, 300)
	if err != nil {
		return nil, err
	}
	var m *manuscript.Manuscript
	_, err = k.on(ctx, actor, id, seen, to("manuscript.create"), func(a *act) error {
		if utf8.RuneCountInString(reason) < 4 {
			return manuscript.ErrCorrectReason.On("reason")
		}
		if err := a.mayBeCorrected(); err != nil {
			return err
		}
		old, err := manuscript.LoadRevision(a.tx, a.m.ID, a.m.RevisionNo)
		if err != nil {
			return err
		}
		run, err := workflow.Load(a.tx, a.m.RunID)
		if err != nil {
			return err
		}
		m = &manuscript.Manuscript{OrganisationID: a.m.OrganisationID, UnitID: a.m.UnitID, DrafterID: a.actor.PersonID, State: manuscript.Draft,
			CreatedAt: a.tx.Now(), UpdatedAt: a.tx.Now(), Title: a.m.Title}
		if a.as.For != 0 {
			m.DrafterID = a.as.For
		}
		m.Wrote(append(slices.Clone(a.m.Authors), run.Editors()...)...)
		if err := manuscript.Insert(a.tx, m); err != nil {
			return err
		}
		c := &manuscript.Correction{ManuscriptID: m.ID, Of: a.m.ID, OrganisationID: m.OrganisationID, Reason: reason, StartedBy: a.actor.PersonID, StartedFor: a.as.For}
		if err := manuscript.BeginCorrection(a.tx, c); err != nil {
			return err
		}
		b := &act{desk: k, tx: a.tx, actor: a.actor, as: a.as, m: m}
		content := old.Content
		if err := b.form(&content); err != nil {
			return err
		}
		if err := b.revise(content, "", reason); err != nil {
			return err
		}
		if err := manuscript.Save(a.tx, m); err != nil {
			return err
		}
		if err := b.record("manuscript.created", "", map[string]any{"corrects": a.m.ID}); err != nil {
			return err
		}
		return a.record("manuscript.correct", a.m.State, map[string]any{"by": m.ID, "reason": reason})
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// mayBeCorrected says why a manuscript cannot be corrected now.
func (a *act) mayBeCorrected() error {
	if a.m.WhyNot(manuscript.Correct) != nil {
		return manuscript.ErrCorrectedState.With("state", string(a.m.State))
	}
	last, err := publish.LastTakeDown(a.tx, a.m.ID)
	if err == nil && last != nil && last.Open() {
		err = publish.ErrTakeDownOpen
	}
	return err
}

// stillCorrects refuses to go on with a correction whose place is gone.
func (a *act) stillCorrects() error {
	if !slices.Contains(a.def.AppliesTo, manuscript.CorrectionKind) {
		return nil
	}
	c, err := manuscript.CorrectionBy(a.tx, a.m.ID)
	if err != nil {
		return err
	}
	if c == nil {
		return manuscript.ErrSuperseded
	}
	return manuscript.MayCorrect(a.tx, c)
}

// targets are the channels of the chain; a correction goes where the text it
// corrects stands.
func (a *act) targets() ([]publish.Target, error) {
	all := targets(a.def)
	if !slices.Contains(a.def.AppliesTo, manuscript.CorrectionKind) {
		return all, nil
	}
	c, err := manuscript.CorrectionBy(a.tx, a.m.ID)
	if err != nil || c == nil {
		return all, err
	}
	shown, err := publish.OfManuscript(a.tx, c.Of)
	all = slices.DeleteFunc(all, func(t publish.Target) bool {
		return !slices.ContainsFunc(shown, func(p *publish.Publication) bool {
			return p.Channel == t.Channel && p.Status != publish.Cancelled && p.Status != publish.Retracted && p.Status != publish.TurnedDown
		})
	})
	for i := range all { // what it would wait for is not there either
		if !slices.ContainsFunc(all, func(t publish.Target) bool { return t.Channel == all[i].After }) {
			all[i].After = ""
		}
	}
	return all, err
}

// corrections fills in what the manuscript corrects and what corrects it.
func (a *act) corrections(v *View) (err error) {
	if v.Revision.Content.Corrects != nil {
		if v.Corrects, err = manuscript.CorrectionBy(a.tx, a.m.ID); err != nil {
			return err
		}
	}
	if a.m.State == manuscript.Published || a.m.State == manuscript.Corrected {
		if v.CorrectedBy, err = manuscript.CorrectionOf(a.tx, a.m.ID); err != nil {
			return err
		}
	}
	v.Titles = map[int64]string{}
	var ids []int64
	if v.Corrects != nil {
		ids = append(ids, v.Corrects.Of)
	}
	if v.CorrectedBy != nil {
		ids = append(ids, v.CorrectedBy.ManuscriptID)
	}
	if len(ids) == 0 {
		return nil
	}
	all, err := manuscript.ByIDs(a.tx, ids)
	for id, m := range all {
		v.Titles[id] = m.Title
	}
	return err
}
