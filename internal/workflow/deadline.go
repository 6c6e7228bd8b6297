package workflow

import (
	"time"

	"gongkai/internal/calendar"
)

// answerWorkdays is how long those asked outside have to answer. For consent it
// is the time of a third party in a request for information, by analogy (TL32);
// that one runs from receipt, this one from the day of asking, which is all the
// run knows.
var answerWorkdays = map[State]int{StateReferred: 10 /* BM-5 */, StateConsulting: 15}

// Deadline is by when the open step must be decided. Nothing happens when it
// passes except that people are told: silence never approves.
type Deadline struct {
	Remind, Due time.Time // zero when the run waits for no post
	EscalateTo  string    // the post told once Due has passed
}

// Overdue says whether the deadline has passed.
func (d Deadline) Overdue(now time.Time) bool { return !d.Due.IsZero() && now.After(d.Due) }

// Due computes the deadline of the open step; it is never stored. Steps count
// working time from their opening. One that waits has answerWorkdays after the
// day of asking, to the end of office hours; asking elsewhere starts anew. 补签
// counts the clock from sign-off, for all its steps alike: an emergency keeps no
// office hours.
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
	case StateReferred, StateConsulting:
		if d.Due, err = cal.AddWorkdays(r.ReferredAt, answerWorkdays[r.State]); err != nil {
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
