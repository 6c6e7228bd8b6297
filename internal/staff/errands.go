package staff

import (
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
	"gongkai/internal/progress"
	"gongkai/internal/roster"
)

// errandLine is long work as its sender sees it.
type errandLine struct {
	*progress.Errand
	Why     string // it failed
	Fetch   bool   // its result can be fetched
	Percent int
}

type errandsPage struct {
	frame
	Errands []errandLine
	Running bool // something goes on: the page asks again
}

// errands lists what the reader sent off. Without JavaScript it is loaded again
// by its link.
func (s *Staff) errands(v *visit) error {
	var all []*progress.Errand
	err := s.DB.Read(v.ctx, func(tx *db.Tx) (err error) {
		all, err = progress.Of(tx, v.actor.OrganisationID, v.actor.PersonID, 30)
		return err
	})
	if err != nil {
		return err
	}
	var p errandsPage
	for _, e := range all {
		l := errandLine{Errand: e, Percent: e.Percent(), Fetch: e.ResultName != "" && s.DB.Now().Before(e.EndedAt.Add(progress.KeepResult))}
		if e.Code != "" {
			l.Why = s.say(v.lang, e.Code, nil)
		}
		p.Running = p.Running || !e.State.Over()
		p.Errands = append(p.Errands, l)
	}
	if p.frame, err = s.frame(v, "staff.errands"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "errands", p)
	return nil
}

func (s *Staff) errandResult(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	f, err := s.Errands.Fetch(v.ctx, v.actor.OrganisationID, v.actor.PersonID, id)
	if err != nil {
		return err
	}
	return saved(v, f.Name, f.Bytes)
}

// saved answers a file of ours to be saved, not shown.
func saved(v *visit, name string, b []byte) error {
	media := "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	switch path.Ext(name) {
	case ".txt":
		media = "text/plain; charset=utf-8"
	case ".gz":
		media = "application/gzip"
	}
	v.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	v.Data(http.StatusOK, media, b)
	return nil
}

// RosterWords reads and writes posts as the catalogue says them.
func RosterWords(words *catalogue.Catalogue) roster.Words {
	say := func(lang catalogue.Lang, p org.Post) string { return words.Say(lang, "word."+string(p), nil) }
	return roster.Words{
		Post: func(p org.Post) string { return say(catalogue.Chinese, p) },
		Read: func(word string) (org.Post, bool) {
			for _, p := range org.Posts {
				if word == say(catalogue.Chinese, p) || strings.EqualFold(word, say(catalogue.English, p)) || word == string(p) {
					return p, true
				}
			}
			return "", false
		},
		Say: func(code string, args map[string]any) string { return words.Say(catalogue.Chinese, code, args) },
	}
}

func (s *Staff) peopleTemplate(v *visit) error {
	if _, err := s.entitled(v.ctx, v.actor, "org.read"); err != nil {
		return err
	}
	var units []org.Unit
	err := s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { units, err = org.Units(tx, v.actor.OrganisationID); return err })
	if err != nil {
		return err
	}
	b, err := roster.Template(units, s.Roster.Words)
	if err != nil {
		return err
	}
	return saved(v, "人员名单.xlsx", b)
}

// judgedRoster is a workbook that was only looked at.
type judgedRoster struct {
	Name  string
	Lines int
	Wrong []wrongLine
	More  int // wrong lines not shown
}

type wrongLine struct {
	Line int
	Name string
	Say  string
}

// errNoFile is answered for a form without its file.
var errNoFile = fault.New(fault.Invalid, "staff.no_file")

// importPeople looks at a workbook, or sends it off to be taken over.
func (s *Staff) importPeople(v *visit) error {
	kind := v.form.Get("what")
	if kind != roster.Posts {
		kind = roster.People
	}
	a, err := s.entitled(v.ctx, v.actor, roster.Acts[kind])
	if err != nil {
		return err
	}
	if len(v.files["roster"]) != 1 || len(v.files["roster"][0].bytes) == 0 {
		return s.peopleRefused(v, errNoFile.On("roster"))
	}
	f := v.files["roster"][0]
	var units []org.Unit
	err = s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { units, err = org.Units(tx, a.OrganisationID); return err })
	if err != nil {
		return err
	}
	rows, err := roster.Read(f.bytes, units, s.Roster.Words)
	if err != nil {
		if ff, ok := fault.From(err); ok {
			err = ff.On("roster")
		}
		return s.peopleRefused(v, err)
	}
	if v.form.Get("do") == "check" {
		j := &judgedRoster{Name: path.Base(f.name), Lines: len(rows)}
		for _, r := range rows {
			switch {
			case r.Wrong == nil:
			case len(j.Wrong) == 50:
				j.More++
			default:
				j.Wrong = append(j.Wrong, wrongLine{r.Line, r.Name, s.say(v.lang, r.Wrong.Code, r.Wrong.Args)})
			}
		}
		v.judged = j
		return s.peoplePage(v, nil)
	}
	return s.once(v, func(v *visit) (done, error) {
		return done{"/errands", "errand_sent"}, s.DB.Write(v.ctx, func(tx *db.Tx) error {
			a, err := s.Require(tx, v.actor, roster.Acts[kind])
			if err == nil {
				_, err = s.Roster.Send(tx, a, kind, path.Base(f.name), f.bytes)
			}
			return err
		})
	})
}

func (s *Staff) peopleRefused(v *visit, err error) error {
	v.refuse(s, err)
	return s.peoplePage(v, nil)
}

// confirmPosts confirms several proposals; those that cannot be confirmed any
// more stay, with the reason of the first.
func (s *Staff) confirmPosts(v *visit) (done, error) {
	return s.administer(v, "org.confirm", "posts_confirmed", func(a org.Actor) error {
		var open []org.Proposal
		err := s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { open, err = org.Proposals(tx, a.OrganisationID); return err })
		if err != nil {
			return err
		}
		seen, _ := time.Parse(time.RFC3339Nano, v.form.Get("until"))
		open = slices.DeleteFunc(open, func(p org.Proposal) bool {
			return p.ProposedBy == a.PersonID || p.PersonID == a.PersonID || p.ProposedAt.After(seen)
		})
		for _, p := range open {
			if err := s.Org.Confirm(v.ctx, a, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
