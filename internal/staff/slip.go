package staff

import (
	"slices"
	"time"

	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// slipPage is the routing slip (信息发布审核单, domain 1.8), made to be printed
// and filed.
type slipPage struct {
	frame
	M            *manuscript.Manuscript
	C            manuscript.Content
	Organisation string
	Unit         string
	Drafter      string
	Section      string
	Chain        *workflow.Definition
	Chars        int
	Submitted    time.Time
	Channels     []string
	Secrecy      *opinion
	Opinions     []opinion
	Publications []publicationLine
	Revisions    []revisionLine
	PrintedAt    time.Time
}

// opinion is one step's line on the slip, empty while nobody has signed it.
type opinion struct {
	Step, Post, Verb string
	Who, For         string
	Outcome, Ground  string
	Note, Hash       string
	At               time.Time
	Checked          int
}

func (s *Staff) slip(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	open, err := s.Desk.Open(v.ctx, v.actor, id, 0)
	if err != nil {
		return err
	}
	p := slipPage{M: open.Manuscript, C: open.Revision.Content, Organisation: open.Organisation.FullName, Unit: open.Unit.Name, Drafter: open.Names[open.DrafterID],
		Section: open.Section.Title, Chain: open.Chain, PrintedAt: s.DB.Now()}
	if p.frame, err = s.frame(v, "staff.slip"); err != nil {
		return err
	}
	if open.Run != nil {
		p.Submitted = open.Run.StartedAt
	}
	if open.Chain != nil {
		for _, o := range open.Chain.Publish {
			p.Channels = append(p.Channels, o.Channel)
		}
		for _, st := range slices.Concat(open.Chain.Steps, open.Chain.AfterPublish) {
			o := opinionOf(open, st)
			p.Opinions = append(p.Opinions, o)
			if st.Does(workflow.ActConfidentiality) {
				p.Secrecy = &o
			}
		}
	}
	for _, pub := range open.Publications {
		if pub.Status != publish.Cancelled {
			p.Publications = append(p.Publications, s.publicationOf(v, pub))
		}
	}
	for _, r := range open.Revisions {
		p.Revisions = append(p.Revisions, revisionLine{No: r.No, Who: open.Names[r.AuthorID], Step: stepTitle(open, r.Step), Note: r.Note, Hash: r.Hash, At: r.CreatedAt})
	}
	s.render(v.Context, v.status(), "slip", p)
	return nil
}

// opinionOf is the last word at a step, as long as it stands: an approval that a
// return or an edit voided is not shown.
func opinionOf(open *review.View, st workflow.Step) opinion {
	o := opinion{Step: st.Title, Post: st.Post}
	if open.Run == nil {
		return o
	}
	standing := open.Run.Approvals(open.Chain)
	for _, a := range open.Run.Acts {
		if a.Step != st.ID {
			continue
		}
		stands := slices.ContainsFunc(standing, func(x workflow.Act) bool { return x.N == a.N })
		after := open.Chain != nil && slices.ContainsFunc(open.Chain.AfterPublish, func(x workflow.Step) bool { return x.ID == st.ID })
		ended := a.Verb == workflow.Reject || (a.Verb == workflow.Refer || a.Verb == workflow.Consult) && open.Run.State.Waits()
		if stands || ended || after {
			o.Verb, o.Who, o.For, o.Outcome, o.Ground, o.Note, o.Hash, o.At, o.Checked = string(a.Verb), open.Names[a.By], forName(open, a.For), a.Outcome, a.Ground,
				a.Note, a.Hash, a.At, len(a.Checklist)
		}
	}
	return o
}
