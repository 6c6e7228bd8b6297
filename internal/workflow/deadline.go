package workflow

import (
	"time"

	"gongkai/internal/calendar"
)

// referredWorkdays is how long an outside office has to answer (BM-5).
const referredWorkdays = 10

// Deadline is by when the open step must be decided. Nothing happens when it
// passes except that people are told: silence never approves.
type Deadline struct {
	Remind, Due time.Time // zero when the run waits for no post
	EscalateTo  string    // the post told once Due has passed
}

// Overdue says whether the deadline has passed.
func (d Deadline) Overdue(now time.Time) bool { return !d.Due.IsZero() && now.After(d.Due) }

// Due computes the deadline of the open step; it is never stored. Steps count
// working time from their opening. A referred one has ten working days after
// the day of referral, to the end of office hours (BM-5). 补签 counts the clock
// from sign-off, for all its steps alike: an emergency keeps no office hours.
func (r *Run) Due(def *Definition, cal *calendar.Calendar) (Deadline, error) {
	step, ok := def.StepByID(r.Step)
	if !ok || r.State.Closed() {
		return Deadline{}, nil
	}
	d := Deadline{EscalateTo: step.EscalateTo}
	var err error
	switch r.State {
	case StateAfterPublish:
		d.Due = r.SignedAt.Add(step.Deadline.Clock())
		d.Remind = d.Due.Add(-step.Remind.Clock())
		return d, nil
	case StateReferred:
		if d.Due, err = cal.AddWorkdays(r.ReferredAt, referredWorkdays); err != nil {
			return Deadline{}, err
		}
		d.Due = d.Due.Add(calendar.AfternoonCloses)
		d.Remind, err = cal.SubWorkTime(d.Due, calendar.Span{Days: 1})
	default:
		if d.Due, err = cal.AddWorkTime(r.OpenedAt, step.Deadline); err != nil {
			return Deadline{}, err
		}
		d.Remind, err = cal.SubWorkTime(d.Due, step.Remind)
	}
	if err != nil {
		return Deadline{}, err
	}
	return d, nil
}
