package staff

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
	"gongkai/internal/publish"
)

type publicationsPage struct {
	frame
	Lines     []publicationLine
	Freeze    *freezeLine
	MayFreeze bool
	MayRetry  bool
	Simulated bool
	Next      string
	Q, State  string // what the list is narrowed to
	States    []publish.Status
}

// publicationStates are the choices of the filter, what wants somebody first.
var publicationStates = []publish.Status{publish.Held, publish.TurnedDown, publish.Pending, publish.Planned, publish.Delivering, publish.Retracting, publish.Live, publish.Retracted, publish.Cancelled}

type freezeLine struct {
	Reason, By string
	At         time.Time
	LiftAsked  string // who asked first to lift it
	Mine       bool   // this person asked first
}

type publicationLine struct {
	ID, ManuscriptID int64
	Title            string
	Channel, State   string
	Class            string
	URL              string
	Reason, Detail   string
	Attempt          int
	Revision         int
	PublishAt        time.Time
	NextAt           time.Time
	LiveAt, EndedAt  time.Time
	Moving           bool // on its way: Percent says how far
	Percent          int
	Retry            bool     // there is something to retry
	Ways             []string // to go on, for who has looked in the console
	Optional         bool
}

func (s *Staff) publicationOf(v *visit, p *publish.Publication) publicationLine {
	l := publicationLine{ID: p.ID, ManuscriptID: p.ManuscriptID, Title: p.Item.Title, Channel: p.Channel, State: string(p.Status), Class: stateClass(string(p.Status)),
		URL: p.URL, Detail: p.Detail, Attempt: p.Attempt, Revision: p.Item.RevisionNo, PublishAt: p.PublishAt, LiveAt: p.LiveAt, EndedAt: p.EndedAt,
		Moving: p.Status == publish.Delivering || p.Status == publish.Pending, Percent: p.Percent(), Retry: p.MayRetry(), Ways: s.Desk.Ways(p), Optional: p.Optional}
	if !p.Status.Over() && p.NextAt.Year() < 9000 {
		l.NextAt = p.NextAt
	}
	if p.Reason != "" {
		l.Reason = s.say(v.lang, p.Reason, nil)
	}
	if p.Status == publish.Retracted {
		l.URL = ""
	}
	return l
}

func (s *Staff) publications(v *visit) error {
	before, err := v.number("before")
	if err != nil {
		return err
	}
	w := publish.Which{Before: before, Title: firstRunes(strings.TrimSpace(v.Query("q")), 100)}
	if st := publish.Status(v.Query("state")); slices.Contains(publicationStates, st) {
		w.Status = st
	}
	all, err := s.Desk.Publications(v.ctx, v.actor, w)
	if err != nil {
		return err
	}
	p := publicationsPage{Q: w.Title, State: string(w.Status), States: publicationStates, MayFreeze: s.mayAll(v, "publishing.freeze"), MayRetry: s.mayAll(v, "publication.retry"), Simulated: s.Simulated}
	for _, pub := range all {
		p.Lines = append(p.Lines, s.publicationOf(v, pub))
	}
	if len(all) == pageSize {
		next := url.Values{"before": {itoa(all[pageSize-1].ID)}}
		if w.Title != "" {
			next.Set("q", w.Title)
		}
		if w.Status != "" {
			next.Set("state", string(w.Status))
		}
		p.Next = "/publications?" + next.Encode()
	}
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		f, err := publish.FrozenNow(tx, v.actor.OrganisationID)
		if err != nil || f == nil {
			return err
		}
		names, err := org.Names(tx, []int64{f.By, f.LiftAskedBy})
		p.Freeze = &freezeLine{s.say(v.lang, f.Reason, nil), names[f.By], f.At, names[f.LiftAskedBy], f.LiftAskedBy == v.actor.PersonID}
		return err
	})
	if err != nil {
		return err
	}
	if p.frame, err = s.frame(v, "staff.publications"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "publications", p)
	return nil
}

func (s *Staff) publicationsAgain(v *visit) error { return s.publications(v) }

// errHowLooked is answered when nobody says that nothing is visible: going on
// could show the text twice.
var errHowLooked = fault.New(fault.Invalid, "staff.retry_look")

func (s *Staff) retry(v *visit) (done, error) {
	id, err := v.id()
	if err != nil {
		return done{}, err
	}
	how := v.form.Get("how")
	if how != "" && v.form.Get("looked") == "" {
		return done{}, errHowLooked.On("looked")
	}
	p, err := s.Desk.ResumePublication(v.ctx, v.actor, id, how)
	if err != nil {
		return done{}, err
	}
	if v.form.Get("from") == "manuscript" {
		return back(p.ManuscriptID, "retry")
	}
	return done{"/publications", "retry"}, nil
}

func (s *Staff) freeze(v *visit) (done, error) {
	return done{"/publications", "freeze"}, s.Desk.Freeze(v.ctx, v.actor, v.form.Get("reason"))
}

func (s *Staff) thaw(v *visit) (done, error) {
	lifted, err := s.Desk.Thaw(v.ctx, v.actor)
	if err == nil && !lifted {
		return done{"/publications", "thaw_asked"}, nil
	}
	return done{"/publications", "thaw"}, err
}
