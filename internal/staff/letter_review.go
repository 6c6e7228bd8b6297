package staff

import (
	"fmt"
	"strconv"

	"gongkai/internal/db"
	"gongkai/internal/foi"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

// letterWay is an answer on its chain, on its page.
type letterWay struct {
	Steps    []mark
	Step     string
	Post     string
	Waiting  []string
	Due      due
	Judge    *judge
	Run      int64
	Returned string
	Timeline []event
	Recall   bool
	Sent     bool // it lies with its judges
}

func (s *Staff) letterWay(v *visit, l *foi.Document) (*letterWay, error) {
	w, err := s.FOI.Way(v.ctx, v.actor, l.ID)
	if err != nil || w == nil {
		return nil, err
	}
	ids := append([]int64{w.Run.Drafter}, w.Waiting...)
	for _, a := range w.Run.Acts {
		ids = append(ids, a.By, a.For)
	}
	var names map[int64]string
	if err := s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { names, err = org.Names(tx, ids); return err }); err != nil {
		return nil, err
	}
	p := &letterWay{Run: w.Run.Version, Recall: w.Recall, Sent: !w.Run.State.Closed() && w.Run.State != workflow.StateReturned, Due: s.due(v.lang, w.Deadline, s.DB.Now())}
	for _, id := range w.Waiting {
		p.Waiting = append(p.Waiting, names[id])
	}
	at := 0
	for i, st := range w.Chain.Steps {
		if w.Step != nil && st.ID == w.Step.ID {
			at = i + 1
		}
	}
	if w.Run.State == workflow.StateFinished {
		at = len(w.Chain.Steps) + 1
	}
	class := func(i int) string {
		switch {
		case i < at:
			return "d"
		case i > at:
			return ""
		case p.Sent || at > 0:
			return "c"
		}
		return "x"
	}
	p.Steps = []mark{{s.say(v.lang, "staff.step.draft", nil), class(0)}}
	title := func(id string) string {
		if st, ok := w.Chain.StepByID(id); ok {
			return st.Title
		}
		return id
	}
	for i, st := range w.Chain.Steps {
		p.Steps = append(p.Steps, mark{st.Title, class(i + 1)})
	}
	for i := len(w.Run.Acts) - 1; i >= 0; i-- {
		a := w.Run.Acts[i]
		e := event{Verb: "staff.event." + string(a.Verb), Who: names[a.By], Note: a.Note, At: a.At, Round: a.Round, Outcome: a.Outcome}
		if a.For != 0 {
			e.For = names[a.For]
		}
		if a.Step != workflow.Draft {
			e.Step = title(a.Step)
		}
		e.Gate, _ = w.Chain.GateTitle(a.Gate)
		switch {
		case a.Verb == workflow.Return:
			e.Class, e.Target = "x", "drafter"
			if a.Target != workflow.Draft {
				e.Target = title(a.Target)
			}
			if w.Run.State == workflow.StateReturned && p.Returned == "" {
				p.Returned = a.Note
			}
		case a.Step == workflow.Draft:
			e.Class = "b"
		}
		p.Timeline = append(p.Timeline, e)
	}
	if w.Step != nil {
		p.Step, p.Post = w.Step.Title, w.Run.Post
		p.Judge = s.letterJudge(v, w, names, title)
	}
	return p, nil
}

// letterJudge is the form of the open step, nil when this person may not judge.
func (s *Staff) letterJudge(v *visit, w *foi.Way, names map[int64]string, title func(string) string) *judge {
	j := &judge{Step: w.Step.Title, Primary: "approve", Can: map[string]bool{}}
	some := false
	for verb, may := range w.Can {
		j.Can[string(verb)] = may
		some = some || may
	}
	if !some {
		return nil
	}
	if w.Step.Does(workflow.ActSign) {
		j.Primary = "sign"
	}
	if j.Confirm = j.Can["sign"] && s.FOI.ConfirmSignatures; j.Confirm {
		may, err := s.mayConfirm(v)
		j.NoCode = err == nil && !may
	}
	var ticked []string
	if v.refused != nil {
		ticked = v.form["checklist"]
	}
	j.Checklist = pointsOf(w.Chain, w.Step, ticked)
	for _, id := range w.Step.ReturnTo {
		to := choice{id, title(id)}
		if id == workflow.Draft {
			to.Title = s.say(v.lang, "staff.to_drafter", map[string]any{"name": names[w.Run.Drafter]})
		}
		j.Targets = append(j.Targets, to)
	}
	for _, g := range w.Chain.Gates {
		j.Gates = append(j.Gates, choice(g))
	}
	return j
}

// judgedLetter is judged for the answer to a request.
func (s *Staff) judgedLetter(v *visit) (err error) {
	if workflow.Verb(v.form.Get("verb")) == workflow.Sign && s.FOI.ConfirmSignatures {
		if v.confirmation, err = s.Org.PrepareConfirmation(v.ctx, v.actor, v.form.Get("code")); err != nil {
			return err
		}
	}
	return s.taken(v, on(s.decideLetter), s.letterAgain)
}

func (s *Staff) decideLetter(v *visit, id int64) (done, error) {
	if gate := v.form.Get("return_for"); gate != "" { // a button says both
		v.form.Set("verb", string(workflow.Return))
		v.form.Set("gate", gate)
	}
	j := foi.Judgement{Run: v.whole("run"), Hash: v.form.Get("hash"), Verb: workflow.Verb(v.form.Get("verb")), Note: v.form.Get("note"), Confirmation: v.confirmation}
	for _, n := range v.form["checklist"] {
		i, err := strconv.Atoi(n)
		if err != nil {
			return done{}, workflow.ErrChecklist.On("checklist").With("lines", 0)
		}
		j.Checklist = append(j.Checklist, i)
	}
	switch j.Verb {
	case workflow.Return:
		j.Target, j.Gate = v.form.Get("target"), v.form.Get("gate")
	case workflow.Sign:
		if v.form.Get("read") == "" {
			return done{}, errRead.On("read")
		}
	}
	if _, err := s.FOI.Decide(v.ctx, v.actor, id, j); err != nil {
		return done{}, err
	}
	to := fmt.Sprintf("/foi/letters/%d", id)
	if j.Verb == workflow.Sign {
		return done{to, "letter_signed"}, nil
	}
	return done{to, string(j.Verb)}, nil
}

func (s *Staff) recallLetter(v *visit, id int64) (done, error) {
	_, err := s.FOI.Recall(v.ctx, v.actor, id, v.whole("version"))
	return done{fmt.Sprintf("/foi/letters/%d", id), "letter_recalled"}, err
}

// letterTasks are the answers that wait for the visitor, read once a visit.
func (s *Staff) letterTasks(v *visit) []foi.Task {
	if v.letters == nil && (s.mayAny(v, "foi.review") || s.mayAny(v, "foi.confidentiality") || s.mayAny(v, "foi.sign")) {
		v.letters, _ = s.FOI.Tasks(v.ctx, v.actor) // a count that cannot be had hides no page
	}
	return v.letters
}

// letterLine is one answer in the work list.
type letterLine struct {
	ID             int64
	Number, Wanted string
	Code           foi.Code
	Step           string
	Sign           bool
	Arrived        string
	Due            due // of the step
	Answer         due // of the request
}

func (s *Staff) letterLines(v *visit) (all []letterLine) {
	for _, t := range s.letterTasks(v) {
		all = append(all, letterLine{t.Letter.ID, t.Number, t.Wanted, t.Letter.Code, t.Step.Title, t.Step.Does(workflow.ActSign), dated(t.Run.OpenedAt, "2006-01-02 15:04"),
			s.due(v.lang, t.Deadline, s.DB.Now()), s.foiDue(v, t.Clock)})
	}
	return all
}
