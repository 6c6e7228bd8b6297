package word

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gongkai/internal/blob"
	"gongkai/internal/body"
)

// pictures are two images with their hashes.
var pictures = func() map[string][]byte {
	out := map[string][]byte{}
	for i := range 2 {
		m := image.NewGray(image.Rect(0, 0, 4+900*i, 3))
		m.SetGray(1, 1, color.Gray{uint8(9 + i)})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			panic(err)
		}
		out[blob.Hash(b.Bytes())] = b.Bytes()
	}
	return out
}()

func hashes() []string {
	var out []string
	for h := range pictures {
		out = append(out, h)
	}
	if out[0] > out[1] {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

func stored(hash string) ([]byte, error) {
	if b := pictures[hash]; b != nil {
		return b, nil
	}
	return nil, blob.ErrNotFound
}

// thereAndBack writes a canonical text and reads it again.
func thereAndBack(t *testing.T, title, html string) (Document, []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, title, html, stored); err != nil {
		t.Fatalf("write: %v", err)
	}
	d, err := Read(b.Bytes())
	if err != nil {
		t.Fatalf("read: %v\n%.2000s", err, html)
	}
	return d, b.Bytes()
}

func same(t *testing.T, title, html string) {
	t.Helper()
	d, file := thereAndBack(t, title, html)
	if d.Title != title {
		t.Errorf("title %q, want %q", d.Title, title)
	}
	if d.Body != html {
		t.Fatalf("came back as\n%s\nwas\n%s\nin\n%s", d.Body, html, partOf(t, file, "word/document.xml"))
	}
	for _, m := range d.Report {
		if m.Code != "docx.image_alt" && m.Code != "docx.notes" {
			t.Errorf("a file of our own has a report: %+v", m)
		}
	}
	for i, h := range body.Blobs(html) {
		if i >= len(d.Images) || d.Images[i].Hash != h || !bytes.Equal(d.Images[i].Bytes, pictures[h]) {
			t.Errorf("picture %d did not come back", i)
		}
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	img := `<img src="/blob/` + hashes()[0] + `" alt="图 &amp; &quot;一&quot;">`
	for name, in := range map[string]string{
		"nothing":                   "",
		"headings":                  "<h1>大</h1><h2>一、总体</h2><h3>（一）<strong>分</strong></h3><h4>1. 细</h4><p>文</p>",
		"alignment":                 "<p class=ta-c>中</p><p class=ta-r>右</p><h2 class=ta-c>题</h2><h1 class=ta-r>x</h1>",
		"styles":                    "<p>a<strong>b<em>c<u>d</u></em></strong> <u>e</u> <em>f</em></p>",
		"blanks":                    "<p>　　首行\u00a0 x <strong> y</strong></p>",
		"breaks":                    "<p><br>a<br><br>b<strong>c<br>d</strong></p>",
		"links":                     `<p><a href="https://www.gov.cn/a?b=c&amp;d=e#f">中<strong>国</strong></a><a href="/art/1.html">x</a><a href="mailto:a@b.cn">m</a></p>`,
		"pictures":                  "<p>" + img + "</p><p class=ta-c>a" + img + "b<a href='/x'><strong>" + img + "</strong></a></p>",
		"lists":                     "<ol><li>a</li><li>b<ul><li>c<ol><li>d</li></ol></li></ul><ol><li>e</li></ol></li></ol><ol><li>f</li></ol><ul><li class=ta-c>g</li></ul>",
		"list of paragraphs":        "<ul><li><p>a</p><p>b</p></li><li>c<h2>d</h2>e</li><li><p class=ta-c>f</p></li></ul>",
		"items without words":       "<ul><li><ul><li>a</li></ul></li></ul>",
		"p then list in an item":    "<ul><li><p>a</p><ul><li>b</li></ul></li><li>a<ul><li>b</li></ul>c</li></ul>",
		"classes of lists":          "<ul class=ta-r><li class=ta-c>a</li></ul>",
		"eleven levels":             strings.Repeat("<ol><li>x", 11) + strings.Repeat("</li></ol>", 11),
		"quotations":                "<blockquote><p>a</p><h2>b</h2></blockquote><blockquote><p>c</p><blockquote class=ta-c><p>d</p></blockquote></blockquote>",
		"table":                     "<table><caption>表 1</caption><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td class=ta-r>2</td></tr></tbody></table>",
		"merged cells":              "<table><tr><td rowspan=2>a</td><td colspan=2>b</td></tr><tr><td>c</td><td rowspan=2 colspan=1>d</td></tr><tr><td colspan=2>e</td></tr></table>",
		"a block of merged cells":   "<table><tr><td rowspan=3 colspan=2>a</td><td>b</td></tr><tr><td>c</td></tr><tr><td>d</td></tr></table>",
		"spans that leave":          "<table><tr><td rowspan=9>a</td><td colspan=5>b</td></tr><tr><td>c</td></tr></table><table><tr><td rowspan=2>x</td><td rowspan=2>y</td></tr></table>",
		"spans that meet":           "<table><tr><td>a</td><td rowspan=2>b</td></tr><tr><td colspan=3>c</td></tr><tr><td>d</td></tr></table>",
		"a gap before a merge":      "<table><tr><td>a</td><td>b</td><td rowspan=3>c</td></tr><tr><td>d</td></tr><tr><td>e</td></tr></table>",
		"merged head over body":     "<table><thead><tr><th rowspan=2>a</th><th>b</th></tr></thead><tbody><tr><td>c</td></tr></tbody></table>",
		"ragged rows":               "<table><tr><td>a</td></tr><tr><td>b</td><td>c</td><td></td></tr></table>",
		"empty cells":               "<table><tr><td class=ta-c></td><th></th><td colspan=2 class=ta-r></td></tr></table>",
		"heads and cells mixed":     "<table><thead><tr><td>a</td><th>b</th></tr></thead><tbody><tr><th>c</th><td>d</td></tr></tbody></table>",
		"only a head":               "<table><thead><tr><th>a</th></tr></thead></table>",
		"several bodies":            "<table class=ta-c><caption class=ta-r>c<br>d</caption><tbody class=ta-c><tr class=ta-r><td>a</td></tr></tbody><tbody><tr><td>b</td></tr></tbody></table>",
		"blocks in cells":           "<table><tr><td><p>a</p><p class=ta-c>b</p></td><td class=ta-c><p>a</p><p>b</p></td><td>a<ul><li>b</li></ul></td><th><h2>x</h2><blockquote><p>q</p></blockquote></th></tr></table>",
		"cell and paragraph differ": "<table><tr><td class=ta-c><p class=ta-r>a</p></td></tr></table>",
		"table in a table":          "<table><tr><td><table><caption>n</caption><tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table></td><td>z<table><tr><td>q</td></tr></table></td></tr></table>",
		"tables that touch":         "<table><tr><td>a</td></tr></table><table><caption>b</caption><tr><td>b</td></tr></table><p>p</p><table><tr><td>c</td></tr></table>",
		"notes":                     "<p>甲[注1]乙<strong>丙[注2]</strong></p><table><tr><td>x[注3]</td></tr></table><p>[注1] 一</p><p>[注2] <em>二</em><a href=/x>l</a> " + img + "</p><p>二续</p><p>[注3]</p>",
		"notes out of order":        "<p>甲[注2]乙[注1]</p><p>[注1] 一</p><p>[注2] 二</p>",
		"notes that are none":       "<p>[注1]</p><p>x</p>",
		"notes with a class":        "<p>甲[注1]</p><p class=ta-c>[注1] 一</p>",
		"notes with a bold number":  "<p>甲[注1]</p><p><strong>[注1]</strong> 一</p>",
		"notes without a blank":     "<p>甲[注1]</p><p>[注1]一</p>",
		"a note that refers":        "<p>甲[注1]</p><p>[注1] 一[注1]</p>",
		"markup in words":           "<p>&lt;w:p&gt;&amp;amp; ]]&gt; \" '</p>",
		"no BMP characters":         "<p>𠮷𡈽😀</p>",
	} {
		t.Run(name, func(t *testing.T) {
			html, err := body.Sanitise(in)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "关于公开的 Notice & <报告>", html)
			same(t, "", html)
		})
	}
}

func TestNotesBecomeFootnotes(t *testing.T) {
	html, _ := body.Sanitise("<p>甲[注1]乙</p><p>[注1] 说明</p>")
	_, file := thereAndBack(t, "题", html)
	if doc, notes := partOf(t, file, "word/document.xml"), partOf(t, file, "word/footnotes.xml"); !strings.Contains(doc, `<w:footnoteReference w:id="1"/>`) || strings.Contains(doc, "说明") || !strings.Contains(notes, "说明") {
		t.Errorf("no footnote:\n%s\n%s", doc, notes)
	}
}

// TestThePageHoldsTheGrid counts lines and characters of 16 pt (320 twips).
func TestThePageHoldsTheGrid(t *testing.T) {
	if n := (pageHeight - marginTop - marginBottom) / linePitch; n != 22 {
		t.Errorf("%d lines", n)
	}
	if n := textWidth / (320 + charSpace); n != 28 {
		t.Errorf("%d characters", n)
	}
	html, _ := body.Sanitise("<p>文</p>")
	_, file := thereAndBack(t, "题", html)
	for part, want := range map[string][]string{
		"word/document.xml": {`<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"`, `w:linePitch="579"`},
		"word/styles.xml":   {"方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", `<w:spacing w:val="-5"/><w:sz w:val="32"/>`},
	} {
		for _, w := range want {
			if !strings.Contains(partOf(t, file, part), w) {
				t.Errorf("%s lacks %s", part, w)
			}
		}
	}
}

// TestRandomTextsAreReadBack writes texts of every construct in every nesting.
func TestRandomTextsAreReadBack(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 100
	}
	for seed := range rounds {
		g := generator{rand.New(rand.NewPCG(uint64(seed), 7)), 0}
		html, err := body.Sanitise(g.blocks(4))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "题", html)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestTheAnnualReportIsReadBack(t *testing.T) {
	b, err := os.ReadFile("../body/testdata/annual-report-2025.golden.html")
	if err != nil {
		t.Fatal(err)
	}
	head, html, _ := strings.Cut(string(b), " -->\n")
	title := strings.TrimPrefix(head, "<!-- ")
	same(t, title, html)
	_, file := thereAndBack(t, title, html)
	d, err := Import("年报.docx", file)
	if err != nil || d.Body != html {
		t.Errorf("the import changes the tables of the format: %v", err)
	}
	if path := os.Getenv("GONGKAI_WORD_OUT"); path != "" {
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkReport(b *testing.B) {
	source, err := os.ReadFile("../body/testdata/annual-report-2025.golden.html")
	if err != nil {
		b.Fatal(err)
	}
	_, html, _ := strings.Cut(string(source), " -->\n")
	var file bytes.Buffer
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			file.Reset()
			if err := Write(&file, "题", html, stored); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := Read(file.Bytes()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestTheSameTextGivesTheSameBytes(t *testing.T) {
	html, _ := body.Sanitise("<p>a</p><ul><li>b</li></ul><table><tr><td>c</td></tr></table>")
	_, a := thereAndBack(t, "题", html)
	if _, b := thereAndBack(t, "题", html); !bytes.Equal(a, b) {
		t.Error("two files")
	}
}

func TestLongAndWideTextsAreWritten(t *testing.T) {
	wide := "<table><tr>" + strings.Repeat(`<td rowspan="1000" colspan="100">a</td>`, 1500) + "</tr>" + strings.Repeat("<tr><td>b</td></tr>", 400) + "</table>"
	for name, in := range map[string]string{
		"the same paragraph": strings.Repeat("<p>公开公开</p>", 40_000),
		"many lists":         strings.Repeat("<ol><li>a</li></ol>", 8_000),
		"spans":              wide,
		"nested":             strings.Repeat("<blockquote>", 80) + "<p>x</p>" + strings.Repeat("</blockquote>", 80),
		"nested tables":      strings.Repeat("<table class=ta-c><tbody class=ta-c><tr class=ta-r><td class=ta-c>x", 20) + strings.Repeat("</td></tr></tbody></table>", 20),
	} {
		t.Run(name, func(t *testing.T) {
			html, err := body.Sanitise(in)
			if err != nil {
				t.Fatal(err)
			}
			d, _ := thereAndBack(t, "题", html)
			if d.Body != html {
				t.Error("came back otherwise")
			}
		})
	}
}

// A generator makes HTML of every construct.
type generator struct {
	*rand.Rand
	n int
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) class() string { return g.one("", "", "", ` class="ta-c"`, ` class="ta-r"`) }

func (g *generator) inline() string {
	var s strings.Builder
	for range g.IntN(4) {
		word := g.one("公开", " a ", "〔2026〕1号", "，", "　　", "&lt;b&gt;", "[注1]", "é", "x\u00a0", "1.")
		switch g.IntN(12) {
		case 0:
			word = "<strong>" + word + g.inline() + "</strong>"
		case 1:
			word = "<em>" + word + "</em>"
		case 2:
			word = "<u>" + word + g.inline() + "</u>"
		case 3:
			word = `<a href="` + g.one("https://www.gov.cn/?a=1&amp;b=2", "/art/1.html", "mailto:a@b.cn") + `">` + word + "</a>"
		case 4:
			word = "<br>"
		case 5:
			word = `<img src="/blob/` + g.one(hashes()...) + `" alt="` + g.one("", "图", "a &amp; b") + `">`
		}
		s.WriteString(word)
	}
	return s.String()
}

func (g *generator) blocks(depth int) string {
	var s strings.Builder
	for range 1 + g.IntN(4) {
		s.WriteString(g.block(depth))
	}
	return s.String()
}

func (g *generator) block(depth int) string {
	kind := g.one("p", "p", "p", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote", "table", "table")
	if g.n++; depth == 0 || g.n > 200 {
		kind = "p"
	}
	switch kind {
	case "ul", "ol":
		s := "<" + kind + g.one("", "", "", g.class()) + ">"
		for range 1 + g.IntN(3) {
			s += "<li" + g.class() + ">" + g.inline()
			if g.IntN(3) == 0 {
				s += g.blocks(depth - 1)
			}
			s += "</li>"
		}
		return s + "</" + kind + ">"
	case "blockquote":
		return "<blockquote" + g.class() + ">" + g.blocks(depth-1) + "</blockquote>"
	case "table":
		return g.table(depth)
	}
	return "<" + kind + g.class() + ">" + g.inline() + "</" + kind + ">"
}

func (g *generator) table(depth int) string {
	s := "<table" + g.one("", "", g.class()) + ">"
	if g.IntN(3) == 0 {
		s += "<caption" + g.class() + ">" + g.inline() + "</caption>"
	}
	for i := range 1 + g.IntN(3) {
		part := "tbody"
		if i == 0 && g.IntN(2) == 0 {
			part = "thead"
		}
		s += "<" + part + g.one("", "", g.class()) + ">"
		for range g.IntN(4) {
			s += "<tr" + g.one("", "", g.class()) + ">"
			for range g.IntN(4) {
				tag := g.one("td", "td", "th")
				s += "<" + tag + g.class()
				if g.IntN(3) == 0 {
					s += fmt.Sprintf(` colspan="%d" rowspan="%d"`, 1+g.IntN(3), 1+g.IntN(4))
				}
				s += ">" + g.inline()
				if g.IntN(5) == 0 {
					s += g.blocks(depth - 1)
				}
				s += "</" + tag + ">"
			}
			s += "</tr>"
		}
		s += "</" + part + ">"
	}
	return s + "</table>"
}
