package foi

import (
	"slices"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/org"
)

// EventKinds are the kinds people enter, in the order of a request's life.
var EventKinds = []EventKind{Confirmed, CorrectionAsked, Corrected, OpinionAsked, LetterServed, OpinionGiven, Extended, Delayed, FeeAsked, FeePaid, Answered, Delivered}

// Codes are the outcomes that could be entered for a request today.
func (v View) Codes(today time.Time) (all []Code) {
	for _, o := range Outcomes {
		if Follow(v.Clock.cal, v.Events, Event{No: len(v.Events) + 1, Kind: Answered, Code: o.Code, On: calendar.Midnight(today)}, today) == nil {
			all = append(all, o.Code)
		}
	}
	return all
}

// Answers are those of the codes that an answer could be entered with: what the
// last final letter says, or what needs none.
func (v View) Answers(codes []Code) []Code {
	var last *Document
	for _, l := range v.Letters {
		if l.Kind == AnswerLetter && l.Final() && (last == nil || !l.FinishedAt.Before(last.FinishedAt)) {
			last = l
		}
	}
	return slices.DeleteFunc(slices.Clone(codes), func(c Code) bool {
		o, _ := Look(c)
		return c != "D24" && (last == nil && o.Manner != OtherHandling || last != nil && last.Code != c)
	})
}

// Allowed are the kinds of events the actor could enter today, for today or for
// a day gone by: the rules have nothing against them and the policy gives them
// to a post held.
func (k *Desk) Allowed(actor org.Actor, v View, today time.Time) (all []EventKind) {
	if v.Request.MergedInto != 0 {
		return nil
	}
	dom := authz.Domain{OrganisationID: v.Request.OrganisationID}
	for _, kind := range EventKinds {
		if _, err := k.authz.Require(actor, dom, actOf(kind)); err == nil && slices.ContainsFunc(v.samples(kind, today), func(e Event) bool {
			return Follow(v.Clock.cal, v.Events, e, today) == nil
		}) {
			all = append(all, kind)
		}
	}
	return all
}

// actOf is what an event takes of the policy.
func actOf(kind EventKind) string {
	if name, ok := acts[kind]; ok {
		return name
	}
	return "foi.handle"
}

// samples are events of a kind as they might be entered: for today, for the
// last day of the period, for the day of the last event.
func (v View) samples(kind EventKind, today time.Time) (all []Event) {
	days := []time.Time{calendar.Midnight(today), v.Events[len(v.Events)-1].On}
	if !v.Clock.Due.IsZero() && v.Clock.Due.Before(today) {
		days = append(days, v.Clock.Due)
	}
	for _, day := range days {
		e := Event{No: len(v.Events) + 1, Kind: kind, On: day, Until: day.AddDate(0, 0, 15), Note: "x"}
		switch kind {
		case OpinionAsked:
			e.Round, e.Party = len(v.Clock.Rounds)+1, ThirdParty
		case LetterServed, OpinionGiven:
			for _, r := range v.Clock.Rounds {
				e.Round = r.No
				all = append(all, e)
			}
			continue
		case Answered:
			for _, o := range Outcomes {
				e.Code = o.Code
				all = append(all, e)
			}
			continue
		}
		all = append(all, e)
	}
	return all
}
