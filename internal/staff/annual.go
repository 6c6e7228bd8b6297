package staff

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/annual"
	"gongkai/internal/body"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/foi"
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
	Left     due
	Said     []annualFinding
	Compared []annualCompared
	Owed     []annual.Code
	Tables   []template.HTML
	Parts    []annualPart
	Numbers  []annualNumber
	FrozenBy string
	Sums     bool // it sums up the reports of other units

	Figure func(annual.Code) string
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
	s.annualHead(v, &p)
	for _, f := range sheet.Findings {
		args := map[string]any{}
		for name, value := range f.Args {
			if text, ok := value.(string); ok && name == "cells" {
				value = annualCode.ReplaceAllStringFunc(text, func(c string) string { return s.annualName(v, annual.Code(c)) })
			}
			args[name] = value
		}
		p.Said = append(p.Said, annualFinding{string(f.Level), annualRule(f.Rule), s.annualName(v, annual.Code(f.Where)), s.say(v.lang, f.Rule, args), annualLink(sheet.Year, f.Where)})
	}
	switch tab {
	case "overview":
		p.compare(sheet)
		for _, c := range sheet.Missing {
			if slices.Contains(annual.Attested, c) {
				p.Owed = append(p.Owed, c)
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

// annualHead fills what stands above every tab.
func (s *Staff) annualHead(v *visit, p *annualPage) {
	for y := s.DB.Now().In(calendar.Zone).Year(); y >= annual.FirstYear; y-- {
		p.Years = append(p.Years, y)
	}
	p.annualLeft(s, v)
	p.Figure = func(c annual.Code) string { return s.annualName(v, c) }
	p.Blocking = len(check.Blocking(p.Findings))
	p.Sums = s.Annual.Rules.Government
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

var annualCode = regexp.MustCompile(`T2\.[A-E][1-3]|T3\.R[0-9]{2}\.C[1-7]|[FGH][1-5]`)

// annualRule is the id of a check as the rule book writes it: "V-01"; what was
// noted of a report that was read in has none.
func annualRule(rule string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(rule, "annual."), "_")
	n, check := strings.CutPrefix(id, "v")
	if !check {
		return ""
	}
	return "V-" + n
}

// annualName is a figure by the names of its row and column; what is no figure
// has none.
func (s *Staff) annualName(v *visit, c annual.Code) string {
	var row, column int
	switch i := slices.Index(annual.Table4, c); {
	case i >= 0:
		return s.say(v.lang, "foi.dispute."+string(foi.DisputeKinds[i/5]), nil) + " · " + s.say(v.lang, "staff.annual.column"+strconv.Itoa(i%5), nil)
	case slices.Contains(annual.Attested, c):
		return s.say(v.lang, "annual.cell."+string(c), nil)
	}
	if n, _ := fmt.Sscanf(string(c), "T3.R%d.C%d", &row, &column); n == 2 && column >= 1 && column <= annual.Columns {
		return body.AnnualRow(row) + " · " + body.AnnualColumns[column-1]
	}
	return ""
}

// annualLink is where a finding is mended.
func annualLink(year int, where string) string {
	switch {
	case slices.Contains(annual.Codes, annual.Code(where)):
		return fmt.Sprintf("/annual/%d/cells/%s", year, where)
	case where == "T2" || where == "T3":
		return fmt.Sprintf("/annual/%d/tables", year)
	case where == "" || where == "publish_on":
		return ""
	}
	return fmt.Sprintf("/annual/%d/text", year)
}

// annualKeys are the figures a year is compared by.
var annualKeys = []annual.Code{"T2.B1", "T2.B3", "T2.C1", "T2.D1", "T2.E1", annual.Cell3(annual.RowNew, 7), annual.Cell3(annual.RowCarried, 7), annual.Cell3(annual.RowSum, 7), annual.Cell3(annual.RowOpen, 7), "F5", "G5", "H5"}

func (p *annualPage) compare(s *annual.Sheet) {
	for _, c := range annualKeys {
		p.Compared = append(p.Compared, annualCompared{string(c), s.LastYear.Shown(c), s.Figures.Shown(c)})
	}
}

var headerCell = regexp.MustCompile(`<th([ >])`)

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
	head, rows, _ := strings.Cut(out, "<tbody>")
	out = headerCell.ReplaceAllString(head, `<th scope="col"$1`) + "<tbody>" + headerCell.ReplaceAllString(rows, `<th scope="row"$1`)
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
