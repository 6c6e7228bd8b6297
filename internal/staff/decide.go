package staff

import (
	"strconv"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/fault"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func back(id int64, flash string) (done, error) {
	return done{"/manuscripts/" + itoa(id), flash}, nil
}

// errLook is answered when a page that changed under its reader is acted on
// before they say they have looked.
var errLook = fault.New(fault.Conflict, "staff.look_again")

// errRead is the second thought before a signature: a tap on a phone is not yet
// a decision.
var errRead = fault.New(fault.Invalid, "staff.read_first")

// looked refuses a form from a page that showed a change, until its reader says
// to have looked at it.
func (v *visit) looked() error {
	if v.form.Get("changed") != "" && v.form.Get("looked") == "" {
		return errLook.On("looked")
	}
	return nil
}

// at reads a local date and time; empty is the zero time.
func (v *visit) at(name string) (time.Time, error) {
	typed := v.form.Get(name)
	if typed == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, typed, calendar.Zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, review.ErrTime.On(name)
}

// judged takes a decision. The code of a signature is looked at before the
// transaction that signs.
func (s *Staff) judged(v *visit) (err error) {
	if workflow.Verb(v.form.Get("verb")) == workflow.Sign && s.Desk.ConfirmSignatures {
		if v.confirmation, err = s.Org.PrepareConfirmation(v.ctx, v.actor, v.form.Get("code")); err != nil {
			return err
		}
	}
	return s.taken(v, on(s.decide), s.manuscriptAgain)
}

func (s *Staff) decide(v *visit, id int64) (done, error) {
	if err := v.looked(); err != nil {
		return done{}, err
	}
	if gate := v.form.Get("return_for"); gate != "" { // a button says both
		v.form.Set("verb", string(workflow.Return))
		v.form.Set("gate", gate)
	}
	d := review.Decision{Verb: workflow.Verb(v.form.Get("verb")), Note: v.form.Get("note")}
	for _, n := range v.form["checklist"] {
		i, err := strconv.Atoi(n)
		if err != nil {
			return done{}, workflow.ErrChecklist.On("checklist").With("lines", 0)
		}
		d.Checklist = append(d.Checklist, i)
	}
	var err error
	switch d.Verb {
	case workflow.Return:
		d.Target, d.Gate = v.form.Get("target"), v.form.Get("gate")
	case workflow.Object:
		d.Gate = v.form.Get("gate")
	case workflow.Reject:
		d.Outcome, d.Ground = v.form.Get("outcome"), v.form.Get("ground")
		if d.Outcome == workflow.OutcomeApply {
			d.Ground = workflow.GroundApply
		}
	case workflow.Sign:
		if v.form.Get("read") == "" {
			return done{}, errRead.On("read")
		}
		d.Confirmation = v.confirmation
		d.Hold = v.form.Get("hold") != ""
		d.PublishAt, err = v.at("publish_at")
	}
	if err != nil {
		return done{}, err
	}
	if _, err := s.Desk.Decide(v.ctx, v.actor, id, v.seen(), d); err != nil {
		return done{}, err
	}
	return back(id, string(d.Verb))
}

func (s *Staff) submit(v *visit, id int64) (done, error) {
	if _, _, err := s.Desk.Submit(v.ctx, v.actor, id, v.seen(), review.Submission{Chain: v.form.Get("chain")}); err != nil {
		return done{}, err
	}
	return back(id, "submit")
}

func (s *Staff) resubmit(v *visit, id int64) (done, error) {
	r := review.Resubmission{Resume: v.form.Get("from") == "resume", Note: v.form.Get("note")}
	if _, _, err := s.Desk.Resubmit(v.ctx, v.actor, id, v.seen(), r); err != nil {
		return done{}, err
	}
	return back(id, "submit")
}

func (s *Staff) withdraw(v *visit, id int64) (done, error) {
	if _, err := s.Desk.Withdraw(v.ctx, v.actor, id, v.seen(), v.form.Get("note")); err != nil {
		return done{}, err
	}
	return back(id, "withdraw")
}

func (s *Staff) urge(v *visit, id int64) (done, error) {
	if _, err := s.Desk.Urge(v.ctx, v.actor, id, v.seen()); err != nil {
		return done{}, err
	}
	return back(id, "urge")
}

func (s *Staff) schedule(v *visit, id int64) (done, error) {
	at, err := v.at("publish_at")
	if err == nil {
		_, err = s.Desk.Schedule(v.ctx, v.actor, id, v.seen(), at)
	}
	if err != nil {
		return done{}, err
	}
	return back(id, "schedule")
}

func (s *Staff) unschedule(v *visit, id int64) (done, error) {
	if _, err := s.Desk.Unschedule(v.ctx, v.actor, id, v.seen(), v.form.Get("note")); err != nil {
		return done{}, err
	}
	return back(id, "unschedule")
}

func (s *Staff) askTakeDown(v *visit, id int64) (done, error) {
	if _, err := s.Desk.AskTakeDown(v.ctx, v.actor, id, v.seen(), v.form.Get("reason"), v.form.Get("note")); err != nil {
		return done{}, err
	}
	return back(id, "take_down_asked")
}

func (s *Staff) confirmTakeDown(v *visit, id int64) (done, error) {
	if _, err := s.Desk.ConfirmTakeDown(v.ctx, v.actor, id, v.seen()); err != nil {
		return done{}, err
	}
	return back(id, "take_down_confirmed")
}

func (s *Staff) dropTakeDown(v *visit, id int64) (done, error) {
	if _, err := s.Desk.DropTakeDown(v.ctx, v.actor, id, v.seen()); err != nil {
		return done{}, err
	}
	return back(id, "take_down_dropped")
}
