// Package holiday takes the holiday notices that arrive while the program runs:
// one person enters a year's notice, a second one confirms it, and every clock of
// the installation counts by it from then on (domain 9, DC-7).
package holiday

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

var (
	ErrGone     = fault.New(fault.NotFound, "holiday.gone")
	ErrTwo      = fault.New(fault.Forbidden, "holiday.two_persons")
	ErrProposed = fault.New(fault.Conflict, "holiday.proposed") // year
	ErrSame     = fault.New(fault.Conflict, "holiday.same")     // year
	ErrNewer    = fault.New(fault.Conflict, "holiday.newer")    // year
	ErrNumber   = fault.New(fault.Invalid, "holiday.number")
	ErrLong     = fault.New(fault.Invalid, "holiday.long") // max
)

// MostRunes is how long the text of a notice may be.
const MostRunes = 20_000

// Proposal is a year's notice that one person entered. It counts once a second
// one confirmed it; the newest confirmed one of a year counts.
type Proposal struct {
	ID             int64
	OrganisationID int64
	Notice         calendar.Notice
	ProposedBy     int64
	ProposedAt     time.Time
	EndedBy        int64
	EndedAt        time.Time // zero while it is open
	Confirmed      bool
	Moves          []foi.Move // of a confirmed one: what moved then
}

// Desk is where notices are entered and confirmed. The calendar is that of all
// organisations of the installation: the State Council's notice is one for all.
type Desk struct {
	db       *db.DB
	authz    *authz.Enforcer
	calendar *calendar.Calendar
	requests *foi.Desk

	refreshing sync.Mutex
	seen       int64 // how many confirmed notices the calendar has
}

// NewDesk opens the desk. cal is the one every clock reads; Refresh changes it.
func NewDesk(d *db.DB, a *authz.Enforcer, cal *calendar.Calendar, requests *foi.Desk) *Desk {
	return &Desk{db: d, authz: a, calendar: cal, requests: requests}
}

type act struct {
	tx    *db.Tx
	actor org.Actor
	as    org.Holding
}

func (k *Desk) enter(tx *db.Tx, actor org.Actor, name string) (*act, error) {
	who, as, err := k.authz.Enter(tx, actor, name)
	return &act{tx, who, as}, err
}

func (a *act) record(action string, p *Proposal, details map[string]any) error {
	all := map[string]any{"year": p.Notice.Year, "number": p.Notice.Number, "notice": p.ID}
	for k, v := range details {
		all[k] = v
	}
	return audit.Record(a.tx, audit.Entry{OrganisationID: a.actor.OrganisationID, PersonID: a.actor.PersonID, ForID: a.as.For, AccountID: a.actor.AccountID,
		Session: a.actor.Session, Address: a.actor.Address, Action: action, Object: subject(p.Notice.Year), Details: all})
}

func subject(year int) string { return fmt.Sprintf("calendar:%d", year) }

// Propose enters a year's notice: its official text, or its file. number is the
// notice's own, for a text without it.
func (k *Desk) Propose(ctx context.Context, actor org.Actor, text, number string) (p Proposal, err error) {
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "calendar.propose")
		if err != nil {
			return err
		}
		n, err := read(text, number)
		if err != nil {
			return err
		}
		open, err := all(tx, "ended_at = 0")
		if err != nil {
			return err
		}
		if slices.ContainsFunc(open, func(o Proposal) bool { return o.Notice.Year == n.Year }) {
			return ErrProposed.On("text").With("year", n.Year)
		}
		by, err := k.calendar.With(n)
		if err != nil {
			return err
		}
		if k.calendar.Number(n.Year) == n.Number && sameDays(k.calendar, by, n.Year) {
			return ErrSame.On("text").With("year", n.Year)
		}
		p = Proposal{OrganisationID: a.actor.OrganisationID, Notice: n, ProposedBy: a.actor.PersonID, ProposedAt: tx.Now()}
		if err := insert(tx, &p); err != nil {
			return err
		}
		if err := k.tell(tx, a, "notice.calendar_proposed", &p, "calendar.confirm", nil); err != nil {
			return err
		}
		return a.record("calendar.proposed", &p, nil)
	})
	return p, err
}

func read(text, number string) (calendar.Notice, error) {
	if len([]rune(text)) > MostRunes {
		return calendar.Notice{}, ErrLong.On("text").With("max", MostRunes)
	}
	n, err := calendar.ReadNotice(text)
	if f, ok := fault.From(err); ok {
		return n, f.On("text")
	}
	if n.Number == "" {
		n.Number = number
	}
	if n.Number, err = manuscript.Line("number", n.Number, 60); err == nil && n.Number == "" {
		err = ErrNumber.On("number")
	}
	return n, err
}

func sameDays(a, b *calendar.Calendar, year int) bool {
	for d := time.Date(year, 1, 1, 0, 0, 0, 0, calendar.Zone); d.Year() == year; d = d.AddDate(0, 0, 1) {
		x, errX := a.Look(d)
		y, errY := b.Look(d)
		if x != y || errX != nil || errY != nil {
			return false
		}
	}
	return true
}

// Confirm makes a notice count, by another person than the one who entered it.
// Those who handle requests are told what moved, with the letters in which
// somebody was told another day.
func (k *Desk) Confirm(ctx context.Context, actor org.Actor, id int64) (p Proposal, err error) {
	if err := k.Refresh(ctx); err != nil {
		return p, err
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "calendar.confirm")
		if err != nil {
			return err
		}
		if p, err = find(tx, id); err != nil {
			return err
		}
		if p.ProposedBy == a.actor.PersonID || p.ProposedBy == a.as.For {
			return ErrTwo
		}
		confirmed, err := all(tx, "confirmed = 1")
		if err != nil {
			return err
		}
		for _, o := range confirmed {
			if o.Notice.Year == p.Notice.Year && o.EndedAt.After(p.ProposedAt) {
				return ErrNewer.With("year", p.Notice.Year)
			}
		}
		by, err := k.calendar.With(p.Notice)
		if err != nil {
			return err
		}
		if p.Moves, err = k.requests.Moves(tx, by); err != nil {
			return err
		}
		p.EndedBy, p.EndedAt, p.Confirmed = a.actor.PersonID, tx.Now(), true
		if err := end(tx, &p); err != nil {
			return err
		}
		if err := k.tellMoved(tx, &p); err != nil {
			return err
		}
		// Elsewhere Keep brings it; here it counts with the commit.
		tx.AfterCommit(func() { _ = k.Refresh(context.Background()) })
		return a.record("calendar.confirmed", &p, map[string]any{"proposed_by": p.ProposedBy, "moved": len(p.Moves)})
	})
	return p, err
}

// Drop ends a proposal that does not count; one person may do so.
func (k *Desk) Drop(ctx context.Context, actor org.Actor, id int64) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "calendar.confirm")
		if err != nil {
			return err
		}
		p, err := find(tx, id)
		if err != nil {
			return err
		}
		p.EndedBy, p.EndedAt = a.actor.PersonID, tx.Now()
		if err := end(tx, &p); err != nil {
			return err
		}
		return a.record("calendar.dropped", &p, nil)
	})
}
