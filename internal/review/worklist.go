package review

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// ErrSlug is answered for a column address that could not stand in a URL.
var ErrSlug = fault.New(fault.Invalid, "review.slug")

// Task is one line of the work list: a manuscript waiting at a step for
// somebody who holds its post.
type Task struct {
	Manuscript *manuscript.Manuscript
	Run        *workflow.Run
	Step       workflow.Step
	Steps      int // of the chain
	At         int // the open step's place, from 1
	Deadline   workflow.Deadline
	Own        bool // the actor wrote it and cannot judge it (SOD-1)
	Cursor     workflow.Cursor
}

// Tasks lists what waits for the actor, longest waiting first.
func (k *Desk) Tasks(ctx context.Context, actor org.Actor, after workflow.Cursor, limit int) ([]Task, error) {
	var out []Task
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		var seats []workflow.Seat
		for _, h := range who.Holdings {
			if h.OrganisationID == who.OrganisationID && !h.Post.Administers() {
				seats = append(seats, workflow.Seat{Post: string(h.Post), UnitID: h.UnitID})
			}
		}
		if len(seats) == 0 {
			return nil
		}
		runs, err := workflow.OpenRuns(tx, workflow.Query{OrganisationID: who.OrganisationID, Seats: seats, Of: "manuscript", Limit: limit, After: after})
		if err != nil {
			return err
		}
		ids := make([]int64, len(runs))
		for i, r := range runs {
			ids[i], _ = strconv.ParseInt(strings.TrimPrefix(r.Subject, "manuscript:"), 10, 64)
		}
		all, err := manuscript.ByIDs(tx, ids)
		if err != nil {
			return err
		}
		for i, r := range runs {
			m, ok := all[ids[i]]
			if !ok {
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
			t := Task{Manuscript: m, Run: r, Step: *step, Steps: len(def.Steps) + len(def.AfterPublish), Own: m.DrafterID == who.PersonID, Cursor: r.Cursor()}
			for j := range def.Steps {
				if def.Steps[j].ID == step.ID {
					t.At = j + 1
				}
			}
			if t.At == 0 {
				t.At = len(def.Steps) + 1
			}
			if t.Deadline, err = k.due(r, def); err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}

// Mine lists the actor's own manuscripts, the last changed first.
func (k *Desk) Mine(ctx context.Context, actor org.Actor, after manuscript.Cursor) ([]*manuscript.Manuscript, error) {
	var out []*manuscript.Manuscript
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		out, err = manuscript.Find(tx, manuscript.Query{OrganisationID: who.OrganisationID, DrafterID: who.PersonID, After: after})
		return err
	})
	return out, err
}

// Returned lists the actor's own manuscripts that came back to be changed.
func (k *Desk) Returned(ctx context.Context, actor org.Actor) (all []*manuscript.Manuscript, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		all, err = manuscript.Find(tx, manuscript.Query{OrganisationID: who.OrganisationID, DrafterID: who.PersonID, States: []manuscript.State{manuscript.Returned}})
		return err
	})
	return all, err
}

// Register lists all manuscripts the actor may read (台账).
func (k *Desk) Register(ctx context.Context, actor org.Actor, states []manuscript.State, after manuscript.Cursor) ([]*manuscript.Manuscript, error) {
	var out []*manuscript.Manuscript
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		units, err := k.readable(who)
		if err != nil {
			return err
		}
		q := manuscript.Query{OrganisationID: who.OrganisationID, States: states, After: after, UnitIDs: units}
		out, err = manuscript.Find(tx, q)
		return err
	})
	return out, err
}

// readable lists the units whose manuscripts the actor may read; nil is all of
// the organisation (I20).
func (k *Desk) readable(who org.Actor) (units []int64, err error) {
	if _, err = k.authz.Require(who, authz.Domain{OrganisationID: who.OrganisationID}, "manuscript.read"); err == nil {
		return nil, nil
	}
	for _, h := range who.Holdings {
		held := authz.Domain{OrganisationID: h.OrganisationID, UnitID: h.UnitID}
		if k.authz.Allows(h.Post, held, held, "manuscript.read") {
			units = append(units, h.UnitID)
		}
	}
	if len(units) == 0 {
		return nil, err
	}
	return units, nil
}

// Notices lists what the actor was told, newest first.
func (k *Desk) Notices(ctx context.Context, actor org.Actor) ([]notify.Notice, error) {
	var out []notify.Notice
	err := k.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = notify.For(tx, actor.PersonID, 100)
		return err
	})
	return out, err
}

// due is the deadline of the open step. While a year's holidays are not known
// there is none to show; work goes on, and askForCalendar tells who can help.
func (k *Desk) due(r *workflow.Run, def *workflow.Definition) (workflow.Deadline, error) {
	d, err := r.Due(def, k.calendar)
	if errors.Is(err, calendar.ErrYearUnknown) {
		return workflow.Deadline{}, nil
	}
	return d, err
}
