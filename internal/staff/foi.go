package staff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/org"
)

// foiPage is the register of requests.
type foiPage struct {
	frame
	Lines  []foiLine
	Open   bool
	F      foi.Filter
	MayNew bool
	Before int64 // where the next page begins; 0 when this is the last
}

type foiLine struct {
	foi.Entry
	Due due
}

// foiDue is the last day of a request in words with its colour: amber from five
// working days left, red from two (domain 4.2).
func (s *Staff) foiDue(v *visit, c foi.Clock) due {
	switch {
	case !c.State.Open() || c.State == foi.AwaitingConfirmation || c.State == foi.CorrectionPending || c.State == foi.FeePending:
		if c.Overdue() {
			return due{"r", s.say(v.lang, "staff.foi.late", map[string]any{"n": -c.Left()}), c.Due}
		}
		return due{}
	case c.UnknownYear != 0:
		return due{"a", s.say(v.lang, "staff.foi.unknown_year", map[string]any{"year": c.UnknownYear}), time.Time{}}
	case c.Overdue():
		return due{"r", s.say(v.lang, "staff.foi.late", map[string]any{"n": -c.Left()}), c.Due}
	}
	class := "g"
	if left := c.Left(); left <= 2 {
		class = "r"
	} else if left <= 5 {
		class = "a"
	}
	return due{class, s.say(v.lang, "staff.foi.left", map[string]any{"n": c.Left(), "due": c.Due.Format(time.DateOnly)}), c.Due}
}

// foiList lists the register. What it is narrowed by comes in a form, not in the
// address: a name or a phone number would stand in the records of every proxy.
func (s *Staff) foiList(v *visit) error {
	get := v.Query
	if v.form != nil {
		get = v.form.Get
	}
	p := foiPage{Open: get("all") == "", MayNew: s.mayAll(v, "foi.register")}
	p.F = foi.Filter{Open: p.Open, Number: get("number"), Wanted: get("wanted"), Limit: pageSize}
	if v.form != nil {
		p.F.Name, p.F.Phone, p.F.Before = get("name"), get("phone"), max(0, v.whole("before"))
	}
	all, err := s.FOI.List(v.ctx, v.actor, p.F)
	if err != nil {
		return err
	}
	for _, e := range all {
		p.Lines = append(p.Lines, foiLine{e, s.foiDue(v, e.Clock)})
	}
	if p.Open {
		slices.SortStableFunc(p.Lines, func(a, b foiLine) int {
			return foiOrder(a.Clock).Compare(foiOrder(b.Clock))
		})
	}
	if len(all) == pageSize {
		p.Before = all[pageSize-1].Request.ID
	}
	if p.frame, err = s.frame(v, "staff.foi"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "foi", p)
	return nil
}

// foiOrder puts what is due first first; what waits for confirmation before all.
func foiOrder(c foi.Clock) time.Time {
	switch {
	case c.State == foi.AwaitingConfirmation:
		return c.Arrived
	case c.Due.IsZero():
		return never
	}
	return c.Due
}

// foiNewPage registers a request that came by another way than the site's form.
type foiNewPage struct {
	frame
	Channels []foi.Channel
	Kinds    []foi.ApplicantKind
	IDKinds  []string
	Media    []string
	Routes   []string
	Today    string
	Once     string
}

func (s *Staff) foiNew(v *visit) error {
	if _, err := s.entitled(v.ctx, v.actor, "foi.register"); err != nil {
		return err
	}
	p := foiNewPage{Channels: foi.Channels, Kinds: foi.ApplicantKinds, IDKinds: foi.IDKinds, Media: foi.Media, Routes: foi.Routes, Today: dated(s.DB.Now(), time.DateOnly), Once: org.NewSecret()}
	var err error
	if p.frame, err = s.frame(v, "staff.foi.new"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "foi-new", p)
	return nil
}

func (s *Staff) foiRegister(v *visit) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.register"); err != nil {
		return done{}, err
	}
	f := v.form.Get
	on, err := v.day("on")
	if err != nil {
		return done{}, err
	}
	rc, err := s.FOI.Register(v.ctx, v.actor, foi.New{Channel: foi.Channel(f("channel")), On: on, Wanted: f("wanted"), Features: f("features"), Wish: foi.Wish{Medium: f("medium"), Route: f("route")}, Once: f("once"),
		Applicant: foi.Applicant{Kind: foi.ApplicantKind(f("kind")), Name: f("name"), IDKind: f("id_kind"), IDNumber: f("id_number"), Phone: f("phone"), Email: f("email"), Address: f("address"), Postcode: f("postcode"),
			Head: f("head"), Contact: f("contact"), Agent: f("agent"), AgentID: f("agent_id"), AgentPaper: f("agent_paper")}})
	if err != nil {
		return done{}, err
	}
	return done{fmt.Sprintf("/foi/%d", rc.Request.ID), "foi_registered"}, nil
}

var errDay = fault.New(fault.Invalid, "staff.day")

// day reads a date of the form.
func (v *visit) day(name string) (time.Time, error) {
	s := strings.TrimSpace(v.form.Get(name))
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, calendar.Zone)
	if err != nil {
		return t, errDay.On(name)
	}
	return t, nil
}

// foiFilePage is one request's file.
type foiFilePage struct {
	frame
	V       foi.View
	Due     due
	Full    *foi.Applicant
	Names   map[int64]string
	Days    []foi.ExplainedDay
	Kinds   []foi.EventKind
	Codes   []foi.Code // of a letter
	Answers []foi.Code // of an answer entered: as its letter has it, or that need none
	Parties []foi.Party
	Scales  []foi.FeeScale
	Today   string
	Reveals bool
	Strikes bool
	Writes  bool // letters and files
	Handles bool
	Drafts  bool // for the website
	Erases  bool
	Files   []foi.FileKind
	Remedy  foi.Remedy
}

func (s *Staff) foiFile(v *visit) error { return s.foiFilePage(v, nil) }

func (s *Staff) foiAgain(v *visit) error { return s.foiFilePage(v, nil) }

func (s *Staff) foiFilePage(v *visit, full *foi.Applicant) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	view, err := s.FOI.Open(v.ctx, v.actor, id)
	if err != nil {
		return err
	}
	now := s.DB.Now()
	p := foiFilePage{V: view, Full: full, Due: s.foiDue(v, view.Clock), Days: view.Clock.Explain(), Kinds: s.FOI.Allowed(v.actor, view, now), Parties: foi.Parties, Scales: foi.FeeScales, Today: dated(now, time.DateOnly),
		Reveals: s.mayAll(v, "foi.reveal") && !view.Erased, Strikes: s.mayAll(v, "foi.strike"), Writes: s.mayAll(v, "foi.handle") && !view.Erased,
		Handles: s.mayAll(v, "foi.handle"), Drafts: s.mayAll(v, "foi.promote") && !view.Erased, Erases: s.mayAll(v, "foi.erase") && !view.Erased && (!view.Request.ClosedOn.IsZero() || view.Request.MergedInto != 0), Files: foi.FileKinds}
	if slices.Contains(p.Kinds, foi.Answered) {
		p.Codes = view.Codes(now)
		p.Answers = view.Answers(p.Codes)
	}
	if view.Clock.Code != "" {
		p.Remedy = foi.RemedyOf(view.Clock.Code, view.Clock.ClosedOn)
	}
	ids := []int64{}
	for _, e := range view.Events {
		ids = append(ids, e.PersonID)
	}
	for _, f := range view.Files {
		ids = append(ids, f.PersonID)
	}
	if err := s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { p.Names, err = org.Names(tx, ids); return err }); err != nil {
		return err
	}
	if p.frame, err = s.frame(v, "staff.foi.file"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "foi-file", p)
	return nil
}

// Struck says whether an event was struck.
func (p foiFilePage) Struck(no int) bool {
	return slices.ContainsFunc(p.V.Events, func(e foi.Event) bool { return e.Kind == foi.Struck && e.Ref == no })
}

func (s *Staff) foiRecord(v *visit, id int64) (done, error) {
	e := foi.Event{Kind: foi.EventKind(v.form.Get("kind")), Party: foi.Party(v.form.Get("party")), Code: foi.Code(v.form.Get("code")), Doc: v.form.Get("doc"), Note: v.form.Get("note"),
		Scale: foi.FeeScale(v.form.Get("scale")), Pages: int(v.whole("pages")), Round: int(v.whole("round")), Amount: int(v.whole("amount")), Ref: int(v.whole("ref"))}
	var err error
	if e.On, err = v.day("on"); err != nil {
		return done{}, err
	}
	if e.On.IsZero() {
		e.On = calendar.Midnight(s.DB.Now())
	}
	if e.Until, err = v.day("until"); err != nil {
		return done{}, err
	}
	if e.Kind == foi.OpinionAsked && e.Round == 0 {
		view, err := s.FOI.Open(v.ctx, v.actor, id)
		if err != nil {
			return done{}, err
		}
		e.Round = len(view.Clock.Rounds) + 1
	}
	_, err = s.FOI.Record(v.ctx, v.actor, id, v.whole("version"), e)
	return done{"/foi/" + strconv.FormatInt(id, 10), "foi_recorded"}, err
}

// foiReveal shows the applicant in full, once, on the page of the very act.
func (s *Staff) foiReveal(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, err := s.entitled(v.ctx, v.actor, "foi.reveal"); err != nil {
		return err
	}
	who, err := s.FOI.Reveal(v.ctx, v.actor, id, v.form.Get("reason"))
	if err != nil {
		v.refuse(s, err)
		if s.foiFilePage(v, nil) != nil {
			return err
		}
		return nil
	}
	return s.foiFilePage(v, &who)
}
