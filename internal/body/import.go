package body

import (
	"bytes"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

// A Document is what Import read from a file.
type Document struct {
	Title  string
	Body   string // canonical, see Sanitise
	Report []Remark
}

// A Remark tells the drafter what Import changed or could not tell. Code has a
// sentence in the catalogues.
type Remark struct {
	Code      string         `json:"code"`                // "body.import.annual_table"
	Line      int            `json:"line,omitempty"`      // in a text file, from 1; 0 when it concerns all of it
	Paragraph int            `json:"paragraph,omitempty"` // in a Word file, from 1; 0 when it concerns all of it
	Near      string         `json:"near,omitempty"`      // the words around the place in the paragraph
	Args      map[string]any `json:"args,omitempty"`
}

// Formats are the file name endings Import reads.
const Formats = ".txt, .md, .html"

// Import reads a file by the ending of its name. A first line is the title and
// is not repeated in the body; words are never changed.
func Import(name string, b []byte) (Document, error) {
	if len(b) > MaxBytes {
		return Document{}, ErrTooLarge.With("max", "2 MiB")
	}
	source, encoding := Decode(b)
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(source)
	var read func(string) Document
	switch strings.ToLower(path.Ext(name)) {
	case ".txt":
		read = importText
	case ".md", ".markdown":
		read = importMarkdown
	case ".html", ".htm":
		read = importHTML
	default:
		return Document{}, ErrFormat.With("name", path.Base(name)).With("accepted", Formats)
	}
	if err := guardBytes(source); err != nil {
		return Document{}, err
	}
	d := read(source)
	if encoding != "" {
		d.Report = append(d.Report, Remark{Code: "body.import.encoding", Args: map[string]any{"encoding": encoding}})
	}
	clean, err := Sanitise(d.Body)
	if err != nil {
		return Document{}, err
	}
	d.Body = clean
	d.RecogniseAnnual()
	d.Title = Line(d.Title)
	return d, nil
}

// RecogniseAnnual gives the statutory tables of the text their format and says
// so in the report.
func (d *Document) RecogniseAnnual() {
	clean, found := RecogniseAnnual(d.Body)
	for _, n := range found {
		d.Report = append(d.Report, Remark{Code: "body.import.annual_table", Args: map[string]any{"table": string([]rune("二三四")[n-2])}})
	}
	d.Body = clean
}

// Line is a text without markup as one line, a title for instance.
func Line(s string) string { return nfc(strings.Join(strings.Fields(strip(s)), " ")) }

// guardBytes looks at a source that is not HTML yet.
func guardBytes(source string) error {
	if !utf8.ValidString(source) {
		return guard(source)
	}
	return readable(source, 0)
}

// firstLine answers the title, how many lines it took, and the rest.
func firstLine(source string) (title string, line int, rest string) {
	for rest = source; rest != ""; {
		var l string
		l, rest, _ = strings.Cut(rest, "\n")
		line++
		if strings.Trim(l, " \t\u3000\u00a0") != "" {
			return l, line, rest
		}
	}
	return "", line, ""
}

var (
	pre      = regexp.MustCompile(`(?i)<pre[\s>]`)
	bold     = regexp.MustCompile(`\*\*([^*\n]+)\*\*`)
	autolink = regexp.MustCompile(`&lt;(https?://[^\s&<>"]+|mailto:[^\s&<>"]+)&gt;`)
	heading  = regexp.MustCompile(`^[一二三四五六七八九十]{1,3}、[^。；;]{1,40}$`)
	ends     = regexp.MustCompile(`[。！？：；，、.!?:;…”’）)】》]$`)
)

func importText(source string) Document {
	var d Document
	title, at, rest := firstLine(source)
	d.Title = bold.ReplaceAllString(title, "$1")
	d.addLines(rest, at)
	return d
}

// addLines adds plain text to the body; at is how many lines stand before it.
func (d *Document) addLines(text string, at int) {
	var s strings.Builder
	lines := strings.Split(text, "\n")
	stars := 0
	for i := 0; i < len(lines); {
		if n := tableLines(lines[i:]); n > 0 {
			writePlainTable(&s, lines[i:i+n])
			i += n
			continue
		}
		line := strings.Trim(lines[i], " \t\u3000\u00a0\v\f")
		i++
		if line == "" {
			continue
		}
		if heading.MatchString(line) && !bold.MatchString(line) {
			s.WriteString("<h2>" + inText.Replace(line) + "</h2>\n")
			continue
		}
		if strings.Contains(line, "\t") {
			d.Report = append(d.Report, Remark{Code: "body.import.tab", Line: at + i})
		}
		if !ends.MatchString(line) && utf8.RuneCountInString(line) > 60 {
			tail := []rune(line)
			d.Report = append(d.Report, Remark{Code: "body.import.broken_paragraph", Line: at + i, Args: map[string]any{"quote": string(tail[len(tail)-8:])}})
		}
		stars += len(bold.FindAllString(line, -1))
		s.WriteString("<p>" + textInline(line) + "</p>\n")
	}
	if stars > 0 {
		d.Report = append(d.Report, Remark{Code: "body.import.stars", Args: map[string]any{"count": stars}})
	}
	d.Body += s.String()
}

func textInline(line string) string {
	line = inText.Replace(line)
	line = bold.ReplaceAllString(line, "<strong>$1</strong>")
	return autolink.ReplaceAllString(line, `<a href="$1">$1</a>`)
}

// tableLines counts the lines of the tab-separated table that begins here, 0
// when none does. A short line without tabs belongs to it when the table goes
// on after it.
func tableLines(lines []string) int {
	n, tabbed := 0, 0
	for i := 0; i < len(lines); i++ {
		if strings.Contains(lines[i], "\t") && strings.TrimSpace(lines[i]) != "" {
			tabbed++
			n = i + 1
			continue
		}
		short := strings.TrimSpace(lines[i]) != "" && utf8.RuneCountInString(lines[i]) <= 40 && !heading.MatchString(strings.TrimSpace(lines[i]))
		if n == 0 || n < i || !short {
			break
		}
	}
	if tabbed < 2 {
		return 0
	}
	return n
}

func writePlainTable(s *strings.Builder, lines []string) {
	rows := make([][]string, len(lines))
	width := 0
	for i, l := range lines {
		rows[i] = strings.Split(l, "\t")
		for x, c := range rows[i] {
			if strings.TrimSpace(c) != "" {
				width = max(width, x+1)
			}
		}
	}
	s.WriteString("<table>")
	for i, row := range rows {
		tag := "td"
		if i == 0 {
			s.WriteString("<thead>")
			tag = "th"
		}
		s.WriteString("<tr>")
		for x := range width {
			c := ""
			if x < len(row) {
				c = strings.TrimSpace(row[x])
			}
			s.WriteString("<" + tag + ">" + textInline(c) + "</" + tag + ">")
		}
		s.WriteString("</tr>")
		if i == 0 {
			s.WriteString("</thead><tbody>")
		}
	}
	s.WriteString("</tbody></table>\n")
}

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.NewCJK(extension.WithEastAsianLineBreaks())),
	goldmark.WithRendererOptions(gmhtml.WithUnsafe()), // Sanitise follows
)

func importMarkdown(source string) Document {
	title, _, rest := firstLine(source)
	title = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(title), "#"))
	d := Document{Title: bold.ReplaceAllString(title, "$1")}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(boldOutsideCode(rest)), &b); err != nil {
		d.Body = "<p>" + inText.Replace(rest) + "</p>"
		return d
	}
	d.Body = b.String()
	return d
}

// boldOutsideCode makes **x** bold also where Markdown's own rule, made for
// words with blanks between them, does not see it: 一是**加强学习。**充分.
func boldOutsideCode(source string) string {
	lines := strings.Split(source, "\n")
	code := false
	for i, l := range lines {
		if strings.HasPrefix(strings.TrimSpace(l), "```") {
			code = !code
		}
		if !code && !strings.Contains(l, "`") {
			lines[i] = bold.ReplaceAllString(l, "<strong>$1</strong>")
		}
	}
	return strings.Join(lines, "\n")
}

// importHTML takes the first h1 as the title, else the first words.
func importHTML(source string) Document {
	clean := policy.Sanitize(preformatted(source))
	root := parse(clean)
	var d Document
	at := -1
	for i, b := range root.kids {
		if b.kind == "h1" {
			at = i
			break
		}
	}
	if at < 0 && len(root.kids) > 0 && root.kids[0].leaf() && utf8.RuneCountInString(root.kids[0].text()) <= 200 {
		at = 0
	}
	if at >= 0 {
		d.Title = root.kids[at].text()
		root.kids = append(root.kids[:at:at], root.kids[at+1:]...)
	} else {
		d.Title = titleElement(source)
	}
	var s strings.Builder
	root.write(&s)
	d.Body = s.String()
	return d
}

// preformatted writes the lines of plain text inside pre elements as the
// paragraphs and tables they are.
func preformatted(source string) string {
	if !pre.MatchString(source) {
		return source
	}
	var s strings.Builder
	var inside *strings.Builder
	end := func() {
		if inside != nil {
			var d Document
			d.addLines(inside.String(), 0)
			s.WriteString(d.Body)
			inside = nil
		}
	}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		name, _ := z.TagName()
		switch {
		case kind == html.ErrorToken:
			end()
			return s.String()
		case kind == html.StartTagToken && string(name) == "pre":
			end()
			inside = &strings.Builder{}
		case kind == html.EndTagToken && string(name) == "pre":
			end()
		case inside == nil:
			s.WriteString(raw)
		case kind == html.TextToken:
			inside.WriteString(html.UnescapeString(raw))
		case string(name) == "br":
			inside.WriteByte('\n')
		}
	}
}

func titleElement(source string) string {
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) == "title" && z.Next() == html.TextToken {
				return string(z.Text())
			}
		}
	}
}
