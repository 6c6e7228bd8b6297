// Package review is the desk where people submit, judge, return, correct and
// sign manuscripts, and take published ones down. Each act is one transaction:
// load, decide in memory, save, record, leave work for others.
package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/publish"
	"gongkai/internal/workflow"
)

// Desk holds what every act needs. It is safe for concurrent use.
type Desk struct {
	db       *db.DB
	authz    *authz.Enforcer
	library  *workflow.Library
	calendar *calendar.Calendar
	checks   check.Rules
	out      *publish.Publisher
	siteURL  string

	ConfirmSignatures bool // a signature needs its Confirmation; set before the desk is used

	// Agrees says what stands against a text beyond its words, for texts that are
	// drafted from a register; nil for nothing. Set before the desk is used.
	Agrees func(tx *db.Tx, m *manuscript.Manuscript, c *manuscript.Content) ([]check.Finding, error)
}

// NewDesk opens the desk. siteURL is the absolute address of the public site,
// without a slash at the end.
func NewDesk(d *db.DB, a *authz.Enforcer, l *workflow.Library, c *calendar.Calendar, rules check.Rules, out *publish.Publisher, siteURL string) *Desk {
	return &Desk{db: d, authz: a, library: l, calendar: c, checks: rules, out: out, siteURL: strings.TrimRight(siteURL, "/")}
}

var (
	ErrChecks      = fault.New(fault.Invalid, "review.checks")
	ErrChain       = fault.New(fault.Invalid, "review.chain")
	ErrOtherChain  = fault.New(fault.Conflict, "review.other_chain")
	ErrTime        = fault.New(fault.Invalid, "review.time")
	ErrNothingNew  = fault.New(fault.Invalid, "review.nothing_new")
	ErrReviewsOpen = fault.New(fault.Conflict, "review.reviews_open")
	ErrNoRun       = fault.New(fault.Conflict, "review.no_run")
)

// act is one person acting on one manuscript inside a transaction.
type act struct {
	desk  *Desk
	tx    *db.Tx
	actor org.Actor
	m     *manuscript.Manuscript
	run   *workflow.Run
	def   *workflow.Definition
	seen  manuscript.Seen
	as    org.Holding // the post under which they act
}

// on enters the actor and locks the manuscript; it refuses, in this order, whom
// may is not nil for, and anything they have not seen. Then it runs fn. A
// manuscript of another organisation does not exist.
func (k *Desk) on(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, may func(a *act) error, fn func(a *act) error) (*manuscript.Manuscript, error) {
	return k.lock(ctx, actor, id, func(a *act) error {
		a.seen = seen
		if err := may(a); err != nil {
			return err
		}
		if err := a.m.Same(seen); err != nil {
			return err
		}
		return fn(a)
	})
}

// lock is on for acts that change nothing of what others judge or sign.
func (k *Desk) lock(ctx context.Context, actor org.Actor, id int64, fn func(a *act) error) (*manuscript.Manuscript, error) {
	var m *manuscript.Manuscript
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		if m, err = manuscript.LoadForUpdate(tx, id); err != nil {
			return err
		}
		a := &act{desk: k, tx: tx, actor: who, m: m}
		if err := a.mayRead(); err != nil {
			return err
		}
		return fn(a)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// reading is somebody with a manuscript they may read.
func (k *Desk) reading(tx *db.Tx, actor org.Actor, id int64) (*act, error) {
	who, err := org.Enter(tx, actor)
	if err != nil {
		return nil, err
	}
	m, err := manuscript.Load(tx, id)
	if err != nil {
		return nil, err
	}
	a := &act{desk: k, tx: tx, actor: who, m: m}
	return a, a.mayRead()
}

func (a *act) domain() authz.Domain {
	return authz.Domain{OrganisationID: a.m.OrganisationID, UnitID: a.m.UnitID}
}

// mayRead keeps other organisations' manuscripts unknown (I20, A53).
func (a *act) mayRead() error {
	if a.m.OrganisationID != a.actor.OrganisationID {
		return manuscript.ErrNotFound.With("id", a.m.ID)
	}
	_, err := a.desk.authz.Require(a.actor, a.domain(), "manuscript.read")
	return err
}

// require finds the post for an act on the manuscript's unit.
func (a *act) require(name string) (err error) {
	a.as, err = a.desk.authz.Require(a.actor, a.domain(), name)
	return err
}

// toDraft is to for the acts that are the drafter's alone: who stands in for the
// drafter acts so, whatever their own posts allow.
func toDraft(name string) func(*act) error {
	return func(a *act) error {
		if a.actor.PersonID != a.m.DrafterID {
			standIn := a.actor
			standIn.Holdings = slices.DeleteFunc(slices.Clone(standIn.Holdings), func(h org.Holding) bool { return h.For != a.m.DrafterID })
			if h, err := a.desk.authz.Require(standIn, a.domain(), name); err == nil {
				a.as = h
				return nil
			}
		}
		return a.require(name)
	}
}

// to is require as a step of on.
func to(name string) func(*act) error {
	return func(a *act) error { return a.require(name) }
}

// toJudge entitles those whose move it is at the open step. Whoever looks at an
// older version learns that first: the step may no longer be theirs because it
// was decided.
func toJudge(a *act) error {
	if err := a.m.Same(a.seen); err != nil {
		return err
	}
	if err := a.loadRun(); err != nil {
		return err
	}
	return a.requireStep()
}

// loadRun reads the review under way and the definition it began with.
func (a *act) loadRun() (err error) {
	if a.m.RunID == 0 {
		return ErrNoRun
	}
	if a.run, err = workflow.Load(a.tx, a.m.RunID); err != nil {
		return err
	}
	a.def, err = a.desk.library.Of(a.tx, a.run)
	return err
}

func (a *act) workflowActor() workflow.Actor {
	return workflow.Actor{Person: a.actor.PersonID, For: a.as.For, Established: a.actor.Established, Post: string(a.as.Post)}
}

// requireStep finds the post for judging at the open step: the chain says which
// post, the policy says what a post may do.
func (a *act) requireStep() error {
	step, ok := a.def.StepByID(a.run.Step)
	if !ok || a.run.State == workflow.StateReturned {
		return nil // the engine says why nothing can be judged here
	}
	var err error
	for _, name := range step.Acts {
		if a.as, err = a.desk.authz.RequireAs(a.actor, a.domain(), "manuscript."+name, org.Post(step.Post), step.Scope); err != nil {
			return err
		}
	}
	return nil
}

// save writes the manuscript and, when there is one, the run.
func (a *act) save() error {
	if a.run != nil {
		if err := workflow.Save(a.tx, a.run); err != nil {
			return err
		}
		a.m.RunID, a.m.Round = a.run.ID, a.run.Round
	}
	a.m.UpdatedAt = a.tx.Now()
	return manuscript.Save(a.tx, a.m)
}

// record writes the audit entry of the act.
func (a *act) record(action string, before manuscript.State, details map[string]any) error {
	return audit.Record(a.tx, audit.Entry{OrganisationID: a.m.OrganisationID, PersonID: a.actor.PersonID, ForID: a.as.For, AccountID: a.actor.AccountID,
		Session: a.actor.Session, Address: a.actor.Address, Action: action, Object: a.m.Subject(), Revision: a.m.RevisionNo, Hash: a.m.Hash,
		Before: string(before), After: string(a.m.State), Details: details})
}

func (a *act) tell(persons []int64, code string, args map[string]any) error {
	return a.say(notify.Add, persons, code, args)
}

// mention is tell for news that repeats itself: once until it is read.
func (a *act) mention(persons []int64, code string) error {
	return a.say(notify.AddUnread, persons, code, nil)
}

func (a *act) say(add func(*db.Tx, []int64, notify.Notice) error, persons []int64, code string, args map[string]any) error {
	persons = slices.DeleteFunc(slices.Clone(persons), func(p int64) bool { return p == a.actor.PersonID || p == 0 })
	slices.Sort(persons)
	if args == nil {
		args = map[string]any{}
	}
	args["title"], args["by"] = a.m.Title, a.actor.Name
	return add(a.tx, slices.Compact(persons), notify.Notice{OrganisationID: a.m.OrganisationID, Code: code, Subject: a.m.Subject(), Args: args})
}

// tellDrafter tells the drafter and who stands in for the drafter.
func (a *act) tellDrafter(code string, args map[string]any) error {
	who, err := org.StandIns(a.tx, a.m.DrafterID, org.Drafter)
	if err != nil {
		return err
	}
	return a.tell(append(who, a.m.DrafterID), code, args)
}

// tellStep tells those whose move it is that a manuscript has arrived.
func (a *act) tellStep() error {
	who, err := a.holders()
	if err != nil || len(who) == 0 {
		return err
	}
	step, _ := a.def.StepByID(a.run.Step)
	return a.tell(who, "notice.task", map[string]any{"step": step.Title})
}

// text is what the automatic checks look at.
func text(c *manuscript.Content) check.Text {
	return check.Text{Title: c.Title, Body: c.Body, Summary: c.Summary, Source: c.Source, DocNo: c.DocNo,
		WeChatTitle: c.WeChat.Title, WeChatDigest: c.WeChat.Digest}
}

// examine runs the named checks and, with targets, the channels' own; before is
// what was found already. Blocking findings become ErrChecks; all findings are
// answered either way.
func (k *Desk) examine(before []check.Finding, names workflow.StepChecks, c *manuscript.Content, it *publish.Item, targets []workflow.Outlet) ([]check.Finding, error) {
	found, err := k.checks.Run(names.Block, names.Warn, text(c))
	if err != nil {
		return nil, err
	}
	found = append(before, found...)
	if it != nil {
		for _, t := range targets {
			ch, ok := k.out.Channel(t.Channel)
			if !ok {
				return nil, publish.ErrChannelUnknown.With("channel", t.Channel)
			}
			found = append(found, ch.Check(*it)...)
		}
	}
	if bad := check.Blocking(found); len(bad) > 0 {
		return found, ErrChecks.On(bad[0].Where).With("findings", found).With("count", len(bad))
	}
	return found, nil
}

// item freezes what channels get. A draft may not say its section yet.
func (k *Desk) item(tx *db.Tx, m *manuscript.Manuscript, c *manuscript.Content) (publish.Item, error) {
	o, err := org.FindUnit(tx, m.OrganisationID)
	if err != nil {
		return publish.Item{}, err
	}
	var s manuscript.Section
	if c.Section != "" {
		if s, err = manuscript.FindSection(tx, m.OrganisationID, c.Section); err != nil {
			return publish.Item{}, err
		}
	}
	year := m.SignedAt
	if year.IsZero() {
		year = tx.Now()
	}
	it := publish.Item{OrganisationID: m.OrganisationID, Organisation: o.FullName, ManuscriptID: m.ID, RevisionID: m.RevisionID, RevisionNo: m.RevisionNo,
		Hash: m.Hash, Source: o.Name, WeChat: publish.WeChat{Author: o.ShortName},
		Section:  publish.Section{Slug: s.Slug, Title: s.Title, Description: s.Description, Keywords: s.Keywords, Type: s.ColumnType},
		IndexNo:  m.IndexNo,
		SignedAt: m.SignedAt, Path: fmt.Sprintf("/art/%d/%d.html", year.In(calendar.Zone).Year(), m.ID)}
	it.PageURL = k.siteURL + it.Path
	if it.Correction, err = publish.CorrectionOf(tx, c); err != nil {
		return it, err
	}
	it = it.With(c)
	if it.Alone() {
		it.PageURL = fmt.Sprintf("%s/?article=%d", k.siteURL, m.ID)
	}
	return it, nil
}

func targets(def *workflow.Definition) []publish.Target {
	out := make([]publish.Target, len(def.Publish))
	for i, o := range def.Publish {
		out[i] = publish.Target{Channel: o.Channel, After: o.After, Optional: o.Optional}
	}
	return out
}

// changed turns the engine's word for a lost race into the one people get, with
// what they need to look again.
func changed(err error, m *manuscript.Manuscript) error {
	if errors.Is(err, workflow.ErrChanged) || errors.Is(err, manuscript.ErrChanged) {
		return manuscript.ErrChanged.With("version", m.Version).With("hash", m.Hash).With("state", string(m.State)).With("text_changed", false)
	}
	return err
}
