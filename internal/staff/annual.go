package staff

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"gongkai/internal/annual"
	"gongkai/internal/body"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
)

// annualPage is a year's report: where it stands, its tables, its prose.
type annualPage struct {
	frame
	*annual.Sheet
	Tab      string // overview, tables or text
	Years    []int
	Edits    bool
	Freezes  bool
	Blocking int
	Hints    int
	Left     due
	Said     []annualFinding
	Compared []annualCompared
	Owed     []annual.Code
	T3Empty  int
	Tables   []template.HTML
	Heads    []string
	Parts    []annualPart
	Numbers  []annualNumber
	FrozenBy string
}

type annualFinding struct {
	Level, Rule, Where, Say, Link string
}

type annualCompared struct{ Code, Last, Now string }

type annualPart struct {
	Name, Title  string
	Bound, Shown string
}

type annualNumber struct{ Name, Value string }

// FollowersSaid is the number attested, "" when there is none.
func (p annualPage) FollowersSaid() string {
	if e := p.Stand[annual.Followers]; e.Reported {
		return e.Amount.String()
	}
	return ""
}

// reportYear is the year whose report is due next.
func (s *Staff) reportYear() int { return s.DB.Now().In(calendar.Zone).AddDate(0, -4, 0).Year() }

func (s *Staff) annualHome(v *visit) error {
	return s.annualTab(v, int64(s.reportYear()), "overview")
}

func (s *Staff) annualOverview(v *visit) error { return s.annualOf(v, "overview") }
func (s *Staff) annualTables(v *visit) error   { return s.annualOf(v, "tables") }
func (s *Staff) annualText(v *visit) error     { return s.annualOf(v, "text") }

func (s *Staff) annualOf(v *visit, tab string) error {
	year, err := v.id()
	if err != nil {
		return err
	}
	return s.annualTab(v, year, tab)
}

func (s *Staff) annualTab(v *visit, year int64, tab string) error {
	sheet, err := s.Annual.Open(v.ctx, v.actor, int(year))
	if err != nil {
		return err
	}
	p := annualPage{Sheet: sheet, Tab: tab, Edits: s.mayAll(v, "annual.edit") && sheet.State != annual.Frozen, Freezes: s.mayAll(v, "annual.freeze"), FrozenBy: sheet.Names[sheet.FrozenBy]}
	for y := s.DB.Now().In(calendar.Zone).Year(); y >= annual.FirstYear; y-- {
		p.Years = append(p.Years, y)
	}
	p.annualLeft(s, v)
	for _, f := range sheet.Findings {
		if f.Level == check.Block {
			p.Blocking++
		} else {
			p.Hints++
		}
		p.Said = append(p.Said, annualFinding{string(f.Level), strings.ToUpper(strings.Replace(strings.TrimPrefix(f.Rule, "annual."), "v", "V-", 1)), f.Where, s.say(v.lang, f.Rule, f.Args), annualLink(sheet.Year, f.Where)})
	}
	switch tab {
	case "overview":
		p.compare(sheet)
		for _, c := range sheet.Missing {
			if slices.Contains(annual.Attested, c) {
				p.Owed = append(p.Owed, c)
			} else {
				p.T3Empty++
			}
		}
	case "tables":
		for n := 2; n <= 4; n++ {
			p.Tables = append(p.Tables, s.annualTable(v, &p, n))
		}
	case "text":
		p.prose(s, v)
	}
	if p.frame, err = s.frame(v, "staff.annual"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "annual", p)
	return nil
}

func (p *annualPage) annualLeft(s *Staff, v *visit) {
	if p.State != annual.Working {
		return
	}
	p.Left = due{"g", s.say(v.lang, "staff.annual.left", map[string]any{"n": p.DaysLeft, "due": p.Due.Format(time.DateOnly)}), p.Due}
	switch {
	case p.DaysLeft < 0:
		p.Left.Class, p.Left.Text = "r", s.say(v.lang, "staff.annual.late", map[string]any{"n": -p.DaysLeft})
	case p.DaysLeft <= 7:
		p.Left.Class = "r"
	case p.DaysLeft <= 20:
		p.Left.Class = "a"
	}
}

// annualLink is where a finding is mended.
func annualLink(year int, where string) string {
	switch {
	case slices.Contains(annual.Codes, annual.Code(where)):
		return fmt.Sprintf("/annual/%d/cells/%s", year, where)
	case where == "publish_on":
		return ""
	}
	return fmt.Sprintf("/annual/%d/text", year)
}

// annualKeys are the figures a year is compared by.
var annualKeys = []annual.Code{"T2.B1", "T2.B3", "T2.C1", "T2.D1", "T2.E1", annual.Cell3(annual.RowNew, 7), annual.Cell3(annual.RowCarried, 7), annual.Cell3(annual.RowSum, 7), annual.Cell3(annual.RowOpen, 7), "F5", "G5", "H5"}

func (p *annualPage) compare(s *annual.Sheet) {
	text := func(f annual.Figures, c annual.Code) string {
		if v, ok := f[c]; ok {
			return v.String()
		}
		return "—"
	}
	for _, c := range annualKeys {
		p.Compared = append(p.Compared, annualCompared{string(c), text(s.LastYear, c), text(s.Figures, c)})
	}
}

var annualMark = regexp.MustCompile(`⟦([A-Z0-9.]+)⟧`)

// annualTable is a table of the format with each figure a way to what it counts,
// or the field it is entered in.
func (s *Staff) annualTable(v *visit, p *annualPage, n int) template.HTML {
	marks := map[string]string{}
	for _, c := range annual.Codes {
		marks[string(c)] = "⟦" + string(c) + "⟧"
	}
	esc := template.HTMLEscapeString
	out := annualMark.ReplaceAllStringFunc(body.AnnualTable(n, marks), func(m string) string {
		code := annual.Code(annualMark.FindStringSubmatch(m)[1])
		value := ""
		if x, ok := p.Figures[code]; ok {
			value = x.String()
		}
		if !p.Edits || !slices.Contains(annual.Attested, code) || p.State == annual.Elsewhere {
			if value == "" {
				value = "—"
			}
			return fmt.Sprintf(`<a href="/annual/%d/cells/%s">%s</a>`, p.Year, code, esc(value))
		}
		bad := ""
		if v.refused != nil {
			value = v.form.Get(string(code))
			if v.refused.Field == string(code) {
				bad = ` aria-invalid="true"`
			}
		}
		return fmt.Sprintf(`<input id="f-%s" class="cell" name="%s" value="%s" inputmode="decimal" size="5" maxlength="20" autocomplete="off" aria-label="%s"%s>`, code, code, esc(value), esc(s.say(v.lang, "annual.cell."+string(code), nil)), bad)
	})
	return template.HTML(strings.Replace(out, "<table>", `<table class="figures annual">`, 1))
}

func (p *annualPage) prose(s *Staff, v *visit) {
	bound, shown := p.Narrative.Texts(), p.Filled.Texts()
	for i, t := range bound {
		part := annualPart{t.Name, t.Title, t.Text, shown[i].Text}
		if v.refused != nil && v.form.Has(t.Name) {
			part.Bound = v.form.Get(t.Name)
		}
		p.Parts = append(p.Parts, part)
	}
	for name, value := range p.Values {
		p.Numbers = append(p.Numbers, annualNumber{name, value})
	}
	slices.SortFunc(p.Numbers, func(a, b annualNumber) int { return strings.Compare(a.Name, b.Name) })
}
