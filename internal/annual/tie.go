package annual

import (
	"fmt"
	"strings"
	"time"

	"gongkai/internal/check"
)

// Subject is what the checks look at: the figures and what they must agree
// with. What is nil or empty is not compared.
type Subject struct {
	Year        int
	Figures     Figures
	LastYear    Figures
	Ledger      Figures // cells counted from the registers
	MayMakeRule bool    // 规章: ministries, provinces, cities with districts
	Government  bool    // a government's own consolidated report: until 31 March
	Text        *Text
	PublishOn   time.Time
	Parts       []Figures       // of the units a consolidated report sums up
	Told        map[Code]string // why a figure of last year's column changed its kind (V-05)
	ZeroYears   int             // years in a row without any request (V-15)
	DirectSuits int             // suits without reconsideration against refusals since 2024 (V-15)
	Attested    map[Code]bool   // cells somebody signed for whose source lies outside (V-16)
	Counts      *Counts         // of the registers, for the prose (V-09)
}

// A TieRule is one of the checks V-01…V-18 (domain 5.5).
type TieRule struct {
	ID   string
	Find func(Subject) []check.Finding
}

// Ties are the checks in order.
var Ties = []TieRule{
	{"V-01", everyCell}, {"V-02", rowSums}, {"V-03", columnSums}, {"V-04", inAndOut}, {"V-05", carriedOver}, {"V-06", disputeSums},
	{"V-07", stillOpen}, {"V-08", fromLedger}, {"V-09", textAgrees}, {"V-10", textRepeats}, {"V-11", noRules}, {"V-12", validRules},
	{"V-13", period}, {"V-14", headings}, {"V-15", disputes}, {"V-16", attested}, {"V-17", consolidated}, {"V-18", jumps},
}

// Tie runs all checks.
func Tie(s Subject) []check.Finding {
	var all []check.Finding
	for _, r := range Ties {
		all = append(all, r.Find(s)...)
	}
	return all
}

// finding is what a check says: rule "V-04" has the sentence annual.v04.
func finding(id string, level check.Level, where string, args ...any) check.Finding {
	f := check.Finding{Rule: "annual.v" + id[2:], Level: level, Where: where, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i].(string)] = args[i+1]
	}
	return f
}

func everyCell(s Subject) (all []check.Finding) {
	if missing := s.Figures.Missing(); len(missing) > 0 {
		all = append(all, finding("V-01", check.Block, string(missing[0]), "count", len(missing), "cells", list(missing)))
	}
	for _, c := range Codes {
		if v := s.Figures[c]; v < 0 || c != "T2.E1" && !v.IsWhole() {
			all = append(all, finding("V-01", check.Block, string(c), "count", 1, "cells", list([]Code{c})))
		}
	}
	return all
}

// list names cells, the first few of many.
func list(all []Code) string {
	s := ""
	for i, c := range all {
		if i == 8 {
			return s + " …"
		}
		if i > 0 {
			s += "、"
		}
		s += string(c)
	}
	return s
}

// has says that all cells are reported, so that a sum can be judged; what is
// missing V-01 says.
func (f Figures) has(all ...Code) bool {
	for _, c := range all {
		if _, ok := f[c]; !ok {
			return false
		}
	}
	return true
}

func (f Figures) sum(all ...Code) (sum Amount) {
	for _, c := range all {
		sum += f[c]
	}
	return sum
}

func rowSums(s Subject) (all []check.Finding) {
	for r := 1; r <= Rows; r++ {
		var parts []Code
		for c := 1; c < Columns; c++ {
			parts = append(parts, Cell3(r, c))
		}
		total := Cell3(r, Columns)
		if s.Figures.has(append(parts, total)...) && s.Figures.sum(parts...) != s.Figures[total] {
			all = append(all, finding("V-02", check.Block, string(total), "row", r, "sum", s.Figures.sum(parts...).String(), "have", s.Figures[total].String()))
		}
	}
	return all
}

func columnSums(s Subject) (all []check.Finding) {
	for c := 1; c <= Columns; c++ {
		var parts []Code
		for r := RowFirst; r <= RowLast; r++ {
			parts = append(parts, Cell3(r, c))
		}
		total := Cell3(RowSum, c)
		if s.Figures.has(append(parts, total)...) && s.Figures.sum(parts...) != s.Figures[total] {
			all = append(all, finding("V-03", check.Block, string(total), "column", c, "sum", s.Figures.sum(parts...).String(), "have", s.Figures[total].String()))
		}
	}
	return all
}

// inAndOut is the note printed in the table: what came is what was answered and
// what is left.
func inAndOut(s Subject) (all []check.Finding) {
	for c := 1; c <= Columns; c++ {
		in, out := []Code{Cell3(RowNew, c), Cell3(RowCarried, c)}, []Code{Cell3(RowSum, c), Cell3(RowOpen, c)}
		if s.Figures.has(append(in, out...)...) && s.Figures.sum(in...) != s.Figures.sum(out...) {
			all = append(all, finding("V-04", check.Block, string(Cell3(RowSum, c)), "column", c, "in", s.Figures.sum(in...).String(), "out", s.Figures.sum(out...).String()))
		}
	}
	return all
}

func carriedOver(s Subject) (all []check.Finding) {
	if s.LastYear == nil {
		return nil
	}
	for c := 1; c <= Columns; c++ {
		now, then := Cell3(RowCarried, c), Cell3(RowOpen, c)
		if !s.Figures.has(now) || !s.LastYear.has(then) || s.Figures[now] == s.LastYear[then] {
			continue
		}
		level := check.Block
		if s.Told[now] != "" {
			level = check.Hint
		}
		all = append(all, finding("V-05", level, string(now), "column", c, "have", s.Figures[now].String(), "last", s.LastYear[then].String(), "note", s.Told[now]))
	}
	return all
}

func disputeSums(s Subject) (all []check.Finding) {
	for i := 0; i < len(Table4); i += 5 {
		parts, total := Table4[i:i+4], Table4[i+4]
		if s.Figures.has(Table4[i:i+5]...) && s.Figures.sum(parts...) != s.Figures[total] {
			all = append(all, finding("V-06", check.Block, string(total), "sum", s.Figures.sum(parts...).String(), "have", s.Figures[total].String()))
		}
	}
	return all
}

func stillOpen(s Subject) (all []check.Finding) {
	return differs(s, "V-07", func(c Code) bool { return isRow(c, RowOpen) })
}

func fromLedger(s Subject) (all []check.Finding) {
	return differs(s, "V-08", func(c Code) bool { return !isRow(c, RowOpen) })
}

func isRow(c Code, row int) bool { return strings.HasPrefix(string(c), fmt.Sprintf("T3.R%02d.", row)) }

// differs compares with what the registers count.
func differs(s Subject, id string, which func(Code) bool) (all []check.Finding) {
	for _, c := range Codes {
		want, counted := s.Ledger[c]
		have, reported := s.Figures[c]
		if counted && reported && which(c) && want != have {
			all = append(all, finding(id, check.Block, string(c), "have", have.String(), "ledger", want.String()))
		}
	}
	return all
}

func noRules(s Subject) (all []check.Finding) {
	if s.MayMakeRule {
		return nil
	}
	for _, c := range Table2[:3] {
		if s.Figures[c] != 0 {
			all = append(all, finding("V-11", check.Block, string(c), "have", s.Figures[c].String()))
		}
	}
	return all
}

// validRules follows the documents in force from year to year; what expired by
// itself counts as repealed.
func validRules(s Subject) (all []check.Finding) {
	if s.LastYear == nil {
		return nil
	}
	for _, g := range [][]Code{Table2[:3], Table2[3:6]} {
		if !s.Figures.has(g...) || !s.LastYear.has(g[2]) {
			continue
		}
		if want := s.LastYear[g[2]] + s.Figures[g[0]] - s.Figures[g[1]]; want != s.Figures[g[2]] {
			all = append(all, finding("V-12", check.Hint, string(g[2]), "have", s.Figures[g[2]].String(), "want", want.String()))
		}
	}
	return all
}

// period checks the day of publication: 31 January, 31 March for a government
// (DL-9, DL-10).
func period(s Subject) (all []check.Finding) {
	month, name := time.February, "01-31"
	if s.Government {
		month, name = time.April, "03-31"
	}
	if y, m, _ := s.PublishOn.Date(); !s.PublishOn.IsZero() && (y > s.Year+1 || y == s.Year+1 && m >= month) {
		all = append(all, finding("V-13", check.Hint, "publish_on", "until", fmt.Sprintf("%d-%s", s.Year+1, name)))
	}
	return all
}

// disputes only hints: there is no arithmetic between table 三 and 四 (V-15).
func disputes(s Subject) (all []check.Finding) {
	if s.Figures.sum("F5", "G5", "H5") > 0 && s.ZeroYears >= 3 {
		all = append(all, finding("V-15", check.Hint, "F5", "years", s.ZeroYears))
	}
	if s.DirectSuits > 0 {
		f := finding("V-15", check.Hint, "G5", "count", s.DirectSuits)
		f.Rule = "annual.v15_direct"
		all = append(all, f)
	}
	return all
}

// attested asks for a signature under the figures that other registers hold:
// permits, penalties, coercion, charges.
func attested(s Subject) (all []check.Finding) {
	if s.Attested == nil {
		return nil
	}
	for _, c := range Table2[6:] {
		if !s.Attested[c] {
			all = append(all, finding("V-16", check.Hint, string(c)))
		}
	}
	return all
}

func consolidated(s Subject) (all []check.Finding) {
	if len(s.Parts) == 0 {
		return nil
	}
	for _, c := range Codes {
		var sum Amount
		for _, p := range s.Parts {
			sum += p[c]
		}
		if have, ok := s.Figures[c]; ok && have != sum {
			all = append(all, finding("V-17", check.Block, string(c), "have", have.String(), "sum", sum.String()))
		}
	}
	return all
}

// jumps shows what changed by more than half; small numbers always do.
func jumps(s Subject) (all []check.Finding) {
	for _, c := range Codes {
		now, a := s.Figures[c]
		then, b := s.LastYear[c]
		if change := max(now-then, then-now); a && b && then >= Whole(10) && change*2 > then {
			all = append(all, finding("V-18", check.Hint, string(c), "have", now.String(), "last", then.String()))
		}
	}
	return all
}
