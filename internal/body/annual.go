package body

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The three statutory tables of the annual report (国办公开办函〔2021〕30号) are
// told by their labels, however the office's word processor left them. Cells
// are named as in the format: T2.A1, T3.R05.C2, F1.

// A table2Row is one line of table 二.
type table2Row struct {
	label string
	codes []string
}

var table2 = []struct {
	band string
	head []string
	rows []table2Row
}{
	{"第二十条第（一）项", []string{"信息内容", "本年制发件数", "本年废止件数", "现行有效件数"}, []table2Row{
		{"规章", []string{"T2.A1", "T2.A2", "T2.A3"}},
		{"行政规范性文件", []string{"T2.B1", "T2.B2", "T2.B3"}},
	}},
	{"第二十条第（五）项", []string{"信息内容", "本年处理决定数量"}, []table2Row{{"行政许可", []string{"T2.C1"}}}},
	{"第二十条第（六）项", []string{"信息内容", "本年处理决定数量"}, []table2Row{{"行政处罚", []string{"T2.D1"}}, {"行政强制", []string{"T2.D2"}}}},
	{"第二十条第（八）项", []string{"信息内容", "本年收费金额（单位：万元）"}, []table2Row{{"行政事业性收费", []string{"T2.E1"}}}},
}

// table3 holds the 25 rows of table 三: the label cells a row begins, with the
// rows and columns they span, and the word its own label begins with when
// numbers and blanks are taken off.
var table3 = []struct {
	labels []label3
	begins string
	whole  bool
}{
	{[]label3{{"一、本年新收政府信息公开申请数量", 1, 3}}, "本年新收政府信息公开申请", false},
	{[]label3{{"二、上年结转政府信息公开申请数量", 1, 3}}, "上年结转政府信息公开申请", false},
	{[]label3{{"三、本年度办理结果", 22, 1}, {"（一）予以公开", 1, 2}}, "予以公开", true},
	{[]label3{{"（二）部分公开（区分处理的，只计这一情形，不计其他情形）", 1, 2}}, "部分公开", false},
	{[]label3{{"（三）不予公开", 8, 1}, {"1.属于国家秘密", 1, 1}}, "属于国家秘密", true},
	{[]label3{{"2.其他法律行政法规禁止公开", 1, 1}}, "其他法律行政法规禁止公开", true},
	{[]label3{{"3.危及“三安全一稳定”", 1, 1}}, "危及", false},
	{[]label3{{"4.保护第三方合法权益", 1, 1}}, "保护第三方合法权益", true},
	{[]label3{{"5.属于三类内部事务信息", 1, 1}}, "属于三类内部事务信息", true},
	{[]label3{{"6.属于四类过程性信息", 1, 1}}, "属于四类过程性信息", true},
	{[]label3{{"7.属于行政执法案卷", 1, 1}}, "属于行政执法案卷", true},
	{[]label3{{"8.属于行政查询事项", 1, 1}}, "属于行政查询事项", true},
	{[]label3{{"（四）无法提供", 3, 1}, {"1.本机关不掌握相关政府信息", 1, 1}}, "本机关不掌握相关政府信息", true},
	{[]label3{{"2.没有现成信息需要另行制作", 1, 1}}, "没有现成信息需要另行制作", true},
	{[]label3{{"3.补正后申请内容仍不明确", 1, 1}}, "补正后申请内容仍不明确", true},
	{[]label3{{"（五）不予处理", 5, 1}, {"1.信访举报投诉类申请", 1, 1}}, "信访举报投诉类申请", true},
	{[]label3{{"2.重复申请", 1, 1}}, "重复申请", true},
	{[]label3{{"3.要求提供公开出版物", 1, 1}}, "要求提供公开出版物", true},
	{[]label3{{"4.无正当理由大量反复申请", 1, 1}}, "无正当理由大量反复申请", true},
	{[]label3{{"5.要求行政机关确认或重新出具已获取信息", 1, 1}}, "要求行政机关确认或重新出具已获取信息", true},
	{[]label3{{"（六）其他处理", 3, 1}, {"1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", 1, 1}}, "申请人无正当理由逾期不补正", false},
	{[]label3{{"2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", 1, 1}}, "申请人逾期未按收费通知要求缴纳费用", false},
	{[]label3{{"3.其他", 1, 1}}, "其他", true},
	{[]label3{{"（七）总计", 1, 2}}, "总计", true},
	{[]label3{{"四、结转下年度继续办理", 1, 3}}, "结转下年度继续办理", true},
}

type label3 struct {
	text       string
	rows, cols int
}

var (
	blanks    = regexp.MustCompile(`[\s\x{a0}\x{3000}]+`)
	numbering = regexp.MustCompile(`^(\([一二三四五六七八九十]+\)|[一二三四五六七八九十]+、|[0-9]+[.、．])`)
	number    = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,6})?$`)
	halfWidth = strings.NewReplacer("（", "(", "）", ")", "，", ",", "．", ".")
)

// plainLabel takes off what word processors add and change: blanks, brackets,
// numbering.
func plainLabel(s string) string {
	s = halfWidth.Replace(blanks.ReplaceAllString(s, ""))
	return numbering.ReplaceAllString(s, "")
}

func numbers(row []string) []string {
	var out []string
	for _, c := range row {
		if c = blanks.ReplaceAllString(c, ""); number.MatchString(c) {
			out = append(out, c)
		}
	}
	return out
}

// annual recognises one statutory table: it answers 2, 3 or 4 and the cells, or
// 0. A table with a label or a number missing is not one of them: what the
// office left blank is not made a zero here (V-01). Nor is a table that says
// more than the format does: none of its words may be lost.
func annual(rows [][]string) (int, map[string]string) {
	if len(rows) == 0 {
		return 0, nil
	}
	for i, match := range []func([][]string) map[string]string{annual2, annual3, annual4} {
		if cells := match(rows); cells != nil && onlyKnown(rows, i+2, len(cells)) {
			return i + 2, cells
		}
	}
	return 0, nil
}

var notHan = regexp.MustCompile(`\P{Han}+`)

func han(s string) string { return notHan.ReplaceAllString(plainLabel(s), "") }

func onlyKnown(rows [][]string, table, count int) bool {
	known := []string{}
	var s strings.Builder
	writeTable(&s, table, nil)
	for _, row := range grid(parse(s.String()).kids[0]) {
		for _, c := range row {
			known = append(known, han(c))
		}
	}
	for _, row := range rows {
		count -= len(numbers(row))
		for _, c := range row {
			h := han(c)
			if h == "" && !number.MatchString(blanks.ReplaceAllString(c, "")) && blanks.ReplaceAllString(c, "") != "" {
				return false
			}
			if h != "" && !slices.ContainsFunc(known, func(k string) bool {
				return k == h || table == 3 && utf8.RuneCountInString(h) > 6 && (strings.HasPrefix(k, h) || strings.HasPrefix(h, k) && len(k) > 18)
			}) {
				return false
			}
		}
	}
	return count == 0
}

func annual2(rows [][]string) map[string]string {
	cells := map[string]string{}
	for _, row := range rows {
		for _, group := range table2 {
			for _, want := range group.rows {
				has := slices.ContainsFunc(row, func(c string) bool { return plainLabel(c) == want.label })
				if n := numbers(row); has && len(n) == len(want.codes) {
					for i, code := range want.codes {
						cells[code] = n[i]
					}
				}
			}
		}
	}
	if len(cells) != 10 {
		return nil
	}
	return cells
}

func annual3(rows [][]string) map[string]string {
	cells := map[string]string{}
	next := 0
	for _, row := range rows {
		if next == len(table3) {
			break
		}
		own := ""
		for _, c := range row {
			if l := plainLabel(c); l != "" && !number.MatchString(l) {
				own = l
			}
		}
		want := table3[next]
		if !strings.HasPrefix(own, want.begins) || want.whole && own != want.begins {
			continue
		}
		n := numbers(row)
		if len(n) < 7 {
			return nil
		}
		next++
		for c, v := range n[len(n)-7:] {
			cells[fmt.Sprintf("T3.R%02d.C%d", next, c+1)] = v
		}
	}
	if next != len(table3) {
		return nil
	}
	return cells
}

func annual4(rows [][]string) map[string]string {
	want := []string{"行政复议", "行政诉讼", "未经复议直接起诉", "复议后起诉", "结果维持", "结果纠正", "其他结果", "尚未审结", "总计"}
	var seen []string
	for _, row := range rows {
		for _, c := range row {
			seen = append(seen, plainLabel(c))
		}
	}
	for _, w := range want {
		if !slices.Contains(seen, w) {
			return nil
		}
	}
	n := numbers(rows[len(rows)-1])
	if len(n) != 15 {
		return nil
	}
	cells := map[string]string{}
	for i, v := range n {
		cells[fmt.Sprintf("%c%d", "FGH"[i/5], i%5+1)] = v
	}
	return cells
}

// AnnualCells reads the 200 cells of the three statutory tables back from a
// text, by code: T2.A1 … T2.E1, T3.R01.C1 … T3.R25.C7, F1 … H5. The answer
// holds what was found; the error says that something is missing.
func AnnualCells(html string) (map[string]string, error) {
	all := map[string]string{}
	for _, rows := range Cells(html) {
		_, cells := annual(rows)
		for code, v := range cells {
			all[code] = v
		}
	}
	if len(all) != 200 {
		return all, ErrNoAnnualCells.With("found", len(all)).With("wanted", 200)
	}
	return all, nil
}

// RecogniseAnnual gives every statutory table in a text the rows, columns and
// merged cells of the format, and answers which ones it found.
func RecogniseAnnual(html string) (string, []int) {
	root := parse(html)
	var found []int
	for i, b := range root.kids {
		if b.kind != "table" {
			continue
		}
		if n, cells := annual(grid(b)); n != 0 {
			found = append(found, n)
			root.kids[i] = parse(AnnualTable(n, cells)).kids[0]
		}
	}
	var s strings.Builder
	root.write(&s)
	return s.String(), found
}

// AnnualTable is statutory table 2, 3 or 4 as HTML, with the numbers in cells
// by code. A number that is missing leaves its cell empty.
func AnnualTable(n int, cells map[string]string) string {
	var s strings.Builder
	writeTable(&s, n, cells)
	root := parse(s.String())
	s.Reset()
	root.write(&s)
	return s.String()
}

func writeTable(s *strings.Builder, n int, cells map[string]string) {
	s.WriteString("<table>")
	switch n {
	case 2:
		writeTable2(s, cells)
	case 3:
		writeTable3(s, cells)
	case 4:
		writeTable4(s, cells)
	}
	s.WriteString("</table>")
}

func cell(s *strings.Builder, tag, class, text string, rows, cols int) {
	fmt.Fprintf(s, `<%s class="%s" rowspan="%d" colspan="%d">%s</%s>`, tag, class, rows, cols, inText.Replace(text), tag)
}

func writeTable2(s *strings.Builder, cells map[string]string) {
	s.WriteString("<tbody>")
	for _, group := range table2 {
		span := 1
		if len(group.head) == 2 {
			span = 3
		}
		s.WriteString("<tr>")
		cell(s, "th", "ta-c", group.band, 1, 4)
		s.WriteString("</tr><tr>")
		for i, h := range group.head {
			cell(s, "th", "ta-c", h, 1, map[bool]int{true: 1, false: span}[i == 0])
		}
		s.WriteString("</tr>")
		for _, row := range group.rows {
			s.WriteString("<tr>")
			cell(s, "td", "ta-c", row.label, 1, 1)
			for _, code := range row.codes {
				cell(s, "td", "ta-c", cells[code], 1, span)
			}
			s.WriteString("</tr>")
		}
	}
	s.WriteString("</tbody>")
}

func writeTable3(s *strings.Builder, cells map[string]string) {
	s.WriteString("<thead><tr>")
	cell(s, "th", "", "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 3, 3)
	cell(s, "th", "ta-c", "申请人情况", 1, 7)
	s.WriteString("</tr><tr>")
	cell(s, "th", "ta-c", "自然人", 2, 1)
	cell(s, "th", "ta-c", "法人或其他组织", 1, 5)
	cell(s, "th", "ta-c", "总计", 2, 1)
	s.WriteString("</tr><tr>")
	for _, c := range []string{"商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"} {
		cell(s, "th", "ta-c", c, 1, 1)
	}
	s.WriteString("</tr></thead><tbody>")
	for i, row := range table3 {
		s.WriteString("<tr>")
		for _, l := range row.labels {
			cell(s, "th", "", l.text, l.rows, l.cols)
		}
		for c := range 7 {
			cell(s, "td", "ta-c", cells[fmt.Sprintf("T3.R%02d.C%d", i+1, c+1)], 1, 1)
		}
		s.WriteString("</tr>")
	}
	s.WriteString("</tbody>")
}

func writeTable4(s *strings.Builder, cells map[string]string) {
	s.WriteString("<thead><tr>")
	cell(s, "th", "ta-c", "行政复议", 1, 5)
	cell(s, "th", "ta-c", "行政诉讼", 1, 10)
	s.WriteString("</tr><tr>")
	results := []string{"结果维持", "结果纠正", "其他结果", "尚未审结", "总计"}
	for _, r := range results {
		cell(s, "th", "ta-c", r, 2, 1)
	}
	cell(s, "th", "ta-c", "未经复议直接起诉", 1, 5)
	cell(s, "th", "ta-c", "复议后起诉", 1, 5)
	s.WriteString("</tr><tr>")
	for range 2 {
		for _, r := range results {
			cell(s, "th", "ta-c", r, 1, 1)
		}
	}
	s.WriteString("</tr></thead><tbody><tr>")
	for i := range 15 {
		cell(s, "td", "ta-c", cells[fmt.Sprintf("%c%d", "FGH"[i/5], i%5+1)], 1, 1)
	}
	s.WriteString("</tr></tbody>")
}

// AnnualRow is the name of a row 1…25 of table 三.
func AnnualRow(row int) string {
	if row < 1 || row > len(table3) {
		return ""
	}
	labels := table3[row-1].labels
	return labels[len(labels)-1].text
}

// AnnualColumns are the names of the seven columns of table 三.
var AnnualColumns = []string{"自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"}
