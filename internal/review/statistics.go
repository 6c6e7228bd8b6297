package review

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// Statistics are an organisation's figures of one calendar year.
type Statistics struct {
	Year      int
	Months    [12]int        // manuscripts that became visible
	Sections  []SectionTotal // the same, most first
	Steps     []StepTotal    // as the chains have them
	Submitted int64
	Returned  int64 // returns, to the drafter or an earlier step
	Overdue   int64 // manuscripts whose step passed its deadline
}

// SectionTotal is a column of the site with what appeared in it.
type SectionTotal struct {
	Title string
	Count int
}

// StepTotal is a step with what was decided there and how long it took.
type StepTotal struct {
	Chain, Step      string
	Passed, Returned int64
	Mean             time.Duration // from the act before to the decision
}

// Published is the year's total.
func (s *Statistics) Published() (n int) {
	for _, m := range s.Months {
		n += m
	}
	return n
}

// Statistics reads the figures for who may see all publications of the
// organisation.
func (k *Desk) Statistics(ctx context.Context, actor org.Actor, year int) (*Statistics, error) {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, calendar.Zone)
	to := from.AddDate(1, 0, 0)
	s := &Statistics{Year: year}
	return s, k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "publication.read")
		if err != nil {
			return err
		}
		organisation := a.actor.OrganisationID
		shown, err := manuscript.AppearedBetween(tx, organisation, from, to)
		if err != nil {
			return err
		}
		sections, err := manuscript.Sections(tx, organisation)
		if err != nil {
			return err
		}
		s.appeared(shown, sections)
		work, err := workflow.WorkBetween(tx, organisation, "manuscript", from, to)
		if err != nil {
			return err
		}
		if err := k.worked(tx, s, work); err != nil {
			return err
		}
		s.Overdue, err = notify.Subjects(tx, organisation, "notice.overdue", from, to)
		return err
	})
}

// Standing counts what waits in the actor's organisation, by chain, version and
// step; it names no manuscript.
func (k *Desk) Standing(ctx context.Context, actor org.Actor) (all []workflow.Standing, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "workflow.read")
		if err != nil {
			return err
		}
		all, err = workflow.StandingNow(tx, a.actor.OrganisationID)
		return err
	})
	return all, err
}

func (s *Statistics) appeared(shown []manuscript.Appearance, sections []manuscript.Section) {
	in := map[int64]int{}
	for _, x := range shown {
		s.Months[x.At.In(calendar.Zone).Month()-1]++
		in[x.SectionID]++
	}
	for _, x := range sections {
		if in[x.ID] > 0 {
			s.Sections = append(s.Sections, SectionTotal{x.Title, in[x.ID]})
		}
	}
	slices.SortStableFunc(s.Sections, func(a, b SectionTotal) int { return cmp.Compare(b.Count, a.Count) })
}

// worked adds up acts by chain and step; versions of a chain whose step has the
// same title count together.
func (k *Desk) worked(tx *db.Tx, s *Statistics, work []workflow.Work) error {
	type place struct{ chain, step string }
	waited, order := map[place]int64{}, map[place]int{}
	for _, w := range work {
		switch w.Verdict {
		case workflow.Submit:
			s.Submitted += w.Count
			continue
		case workflow.Approve, workflow.Sign, workflow.Return, workflow.Reject:
		default:
			continue
		}
		def, err := k.library.Of(tx, &workflow.Run{Definition: w.Definition, DefVersion: w.DefVersion})
		if err != nil {
			return err
		}
		step, ok := def.StepByID(w.Step)
		if !ok {
			continue
		}
		at := place{def.Title, step.Title}
		i := slices.IndexFunc(s.Steps, func(t StepTotal) bool { return t.Chain == at.chain && t.Step == at.step })
		if i < 0 {
			i = len(s.Steps)
			s.Steps = append(s.Steps, StepTotal{Chain: at.chain, Step: at.step})
		}
		if w.Verdict == workflow.Return || w.Verdict == workflow.Reject {
			s.Steps[i].Returned += w.Count
		} else {
			s.Steps[i].Passed += w.Count
		}
		if w.Verdict == workflow.Return {
			s.Returned += w.Count
		}
		waited[at] += w.Waited
		order[at] = slices.IndexFunc(def.Steps, func(x workflow.Step) bool { return x.ID == w.Step })
		if order[at] < 0 {
			order[at] = len(def.Steps)
		}
	}
	for i := range s.Steps {
		t := &s.Steps[i]
		t.Mean = time.Duration(waited[place{t.Chain, t.Step}]/(t.Passed+t.Returned)) * time.Microsecond
	}
	slices.SortStableFunc(s.Steps, func(a, b StepTotal) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(order[place{a.Chain, a.Step}], order[place{b.Chain, b.Step}]))
	})
	return nil
}
