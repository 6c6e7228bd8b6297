package staff

import (
	"encoding/base64"
	"html/template"
	"strings"

	"gongkai/internal/manuscript"
	"gongkai/internal/workflow"
)

// mostChain is how many bytes a chain may have to be looked at.
const mostChain = 64 << 10

// lintPage looks at a chain before it comes into force, which it does as a file
// of the deployment.
type lintPage struct {
	frame
	Text     string
	Looked   bool
	Problems []problemLine
	Chain    *workflow.Definition
	Drawing  template.URL
	InUse    int // the version in use, 0 for a chain that is new
	Runs     int64
}

type problemLine struct {
	Line  int
	Field string
	Say   string
}

func (s *Staff) lintForm(v *visit) error {
	p := lintPage{}
	if d, ok := s.Library.Latest(v.Query("id")); ok {
		p.Text = d.Text
	}
	return s.lintPage(v, p)
}

func (s *Staff) lint(v *visit) error {
	text := strings.ReplaceAll(v.form.Get("text"), "\r\n", "\n")
	p := lintPage{Text: text, Looked: true}
	if len(text) > mostChain {
		v.refuse(s, manuscript.ErrTooLong.On("text").With("max", mostChain).With("have", len(text)))
		return s.lintPage(v, p)
	}
	d, found := workflow.ParseNamed([]byte(text))
	for _, x := range found {
		p.Problems = append(p.Problems, problemLine{x.Line, x.Field, s.say(v.lang, x.Code, x.Args)})
	}
	if len(found) > 0 {
		return s.lintPage(v, p)
	}
	p.Chain = d
	p.Drawing = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(d.DrawSVG())))
	if now, ok := s.Library.Latest(d.ID); ok {
		p.InUse = now.Version
		if d.Version <= now.Version && d.Digest != now.Digest {
			p.Problems = append(p.Problems, problemLine{0, "version", s.say(v.lang, "workflow.lint.used", map[string]any{"used": now.Version, "next": now.Version + 1})})
		}
		standing, err := s.Desk.Standing(v.ctx, v.actor)
		if err != nil {
			return err
		}
		for _, x := range standing {
			if x.Definition == d.ID {
				p.Runs += x.Count
			}
		}
	}
	return s.lintPage(v, p)
}

func (s *Staff) lintPage(v *visit, p lintPage) error {
	if _, err := s.Desk.Entitled(v.ctx, v.actor, "workflow.read"); err != nil {
		return err
	}
	var err error
	if p.frame, err = s.frame(v, "staff.lint"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "lint", p)
	return nil
}
