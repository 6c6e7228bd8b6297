package workflow

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gongkai/internal/fault"
)

// State and staleness: the act does not fit where the run is.
var (
	ErrChanged          = fault.New(fault.Conflict, "workflow.changed") // args: version and hash of the run
	ErrClosed           = fault.New(fault.Conflict, "workflow.closed")
	ErrAlreadySubmitted = fault.New(fault.Conflict, "workflow.already_submitted")
	ErrAwaitsDrafter    = fault.New(fault.Conflict, "workflow.awaits_drafter")
	ErrNotReturned      = fault.New(fault.Conflict, "workflow.not_returned")
	ErrTextChanged      = fault.New(fault.Conflict, "workflow.text_changed") // Resume with other content
	ErrSigned           = fault.New(fault.Conflict, "workflow.signed")
	ErrAfterPublish     = fault.New(fault.Conflict, "workflow.after_publish_only")
	ErrNotAfterPublish  = fault.New(fault.Conflict, "workflow.not_after_publish")
	ErrSignsHere        = fault.New(fault.Conflict, "workflow.signs_here")
	ErrSignNotHere      = fault.New(fault.Conflict, "workflow.sign_not_here")
	ErrEditNotHere      = fault.New(fault.Conflict, "workflow.edit_not_here")
	ErrReferNotHere     = fault.New(fault.Conflict, "workflow.refer_not_here")
	ErrAlreadyReferred  = fault.New(fault.Conflict, "workflow.already_referred")
	ErrConsultNotHere   = fault.New(fault.Conflict, "workflow.consult_not_here")
	ErrAlreadyConsulted = fault.New(fault.Conflict, "workflow.already_consulted")
	ErrRejectNotHere    = fault.New(fault.Conflict, "workflow.reject_not_here")
	ErrBroken           = fault.New(fault.Conflict, "workflow.broken")
)

// Input: something is missing or bad.
var (
	ErrVerb      = fault.New(fault.Invalid, "workflow.verb")
	ErrNote      = fault.New(fault.Invalid, "workflow.note")
	ErrNoteLong  = fault.New(fault.Invalid, "workflow.note_long")
	ErrGate      = fault.New(fault.Invalid, "workflow.gate")
	ErrTarget    = fault.New(fault.Invalid, "workflow.target")
	ErrChecklist = fault.New(fault.Invalid, "workflow.checklist")
	ErrOutcome   = fault.New(fault.Invalid, "workflow.outcome")
	ErrGround    = fault.New(fault.Invalid, "workflow.ground")
	ErrUnchanged = fault.New(fault.Invalid, "workflow.unchanged")
)

// noteMax is the longest note in characters, as the column holds.
const noteMax = 2000

// WhyNot is the refusal Do would give, nil when it would not.
func (r *Run) WhyNot(def *Definition, q Request) error {
	if err := r.MayNot(def, q); err != nil {
		return err
	}
	return r.filled(def, q)
}

// MayNot is WhyNot before the form is filled in: state, staleness, rights and
// separation of duty, but not note, gate, target, checklist and the like. Pages
// ask it which buttons to show.
func (r *Run) MayNot(def *Definition, q Request) error {
	if err := r.fitsDefinition(def); err != nil {
		return err
	}
	if r.State.Closed() {
		return ErrClosed.With("state", string(r.State))
	}
	if err := r.seen(q); err != nil {
		return err
	}
	switch q.Verb {
	case Submit:
		return ErrAlreadySubmitted
	case Withdraw:
		if r.State == StateAfterPublish {
			return ErrSigned
		}
		return r.drafters(q)
	case Resubmit:
		if r.State != StateReturned {
			return ErrNotReturned
		}
		if err := r.drafters(q); err != nil {
			return err
		}
		if q.Resume && q.sent() != r.Hash {
			return ErrTextChanged
		}
		return nil
	}
	if !slices.Contains(judging, q.Verb) {
		return ErrVerb.On("verb")
	}
	if r.State == StateReturned {
		return ErrAwaitsDrafter
	}
	step, ok := def.StepByID(r.Step)
	if !ok {
		return ErrBroken.With("step", r.Step)
	}
	if err := fits(r.State, def, step, q.Verb); err != nil {
		return err
	}
	if q.Actor.Person <= 0 || q.Actor.For < 0 || q.Actor.Post != step.Post {
		return ErrNotYourStep.With("step", step.Title)
	}
	if err := r.separation(def, step, q); err != nil {
		return err
	}
	if q.Verb == Sign {
		return r.unbroken(def)
	}
	return nil
}

// seen refuses a decision on anything but the present content (I14). While the
// run is returned the drafter's text moves on, so there only the version counts.
func (r *Run) seen(q Request) error {
	sameText := q.Hash == r.Hash
	if r.State == StateReturned {
		sameText = q.Verb == Withdraw || q.Verb == Resubmit && q.NewHash == "" || sameText
	}
	if q.Version != r.Version || !sameText {
		return ErrChanged.With("version", r.Version).With("hash", r.Hash)
	}
	return nil
}

func (r *Run) drafters(q Request) error {
	if q.Actor.Person <= 0 || !slices.Contains(q.Actor.persons(), r.Drafter) {
		return ErrNotDrafter
	}
	return nil
}

// fits says whether the verb belongs to the step in this state.
func fits(state State, def *Definition, step *Step, v Verb) error {
	if state == StateAfterPublish {
		if v != Approve && v != Object {
			return ErrAfterPublish
		}
		return nil
	}
	switch v {
	case Object:
		return ErrNotAfterPublish
	case Approve:
		if step.Does(ActSign) {
			return ErrSignsHere
		}
	case Sign:
		if !step.Does(ActSign) {
			return ErrSignNotHere
		}
	case Edit:
		if !step.Does(ActProof) {
			return ErrEditNotHere
		}
	case Refer:
		if !step.Does(ActConfidentiality) {
			return ErrReferNotHere
		}
		if state == StateReferred {
			return ErrAlreadyReferred
		}
	case Consult:
		if !step.Does(ActConfidentiality) {
			return ErrConsultNotHere
		}
		if state == StateConsulting {
			return ErrAlreadyConsulted
		}
	case Reject:
		if !step.Does(ActConfidentiality) && !step.Does(ActSign) && step.ID != def.lastReview() {
			return ErrRejectNotHere
		}
	}
	return nil
}

// filled checks what the person typed and ticked.
func (r *Run) filled(def *Definition, q Request) error {
	if utf8.RuneCountInString(q.Note) > noteMax {
		return ErrNoteLong.On("note").With("most", noteMax)
	}
	if q.Verb == Withdraw {
		return nil
	}
	if q.Verb == Resubmit {
		return sound(q.sent(), "hash")
	}
	step, _ := def.StepByID(r.Step)
	if q.Verb != Approve && q.Verb != Sign && utf8.RuneCountInString(strings.TrimSpace(q.Note)) < 2 {
		return ErrNote.On("note")
	}
	switch q.Verb {
	case Approve, Sign:
		if !complete(q.Checklist, len(step.Checklist)) {
			return ErrChecklist.On("checklist").With("lines", len(step.Checklist))
		}
	case Return:
		if !slices.Contains(step.ReturnTo, q.Target) {
			return ErrTarget.On("target")
		}
	case Edit:
		if err := sound(q.NewHash, "new_hash"); err != nil {
			return err
		}
		if q.NewHash == r.Hash {
			return ErrUnchanged.On("new_hash")
		}
	}
	if q.Verb == Return || q.Verb == Object {
		if _, ok := def.GateTitle(q.Gate); !ok {
			return ErrGate.On("gate")
		}
	}
	return confidentiality(step, q)
}

// complete says whether every line is ticked, each once.
func complete(ticked []int, lines int) bool {
	sorted := slices.Compact(slices.Sorted(slices.Values(ticked)))
	return len(ticked) == lines && len(sorted) == lines &&
		(lines == 0 || sorted[0] == 0 && sorted[lines-1] == lines-1)
}

// confidentiality checks outcome and ground, which only that step has.
func confidentiality(step *Step, q Request) error {
	if !step.Does(ActConfidentiality) {
		if q.Outcome != "" {
			return ErrOutcome.On("outcome")
		}
		if q.Ground != "" {
			return ErrGround.On("ground")
		}
		return nil
	}
	if q.Verb != Reject {
		if q.Outcome != "" && q.Outcome != outcome(Request{Verb: q.Verb}) {
			return ErrOutcome.On("outcome")
		}
		if q.Ground != "" {
			return ErrGround.On("ground")
		}
		return nil
	}
	switch {
	case q.Outcome == OutcomeNo && slices.Contains(Grounds, q.Ground):
	case q.Outcome == OutcomeApply && q.Ground == GroundApply:
	case q.Outcome == OutcomeNo || q.Outcome == OutcomeApply:
		return ErrGround.On("ground")
	default:
		return ErrOutcome.On("outcome")
	}
	return nil
}

// outcome is the one the verb implies; a rejection names it.
func outcome(q Request) string {
	switch q.Verb {
	case Approve:
		return OutcomeOpen
	case Return:
		return OutcomeCut
	case Refer:
		return OutcomeRefer
	case Consult:
		return OutcomeConsent
	}
	return q.Outcome
}
