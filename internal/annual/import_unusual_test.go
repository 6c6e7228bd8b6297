package annual

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/body"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// eachRow writes a table row by row; merged cells are lost, figures begin at n.
func eachRow(write func(s *strings.Builder, row []string, n int)) func(table) string {
	return func(t table) string {
		var s strings.Builder
		for _, row := range t {
			row = filled(row)
			n := 0
			for n < len(row) && !isNumber(row[n]) {
				n++
			}
			write(&s, row, n)
		}
		return s.String()
	}
}

// broken breaks the last label of a row after size characters; the figures stand
// behind the piece that place chooses, as in a text copied out of a printed page.
func broken(size int, place func(pieces int) int) func(table) string {
	return eachRow(func(s *strings.Builder, row []string, n int) {
		if n == 0 || n == len(row) {
			s.WriteString(strings.Join(row, " ") + "\n")
			return
		}
		label := []rune(row[n-1])
		var pieces []string
		for ; len(label) > size; label = label[size:] {
			pieces = append(pieces, string(label[:size]))
		}
		pieces = append(pieces, string(label))
		s.WriteString(strings.Join(append(row[:n-1:n-1], ""), " "))
		for i, p := range pieces {
			if i == place(len(pieces)) {
				p += " " + strings.Join(row[n:], " ")
			}
			s.WriteString(p + "\n")
		}
	})
}

// edited changes what another flattening wrote.
func edited(write func(table) string, pairs ...string) func(table) string {
	return func(t table) string { return strings.NewReplacer(pairs...).Replace(write(t)) }
}

// longRows changes the rows of table 三.
func longRows(sep string, change func(row []string) []string) func(table) string {
	return func(t table) string {
		var s strings.Builder
		for _, row := range t {
			if len(row) == Columns+2 {
				row = change(append([]string{}, row...))
			}
			s.WriteString(strings.Join(row, sep) + "\n")
		}
		return s.String()
	}
}

// lastTable changes table 四, whose row is figures.
func lastTable(write func(figures []string) string) func(table) string {
	return func(t table) string {
		if len(t) != 4 || len(t[3]) != len(Table4) {
			return joined("\t", nil)(t)
		}
		return write(t[3])
	}
}

func everyLine(n int, line func(page int) string, write func(table) string) func(table) string {
	return func(t table) string {
		var s strings.Builder
		for i, l := range strings.Split(write(t), "\n") {
			s.WriteString(l + "\n")
			if i%n == n-1 {
				s.WriteString(line(i/n+1) + "\n")
			}
		}
		return s.String()
	}
}

func zero(as string) func(string) string {
	return func(s string) string {
		if s == "0" {
			return as
		}
		return s
	}
}

func behindFigure(mark string) func(string) string {
	return func(s string) string {
		if s == "0" {
			return s
		}
		return s + mark
	}
}

var (
	listed  = regexp.MustCompile(`(^|\t)([0-9])\.([^0-9])`)
	results = []string{"结果维持", "结果纠正", "其他结果", "尚未审结", "总计"}
	kinds   = []string{"行政复议", "未经复议直接起诉", "复议后起诉"}
)

// unusual are reports as other programs and other hands leave them. Those that
// are named cannot be read whole, and must say so.
var unusual = []struct {
	flattening
	named bool
}{
	{flattening: flattening{name: "labels broken, figures behind the first piece", write: broken(10, func(int) int { return 0 })}},
	{flattening: flattening{name: "labels broken, figures behind the last piece", write: broken(10, func(n int) int { return n - 1 })}},
	{flattening: flattening{name: "labels broken, figures in the middle", write: broken(6, func(n int) int { return n / 2 })}},
	{flattening: flattening{name: "figures before their label", write: eachRow(func(s *strings.Builder, row []string, n int) {
		s.WriteString(strings.Join(append(append([]string{}, row[n:]...), row[:n]...), " ") + "\n")
	})}},
	{flattening: flattening{name: "rows of table 二 on one line", write: func(t table) string {
		if len(t) == 4 || len(t) > 20 {
			return joined("\t", nil)(t)
		}
		return strings.ReplaceAll(joined(" ", nil)(t), "\n", " ") + "\n"
	}}},
	{flattening: flattening{name: "other words for other and sum", write: edited(joined("\t", nil), "其他", "其它", "总计", "合计")}},
	{flattening: flattening{name: "semicolons", write: joined("；", nil)}},
	{flattening: flattening{name: "enumeration commas", write: joined("、", filled)}},
	{flattening: flattening{name: "commas of full width", write: joined("，", filled)}},
	{flattening: flattening{name: "quotation marks around every cell", edit: grouped(","), write: func(t table) string {
		return `"` + strings.ReplaceAll(strings.ReplaceAll(joined("\t", nil)(t), "\t", `","`), "\n", "\"\n\"") + "\"\n"
	}}},
	{flattening: flattening{name: "quotation marks around thousands", write: joined(",", nil), edit: func(s string) string {
		if s = grouped(",")(s); strings.Contains(s, ",") {
			s = `"` + s + `"`
		}
		return s
	}}},
	{flattening: flattening{name: "colons", write: eachRow(func(s *strings.Builder, row []string, n int) {
		s.WriteString(strings.Join(row[:n], " ") + "：" + strings.Join(row[n:], "、") + "\n")
	})}},
	{flattening: flattening{name: "lines between the rows", write: func(t table) string {
		return strings.ReplaceAll(joined(" | ", nil)(t), "\n", "\n+----+----+\n")
	}}},
	{flattening: flattening{name: "units apart", write: joined(" ", filled), edit: func(s string) string { return s + " 件" }}},
	{flattening: flattening{name: "hidden characters in figures", write: joined("\t", nil), edit: func(s string) string { return "\u200b" + s + "\u00ad" }}},
	{flattening: flattening{name: "decimals of zero", write: joined("\t", nil), edit: func(s string) string {
		if strings.Contains(s, ".") {
			return s
		}
		return s + ".00"
	}}},
	{flattening: flattening{name: "marks of footnotes", write: joined("\t", nil), edit: behindFigure("¹")}},
	{flattening: flattening{name: "marks of footnotes in circles", write: joined(" ", filled), edit: behindFigure("①")}},
	{flattening: flattening{name: "marks of footnotes in brackets", write: joined("\t", nil), edit: behindFigure("[1]")}},
	{flattening: flattening{name: "numbers of the list in circles", write: func(t table) string {
		return regexp.MustCompile(`(?m)`+listed.String()).ReplaceAllStringFunc(joined("\t", nil)(t), func(s string) string {
			m := listed.FindStringSubmatch(s)
			return m[1] + string('①'+rune(m[2][0]-'1')) + m[3]
		})
	}}},
	{flattening: flattening{name: "Chinese zeros", write: joined(" ", filled), edit: zero("〇")}},
	{flattening: flattening{name: "nothing for zero", write: joined("\t", nil), edit: zero(""), empty: true}},
	{flattening: flattening{name: "numbers of pages", write: everyLine(29, func(n int) string { return fmt.Sprintf("— %d —", n) }, joined("\n", filled))}},
	{flattening: flattening{name: "numbers of pages in words", write: everyLine(11, func(n int) string { return fmt.Sprintf("第 %d 页 共 9 页", n) }, joined("\n", filled))}},
	{flattening: flattening{name: "groups on every row", write: longRows("\t", func(row []string) []string {
		if row[0] == "" {
			row[0] = "（三）不予公开"
		}
		return row
	})}},
	{flattening: flattening{name: "groups and labels in one cell", write: longRows("\t", func(row []string) []string {
		return append([]string{row[0] + row[1]}, row[2:]...)
	})}},
	{flattening: flattening{name: "numbers of rows", write: longRows("\t", func(row []string) []string { return append([]string{"7"}, row...) })}},
	{flattening: flattening{name: "table 四 in three rows", write: lastTable(func(v []string) string {
		s := "\t" + strings.Join(results, "\t") + "\n"
		for i, kind := range kinds {
			s += kind + "\t" + strings.Join(v[i*5:i*5+5], "\t") + "\n"
		}
		return s
	})}},
	{flattening: flattening{name: "table 四 as a list", write: lastTable(func(v []string) string {
		s := ""
		for i, f := range v {
			if i%5 == 0 {
				s += kinds[i/5] + "\n"
			}
			s += results[i%5] + "：" + f + "\n"
		}
		return s
	})}},
	{flattening: flattening{name: "HTML, plain text inside", html: true, write: func(t table) string { return "<pre>" + joined("\t", nil)(t) + "</pre>" }}},
	{flattening: flattening{name: "HTML, tags never closed", html: true, write: edited(htmlTable(0), "</td>", "", "</tr>", "", "</p>", "")}},
	{flattening: flattening{name: "HTML, a table in a table", html: true, write: func(t table) string { return "<table><tr><td>" + htmlTable(0)(t) + "</td></tr></table>" }}},
	{flattening: flattening{name: "HTML, paragraphs instead of cells", html: true, write: eachRow(func(s *strings.Builder, row []string, _ int) {
		s.WriteString("<div>" + strings.Join(row, "</div><div>") + "</div>")
	})}},
	{flattening: flattening{name: "HTML, digits in pieces", html: true, write: htmlTable(0), edit: func(s string) string {
		return "&nbsp;<span>" + strings.Join(strings.Split(s, ""), "</span><span>") + "</span>&nbsp;"
	}}},

	{named: true, flattening: flattening{name: "letters for zero", write: joined("\t", nil), edit: zero("O")}},
	{named: true, flattening: flattening{name: "negative figures", write: joined("\t", nil), edit: func(s string) string { return "-" + s }}},
	{named: true, flattening: flattening{name: "figures in brackets", write: joined("\t", nil), edit: func(s string) string { return "(" + s + ")" }}},
	{named: true, flattening: flattening{name: "cells parted by strokes", write: joined(" / ", filled)}},
	{named: true, flattening: flattening{name: "nothing between the cells", write: joined("", filled)}},
	{named: true, flattening: flattening{name: "sum first, no heads", write: func(t table) string {
		if len(t) > 20 {
			t = t[3:]
		}
		return longRows("\t", func(row []string) []string { return append([]string{row[0], row[1], row[8]}, row[2:8]...) })(t)
	}}},
	{named: true, flattening: flattening{name: "five columns", write: longRows("\t", func(row []string) []string { return append(row[:5:5], row[7:]...) })}},
	{named: true, flattening: flattening{name: "numbers of rows behind", write: longRows("\t", func(row []string) []string { return append(row, "7") })}},
	{named: true, flattening: flattening{name: "turned", write: func(t table) string {
		if len(t) < 20 {
			return joined("\t", nil)(t)
		}
		var s strings.Builder
		for c := range Columns + 2 {
			for _, row := range t[3:] {
				s.WriteString(row[min(c, len(row)-1)] + "\t")
			}
			s.WriteString("\n")
		}
		return s.String()
	}}},
	{named: true, flattening: flattening{name: "plain numbers of pages", write: everyLine(29, func(n int) string { return fmt.Sprint(n) }, joined("\n", filled))}},
	{named: true, flattening: flattening{name: "table 四 with one figure more", write: lastTable(func(v []string) string { return strings.Join(results, "\t") + "\n" + strings.Join(v, "\t") + "\t7\n" })}},
}

// TestUnusualReportsAreReadOrNamed: a figure is read as it is, or there is a word
// about it.
func TestUnusualReportsAreReadOrNamed(t *testing.T) {
	for i, fl := range unusual {
		t.Run(fl.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(i), 17))
			lost := 0
			for round := range 12 {
				lost += fl.unread(t, full(rng, mosts[round%len(mosts)]))
			}
			if (lost > 0) != fl.named {
				t.Errorf("%d of %d cells were not read", lost, 12*200)
			}
		})
	}
}

func TestPiecesOfLabelsAreNoHeadings(t *testing.T) {
	got := flattening{write: broken(10, func(n int) int { return n / 2 })}.report(full(rand.New(rand.NewPCG(3, 3)), 9))
	var titles []string
	for _, p := range got.Text.Parts {
		titles = append(titles, p.Title)
	}
	if !slices.Equal(titles, Titles) {
		t.Errorf("%q", titles)
	}
}

// TestAReportInsideAPage has another heading and another year before it.
func TestAReportInsideAPage(t *testing.T) {
	d, err := body.Import("r.html", []byte("<h1>政府门户网站</h1><p>首页 &gt; 政府信息公开年报 &gt; 2024年</p><p>甲局 2025 年政府信息公开工作年度报告</p><p>一、总体情况</p>"))
	if err != nil {
		t.Fatal(err)
	}
	if got := ImportDocument(d); got.Year != 2025 || got.Text.Title != "甲局 2025 年政府信息公开工作年度报告" {
		t.Errorf("%d %q", got.Year, got.Text.Title)
	}
}

func TestAReportInGB18030IsRead(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(seed(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Import("报告.txt", []byte(gb))
	if err != nil || len(got.Figures) != 200 || got.Year != 2025 {
		t.Errorf("%d cells of %d, %v", len(got.Figures), got.Year, err)
	}
}

// TestWorkbooksOfOtherHands: a cover before the tables, last year's hidden behind
// them, figures as the nearest binary ones.
func TestWorkbooksOfOtherHands(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string, rows table) {
		_, err := f.NewSheet(name)
		must(err)
		for y, row := range rows {
			for x, c := range row {
				at, err := excelize.CoordinatesToCellName(x+1, y+1)
				must(err)
				if isNumber(c) {
					must(f.SetCellDefault(name, at, c))
				} else {
					must(f.SetCellStr(name, at, c))
				}
			}
		}
	}
	last, this := full(rand.New(rand.NewPCG(1, 1)), 90), full(rand.New(rand.NewPCG(2, 2)), 90)
	this["T2.E1"] = 42_830_000
	must(f.SetSheetName("Sheet1", "封面"))
	must(f.SetCellStr("封面", "A1", "甲局政府信息公开工作年度报告"))
	two, three, four := tables(last)
	put("2024年", append(append(two, three...), four...))
	must(f.SetSheetVisible("2024年", false))
	two, three, four = tables(this)
	two[len(two)-1][1] = "42.829999999999998"
	put("表一 主动公开", two)
	put("表二 申请", three)
	put("表三 复议诉讼", four)
	var b bytes.Buffer
	must(f.Write(&b))
	got, err := ImportWorkbook(b.Bytes())
	must(err)
	if !got.Figures.Same(this) || len(got.Notes) != 1 || got.Notes[0].Rule != "annual.read_hidden" {
		t.Errorf("%d cells, %v", len(got.Figures), got.Notes)
	}
}

// TestWhatStandsTwiceOrHalfIsNotGuessed: a row too many in one place and one too
// few in another look like a whole table.
func TestWhatStandsTwiceOrHalfIsNotGuessed(t *testing.T) {
	const row, next = 3 + 8, 3 + 9 // two rows of table 三, below its heads
	f := full(rand.New(rand.NewPCG(5, 5)), 90)
	for r := 1; r <= Rows; r++ { // no two alike, and each adds up
		f[Cell3(r, Columns)] = 0
		for c := 1; c < Columns; c++ {
			f[Cell3(r, c)] = Whole(100*r + c)
			f[Cell3(r, Columns)] += f[Cell3(r, c)]
		}
	}
	changed := func(write, otherwise func(table) string, change func(t table) table) func(table) string {
		return func(t table) string {
			if len(t) < 20 {
				return otherwise(t)
			}
			return write(change(t))
		}
	}
	before := unusual[3].write
	pieces := broken(6, func(n int) int { return n - 1 })
	plain := joined("\t", nil)
	twice := func(t table) table {
		last := maps.Clone(f)
		last[Cell3(1, 1)] += Whole(1)
		_, again, _ := tables(last)
		return append(t, again...)
	}
	for name, c := range map[string]struct {
		write func(table) string
		want  string
	}{
		"a row twice, the figures of the next lost": {changed(pieces, plain, func(t table) table {
			return append(append(append(table{}, t[:row+1]...), t[row], t[next][:2]), t[next+1:]...)
		}), "annual.read_row"},
		"a label lost behind its figures": {changed(before, plain, func(t table) table {
			t[next] = append([]string{"", ""}, t[next][2:]...)
			return t
		}), "annual.read_row"},
		"labels apart from figures": {changed(plain, plain, func(t table) table {
			var labels, figures table
			for _, row := range t[3:] {
				labels, figures = append(labels, row[:2]), append(figures, row[2:])
			}
			return append(append(t[:3:3], labels...), figures...)
		}), "annual.read_row"},
		"last year's table behind this year's": {changed(plain, plain, twice), "annual.read_second"},
		"a row of table 二 twice": {func(t table) string {
			if len(t) > 20 || len(t) == 4 {
				return plain(t)
			}
			return plain(append(t, []string{"行政许可", "77777"}))
		}, "annual.read_row"},
	} {
		fl := flattening{write: c.write}
		if got := fl.report(f); rules(got.Notes)[c.want] == 0 {
			t.Errorf("%s: %v", name, got.Notes)
		}
		if name != "last year's table behind this year's" {
			fl.unread(t, f)
		}
	}
}
