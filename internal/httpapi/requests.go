package httpapi

import (
	"time"

	"gongkai/internal/foi"
)

// requestBody is a request for information as programs see it: the applicant
// stays masked, as on the pages.
type requestBody struct {
	ID        int64  `json:"id"`
	Number    string `json:"number"`
	Channel   string `json:"channel"`
	Kind      string `json:"kind"`
	Applicant string `json:"applicant"` // masked; empty when erased
	Wanted    string `json:"wanted"`
	State     string `json:"state"`
	Code      string `json:"code,omitempty"`
	Received  string `json:"received_on,omitempty"` // dates are YYYY-MM-DD in China
	Due       string `json:"due_on,omitempty"`
	Closed    string `json:"closed_on,omitempty"`
	Used      int    `json:"days_used"`
	Allowed   int    `json:"days_allowed"`
	Overdue   bool   `json:"overdue"`
	Version   int64  `json:"version"`
}

func requestOf(e foi.Entry) requestBody {
	c, r := e.Clock, e.Request
	return requestBody{r.ID, r.Number, string(r.Channel), string(r.Kind), e.Applicant.Name, r.Wanted, string(c.State), string(c.Code), day(c.Received), day(c.Due), day(c.ClosedOn), c.Used, c.Allowed, c.Overdue(), r.Version}
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (s *API) requests(r *request) (any, error) {
	before, err := r.number("before")
	if err != nil {
		return nil, err
	}
	all, err := s.FOI.List(r.ctx, r.actor, foi.Filter{Open: r.Query("open") == "true", Number: r.Query("number"), Before: before, Limit: 50})
	out := struct {
		Requests []requestBody `json:"requests"`
		Next     int64         `json:"next,omitempty"` // as ?before= for the next page
	}{Requests: []requestBody{}}
	for _, e := range all {
		out.Requests = append(out.Requests, requestOf(e))
	}
	if len(all) == 50 {
		out.Next = all[49].Request.ID
	}
	return out, err
}

type requestEventBody struct {
	No    int    `json:"no"`
	Kind  string `json:"kind"`
	On    string `json:"on"`
	Until string `json:"until,omitempty"`
	Code  string `json:"code,omitempty"`
	Doc   string `json:"doc,omitempty"`
	Yuan  int    `json:"yuan,omitempty"`
	Note  string `json:"note,omitempty"`
	Ref   int    `json:"ref,omitempty"` // the event struck
}

func (s *API) request(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	v, err := s.FOI.Open(r.ctx, r.actor, id)
	if err != nil {
		return nil, err
	}
	out := struct {
		requestBody
		Events []requestEventBody `json:"events"`
	}{requestOf(v.Entry), []requestEventBody{}}
	for _, e := range v.Events {
		out.Events = append(out.Events, requestEventBody{e.No, string(e.Kind), day(e.On), day(e.Until), string(e.Code), e.Doc, e.Amount, e.Note, e.Ref})
	}
	return out, nil
}

type requestDayBody struct {
	On      string `json:"on"`
	Reason  string `json:"reason"`
	No      int    `json:"no,omitempty"` // which day of the period it is
	Holiday string `json:"holiday,omitempty"`
	Future  bool   `json:"future,omitempty"`
}

// requestDays explains the clock day by day.
func (s *API) requestDays(r *request) (any, error) {
	id, err := r.id()
	if err != nil {
		return nil, err
	}
	v, err := s.FOI.Open(r.ctx, r.actor, id)
	if err != nil {
		return nil, err
	}
	out := struct {
		Due  string           `json:"due_on,omitempty"`
		Days []requestDayBody `json:"days"`
	}{day(v.Clock.Due), []requestDayBody{}}
	for _, d := range v.Clock.Explain() {
		out.Days = append(out.Days, requestDayBody{day(d.On), string(d.Reason), d.No, d.Holiday, d.Future})
	}
	return out, nil
}
