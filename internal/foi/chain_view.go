package foi

import (
	"context"
	"errors"
	"slices"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// Way is an answer on its chain, as its page shows it.
type Way struct {
	Run      *workflow.Run
	Chain    *workflow.Definition
	Step     *workflow.Step // the open one, nil when none is
	Deadline workflow.Deadline
	Waiting  []int64 // whose move it is
	Can      map[workflow.Verb]bool
	Recall   bool
}

// Way reads where an answer stands and what the actor may do there; nil before it
// was sent.
func (k *Desk) Way(ctx context.Context, actor org.Actor, id int64) (w *Way, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.read")
		if err != nil {
			return err
		}
		row, err := letterByID(tx, id)
		if err != nil {
			return err
		}
		if a.r, err = oneRequest(tx, "id = ? AND organisation_id = ?", row.RequestID, a.actor.OrganisationID); err != nil {
			return err
		}
		l := row.letter()
		run, def, err := a.way(l)
		if err != nil || run == nil {
			return err
		}
		w = &Way{Run: run, Chain: def, Can: map[workflow.Verb]bool{}}
		w.Recall = !l.Final() && run.MayNot(def, workflow.Request{Verb: workflow.Withdraw, Actor: a.asJudge(), Version: run.Version, Hash: run.Hash}) == nil
		step, ok := def.StepByID(run.Step)
		if !ok || run.Post == "" {
			return nil
		}
		w.Step = step
		if w.Deadline, err = k.dueOf(run, def); err != nil {
			return err
		}
		if w.Waiting, err = holdersOf(tx, run); err != nil {
			return err
		}
		if a.requireStep(run, def) != nil {
			return nil
		}
		for _, verb := range []workflow.Verb{workflow.Approve, workflow.Return, workflow.Refer, workflow.Sign} {
			w.Can[verb] = run.MayNot(def, workflow.Request{Verb: verb, Actor: a.asJudge(), Version: run.Version, Hash: run.Hash, Authors: l.Authors}) == nil
		}
		return nil
	})
	return w, err
}

func (k *Desk) dueOf(run *workflow.Run, def *workflow.Definition) (workflow.Deadline, error) {
	d, err := run.Due(def, k.calendar)
	if errors.Is(err, calendar.ErrYearUnknown) {
		return workflow.Deadline{}, nil
	}
	return d, err
}

// Task is an answer that waits for the actor.
type Task struct {
	Letter   *Document // without its words
	Number   string    // of the request
	Wanted   string
	Step     workflow.Step
	Run      *workflow.Run
	Deadline workflow.Deadline
	Clock    Clock // of the request
}

// Tasks lists the answers whose move is the actor's, longest waiting first; who
// wrote in one judges none of it (SOD-1).
func (k *Desk) Tasks(ctx context.Context, actor org.Actor) (all []Task, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		letters, err := underReview(tx, who.OrganisationID)
		if err != nil || len(letters) == 0 {
			return err
		}
		ids := make([]int64, len(letters))
		for i, l := range letters {
			ids[i] = l.RunID
		}
		runs, err := workflow.ByIDs(tx, ids)
		if err != nil {
			return err
		}
		for _, l := range letters {
			run := runs[l.RunID]
			if run == nil || run.Post == "" || slices.Contains(l.Authors, who.PersonID) {
				continue
			}
			a := &act{desk: k, tx: tx, actor: who}
			if a.r, err = oneRequest(tx, "id = ? AND organisation_id = ?", l.RequestID, who.OrganisationID); err != nil {
				return err
			}
			def, err := k.library.Of(tx, run)
			if err != nil {
				return err
			}
			step, ok := def.StepByID(run.Step)
			if !ok || a.requireStep(run, def) != nil {
				continue
			}
			t := Task{Letter: l, Number: a.r.Number, Wanted: a.r.Wanted, Step: *step, Run: run}
			if t.Deadline, err = k.dueOf(run, def); err != nil {
				return err
			}
			events, err := eventsOf(tx, []int64{a.r.ID})
			if err != nil {
				return err
			}
			t.Clock = Read(k.calendar, events[a.r.ID], tx.Now())
			all = append(all, t)
		}
		slices.SortStableFunc(all, func(a, b Task) int { return a.Run.OpenedAt.Compare(b.Run.OpenedAt) })
		return nil
	})
	return all, err
}
