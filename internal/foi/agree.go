package foi

import (
	"gongkai/internal/calendar"
	"gongkai/internal/fault"
)

var (
	ErrLetterDiffers = fault.New(fault.Conflict, "foi.letter_differs") // number, code: what the last final letter says
	ErrLetterNeeded  = fault.New(fault.Conflict, "foi.letter_needed")  // code
	ErrLetterRemedy  = fault.New(fault.Conflict, "foi.letter_remedy")  // code, remedy
	ErrLetterCloses  = fault.New(fault.Conflict, "foi.letter_closes")  // code the request was closed with
	ErrBeforeLetter  = fault.New(fault.Invalid, "foi.before_letter")   // number, on
)

// answered holds an answer that is entered to its letter: what the register
// counts is what the applicant was told, not before the letter was signed. How a
// request ends without an answer (D22–D24) needs none, and nothing keeps an
// applicant from withdrawing.
func (a *act) answered(e *Event) error {
	if e.Code == "D24" {
		return nil
	}
	o, ok := Look(e.Code)
	if !ok {
		return ErrCode.On("code")
	}
	l, err := lastAnswer(a.tx, a.r.ID)
	switch {
	case err != nil:
		return err
	case l == nil && o.Manner == OtherHandling:
		return nil
	case l == nil:
		return ErrLetterNeeded.On("code").With("code", string(e.Code))
	case l.Code != e.Code:
		return ErrLetterDiffers.On("code").With("number", l.Number).With("code", string(l.Code))
	}
	if signed := calendar.Midnight(l.FinishedAt.In(calendar.Zone)); e.On.Before(signed) {
		return ErrBeforeLetter.On("on").With("number", l.Number).With("on", date(signed))
	}
	if e.Doc == "" {
		e.Doc = l.Number
	}
	return nil
}

// agrees refuses a letter of another code than the request was closed with.
func (a *act) agrees(l *Document) error {
	if a.r.MergedInto != 0 {
		return ErrMerged
	}
	if !a.r.ClosedOn.IsZero() && a.r.Code != l.Code {
		return ErrLetterCloses.With("code", string(a.r.Code))
	}
	return nil
}
