package annual

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"gongkai/internal/body"
	"gongkai/internal/check"
)

func seed(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/annual-report-2025.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func rules(all []check.Finding) map[string]int {
	m := map[string]int{}
	for _, f := range all {
		m[f.Rule]++
	}
	return m
}

// TestTheOfficesReport is facts 33 and 43 and the oddities of domain 5.6.
func TestTheOfficesReport(t *testing.T) {
	got := ImportText(seed(t))
	if len(got.Figures) != 200 || len(got.Notes) != 0 || got.Year != 2025 {
		t.Fatalf("%d cells of %d, notes %v", len(got.Figures), got.Year, got.Notes)
	}
	for c, v := range got.Figures {
		if v != 0 {
			t.Errorf("%s is %s", c, v)
		}
	}
	s := Subject{Year: 2025, Figures: got.Figures, LastYear: got.Figures, Text: got.Text, Ledger: got.Figures, Counts: &Counts{Website: 43, WeChat: 205, Followers: 807}}
	if all := Tie(s); len(check.Blocking(all)) != 0 || len(rules(all)) != 1 || rules(all)["annual.v14_alias"] == 0 {
		t.Errorf("checks: %v", all)
	}
	if len(got.Text.Parts) != 6 || len(got.Text.Heads) != 5 {
		t.Errorf("%d parts, %d heads", len(got.Text.Parts), len(got.Text.Heads))
	}
	s.Counts.WeChat = 206
	if all := Tie(s); rules(all)["annual.v09"] != 1 {
		t.Errorf("206 posts: %v", all)
	}
	wrong := ImportText(strings.Replace(seed(t), "205 条，累计关注量", "204 条，累计关注量", 1))
	if all := Tie(Subject{Year: 2025, Figures: wrong.Figures, Text: wrong.Text}); rules(all)["annual.v10"] == 0 {
		t.Errorf("205 and 204: %v", all)
	}
	d, err := body.Import("r.txt", []byte(seed(t)))
	if err != nil {
		t.Fatal(err)
	}
	if again := ImportDocument(d); !again.Figures.Same(got.Figures) || len(again.Notes) != 0 {
		t.Errorf("from HTML: %d cells, %v", len(again.Figures), again.Notes)
	}
}

// full is a report whose sums hold.
func full(rng *rand.Rand, most int) Figures {
	f := Figures{}
	for _, c := range Table2 {
		f[c] = Whole(rng.IntN(most))
	}
	if rng.IntN(2) == 0 {
		f["T2.E1"] += Amount(rng.IntN(100)) * 10_000
	}
	n := func() Amount {
		if rng.IntN(3) > 0 {
			return 0
		}
		return Whole(rng.IntN(most))
	}
	for c := 1; c < Columns; c++ {
		var sum Amount
		for r := RowFirst; r <= RowLast; r++ {
			f[Cell3(r, c)] = n()
			sum += f[Cell3(r, c)]
		}
		f[Cell3(RowSum, c)], f[Cell3(RowOpen, c)] = sum, n()
		all := sum + f[Cell3(RowOpen, c)]
		f[Cell3(RowCarried, c)] = all / unit / 10 * unit
		f[Cell3(RowNew, c)] = all - f[Cell3(RowCarried, c)]
	}
	for r := 1; r <= Rows; r++ {
		for c := 1; c < Columns; c++ {
			f[Cell3(r, Columns)] += f[Cell3(r, c)]
		}
	}
	for i := 0; i < 15; i += 5 {
		for j := range 4 {
			f[Table4[i+j]] = n()
			f[Table4[i+4]] += f[Table4[i+j]]
		}
	}
	return f
}

// printed3 are the rows of table 三 as they are printed: group and own label.
var printed3 = [Rows][2]string{
	{"一、本年新收政府信息公开申请数量"}, {"二、上年结转政府信息公开申请数量"},
	{"三、本年度办理结果", "（一）予以公开"}, {"", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"},
	{"（三）不予公开", "1.属于国家秘密"}, {"", "2.其他法律行政法规禁止公开"}, {"", "3.危及“三安全一稳定”"}, {"", "4.保护第三方合法权益"},
	{"", "5.属于三类内部事务信息"}, {"", "6.属于四类过程性信息"}, {"", "7.属于行政执法案卷"}, {"", "8.属于行政查询事项"},
	{"（四）无法提供", "1.本机关不掌握相关政府信息"}, {"", "2.没有现成信息需要另行制作"}, {"", "3.补正后申请内容仍不明确"},
	{"（五）不予处理", "1.信访举报投诉类申请"}, {"", "2.重复申请"}, {"", "3.要求提供公开出版物"}, {"", "4.无正当理由大量反复申请"}, {"", "5.要求行政机关确认或重新出具已获取信息"},
	{"（六）其他处理", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"}, {"", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"}, {"", "3.其他"},
	{"（七）总计"}, {"四、结转下年度继续办理"},
}

// table is one table of a report as rows of cells.
type table [][]string

func tables(f Figures) (two, three, four table) {
	v := func(c Code) string { return f[c].String() }
	two = table{{"第二十条第（一）项"}, {"信息内容", "本年制发件数", "本年废止件数", "现行有效件数"}, {"规章", v("T2.A1"), v("T2.A2"), v("T2.A3")}, {"行政规范性文件", v("T2.B1"), v("T2.B2"), v("T2.B3")},
		{"第二十条第（五）项"}, {"信息内容", "本年处理决定数量"}, {"行政许可", v("T2.C1")}, {"第二十条第（六）项"}, {"信息内容", "本年处理决定数量"}, {"行政处罚", v("T2.D1")}, {"行政强制", v("T2.D2")},
		{"第二十条第（八）项"}, {"信息内容", "本年收费金额（单位：万元）"}, {"行政事业性收费", v("T2.E1")}}
	three = table{{"（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "申请人情况"}, {"自然人", "法人或其他组织", "总计"}, {"商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"}}
	for r := range Rows {
		row := []string{printed3[r][0], printed3[r][1]}
		for c := 1; c <= Columns; c++ {
			row = append(row, v(Cell3(r+1, c)))
		}
		three = append(three, row)
	}
	four = table{{"行政复议", "行政诉讼"}, {"未经复议直接起诉", "复议后起诉"}}
	var heads, row []string
	for i, c := range Table4 {
		heads = append(heads, []string{"结果维持", "结果纠正", "其他结果", "尚未审结", "总计"}[i%5])
		row = append(row, v(c))
	}
	return two, three, append(four, heads, row)
}

// A flattening writes a report as some office's software leaves it.
type flattening struct {
	name  string
	write func(table) string
	html  bool
	edit  func(string) string // of each figure
	empty bool                // zeros are left out: a cell that is not there was not reported
}

// lost says whether a cell was not read as it stands in f.
func (fl flattening) lost(got Imported, f Figures, c Code) bool {
	v, ok := got.Figures[c]
	return ok && v != f[c] || !ok && !fl.empty
}

func joined(sep string, drop func(row []string) []string) func(table) string {
	return func(t table) string {
		var s strings.Builder
		for _, row := range t {
			if drop != nil {
				row = drop(row)
			}
			s.WriteString(strings.Join(row, sep) + "\n")
		}
		return s.String()
	}
}

func filled(row []string) []string {
	var out []string
	for _, c := range row {
		if c != "" {
			out = append(out, c)
		}
	}
	return out
}

func isNumber(s string) bool { _, ok := ParseAmount(s); return ok }

func grouped(sep string) func(string) string {
	return func(s string) string {
		whole, part, dot := strings.Cut(s, ".")
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + sep + whole[i:]
		}
		if dot {
			whole += "." + part
		}
		return whole
	}
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

func htmlTable(pad int) func(table) string {
	return func(t table) string {
		var s strings.Builder
		s.WriteString("<table>")
		for _, row := range t {
			s.WriteString("<tr>")
			for i, c := range row {
				if i == 0 && pad > 0 {
					s.WriteString(strings.Repeat("<td></td>", pad))
				}
				s.WriteString("<td><p>" + c + "</p></td>")
			}
			s.WriteString("</tr>")
		}
		return s.String() + "</table>"
	}
}

var flattenings = []flattening{
	{name: "tabs", write: joined("\t", nil)},
	{name: "tabs, merged cells lost", write: joined("\t", filled)},
	{name: "tabs, trailing empties", write: joined("\t", func(r []string) []string { return append(r[:len(r):len(r)], "", "") })},
	{name: "pipes", write: joined("|", func(r []string) []string { return append([]string{""}, append(r[:len(r):len(r)], "")...) })},
	{name: "pipes, merged cells lost", write: joined(" | ", filled)},
	{name: "box lines", write: joined("│", nil)},
	{name: "blanks", write: joined(" ", filled)},
	{name: "many blanks", write: joined("    ", filled)},
	{name: "ideographic blanks", write: joined("　", filled)},
	{name: "one cell a line", write: func(t table) string {
		var s strings.Builder
		for _, row := range t {
			s.WriteString(strings.Join(filled(row), "\n") + "\n")
		}
		return s.String()
	}},
	{name: "one cell a line, empty lines between", write: func(t table) string {
		var s strings.Builder
		for _, row := range t {
			s.WriteString(strings.Join(filled(row), "\n\n") + "\n\n")
		}
		return s.String()
	}},
	{name: "full width digits", write: joined("\t", filled), edit: fullWidth},
	{name: "thousands with commas", write: joined("\t", filled), edit: grouped(",")},
	{name: "thousands with blanks, in cells", write: joined("\t", nil), edit: grouped(" ")},
	{name: "thousands with blanks, between blanks", write: joined("  ", filled), edit: grouped(" ")},
	{name: "blanks around and inside figures", write: joined("\t", nil), edit: func(s string) string { return " " + strings.Join(strings.Split(s, ""), " ") + " " }},
	{name: "units behind figures", write: joined("\t", filled), edit: func(s string) string { return s + "件" }},
	{name: "strokes for zero", write: joined("\t", filled), edit: func(s string) string {
		if s == "0" {
			return "/"
		}
		return s
	}},
	{name: "dashes for zero", write: joined(" ", filled), edit: func(s string) string {
		if s == "0" {
			return "—"
		}
		return s
	}},
	{name: "HTML without spans", write: htmlTable(0), html: true},
	{name: "HTML moved to the right", write: htmlTable(2), html: true},
	{name: "comma separated", write: joined(",", nil)},
	{name: "half width brackets and blanks in labels", write: func(t table) string {
		return strings.NewReplacer("（", "( ", "）", ") ", "结果维持", "结果 维持").Replace(joined("\t", nil)(t))
	}},
}

func (fl flattening) report(f Figures) Imported {
	two, three, four := tables(f)
	var s strings.Builder
	open, shut := "", "\n"
	if fl.html {
		open, shut = "<p>", "</p>\n"
	}
	para := func(text string) { s.WriteString(open + text + shut) }
	put := func(t table) {
		if fl.edit != nil {
			for _, row := range t {
				for i, c := range row {
					if isNumber(c) {
						row[i] = fl.edit(c)
					}
				}
			}
		}
		s.WriteString(fl.write(t))
	}
	para("甲局2025年政府信息公开工作年度报告")
	para("一、总体情况")
	para("（一）主动公开情况。2025年本年新收的申请按时办理，公开国家秘密以外的信息。")
	para("二、主动公开政府信息情况")
	put(two)
	para("三、收到和处理政府信息公开申请情况")
	put(three)
	para("四、政府信息公开行政复议、行政诉讼情况")
	put(four)
	para("五、存在的主要问题及改进情况")
	para("六、其他需要报告的事项")
	if !fl.html {
		return ImportText(s.String())
	}
	d, err := body.Import("r.html", []byte("<html><body><h1>甲局2025年政府信息公开工作年度报告</h1>"+s.String()+"</body></html>"))
	if err != nil {
		panic(err)
	}
	return ImportDocument(d)
}

// warned says whether a cell that was read wrongly or not at all is covered by a
// note, or by a check of the sums.
func warned(got Imported, c Code) bool {
	row := func(c string) string {
		if strings.HasPrefix(c, "T3.R") && len(c) >= 6 {
			return c[:6]
		}
		return c
	}
	for _, f := range append(append([]check.Finding{}, got.Notes...), Tie(Subject{Figures: got.Figures, Year: 2025})...) {
		cells, _ := f.Args["cells"].(string)
		if row(f.Where) == row(string(c)) || strings.Contains(cells, string(c)) || f.Where == "T3" && c[0] == 'T' && c[1] == '3' || f.Where == "F1" && c[0] != 'T' ||
			(f.Rule == "annual.v03" || f.Rule == "annual.v04") && c[0] == 'T' && c[1] == '3' && f.Where[len(f.Where)-1] == c[len(c)-1] || f.Rule == "annual.v06" && c[0] == f.Where[0] ||
			f.Where == string(Table2[0]) && c == "T2.A2" || f.Where == "T2.A1" && c == "T2.A3" || f.Where == "T2.B1" && (c == "T2.B2" || c == "T2.B3") {
			return true
		}
	}
	return false
}

// unread reads a report and counts the cells that were not read as they stand;
// each must have a word about it.
func (fl flattening) unread(t *testing.T, f Figures) (lost int) {
	t.Helper()
	got := fl.report(f)
	for _, c := range Codes {
		if !fl.lost(got, f, c) {
			continue
		}
		lost++
		if !warned(got, c) {
			t.Fatalf("%s is %s, read as %s without a word; notes %v", c, f[c], got.Figures.Shown(c), got.Notes)
		}
	}
	return lost
}

// mosts are the largest figures of the reports that are tried.
var mosts = []int{1, 9, 1200, 2_000_000}

// TestEveryFlatteningIsReadOrRefusedByName is bar 6: each way an office's
// software leaves the tables, over many random reports.
func TestEveryFlatteningIsReadOrRefusedByName(t *testing.T) {
	for i, fl := range flattenings {
		t.Run(fl.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(i), 7))
			lost := 0
			for round := range 24 {
				lost += fl.unread(t, full(rng, mosts[round%len(mosts)]))
			}
			if lost != 0 && fl.name != "thousands with blanks, between blanks" {
				t.Errorf("%d of %d cells were not read", lost, 24*200)
			}
		})
	}
}

// damages is how many reports are damaged; GONGKAI_DAMAGES sets it.
func damages() int {
	if n, err := strconv.Atoi(os.Getenv("GONGKAI_DAMAGES")); err == nil {
		return n
	}
	return 500
}

// TestDamagedReportsAreNeverReadWronglyInSilence takes cells away, moves them,
// doubles them and swaps rows.
func TestDamagedReportsAreNeverReadWronglyInSilence(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261126, 3))
	silent, wrong := 0, 0
	for round := range damages() {
		f := full(rng, 900)
		var fl flattening
		if n := rng.IntN(len(flattenings) + len(unusual)); n < len(flattenings) {
			fl = flattenings[n]
		} else {
			fl = unusual[n-len(flattenings)].flattening
		}
		plain := fl.write
		what := rng.IntN(6)
		fl.write = func(t table) string {
			if len(t) < 4 {
				return plain(t)
			}
			r := 2 + rng.IntN(len(t)-2)
			t[r] = append([]string{}, t[r]...)
			at := rng.IntN(len(t[r]))
			switch what {
			case 0:
				t[r][at] = ""
			case 1:
				t[r] = append(t[r][:at], t[r][at+1:]...)
			case 2:
				t[r] = append(t[r][:at+1], t[r][at:]...)
			case 3:
				t = append(t[:r:r], t[r+1:]...)
			case 4:
				other := 2 + rng.IntN(len(t)-2)
				t[r], t[other] = t[other], t[r]
			case 5:
				if isNumber(t[r][at]) {
					t[r][at] = []string{"O", "l2", "约3", "1.2.5", "二", "12-3"}[rng.IntN(6)]
				}
			}
			return plain(t)
		}
		got := fl.report(f)
		for _, c := range Codes {
			if !fl.lost(got, f, c) {
				continue
			}
			wrong++
			if !warned(got, c) {
				silent++
				t.Errorf("round %d, %s, damage %d: %s is %s, read as %s without a word", round, fl.name, what, c, f[c], got.Figures.Shown(c))
				break
			}
		}
		if silent > 5 {
			t.FailNow()
		}
	}
	t.Logf("%d cells could not be read as they were, %d of them in silence", wrong, silent)
}

func TestAnOldFormatIsNamed(t *testing.T) {
	got := ImportText("甲局2019年政府信息公开工作年度报告\n二、主动公开政府信息情况\n信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n规章\t0\t0\t0\n")
	if rules(got.Notes)["annual.read_old_format"] != 1 || len(got.Figures) != 0 {
		t.Errorf("%v %v", got.Figures, got.Notes)
	}
}

func TestATurnedTableFourIsRead(t *testing.T) {
	f := full(rand.New(rand.NewPCG(4, 4)), 50)
	var s strings.Builder
	s.WriteString("四、政府信息公开行政复议、行政诉讼情况\n\t行政复议\t未经复议直接起诉\t复议后起诉\n")
	for i, name := range []string{"结果维持", "结果纠正", "其他结果", "尚未审结", "总计"} {
		fmt.Fprintf(&s, "%s\t%s\t%s\t%s\n", name, f[Table4[i]], f[Table4[5+i]], f[Table4[10+i]])
	}
	got := ImportText(s.String())
	for _, c := range Table4 {
		if got.Figures[c] != f[c] {
			t.Errorf("%s: %s, want %s", c, got.Figures[c], f[c])
		}
	}
}

func FuzzImportText(f *testing.F) {
	f.Add(seed(f))
	f.Fuzz(func(t *testing.T, s string) { ImportText(s) })
}
