package staff

import (
	"html/template"
	"time"

	"gongkai/internal/manuscript"
)

// printPage is the text on the paper of an official document (GB/T 9704): A4,
// 22 lines of 28 characters, made for the browser to print.
type printPage struct {
	frame
	M        *manuscript.Manuscript
	C        manuscript.Content
	Text     template.HTML
	Revision int
	Final    bool // the signed text; before that the paper says what it is
	At       time.Time
}

func (s *Staff) printed(v *visit) error {
	open, err := s.opened(v)
	if err != nil {
		return err
	}
	f, err := s.frame(v, "staff.print_text")
	if err != nil {
		return err
	}
	no := open.Revision.No
	s.render(v.Context, v.status(), "print", printPage{frame: f, M: open.Manuscript, C: open.Revision.Content, Revision: no,
		Text: pictured(text(open.Revision.Content.Body), open.ID, no), Final: no == open.RevisionNo && !open.SignedAt.IsZero(), At: s.DB.Now()})
	return nil
}
