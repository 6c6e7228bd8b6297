package staff

import (
	"path"
	"strings"

	"gongkai/internal/annual"
	"gongkai/internal/db"
	"gongkai/internal/org"
)

// annualUnitsPage is the reports that a government's consolidated report sums up.
type annualUnitsPage struct {
	annualPage
	Late   []string
	Lines  []unitLine
	Shares []annualSum
	Names  map[int64]string
	All    int // cells of a report
}

type unitLine struct {
	annual.UnitReport
	Cells int
	Says  []string
}

// annualSum is a figure of the key with each part it is made of.
type annualSum struct {
	Code, Own, Units, Sum string
}

func (s *Staff) annualUnits(v *visit) error {
	year, err := v.id()
	if err != nil {
		return err
	}
	all, err := s.Annual.Units(v.ctx, v.actor, int(year))
	if err != nil {
		return err
	}
	p := annualUnitsPage{annualPage: annualPage{Sheet: all.Sheet, Tab: "units", Edits: s.mayAll(v, "annual.edit") && all.State != annual.Frozen}, Late: all.Late, All: len(annual.Codes)}
	var who []int64
	figures := []annual.Figures{}
	for _, u := range all.Units {
		l := unitLine{UnitReport: u, Cells: len(u.Figures)}
		for _, f := range append(u.Notes[:len(u.Notes):len(u.Notes)], u.Blocking(all.Year)...) {
			if len(l.Says) == 5 {
				l.Says = append(l.Says, "…")
				break
			}
			l.Says = append(l.Says, strings.TrimSpace(s.annualName(v, annual.Code(f.Where))+" "+s.say(v.lang, f.Rule, f.Args)))
		}
		p.Lines, who, figures = append(p.Lines, l), append(who, u.PersonID), append(figures, u.Figures)
	}
	sum := annual.Sum(figures...)
	if len(figures) > 0 {
		for _, c := range annualKeys {
			p.Shares = append(p.Shares, annualSum{string(c), all.Own.Shown(c), sum.Shown(c), all.Figures.Shown(c)})
		}
	}
	if err = s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { p.Names, err = org.Names(tx, who); return err }); err != nil {
		return err
	}
	s.annualHead(v, &p.annualPage)
	if p.frame, err = s.frame(v, "staff.annual"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "annual-units", p)
	return nil
}

// sendUnits sends the reports off to be read: an archive, or files one by one.
func (s *Staff) sendUnits(v *visit, year int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "annual.edit"); err != nil {
		return done{}, err
	}
	name, archive, err := packed(v.files["reports"])
	if err != nil {
		return done{}, err
	}
	return done{"/errands", "errand_sent"}, s.DB.Write(v.ctx, func(tx *db.Tx) error {
		_, err := s.Annual.SendUnits(tx, v.actor, int(year), name, archive)
		return err
	})
}

func packed(files []upload) (name string, archive []byte, err error) {
	if len(files) == 0 {
		return "", nil, annual.ErrNoParts.On("reports")
	}
	if len(files) == 1 && strings.EqualFold(path.Ext(files[0].name), ".zip") {
		return path.Base(files[0].name), files[0].bytes, nil
	}
	if len(files) > annual.MostUnits {
		return "", nil, annual.ErrPartsMany.On("reports").With("max", annual.MostUnits)
	}
	var names []string
	var all [][]byte
	for _, f := range files {
		names, all = append(names, f.name), append(all, f.bytes)
	}
	archive, err = annual.Pack(names, all)
	return path.Base(files[0].name), archive, err
}

func (s *Staff) removeUnit(v *visit, year int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "annual.edit"); err != nil {
		return done{}, err
	}
	return done{annualAt(year, "units"), "unit_removed"}, s.Annual.RemoveUnit(v.ctx, v.actor, int(year), v.whole("unit"))
}
