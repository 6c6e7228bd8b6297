package body

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func report(t testing.TB) Document {
	t.Helper()
	b, err := os.ReadFile("testdata/annual-report-2025.txt")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Import("annual-report-2025.txt", b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRealReportKeepsEveryParagraph(t *testing.T) {
	d := report(t)
	if d.Title != "沙坡头区科学技术局 2025 年政府信息公开工作年度报告" {
		t.Errorf("title %q", d.Title)
	}
	b, _ := os.ReadFile("testdata/annual-report-2025.txt")
	var want []string
	for line := range strings.Lines(string(b)) {
		line = strings.NewReplacer("**", "", "<http", "http", "/>", "/", "\n", "").Replace(line)
		if line != "" && !strings.Contains(line, "\t") && line != d.Title {
			want = append(want, line)
		}
	}
	var got []string
	for _, b := range parse(d.Body).kids {
		if b.leaf() {
			got = append(got, b.text())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("paragraphs differ:\n%q\n%q", got, want)
	}
	if n := strings.Count(d.Body, "<h2>"); n != 6 {
		t.Errorf("%d headings, want 6", n)
	}
	if n := strings.Count(d.Body, "<strong>"); n != 3 {
		t.Errorf("%d bold runs, want 3", n)
	}
	if !strings.Contains(d.Body, `（<a href="http://www.spt.gov.cn/">http://www.spt.gov.cn/</a>）`) {
		t.Error("the address is no link")
	}
	var codes []string
	for _, r := range d.Report {
		codes = append(codes, fmt.Sprint(r.Code, " ", r.Line))
	}
	wantCodes := []string{"body.import.broken_paragraph 19", "body.import.stars 0", "body.import.annual_table 0", "body.import.annual_table 0", "body.import.annual_table 0"}
	if !slices.Equal(codes, wantCodes) {
		t.Errorf("remarks %q", codes)
	}
}

func TestRealReportKeepsAll200Cells(t *testing.T) {
	cells, err := AnnualCells(report(t).Body)
	if err != nil || len(cells) != 200 {
		t.Fatalf("%d cells, %v", len(cells), err)
	}
	for code, v := range cells {
		if v != "0" {
			t.Errorf("%s is %q", code, v)
		}
	}
}

// The real report is all zeros, which would hide a shifted cell: the same lines
// are filled with numbers of their own.
func TestCellsOfFlattenedTablesKeepTheirPlaces(t *testing.T) {
	b, _ := os.ReadFile("testdata/annual-report-2025.txt")
	n := 0
	var s strings.Builder
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "\t") {
			cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			for i, c := range cells {
				if c == "0" {
					n++
					cells[i] = fmt.Sprint(1000 + n)
				}
			}
			line = strings.Join(cells, "\t") + "\n"
		}
		s.WriteString(line)
	}
	d, err := Import("r.TXT", []byte(s.String()))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := AnnualCells(d.Body)
	if err != nil || n != 200 {
		t.Fatalf("%d numbers, %v", n, err)
	}
	for code, want := range map[string]string{
		"T2.A1": "1001", "T2.B3": "1006", "T2.C1": "1007", "T2.E1": "1010",
		"T3.R01.C1": "1011", "T3.R03.C7": "1031", "T3.R05.C1": "1039", "T3.R23.C1": "1165", "T3.R23.C7": "1171",
		"T3.R24.C1": "1172", "T3.R24.C7": "1178", "T3.R25.C7": "1185",
		"F1": "1186", "F5": "1190", "G1": "1191", "H5": "1200",
	} {
		if cells[code] != want {
			t.Errorf("%s is %s, want %s", code, cells[code], want)
		}
	}
	seen := map[string]bool{}
	for _, v := range cells {
		seen[v] = true
	}
	if len(seen) != 200 {
		t.Errorf("%d different numbers", len(seen))
	}
	again, found := RecogniseAnnual(d.Body)
	if again != d.Body || !slices.Equal(found, []int{2, 3, 4}) {
		t.Errorf("the format itself is not recognised: %v", found)
	}
}

func TestStatutorySpans(t *testing.T) {
	body := report(t).Body
	for _, want := range []string{
		`<th class="ta-c" colspan="4">第二十条第（一）项</th>`,
		`<td class="ta-c" colspan="3">0</td>`,
		`<th colspan="3" rowspan="3">（本列数据`,
		`<th class="ta-c" colspan="5">法人或其他组织</th><th class="ta-c" rowspan="2">总计</th>`,
		`<th rowspan="22">三、本年度办理结果</th>`,
		`<th rowspan="8">（三）不予公开</th>`, `<th rowspan="3">（四）无法提供</th>`, `<th rowspan="5">（五）不予处理</th>`, `<th rowspan="3">（六）其他处理</th>`,
		`<th class="ta-c" colspan="10">行政诉讼</th>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	for i, size := range [][2]int{{14, 4}, {28, 10}, {4, 15}} {
		g := Cells(body)[i]
		if len(g) != size[0] {
			t.Errorf("table %d has %d rows", i+2, len(g))
		}
		for _, row := range g {
			if len(row) != size[1] {
				t.Errorf("table %d: a row of %d", i+2, len(row))
			}
		}
	}
}

func TestTableThatSaysMoreStaysAsItIs(t *testing.T) {
	b, _ := os.ReadFile("testdata/annual-report-2025.txt")
	for name, edit := range map[string][2]string{
		"a note below":     {"四、结转下年度继续办理\t\t0\t0\t0\t0\t0\t0\t0\t\n", "四、结转下年度继续办理\t\t0\t0\t0\t0\t0\t0\t0\t\n备注\t收到撤回两件\n"},
		"a blank number":   {"1. 属于国家秘密\t0", "1. 属于国家秘密\t"},
		"a dash":           {"1. 属于国家秘密\t0", "1. 属于国家秘密\t—"},
		"a row is missing": {"\t\t2. 重复申请\t0\t0\t0\t0\t0\t0\t0\n", ""},
	} {
		s := strings.Replace(string(b), edit[0], edit[1], 1)
		if s == string(b) {
			t.Fatalf("%s: nothing edited", name)
		}
		d, err := Import("r.txt", []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		cells, err := AnnualCells(d.Body)
		if !errors.Is(err, ErrNoAnnualCells) || len(cells) != 25 {
			t.Errorf("%s: %d cells, %v", name, len(cells), err)
		}
		if len(Cells(d.Body)) != 3 || !strings.Contains(d.Body, "信访举报投诉类申请") {
			t.Errorf("%s: the plain table is gone", name)
		}
	}
}

func TestImportFormats(t *testing.T) {
	for name, c := range map[string]struct{ file, in, title, want string }{
		"txt table":                {"a.txt", "题\n\n前言。\n项目\t数\n甲\t1\n合计\n乙\t2\n", "题", "<p>前言。</p>\n<table>\n<thead>\n<tr><th>项目</th><th>数</th></tr>\n</thead>\n<tbody>\n<tr><td>甲</td><td>1</td></tr>\n<tr><td>合计</td><td></td></tr>\n<tr><td>乙</td><td>2</td></tr>\n</tbody>\n</table>\n"},
		"txt one tab is no table":  {"a.txt", "题\n电话：\t123\n", "题", "<p>电话： 123</p>\n"},
		"txt tags are words":       {"a.txt", "题\n<b>a</b>\n", "题", "<p>&lt;b&gt;a&lt;/b&gt;</p>\n"},
		"txt windows lines":        {"a.txt", "\ufeff题\r\n　　一段\r\n", "题", "<p>一段</p>\n"},
		"a long 一、 is a paragraph": {"a.txt", "题\n一、加强领导。要做好\n", "题", "<p>一、加强领导。要做好</p>\n"},
		"markdown":                 {"a.md", "# 题\n\n## 一\n\n是**强。**充 *斜* <https://gov.cn/>\n\n- a\n- b\n\n|x|y|\n|-|-|\n|1|2|\n", "题", "<h2>一</h2>\n<p>是<strong>强。</strong>充 <em>斜</em> <a href=\"https://gov.cn/\">https://gov.cn/</a></p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<table>\n<thead>\n<tr><th>x</th><th>y</th></tr>\n</thead>\n<tbody>\n<tr><td>1</td><td>2</td></tr>\n</tbody>\n</table>\n"},
		"html":                     {"a.HTML", "<html><head><title>t</title></head><body><h1>题</h1><div>a<script>x</script></div></body></html>", "题", "<p>a</p>\n"},
		"empty":                    {"a.txt", "\n\n", "", ""},
	} {
		d, err := Import(c.file, []byte(c.in))
		if err != nil || d.Title != c.title || d.Body != c.want {
			t.Errorf("%s: %v %q\n%q\nwant\n%q", name, err, d.Title, d.Body, c.want)
		}
	}
	for _, name := range []string{"a.docx", "a.pdf", "a", "txt"} {
		if _, err := Import(name, nil); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkSanitiseReport(b *testing.B) {
	body := report(b).Body
	for b.Loop() {
		if _, err := Sanitise(body); err != nil {
			b.Fatal(err)
		}
	}
}
