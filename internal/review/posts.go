package review

import (
	"errors"
	"fmt"
	"slices"

	"gongkai/internal/authz"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// CheckPosts refuses chains with a step that the policy does not let every
// holder of its post in its scope decide: an item would wait there for ever, or
// be listed to people who cannot open it. Every such step is named.
func CheckPosts(chains []*workflow.Definition, e *authz.Enforcer) error {
	var errs []error
	for _, d := range chains {
		may := func(step, post, scope, act string) {
			thing, held := authz.Domain{OrganisationID: 1, UnitID: 1}, authz.Domain{OrganisationID: 1, UnitID: 1}
			if scope == workflow.ScopeOrganisation {
				held.UnitID = 2
			}
			if !e.Allows(org.Post(post), held, thing, act) {
				errs = append(errs, fmt.Errorf("%s: %s: the policy does not let %s (%s) do %s", d.File, step, post, scope, act))
			}
		}
		judge, submit := "manuscript.", "manuscript.submit"
		if slices.Contains(d.AppliesTo, workflow.AnswerKind) {
			judge, submit = "foi.", "foi.answer"
		}
		may("submit", d.SubmitPost, workflow.ScopeUnit, submit)
		for _, steps := range [][]workflow.Step{d.Steps, d.AfterPublish} {
			for _, s := range steps {
				for _, act := range s.Acts {
					may("step "+s.ID, s.Post, s.Scope, judge+act)
				}
			}
		}
	}
	return errors.Join(errs...)
}
