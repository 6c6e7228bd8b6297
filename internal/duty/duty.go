// Package duty keeps the days by which the office has to publish something that
// nobody asked for (domain 4.2): what it formed or changed (DL-1), the yearly report
// of its website (DL-11), its budget (DL-12), a penalty that fell (DL-13), the
// explanation of a document (DL-14), its guide and catalogue (DL-15). The days are
// worked out from what happened, never stored.
package duty

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// Kind is why something has to be published.
type Kind string

// Kinds lists them in the order of domain 4.2.
var Kinds = []Kind{Formed, WebsiteReport, Budget, Penalty, Explanation, Guide}

const (
	Formed        Kind = "formed"         // information formed or changed: 20 working days (TL26)
	WebsiteReport Kind = "website_report" // of the year before: 31 January (国办函〔2018〕12号)
	Budget        Kind = "budget"         // approved: 20 days (预算法14)
	Penalty       Kind = "penalty"        // changed, revoked or declared unlawful: withdrawn and explained within 3 days (行政处罚法48)
	Explanation   Kind = "explanation"    // of a document that was published: 3 working days
	Guide         Kind = "guide"          // facts of guide or catalogue changed: 20 working days (TL12)
)

// Duty is something to be published.
type Duty struct {
	ID             int64
	OrganisationID int64
	Kind           Kind
	Title          string
	Since          time.Time // the day it counts from, which is not counted itself
	DoneOn         time.Time // zero while it is open
	Dropped        bool      // entered by mistake; Note says why
	Note           string
	PersonID       int64
	Version        int64
}

// Open says that it still has to be done.
func (d *Duty) Open() bool { return d.DoneOn.IsZero() && !d.Dropped }

func (d *Duty) subject() string { return fmt.Sprintf("duty:%d", d.ID) }

var (
	ErrKind     = fault.New(fault.Invalid, "duty.kind")
	ErrTitle    = fault.New(fault.Invalid, "duty.title")
	ErrDay      = fault.New(fault.Invalid, "duty.day") // after today, or before it counts from
	ErrReason   = fault.New(fault.Invalid, "duty.reason")
	ErrNotFound = fault.New(fault.NotFound, "duty.not_found")
	ErrChanged  = fault.New(fault.Conflict, "duty.changed")
	ErrDone     = fault.New(fault.Conflict, "duty.done")
)

// Due is the last day of a duty. The day of a period of calendar days or of a fixed
// date does not roll over, whatever may be said for it: Last is the last working day
// not after it, by which it has to be done.
func (d *Duty) Due(c *calendar.Calendar) (due time.Time, err error) {
	since := calendar.Midnight(d.Since)
	switch d.Kind {
	case Formed, Guide:
		return c.AddWorkdays(since, 20)
	case Explanation:
		return c.AddWorkdays(since, 3)
	case Budget:
		return since.AddDate(0, 0, 20), nil
	case Penalty:
		return since.AddDate(0, 0, 3), nil
	case WebsiteReport:
		return time.Date(since.Year()+1, time.January, 31, 0, 0, 0, 0, calendar.Zone), nil
	}
	return due, ErrKind
}

// Line is a duty with its clock.
type Line struct {
	*Duty
	Due         time.Time // zero when the calendar of its year is not known
	Last        time.Time // the last working day not after Due; Due itself while its calendar is not known
	Left        int       // working days to Last; less than 0 when Due is over
	UnknownYear bool
}

func lineOf(d *Duty, c *calendar.Calendar, now time.Time) (l Line, err error) {
	l = Line{Duty: d}
	today := calendar.Midnight(now)
	if l.Due, err = d.Due(c); errors.Is(err, calendar.ErrYearUnknown) {
		l.UnknownYear = true
		return l, nil
	}
	if err != nil {
		return l, err
	}
	if l.Last, l.Left = c.Until(l.Due, now); today.After(l.Due) {
		l.Left = -int(today.Sub(l.Due) / (24 * time.Hour))
	}
	return l, nil
}

// Desk is where duties are entered and done. It is safe for concurrent use.
type Desk struct {
	db       *db.DB
	authz    *authz.Enforcer
	calendar *calendar.Calendar
}

// NewDesk opens the desk.
func NewDesk(d *db.DB, a *authz.Enforcer, c *calendar.Calendar) *Desk { return &Desk{d, a, c} }

type act struct {
	tx    *db.Tx
	actor org.Actor
	as    org.Holding
}

func (k *Desk) enter(tx *db.Tx, actor org.Actor, name string) (*act, error) {
	who, as, err := k.authz.Enter(tx, actor, name)
	return &act{tx, who, as}, err
}

func (a *act) record(action string, d *Duty, details map[string]any) error {
	all := map[string]any{"kind": string(d.Kind), "since": d.Since.Format(time.DateOnly)}
	for k, v := range details {
		all[k] = v
	}
	return audit.Record(a.tx, audit.Entry{OrganisationID: d.OrganisationID, PersonID: a.actor.PersonID, ForID: a.as.For, AccountID: a.actor.AccountID,
		Session: a.actor.Session, Address: a.actor.Address, Action: action, Object: d.subject(), Details: all})
}

// Add enters a duty from the day it counts from.
func (k *Desk) Add(ctx context.Context, actor org.Actor, d Duty) (*Duty, error) {
	err := k.db.Write(ctx, func(tx *db.Tx) (err error) {
		a, err := k.enter(tx, actor, "duty.write")
		if err != nil {
			return err
		}
		if d.Title, err = manuscript.Line("title", d.Title, 200); err != nil {
			return err
		}
		switch {
		case !slices.Contains(Kinds, d.Kind):
			return ErrKind.On("kind")
		case d.Title == "":
			return ErrTitle.On("title")
		case d.Since.IsZero() || d.Since.Year() < 2000 || d.Since.After(tx.Now()):
			return ErrDay.On("since")
		}
		d = Duty{OrganisationID: a.actor.OrganisationID, Kind: d.Kind, Title: d.Title, Since: calendar.Midnight(d.Since), PersonID: a.actor.PersonID, Version: 1}
		if err := insert(tx, &d); err != nil {
			return err
		}
		return a.record("duty.added", &d, map[string]any{"title": d.Title})
	})
	return &d, err
}

// Done enters the day a duty was done.
func (k *Desk) Done(ctx context.Context, actor org.Actor, id, seen int64, on time.Time, note string) (*Duty, error) {
	return k.on(ctx, actor, id, seen, func(a *act, d *Duty) (err error) {
		if on = calendar.Midnight(on); on.Before(d.Since) || on.After(a.tx.Now()) {
			return ErrDay.On("on")
		}
		if d.Note, err = manuscript.Note("note", note, 500); err != nil {
			return err
		}
		d.DoneOn = on
		return a.record("duty.done", d, map[string]any{"on": on.Format(time.DateOnly)})
	})
}

// Drop takes a duty back that was entered by mistake, with the reason.
func (k *Desk) Drop(ctx context.Context, actor org.Actor, id, seen int64, reason string) (*Duty, error) {
	return k.on(ctx, actor, id, seen, func(a *act, d *Duty) (err error) {
		if d.Note, err = manuscript.Note("reason", reason, 500); err != nil {
			return err
		}
		if d.Note == "" {
			return ErrReason.On("reason")
		}
		d.Dropped = true
		return a.record("duty.dropped", d, map[string]any{"reason": d.Note})
	})
}

func (k *Desk) on(ctx context.Context, actor org.Actor, id, seen int64, fn func(a *act, d *Duty) error) (d *Duty, err error) {
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "duty.write")
		if err != nil {
			return err
		}
		if d, err = find(tx, a.actor.OrganisationID, id); err != nil {
			return err
		}
		switch {
		case !d.Open():
			return ErrDone
		case d.Version != seen:
			return ErrChanged.With("version", d.Version)
		}
		if err := fn(a, d); err != nil {
			return err
		}
		return save(tx, d)
	})
	return d, err
}

// List lists an organisation's duties: those that are open, what is due first
// first, and then those that are over, the newest first.
func (k *Desk) List(ctx context.Context, actor org.Actor) (all []Line, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "duty.read")
		if err != nil {
			return err
		}
		rows, err := listed(tx, a.actor.OrganisationID)
		if err != nil {
			return err
		}
		for _, d := range rows {
			l, err := lineOf(d, k.calendar, tx.Now())
			if err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Line) int {
		switch {
		case a.Open() != b.Open():
			return map[bool]int{true: -1, false: 1}[a.Open()]
		case a.Open():
			return dueOrder(a).Compare(dueOrder(b))
		}
		return int(b.ID - a.ID)
	})
	return all, err
}

// dueOrder puts what has no known day last.
func dueOrder(l Line) time.Time {
	if l.Due.IsZero() {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return l.Due
}
