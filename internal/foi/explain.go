package foi

import (
	"slices"
	"time"
)

// Reason is why a day is counted or not.
type Reason string

const (
	Counts        Reason = "counted"
	CountsMakeUp  Reason = "counted_make_up" // a weekend day that is worked (调休)
	IsWeekend     Reason = "weekend"
	IsHoliday     Reason = "holiday"
	ForOpinion    Reason = "opinion"     // TL32–34
	ForCorrection Reason = "correction"  // awaited (TL30)
	ForFee        Reason = "fee"         // payment awaited
	BegunAgain    Reason = "begun_again" // it counted until the period began again
	ByDelay       Reason = "delay"       // inside the time of Art. 35
	After         Reason = "after"       // later than the last day
)

// ExplainedDay is one day of a request's life.
type ExplainedDay struct {
	On      time.Time
	Reason  Reason
	No      int    // which day of the period it is, for one that counts
	Holiday string // its name
	Rounds  []int  // the opinions waited for
	Future  bool   // later than the day it is explained on
}

// Explain lists every day from the one after receipt to the last day of the
// period, or to the answer or the clock's day when these are later. It ends
// before a year without a calendar. Every working day is either counted or says
// why not.
func (c Clock) Explain() []ExplainedDay {
	if c.Received.IsZero() {
		return nil
	}
	seen := c.AsOf
	if !c.ClosedOn.IsZero() {
		seen = c.ClosedOn
	}
	last := seen
	if c.Due.After(last) {
		last = c.Due
	}
	unknown := c.UnknownYear != 0
	var all []ExplainedDay
	n := 0
	for d := c.Received.AddDate(0, 0, 1); unknown || !d.After(last); d = d.AddDate(0, 0, 1) {
		day, err := c.cal.Look(d)
		if err != nil {
			break
		}
		x := ExplainedDay{On: d, Holiday: day.Holiday, Future: d.After(c.AsOf)}
		switch {
		case !day.Worked && day.Holiday != "":
			x.Reason = IsHoliday
		case !day.Worked:
			x.Reason = IsWeekend
		default:
			x.Reason, x.Rounds = c.reason(d, seen, n)
			if x.Reason == Counts {
				n++
				x.No = n
				if day.MakeUp {
					x.Reason = CountsMakeUp
				}
			}
		}
		all = append(all, x)
	}
	return all
}

// reason is why working day d is counted or not, when n are counted before it.
func (c Clock) reason(d, seen time.Time, n int) (Reason, []int) {
	for _, s := range c.stops {
		if d.After(s.from) && (s.to.IsZero() || !d.After(s.to)) {
			return s.why, nil
		}
	}
	if !d.After(c.Trigger) || c.standing() {
		return BegunAgain, nil
	}
	var rounds []int
	for _, r := range c.Rounds {
		if r.covers(d, seen) {
			rounds = append(rounds, r.No)
		}
	}
	switch {
	case len(rounds) > 0:
		return ForOpinion, slices.Compact(rounds)
	case n < c.Allowed:
		return Counts, nil
	case !d.After(c.DelayedUntil):
		return ByDelay, nil
	}
	return After, nil
}
