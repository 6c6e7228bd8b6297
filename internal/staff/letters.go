package staff

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"slices"

	"gongkai/internal/calendar"
	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/foi"
	"gongkai/internal/org"
	"gongkai/internal/word"
)

// letterPage is one letter of a request: to be filled in, or as it went out.
type letterPage struct {
	frame
	L        *foi.Document
	Request  *foi.Request
	Writes   bool // it may be changed now
	Finishes bool
	Answer   bool
	Way      *letterWay
}

// lettered are the words letters say codes with, always Chinese.
func (s *Staff) lettered(code string) string { return s.say(catalogue.Chinese, code, nil) }

func (s *Staff) draftLetter(v *visit, id int64) (done, error) {
	kind := foi.LetterKind(v.form.Get("letter"))
	l, err := (*foi.Document)(nil), error(nil)
	if scale := v.form.Get("letter_scale"); kind == "fee" && scale != "" {
		l, err = s.FOI.DraftFee(v.ctx, v.actor, id, foi.FeeScale(scale), int(v.whole("letter_pages")), s.lettered)
	} else {
		l, err = s.FOI.Draft(v.ctx, v.actor, id, kind, foi.Code(v.form.Get("letter_code")), s.lettered)
	}
	if err != nil {
		return done{}, err
	}
	return done{fmt.Sprintf("/foi/letters/%d", l.ID), "letter_drafted"}, nil
}

func (s *Staff) letter(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	p := letterPage{Finishes: s.mayAll(v, "foi.answer")}
	if p.L, err = s.FOI.OpenLetter(v.ctx, v.actor, id); err != nil {
		return err
	}
	view, err := s.FOI.Open(v.ctx, v.actor, p.L.RequestID)
	if err != nil {
		return err
	}
	p.Request, p.Answer = view.Request, p.L.Kind == foi.AnswerLetter
	if p.Way, err = s.letterWay(v, p.L); err != nil {
		return err
	}
	p.Writes = !p.L.Final() && s.mayAll(v, "foi.handle") && (p.Way == nil || !p.Way.Sent)
	if p.Writes && v.refused != nil && v.form.Has("text") {
		p.L.Title, p.L.Text, p.L.Version = v.form.Get("title"), v.form.Get("text"), v.whole("version")
	}
	if p.frame, err = s.frame(v, "staff.letter"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "letter", p)
	return nil
}

func (s *Staff) letterAgain(v *visit) error { return s.letter(v) }

// saveLetter keeps what was typed, and finishes the letter, or sends it to its
// judges, when that button was pressed.
func (s *Staff) saveLetter(v *visit, id int64) (done, error) {
	to := fmt.Sprintf("/foi/letters/%d", id)
	l, err := s.FOI.Rewrite(v.ctx, v.actor, id, v.whole("version"), v.form.Get("title"), v.form.Get("text"))
	if err != nil {
		return done{}, err
	}
	switch v.form.Get("do") {
	case "finish":
		_, err = s.FOI.Finish(v.ctx, v.actor, id, l.Version)
		return done{to, "letter_finished"}, err
	case "send":
		_, err = s.FOI.Send(v.ctx, v.actor, id, l.Version)
		return done{to, "letter_sent"}, err
	}
	return done{to, "letter_saved"}, nil
}

// paper is a letter with its organ and date, as it is printed.
func (s *Staff) paper(v *visit) (l *foi.Document, html string, err error) {
	id, err := v.id()
	if err != nil {
		return nil, "", err
	}
	if l, err = s.FOI.OpenLetter(v.ctx, v.actor, id); err != nil {
		return nil, "", err
	}
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		office, err := org.FindUnit(tx, l.OrganisationID)
		on := l.FinishedAt
		if !l.Final() {
			on = s.DB.Now()
		}
		html = l.HTML(cmp.Or(office.FullName, office.Name), on.In(calendar.Zone))
		return err
	})
	return l, html, err
}

func (s *Staff) printLetter(v *visit) error {
	l, html, err := s.paper(v)
	if err != nil {
		return err
	}
	p := printPage{Back: fmt.Sprintf("/foi/letters/%d", l.ID), Title: l.Title, DocNo: l.Number, Text: template.HTML(html)}
	if !l.Final() {
		p.Stage = s.stage(v, int(l.Version), "draft")
	}
	return s.print(v, p)
}

func (s *Staff) letterDocx(v *visit) error {
	l, html, err := s.paper(v)
	if err != nil {
		return err
	}
	if l.Number != "" {
		html = `<p class="ta-c">` + template.HTMLEscapeString(l.Number) + "</p>\n" + html
	}
	var b bytes.Buffer
	if err := word.Write(&b, l.Title, html, nil); err != nil {
		return err
	}
	v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	v.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": word.FileName(cmp.Or(l.Number, l.Title))}))
	v.Data(http.StatusOK, word.MediaType, b.Bytes())
	return nil
}

// LetterKinds are the choices of a new letter; an answer only where one of the
// codes could be given.
func (p foiFilePage) LetterKinds() []foi.LetterKind {
	all := foi.LetterKinds()
	if len(p.Codes) == 0 {
		all = slices.DeleteFunc(all, func(k foi.LetterKind) bool { return k == foi.AnswerLetter })
	}
	return all
}
