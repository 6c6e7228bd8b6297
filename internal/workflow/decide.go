package workflow

import (
	"fmt"
	"slices"
	"time"
)

// Do applies the request: it changes r, appends one act and raises the version
// by one, or refuses and changes nothing. It is pure; Save writes the result.
// Silence never approves: there is no other way past a step.
func (r *Run) Do(def *Definition, q Request, now time.Time) (Event, error) {
	if err := r.WhyNot(def, q); err != nil {
		return Event{}, err
	}
	e := Event{From: r.Step}
	act := Act{Step: r.Step, Verb: q.Verb, Note: q.Note, Hash: r.Hash, At: now}
	switch q.Verb {
	case Withdraw:
		e.Kind = Withdrawn
		r.record(act, q.Actor)
		r.end(StateWithdrawn, now)
	case Resubmit:
		e.Kind = StepOpened
		r.resubmit(def, q, act, now)
	default:
		step, _ := def.StepByID(r.Step)
		e.Kind = r.judge(def, step, q, act, now)
	}
	e.Step, e.State, e.Act = r.Step, r.State, r.Acts[len(r.Acts)-1]
	if r.State == StateRejected || r.State == StateWithdrawn {
		e.Step = ""
	}
	return e, nil
}

// resubmit continues where the run was returned from, or restarts: then the
// round counts one up and no approval stands (domain 1.6, I17).
func (r *Run) resubmit(def *Definition, q Request, act Act, now time.Time) {
	next := &def.Steps[0]
	if q.Resume {
		next, _ = def.StepByID(r.Returned)
	} else {
		r.Round++
	}
	r.Hash = q.sent()
	act.Hash = r.Hash
	r.record(act, q.Actor)
	r.open(next, now)
}

// sent is the content a Resubmit brings.
func (q Request) sent() string {
	if q.NewHash != "" {
		return q.NewHash
	}
	return q.Hash
}

func (r *Run) judge(def *Definition, step *Step, q Request, act Act, now time.Time) EventKind {
	if step.Does(ActConfidentiality) {
		act.Outcome, act.Ground = outcome(q), q.Ground
	}
	switch q.Verb {
	case Approve, Sign:
		act.Checklist = slices.Clone(q.Checklist)
	case Return:
		act.Target, act.Gate = q.Target, q.Gate
	case Object:
		act.Gate = q.Gate
	case Edit:
		act.NewHash = q.NewHash
		if clearance, cleared := def.clearance(step.ID); cleared && !q.Small {
			act.Target = clearance.ID
		}
	}
	r.record(act, q.Actor)

	switch q.Verb {
	case Return:
		if q.Target != Draft {
			target, _ := def.StepByID(q.Target)
			r.open(target, now)
			return Returned
		}
		r.Returned, r.State, r.Step, r.Post, r.Scope = step.ID, StateReturned, Draft, "", ""
		r.OpenedAt, r.ReferredAt = now, time.Time{}
		return Returned
	case Refer:
		r.State, r.ReferredAt = StateReferred, now
		return Referred
	case Consult:
		r.State, r.ReferredAt = StateConsulting, now
		return Consulted
	case Reject:
		r.end(StateRejected, now)
		return Rejected
	case Edit:
		// Approvals before this step stay, none after it exists; the step itself
		// is still open, on the new text (domain 1.6), unless the text is no
		// longer what was cleared (BM-1).
		r.Hash = q.NewHash
		if act.Target != "" {
			clearance, _ := def.StepByID(act.Target)
			r.open(clearance, now)
		}
		return Edited
	}
	return r.advance(def, step, q, now)
}

// advance opens what comes after an approval, a signature or an objection.
func (r *Run) advance(def *Definition, step *Step, q Request, now time.Time) EventKind {
	if i := def.index(step.ID); i >= 0 && i+1 < len(def.Steps) {
		r.open(&def.Steps[i+1], now)
		return StepOpened
	}
	kind, next := Finished, 0
	if q.Verb == Sign {
		r.SignedAt = now
	} else {
		kind = StepOpened
		next = 1 + slices.IndexFunc(def.AfterPublish, func(s Step) bool { return s.ID == step.ID })
	}
	if next < len(def.AfterPublish) {
		r.open(&def.AfterPublish[next], now)
		r.State = StateAfterPublish
	} else {
		r.end(StateFinished, now)
		r.Step = ""
		if q.Verb != Sign {
			kind = AfterPublishDone
		}
	}
	if q.Verb == Object {
		return Objected
	}
	return kind
}

// Next are the verbs that fit the run's present state for its judge; who may use
// them is MayNot's answer.
func (r *Run) Next(def *Definition) []Verb {
	step, ok := def.StepByID(r.Step)
	if !ok {
		return nil
	}
	var out []Verb
	for _, v := range judging {
		if fits(r.State, def, step, v) == nil {
			out = append(out, v)
		}
	}
	return out
}

// unbroken checks before signing what the engine built step by step: every step
// before stands approved on the lineage of the present hash, edits included,
// and a confidentiality outcome is among them (I2, I14). It fails only if rows
// were tampered with.
func (r *Run) unbroken(def *Definition) error {
	cleared := false
	for i := range def.index(r.Step) {
		s := &def.Steps[i]
		a, ok := r.last(s.ID, Approve)
		if !ok || a.Round != r.Round {
			return ErrBroken.With("step", s.Title)
		}
		hash := a.Hash
		for _, later := range r.Acts[a.N:] {
			if later.Verb != Edit || later.Hash != hash {
				continue
			}
			if later.Target != "" && i >= def.index(later.Target) {
				return ErrBroken.With("step", s.Title)
			}
			hash = later.NewHash
		}
		if hash != r.Hash {
			return ErrBroken.With("step", s.Title)
		}
		cleared = cleared || s.Does(ActConfidentiality) && a.Outcome == OutcomeOpen
	}
	if !cleared {
		return ErrBroken.With("step", "")
	}
	return nil
}

func (r *Run) fitsDefinition(def *Definition) error {
	if def.ID != r.Definition || def.Version != r.DefVersion {
		return fmt.Errorf("run %d follows %s version %d, not %s version %d", r.ID, r.Definition, r.DefVersion, def.ID, def.Version)
	}
	if len(r.Acts) == 0 {
		return fmt.Errorf("run %d was loaded without its decisions", r.ID)
	}
	return nil
}
