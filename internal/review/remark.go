package review

import (
	"context"
	"slices"
	"strings"

	"gongkai/internal/authz"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/proof"
	"gongkai/internal/workflow"
)

// ErrSuggestions keeps a text from being signed while somebody's suggestion on it
// is neither taken nor declined.
var ErrSuggestions = fault.New(fault.Conflict, "review.suggestions_open")

// Remarked is a remark with the place in the shown revision it is about: an
// orphan when it is settled or its words cannot be found.
type Remarked struct {
	*proof.Remark
	Place proof.Place
}

// Quote names words of a revision; what stands around them is needed only when
// they are there more than once.
type Quote struct {
	Revision int // 0 for the current one
	Words    string
	Prefix   string
	Suffix   string
}

// Remark adds a comment or suggestion to words of a revision. It changes nothing
// of what is judged, so it neither voids what others have seen nor makes its
// writer an author.
func (k *Desk) Remark(ctx context.Context, actor org.Actor, id int64, q Quote, r proof.Remark) (*proof.Remark, error) {
	_, err := k.lock(ctx, actor, id, func(a *act) (err error) {
		if err = a.mayRemark(); err != nil {
			return err
		}
		if r.Text, err = manuscript.Note("text", r.Text, 1000); err != nil {
			return err
		}
		if r.Replacement, err = manuscript.Note("replacement", r.Replacement, 2000); err != nil {
			return err
		}
		all, err := proof.Remarks(a.tx, a.m.ID)
		if err != nil {
			return err
		}
		if len(all) >= proof.MostRemarks {
			return proof.ErrRemarksFull.With("max", proof.MostRemarks)
		}
		r.ManuscriptID, r.By, r.For, r.At, r.State = a.m.ID, a.actor.PersonID, a.as.For, a.tx.Now(), proof.Open
		if err := a.anchor(&r, q); err != nil {
			return err
		}
		if err := r.Sound(); err != nil {
			return err
		}
		if err := proof.InsertRemark(a.tx, &r); err != nil {
			return err
		}
		if err := a.mention([]int64{a.m.DrafterID}, "notice.remarked"); err != nil {
			return err
		}
		return a.record("remark.added", a.m.State, a.about(&r))
	})
	return &r, err
}

// anchor ties a remark to the quoted words, refusing words that are not in the
// revision or may be several.
func (a *act) anchor(r *proof.Remark, q Quote) error {
	words, err := manuscript.Note("quote", q.Words, 500)
	if err != nil {
		return err
	}
	if q.Revision == 0 {
		q.Revision = a.m.RevisionNo
	}
	rev, err := manuscript.LoadRevision(a.tx, a.m.ID, q.Revision)
	if err != nil {
		return err
	}
	anchor, n := proof.Read(rev.Content.Body).Find(words, q.Prefix, q.Suffix)
	switch {
	case n == 0:
		return proof.ErrQuoteUnknown.On("quote")
	case n > 1:
		return proof.ErrQuoteAmbiguous.On("quote").With("count", n)
	}
	r.Revision, r.Anchor = q.Revision, anchor
	return nil
}

func (a *act) about(all ...*proof.Remark) map[string]any {
	ids := make([]int64, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return map[string]any{"remarks": ids}
}

// mayRemark entitles those who may judge the open step or edit the draft.
func (a *act) mayRemark() error {
	if err := a.require("manuscript.remark"); err != nil {
		return err
	}
	if a.m.State != manuscript.InReview && a.m.WhyNot(manuscript.Edit) != nil {
		return manuscript.ErrState.With("state", string(a.m.State)).With("act", "remark")
	}
	err := a.require("manuscript.edit")
	if err == nil || a.m.State != manuscript.InReview {
		return err
	}
	return a.atStep()
}

// atStep is requireStep for acts that need not have seen the newest.
func (a *act) atStep() error {
	if a.run == nil {
		if err := a.loadRun(); err != nil {
			return err
		}
	}
	return a.requireStep()
}

// theirs says that the text lies with the actor: a draft they may edit, or a step
// they may decide (SOD-1).
func (a *act) theirs() error {
	if err := a.require("manuscript.remark"); err != nil {
		return err
	}
	if a.m.State != manuscript.InReview {
		if err := a.m.WhyNot(manuscript.Edit); err != nil {
			return manuscript.ErrState.With("state", string(a.m.State)).With("act", "remark")
		}
		return a.require("manuscript.edit")
	}
	if err := a.atStep(); err != nil {
		return err
	}
	verb := workflow.Approve
	if step, ok := a.def.StepByID(a.run.Step); ok && step.Does(workflow.ActSign) {
		verb = workflow.Sign
	}
	return a.run.MayNot(a.def, workflow.Request{Verb: verb, Actor: a.workflowActor(), Version: a.run.Version, Hash: a.run.Hash, Authors: a.m.Authors})
}

func (a *act) wrote(r *proof.Remark) bool {
	return r.By == a.actor.PersonID || r.For == a.actor.PersonID
}

// chosen loads the named remarks of the manuscript, each once.
func (a *act) chosen(ids []int64) ([]*proof.Remark, error) {
	all, err := proof.Remarks(a.tx, a.m.ID)
	if err != nil {
		return nil, err
	}
	var out []*proof.Remark
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		i := slices.IndexFunc(all, func(r *proof.Remark) bool { return r.ID == id })
		if i < 0 {
			return nil, proof.ErrRemarkUnknown.With("id", id)
		}
		out = append(out, all[i])
	}
	if len(out) == 0 {
		return nil, proof.ErrNoneChosen.On("remark")
	}
	return out, nil
}

// onRemarks is lock for acts on remarks that change no text. may is asked once
// and then of each remark.
func (k *Desk) onRemarks(ctx context.Context, actor org.Actor, id int64, ids []int64, action string, may func(a *act, r *proof.Remark) error, fn func(a *act, r *proof.Remark) error) error {
	_, err := k.lock(ctx, actor, id, func(a *act) error {
		if err := a.require("manuscript.remark"); err != nil {
			return err
		}
		all, err := a.chosen(ids)
		if err != nil {
			return err
		}
		for _, r := range all {
			if err := may(a, r); err != nil {
				return err
			}
			if err := fn(a, r); err != nil {
				return err
			}
			if err := proof.SaveRemark(a.tx, r); err != nil {
				return err
			}
		}
		if err := a.mentionRemarks(action, all); err != nil {
			return err
		}
		return a.record(action, a.m.State, a.about(all...))
	})
	return err
}

// mentionRemarks tells those who talked under remarks, and the drafter, of an
// answer; those who wrote them of what became of them.
func (a *act) mentionRemarks(action string, all []*proof.Remark) error {
	code := "notice.remark_settled"
	var who []int64
	for _, r := range all {
		who = append(who, r.By, r.For)
		if action != "remark.answered" {
			continue
		}
		code, who = "notice.remark_answered", append(who, a.m.DrafterID)
		for _, line := range r.Replies {
			who = append(who, line.By, line.For)
		}
	}
	if action == "remark.reanchored" {
		return nil
	}
	return a.mention(who, code)
}

// Answer adds a line under a remark.
func (k *Desk) Answer(ctx context.Context, actor org.Actor, id, remark int64, text string) error {
	return k.onRemarks(ctx, actor, id, []int64{remark}, "remark.answered", mayTalk, func(a *act, r *proof.Remark) error {
		text, err := manuscript.Note("text", text, 500)
		if err != nil {
			return err
		}
		return r.Reply(proof.Reply{By: a.actor.PersonID, For: a.as.For, At: a.tx.Now(), Text: text})
	})
}

// Reanchor ties an open remark to other words, when its own cannot be found any
// more.
func (k *Desk) Reanchor(ctx context.Context, actor org.Actor, id, remark int64, q Quote) error {
	return k.onRemarks(ctx, actor, id, []int64{remark}, "remark.reanchored", mayTalk, func(a *act, r *proof.Remark) error {
		if r.State != proof.Open {
			return proof.ErrRemarkState.With("state", string(r.State))
		}
		if err := a.anchor(r, q); err != nil {
			return err
		}
		return r.Sound()
	})
}

// mayTalk lets who wrote a remark go on with it when the step is no longer theirs.
func mayTalk(a *act, r *proof.Remark) error {
	if a.wrote(r) {
		return nil
	}
	return a.mayRemark()
}

// Decline answers suggestions with no. It is for those with whom the text lies.
func (k *Desk) Decline(ctx context.Context, actor org.Actor, id int64, remarks []int64, reason string) error {
	return k.onRemarks(ctx, actor, id, remarks, "remark.declined", func(a *act, _ *proof.Remark) error { return a.theirs() }, func(a *act, r *proof.Remark) error {
		reason, err := manuscript.Note("note", reason, 500)
		if err != nil {
			return err
		}
		return r.Decide(proof.Declined, a.actor.PersonID, a.as.For, reason, a.tx.Now())
	})
}

// Close settles comments, or takes one's own remarks back.
func (k *Desk) Close(ctx context.Context, actor org.Actor, id int64, remarks []int64) error {
	may := func(a *act, r *proof.Remark) error {
		switch {
		case a.wrote(r):
			return nil
		case r.Kind == proof.Suggestion:
			return authz.ErrForbidden.With("act", "manuscript.remark")
		}
		return a.theirs()
	}
	return k.onRemarks(ctx, actor, id, remarks, "remark.closed", may, func(a *act, r *proof.Remark) error {
		return r.Decide(proof.Closed, a.actor.PersonID, a.as.For, "", a.tx.Now())
	})
}

// Take puts suggested words into the text, all of them in one revision or none.
// It is an edit of the draft, or at a proof step a correction, by whoever takes
// them; who suggested them is no editor. The old words must stand in the text.
func (k *Desk) Take(ctx context.Context, actor org.Actor, id int64, seen manuscript.Seen, remarks []int64, note string) (*manuscript.Manuscript, error) {
	note, err := manuscript.Note("note", note, 500)
	if err != nil {
		return nil, err
	}
	mayChange := func(a *act) error {
		if a.m.State == manuscript.InReview {
			return toJudge(a)
		}
		return a.require("manuscript.edit")
	}
	return k.on(ctx, actor, id, seen, mayChange, func(a *act) error {
		all, err := a.chosen(remarks)
		if err != nil {
			return err
		}
		rev, err := manuscript.LoadRevision(a.tx, a.m.ID, a.m.RevisionNo)
		if err != nil {
			return err
		}
		placed, err := a.placed(all, rev)
		if err != nil {
			return err
		}
		var changes []proof.Change
		for _, r := range placed {
			if err := r.Decide(proof.Taken, a.actor.PersonID, a.as.For, "", a.tx.Now()); err != nil {
				return err
			}
			if !r.Place.Stands() {
				return proof.ErrRemarkGone.On("remark").With("quote", r.Brief())
			}
			changes = append(changes, proof.Change{Place: r.Place, Words: r.Replacement})
		}
		c, before := rev.Content, a.m.State
		if c.Body, err = proof.Replace(c.Body, changes); err != nil {
			return err
		}
		if before == manuscript.InReview {
			err = a.proof(c.Body, note)
		} else {
			err = a.edit(c, note)
		}
		if err != nil {
			return err
		}
		for _, r := range all {
			if err := proof.SaveRemark(a.tx, r); err != nil {
				return err
			}
		}
		if err := a.mentionRemarks("remark.taken", all); err != nil {
			return err
		}
		return a.record("remark.taken", before, a.about(all...))
	})
}

// placed finds where in a revision the open ones of the remarks are.
func (a *act) placed(all []*proof.Remark, rev *manuscript.Revision) ([]Remarked, error) {
	out := make([]Remarked, len(all))
	text := proof.Read(rev.Content.Body)
	carried := map[int][]int{}
	for i, r := range all {
		if out[i].Remark = r; r.State != proof.Open {
			continue
		}
		anchor := r.Anchor
		if r.Revision != rev.No {
			if _, ok := carried[r.Revision]; !ok {
				old, err := manuscript.LoadRevision(a.tx, a.m.ID, r.Revision)
				if err != nil {
					return nil, err
				}
				carried[r.Revision] = proof.Carry(old.Content.Body, rev.Content.Body)
			}
			if lines := carried[r.Revision]; anchor.Block < len(lines) {
				anchor.Block = lines[anchor.Block]
			}
		}
		out[i].Place = text.Resolve(anchor)
	}
	return out, nil
}

// unsettled refuses to sign over open suggestions, saying how many and where.
func unsettled(all []*proof.Remark) error {
	open := proof.OpenSuggestions(all)
	if len(open) == 0 {
		return nil
	}
	var where []string
	for _, r := range open[:min(len(open), 3)] {
		where = append(where, "“"+r.Brief()+"”")
	}
	return ErrSuggestions.With("count", len(open)).With("where", strings.Join(where, " "))
}
