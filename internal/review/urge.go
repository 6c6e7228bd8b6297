package review

import (
	"context"
	"fmt"
	"slices"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

var (
	ErrUrged  = fault.New(fault.Conflict, "review.urged")
	ErrNobody = fault.New(fault.Conflict, "review.nobody")
)

// Urge asks those whose move it is to make it (催办): once a day for each time a
// step opens, so that it stays a word and does not become noise.
func (k *Desk) Urge(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen) (*manuscript.Manuscript, error) {
	return k.on(ctx, actor, id, seen, toDraft("manuscript.submit"), func(a *act) error {
		if a.m.RunID == 0 {
			return ErrNoRun
		}
		if err := a.loadRun(); err != nil {
			return err
		}
		who, err := a.holders()
		if err != nil {
			return err
		}
		if err := a.mayUrge(who); err != nil {
			return err
		}
		step, _ := a.def.StepByID(a.run.Step)
		err = notify.Add(a.tx, who, notify.Notice{OrganisationID: a.m.OrganisationID, Code: urged, Subject: a.m.Subject(), Once: a.urgedOnce(),
			Args: map[string]any{"title": a.m.Title, "by": a.actor.Name, "step": step.Title}})
		if err != nil {
			return err
		}
		return a.record("review.urge", a.m.State, a.details(nil))
	})
}

const urged = "notice.urged"

// holders are the persons whose move it is, without the one who asks.
func (a *act) holders() ([]int64, error) {
	if a.run.Post == "" {
		return nil, nil
	}
	unit := a.m.UnitID
	if a.run.Scope == workflow.ScopeOrganisation {
		unit = 0
	}
	who, err := org.Holders(a.tx, a.m.OrganisationID, org.Post(a.run.Post), unit)
	return slices.DeleteFunc(who, func(p int64) bool { return p == a.actor.PersonID }), err
}

// urgedOnce names this opening of the step on this day.
func (a *act) urgedOnce() string {
	return fmt.Sprintf("%s/%d/%d/%s", urged, a.run.ID, a.run.Version, a.tx.Now().In(calendar.Zone).Format("2006-01-02"))
}

func (a *act) mayUrge(who []int64) error {
	if err := a.drafters(); err != nil {
		return err
	}
	if a.m.State != manuscript.InReview {
		return manuscript.ErrState.With("state", string(a.m.State)).With("act", "urge")
	}
	if len(who) == 0 {
		return ErrNobody
	}
	asked := make([]notify.Said, len(who))
	for i, p := range who {
		asked[i] = notify.Said{PersonID: p, Once: a.urgedOnce()}
	}
	said, err := notify.WasSaid(a.tx, asked)
	if err == nil && len(said) > 0 {
		err = ErrUrged
	}
	return err
}

// Standing is where a manuscript in review stands, for its drafter's list.
type Standing struct {
	Step, Post string
	Deadline   workflow.Deadline
}

// Standings answers where those of the manuscripts stand that are in review, by
// manuscript.
func (k *Desk) Standings(ctx context.Context, all []*manuscript.Manuscript) (map[int64]Standing, error) {
	out := map[int64]Standing{}
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		var ids []int64
		for _, m := range all {
			if m.State == manuscript.InReview {
				ids = append(ids, m.RunID)
			}
		}
		runs, err := workflow.ByIDs(tx, ids)
		if err != nil {
			return err
		}
		for _, m := range all {
			r := runs[m.RunID]
			if r == nil || m.State != manuscript.InReview {
				continue
			}
			def, err := k.library.Of(tx, r)
			if err != nil {
				return err
			}
			step, ok := def.StepByID(r.Step)
			if !ok {
				continue
			}
			s := Standing{Step: step.Title, Post: r.Post}
			if s.Deadline, err = k.due(r, def); err != nil {
				return err
			}
			out[m.ID] = s
		}
		return nil
	})
	return out, err
}
