package workflow

import (
	"slices"
	"time"

	"gongkai/internal/fault"
)

// Verb is what somebody does in a run.
type Verb string

const (
	Submit   Verb = "submit"   // 送审: recorded by Start
	Approve  Verb = "approve"  // 通过
	Return   Verb = "return"   // 退回, to the drafter or an earlier step
	Refer    Verb = "refer"    // 报审: the confidentiality officer cannot decide (S_REFER)
	Consult  Verb = "consult"  // 征求意见: consent is asked of the organ it is from or the third party it touches (S_CONSENT; TL11, TL15)
	Reject   Verb = "reject"   // 不予刊发: ends the run
	Withdraw Verb = "withdraw" // 撤稿, by the drafter, before sign-off
	Resubmit Verb = "resubmit" // after a return to the drafter
	Edit     Verb = "edit"     // 文字修改 at a proof step
	Sign     Verb = "sign"     // 签发
	Object   Verb = "object"   // an objection at a 补签 step; it undoes nothing by itself
)

// judging verbs are those of a step; the others are the drafter's.
var judging = []Verb{Approve, Return, Refer, Consult, Reject, Edit, Sign, Object}

// Outcomes of the confidentiality review (domain §2).
const (
	OutcomeOpen    = "S_OK"      // approve
	OutcomeCut     = "S_CUT"     // return: open after deletion
	OutcomeRefer   = "S_REFER"   // refer
	OutcomeConsent = "S_CONSENT" // consult
	OutcomeNo      = "S_NO"      // reject: not open, ground N1…N9
	OutcomeApply   = "S_APPLY"   // reject: only on request, ground N0
)

// Grounds for not opening (domain §3.3); GroundApply goes with OutcomeApply.
var Grounds = []string{"N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9"}

const GroundApply = "N0"

// State is where a run stands.
type State string

const (
	StateOpen         State = "open"          // a step waits for its judge
	StateReferred     State = "referred"      // the confidentiality step waits for the ruling of who decides such matters (BM-4)
	StateConsulting   State = "consulting"    // the confidentiality step waits for a third party or another organ (BM-6)
	StateReturned     State = "returned"      // the drafter's move
	StateAfterPublish State = "after_publish" // signed, 补签 still open
	StateFinished     State = "finished"      // signed, nothing open
	StateRejected     State = "rejected"
	StateWithdrawn    State = "withdrawn"
)

// Closed says that nothing can happen any more.
func (s State) Closed() bool {
	return s == StateFinished || s == StateRejected || s == StateWithdrawn
}

// Waits says that an answer is awaited from outside. The approvals before stay,
// the clock of TL26 runs on, and the officer may decide at any time.
func (s State) Waits() bool { return s == StateReferred || s == StateConsulting }

// Act is one recorded decision. Acts are only ever added (I15). By and For are
// natural persons: For is whom By acted for, 0 for nobody.
type Act struct {
	N         int64
	Round     int
	Step      string // Draft for submit and resubmit, and for a withdrawal from there
	Verb      Verb
	Target    string // of a return; of an edit the clearance it reopened
	Gate      string
	Note      string
	Outcome   string
	Ground    string
	Checklist []int
	By, For   int64
	Hash      string // what was judged, or submitted
	NewHash   string // of an edit
	At        time.Time
}

// Run is one subject on its way through one definition. Values change only
// through Start and Do; Save writes them.
type Run struct {
	ID, OrganisationID, UnitID int64

	Subject    string // "manuscript:42"
	Definition string
	DefVersion int
	Drafter    int64

	State State
	Step  string // the open step; Draft while returned, the last one once rejected or withdrawn, "" when finished
	Post  string // whose move it is, "" when no post's
	Scope string // of the open step
	Round int    // 1, and one more at each restart from the first step
	Hash  string // of the content the standing approvals are bound to

	Returned   string // the step that returned it to the drafter, "" unless returned
	StartedAt  time.Time
	OpenedAt   time.Time // when the present step opened
	ReferredAt time.Time // when an answer was asked for outside; zero unless State.Waits
	SignedAt   time.Time
	EndedAt    time.Time

	Version int64
	Acts    []Act // in order; nil on runs from OpenRuns

	was   *runRow // as the table has it, nil when not yet there
	saved int     // how many of Acts are in the table
}

// Actor is the natural person acting, for whom (0 for nobody), whether on the
// establishment (在编, SOD-6), and the post under which the desk found them
// entitled in the run's unit.
type Actor struct {
	Person, For int64
	Established bool
	Post        string
}

func (a Actor) persons() []int64 {
	if a.For == 0 || a.For == a.Person {
		return []int64{a.Person}
	}
	return []int64{a.Person, a.For}
}

func (a Act) persons() []int64 {
	if a.For == 0 {
		return []int64{a.By}
	}
	return []int64{a.By, a.For}
}

// Request is one wish to act. Version and Hash are what the person saw; if the
// run is elsewhere by now the request is refused and nothing changes.
type Request struct {
	Verb    Verb
	Actor   Actor
	Version int64
	// Hash is of the content seen. For Resubmit it is of the content now sent,
	// which may be new; or set NewHash to that, and Hash to the one seen.
	Hash string

	Target    string // Return: one of the step's ReturnTo
	Gate      string // Return, Object
	Note      string // Return, Refer, Consult (who was asked, about what), Reject, Edit, Object: two characters at least
	Outcome   string // confidentiality: implied by the verb, required for Reject
	Ground    string // confidentiality Reject
	Checklist []int  // Approve, Sign: the index of every line of the step's checklist
	NewHash   string // Edit
	Small     bool   // Edit: the text is still what was cleared, but for a small correction; else the confidentiality review reopens
	Resume    bool   // Resubmit: continue at the step that returned it

	// Authors is everyone who wrote or imported text of the subject's lineage,
	// in any revision, outside proof edits; the drafter is implied (SOD-1).
	Authors []int64
}

// EventKind is what an act brought about.
type EventKind string

const (
	StepOpened       EventKind = "step_opened"
	Returned         EventKind = "returned"
	Referred         EventKind = "referred"
	Consulted        EventKind = "consulted"
	Finished         EventKind = "finished" // signed: plan publishing, whether or not 补签 is open
	AfterPublishDone EventKind = "after_publish_done"
	Rejected         EventKind = "rejected"
	Withdrawn        EventKind = "withdrawn"
	Edited           EventKind = "edited"
	Objected         EventKind = "objected" // at a 补签 step; State tells whether more are open
)

// Event is what the desk follows up.
type Event struct {
	Kind  EventKind
	From  string // the step acted at
	Step  string // whose move it is now: a step, Draft, or ""
	State State  // of the run after the act
	Act   Act
}

// Subject is what a run is started for.
type Subject struct {
	OrganisationID, UnitID int64
	Subject                string
	Drafter                int64
	Actor                  Actor // the drafter, or somebody acting for the drafter
	Hash                   string
}

// ErrNotDrafter is answered when somebody other than the drafter, or a delegate
// for the drafter, submits, resubmits or withdraws.
var ErrNotDrafter = fault.New(fault.Forbidden, "workflow.not_drafter")

// ErrHash is answered when a content hash is missing or cannot be one.
var ErrHash = fault.New(fault.Invalid, "workflow.hash")

// Start records the submission and opens the first step.
func Start(def *Definition, s Subject, now time.Time) (*Run, error) {
	if s.Actor.Person <= 0 || s.Drafter <= 0 || !slices.Contains(s.Actor.persons(), s.Drafter) {
		return nil, ErrNotDrafter
	}
	if err := sound(s.Hash, "hash"); err != nil {
		return nil, err
	}
	r := &Run{
		OrganisationID: s.OrganisationID, UnitID: s.UnitID, Subject: s.Subject,
		Definition: def.ID, DefVersion: def.Version, Drafter: s.Drafter,
		Round: 1, Hash: s.Hash, StartedAt: now,
	}
	r.record(Act{Step: Draft, Verb: Submit, Hash: s.Hash, At: now}, s.Actor)
	r.open(&def.Steps[0], now)
	return r, nil
}

// sound keeps hashes that no table column could hold out of the run.
func sound(hash, field string) error {
	if hash == "" || len(hash) > 71 {
		return ErrHash.On(field)
	}
	return nil
}

func (r *Run) record(a Act, by Actor) {
	a.N, a.Round, a.By = int64(len(r.Acts)+1), r.Round, by.Person
	if by.For != by.Person {
		a.For = by.For
	}
	r.Acts = append(r.Acts, a)
	r.Version++
}

func (r *Run) open(s *Step, now time.Time) {
	r.State, r.Step, r.Post, r.Scope, r.OpenedAt = StateOpen, s.ID, s.Post, s.Scope, now
	r.Returned, r.ReferredAt = "", time.Time{}
}

func (r *Run) end(state State, now time.Time) {
	r.State, r.Post, r.Scope, r.EndedAt = state, "", "", now
	r.ReferredAt = time.Time{}
}

// Approvals are the approvals that count now, in the order of the steps: those
// of every step before the present one. A return or an edit voids the rest by
// moving the run back.
func (r *Run) Approvals(def *Definition) []Act {
	upTo := def.index(r.Step)
	switch r.State {
	case StateReturned:
		upTo = def.index(r.Returned)
	case StateFinished, StateAfterPublish:
		upTo = len(def.Steps)
	}
	var out []Act
	for i := range upTo {
		if a, ok := r.last(def.Steps[i].ID, Approve, Sign); ok {
			out = append(out, a)
		}
	}
	return out
}

// Cleared is the content the confidentiality review passed, while the run stands
// at a later step; an edit there that is not Small reopens that review.
func (r *Run) Cleared(def *Definition) (hash string, ok bool) {
	clearance, ok := def.clearance(r.Step)
	if !ok {
		return "", false
	}
	a, ok := r.last(clearance.ID, Approve)
	return a.Hash, ok
}

// Editors are the persons who changed the text at proof steps, and those they
// did it for.
func (r *Run) Editors() []int64 {
	var out []int64
	for _, a := range r.Acts {
		if a.Verb == Edit {
			out = append(out, a.persons()...)
		}
	}
	return out
}

func (r *Run) last(step string, verbs ...Verb) (Act, bool) {
	for i := len(r.Acts) - 1; i >= 0; i-- {
		if a := r.Acts[i]; a.Step == step && slices.Contains(verbs, a.Verb) {
			return a, true
		}
	}
	return Act{}, false
}
