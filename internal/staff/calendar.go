package staff

import (
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/holiday"
	"gongkai/internal/org"
)

// calendarPage is the working-day calendar: the years that are known, and the
// notices that wait for a second person.
type calendarPage struct {
	frame
	holiday.View
	Missing   int // the next year, from November on, when its notice is not there
	Proposes  bool
	Confirms  bool
	Names     map[int64]string
	Months    []int
	MostRunes int
}

func (s *Staff) calendar(v *visit) error {
	p := calendarPage{Proposes: s.mayAll(v, "calendar.propose"), Confirms: s.mayAll(v, "calendar.confirm"), MostRunes: holiday.MostRunes}
	var err error
	if p.View, err = s.Holidays.Open(v.ctx, v.actor); err != nil {
		return err
	}
	for i := range 12 {
		p.Months = append(p.Months, i+1)
	}
	now := s.DB.Now().In(calendar.Zone)
	if now.Month() >= time.November && (len(p.Years) == 0 || p.Years[0].Year <= now.Year()) {
		p.Missing = now.Year() + 1
	}
	var who []int64
	for _, o := range p.Open {
		who = append(who, o.ProposedBy)
	}
	for _, o := range p.Adopts {
		who = append(who, o.ProposedBy, o.EndedBy)
	}
	if err = s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { p.Names, err = org.Names(tx, who); return err }); err != nil {
		return err
	}
	if p.frame, err = s.frame(v, "staff.calendar"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "calendar", p)
	return nil
}

func (s *Staff) proposeNotice(v *visit) (done, error) {
	_, err := s.Holidays.Propose(v.ctx, v.actor, v.form.Get("text"), v.form.Get("number"))
	return done{"/calendar", "notice_proposed"}, err
}

func (s *Staff) confirmNotice(v *visit, id int64) (done, error) {
	_, err := s.Holidays.Confirm(v.ctx, v.actor, id)
	return done{"/calendar", "notice_confirmed"}, err
}

func (s *Staff) dropNotice(v *visit, id int64) (done, error) {
	return done{"/calendar", "notice_dropped"}, s.Holidays.Drop(v.ctx, v.actor, id)
}
