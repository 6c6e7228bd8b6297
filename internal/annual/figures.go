// Package annual is the statutory annual report on the disclosure of government
// information (国办公开办函〔2021〕30号): its 200 figures, the checks between
// them, and its text.
package annual

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Code names a cell: T2.A1 … T2.E1, T3.R01.C1 … T3.R25.C7, F1 … H5 (domain 5.2
// to 5.4).
type Code string

// Codes are the 200 cells in the order of the report.
var Codes = codes()

// The cells of table 二 and 四.
var (
	Table2 = []Code{"T2.A1", "T2.A2", "T2.A3", "T2.B1", "T2.B2", "T2.B3", "T2.C1", "T2.D1", "T2.D2", "T2.E1"}
	Table4 = []Code{"F1", "F2", "F3", "F4", "F5", "G1", "G2", "G3", "G4", "G5", "H1", "H2", "H3", "H4", "H5"}
)

// The rows of table 三 that rules speak of.
const (
	RowNew     = 1 // 本年新收
	RowCarried = 2 // 上年结转
	RowFirst   = 3 // the first kind of answer
	RowLast    = 23
	RowSum     = 24 // 总计
	RowOpen    = 25 // 结转下年度
	Rows       = 25
	Columns    = 7 // six kinds of applicant and the total
)

// Cell3 is the cell of table 三 in a row 1…25 and a column 1…7.
func Cell3(row, column int) Code { return Code(fmt.Sprintf("T3.R%02d.C%d", row, column)) }

func codes() []Code {
	all := append([]Code{}, Table2...)
	for r := 1; r <= Rows; r++ {
		for c := 1; c <= Columns; c++ {
			all = append(all, Cell3(r, c))
		}
	}
	return append(all, Table4...)
}

// Amount is a figure in millionths: every figure is a whole number but T2.E1,
// which is in 万元.
type Amount int64

// Whole is the amount of a whole number.
func Whole(n int) Amount { return Amount(n) * unit }

const unit = 1_000_000

var amount = regexp.MustCompile(`^([0-9]{1,12})(?:\.([0-9]{1,6}))?$`)

// ParseAmount reads digits with at most six decimals.
func ParseAmount(s string) (Amount, bool) {
	m := amount.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	part, _ := strconv.ParseInt((m[2] + "000000")[:6], 10, 64)
	return Amount(n*unit + part), true
}

// IsWhole says that there is nothing behind the decimal point.
func (a Amount) IsWhole() bool { return a%unit == 0 }

func (a Amount) String() string {
	if a.IsWhole() {
		return strconv.FormatInt(int64(a/unit), 10)
	}
	return strings.TrimRight(fmt.Sprintf("%d.%06d", a/unit, a%unit), "0")
}

// Figures are the cells that are reported. A cell that is not there is not
// reported, which is something else than zero.
type Figures map[Code]Amount

// Missing lists the cells that are not reported, in the order of the report.
func (f Figures) Missing() []Code {
	var all []Code
	for _, c := range Codes {
		if _, ok := f[c]; !ok {
			all = append(all, c)
		}
	}
	return all
}

// Text is the figures as the tables print them.
func (f Figures) Text() map[string]string {
	all := map[string]string{}
	for c, v := range f {
		all[string(c)] = v.String()
	}
	return all
}

// Shown is a cell as a page shows it: a dash when it is not reported.
func (f Figures) Shown(c Code) string {
	if v, ok := f[c]; ok {
		return v.String()
	}
	return "—"
}

// Same says whether two reports hold the same figures.
func (f Figures) Same(other Figures) bool {
	if len(f) != len(other) {
		return false
	}
	for c, v := range f {
		if w, ok := other[c]; !ok || v != w {
			return false
		}
	}
	return true
}
