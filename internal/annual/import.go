package annual

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"gongkai/internal/body"
	"gongkai/internal/check"
)

// Imported is what was found in a report somebody made elsewhere.
type Imported struct {
	Year    int // 0 when the title does not say
	Figures Figures
	Text    *Text
	// Notes say what could not be read, or was read with a guess, and where. A
	// cell without a note was read as it stands.
	Notes []check.Finding
}

// ImportText reads a report from a plain text (.txt, or what was copied from a
// page), however its tables were flattened.
func ImportText(text string) Imported {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "").Replace(text)
	title := ""
	for l := range strings.SplitSeq(text, "\n") {
		if title = strings.TrimSpace(l); title != "" {
			break
		}
	}
	return importLines(title, linesOfText(text))
}

// ImportDocument reads a report that was already taken out of its format: HTML,
// Markdown or Word.
func ImportDocument(d body.Document) Imported { return importLines(d.Title, linesOfHTML(d.Body)) }

// Import reads a report by the ending of its file's name; word documents are
// read by who knows them and given to ImportDocument.
func Import(name string, b []byte) (Imported, error) {
	d, err := body.Import(name, b) // also for its guards: size, characters
	if err != nil {
		return Imported{}, err
	}
	if strings.EqualFold(path.Ext(name), ".txt") {
		text, _ := body.Decode(b)
		return ImportText(text), nil
	}
	return ImportDocument(d), nil
}

func importLines(title string, all []line) Imported {
	r := &reader{figures: Figures{}}
	at := tableHeadings(all)
	two, three, four := sections(all, at)
	if slices.ContainsFunc(two, func(l line) bool { return oldFormat.MatchString(strings.Join(l.cells, "")) }) {
		r.note("annual.read_old_format", "T2")
	} else {
		r.table2(two)
	}
	r.table3(three)
	r.table4(four)
	r.strokes()
	t := readText(reportTitle(title, all), prose(all, at))
	return Imported{Year: t.Year(), Figures: r.figures, Text: t, Notes: r.notes}
}

var titled = regexp.MustCompile(`20[0-9]{2}年度?政府信息公开(?:工作)?年度报告`)

// reportTitle is the title, or, where it is that of a page around the report, the
// first line that is one.
func reportTitle(title string, all []line) string {
	if titled.MatchString(flatten(title)) {
		return title
	}
	for _, l := range all {
		if titled.MatchString(strings.Join(l.cells, "")) && !strings.Contains(l.plain, "。") {
			return strings.TrimSpace(l.plain)
		}
	}
	return title
}

// oldFormat are words of the tables before 2021.
var oldFormat = regexp.MustCompile(`对外公开总数量|本年新公开数量|上一年项目数量|采购项目数量`)

var (
	partTwo   = regexp.MustCompile(`^(?:二[、.]?)?主动公开政府信息情况$`)
	partThree = regexp.MustCompile(`^(?:三[、.]?)?收到和处理政府信息公开申请(?:的)?情况$`)
	partFour  = regexp.MustCompile(`^(?:四[、.]?)?(?:因)?政府信息公开(?:工作被申请|被申请)?(?:提起)?行政复议[、和]?(?:提起)?行政诉讼(?:的)?情况$`)
	partFive  = regexp.MustCompile(`^五[、.]`)
)

// tableHeadings are where the headings of the three tables stand, -1 for one that
// is missing, and where the part behind them begins.
func tableHeadings(all []line) [4]int {
	at := [4]int{-1, -1, -1, len(all)}
	for i, l := range all {
		flat := strings.Join(l.cells, "")
		if figuresIn(l.cells) > 0 {
			continue
		}
		for n, p := range []*regexp.Regexp{partTwo, partThree, partFour, partFive} {
			if p.MatchString(flat) && (n == 3 && at[2] >= 0 && at[3] == len(all) || n < 3 && at[n] < 0) {
				at[n] = i
			}
		}
	}
	return at
}

// prose are the lines that are no rows of tables, nor pieces of their labels.
func prose(all []line, at [4]int) (lines []string) {
	tables := at[0] >= 0 && at[1] > at[0] && at[2] > at[1]
	for i, l := range all {
		if strings.Contains(l.plain, "。") || figuresIn(l.cells) < 3 && (!tables || i <= at[0] || i == at[1] || i == at[2] || i >= at[3]) {
			lines = append(lines, strings.TrimSpace(l.plain))
		}
	}
	return lines
}

// sections are the lines of the three tables. A heading that is missing leaves
// its table in everything before the next one.
func sections(all []line, at [4]int) (two, three, four []line) {
	from := func(n int) int {
		for ; n >= 0; n-- {
			if at[n] >= 0 {
				return at[n]
			}
		}
		return 0
	}
	to := func(n int) int {
		for ; n < 4; n++ {
			if at[n] >= 0 {
				return at[n]
			}
		}
		return len(all)
	}
	cut := func(n int) []line {
		a, b := from(n), to(n+1)
		if b < a {
			b = len(all)
		}
		return all[a:b]
	}
	return cut(0), cut(1), cut(2)
}

type reader struct {
	figures Figures
	notes   []check.Finding
	stroked []Code
	empty   []Code
}

func (r *reader) note(rule, where string, args ...any) {
	f := check.Finding{Rule: rule, Level: check.Hint, Where: where, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i].(string)] = args[i+1]
	}
	r.notes = append(r.notes, f)
}

// strokes says where a stroke or nothing stood in place of a figure. A stroke is
// read as zero; an empty cell is not reported.
func (r *reader) strokes() {
	if len(r.stroked) > 0 {
		r.note("annual.read_stroke", string(r.stroked[0]), "count", len(r.stroked), "cells", list(r.stroked))
	}
	if len(r.empty) > 0 {
		r.note("annual.read_empty", string(r.empty[0]), "count", len(r.empty), "cells", list(r.empty))
	}
}

// set takes the cells of one row.
func (r *reader) set(codes []Code, found []found) {
	for i, f := range found {
		switch f.kind {
		case isFigure:
			r.figures[codes[i]] = f.amount
		case isSlash:
			r.figures[codes[i]] = 0
			r.stroked = append(r.stroked, codes[i])
		default:
			r.empty = append(r.empty, codes[i])
		}
	}
}

// found is one figure's place in a row.
type found struct {
	kind   kind
	amount Amount
}

func foundIn(cells []string) []found {
	all := make([]found, len(cells))
	for i, c := range cells {
		all[i].kind, all[i].amount = classify(c)
	}
	return all
}

func (f found) there() bool { return f.kind == isFigure || f.kind == isSlash }

// behind are the cells that follow the label of line i: on the line itself, or
// one a line below it. Figures before the label leave nothing below to it.
func behind(all []line, i int) (cells []string, free bool) {
	_, _, rest := all[i].tail()
	filled := func(c string) bool { return c != "" }
	if slices.ContainsFunc(rest, filled) || figuresIn(all[i].cells) > 0 {
		return rest, all[i].free
	}
	for _, l := range all[i+1:] {
		label, _, more := l.tail()
		if label != "" {
			break
		}
		cells = append(cells, slices.DeleteFunc(slices.Clone(more), func(c string) bool { return c == "" })...)
	}
	return cells, false
}

// pick finds need figures among cells. at is where among them the figures begin
// in the other rows of the same table, or -1: only then can an empty cell be told
// from a lost one. why is empty when they were found.
func pick(cells []string, need int, free bool, at int) (out []found, guessed bool, why string) {
	all := foundIn(cells)
	var filled []int
	for i, f := range all {
		if f.there() {
			filled = append(filled, i)
		}
	}
	switch {
	case len(filled) == 0:
		return nil, false, "nothing"
	case len(filled) == need:
		for _, i := range filled {
			out = append(out, all[i])
		}
		return out, false, ""
	case len(filled) > need:
		if out, ok := regroup(cells, need); ok && free {
			return out, true, ""
		}
		return nil, false, "too_many"
	case free || len(all) < need:
		return nil, false, "too_few"
	case at < 0 || at+need > len(all) || filled[0] < at || filled[len(filled)-1] != at+need-1:
		return nil, false, "shifted"
	}
	return all[at : at+need], false, ""
}

// regroup joins figures whose thousands were set apart by blanks, when there is
// exactly one way in which the last is the sum of the others.
func regroup(cells []string, need int) ([]found, bool) {
	if need != Columns || len(cells) > 3*need {
		return nil, false
	}
	var only []found
	ways := 0
	var try func(rest []string, made []found)
	try = func(rest []string, made []found) {
		if len(rest) == 0 {
			if len(made) != need {
				return
			}
			var sum Amount
			for _, f := range made[:need-1] {
				sum += f.amount
			}
			if sum == made[need-1].amount {
				ways++
				only = slices.Clone(made)
			}
			return
		}
		if len(made) == need || ways > 1 {
			return
		}
		digits := ""
		for n, c := range rest {
			if n > 0 && (len(c) != 3 || len(digits) > 9) || n == 1 && len(rest[0]) > 3 {
				break
			}
			digits += c
			v, ok := ParseAmount(digits)
			if !ok {
				break
			}
			try(rest[n+1:], append(made[:len(made):len(made)], found{isFigure, v}))
		}
	}
	try(slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return c == "" }), nil)
	return only, ways == 1
}
