package review

import (
	"context"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/proof"
	"gongkai/internal/publish"
	"gongkai/internal/workflow"
)

func (k *Desk) year(t time.Time) int { return t.In(calendar.Zone).Year() }

func (a *act) recordOn(object, action string, details map[string]any) error {
	return audit.Record(a.tx, audit.Entry{OrganisationID: a.m.OrganisationID, PersonID: a.actor.PersonID, ForID: a.as.For, AccountID: a.actor.AccountID,
		Session: a.actor.Session, Address: a.actor.Address, Action: action, Object: object, Details: details})
}

// View is everything a page or program shows of one manuscript to one person.
type View struct {
	*manuscript.Manuscript
	Revision     *manuscript.Revision
	Revisions    []*manuscript.Revision // without bodies, oldest first
	Unit         org.Unit
	Organisation org.Unit
	Section      manuscript.Section
	Run          *workflow.Run        // nil before the first submission
	Chain        *workflow.Definition // what the run follows, or what a submission would
	Step         *workflow.Step       // the open step, nil when none
	Deadline     workflow.Deadline
	Waiting      []int64 // whose move it is, without who looks
	Publications []*publish.Publication
	TakeDown     *publish.TakeDown
	Pin          *publish.Pin           // that stands or is asked for
	Corrects     *manuscript.Correction // what this one corrects, with its title
	CorrectedBy  *manuscript.Correction // what corrects this one, or is to
	Titles       map[int64]string       // of those two
	Frozen       *publish.Freeze
	Findings     []check.Finding
	Remarks      []Remarked // oldest first
	Names        map[int64]string
	WhyNot       map[string]error // per act: nil when this person may do it now
}

// Acts a View says WhyNot of.
var Acts = []string{"edit", "submit", "resubmit", "withdraw", "urge", "approve", "return", "refer", "consult", "reject", "proof", "sign", "object",
	"schedule", "unschedule", "take_down.ask", "take_down.confirm", "take_down.drop", "correct", "pin.ask", "pin.confirm", "pin.end", "remark", "remark.take", "remark.decline"}

// Open reads one manuscript as the actor may see it. no is a revision number, 0
// for the current one.
func (k *Desk) Open(ctx context.Context, actor org.Actor, id int64, no int) (*View, error) {
	var v *View
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.reading(tx, actor, id)
		if err != nil {
			return err
		}
		if no == 0 {
			no = a.m.RevisionNo
		}
		v, err = a.view(no)
		return err
	})
	return v, err
}

// Version answers the present version of a manuscript the actor may read.
func (k *Desk) Version(ctx context.Context, actor org.Actor, id int64) (version int64, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.reading(tx, actor, id)
		if err == nil {
			version = a.m.Version
		}
		return err
	})
	return version, err
}

func (a *act) view(no int) (v *View, err error) {
	v = &View{Manuscript: a.m}
	if v.Revision, err = manuscript.LoadRevision(a.tx, a.m.ID, no); err != nil {
		return nil, err
	}
	if v.Revisions, err = manuscript.Revisions(a.tx, a.m.ID); err != nil {
		return nil, err
	}
	if v.Unit, err = org.FindUnit(a.tx, a.m.UnitID); err != nil {
		return nil, err
	}
	if v.Organisation, err = org.FindUnit(a.tx, a.m.OrganisationID); err != nil {
		return nil, err
	}
	if v.Revision.Content.Section != "" {
		if v.Section, err = manuscript.FindSection(a.tx, a.m.OrganisationID, v.Revision.Content.Section); err != nil {
			return nil, err
		}
	}
	if v.Frozen, err = publish.FrozenNow(a.tx, a.m.OrganisationID); err != nil {
		return nil, err
	}
	if a.m.RunID != 0 {
		if err = a.loadRun(); err != nil {
			return nil, err
		}
		v.Run, v.Chain = a.run, a.def
		if step, ok := a.def.StepByID(a.run.Step); ok && !a.run.State.Closed() && a.run.State != workflow.StateReturned {
			v.Step = step
			if v.Deadline, err = a.desk.due(a.run, a.def); err != nil {
				return nil, err
			}
			if v.Waiting, err = a.holders(); err != nil {
				return nil, err
			}
		}
		if v.Publications, err = publish.OfManuscript(a.tx, a.m.ID); err != nil {
			return nil, err
		}
		if v.TakeDown, err = publish.LastTakeDown(a.tx, a.m.ID); err != nil {
			return nil, err
		}
	} else if v.Chain, err = a.desk.chain(&v.Revision.Content, ""); err == nil {
		a.def = v.Chain
	}
	if a.def != nil && (a.m.State == manuscript.Draft || a.m.State == manuscript.Returned || v.Step != nil) && v.Revision.Content.Ready() == nil {
		names := a.def.SubmitChecks
		if v.Step != nil {
			names = a.def.ChecksUpTo(v.Step.ID)
		}
		v.Findings, _ = a.check(names, &v.Revision.Content)
	}
	if err := a.corrections(v); err != nil {
		return nil, err
	}
	remarks, err := proof.Remarks(a.tx, a.m.ID)
	if err != nil {
		return nil, err
	}
	if v.Remarks, err = a.placed(remarks, v.Revision); err != nil {
		return nil, err
	}
	if v.WhyNot, err = a.whyNot(v); err != nil {
		return nil, err
	}
	v.WhyNot["remark"], v.WhyNot["remark.decline"], v.WhyNot["remark.take"] = a.mayRemark(), a.theirs(), v.WhyNot["edit"]
	if a.m.State == manuscript.InReview {
		v.WhyNot["remark.take"] = v.WhyNot["proof"]
	}
	if v.WhyNot["sign"] == nil {
		v.WhyNot["sign"] = unsettled(remarks)
	}
	v.Names, err = org.Names(a.tx, v.persons())
	return v, err
}

func (v *View) persons() []int64 {
	ids := append([]int64{v.DrafterID}, v.Waiting...)
	for _, r := range v.Revisions {
		ids = append(ids, r.AuthorID, r.ForID)
	}
	if v.Run != nil {
		for _, d := range v.Run.Acts {
			ids = append(ids, d.By, d.For)
		}
	}
	for _, r := range v.Remarks {
		ids = append(ids, r.By, r.For, r.DecidedBy, r.DecidedFor)
		for _, line := range r.Replies {
			ids = append(ids, line.By, line.For)
		}
	}
	for _, c := range []*manuscript.Correction{v.Corrects, v.CorrectedBy} {
		if c != nil {
			ids = append(ids, c.StartedBy)
		}
	}
	if p := v.Pin; p != nil {
		ids = append(ids, p.AskedBy, p.ConfirmedBy)
	}
	if t := v.TakeDown; t != nil {
		ids = append(ids, t.AskedBy, t.AskedFor, t.ConfirmedBy, t.ConfirmedFor)
	}
	return ids
}

// whyNot asks of every act what would be answered if it were tried now, short of
// what a form has still to say.
func (a *act) whyNot(v *View) (map[string]error, error) {
	out := map[string]error{}
	first := func(errs ...error) error {
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
	out["edit"] = first(a.require("manuscript.edit"), a.m.WhyNot(manuscript.Edit))
	out["submit"] = first(toDraft("manuscript.submit")(a), a.drafters(), a.m.WhyNot(manuscript.Submit), v.Revision.Content.Ready())
	out["schedule"] = first(a.require("manuscript.schedule"), a.scheduleFits())
	out["unschedule"] = first(a.require("manuscript.schedule"), a.m.WhyNot(manuscript.Unschedule))
	out["resubmit"] = a.m.WhyNot(manuscript.Resubmit)
	out["withdraw"] = a.m.WhyNot(manuscript.Withdraw)
	out["take_down.ask"] = first(a.require("take_down.ask"), publish.WhyNotAsk(a.tx, a.m))
	if out["take_down.confirm"] = a.require("take_down.confirm"); out["take_down.confirm"] == nil {
		out["take_down.confirm"] = publish.WhyNotConfirm(v.TakeDown, a.person())
	}
	out["take_down.drop"] = first(a.require("take_down.confirm"), publish.WhyNotDrop(v.TakeDown))
	if err := a.pins(v, out); err != nil {
		return nil, err
	}
	if out["correct"] = a.require("manuscript.create"); out["correct"] == nil {
		if out["correct"] = a.mayBeCorrected(); out["correct"] == nil && v.CorrectedBy != nil && a.m.State == manuscript.Published {
			other, err := manuscript.Load(a.tx, v.CorrectedBy.ManuscriptID)
			if err != nil {
				return nil, err
			}
			out["correct"] = manuscript.Occupied(other)
		}
	}
	if a.run == nil {
		for verb := range verbs {
			out[verb] = ErrNoRun
		}
		out["urge"] = ErrNoRun
		return out, nil
	}
	for name, verb := range map[string]workflow.Verb{"resubmit": workflow.Resubmit, "withdraw": workflow.Withdraw} {
		if out[name] == nil {
			act := map[string]string{"resubmit": "manuscript.submit", "withdraw": "manuscript.withdraw"}[name]
			if out[name] = toDraft(act)(a); out[name] != nil {
				continue
			}
			if a.m.State == manuscript.Signed {
				out[name] = a.mayWithdrawSigned()
			} else {
				out[name] = a.run.MayNot(a.def, workflow.Request{Verb: verb, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.run.Hash, NewHash: a.m.Hash})
			}
		}
	}
	if out["resubmit"] == nil {
		out["resubmit"] = a.sameChain(chainKind(&v.Revision.Content))
	}
	if out["urge"] = toDraft("manuscript.submit")(a); out["urge"] == nil {
		out["urge"] = a.mayUrge(v.Waiting)
	}
	entitled := a.requireStep()
	for name, verb := range verbs {
		if out[name] = entitled; entitled == nil {
			out[name] = a.run.MayNot(a.def, workflow.Request{Verb: verb, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.run.Hash, Authors: a.m.Authors})
		}
	}
	return out, nil
}

var verbs = map[string]workflow.Verb{"approve": workflow.Approve, "return": workflow.Return, "refer": workflow.Refer, "consult": workflow.Consult, "reject": workflow.Reject,
	"proof": workflow.Edit, "sign": workflow.Sign, "object": workflow.Object}

func (a *act) scheduleFits() error {
	if a.m.State != manuscript.Signed && a.m.State != manuscript.Scheduled {
		return manuscript.ErrState.With("state", string(a.m.State)).With("act", string(manuscript.Schedule))
	}
	if a.m.Disclosure != manuscript.Proactive {
		return publish.ErrWithheld
	}
	return nil
}

// Publications lists those of the actor's organisation, newest first.
func (k *Desk) Publications(ctx context.Context, actor org.Actor, w publish.Which) ([]*publish.Publication, error) {
	var out []*publish.Publication
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "publication.read")
		if err != nil {
			return err
		}
		out, err = publish.Recent(tx, a.actor.OrganisationID, w, 50)
		return err
	})
	return out, err
}

// Ways are how a held publication may go on besides as before; see
// ResumePublication.
func (k *Desk) Ways(p *publish.Publication) []string { return k.out.Ways(p) }

// Sections lists the columns of the actor's organisation.
func (k *Desk) Sections(ctx context.Context, actor org.Actor) ([]manuscript.Section, error) {
	var out []manuscript.Section
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "section.read")
		if err != nil {
			return err
		}
		out, err = manuscript.Sections(tx, a.actor.OrganisationID)
		return err
	})
	return out, err
}

// AddSection adds a column to the public site.
func (k *Desk) AddSection(ctx context.Context, actor org.Actor, s manuscript.Section) (manuscript.Section, error) {
	for _, f := range []struct {
		field string
		value *string
		max   int
	}{{"slug", &s.Slug, 60}, {"title", &s.Title, 60}, {"description", &s.Description, 400}, {"keywords", &s.Keywords, 200}, {"column_type", &s.ColumnType, 60}} {
		v, err := manuscript.Line(f.field, *f.value, f.max)
		if err != nil {
			return s, err
		}
		*f.value = v
	}
	if !slug.MatchString(s.Slug) {
		return s, ErrSlug.On("slug").With("slug", s.Slug)
	}
	if s.Title == "" {
		return s, manuscript.ErrTitle.On("title")
	}
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "section.write")
		if err != nil {
			return err
		}
		s.OrganisationID = a.actor.OrganisationID
		if err := manuscript.InsertSection(tx, &s); err != nil {
			return err
		}
		return a.recordOn("section:"+s.Slug, "section.added", map[string]any{"title": s.Title})
	})
	return s, err
}

// Units lists the units in which the actor may draft.
func (k *Desk) DraftUnits(ctx context.Context, actor org.Actor) ([]org.Unit, error) {
	var out []org.Unit
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		all, err := org.Units(tx, who.OrganisationID)
		if err != nil {
			return err
		}
		for _, u := range all {
			if _, err := k.authz.Require(who, authz.Domain{OrganisationID: u.OrganisationID, UnitID: u.ID}, "manuscript.create"); err == nil {
				out = append(out, u)
			}
		}
		return nil
	})
	return out, err
}

// Entitled answers the actor with posts when one of them allows an act on the
// organisation as a whole.
func (k *Desk) Entitled(ctx context.Context, actor org.Actor, name string) (who org.Actor, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, name)
		if err == nil {
			who = a.actor
		}
		return err
	})
	return who, err
}
