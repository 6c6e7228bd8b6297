package staff

import (
	"errors"
	"html/template"
	"slices"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/check"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// manuscriptPage is one manuscript as one person may see it, with what they may
// do about it.
type manuscriptPage struct {
	frame
	M         *manuscript.Manuscript
	C         manuscript.Content
	Shown     int // the revision shown
	Text      template.HTML
	Unit      string
	Drafter   string
	Section   string
	Class     string // of the state
	Steps     []mark
	StepTitle string
	Due       due
	Arrived   time.Time // when the open step opened
	Post      string    // whose move it is, and who holds it
	Waiting   []string
	Urged     bool // today
	RunState  workflow.State
	found
	Checked      bool // the automatic checks ran
	Timeline     []event
	Judge        *judge
	Sign         *signing // of who may sign now
	Can          map[string]bool
	Why          []string // one quiet line for each thing that cannot be done
	CanResume    bool
	Chains       []*workflow.Definition
	Usual        string // the chain a submission takes of itself
	Publications []publicationLine
	TakeDown     *takeDownLine
	Pin          *pinLine
	Corrects     *correctionLine
	CorrectedBy  *correctionLine
	Reasons      []string
	Revisions    []revisionLine
	Returned     string
	Frozen       string
	Simulated    bool
	MayRetry     bool
	Conflict     *conflict
	Changed      *changed // since it was judged before
	Remarks      []remarkLine
	Settled      []remarkLine
	Suggested    int    // suggestions neither taken nor declined
	Open         string // the part of the page a form came back to

	View        string // how the text is looked at
	Tabs        []tab
	Compared    *comparison   // in the views redline and side
	Second      template.HTML // the same redline, for the other side
	SecondTitle template.HTML
	Variant     *variant // in the view wechat
}

// judge is the decision form of the open step.
type judge struct {
	Step      string
	Primary   string // approve or sign
	Checklist []checkLine
	Can       map[string]bool
	Targets   []choice
	Gates     []choice
	Secrecy   bool
	Outcomes  []string
	Grounds   []string
	Publishes bool // a signature sends it to readers
	After     bool // 补签
	Confirm   bool // a signature needs a code
	NoCode    bool // and this person has nothing to confirm it with yet
}

type checkLine struct {
	N          int
	Gate, Text string
	Ticked     bool
}

type choice struct{ ID, Title string }

type event struct {
	Class, Verb, Step, Who, For string
	Target, Gate, Outcome       string
	Ground, Note                string
	Revision                    int
	At                          time.Time
	Round                       int
}

type revisionLine struct {
	No           int
	Who, Step    string
	Note, Hash   string
	At           time.Time
	Shown, Newer bool
}

type takeDownLine struct {
	Reason, Note, AskedBy string
	AskedAt               time.Time
	Open                  bool
}

// conflict says what changed since the page was opened.
type conflict struct {
	SeenRevision, Revision int
	Version                int64
	Hash                   string
	State, Step            string
	TextChanged            bool
	Last                   *event
}

func (s *Staff) manuscript(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	return s.manuscriptPage(v, id)
}

// manuscriptAgain shows the page to somebody whose act was refused.
func (s *Staff) manuscriptAgain(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	return s.manuscriptPage(v, id)
}

func (s *Staff) manuscriptPage(v *visit, id int64) error {
	no, err := v.number("revision")
	if err != nil {
		return err
	}
	open, err := s.Desk.Open(v.ctx, v.actor, id, int(no))
	if err != nil {
		return err
	}
	p := manuscriptPage{M: open.Manuscript, C: open.Revision.Content, Shown: open.Revision.No, Text: pictured(text(open.Revision.Content.Body), open.ID, open.Revision.No), Unit: open.Unit.Name,
		Drafter: open.Names[open.DrafterID], Section: open.Section.Title, Class: stateClass(string(open.State)), Reasons: publish.TakeDownReasons,
		Simulated: s.Simulated, MayRetry: s.mayAll(v, "publication.retry"), Returned: lastReturn(open), Can: map[string]bool{}}
	if p.frame, err = s.frame(v, "staff.manuscript"); err != nil {
		return err
	}
	p.Steps = steps(s, v, open)
	if open.Step != nil {
		p.StepTitle, p.Due, p.RunState = open.Step.Title, s.due(v.lang, open.Deadline, s.DB.Now()), open.Run.State
		p.Arrived, p.Post = open.Run.OpenedAt, open.Run.Post
		for _, id := range open.Waiting {
			p.Waiting = append(p.Waiting, open.Names[id])
		}
	}
	if open.Frozen != nil {
		p.Frozen = s.say(v.lang, open.Frozen.Reason, nil)
	}
	checked := open.Findings
	if v.refused != nil {
		if more, ok := v.refused.fault.Args["findings"].([]check.Finding); ok {
			checked = more
		}
		p.Open = v.Request.URL.Path
		if errors.Is(v.refused.fault, manuscript.ErrChanged) || errors.Is(v.refused.fault, workflow.ErrChanged) {
			p.Conflict = conflictOf(v, open, s)
		}
	}
	p.findings(s, v, checked)
	p.Checked = open.Findings != nil || p.M.State == manuscript.Draft || p.M.State == manuscript.Returned || p.M.State == manuscript.InReview
	p.Timeline = timeline(open)
	for _, pub := range open.Publications {
		p.Publications = append(p.Publications, s.publicationOf(v, pub))
	}
	for _, r := range open.Revisions {
		p.Revisions = append(p.Revisions, revisionLine{r.No, open.Names[r.AuthorID], stepTitle(open, r.Step), r.Note, r.Hash, r.CreatedAt, r.No == p.Shown, r.No > p.Shown})
	}
	slices.Reverse(p.Revisions)
	p.Corrects, p.CorrectedBy = correctionOf(open)
	if pin := open.Pin; pin != nil {
		p.Pin = &pinLine{pin.Reason, open.Names[pin.AskedBy], open.Names[pin.ConfirmedBy], pin.Until.Add(-time.Second), pin.Open()}
	}
	if t := open.TakeDown; t != nil {
		p.TakeDown = &takeDownLine{t.Reason, t.Note, open.Names[t.AskedBy], t.AskedAt, t.Open()}
	}
	if p.Shown == p.M.RevisionNo {
		p.Changed = changedSince(open)
		p.may(s, v, open)
	}
	p.remarked(v, open)
	if err := p.views(s, v, open); err != nil {
		return err
	}
	v.Header("Content-Security-Policy", framed)
	s.render(v.Context, v.status(), "manuscript", p)
	return nil
}

// steps draws the chain with where the manuscript stands.
func steps(s *Staff, v *visit, open *review.View) []mark {
	if open.Chain == nil {
		return nil
	}
	at, state := 0, open.State // 0 is drafting
	for i := range open.Chain.Steps {
		if open.Step != nil && open.Chain.Steps[i].ID == open.Step.ID {
			at = i + 1
		}
	}
	n := len(open.Chain.Steps)
	switch state {
	case manuscript.Signed, manuscript.Scheduled, manuscript.Publishing:
		at = n + 1
	case manuscript.Published, manuscript.TakenDown, manuscript.Corrected:
		at = n + 2
	}
	class := func(i int) string {
		switch {
		case i < at:
			return "d"
		case i == at && (state == manuscript.Returned || state == manuscript.Rejected || state == manuscript.Withdrawn):
			return "x"
		case i == at:
			return "c"
		}
		return ""
	}
	out := []mark{{s.say(v.lang, "staff.step.draft", nil), class(0)}}
	for i, st := range open.Chain.Steps {
		out = append(out, mark{st.Title, class(i + 1)})
	}
	last := "staff.step.publish"
	if state == manuscript.TakenDown || state == manuscript.Corrected {
		last = "word." + string(state)
	}
	out = append(out, mark{s.say(v.lang, last, nil), class(n + 1)})
	for _, st := range open.Chain.AfterPublish {
		c := ""
		if open.Step != nil && open.Step.ID == st.ID {
			c = "c"
		} else if _, ok := lastAct(open, st.ID, workflow.Approve, workflow.Object); ok {
			c = "d"
		}
		out = append(out, mark{st.Title, c})
	}
	return out
}

// may fills in what this person can do now, and in one line each why the rest of
// what belongs here cannot be done.
func (p *manuscriptPage) may(s *Staff, v *visit, open *review.View) {
	for act, why := range open.WhyNot {
		p.Can[act] = why == nil
	}
	p.Urged = errors.Is(open.WhyNot["urge"], review.ErrUrged)
	p.CanResume = open.Run != nil && open.Run.Hash == open.Hash
	if p.Can["submit"] && open.Chain != nil {
		p.Usual = open.Chain.Title
	}
	if p.Can["submit"] && open.Corrects == nil {
		for _, def := range s.Library.All() {
			if len(def.AppliesTo) == 0 || slices.Contains(def.AppliesTo, open.Kind) {
				p.Chains = append(p.Chains, def)
			}
		}
	}
	if open.Step != nil && open.Run != nil {
		p.Judge = s.judgeOf(v, open)
	}
	if p.Judge != nil && p.Judge.Can["sign"] {
		p.Sign = p.signing()
	}
	var belongs []string
	switch own := open.DrafterID == v.actor.PersonID; open.State {
	case manuscript.Draft:
		belongs = []string{"edit", "submit"}
	case manuscript.Returned:
		belongs = []string{"edit", "resubmit"}
	case manuscript.Withdrawn:
		belongs = []string{"edit"}
	case manuscript.InReview:
		belongs = []string{"approve"}
		if open.Step != nil && open.Step.Does(workflow.ActSign) {
			belongs = []string{"sign"}
		}
		if own {
			belongs = append(belongs, "withdraw")
		}
	case manuscript.Signed:
		belongs = []string{"schedule"}
	case manuscript.Scheduled:
		belongs = []string{"unschedule"}
	case manuscript.Published, manuscript.Publishing:
		belongs = []string{"take_down.ask"}
		if open.TakeDown != nil && open.TakeDown.Open() {
			belongs = []string{"take_down.confirm"}
		}
	}
	for _, act := range belongs {
		why := open.WhyNot[act]
		if why == nil {
			continue
		}
		line := s.ProblemOf(v.Context, why).Title
		if f, ok := fault.From(why); ok && f.Is(authz.ErrForbidden) {
			if line = ""; open.Step != nil && (act == "approve" || act == "sign") {
				line = s.say(v.lang, "staff.why.post", map[string]any{"step": open.Step.Title, "post": open.Step.Post})
			}
		}
		if line != "" && !slices.Contains(p.Why, line) {
			p.Why = append(p.Why, line)
		}
	}
}

// judgeOf is the form of the open step, nil when this person may not judge.
func (s *Staff) judgeOf(v *visit, open *review.View) *judge {
	step := open.Step
	j := &judge{Step: step.Title, Primary: "approve", Can: map[string]bool{}, Secrecy: step.Does(workflow.ActConfidentiality), Grounds: workflow.Grounds,
		Outcomes: []string{workflow.OutcomeNo, workflow.OutcomeApply}, After: open.Run.State == workflow.StateAfterPublish,
		Publishes: len(open.Chain.Publish) > 0 && open.Disclosure == manuscript.Proactive}
	if step.Does(workflow.ActSign) {
		j.Primary = "sign"
	}
	some := false
	for _, verb := range []string{"approve", "return", "refer", "consult", "reject", "sign", "object", "proof"} {
		j.Can[verb] = open.WhyNot[verb] == nil
		some = some || j.Can[verb]
	}
	if !some {
		return nil
	}
	if j.Confirm = j.Can["sign"] && s.Desk.ConfirmSignatures; j.Confirm {
		may, err := s.mayConfirm(v)
		j.NoCode = err == nil && !may
	}
	var ticked []string
	if v.refused != nil {
		ticked = v.form["checklist"]
	}
	j.Checklist = points(open, ticked)
	for _, id := range step.ReturnTo {
		j.Targets = append(j.Targets, choice{id, s.placeTitle(v, open, id)})
	}
	for _, g := range open.Chain.Gates {
		j.Gates = append(j.Gates, choice(g))
	}
	return j
}

// placeTitle names a step, or the drafter.
func (s *Staff) placeTitle(v *visit, open *review.View, id string) string {
	if id == workflow.Draft {
		return s.say(v.lang, "staff.to_drafter", map[string]any{"name": open.Names[open.DrafterID]})
	}
	return stepTitle(open, id)
}

func stepTitle(open *review.View, id string) string {
	if open.Chain != nil {
		if st, ok := open.Chain.StepByID(id); ok {
			return st.Title
		}
	}
	return id
}
