package staff

import (
	"time"

	"gongkai/internal/foi"
)

// disputesPage is the register of reconsiderations and suits.
type disputesPage struct {
	frame
	Lines   []disputeLine
	Writes  bool
	Kinds   []foi.DisputeKind
	Results []foi.Result
	Today   string
}

type disputeLine struct {
	foi.DisputeLine
	Due due
}

func (s *Staff) disputes(v *visit) error {
	all, err := s.FOI.Disputes(v.ctx, v.actor, foi.DisputeCell{})
	if err != nil {
		return err
	}
	p := disputesPage{Lines: s.disputeLines(v, all), Writes: s.mayAll(v, "foi.handle"), Kinds: foi.DisputeKinds, Results: foi.Results, Today: dated(s.DB.Now(), time.DateOnly)}
	if p.frame, err = s.frame(v, "staff.disputes"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "disputes", p)
	return nil
}

func (s *Staff) disputeLines(v *visit, all []foi.DisputeLine) (out []disputeLine) {
	for _, d := range all {
		l := disputeLine{DisputeLine: d}
		if !d.AnswerBy.IsZero() {
			l.Due = due{"g", s.say(v.lang, "staff.disputes.left", map[string]any{"n": d.Left, "due": d.AnswerBy.Format(time.DateOnly)}), d.AnswerBy}
			switch {
			case d.Left < 0:
				l.Due.Class, l.Due.Text = "r", s.say(v.lang, "staff.disputes.late", map[string]any{"n": -d.Left})
			case d.Left <= 2:
				l.Due.Class = "r"
			case d.Left <= 5:
				l.Due.Class = "a"
			}
		}
		out = append(out, l)
	}
	return out
}

func (s *Staff) addDispute(v *visit) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.handle"); err != nil {
		return done{}, err
	}
	d := foi.Dispute{Kind: foi.DisputeKind(v.form.Get("kind")), Number: v.form.Get("number"), About: v.form.Get("about"), Simplified: v.form.Get("simplified") != ""}
	var err error
	if d.ServedOn, err = v.day("served_on"); err != nil {
		return done{}, err
	}
	if d.ServedOn.IsZero() {
		return done{}, foi.ErrDisputeDay.On("served_on")
	}
	_, err = s.FOI.Dispute(v.ctx, v.actor, d, v.form.Get("request"))
	return done{"/foi/disputes", "dispute_added"}, err
}

func (s *Staff) answerDispute(v *visit, id int64) (done, error) {
	on, err := v.day("on")
	if err == nil {
		_, err = s.FOI.AnswerDispute(v.ctx, v.actor, id, v.whole("version"), on)
	}
	return done{"/foi/disputes", "dispute_answered"}, err
}

func (s *Staff) endDispute(v *visit, id int64) (done, error) {
	on, err := v.day("on")
	if err == nil {
		_, err = s.FOI.EndDispute(v.ctx, v.actor, id, v.whole("version"), on, foi.Result(v.form.Get("result")))
	}
	return done{"/foi/disputes", "dispute_ended"}, err
}
