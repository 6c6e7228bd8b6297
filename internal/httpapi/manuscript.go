package httpapi

import (
	"net/http"
	"strings"
	"time"

	"gongkai/internal/check"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// seenBody is what every act names: what the person had before them.
type seenBody struct {
	Version int64  `json:"version"`
	Hash    string `json:"hash"`
}

func (b seenBody) seen() manuscript.Seen { return manuscript.Seen{Version: b.Version, Hash: b.Hash} }

type summaryBody struct {
	ID          int64      `json:"id"`
	UnitID      int64      `json:"unit_id"`
	DrafterID   int64      `json:"drafter_id"`
	Title       string     `json:"title"`
	Kind        string     `json:"kind"`
	State       string     `json:"state"`
	Disclosure  string     `json:"disclosure"`
	Revision    int        `json:"revision"`
	Round       int        `json:"round"`
	Version     int64      `json:"version"`
	Hash        string     `json:"hash"`
	IndexNo     string     `json:"index_no,omitempty"`
	PublishAt   *time.Time `json:"publish_at,omitempty"`
	SignedAt    *time.Time `json:"signed_at,omitempty"`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	EndedAt     *time.Time `json:"ended_at,omitempty"`
	EndReason   string     `json:"end_reason,omitempty"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// moment reads an optional time. One that is there but zero is long past, not
// "at once".
func moment(t *time.Time) time.Time {
	switch {
	case t == nil:
		return time.Time{}
	case t.IsZero():
		return time.Unix(0, 0).UTC()
	}
	return t.UTC()
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func summary(m *manuscript.Manuscript) summaryBody {
	return summaryBody{m.ID, m.UnitID, m.DrafterID, m.Title, m.Kind, string(m.State), string(m.Disclosure), m.RevisionNo, m.Round, m.Version, m.Hash, m.IndexNo,
		when(m.PublishAt), when(m.SignedAt), when(m.PublishedAt), when(m.EndedAt), m.EndReason, m.UpdatedAt}
}

type findingBody struct {
	check.Finding
	Say string `json:"say"`
}

func (s *API) findings(r *request, all []check.Finding) []findingBody {
	out := []findingBody{}
	for _, f := range all {
		args := map[string]any{"quote": f.Quote}
		for k, v := range f.Args {
			args[k] = v
		}
		out = append(out, findingBody{f, s.Words.Say(httpserver.Lang(r.Context), f.Rule, args)})
	}
	return out
}

type createBody struct {
	UnitID  int64              `json:"unit_id"`
	Content manuscript.Content `json:"content"`
	Note    string             `json:"note"`
}

func (s *API) create(r *request, in createBody) (httpserver.Answer, error) {
	m, err := s.Desk.Create(r.ctx, r.actor, in.UnitID, in.Content, in.Note)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return created(summary(m))
}

type editBody struct {
	seenBody
	Content manuscript.Content `json:"content"`
	Note    string             `json:"note"`
}

func (s *API) edit(r *request, in editBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	m, err := s.Desk.Edit(r.ctx, r.actor, id, in.seen(), in.Content, in.Note)
	return summarised(m, err)
}

func summarised(m *manuscript.Manuscript, err error) (httpserver.Answer, error) {
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(summary(m))
}

type submittedBody struct {
	summaryBody
	Findings []findingBody `json:"findings"`
}

type submitBody struct {
	seenBody
	Chain string `json:"chain"`
}

func (s *API) submit(r *request, in submitBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	m, found, err := s.Desk.Submit(r.ctx, r.actor, id, in.seen(), review.Submission{Chain: in.Chain})
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(submittedBody{summary(m), s.findings(r, found)})
}

type resubmitBody struct {
	seenBody
	Resume bool   `json:"resume"`
	Note   string `json:"note"`
}

func (s *API) resubmit(r *request, in resubmitBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	m, found, err := s.Desk.Resubmit(r.ctx, r.actor, id, in.seen(), review.Resubmission{Resume: in.Resume, Note: in.Note})
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(submittedBody{summary(m), s.findings(r, found)})
}

type noteBody struct {
	seenBody
	Note string `json:"note"`
}

func (s *API) withdraw(r *request, in noteBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.Withdraw(r.ctx, r.actor, id, in.seen(), in.Note))
}

type correctBody struct {
	seenBody
	Reason string `json:"reason"`
}

func (s *API) correct(r *request, in correctBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	m, err := s.Desk.Correct(r.ctx, r.actor, id, in.seen(), in.Reason)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return httpserver.Answer{Status: http.StatusCreated, Body: summary(m)}, nil
}

func (s *API) urge(r *request, in seenBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.Urge(r.ctx, r.actor, id, in.seen()))
}

type decideBody struct {
	seenBody
	Verb      string     `json:"verb"`
	Target    string     `json:"target"`
	Gate      string     `json:"gate"`
	Note      string     `json:"note"`
	Outcome   string     `json:"outcome"`
	Ground    string     `json:"ground"`
	Checklist []int      `json:"checklist"`
	PublishAt *time.Time `json:"publish_at"`
	Hold      bool       `json:"hold"`
	Code      string     `json:"code"` // sign: PIN or code of the second factor
}

// confirm looks at the code of a signature before the transaction that signs.
func (s *API) confirm(r *request, in decideBody) (org.Confirmation, error) {
	if workflow.Verb(in.Verb) != workflow.Sign || !s.Desk.ConfirmSignatures {
		return org.Confirmation{}, nil
	}
	return s.Org.PrepareConfirmation(r.ctx, r.actor, in.Code)
}

func (s *API) decide(r *request, in decideBody, c org.Confirmation) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	d := review.Decision{Verb: workflow.Verb(in.Verb), Target: in.Target, Gate: in.Gate, Note: in.Note, Outcome: in.Outcome, Ground: in.Ground, Checklist: in.Checklist, Hold: in.Hold,
		PublishAt: moment(in.PublishAt), Confirmation: c}
	return summarised(s.Desk.Decide(r.ctx, r.actor, id, in.seen(), d))
}

type proofBody struct {
	seenBody
	Body string `json:"body"`
	Note string `json:"note"`
}

func (s *API) proof(r *request, in proofBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.Proof(r.ctx, r.actor, id, in.seen(), in.Body, in.Note))
}

type scheduleBody struct {
	seenBody
	PublishAt *time.Time `json:"publish_at"`
}

func (s *API) schedule(r *request, in scheduleBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.Schedule(r.ctx, r.actor, id, in.seen(), moment(in.PublishAt)))
}

func (s *API) unschedule(r *request, in noteBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.Unschedule(r.ctx, r.actor, id, in.seen(), in.Note))
}

type takeDownBody struct {
	seenBody
	Reason string `json:"reason"`
	Note   string `json:"note"`
}

func (s *API) askTakeDown(r *request, in takeDownBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.AskTakeDown(r.ctx, r.actor, id, in.seen(), in.Reason, in.Note))
}

func (s *API) confirmTakeDown(r *request, in seenBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.ConfirmTakeDown(r.ctx, r.actor, id, in.seen()))
}

func (s *API) dropTakeDown(r *request, in seenBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	return summarised(s.Desk.DropTakeDown(r.ctx, r.actor, id, in.seen()))
}

func (s *API) manuscripts(r *request) (any, error) {
	before, err := r.number("before")
	if err != nil {
		return nil, err
	}
	id, err := r.number("before_id")
	if err != nil {
		return nil, err
	}
	var after manuscript.Cursor
	if before != 0 {
		after = manuscript.Cursor{UpdatedAt: time.UnixMicro(before).UTC(), ID: id}
	}
	var all []*manuscript.Manuscript
	if r.Query("mine") == "true" {
		all, err = s.Desk.Mine(r.ctx, r.actor, after)
	} else {
		var states []manuscript.State
		for st := range strings.SplitSeq(r.Query("state"), ",") {
			if st != "" {
				states = append(states, manuscript.State(st))
			}
		}
		all, err = s.Desk.Register(r.ctx, r.actor, states, after)
	}
	out := struct {
		Manuscripts []summaryBody `json:"manuscripts"`
		Next        int64         `json:"next,omitempty"` // as ?before= for the next page
		NextID      int64         `json:"next_id,omitempty"`
	}{Manuscripts: []summaryBody{}}
	for _, m := range all {
		out.Manuscripts = append(out.Manuscripts, summary(m))
	}
	if len(all) == 50 {
		out.Next, out.NextID = all[49].UpdatedAt.UnixMicro(), all[49].ID
	}
	return out, err
}
