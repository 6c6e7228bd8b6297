package foi

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"gongkai/internal/calendar"
)

// The statutory periods, in working days.
const (
	answerDays     = 20 // TL33
	extensionDays  = 20 // TL33, once
	correctionDays = 7  // TL30: within which a correction may be asked for
	opinionDays    = 15 // TL32, TL34: from the day the party has the letter
	feeDays        = 20 // 国办函〔2020〕109号: to pay
)

// State is where a request stands.
type State string

const (
	AwaitingConfirmation State = "awaiting_confirmation"
	Processing           State = "processing"
	CorrectionPending    State = "correction_pending" // the clock stands; it begins again with the correction
	Paused               State = "paused"             // waiting for an opinion
	FeePending           State = "fee_pending"        // the clock stands; it begins again with the payment
	Closed               State = "closed"             // answered, not yet served
	Served               State = "served"
)

// Open says that the office still owes the request something.
func (s State) Open() bool { return s != Closed && s != Served }

// Round is one round of asking for an opinion. The working days after Sent, up
// to and with its end, are not counted.
type Round struct {
	No     int
	Party  Party
	Sent   time.Time
	Served time.Time // the party has the letter; zero while unknown
	Limit  time.Time // its 15 working days end; zero while Served or the calendar is unknown
	Given  time.Time // zero while it is silent
}

// end is the last day the round may keep from being counted, seen on a day.
func (r Round) end(asOf time.Time) time.Time {
	for _, t := range []time.Time{r.Given, r.Limit} {
		if !t.IsZero() && t.Before(asOf) {
			asOf = t
		}
	}
	return asOf
}

func (r Round) covers(d, asOf time.Time) bool { return d.After(r.Sent) && !d.After(r.end(asOf)) }

// waiting says that on a day the clock stands still for this round.
func (r Round) waiting(asOf time.Time) bool {
	return (r.Given.IsZero() || r.Given.After(asOf)) && (r.Limit.IsZero() || r.Limit.After(asOf))
}

// stop is a time in which no period ran; the period begins again after it.
type stop struct {
	from, to time.Time // from < d <= to; to is zero while it lasts
	why      Reason
}

// Clock is where the answer period of a request stands on a day. It is read
// from the events each time it is wanted; all dates are midnights in
// calendar.Zone.
type Clock struct {
	AsOf     time.Time
	State    State
	Arrived  time.Time
	Received time.Time // zero until it counts as received
	Trigger  time.Time // the running period counts from the day after this one
	Allowed  int       // working days the office has in this period: 20 or 40
	Used     int       // of them, up to and with AsOf or the day of the answer

	// Due is the last day to answer. It is zero while no period runs, and when it
	// lies in a year without a calendar: then UnknownYear names the year (DC-7).
	// While an opinion is outstanding it is the day it would be if the opinion came
	// on AsOf.
	Due         time.Time
	UnknownYear int

	AskCorrectionBy time.Time // zero when it cannot be asked any more
	CorrectionUntil time.Time // the applicant's time, while it is awaited
	FeeUntil        time.Time // the applicant's time to pay, while it is awaited
	DelayedUntil    time.Time // Art. 35
	Extended        bool
	CorrectionAsked bool
	FeeAsked        bool
	Rounds          []Round
	Code            Code
	ClosedOn        time.Time
	ServedOn        time.Time

	stops []stop
	cal   *calendar.Calendar
}

// Read folds the events of a request into its clock as it stands on the day of
// asOf; events dated later do not count yet. The order of entry does not
// matter, the days do: what is entered late has its effect from its own day.
func Read(cal *calendar.Calendar, events []Event, asOf time.Time) Clock {
	c, _ := fold(cal, events, asOf, false)
	return c
}

// Follow says why a further event may not be entered, with the rule in the
// fault's sentence, or nil. The whole history must hold with the new event in
// its place by date.
func Follow(cal *calendar.Calendar, events []Event, next Event, today time.Time) error {
	if next.On.After(calendar.Midnight(today)) {
		return ErrFuture.On("on")
	}
	_, err := fold(cal, append(slices.Clone(events), next), today, true)
	return err
}

func fold(cal *calendar.Calendar, events []Event, asOf time.Time, strict bool) (Clock, error) {
	c := Clock{AsOf: calendar.Midnight(asOf), State: AwaitingConfirmation, Allowed: answerDays, cal: calendarOf(cal, events)}
	if strict {
		if err := mayStrike(events); err != nil {
			return c, err
		}
	}
	for _, e := range inOrder(events) {
		if e.On.After(c.AsOf) {
			break
		}
		if strict {
			if err := c.at(e.On).may(e); err != nil {
				return c, err
			}
		}
		c.apply(e)
	}
	c.settle()
	return c, nil
}

// calendarOf is the calendar a request is counted by: that of the moment its answer
// was entered, once it has one. A notice that comes later moves nobody's closed
// request.
func calendarOf(cal *calendar.Calendar, events []Event) *calendar.Calendar {
	for _, e := range inOrder(events) {
		if e.Kind == Answered && !e.Entered.IsZero() {
			return cal.AsOf(e.Entered)
		}
	}
	return cal
}

// inOrder is the events that count, by day and then by number.
func inOrder(events []Event) []Event {
	struck := map[int]bool{}
	for _, e := range events {
		if e.Kind == Struck {
			struck[e.Ref] = true
		}
	}
	var all []Event
	for _, e := range events {
		if e.Kind != Struck && !struck[e.No] {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int {
		return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.No, b.No))
	})
	return all
}

// at is the clock as it stands at the end of an earlier day.
func (c Clock) at(d time.Time) *Clock {
	c.AsOf = d
	c.settle()
	return &c
}

func (c *Clock) apply(e Event) {
	switch e.Kind {
	case Arrived:
		c.Arrived = e.On
		if !e.Channel.NeedsConfirmation() {
			c.receive(e.On)
		}
	case Confirmed:
		c.receive(e.On)
	case CorrectionAsked:
		c.CorrectionAsked, c.CorrectionUntil = true, e.Until
		c.stops = append(c.stops, stop{from: e.On, why: ForCorrection})
	case FeeAsked:
		c.FeeAsked = true
		c.FeeUntil = c.plus(e.On, feeDays)
		c.stops = append(c.stops, stop{from: e.On, why: ForFee})
	case Corrected, FeePaid:
		if c.standing() {
			c.stops[len(c.stops)-1].to = e.On
		}
		c.Trigger = e.On
	case OpinionAsked:
		c.Rounds = append(slices.Clone(c.Rounds), Round{No: e.Round, Party: e.Party, Sent: e.On})
	case LetterServed, OpinionGiven:
		c.Rounds = slices.Clone(c.Rounds)
		for i := range c.Rounds {
			r := &c.Rounds[i]
			switch {
			case r.No != e.Round:
			case e.Kind == OpinionGiven:
				r.Given = e.On
			default:
				r.Served = e.On
				r.Limit = c.plus(e.On, opinionDays)
			}
		}
	case Extended:
		c.Extended = true
		c.Allowed += extensionDays
	case Delayed:
		c.DelayedUntil = e.Until
	case Answered:
		c.Code, c.ClosedOn = e.Code, e.On
	case Delivered:
		c.ServedOn = e.On
	}
}

func (c *Clock) receive(d time.Time) {
	c.Received, c.Trigger = d, d
}

// standing says that no period runs: a correction or a payment is awaited.
func (c *Clock) standing() bool { return len(c.stops) > 0 && c.stops[len(c.stops)-1].to.IsZero() }

// settle works out what follows from the events on AsOf.
func (c *Clock) settle() {
	c.Due, c.UnknownYear, c.Used, c.AskCorrectionBy = time.Time{}, 0, 0, time.Time{}
	seen := c.AsOf
	if !c.ClosedOn.IsZero() {
		seen = c.ClosedOn
	}
	switch {
	case !c.ServedOn.IsZero():
		c.State = Served
	case !c.ClosedOn.IsZero():
		c.State = Closed
	case c.Received.IsZero():
		c.State = AwaitingConfirmation
	case c.standing() && c.stops[len(c.stops)-1].why == ForFee:
		c.State = FeePending
	case c.standing():
		c.State = CorrectionPending
	case slices.ContainsFunc(c.Rounds, func(r Round) bool { return r.waiting(seen) }):
		c.State = Paused
	default:
		c.State = Processing
	}
	if c.Received.IsZero() || c.standing() {
		return
	}
	if !c.CorrectionAsked {
		c.AskCorrectionBy = c.plus(c.Received, correctionDays)
	}
	c.count(seen)
}

// count finds Due and Used, with the pauses as they are known on a day.
func (c *Clock) count(seen time.Time) {
	for d, n := c.Trigger.AddDate(0, 0, 1), 0; n < c.Allowed || !d.After(seen); d = d.AddDate(0, 0, 1) {
		day, err := c.cal.Look(d)
		if err != nil {
			if n < c.Allowed {
				c.UnknownYear = d.Year()
			}
			break
		}
		if !day.Worked || c.paused(d, seen) {
			continue
		}
		n++
		if !d.After(seen) {
			c.Used = n
		}
		if n == c.Allowed {
			c.Due = d
		}
	}
	if c.DelayedUntil.After(c.Due) {
		c.Due, c.UnknownYear = c.DelayedUntil, 0
	}
}

func (c *Clock) paused(d, seen time.Time) bool {
	return slices.ContainsFunc(c.Rounds, func(r Round) bool { return r.covers(d, seen) })
}

// plus is the n-th working day after d, or zero when its year is unknown.
func (c *Clock) plus(d time.Time, n int) time.Time {
	t, err := c.cal.AddWorkdays(d, n)
	if errors.Is(err, calendar.ErrYearUnknown) {
		return time.Time{}
	}
	return t
}

// Left is how many working days the office has from the day after AsOf; it is
// negative when it is late.
func (c Clock) Left() int { return c.Allowed - c.Used }

// Overdue says that the period ended before AsOf, or before the answer.
func (c Clock) Overdue() bool {
	seen := c.AsOf
	if !c.ClosedOn.IsZero() {
		seen = c.ClosedOn
	}
	return !c.Due.IsZero() && seen.After(c.Due)
}

// PausedSince is the day the oldest waiting opinion was asked for; zero when
// none is.
func (c Clock) PausedSince() (since time.Time) {
	for _, r := range c.Rounds {
		if r.waiting(c.AsOf) && (since.IsZero() || r.Sent.Before(since)) {
			since = r.Sent
		}
	}
	return since
}
