package staff

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"gongkai/internal/calendar"
	"gongkai/internal/httpserver"
	"gongkai/internal/review"
)

// statisticsPage shows a year's figures as a chart and as tables with the same
// numbers.
type statisticsPage struct {
	frame
	*review.Statistics
	Chart       template.HTML
	Years       []int
	ReturnRate  string // of the submissions, in per cent
	MonthNumber []int
}

// firstYear is the earliest the page offers.
const firstYear = 2022

func (s *Staff) statisticsOf(v *visit) (*review.Statistics, []int, error) {
	year, err := v.number("year")
	if err != nil {
		return nil, nil, err
	}
	now := s.DB.Now().In(calendar.Zone).Year()
	if year == 0 {
		year = int64(now)
	}
	if year < firstYear || year > int64(now) {
		return nil, nil, httpserver.ErrQuery.On("year").With("name", "year")
	}
	var years []int
	for y := now; y >= firstYear; y-- {
		years = append(years, y)
	}
	st, err := s.Desk.Statistics(v.ctx, v.actor, int(year))
	return st, years, err
}

func (s *Staff) statistics(v *visit) error {
	st, years, err := s.statisticsOf(v)
	if err != nil {
		return err
	}
	p := statisticsPage{Statistics: st, Years: years, Chart: bars(st.Months[:]), ReturnRate: rate(st.Returned, st.Submitted)}
	for m := range 12 {
		p.MonthNumber = append(p.MonthNumber, m+1)
	}
	if p.frame, err = s.frame(v, "staff.statistics"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "statistics", p)
	return nil
}

// rate is a share in per cent; of nothing there is none.
func rate(part, whole int64) string {
	if whole == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// Hours is a mean for people.
func (statisticsPage) Hours(d time.Duration) string { return fmt.Sprintf("%.1f", d.Hours()) }

// bars draws a year's months. The table beside it says the same, so to a screen
// reader it is nothing.
func bars(months []int) template.HTML {
	const width, height, foot = 720, 180, 24
	most := 1
	for _, n := range months {
		most = max(most, n)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bars" viewBox="0 0 %d %d" aria-hidden="true" focusable="false">`, width, height+foot)
	step := width / len(months)
	for i, n := range months {
		h := n * (height - 20) / most
		x := i * step
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2"/>`, x+10, height-h, step-20, h)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%d</text>`, x+step/2, height-h-6, n)
		fmt.Fprintf(&b, `<text class="m" x="%d" y="%d" text-anchor="middle">%d</text>`, x+step/2, height+17, i+1)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// statisticsBook answers the same figures as a workbook.
func (s *Staff) statisticsBook(v *visit) error {
	st, _, err := s.statisticsOf(v)
	if err != nil {
		return err
	}
	t := func(code string) string { return s.say(v.lang, code, nil) }
	f := excelize.NewFile()
	defer f.Close()
	sheet := func(name string, rows [][]any) error {
		if _, err := f.NewSheet(name); err != nil {
			return err
		}
		for i, row := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				return err
			}
		}
		return f.SetColWidth(name, "A", "B", 24)
	}
	months := [][]any{{t("staff.statistics.month"), t("staff.statistics.published")}}
	for i, n := range st.Months {
		months = append(months, []any{i + 1, n})
	}
	months = append(months, []any{t("staff.statistics.year"), st.Published()})
	sections := [][]any{{t("staff.field.section"), t("staff.statistics.published")}}
	for _, x := range st.Sections {
		sections = append(sections, []any{x.Title, x.Count})
	}
	steps := [][]any{{t("staff.chain"), t("staff.col.step"), t("staff.statistics.passed"), t("staff.statistics.returned"), t("staff.statistics.hours")}}
	for _, x := range st.Steps {
		steps = append(steps, []any{x.Chain, x.Step, x.Passed, x.Returned, float64(int(x.Mean.Hours()*10)) / 10})
	}
	for _, one := range []struct {
		name string
		rows [][]any
	}{{t("staff.statistics.by_month"), months}, {t("staff.statistics.by_section"), sections}, {t("staff.statistics.by_step"), steps}} {
		if err := sheet(one.name, one.rows); err != nil {
			return err
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return err
	}
	v.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="statistics-%d.xlsx"`, st.Year))
	v.Data(http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b.Bytes())
	return nil
}
