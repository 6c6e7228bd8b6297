package staff

import (
	"time"

	"gongkai/internal/duty"
)

// dutiesPage is what has to be published by a day.
type dutiesPage struct {
	frame
	Lines  []dutyLine
	Writes bool
	Kinds  []duty.Kind
	Today  string
}

type dutyLine struct {
	duty.Line
	Clock due
}

func (s *Staff) duties(v *visit) error {
	all, err := s.Duties.List(v.ctx, v.actor)
	if err != nil {
		return err
	}
	p := dutiesPage{Writes: s.mayAll(v, "duty.write"), Kinds: duty.Kinds, Today: dated(s.DB.Now(), time.DateOnly)}
	for _, l := range all {
		p.Lines = append(p.Lines, dutyLine{l, s.dutyDue(v, l)})
	}
	if p.frame, err = s.frame(v, "staff.duties"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "duties", p)
	return nil
}

func (s *Staff) dutyDue(v *visit, l duty.Line) due {
	switch {
	case !l.Open():
		return due{}
	case l.UnknownYear:
		return due{"a", s.say(v.lang, "staff.duties.unknown_year", nil), time.Time{}}
	case l.Left < 0:
		return due{"r", s.say(v.lang, "staff.duties.late", map[string]any{"n": -l.Left, "due": l.Due.Format(time.DateOnly)}), l.Due}
	}
	if l.Left == 0 {
		return due{"r", s.say(v.lang, "staff.duties.today", map[string]any{"due": l.Due.Format(time.DateOnly)}), l.Due}
	}
	class := "g"
	if l.Left <= 2 {
		class = "r"
	} else if l.Left <= 5 {
		class = "a"
	}
	return due{class, s.say(v.lang, "staff.duties.left", map[string]any{"n": l.Left, "due": l.Due.Format(time.DateOnly)}), l.Due}
}

func (s *Staff) addDuty(v *visit) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "duty.write"); err != nil {
		return done{}, err
	}
	since, err := v.day("since")
	if err == nil {
		_, err = s.Duties.Add(v.ctx, v.actor, duty.Duty{Kind: duty.Kind(v.form.Get("kind")), Title: v.form.Get("title"), Since: since})
	}
	return done{"/duties", "duty_added"}, err
}

func (s *Staff) doneDuty(v *visit, id int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "duty.write"); err != nil {
		return done{}, err
	}
	on, err := v.day("on")
	if err == nil {
		_, err = s.Duties.Done(v.ctx, v.actor, id, v.whole("version"), on, v.form.Get("note"))
	}
	return done{"/duties", "duty_done"}, err
}

func (s *Staff) dropDuty(v *visit, id int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "duty.write"); err != nil {
		return done{}, err
	}
	_, err := s.Duties.Drop(v.ctx, v.actor, id, v.whole("version"), v.form.Get("reason"))
	return done{"/duties", "duty_dropped"}, err
}
