package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// remindEvery is the time in which one node reminds and the others do not.
const remindEvery = 50 * time.Second

// remindPage is how many runs are looked at in one read.
const remindPage = 200

// Remind tells those who are late, once each, and those above them. Deadlines
// are computed here, never stored. Of all nodes that ask within remindEvery one
// looks; it reads outside transactions and writes what is new, run by run.
func (k *Desk) Remind(ctx context.Context) error {
	mine, err := k.db.Turn(ctx, "remind", remindEvery)
	if err != nil || !mine {
		return err
	}
	var orgs []org.Unit
	if err := k.db.Read(ctx, func(tx *db.Tx) (err error) { orgs, err = org.Organisations(tx); return err }); err != nil {
		return err
	}
	var errs []error
	for _, o := range orgs {
		errs = append(errs, k.remind(ctx, o.ID))
	}
	return errors.Join(errs...)
}

func (k *Desk) remind(ctx context.Context, organisation int64) error {
	q := workflow.Query{OrganisationID: organisation, Limit: remindPage}
	for _, p := range org.Posts {
		q.Seats = append(q.Seats, workflow.Seat{Post: string(p)})
	}
	known := holders{}
	errs := []error{k.askForNextYear(ctx, organisation, known)}
	for {
		var runs []*workflow.Run
		var late []reminder
		err := k.db.Read(ctx, func(tx *db.Tx) (err error) {
			if runs, err = workflow.OpenRuns(tx, q); err != nil {
				return err
			}
			for _, r := range runs {
				one, err := k.reminder(tx, r, known)
				if err != nil {
					errs = append(errs, fmt.Errorf("remind of run %d: %w", r.ID, err))
				}
				late = append(late, one...)
			}
			late, err = unsaid(tx, late)
			return err
		})
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, one := range late {
			errs = append(errs, k.say(ctx, one))
		}
		if len(runs) < remindPage {
			return errors.Join(errs...)
		}
		q.After = runs[len(runs)-1].Cursor()
	}
}

// reminder is what is to be said of a run, or of the calendar (run nil).
type reminder struct {
	run    *workflow.Run
	to     []int64
	notice notify.Notice
}

// holders remembers who was found for a post in a unit.
type holders map[workflow.Seat][]int64

func (h holders) of(tx *db.Tx, organisation int64, post string, unit int64) ([]int64, error) {
	seat := workflow.Seat{Post: post, UnitID: unit}
	who, ok := h[seat]
	if !ok {
		var err error
		if who, err = org.Holders(tx, organisation, org.Post(post), unit); err != nil {
			return nil, err
		}
		h[seat] = who
	}
	return slices.Clone(who), nil
}

// reminder answers what is to be said of a run now, whether or not it was said.
func (k *Desk) reminder(tx *db.Tx, r *workflow.Run, known holders) ([]reminder, error) {
	def, err := k.library.Of(tx, r)
	if err != nil {
		return nil, err
	}
	d, err := r.Due(def, k.calendar)
	if errors.Is(err, calendar.ErrYearUnknown) {
		return askForCalendar(tx, r.OrganisationID, err, known)
	}
	if err != nil || d.Due.IsZero() || tx.Now().Before(d.Remind) {
		return nil, err
	}
	unit := r.UnitID
	if r.Scope == workflow.ScopeOrganisation {
		unit = 0
	}
	who, err := known.of(tx, r.OrganisationID, r.Post, unit)
	if err != nil {
		return nil, err
	}
	code := "notice.due_soon"
	if d.Overdue(tx.Now()) {
		code = "notice.overdue"
		if d.EscalateTo != "" {
			above, err := known.of(tx, r.OrganisationID, d.EscalateTo, 0)
			if err != nil {
				return nil, err
			}
			who = append(who, above...)
		}
	}
	step, _ := def.StepByID(r.Step)
	return []reminder{{r, unique(who), notify.Notice{OrganisationID: r.OrganisationID, Code: code, Subject: r.Subject,
		Once: fmt.Sprintf("%s/%d/%d", code, r.ID, r.Version), Args: map[string]any{"step": step.Title, "due": d.Due}}}}, nil
}

// askForCalendar tells the system administrators, once, that deadlines reach
// into a year without a holiday notice (DC-7).
func askForCalendar(tx *db.Tx, organisation int64, why error, known holders) ([]reminder, error) {
	who, err := known.of(tx, organisation, string(org.SystemAdmin), 0)
	if err != nil {
		return nil, err
	}
	f, _ := fault.From(why)
	return []reminder{{nil, who, notify.Notice{OrganisationID: organisation, Code: "notice.calendar_missing", Subject: "calendar",
		Once: fmt.Sprint("calendar/", f.Args["year"]), Args: f.Args}}}, nil
}

// askForNextYear tells the system administrators, once a year from 1 November on,
// that next year's holidays are not known yet: by then the notice is about to come
// out, and deadlines begin to reach into that year (DC-7).
func (k *Desk) askForNextYear(ctx context.Context, organisation int64, known holders) error {
	now := k.db.Now().In(calendar.Zone)
	if now.Month() < time.November || slices.Contains(k.calendar.Years(), now.Year()+1) {
		return nil
	}
	var due []reminder
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := known.of(tx, organisation, string(org.SystemAdmin), 0)
		if err != nil {
			return err
		}
		year := now.Year() + 1
		due, err = unsaid(tx, []reminder{{nil, who, notify.Notice{OrganisationID: organisation, Code: "notice.calendar_next", Subject: "calendar", Once: fmt.Sprint("calendar_next/", year),
			Args: map[string]any{"year": year}}}})
		return err
	})
	for _, one := range due {
		if err == nil {
			err = k.say(ctx, one)
		}
	}
	return err
}

// unsaid leaves out whom it was said to before.
func unsaid(tx *db.Tx, all []reminder) ([]reminder, error) {
	var asked []notify.Said
	for _, one := range all {
		for _, p := range one.to {
			asked = append(asked, notify.Said{PersonID: p, Once: one.notice.Once})
		}
	}
	said, err := notify.WasSaid(tx, asked)
	if err != nil {
		return nil, err
	}
	var out []reminder
	for _, one := range all {
		one.to = slices.DeleteFunc(one.to, func(p int64) bool {
			s := notify.Said{PersonID: p, Once: one.notice.Once}
			known := said[s]
			said[s] = true // the calendar is missed by many runs at once
			return known
		})
		if len(one.to) > 0 {
			out = append(out, one)
		}
	}
	return out, nil
}

// say writes a reminder, unless the run has gone on since it was read.
func (k *Desk) say(ctx context.Context, one reminder) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		if one.run != nil {
			now, err := workflow.LoadForUpdate(tx, one.run.ID)
			if err != nil || now.Version != one.run.Version {
				return err
			}
		}
		return notify.Add(tx, one.to, one.notice)
	})
}

func unique(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}
