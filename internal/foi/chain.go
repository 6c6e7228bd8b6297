package foi

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

var (
	ErrLetterChain   = fault.New(fault.Conflict, "foi.letter_chain")     // an answer is signed, not finished
	ErrLetterReview  = fault.New(fault.Conflict, "foi.letter_in_review") // step
	ErrLetterNoRun   = fault.New(fault.Conflict, "foi.letter_no_run")
	ErrLetterChecks  = fault.New(fault.Conflict, "foi.letter_checks") // findings, count
	ErrLetterChanged = fault.New(fault.Conflict, "foi.letter_changed")
	ErrNoChain       = fault.New(fault.Conflict, "foi.no_chain")
)

// Subject names the letter in its run and in notices.
func (l *Document) Subject() string { return letterSubject + strconv.FormatInt(l.ID, 10) }

const letterSubject = "foi_letter:"

// persons are who acts, and for whom.
func (a *act) persons() []int64 {
	if a.as.For == 0 || a.as.For == a.actor.PersonID {
		return []int64{a.actor.PersonID}
	}
	return []int64{a.actor.PersonID, a.as.For}
}

func unique(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// way is a letter's run with its chain; both nil before it was sent.
func (a *act) way(l *Document) (*workflow.Run, *workflow.Definition, error) {
	if l.RunID == 0 {
		return nil, nil, nil
	}
	run, err := workflow.Load(a.tx, l.RunID)
	if err != nil {
		return nil, nil, err
	}
	def, err := a.desk.library.Of(a.tx, run)
	return run, def, err
}

// atDesk refuses to change a letter that somebody is judging: what is signed is
// what everybody saw.
func (a *act) atDesk(l *Document) error {
	run, def, err := a.way(l)
	if err != nil || run == nil || run.State.Closed() || run.State == workflow.StateReturned {
		return err
	}
	title := run.Step
	if step, ok := def.StepByID(run.Step); ok {
		title = step.Title
	}
	return ErrLetterReview.With("step", title)
}

func (a *act) domain() authz.Domain {
	return authz.Domain{OrganisationID: a.actor.OrganisationID, UnitID: a.r.UnitID}
}

func (a *act) asJudge() workflow.Actor {
	return workflow.Actor{Person: a.actor.PersonID, For: a.as.For, Established: a.actor.Established, Post: string(a.as.Post)}
}

// Send puts an answer on its chain, or again after it was returned: then every
// review is made anew. It refuses while a blank is not filled in, while it does
// not tell the remedy its code has today, or when a check of the chain stands
// against it.
func (k *Desk) Send(ctx context.Context, actor org.Actor, id, seen int64) (*Document, error) {
	return k.onLetter(ctx, actor, id, seen, "foi.answer", func(a *act, own envelope, l *Document) error {
		if l.Kind != AnswerLetter {
			return ErrLetterKind.On("letter")
		}
		if err := a.atDesk(l); err != nil {
			return err
		}
		run, def, err := a.way(l)
		if err != nil {
			return err
		}
		again := run != nil && run.State == workflow.StateReturned
		if !again {
			var ok bool
			if def, ok = k.library.For(workflow.AnswerKind); !ok || !slices.Contains(def.AppliesTo, workflow.AnswerKind) {
				return ErrNoChain
			}
		}
		if err := a.sendable(l, def.SubmitChecks); err != nil {
			return err
		}
		if again {
			_, err = run.Do(def, workflow.Request{Verb: workflow.Resubmit, Actor: a.asJudge(), Version: run.Version, Hash: run.Hash, NewHash: l.Hash, Authors: l.Authors}, a.tx.Now())
		} else {
			drafter := a.persons()
			run, err = workflow.Start(def, workflow.Subject{OrganisationID: l.OrganisationID, UnitID: a.r.UnitID, Subject: l.Subject(), Drafter: drafter[len(drafter)-1], Actor: a.asJudge(), Hash: l.Hash}, a.tx.Now())
		}
		if err != nil {
			return err
		}
		if err := workflow.Save(a.tx, run); err != nil {
			return err
		}
		l.RunID = run.ID
		if err := k.saveLetter(a.tx, own, l); err != nil {
			return err
		}
		if err := a.tellStep(l, run, def); err != nil {
			return err
		}
		return a.record("foi.letter_sent", map[string]any{"letter": l.ID, "round": run.Round, "hash": l.Hash})
	})
}

// sendable says what stands against an answer whoever judges it.
func (a *act) sendable(l *Document, checks workflow.StepChecks) error {
	if err := l.filled(); err != nil {
		return err
	}
	if err := l.tellsRemedy(a.tx.Now()); err != nil {
		return err
	}
	if err := a.agrees(l); err != nil {
		return err
	}
	found, err := a.desk.checks.Run(checks.Block, nil, check.Text{Title: l.Title, Body: l.HTML("", a.tx.Now())})
	if err != nil {
		return err
	}
	if bad := check.Blocking(found); len(bad) > 0 {
		return ErrLetterChecks.On("text").With("findings", found).With("count", len(bad))
	}
	return nil
}

// Recall takes an answer back from its judges; whoever sent it may.
func (k *Desk) Recall(ctx context.Context, actor org.Actor, id, seen int64) (*Document, error) {
	return k.onLetter(ctx, actor, id, seen, "foi.answer", func(a *act, own envelope, l *Document) error {
		run, def, err := a.way(l)
		if err != nil {
			return err
		}
		if run == nil {
			return ErrLetterNoRun
		}
		if _, err := run.Do(def, workflow.Request{Verb: workflow.Withdraw, Actor: a.asJudge(), Version: run.Version, Hash: run.Hash}, a.tx.Now()); err != nil {
			return err
		}
		if err := workflow.Save(a.tx, run); err != nil {
			return err
		}
		if err := k.saveLetter(a.tx, own, l); err != nil {
			return err
		}
		return a.record("foi.letter_recalled", map[string]any{"letter": l.ID})
	})
}

// Judgement is what a judge says of an answer, on exactly what they saw: the
// run at a version, the words by their hash.
type Judgement struct {
	Run       int64 // version of the run
	Hash      string
	Verb      workflow.Verb // approve, return, refer, sign
	Target    string        // of a return
	Gate      string
	Note      string
	Checklist []int

	Confirmation org.Confirmation // sign: needed where the office confirms signatures
}

// Decide takes one decision on an answer. Signed, it is final and has its number
// in the same transaction: nothing lies between what was signed and what goes out.
func (k *Desk) Decide(ctx context.Context, actor org.Actor, id int64, j Judgement) (*Document, error) {
	note, err := manuscript.Note("note", j.Note, 2000)
	if err != nil {
		return nil, err
	}
	return k.withLetter(ctx, actor, id, "foi.read", func(a *act, own envelope, l *Document) error {
		run, def, err := a.way(l)
		switch {
		case !slices.Contains([]workflow.Verb{workflow.Approve, workflow.Return, workflow.Refer, workflow.Sign}, j.Verb):
			return workflow.ErrVerb.On("verb").With("verb", string(j.Verb))
		case err != nil:
			return err
		case run == nil:
			return ErrLetterNoRun
		case l.Final():
			return ErrLetterFinal.With("number", l.Number)
		case j.Run != run.Version || j.Hash != l.Hash:
			return ErrLetterChanged
		}
		if err := a.requireStep(run, def); err != nil {
			return err
		}
		if j.Verb == workflow.Sign {
			if err := a.sendable(l, def.ChecksUpTo(run.Step)); err != nil {
				return err
			}
		}
		event, err := run.Do(def, workflow.Request{Verb: j.Verb, Actor: a.asJudge(), Version: j.Run, Hash: j.Hash, Target: j.Target, Gate: j.Gate, Note: note, Checklist: j.Checklist, Authors: l.Authors}, a.tx.Now())
		if err != nil {
			return err
		}
		confirmed := ""
		if j.Verb == workflow.Sign && k.ConfirmSignatures {
			if err := j.Confirmation.Use(a.tx, a.actor); err != nil {
				return err
			}
			confirmed = j.Confirmation.How()
		}
		if err := workflow.Save(a.tx, run); err != nil {
			return err
		}
		if err := a.record("foi.letter_"+string(j.Verb), map[string]any{"letter": l.ID, "step": event.From, "gate": j.Gate, "target": j.Target, "note": note, "hash": j.Hash, "confirmed_by": confirmed}); err != nil {
			return err
		}
		switch {
		case event.Kind == workflow.Finished:
			if err := a.finish(own, l); err != nil {
				return err
			}
			return a.tellOf(l, []int64{run.Drafter}, "notice.foi_signed", map[string]any{"letter": l.Number})
		case event.Kind == workflow.Returned && event.Step == workflow.Draft:
			return a.tellOf(l, []int64{run.Drafter}, "notice.foi_returned", map[string]any{"note": note})
		}
		return a.tellStep(l, run, def)
	})
}

// requireStep finds the post for judging at the open step: the chain says which
// post, the policy says what a post may do.
func (a *act) requireStep(run *workflow.Run, def *workflow.Definition) (err error) {
	step, ok := def.StepByID(run.Step)
	if !ok || run.State == workflow.StateReturned {
		return nil // the engine says why nothing can be judged here
	}
	for _, name := range step.Acts {
		if a.as, err = a.desk.authz.RequireAs(a.actor, a.domain(), "foi."+name, org.Post(step.Post), step.Scope); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) tellOf(l *Document, who []int64, code string, args map[string]any) error {
	who = slices.DeleteFunc(who, func(p int64) bool { return p == a.actor.PersonID })
	args["number"] = a.r.Number
	return notify.Add(a.tx, unique(who), notify.Notice{OrganisationID: l.OrganisationID, Code: code, Subject: l.Subject(), Args: args})
}

// tellStep tells those whose move it is.
func (a *act) tellStep(l *Document, run *workflow.Run, def *workflow.Definition) error {
	step, ok := def.StepByID(run.Step)
	if !ok || run.Post == "" {
		return nil
	}
	who, err := holdersOf(a.tx, run)
	if err != nil {
		return err
	}
	return a.tellOf(l, who, "notice.foi_task", map[string]any{"step": step.Title})
}

func holdersOf(tx *db.Tx, run *workflow.Run) ([]int64, error) {
	unit := run.UnitID
	if run.Scope == workflow.ScopeOrganisation {
		unit = 0
	}
	return org.Holders(tx, run.OrganisationID, org.Post(run.Post), unit)
}

// tellsRemedy refuses an answer that does not say how it can be challenged as its
// code has it (复议前置, FYF23; fact 47).
func (l *Document) tellsRemedy(on time.Time) error {
	has := func(words string) bool { return strings.Contains(l.Text, words) }
	told := true
	r := RemedyOf(l.Code, on)
	switch r {
	case ReviewFirst:
		told = has("60日内先向") && has("申请行政复议") && !has("6个月内向")
	case ReviewOrCourt:
		told = has("60日内") && has("申请行政复议") && has("6个月内") && has("提起行政诉讼") && !has("60日内先向")
	}
	if !told {
		return ErrLetterRemedy.On("text").With("remedy", string(r)).With("code", string(l.Code))
	}
	return nil
}
