package staff

import (
	"net/http"

	"gongkai/internal/httpserver"
	"gongkai/internal/workflow"
)

type workflowsPage struct {
	frame
	Chains []*workflow.Definition
	Shown  *workflow.Definition
	At     map[string]int64 // what waits at the steps of Shown, all versions
	Old    int64            // of it, what follows an older version
	Total  int64
}

func (s *Staff) workflows(v *visit) error {
	if _, err := s.Desk.Entitled(v.ctx, v.actor, "workflow.read"); err != nil {
		return err
	}
	p := workflowsPage{Chains: s.Library.All()}
	var err error
	if p.frame, err = s.frame(v, "staff.workflows"); err != nil {
		return err
	}
	p.Shown, _ = s.Library.Latest(workflow.Ordinary)
	if id := v.Query("id"); id != "" {
		if d, ok := s.Library.Latest(id); ok {
			p.Shown = d
		}
	}
	standing, err := s.Desk.Standing(v.ctx, v.actor)
	if err != nil {
		return err
	}
	p.At = map[string]int64{}
	for _, x := range standing {
		if p.Shown == nil || x.Definition != p.Shown.ID {
			continue
		}
		p.At[x.Step] += x.Count
		p.Total += x.Count
		if x.DefVersion != p.Shown.Version {
			p.Old += x.Count
		}
	}
	s.render(v.Context, v.status(), "workflows", p)
	return nil
}

// drawing is the picture of a chain. It carries its own styles, so it gets a
// policy of its own that allows nothing else.
func (s *Staff) drawing(v *visit) error {
	if _, err := s.Desk.Entitled(v.ctx, v.actor, "workflow.read"); err != nil {
		return err
	}
	d, ok := s.Library.Latest(v.Param("id"))
	if !ok {
		return httpserver.ErrNoRoute
	}
	v.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	v.Data(http.StatusOK, "image/svg+xml; charset=utf-8", []byte(d.DrawSVG()))
	return nil
}
