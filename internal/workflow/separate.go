package workflow

import (
	"slices"

	"gongkai/internal/fault"
)

// Separation of duty counts natural persons over the whole lineage of the run:
// every round, and approvals voided since.
var (
	ErrDrafterJudges     = fault.New(fault.Forbidden, "workflow.drafter_judges")      // SOD-1
	ErrAuthorJudges      = fault.New(fault.Forbidden, "workflow.author_judges")       // SOD-1: co-authors, and editors at another step
	ErrSelfReturn        = fault.New(fault.Forbidden, "workflow.self_return")         // S-10
	ErrSamePerson        = fault.New(fault.Forbidden, "workflow.same_person")         // SOD-2, SOD-3, SOD-4
	ErrDelegateTwoLevels = fault.New(fault.Forbidden, "workflow.delegate_two_levels") // SOD-7
	ErrNotEstablished    = fault.New(fault.Forbidden, "workflow.not_established")     // SOD-6
	ErrNotYourStep       = fault.New(fault.Forbidden, "workflow.not_your_step")
)

// separation answers why these people may not judge at this step.
func (r *Run) separation(def *Definition, step *Step, q Request) error {
	people := q.Actor.persons()
	drafted := r.drafted(people)
	if q.Verb == Return && drafted {
		return ErrSelfReturn
	}
	if _, opened := def.DrafterMayActAt[step.ID]; !opened {
		if drafted {
			return ErrDrafterJudges
		}
		if meet(people, q.Authors) {
			return ErrAuthorJudges
		}
	}
	for _, a := range r.Acts {
		if a.Step == step.ID || !slices.Contains(judging, a.Verb) {
			continue
		}
		if a.Verb == Edit && meet(people, a.persons()) {
			return ErrAuthorJudges
		}
		if def.separated(a.Step, step.ID) && meet(people, a.persons()) {
			return ErrSamePerson.With("step", title(def, a.Step))
		}
		// SOD-7: who stands in for somebody stands at one level only.
		standsIn := len(people) > 1 || a.For != 0
		if standsIn && a.By == q.Actor.Person && def.level(a.Step) != def.level(step.ID) {
			return ErrDelegateTwoLevels.With("step", title(def, a.Step))
		}
	}
	// SOD-6: outside the establishment one may correct and pass proofs, no more.
	if !q.Actor.Established && q.Verb != Edit && !onlyProof(step) {
		return ErrNotEstablished
	}
	return nil
}

// drafted says whether one of the people is the drafter or submitted for the
// drafter: that act counts for both (SOD-7).
func (r *Run) drafted(people []int64) bool {
	if slices.Contains(people, r.Drafter) {
		return true
	}
	for _, a := range r.Acts {
		if (a.Verb == Submit || a.Verb == Resubmit) && meet(people, a.persons()) {
			return true
		}
	}
	return false
}

func onlyProof(s *Step) bool { return len(s.Acts) == 1 && s.Acts[0] == ActProof }

func meet(a, b []int64) bool {
	return slices.ContainsFunc(a, func(p int64) bool { return slices.Contains(b, p) })
}

func title(def *Definition, step string) string {
	if s, ok := def.StepByID(step); ok {
		return s.Title
	}
	return step
}
