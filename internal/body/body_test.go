package body

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"gongkai/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestSanitiseWritesOneForm(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain words become a paragraph":        {"公开", "<p>公开</p>\n"},
		"blanks collapse":                       {"<p>  a \n\t b </p>\n\n", "<p>a b</p>\n"},
		"the wide blank is kept":                {"<p>　　a</p>", "<p>　　a</p>\n"},
		"b and i":                               {"<b>a</b><i>b</i>", "<p><strong>a</strong><em>b</em></p>\n"},
		"nesting order of styles":               {"<u><strong>a</strong></u>", "<p><strong><u>a</u></strong></p>\n"},
		"neighbours join":                       {"<strong>a</strong><strong>b</strong>c", "<p><strong>ab</strong>c</p>\n"},
		"overlapping tags":                      {"<p><strong>a<em>b</strong>c</em></p>", "<p><strong>a<em>b</em></strong><em>c</em></p>\n"},
		"empty blocks go":                       {"<p> </p><h2></h2><ul><li> </li></ul><p>a</p>", "<p>a</p>\n"},
		"div is a line":                         {"<div>a</div><div>b</div>", "<p>a</p>\n<p>b</p>\n"},
		"h5 is h4":                              {"<h5>a</h5>", "<h4>a</h4>\n"},
		"script goes whole":                     {"a<script>alert(1)</script>b<style>p{}</style>", "<p>ab</p>\n"},
		"other tags keep their words":           {`<font color="red">a</font><o:p>b</o:p>`, "<p>ab</p>\n"},
		"event handlers go":                     {`<p onclick="x()" style="color:red" class="evil">a</p>`, "<p>a</p>\n"},
		"align becomes a class":                 {`<p align="right">a</p>`, "<p class=\"ta-r\">a</p>\n"},
		"a good link":                           {`<a href="https://www.gov.cn/a?b=c&d=e" target="_blank">a</a>`, "<p><a href=\"https://www.gov.cn/a?b=c&amp;d=e\">a</a></p>\n"},
		"an own path":                           {`<a href="/art/2026/1.html">a</a>`, "<p><a href=\"/art/2026/1.html\">a</a></p>\n"},
		"another host without scheme":           {`<a href="//evil.com/">a</a>`, "<p>a</p>\n"},
		"a backslash host":                      {`<a href="/\evil.com/">a</a>`, "<p>a</p>\n"},
		"a script address":                      {`<a href="java&#10;script:alert(1)">a</a>`, "<p>a</p>\n"},
		"a password in the address":             {`<a href="https://gov.cn@evil.com/">a</a>`, "<p>a</p>\n"},
		"data address":                          {`<a href="data:text/html,x">a</a>`, "<p>a</p>\n"},
		"an outside image":                      {`a<img src="http://evil.com/x.png">`, "<p>a</p>\n"},
		"an own image":                          {`<img src="/blob/sha256:` + strings.Repeat("a", 64) + `" alt=" 图 一 " width=9>`, "<p><img src=\"/blob/sha256:" + strings.Repeat("a", 64) + "\" alt=\"图 一\"></p>\n"},
		"br at the end goes":                    {"<p>a <br> b<br></p>", "<p>a<br>b</p>\n"},
		"NFC over style borders that fall away": {"<p>e<span>\u0301</span></p>", "<p>é</p>\n"},
		"unseen characters go":                  {"<p>a\u200b\ufeff\u0007b\u200e</p>", "<p>ab</p>\n"},
		"the only paragraph of a cell":          {`<table><tr><td><p class="ta-c">a</p></td><td><p>b</p><p>c</p></td></tr></table>`, "<table>\n<tbody>\n<tr><td class=\"ta-c\">a</td><td><p>b</p>\n<p>c</p>\n</td></tr>\n</tbody>\n</table>\n"},
		"words between rows are not lost":       {`<table>x<tr>y<td>z</table>`, "<table>\n<tbody>\n<tr><td>x</td></tr>\n<tr><td>y</td><td>z</td></tr>\n</tbody>\n</table>\n"},
		"a caption comes first":                 {`<table><tr><td>a</td></tr><caption><p>b</p></caption></table>`, "<table>\n<caption>b</caption>\n<tbody>\n<tr><td>a</td></tr>\n</tbody>\n</table>\n"},
		"spans":                                 {`<table><tr><td colspan=2 rowspan="0">a</td></tr></table>`, "<table>\n<tbody>\n<tr><td colspan=\"2\">a</td></tr>\n</tbody>\n</table>\n"},
		"list item outside a list":              {"<li>a<li>b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		"nested list":                           {"<ol><li>a<ul><li>b</li></ul></li></ol>", "<ol>\n<li>a<ul>\n<li>b</li>\n</ul>\n</li>\n</ol>\n"},
		"text that looks like tags":             {"&lt;script&gt;&amp;lt;", "<p>&lt;script&gt;&amp;lt;</p>\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Sanitise(c.in)
			if err != nil || got != c.want {
				t.Errorf("got  %q %v\nwant %q", got, err, c.want)
			}
			if again, _ := Sanitise(got); again != got {
				t.Errorf("again %q", again)
			}
		})
	}
}

func TestSanitiseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in       string
		want     error
		position any
	}{
		"bytes that are not UTF-8":         {"公\xff", ErrNotUTF8, 4},
		"NUL":                              {"<p>a\x00</p>", ErrControlCharacter, 5},
		"right-to-left override":           {"<p>公\u202e</p>", ErrControlCharacter, 5},
		"isolate":                          {"\u2066", ErrControlCharacter, 1},
		"override written as an entity":    {"<p>a&#x202e;b</p>", ErrControlCharacter, 5},
		"override in an attribute":         {`<img alt="&#8238;">`, ErrControlCharacter, 1},
		"elements in elements in elements": {strings.Repeat("<div>", 101), ErrTooDeep, nil},
		"lists that grow items":            {strings.Repeat("<ul>", 95) + "a", ErrTooDeep, nil},
		"too long":                         {strings.Repeat("a", MaxBytes+1), ErrTooLarge, nil},
		"too long when written out":        {strings.Repeat("&", MaxBytes/2), ErrTooLarge, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Sanitise(c.in)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v", err)
			}
			if f, _ := fault.From(err); c.position != nil && f.Args["position"] != c.position {
				t.Errorf("position %v, want %v", f.Args["position"], c.position)
			}
		})
	}
}

func TestUnclosedParagraphsAreNotDeep(t *testing.T) {
	got, err := Sanitise(strings.Repeat("<p>a", 500) + "<table>" + strings.Repeat("<tr><td>b<td>c", 200))
	if err != nil || strings.Count(got, "<p>") != 500 || strings.Count(got, "<tr>") != 200 {
		t.Errorf("%v, %d paragraphs, %d rows", err, strings.Count(got, "<p>"), strings.Count(got, "<tr>"))
	}
}

// wide is input meant to cost more than its length; n is its measure.
var wide = map[string]func(n int) string{
	"nested elements":  func(n int) string { return strings.Repeat("<div>", n/20) },
	"nested styles":    func(n int) string { return strings.Repeat("<b>", n/20) },
	"paragraphs":       func(n int) string { return strings.Repeat("<strong>", 30) + strings.Repeat("<p>x", n) },
	"many end tags":    func(n int) string { return strings.Repeat("<p>", 90) + strings.Repeat("</table>", n/2) },
	"many open tables": func(n int) string { return strings.Repeat("<table><tr><td>", 20) + strings.Repeat("<th>", n/2) },
	"spans": func(n int) string {
		return "<table><tr>" + strings.Repeat(`<td rowspan="1000" colspan="100">`, n/10) + strings.Repeat("<tr><td>", n/200) + "</table>"
	},
}

func TestDeepAndWideInputIsTakenOrRefused(t *testing.T) {
	for name, in := range wide {
		text, err := Sanitise(in(200_000))
		if f, ok := fault.From(err); err != nil && (!ok || f.Kind != fault.Invalid && f.Kind != fault.TooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		Cells(text)
	}
	if _, err := Sanitise(strings.Repeat("<b>", 10_000)); !errors.Is(err, ErrTooDeep) {
		t.Errorf("10,000 nested tags: %v", err)
	}
}

// BenchmarkWideInput prints what four times the input costs: 4 is linear.
func BenchmarkWideInput(b *testing.B) {
	for name, in := range wide {
		b.Run(name, func(b *testing.B) {
			cost := func(n int) time.Duration {
				text := in(n)
				start := time.Now()
				for range b.N {
					clean, _ := Sanitise(text)
					Cells(clean)
				}
				return time.Since(start)
			}
			b.ReportMetric(float64(cost(80_000))/float64(cost(20_000)), "x")
		})
	}
}

func TestReadingAText(t *testing.T) {
	hash := "sha256:" + strings.Repeat("0a", 32)
	in := `<h2>一、标题</h2><p>甲 <strong>乙</strong><br>丙</p><table><caption>表</caption><tr><th rowspan=2>a</th><td>1</td></tr><tr><td>2</td></tr></table><ul><li>丁</li></ul><p><img src="/blob/` + hash + `" alt="图"><img src="/blob/` + hash + `" alt="图"></p>`
	s, err := Sanitise(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Text(s), "一、标题\n甲 乙\n丙\n表\na\t1\n2\n丁\n"; got != want {
		t.Errorf("text %q", got)
	}
	if got := fmt.Sprint(Paragraphs(s)); got != "[一、标题 甲 乙\n丙 表 a 1 2 丁]" {
		t.Errorf("paragraphs %q", got)
	}
	if got := CountRunes(s); got != 12 {
		t.Errorf("counted %d", got)
	}
	if got := fmt.Sprint(Blobs(s)); got != "["+hash+"]" {
		t.Errorf("blobs %s", got)
	}
	if got := fmt.Sprintf("%q", Cells(s)); got != `[[["a" "1"] ["" "2"]]]` {
		t.Errorf("cells %s", got)
	}
}

func TestNaughtyStringsStayWords(t *testing.T) {
	b, err := os.ReadFile("testdata/naughty.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			continue
		}
		checkClean(t, line)
		checkClean(t, "<p title='"+line+"'>"+line)
		checkClean(t, html.EscapeString(line))
		d, err := Import("n.txt", []byte("题\n"+line))
		if err != nil {
			t.Errorf("%q: %v", line, err)
		} else if got, want := Text(d.Body), strings.TrimSpace(line); strings.Contains(want, "*") == false && got != strings.Join(strings.Fields(want), " ") {
			t.Errorf("words changed: %q, want %q", got, want)
		}
	}
}

var allowed = regexp.MustCompile(`^(<(p|h[1-4]|blockquote|ul|ol|li|table|caption|thead|tbody|tr)( class="ta-[cr]")?>|` +
	`<t[hd]( class="ta-[cr]")?( colspan="\d+")?( rowspan="\d+")?>|<(strong|em|u|br)>|` +
	`<a href="(https?:|mailto:|/)[^"<>]*">|<img src="/blob/sha256:[0-9a-f]{64}" alt="[^"<>]*">|` +
	`</(p|h[1-4]|blockquote|ul|ol|li|table|caption|thead|tbody|tr|td|th|strong|em|u|a)>|[^<>]*)$`)

// checkClean says that the answer is a fixed point, holds nothing outside the
// whitelist, and is read by a browser's parser as it is written.
func checkClean(t *testing.T, in string) {
	t.Helper()
	s, err := Sanitise(in)
	if err != nil {
		if _, ok := fault.From(err); !ok {
			t.Fatalf("%q: %v", in, err)
		}
		return
	}
	if again, err := Sanitise(s); err != nil || again != s {
		t.Fatalf("not idempotent for %q:\n%q\n%q %v", in, s, again, err)
	}
	z := html.NewTokenizer(strings.NewReader(s))
	for z.Next() != html.ErrorToken {
		if raw := string(z.Raw()); !allowed.MatchString(raw) {
			t.Fatalf("%q lets %q through", in, raw)
		}
	}
	doc, err := html.Parse(strings.NewReader("<!doctype html><body><article>" + s + "</article>"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	article := doc.LastChild.LastChild.FirstChild
	if article.NextSibling != nil {
		t.Fatalf("%q escapes its element: %q", in, s)
	}
	for c := article.FirstChild; c != nil; c = c.NextSibling {
		_ = html.Render(&b, c)
	}
	if got, err := Sanitise(b.String()); err != nil || got != s {
		t.Fatalf("a browser reads %q as %q", s, got)
	}
}

func FuzzSanitise(f *testing.F) {
	for _, seed := range []string{
		"<p>a<b>c", "<table><tr><td rowspan=2>x<table>", "<ul>a<li>b", "<a href='//x'>b</a>", "&lt;&amp;#60;",
		"<caption>a<caption>b", "<table><caption>a<td>b<caption>c", "<p>e\u0301</p>", "<h1><ul><h2>", "<svg><p><style><!--</style>",
		"<math><mi><table><mglyph><style><!--", "<td>a<th>b<li>c", "<table><thead><thead><tbody>a", "<blockquote>a<td>", "<a href=/x><table><td>y",
		"<p align=center><td align=right><p class='ta-c'>", "<br><br>x<br> <br>", "<li class=ta-c><p class=ta-c>x</p>", "a<!-- --><![CDATA[ ]]>", "<a href='mailto:a@b?c=%zz'>x", "<a href='HTTP://ＥXample.com/%7e'>x</a>", "\u0338<strong>\u0338",
		"<table><tr><td>a</td></tr><li>b", "<td><p class=ta-c>a</p>b<div>c</div>", "<a href='http://[::1%25eth0]/'>a", "<strong><br></strong> <img src=/blob/sha256:" + "0000000000000000000000000000000000000000000000000000000000000000" + " alt=' \u00a0x'>",
	} {
		f.Add(seed)
	}
	f.Fuzz(checkClean)
}

func FuzzImport(f *testing.F) {
	f.Add(0, "题\n\n一、总体情况\n甲\t乙\n1\t2\n**粗**<https://gov.cn/>")
	f.Add(1, "# 题\n- a\n|x|y|\n|-|-|\n|1|2|\n**粗。**字")
	f.Add(2, "<h1>题</h1><table><tr><td>1")
	f.Fuzz(func(t *testing.T, kind int, in string) {
		d, err := Import("a"+[]string{".txt", ".md", ".html"}[uint(kind)%3], []byte(in))
		if err != nil {
			if _, ok := fault.From(err); !ok {
				t.Fatal(err)
			}
			return
		}
		if again, err := Sanitise(d.Body); err != nil || again != d.Body {
			t.Fatalf("%q became %q, not canonical: %q %v", in, d.Body, again, err)
		}
	})
}

func TestGoldenAnnualReport(t *testing.T) {
	d := report(t)
	golden(t, "annual-report-2025.golden.html", "<!-- "+d.Title+" -->\n"+d.Body)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s differs (%v): go test -update, and read the difference", name, err)
	}
}
