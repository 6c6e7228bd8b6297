package staff

import (
	"slices"
	"strconv"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

type listPage struct {
	frame
	Tab     string // tasks, mine or register
	Waiting int
	Tasks   []taskLine
	Items   []itemLine
	States  []manuscript.State // the filter of the register
	State   string
	MayRead bool
	MayNew  bool
	Next    string

	Letters []letterLine // answers to requests

	Together bool // some of the tasks may be approved together

	Parts  []partTab
	Choice waiting
	Kinds  []string
	Units  []choice
	Cut    bool // more waits than is counted here
}

type taskLine struct {
	ID       int64
	Title    string
	Section  string
	Kind     string
	Step     string
	At, Of   int
	Dots     []string
	Drafter  string
	Unit     string
	Arrived  time.Time
	Due      due
	Own      bool
	RunState workflow.State
	Sign     bool
	Together bool // it may be approved with others
	Round    int
}

type itemLine struct {
	ID       int64
	Title    string
	Section  string
	Kind     string
	State    string
	Class    string
	Drafter  string
	Unit     string
	Revision int
	Updated  time.Time
	IndexNo  string
	Step     string // where it stands in review, whose move it is, and until when
	Post     string
	Due      due
}

const pageSize = 50

// names are what lists say instead of ids.
type names struct {
	people   map[int64]string
	units    map[int64]string
	sections map[int64]string
}

func (s *Staff) namesOf(v *visit, persons []int64) (n names, err error) {
	n = names{units: map[int64]string{}, sections: map[int64]string{}}
	err = s.DB.Read(v.ctx, func(tx *db.Tx) (err error) {
		if n.people, err = org.Names(tx, persons); err != nil {
			return err
		}
		units, err := org.Units(tx, v.actor.OrganisationID)
		if err != nil {
			return err
		}
		for _, u := range units {
			n.units[u.ID] = u.Name
		}
		sections, err := manuscript.Sections(tx, v.actor.OrganisationID)
		for _, x := range sections {
			n.sections[x.ID] = x.Title
		}
		return err
	})
	return n, err
}

func (s *Staff) list(v *visit, tab string) (p listPage, err error) {
	if p.frame, err = s.frame(v, "staff."+tab); err != nil {
		return p, err
	}
	p.Tab, p.MayRead, p.MayNew = tab, s.mayAny(v, "manuscript.read"), s.mayAny(v, "manuscript.create")
	for _, g := range p.Menu {
		for _, i := range g.Items {
			if i.Path == "/tasks" {
				p.Waiting = i.Count
			}
		}
	}
	return p, nil
}

// tasks lists what waits for a person. The first window of it is counted by
// parts, narrowed and sorted by due time; what lies beyond is paged by arrival.
func (s *Staff) tasks(v *visit) error {
	w, err := v.waiting()
	if err != nil {
		return err
	}
	afterAt, err := v.number("after_at")
	if err != nil {
		return err
	}
	afterID, err := v.number("after_id")
	if err != nil {
		return err
	}
	if afterID != 0 {
		return s.tasksBeyond(v, workflow.Cursor{OpenedAt: micros(afterAt), ID: afterID})
	}
	all, err := s.Desk.Tasks(v.ctx, v.actor, workflow.Cursor{}, window)
	if err != nil {
		return err
	}
	v.waits = all
	p, err := s.list(v, "tasks")
	if err != nil {
		return err
	}
	back, err := s.Desk.Returned(v.ctx, v.actor)
	if err != nil {
		return err
	}
	n, err := s.namesOfTasks(v, all)
	if err != nil {
		return err
	}
	p.Choice, p.Parts = w, s.parts(all, w, len(back))
	if w.Show != showProof && w.Show != showReturned && !w.Narrowed() {
		p.Letters = s.letterLines(v)
	}
	if w.Show == showReturned {
		if err := s.itemLines(v, &p, back); err != nil {
			return err
		}
		s.render(v.Context, v.status(), "worklist", p)
		return nil
	}
	p.Kinds, p.Units = choices(all, n)
	shown := s.chosen(all, w, n)
	first := (w.Page - 1) * pageSize
	if first >= len(shown) {
		first = 0
	}
	s.taskLines(v, &p, shown[first:min(first+pageSize, len(shown))], n)
	switch {
	case first+pageSize < len(shown):
		p.Next = w.address(w.Show, w.Page+1)
	case len(all) == window && w.Show == showAll && !w.Narrowed():
		p.Next = beyond(all, window)
	}
	p.Cut = len(all) == window
	s.render(v.Context, v.status(), "worklist", p)
	return nil
}

func (s *Staff) tasksBeyond(v *visit, after workflow.Cursor) error {
	all, err := s.Desk.Tasks(v.ctx, v.actor, after, pageSize)
	if err != nil {
		return err
	}
	p, err := s.list(v, "tasks")
	if err != nil {
		return err
	}
	n, err := s.namesOfTasks(v, all)
	if err != nil {
		return err
	}
	s.taskLines(v, &p, all, n)
	p.Next = beyond(all, pageSize)
	s.render(v.Context, v.status(), "worklist", p)
	return nil
}

// beyond is the address of what waits after a full page, by arrival.
func beyond(all []review.Task, full int) string {
	if len(all) < full {
		return ""
	}
	last := all[len(all)-1].Cursor
	return "/tasks?after_at=" + strconv.FormatInt(last.OpenedAt.UnixMicro(), 10) + "&after_id=" + strconv.FormatInt(last.ID, 10)
}

func (s *Staff) namesOfTasks(v *visit, all []review.Task) (names, error) {
	persons := make([]int64, len(all))
	for i, t := range all {
		persons[i] = t.Manuscript.DrafterID
	}
	return s.namesOf(v, persons)
}

func (s *Staff) taskLines(v *visit, p *listPage, all []review.Task, n names) {
	for _, t := range all {
		m := t.Manuscript
		p.Tasks = append(p.Tasks, taskLine{ID: m.ID, Title: m.Title, Section: n.sections[m.SectionID], Kind: m.Kind, Step: t.Step.Title, At: t.At + 1, Of: t.Steps + 2,
			Dots: dots(t.At, t.Steps), Drafter: n.people[m.DrafterID], Unit: n.units[m.UnitID], Arrived: t.Run.OpenedAt, Due: s.due(v.lang, t.Deadline, s.DB.Now()),
			Own: t.Own, RunState: t.Run.State, Sign: t.Step.Does(workflow.ActSign), Round: m.Round,
			Together: !t.Own && t.Run.State == workflow.StateOpen && !t.Step.Does(workflow.ActSign) && !t.Step.Does(workflow.ActConfidentiality)})
		p.Together = p.Together || p.Tasks[len(p.Tasks)-1].Together
	}
}

// afterItem is the place a page of manuscripts goes on from.
func (v *visit) afterItem() (manuscript.Cursor, error) {
	before, err := v.number("before")
	if err != nil {
		return manuscript.Cursor{}, err
	}
	id, err := v.number("before_id")
	return manuscript.Cursor{UpdatedAt: micros(before), ID: id}, err
}

func (s *Staff) mine(v *visit) error {
	after, err := v.afterItem()
	if err != nil {
		return err
	}
	all, err := s.Desk.Mine(v.ctx, v.actor, after)
	if err != nil {
		return err
	}
	return s.items(v, "mine", all)
}

// registerStates are the choices of the register's filter.
var registerStates = []manuscript.State{manuscript.Draft, manuscript.InReview, manuscript.Returned, manuscript.Signed, manuscript.Scheduled,
	manuscript.Publishing, manuscript.Published, manuscript.Corrected, manuscript.TakenDown, manuscript.Withdrawn, manuscript.Rejected}

func (s *Staff) register(v *visit) error {
	after, err := v.afterItem()
	if err != nil {
		return err
	}
	var states []manuscript.State
	if st := manuscript.State(v.Query("state")); slices.Contains(registerStates, st) {
		states = append(states, st)
	}
	all, err := s.Desk.Register(v.ctx, v.actor, states, after)
	if err != nil {
		return err
	}
	return s.items(v, "register", all)
}

func (s *Staff) items(v *visit, tab string, all []*manuscript.Manuscript) error {
	p, err := s.list(v, tab)
	if err != nil {
		return err
	}
	if err := s.itemLines(v, &p, all); err != nil {
		return err
	}
	p.States, p.State = registerStates, v.Query("state")
	if len(all) == pageSize {
		last := all[pageSize-1]
		p.Next = "/" + tab + "?before=" + strconv.FormatInt(last.UpdatedAt.UnixMicro(), 10) + "&before_id=" + strconv.FormatInt(last.ID, 10)
		if p.State != "" && slices.Contains(registerStates, manuscript.State(p.State)) {
			p.Next += "&state=" + p.State
		}
	}
	s.render(v.Context, v.status(), "worklist", p)
	return nil
}

func (s *Staff) itemLines(v *visit, p *listPage, all []*manuscript.Manuscript) error {
	persons := make([]int64, len(all))
	for i, m := range all {
		persons[i] = m.DrafterID
	}
	n, err := s.namesOf(v, persons)
	if err != nil {
		return err
	}
	standing, err := s.Desk.Standings(v.ctx, all)
	if err != nil {
		return err
	}
	for _, m := range all {
		l := itemOf(m, n)
		if at, ok := standing[m.ID]; ok {
			l.Step, l.Post, l.Due = at.Step, at.Post, s.due(v.lang, at.Deadline, s.DB.Now())
		}
		p.Items = append(p.Items, l)
	}
	return nil
}

func itemOf(m *manuscript.Manuscript, n names) itemLine {
	return itemLine{ID: m.ID, Title: m.Title, Section: n.sections[m.SectionID], Kind: m.Kind, State: string(m.State), Class: stateClass(string(m.State)), Drafter: n.people[m.DrafterID],
		Unit: n.units[m.UnitID], Revision: m.RevisionNo, Updated: m.UpdatedAt, IndexNo: m.IndexNo}
}
