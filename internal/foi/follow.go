package foi

import (
	"slices"
	"time"

	"gongkai/internal/fault"
)

// Why an event may not be entered.
var (
	ErrFuture         = fault.New(fault.Invalid, "foi.future")
	ErrFirst          = fault.New(fault.Conflict, "foi.arrives_first")
	ErrConfirmed      = fault.New(fault.Conflict, "foi.already_received")
	ErrNotReceived    = fault.New(fault.Conflict, "foi.not_received")
	ErrClosed         = fault.New(fault.Conflict, "foi.closed")
	ErrNotClosed      = fault.New(fault.Conflict, "foi.not_closed")
	ErrServed         = fault.New(fault.Conflict, "foi.already_served")
	ErrStanding       = fault.New(fault.Conflict, "foi.standing")               // a correction or payment is awaited
	ErrOpinionOpen    = fault.New(fault.Conflict, "foi.opinion_open")           // finish the round first
	ErrCorrectionOnce = fault.New(fault.Conflict, "foi.correction_once")        // TL30
	ErrCorrectionLate = fault.New(fault.Conflict, "foi.correction_late")        // TL30: 7 working days; until
	ErrNoCorrection   = fault.New(fault.Conflict, "foi.no_correction")          // none is awaited
	ErrLateReason     = fault.New(fault.Invalid, "foi.late_reason")             // a late correction needs its reason
	ErrUntil          = fault.New(fault.Invalid, "foi.until")                   // must be later than the day itself
	ErrRound          = fault.New(fault.Invalid, "foi.round")                   // no such round, or it is done
	ErrParty          = fault.New(fault.Invalid, "foi.party")                   //
	ErrChannel        = fault.New(fault.Invalid, "foi.channel")                 //
	ErrExtendedOnce   = fault.New(fault.Conflict, "foi.extended_once")          // TL33
	ErrPeriodOver     = fault.New(fault.Conflict, "foi.period_over")            // due
	ErrFeeOnce        = fault.New(fault.Conflict, "foi.fee_once")               // one fee an application
	ErrNoFee          = fault.New(fault.Conflict, "foi.no_fee")                 // none is awaited
	ErrDelayedOnce    = fault.New(fault.Conflict, "foi.delayed_once")           // TL35
	ErrCode           = fault.New(fault.Invalid, "foi.code")                    //
	ErrNotYetLapsed   = fault.New(fault.Conflict, "foi.not_lapsed")             // D22, D23 before the applicant's time is over; until
	ErrNeverUnclear   = fault.New(fault.Conflict, "foi.never_asked_to_correct") // D16 without a correction asked for
	ErrBeforeRequest  = fault.New(fault.Invalid, "foi.before_request")          //
	ErrStrike         = fault.New(fault.Invalid, "foi.strike")                  // no such event, or it is struck already
	ErrStrikeNote     = fault.New(fault.Invalid, "foi.strike_note")
	ErrEvent          = fault.New(fault.Invalid, "foi.event")
)

// may judges an event against the clock of its day.
func (c *Clock) may(e Event) error {
	switch {
	case e.Kind == Arrived:
		if !c.Arrived.IsZero() {
			return ErrFirst
		}
		if !slices.Contains(Channels, e.Channel) {
			return ErrChannel.On("channel")
		}
		return nil
	case c.Arrived.IsZero():
		return ErrFirst
	case e.On.Before(c.Arrived):
		return ErrBeforeRequest.On("on")
	case e.Kind == Delivered:
		return c.mayDeliver(e)
	case !c.ClosedOn.IsZero():
		return ErrClosed
	case e.Kind == Answered:
		return c.mayAnswer(e)
	case e.Kind == Confirmed:
		if !c.Received.IsZero() {
			return ErrConfirmed
		}
		return nil
	case c.Received.IsZero():
		return ErrNotReceived
	}
	switch e.Kind {
	case CorrectionAsked:
		return c.mayAskCorrection(e)
	case Corrected:
		return c.mayCorrect(e)
	case LetterServed, OpinionGiven:
		return c.mayHear(e)
	case FeePaid:
		if c.State != FeePending {
			return ErrNoFee
		}
		return nil
	case OpinionAsked, Extended, FeeAsked, Delayed:
	default:
		return ErrEvent.On("kind")
	}
	if c.standing() {
		return ErrStanding
	}
	switch e.Kind {
	case OpinionAsked:
		if e.Round != len(c.Rounds)+1 {
			return ErrRound.On("round")
		}
		if !slices.Contains(Parties, e.Party) {
			return ErrParty.On("party")
		}
	case Extended:
		if c.Extended {
			return ErrExtendedOnce
		}
		return c.inTime(e.On)
	case FeeAsked:
		if c.FeeAsked {
			return ErrFeeOnce
		}
		if c.State == Paused {
			return ErrOpinionOpen
		}
		return c.inTime(e.On)
	case Delayed:
		if !c.DelayedUntil.IsZero() {
			return ErrDelayedOnce
		}
		if !e.Until.After(e.On) {
			return ErrUntil.On("until")
		}
		return c.inTime(e.On)
	}
	return nil
}

// inTime refuses what may only be done before the period ends (DL-3).
func (c *Clock) inTime(on time.Time) error {
	if !c.Due.IsZero() && on.After(c.Due) {
		return ErrPeriodOver.With("due", c.Due.Format(time.DateOnly))
	}
	return nil
}

func (c *Clock) mayAskCorrection(e Event) error {
	switch {
	case c.CorrectionAsked:
		return ErrCorrectionOnce
	case c.standing():
		return ErrStanding
	case c.State == Paused:
		return ErrOpinionOpen
	case !e.Until.After(e.On):
		return ErrUntil.On("until")
	case !c.AskCorrectionBy.IsZero() && e.On.After(c.AskCorrectionBy):
		return ErrCorrectionLate.With("until", c.AskCorrectionBy.Format(time.DateOnly))
	}
	return nil
}

func (c *Clock) mayCorrect(e Event) error {
	if c.State != CorrectionPending {
		return ErrNoCorrection
	}
	if e.On.After(c.CorrectionUntil) && e.Note == "" {
		return ErrLateReason.On("note")
	}
	return nil
}

func (c *Clock) mayHear(e Event) error {
	for _, r := range c.Rounds {
		if r.No != e.Round {
			continue
		}
		if e.Kind == LetterServed && r.Served.IsZero() && r.Given.IsZero() || e.Kind == OpinionGiven && r.Given.IsZero() {
			return nil
		}
	}
	return ErrRound.On("round")
}

func (c *Clock) mayAnswer(e Event) error {
	if _, ok := Look(e.Code); !ok {
		return ErrCode.On("code")
	}
	lapsed := func(state State, until time.Time) error {
		switch {
		case c.State != state && state == FeePending:
			return ErrNoFee
		case c.State != state:
			return ErrNoCorrection
		case until.IsZero() || !e.On.After(until):
			return ErrNotYetLapsed.With("until", until.Format(time.DateOnly))
		}
		return nil
	}
	switch e.Code {
	case "D22":
		return lapsed(CorrectionPending, c.CorrectionUntil)
	case "D23":
		return lapsed(FeePending, c.FeeUntil)
	case "D24":
		return nil
	}
	switch {
	case c.Received.IsZero():
		return ErrNotReceived
	case c.standing():
		return ErrStanding
	case e.Code == "D16" && !c.CorrectionAsked:
		return ErrNeverUnclear
	}
	return nil
}

func (c *Clock) mayDeliver(Event) error {
	switch {
	case c.ClosedOn.IsZero():
		return ErrNotClosed
	case !c.ServedOn.IsZero():
		return ErrServed
	}
	return nil
}

// mayStrike judges the strikes among the events: each names an event before it
// that no other names, with a reason.
func mayStrike(events []Event) error {
	struck := map[int]bool{}
	for _, e := range events {
		if e.Kind != Struck {
			continue
		}
		known := slices.ContainsFunc(events, func(x Event) bool { return x.No == e.Ref && x.No < e.No && x.Kind != Struck && x.Kind != Arrived })
		if !known || struck[e.Ref] {
			return ErrStrike.On("ref")
		}
		if e.Note == "" {
			return ErrStrikeNote.On("note")
		}
		struck[e.Ref] = true
	}
	return nil
}
