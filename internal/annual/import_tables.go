package annual

import (
	"regexp"
	"slices"
	"strings"
)

var numbered = regexp.MustCompile(`^(?:\(?[一二三四五六七八九十]{1,3}\)?[、.]?|[0-9]{1,2}[、.)])+`)

func bare(label string) string { return numbered.ReplaceAllString(label, "") }

// rows2 are the rows of table 二 by their label; words are what every way of
// writing it has.
var rows2 = []struct {
	label *regexp.Regexp
	words string
	codes []Code
}{
	{regexp.MustCompile(`^规章$`), "规章", Table2[:3]},
	{regexp.MustCompile(`^(?:行政)?规范性文件$`), "规范性文件", Table2[3:6]},
	{regexp.MustCompile(`^行政许可$`), "行政许可", Table2[6:7]},
	{regexp.MustCompile(`^行政处罚$`), "行政处罚", Table2[7:8]},
	{regexp.MustCompile(`^行政强制$`), "行政强制", Table2[8:9]},
	{regexp.MustCompile(`^行政事业性收费(?:\(万元\))?$`), "行政事业性收费", Table2[9:]},
}

func (r *reader) table2(all []line) {
	failed := map[Code]string{}
	var labels []string
	var codes [][]Code
	for _, row := range rows2 {
		labels, codes = append(labels, row.words), append(codes, row.codes)
		if why := r.row2(all, row.label, row.codes); why != "" {
			failed[row.codes[0]] = why
		}
	}
	if len(failed) == 0 || r.byOrder(all, labels, codes) {
		return
	}
	for _, row := range codes {
		if why := failed[row[0]]; why != "" {
			r.note("annual.read_row", string(row[0]), "reason", "annual.read_"+why)
		}
	}
}

// row2 answers why the row could not be read.
func (r *reader) row2(all []line, label *regexp.Regexp, codes []Code) string {
	why := "no_row"
	var read []found
	for i, l := range all {
		_, own, _ := l.tail()
		if !label.MatchString(bare(own)) {
			if read == nil && slices.ContainsFunc(l.cells, func(c string) bool { return label.MatchString(bare(c)) }) {
				why = "nothing" // words in the place of the figure
			}
			continue
		}
		cells, free := behind(all, i)
		picked, _, no := pick(cells, len(codes), free, 0)
		if no == "" && codes[0] != "T2.E1" && slices.ContainsFunc(picked, func(f found) bool { return !f.amount.IsWhole() }) {
			no = "not_whole"
		}
		switch {
		case no == "" && read != nil && !slices.Equal(read, picked):
			return "twice"
		case no == "":
			read = picked
		case read == nil:
			why = no
		}
	}
	if read == nil {
		return why
	}
	r.set(codes, read)
	return ""
}

// rows3 are the words that tell the rows of table 三; whole ones are the row's
// own label and nothing else.
var rows3 = []struct {
	words string
	whole bool
}{
	{"本年新收", false}, {"上年结转", false}, {"予以公开", false}, {"部分公开", false}, {"国家秘密", false}, {"禁止公开", false}, {"安全一稳定", false},
	{"第三方", false}, {"内部事务", false}, {"过程性", false}, {"执法案卷", false}, {"行政查询", false}, {"不掌握", false}, {"没有现成", false}, {"仍不明确", false},
	{"信访", false}, {"重复申请", false}, {"公开出版物", false}, {"大量反复", false}, {"重新出具", false}, {"逾期不补正", false}, {"收费通知", false},
	{"其他", true}, {"总计", true}, {"结转下年度", false},
}

// spelling brings the ways together in which offices write the same label.
var spelling = strings.NewReplacer("“", "", "”", "", "\"", "", "'", "", "‘", "", "’", "", "「", "", "」", "", "其它", "其他", "合计", "总计")

// names3 are the columns in their order.
var names3 = []string{"自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"}

func (r *reader) table3(all []line) {
	begin := slices.IndexFunc(all, func(l line) bool {
		return strings.Contains(spelling.Replace(strings.Join(l.cells, "")), rows3[0].words) && figuresIn(l.cells) > 0
	})
	above := all
	if begin >= 0 {
		above = all[:begin]
	}
	switch heads, ordered := heads3(above); {
	case !ordered:
		r.note("annual.read_columns", "T3")
		return
	case heads == 0:
		r.note("annual.read_no_heads", "T3")
	}
	column := column3(all)
	failed := map[int]string{}
	next := 0
	var again []int
	for i, l := range all {
		label, own, _ := l.tail()
		at := match3(spelling.Replace(label), bare(spelling.Replace(own)), next)
		if at < 0 {
			again = append(again, i)
			continue
		}
		cells, free := behind(all, i)
		picked, guessed, why := pick(cells, Columns, free, max(-1, column-len(l.cells)+len(cells)))
		if why == "" && slices.ContainsFunc(picked, func(f found) bool { return !f.amount.IsWhole() }) {
			why = "not_whole"
		}
		if why != "" {
			if failed[at] == "" || failed[at] == "nothing" {
				failed[at] = why
			}
			continue
		}
		if at > next {
			for lost := next; lost < at; lost++ {
				if failed[lost] == "" {
					failed[lost] = "no_row"
				}
			}
		}
		delete(failed, at)
		r.set(cells3(at), picked)
		if guessed {
			r.note("annual.read_regrouped", string(Cell3(at+1, 1)))
		}
		next = at + 1
	}
	r.secondTable(all, again)
	for ; next < len(rows3); next++ {
		if failed[next] == "" {
			failed[next] = "no_row"
		}
	}
	if len(failed) == 0 || r.byOrder(all, labels3(), codes3()) {
		return
	}
	for at := range rows3 {
		if why := failed[at]; why != "" {
			r.note("annual.read_row", string(Cell3(at+1, 1)), "reason", "annual.read_"+why)
		}
	}
}

// secondTable says when rows that were read stand there again with other
// figures: last year's beside this year's, for instance.
func (r *reader) secondTable(all []line, again []int) {
	for _, i := range again {
		label, own, _ := all[i].tail()
		at := match3(spelling.Replace(label), bare(spelling.Replace(own)), 0)
		if at < 0 {
			continue
		}
		cells, free := behind(all, i)
		picked, _, why := pick(cells, Columns, free, -1)
		for c, f := range picked {
			if v, ok := r.figures[Cell3(at+1, c+1)]; why == "" && ok && v != f.amount {
				r.note("annual.read_second", "T3")
				return
			}
		}
	}
}

func labels3() (all []string) {
	for _, row := range rows3 {
		all = append(all, row.words)
	}
	return all
}

func codes3() (all [][]Code) {
	for at := range rows3 {
		all = append(all, cells3(at))
	}
	return all
}

// cells3 are the cells of a row of table 三, from 0.
func cells3(at int) []Code {
	codes := make([]Code, Columns)
	for c := range codes {
		codes[c] = Cell3(at+1, c+1)
	}
	return codes
}

// match3 is the row of a label, not before next; the short labels count only
// near their place, since other cells have the same words.
func match3(label, own string, next int) int {
	for at := next; at < len(rows3); at++ {
		w := rows3[at]
		if !w.whole && strings.Contains(label, w.words) || w.whole && own == w.words && next >= at-2 {
			return at
		}
	}
	return -1
}

// heads3 counts the heads of the columns that are there and says whether they
// stand in the order of the format.
func heads3(above []line) (count int, ordered bool) {
	var seen []int
	for _, l := range above {
		if figuresIn(l.cells) > 0 {
			continue
		}
		for _, c := range l.cells {
			for name := range strings.FieldsFuncSeq(spelling.Replace(c), func(r rune) bool { return strings.ContainsRune(",;、/:", r) }) {
				if i := slices.Index(names3, bare(name)); i >= 0 {
					seen = append(seen, i)
				}
			}
		}
	}
	return len(seen), slices.IsSorted(seen)
}

// column3 is where the figures begin when all rows of a table that hold any end
// in the same column: whoever reports a figure reports its sum.
func column3(all []line) int {
	column, rows := -1, 0
	for _, l := range all {
		label, _, rest := l.tail()
		if l.free || label == "" || len(rest) < Columns {
			continue
		}
		first, last := -1, -1
		for i, f := range foundIn(rest) {
			if f.there() {
				if last = i; first < 0 {
					first = i
				}
			}
		}
		if first < 0 {
			continue
		}
		at := len(l.cells) - len(rest) + last - Columns + 1
		if last-first >= Columns || at < len(l.cells)-len(rest) || rows > 0 && at != column {
			return -1
		}
		column, rows = at, rows+1
	}
	if rows < 3 {
		return -1
	}
	return column
}

var results4 = regexp.MustCompile(`^(?:结果维持|维持|结果纠正|纠正|其他结果|其他|尚未审结|总计)$`)

// table4 is printed as one row of fifteen, as three rows of five, as fifteen
// lines, or turned, as five rows of three.
func (r *reader) table4(all []line) {
	var cells []found
	turned, wide := 0, 0
	begin := slices.IndexFunc(all, func(l line) bool { return strings.Contains(strings.Join(l.cells, ""), "维持") })
	if begin < 0 {
		r.note("annual.read_row", "F1", "reason", "annual.read_no_row")
		return
	}
	for i := begin; i < len(all); i++ {
		_, own, rest := all[i].tail()
		all15 := foundIn(rest)
		there := slices.DeleteFunc(slices.Clone(all15), func(f found) bool { return !f.there() })
		if own == "" && len(all15) == 15 && len(there) > 0 && len(there) < 15 && all15[14].there() {
			there, wide = all15, wide+1 // empty cells keep their place
		}
		if len(there) == 3 && results4.MatchString(bare(spelling.Replace(own))) {
			turned++
		}
		cells = append(cells, there...)
	}
	if len(cells) != len(Table4) || turned != 0 && turned != 5 {
		why := "too_few"
		switch {
		case len(cells) == 0:
			why = "nothing"
		case len(cells) > len(Table4):
			why = "too_many"
		}
		r.note("annual.read_row", "F1", "reason", "annual.read_"+why)
		return
	}
	if slices.ContainsFunc(cells, func(f found) bool { return !f.amount.IsWhole() }) {
		r.note("annual.read_row", "F1", "reason", "annual.read_not_whole")
		return
	}
	codes := slices.Clone(Table4)
	if turned == 5 {
		for i := range codes {
			codes[i] = Table4[i%3*5+i/3]
		}
	}
	r.set(codes, cells)
}
