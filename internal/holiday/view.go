package holiday

import (
	"context"
	"slices"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/foi"
	"gongkai/internal/org"
)

// Year is a year of a calendar.
type Year struct {
	calendar.Notice
	Months [12]int // working days
	Total  int
}

func yearOf(c *calendar.Calendar, year int) (y Year, err error) {
	y.Notice, _ = c.Notice(year)
	for i := range y.Months {
		if y.Months[i], err = c.Workdays(year, time.Month(i+1)); err != nil {
			return y, err
		}
		y.Total += y.Months[i]
	}
	return y, nil
}

// View is what the desk shows.
type View struct {
	Years  []Year // that the calendar knows, the latest first
	Open   []Preview
	Adopts []Proposal // confirmed, the newest first; Moves are those of the reader's organisation
	// MayReadRequests says that the reader sees which requests move.
	MayReadRequests bool
	Actor           int64
}

// Preview is an open proposal with what it would change.
type Preview struct {
	Proposal
	Now, Then Year       // Now is empty for a year that is not known yet
	Moves     []foi.Move // of the reader's organisation
}

// Open reads the desk.
func (k *Desk) Open(ctx context.Context, actor org.Actor) (v View, err error) {
	if err := k.Refresh(ctx); err != nil {
		return v, err
	}
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "calendar.read")
		if err != nil {
			return err
		}
		v = View{Actor: a.actor.PersonID}
		for _, year := range k.calendar.Years() {
			y, err := yearOf(k.calendar, year)
			if err != nil {
				return err
			}
			v.Years = append([]Year{y}, v.Years...)
		}
		_, refused := k.authz.Require(a.actor, authz.Domain{OrganisationID: a.actor.OrganisationID}, "foi.read")
		v.MayReadRequests = refused == nil
		proposals, err := all(tx, "ended_at = 0 OR confirmed = 1")
		if err != nil {
			return err
		}
		for _, p := range proposals {
			if p.Confirmed {
				p.Moves = ofOrganisation(p.Moves, a.actor.OrganisationID)
				v.Adopts = append(v.Adopts, p)
				continue
			}
			w, err := k.preview(tx, p, v.Years)
			if err != nil {
				return err
			}
			w.Moves = ofOrganisation(w.Moves, a.actor.OrganisationID)
			v.Open = append(v.Open, w)
		}
		slices.Reverse(v.Adopts)
		return nil
	})
	return v, err
}

func (k *Desk) preview(tx *db.Tx, p Proposal, known []Year) (w Preview, err error) {
	w.Proposal = p
	by, err := k.calendar.With(p.Notice)
	if err != nil {
		return w, err
	}
	if i := slices.IndexFunc(known, func(y Year) bool { return y.Year == p.Notice.Year }); i >= 0 {
		w.Now = known[i]
	}
	if w.Then, err = yearOf(by, p.Notice.Year); err != nil {
		return w, err
	}
	w.Moves, err = k.requests.Moves(tx, by)
	return w, err
}

func ofOrganisation(moves []foi.Move, id int64) []foi.Move {
	return slices.DeleteFunc(moves, func(m foi.Move) bool { return m.OrganisationID != id })
}
