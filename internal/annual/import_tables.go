package annual

import (
	"regexp"
	"slices"
	"strings"
)

var numbered = regexp.MustCompile(`^(?:\(?[一二三四五六七八九十]{1,3}\)?[、.]?|[0-9]{1,2}[、.)])+`)

func bare(label string) string { return numbered.ReplaceAllString(label, "") }

// rows2 are the rows of table 二 by their label.
var rows2 = []struct {
	label *regexp.Regexp
	codes []Code
}{
	{regexp.MustCompile(`^规章$`), Table2[:3]},
	{regexp.MustCompile(`^(?:行政)?规范性文件$`), Table2[3:6]},
	{regexp.MustCompile(`^行政许可$`), Table2[6:7]},
	{regexp.MustCompile(`^行政处罚$`), Table2[7:8]},
	{regexp.MustCompile(`^行政强制$`), Table2[8:9]},
	{regexp.MustCompile(`^行政事业性收费(?:\(万元\))?$`), Table2[9:]},
}

func (r *reader) table2(all []line) {
	for _, want := range rows2 {
		why := "no_row"
		for i, l := range all {
			_, own, _ := l.tail()
			if !want.label.MatchString(bare(own)) {
				continue
			}
			cells, free := behind(all, i)
			picked, _, no := pick(cells, len(want.codes), free, len(l.cells)-len(cells), -1)
			if why = no; why != "" {
				continue
			}
			if bad := slices.IndexFunc(picked, func(f found) bool { return !f.amount.IsWhole() && want.codes[0] != "T2.E1" }); bad >= 0 {
				why = "not_whole"
				continue
			}
			r.set(want.codes, picked)
			break
		}
		if why != "" {
			r.note("annual.read_row", string(want.codes[0]), "reason", "annual.read_"+why)
		}
	}
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

var quotes = strings.NewReplacer("“", "", "”", "", "\"", "", "'", "", "‘", "", "’", "", "「", "", "」", "")

// names3 are the columns in their order.
var names3 = []string{"自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"}

func (r *reader) table3(all []line) {
	begin := slices.IndexFunc(all, func(l line) bool {
		return strings.Contains(quotes.Replace(strings.Join(l.cells, "")), rows3[0].words) && figuresIn(l.cells) > 0
	})
	if begin > 0 && !inOrder3(all[:begin]) {
		r.note("annual.read_columns", "T3")
		return
	}
	column := column3(all)
	failed := map[int]string{}
	next := 0
	for i, l := range all {
		label, own, _ := l.tail()
		at := match3(quotes.Replace(label), bare(quotes.Replace(own)), next)
		if at < 0 {
			continue
		}
		cells, free := behind(all, i)
		picked, guessed, why := pick(cells, Columns, free, len(l.cells)-len(cells), column)
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
		codes := make([]Code, Columns)
		for c := range codes {
			codes[c] = Cell3(at+1, c+1)
		}
		r.set(codes, picked)
		if guessed {
			r.note("annual.read_regrouped", string(codes[0]))
		}
		next = at + 1
	}
	for at := range rows3 {
		switch why := failed[at]; {
		case why != "":
			r.note("annual.read_row", string(Cell3(at+1, 1)), "reason", "annual.read_"+why)
		case at >= next:
			r.note("annual.read_row", string(Cell3(at+1, 1)), "reason", "annual.read_no_row")
		}
	}
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

// inOrder3 says whether the heads of the columns, as far as they are there,
// stand in the order of the format.
func inOrder3(head []line) bool {
	var seen []int
	for _, l := range head {
		for _, c := range l.cells {
			if i := slices.Index(names3, bare(c)); i >= 0 {
				seen = append(seen, i)
			}
		}
	}
	return slices.IsSorted(seen)
}

// column3 is where the figures begin when all full rows of a table agree.
func column3(all []line) int {
	column, rows := -1, 0
	for _, l := range all {
		if l.free || len(l.cells) < Columns {
			continue
		}
		label, _, rest := l.tail()
		first := slices.IndexFunc(rest, func(c string) bool { return c != "" })
		if label == "" || first < 0 || figuresIn(rest[first:min(first+Columns, len(rest))]) != Columns {
			continue
		}
		at := len(l.cells) - len(rest) + first
		if rows > 0 && at != column {
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
	begin := slices.IndexFunc(all, func(l line) bool { return strings.Contains(strings.Join(l.cells, ""), "结果") })
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
		if len(there) == 3 && results4.MatchString(bare(own)) {
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
