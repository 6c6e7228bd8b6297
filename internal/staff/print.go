package staff

import (
	"html/template"

	"gongkai/internal/calendar"
)

// printPage is a text on the paper of an official document (GB/T 9704): A4, 22
// lines of 28 characters, made for the browser to print.
type printPage struct {
	frame
	Back, Title, DocNo string
	Stage              string // what the paper is until it is the document itself
	Text               template.HTML
	Files              []string // names of the attachments
}

func (s *Staff) print(v *visit, p printPage) (err error) {
	if p.frame, err = s.frame(v, "staff.print_text"); err == nil {
		s.render(v.Context, v.status(), "print", p)
	}
	return err
}

// stage says of which state a text is printed, and when.
func (s *Staff) stage(v *visit, no int, state string) string {
	return s.say(v.lang, "staff.print_stage", map[string]any{"no": no, "state": s.say(v.lang, "word."+state, nil)}) + " " + s.DB.Now().In(calendar.Zone).Format("2006-01-02 15:04")
}

// printed is the text of a manuscript.
func (s *Staff) printed(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	no, c := open.Revision.No, open.Revision.Content
	p := printPage{Back: "/manuscripts/" + itoa(open.ID), Title: c.Title, DocNo: c.DocNo, Text: pictured(text(c.Body), open.ID, no)}
	if no != open.RevisionNo || open.SignedAt.IsZero() {
		p.Stage = s.stage(v, no, string(open.State))
	}
	for _, f := range c.Attachments {
		p.Files = append(p.Files, f.Name)
	}
	return s.print(v, p)
}
