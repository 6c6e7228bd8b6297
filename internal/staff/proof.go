package staff

import (
	"errors"
	"html/template"

	"gongkai/internal/body"
	"gongkai/internal/manuscript"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// proofPage corrects the wording at a proof step.
type proofPage struct {
	frame
	editor
	found
	ID       int64
	M        *manuscript.Manuscript
	Step     string
	Version  int64
	Hash     string
	Body     string
	Note     string
	Preview  template.HTML
	Chars    int
	Cleared  bool // the confidentiality review has passed a text
	Most     int  // characters that may be corrected before it reopens
	Conflict *conflict
	Remarks  []remarkLine // open ones
}

func (s *Staff) proofPage(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	open, err := s.Desk.Open(v.ctx, v.actor, id, 0)
	if err != nil {
		return err
	}
	if why := open.WhyNot["proof"]; why != nil && v.refused == nil {
		return why
	}
	p := proofPage{ID: id, editor: s.editor(v.lang, id), M: open.Manuscript, Version: open.Version, Hash: open.Hash, Body: open.Revision.Content.Body}
	if open.Step != nil {
		p.Step = open.Step.Title
		_, p.Cleared = open.Run.Cleared(open.Chain)
		p.Most = review.MostCorrected
	}
	if v.refused != nil {
		seen := v.seen()
		p.Version, p.Hash, p.Body, p.Note = seen.Version, seen.Hash, v.form.Get("body"), v.form.Get("note")
		if errors.Is(v.refused.fault, manuscript.ErrChanged) || errors.Is(v.refused.fault, workflow.ErrChanged) {
			p.Conflict = conflictOf(v, open, s)
		}
	}
	p.findings(s, v, open.Findings)
	about := manuscriptPage{M: open.Manuscript}
	about.remarked(v, open)
	p.Remarks = about.Remarks
	p.Preview, p.Chars = pictured(text(p.Body), id, 0), body.CountRunes(p.Body)
	if p.frame, err = s.frame(v, "staff.proof"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "proof", p)
	return nil
}

func (s *Staff) proofAgain(v *visit) error { return s.proofPage(v) }

func (s *Staff) proof(v *visit) (done, error) {
	id, err := v.id()
	if err != nil {
		return done{}, err
	}
	if _, err := s.Desk.Proof(v.ctx, v.actor, id, v.seenNow(), v.form.Get("body"), v.form.Get("note")); err != nil {
		return done{}, err
	}
	return back(id, "proof")
}
