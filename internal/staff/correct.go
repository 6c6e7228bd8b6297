package staff

import (
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
	"gongkai/internal/review"
)

// correctionLine is the other manuscript of a correction.
type correctionLine struct {
	ID            int64
	Title, Reason string
	By            string
	At            time.Time
	Done          bool
}

// correctionOf answers what the manuscript corrects and what corrects it.
func correctionOf(open *review.View) (corrects, by *correctionLine) {
	line := func(c *manuscript.Correction, other int64) *correctionLine {
		return &correctionLine{other, open.Titles[other], c.Reason, open.Names[c.StartedBy], c.StartedAt, !c.DoneAt.IsZero()}
	}
	if c := open.Corrects; c != nil {
		corrects = line(c, c.Of)
	}
	if c := open.CorrectedBy; c != nil {
		by = line(c, c.ManuscriptID)
	}
	return corrects, by
}

// correct leads to the new manuscript, to be changed there.
func (s *Staff) correct(v *visit, id int64) (done, error) {
	m, err := s.Desk.Correct(v.ctx, v.actor, id, v.seen(), v.form.Get("reason"))
	if err != nil {
		return done{}, err
	}
	return done{"/manuscripts/" + itoa(m.ID) + "/edit", "correct"}, nil
}

// pinLine is the pin of a manuscript, asked for or standing.
type pinLine struct {
	Reason, By, ConfirmedBy string
	Until                   time.Time
	Open                    bool
}

// askPin pins until the end of a day.
func (s *Staff) askPin(v *visit, id int64) (done, error) {
	day, err := time.ParseInLocation(time.DateOnly, v.form.Get("until"), calendar.Zone)
	if err != nil {
		return done{}, publish.ErrPinUntil.On("until")
	}
	if _, err := s.Desk.AskPin(v.ctx, v.actor, id, v.seen(), v.form.Get("reason"), day.AddDate(0, 0, 1)); err != nil {
		return done{}, err
	}
	return back(id, "pin_asked")
}

func (s *Staff) confirmPin(v *visit, id int64) (done, error) {
	if _, err := s.Desk.ConfirmPin(v.ctx, v.actor, id, v.seen()); err != nil {
		return done{}, err
	}
	return back(id, "pin_confirmed")
}

func (s *Staff) unpin(v *visit, id int64) (done, error) {
	if _, err := s.Desk.Unpin(v.ctx, v.actor, id, v.seen()); err != nil {
		return done{}, err
	}
	return back(id, "pin_ended")
}
