package httpapi

import (
	"gongkai/internal/catalogue"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
	"gongkai/internal/workflow"
)

func langOf(r *request) catalogue.Lang { return httpserver.Lang(r.Context) }

func (s *API) publications(r *request) (any, error) {
	before, err := r.number("before")
	if err != nil {
		return nil, err
	}
	all, err := s.Desk.Publications(r.ctx, r.actor, publish.Which{Before: before})
	out := struct {
		Publications []publicationBody `json:"publications"`
		Next         int64             `json:"next,omitempty"`
	}{Publications: []publicationBody{}}
	for _, p := range all {
		out.Publications = append(out.Publications, s.publication(r, p))
	}
	if len(all) == 50 {
		out.Next = all[49].ID
	}
	return out, err
}

type howBody struct {
	How string `json:"how"`
}

func (s *API) retry(r *request, in howBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	p, err := s.Desk.ResumePublication(r.ctx, r.actor, id, in.How)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(s.publication(r, p))
}

type reasonBody struct {
	Reason string `json:"reason"`
}

func (s *API) freeze(r *request, in reasonBody) (httpserver.Answer, error) {
	if err := s.Desk.Freeze(r.ctx, r.actor, in.Reason); err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}

func (s *API) thaw(r *request, _ nothing) (httpserver.Answer, error) {
	lifted, err := s.Desk.Thaw(r.ctx, r.actor)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(map[string]bool{"lifted": lifted})
}

type sectionBody struct {
	ID          int64  `json:"id,omitempty"`
	Slug        string `json:"slug"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Keywords    string `json:"keywords"`
	ColumnType  string `json:"column_type"`
	Sort        int    `json:"sort"`
}

func sectionOf(x manuscript.Section) sectionBody {
	return sectionBody{x.ID, x.Slug, x.Title, x.Description, x.Keywords, x.ColumnType, x.Sort}
}

func (s *API) sections(r *request) (any, error) {
	all, err := s.Desk.Sections(r.ctx, r.actor)
	out := struct {
		Sections []sectionBody `json:"sections"`
	}{[]sectionBody{}}
	for _, x := range all {
		out.Sections = append(out.Sections, sectionOf(x))
	}
	return out, err
}

func (s *API) addSection(r *request, in sectionBody) (httpserver.Answer, error) {
	x, err := s.Desk.AddSection(r.ctx, r.actor, manuscript.Section{Slug: in.Slug, Title: in.Title, Description: in.Description, Keywords: in.Keywords, ColumnType: in.ColumnType, Sort: in.Sort})
	if err != nil {
		return httpserver.Answer{}, err
	}
	return created(sectionOf(x))
}

type chainBody struct {
	ID        string     `json:"id"`
	Version   int        `json:"version"`
	Title     string     `json:"title"`
	Basis     string     `json:"basis"`
	AppliesTo []string   `json:"applies_to"`
	Gates     []gateBody `json:"gates"`
	Steps     []stepBody `json:"steps"`
	After     []stepBody `json:"after_publish"`
}

type gateBody struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

func (s *API) workflows(r *request) (any, error) {
	if _, err := s.Desk.Entitled(r.ctx, r.actor, "workflow.read"); err != nil {
		return nil, err
	}
	out := struct {
		Workflows []chainBody `json:"workflows"`
	}{[]chainBody{}}
	for _, d := range s.Library.All() {
		b := chainBody{d.ID, d.Version, d.Title, d.Basis, append([]string{}, d.AppliesTo...), []gateBody{}, []stepBody{}, []stepBody{}}
		for _, g := range d.Gates {
			b.Gates = append(b.Gates, gateBody(g))
		}
		for i := range d.Steps {
			b.Steps = append(b.Steps, *stepOf(&d.Steps[i], workflow.Deadline{}))
		}
		for i := range d.AfterPublish {
			b.After = append(b.After, *stepOf(&d.AfterPublish[i], workflow.Deadline{}))
		}
		out.Workflows = append(out.Workflows, b)
	}
	return out, nil
}
