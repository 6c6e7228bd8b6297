package workflow

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/fault"
)

func TestStartRefusesBadSubjects(t *testing.T) {
	d := chain(t, "three-reviews")
	for name, x := range map[string]struct {
		s    Subject
		want error
	}{
		"no hash":        {Subject{Drafter: 1, Actor: Actor{Person: 1}}, ErrHash},
		"a long hash":    {Subject{Drafter: 1, Actor: Actor{Person: 1}, Hash: strings.Repeat("h", 72)}, ErrHash},
		"nobody":         {Subject{Hash: "h1"}, ErrNotDrafter},
		"through nobody": {Subject{Drafter: 1, Actor: Actor{For: 1}, Hash: "h1"}, ErrNotDrafter},
		"another person": {Subject{Drafter: 1, Actor: Actor{Person: 2}, Hash: "h1"}, ErrNotDrafter},
		"for another":    {Subject{Drafter: 1, Actor: Actor{Person: 2, For: 3}, Hash: "h1"}, ErrNotDrafter},
	} {
		if _, err := Start(d, x.s, morning); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := Start(d, Subject{Drafter: 1, Actor: Actor{Person: 2, For: 1}, Hash: "h1"}, morning)
	if err != nil || r.Acts[0].By != 2 || r.Acts[0].For != 1 || r.Version != 1 {
		t.Errorf("a delegate submits: %v %+v", err, r)
	}
}

func TestActingForOneselfIsActing(t *testing.T) {
	d := chain(t, "three-reviews")
	r := begin(t, d)
	if err := pass(t, r, d, Actor{Person: 2, For: 2, Established: true}); err != nil {
		t.Fatal(err)
	}
	if a := r.Acts[1]; a.By != 2 || a.For != 0 {
		t.Errorf("recorded %+v", a)
	}
	if err := pass(t, r, d, Actor{Person: 3, For: -1, Established: true}); !errors.Is(err, ErrNotYourStep) {
		t.Errorf("for nobody there is: %v", err)
	}
	if err := pass(t, r, d, Actor{Established: true}); !errors.Is(err, ErrNotYourStep) {
		t.Errorf("nobody: %v", err)
	}
}

func TestNotesAreBounded(t *testing.T) {
	d := chain(t, "three-reviews")
	r := begin(t, d)
	q := approval(r, d, 2)
	q.Note = strings.Repeat("长", noteMax+1)
	if err := r.WhyNot(d, q); !errors.Is(err, ErrNoteLong) {
		t.Errorf("2001 characters: %v", err)
	}
	q.Note = q.Note[:len(q.Note)-len("长")]
	if err := r.WhyNot(d, q); err != nil {
		t.Errorf("2000 characters: %v", err)
	}
	q = Request{Verb: Withdraw, Actor: Actor{Person: 1}, Version: 1, Hash: "h1", Note: strings.Repeat("长", noteMax+1)}
	if err := r.WhyNot(d, q); !errors.Is(err, ErrNoteLong) {
		t.Errorf("withdrawing with 2001 characters: %v", err)
	}
}

// TestMayNotIgnoresTheForm: pages ask before anything is typed.
func TestMayNotIgnoresTheForm(t *testing.T) {
	d := chain(t, "three-reviews")
	r := begin(t, d)
	q := Request{Verb: Return, Actor: Actor{Person: 2, Established: true, Post: "section_head"}, Version: 1, Hash: "h1"}
	if err := r.MayNot(d, q); err != nil {
		t.Errorf("may not: %v", err)
	}
	if err := r.WhyNot(d, q); !errors.Is(err, ErrNote) {
		t.Errorf("the form is empty: %v", err)
	}
	if got := r.Next(d); len(got) != 3 || got[0] != Approve || got[1] != Return || got[2] != Edit {
		t.Errorf("verbs at the first step: %v", got)
	}
	q.Verb = Withdraw
	q.Actor.Person = 1
	if err := errors.Join(r.MayNot(d, q), r.WhyNot(d, q)); err != nil {
		t.Errorf("the drafter withdraws: %v", err)
	}
	if _, err := r.Do(d, q, morning); err != nil {
		t.Fatal(err)
	}
	r.Step = ""
	if got := r.Next(d); got != nil {
		t.Errorf("verbs of a run without a step: %v", got)
	}
}

func TestStaleRequestsCarryWhatIsThere(t *testing.T) {
	d := chain(t, "three-reviews")
	r := begin(t, d)
	q := approval(r, d, 2)
	q.Version = 7
	f, ok := fault.From(r.WhyNot(d, q))
	if !ok || f.Kind != fault.Conflict || f.Args["version"] != int64(1) || f.Args["hash"] != "h1" {
		t.Errorf("stale: %+v", f)
	}
}

func TestResubmittingNeedsAText(t *testing.T) {
	d := chain(t, "three-reviews")
	r := begin(t, d)
	back := approval(r, d, 2)
	back.Verb, back.Target, back.Gate, back.Note = Return, Draft, "facts", "数据有误"
	if _, err := r.Do(d, back, morning); err != nil {
		t.Fatal(err)
	}
	q := Request{Verb: Resubmit, Actor: Actor{Person: 1}, Version: r.Version}
	if err := r.WhyNot(d, q); !errors.Is(err, ErrHash) {
		t.Errorf("no hash: %v", err)
	}
	q.Hash = "h2"
	if err := r.WhyNot(d, q); err != nil {
		t.Errorf("new text: %v", err)
	}
}

// TestTamperedRunsAreNotSigned: the engine cannot bring these about; rows
// changed behind its back could.
func TestTamperedRunsAreNotSigned(t *testing.T) {
	d := chain(t, "three-reviews")
	ready := func() *Run {
		r := begin(t, d)
		for p := int64(2); r.Step != "sign"; p++ {
			if err := pass(t, r, d, Actor{Person: p, Established: true}); err != nil {
				t.Fatal(err)
			}
		}
		return r
	}
	for name, tamper := range map[string]func(*Run){
		"another text":       func(r *Run) { r.Hash = "h9" },
		"a step skipped":     func(r *Run) { r.Acts[2].Step = "first" },
		"an older round":     func(r *Run) { r.Round = 2 },
		"clearance turned":   func(r *Run) { r.Acts[3].Outcome = OutcomeNo },
		"an approval's hash": func(r *Run) { r.Acts[1].Hash = "h0" },
		"a step of no file":  func(r *Run) { r.Step = "stamp" },
		"nothing tampered":   func(*Run) {},
	} {
		r := ready()
		tamper(r)
		q := Request{Verb: Sign, Actor: Actor{Person: 9, Established: true, Post: "signing_leader"}, Version: r.Version, Hash: r.Hash}
		err := r.WhyNot(d, q)
		if fine := name == "nothing tampered"; fine != (err == nil) || !fine && !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRunsWithoutTheirDefinitionOrActs(t *testing.T) {
	d := chain(t, "three-reviews")
	r := begin(t, d)
	if err := r.WhyNot(chain(t, "urgent"), approval(r, d, 2)); err == nil {
		t.Error("another chain is taken")
	}
	next := *d
	next.Version++
	if err := r.WhyNot(&next, approval(r, d, 2)); err == nil {
		t.Error("another version is taken")
	}
	q := approval(r, d, 2)
	r.Acts = nil
	if _, ok := fault.From(r.WhyNot(d, q)); ok || r.WhyNot(d, q) == nil {
		t.Error("a run from the work list decides without its acts")
	}
}

func TestDeadlines(t *testing.T) {
	cal, err := calendar.Load()
	if err != nil {
		t.Fatal(err)
	}
	d := chain(t, "three-reviews")
	r := begin(t, d)
	due, err := r.Due(d, cal)
	if err != nil || due.Overdue(due.Due) || !due.Overdue(due.Due.Add(time.Second)) || due.EscalateTo != "" {
		t.Errorf("due %+v, %v", due, err)
	}
	r.OpenedAt = time.Date(2026, 12, 31, 9, 0, 0, 0, time.UTC)
	if _, err := r.Due(d, cal); !errors.Is(err, calendar.ErrYearUnknown) {
		t.Errorf("into an unknown year: %v", err)
	}
	for _, s := range []State{StateReferred, StateConsulting} {
		r.State, r.Step, r.ReferredAt = s, "confidentiality", r.OpenedAt
		if _, err := r.Due(d, cal); !errors.Is(err, calendar.ErrYearUnknown) {
			t.Errorf("%s into an unknown year: %v", s, err)
		}
		r.ReferredAt = morning
		if due, err = r.Due(d, cal); err != nil || due.EscalateTo != "signing_leader" {
			t.Errorf("%s: %+v %v", s, due, err)
		}
	}
	for _, s := range []State{StateReturned, StateRejected, StateWithdrawn, StateFinished} {
		r.State, r.Step = s, "first"
		if s == StateReturned {
			r.Step = Draft
		}
		if due, err := r.Due(d, cal); err != nil || due != (Deadline{}) || due.Overdue(morning) {
			t.Errorf("%s: %+v %v", s, due, err)
		}
	}
}
