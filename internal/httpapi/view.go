package httpapi

import (
	"time"

	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

type personBody struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type actBody struct {
	N         int64       `json:"n"`
	Round     int         `json:"round"`
	Step      string      `json:"step"`
	StepTitle string      `json:"step_title"`
	Verb      string      `json:"verb"`
	By        personBody  `json:"by"`
	For       *personBody `json:"for,omitempty"`
	Target    string      `json:"target,omitempty"`
	Gate      string      `json:"gate,omitempty"`
	Note      string      `json:"note,omitempty"`
	Outcome   string      `json:"outcome,omitempty"`
	Ground    string      `json:"ground,omitempty"`
	Hash      string      `json:"hash"`
	NewHash   string      `json:"new_hash,omitempty"`
	At        time.Time   `json:"at"`
}

type stepBody struct {
	ID        string          `json:"id"`
	Title     string          `json:"title"`
	Acts      []string        `json:"acts"`
	Post      string          `json:"post"`
	Scope     string          `json:"scope"`
	ReturnTo  []string        `json:"return_to"`
	Checklist []checklistBody `json:"checklist"`
	Due       *time.Time      `json:"due,omitempty"`
	Remind    *time.Time      `json:"remind,omitempty"`
}

type checklistBody struct {
	Gate string `json:"gate"`
	Text string `json:"text"`
}

func stepOf(st *workflow.Step, d workflow.Deadline) *stepBody {
	if st == nil {
		return nil
	}
	b := &stepBody{ID: st.ID, Title: st.Title, Acts: st.Acts, Post: st.Post, Scope: st.Scope, ReturnTo: append([]string{}, st.ReturnTo...), Checklist: []checklistBody{}, Due: when(d.Due), Remind: when(d.Remind)}
	for _, c := range st.Checklist {
		b.Checklist = append(b.Checklist, checklistBody(c))
	}
	return b
}

type runBody struct {
	ID      int64     `json:"id"`
	Chain   string    `json:"chain"`
	Version int       `json:"chain_version"`
	State   string    `json:"state"`
	Round   int       `json:"round"`
	Step    *stepBody `json:"step,omitempty"`
	Acts    []actBody `json:"acts"`
}

type publicationBody struct {
	ID           int64      `json:"id"`
	ManuscriptID int64      `json:"manuscript_id"`
	Title        string     `json:"title"`
	Channel      string     `json:"channel"`
	State        string     `json:"state"`
	URL          string     `json:"url,omitempty"`
	Reason       string     `json:"reason,omitempty"`
	Say          string     `json:"say,omitempty"`
	Detail       string     `json:"detail,omitempty"`
	Attempt      int        `json:"attempt"`
	Revision     int        `json:"revision"`
	Hash         string     `json:"hash"`
	PublishAt    time.Time  `json:"publish_at"`
	NextAt       *time.Time `json:"next_at,omitempty"`
	LiveAt       *time.Time `json:"live_at,omitempty"`
	EndedAt      *time.Time `json:"ended_at,omitempty"`
}

func (s *API) publication(r *request, p *publish.Publication) publicationBody {
	b := publicationBody{ID: p.ID, ManuscriptID: p.ManuscriptID, Title: p.Item.Title, Channel: p.Channel, State: string(p.Status), URL: p.URL, Reason: p.Reason,
		Detail: p.Detail, Attempt: p.Attempt, Revision: p.Item.RevisionNo, Hash: p.Hash, PublishAt: p.PublishAt, LiveAt: when(p.LiveAt), EndedAt: when(p.EndedAt)}
	if !p.Status.Over() && p.NextAt.Year() < 9000 {
		b.NextAt = when(p.NextAt)
	}
	if p.Reason != "" {
		b.Say = s.say(r, p.Reason)
	}
	return b
}

type takeDownState struct {
	Reason    string      `json:"reason"`
	Note      string      `json:"note"`
	AskedBy   personBody  `json:"asked_by"`
	AskedAt   time.Time   `json:"asked_at"`
	Confirmed *personBody `json:"confirmed_by,omitempty"`
	At        *time.Time  `json:"confirmed_at,omitempty"`
	Open      bool        `json:"open"`
}

type revisionBody struct {
	No     int        `json:"no"`
	Hash   string     `json:"hash"`
	Author personBody `json:"author"`
	Step   string     `json:"step,omitempty"`
	Note   string     `json:"note,omitempty"`
	At     time.Time  `json:"at"`
}

// mayBody says for one act whether this person may do it now, and why not.
type mayBody struct {
	Allowed bool   `json:"allowed"`
	Code    string `json:"code,omitempty"`
	Say     string `json:"say,omitempty"`
}

type manuscriptBody struct {
	summaryBody
	Content      manuscript.Content `json:"content"`
	Shown        int                `json:"shown_revision"`
	Unit         string             `json:"unit"`
	Drafter      personBody         `json:"drafter"`
	SectionTitle string             `json:"section_title,omitempty"`
	Run          *runBody           `json:"run,omitempty"`
	Revisions    []revisionBody     `json:"revisions"`
	Publications []publicationBody  `json:"publications"`
	TakeDown     *takeDownState     `json:"take_down,omitempty"`
	Findings     []findingBody      `json:"findings"`
	Remarks      []remarkedBody     `json:"remarks"`
	May          map[string]mayBody `json:"may"`
}

func (s *API) say(r *request, code string) string {
	return s.Words.Say(langOf(r), code, nil)
}

func (s *API) manuscript(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	no, err := r.number("revision")
	if err != nil {
		return nil, err
	}
	v, err := s.Desk.Open(r.ctx, r.actor, id, int(no))
	if err != nil {
		return nil, err
	}
	return s.manuscriptOf(r, v), nil
}

// wechatBody is a revision as the official account would carry it.
type wechatBody struct {
	Revision   int           `json:"revision"`
	Form       string        `json:"form"`
	Title      string        `json:"title"`
	Author     string        `json:"author"`
	Digest     string        `json:"digest"`
	HTML       string        `json:"html"`
	Characters int           `json:"characters"`
	Bytes      int           `json:"bytes"`
	SourceURL  string        `json:"source_url"`
	Findings   []findingBody `json:"findings"`
}

func (s *API) wechat(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	no, err := r.number("revision")
	if err != nil {
		return nil, err
	}
	v, err := s.Desk.Preview(r.ctx, r.actor, id, int(no), "wechat")
	return wechatBody{v.Revision, v.Form, v.Title, v.Author, v.Digest, v.HTML, v.Characters, v.Bytes, v.SourceURL, s.findings(r, v.Findings)}, err
}

func (s *API) manuscriptOf(r *request, v *review.View) manuscriptBody {
	who := func(id int64) personBody { return personBody{id, v.Names[id]} }
	whom := func(id int64) *personBody {
		if id == 0 {
			return nil
		}
		p := who(id)
		return &p
	}
	b := manuscriptBody{summaryBody: summary(v.Manuscript), Content: v.Revision.Content, Shown: v.Revision.No, Unit: v.Unit.Name, Drafter: who(v.DrafterID),
		SectionTitle: v.Section.Title, Revisions: []revisionBody{}, Publications: []publicationBody{}, Findings: s.findings(r, v.Findings), Remarks: remarks(v), May: map[string]mayBody{}}
	for _, x := range v.Revisions {
		b.Revisions = append(b.Revisions, revisionBody{x.No, x.Hash, who(x.AuthorID), x.Step, x.Note, x.CreatedAt})
	}
	for _, p := range v.Publications {
		b.Publications = append(b.Publications, s.publication(r, p))
	}
	if t := v.TakeDown; t != nil {
		b.TakeDown = &takeDownState{t.Reason, t.Note, who(t.AskedBy), t.AskedAt, whom(t.ConfirmedBy), when(t.ConfirmedAt), t.Open()}
	}
	if v.Run != nil {
		b.Run = &runBody{v.Run.ID, v.Run.Definition, v.Run.DefVersion, string(v.Run.State), v.Run.Round, stepOf(v.Step, v.Deadline), []actBody{}}
		for _, a := range v.Run.Acts {
			title := a.Step
			if st, ok := v.Chain.StepByID(a.Step); ok {
				title = st.Title
			}
			b.Run.Acts = append(b.Run.Acts, actBody{a.N, a.Round, a.Step, title, string(a.Verb), who(a.By), whom(a.For), a.Target, a.Gate, a.Note, a.Outcome, a.Ground, a.Hash, a.NewHash, a.At})
		}
	}
	for name, why := range v.WhyNot {
		if why == nil {
			b.May[name] = mayBody{Allowed: true}
			continue
		}
		p := s.ProblemOf(r.Context, why)
		b.May[name] = mayBody{Code: p.Code, Say: p.Title}
	}
	return b
}

type taskBody struct {
	Manuscript summaryBody `json:"manuscript"`
	Step       *stepBody   `json:"step"`
	At         int         `json:"at"`
	Steps      int         `json:"steps"`
	OpenedAt   time.Time   `json:"opened_at"`
	Overdue    bool        `json:"overdue"`
	Referred   bool        `json:"referred"`
	Consulting bool        `json:"consulting"`
	Own        bool        `json:"own"`
}

func (s *API) tasks(r *request) (any, error) {
	afterAt, err := r.number("after_at")
	if err != nil {
		return nil, err
	}
	afterID, err := r.number("after_id")
	if err != nil {
		return nil, err
	}
	var after workflow.Cursor
	if afterID != 0 {
		after = workflow.Cursor{OpenedAt: time.UnixMicro(afterAt).UTC(), ID: afterID}
	}
	const page = 50
	all, err := s.Desk.Tasks(r.ctx, r.actor, after, page)
	out := struct {
		Tasks  []taskBody `json:"tasks"`
		NextAt int64      `json:"next_at,omitempty"`
		NextID int64      `json:"next_id,omitempty"`
	}{Tasks: []taskBody{}}
	for _, t := range all {
		out.Tasks = append(out.Tasks, taskBody{summary(t.Manuscript), stepOf(&t.Step, t.Deadline), t.At, t.Steps, t.Run.OpenedAt, t.Deadline.Overdue(s.DB.Now()), t.Run.State == workflow.StateReferred, t.Run.State == workflow.StateConsulting, t.Own})
	}
	if len(all) == page {
		last := all[page-1].Cursor
		out.NextAt, out.NextID = last.OpenedAt.UnixMicro(), last.ID
	}
	return out, err
}
