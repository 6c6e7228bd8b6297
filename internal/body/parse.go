package body

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxOpen bounds the nesting of blocks a tree may have, below the 100 elements
// the guard lets through, so that what Sanitise wrote it also reads.
const maxOpen = 90

// A builder makes a tree from a stream of tags in one pass. It is not an HTML
// parser: the whitelist is so small that every tag has one place, and no input
// makes the tree larger than itself.
type builder struct {
	open    []*block
	href    []string
	strong  int
	em      int
	und     int
	tooDeep bool
}

func parse(source string) *block {
	b := build(source)
	b.open[0].tidy()
	return b.open[0]
}

func build(source string) *builder {
	b := &builder{open: []*block{{kind: "root"}}}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b
		case html.TextToken:
			b.add(run{text: strip(string(z.Text()))})
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			b.start(&t)
		case html.EndTagToken:
			name, _ := z.TagName()
			b.end(atom.Lookup(name))
		}
	}
}

func (b *builder) top() *block { return b.open[len(b.open)-1] }

func (b *builder) push(n *block) {
	if len(b.open) >= maxOpen {
		b.tooDeep = true
		return
	}
	t := b.top()
	if n.kind == "caption" {
		t.kids = append([]*block{n}, t.kids...)
	} else {
		t.kids = append(t.kids, n)
	}
	b.open = append(b.open, n)
}

// line ends the open line, if there is one.
func (b *builder) line() {
	for len(b.open) > 1 && b.top().leaf() {
		b.open = b.open[:len(b.open)-1]
	}
}

// inside opens what must stand between the open block and words: cells in
// tables, items in lists.
func (b *builder) inside() {
	for {
		switch b.top().kind {
		case "ul", "ol":
			b.push(&block{kind: "li"})
		case "table":
			b.push(&block{kind: "tbody"})
		case "thead", "tbody":
			b.push(&block{kind: "tr"})
		case "tr":
			b.push(&block{kind: "td"})
		default:
			return
		}
		if b.tooDeep {
			return
		}
	}
}

func (b *builder) add(r run) {
	if r.text == "" && !r.br && r.src == "" {
		return
	}
	if !b.top().leaf() {
		if strings.Trim(r.text, " \t\r\n\f") == "" && !r.br && r.src == "" {
			return
		}
		b.inside()
		b.push(&block{})
	}
	if b.tooDeep {
		return
	}
	if n := len(b.href); n > 0 {
		r.href = b.href[n-1]
	}
	r.strong, r.em, r.und = b.strong > 0, b.em > 0, b.und > 0
	t := b.top()
	t.runs = append(t.runs, r)
}

// upTo closes blocks until one of the kinds is on top, without leaving the
// innermost table cell unless asked for a part of its table.
func (b *builder) upTo(kinds ...string) bool {
	cells := kinds[0] == "table" || kinds[0] == "tr"
	for i := len(b.open) - 1; i > 0; i-- {
		for _, k := range kinds {
			if b.open[i].kind == k {
				b.open = b.open[:i+1]
				return true
			}
		}
		switch b.open[i].kind {
		case "td", "th", "caption":
			if !cells {
				return false
			}
		case "table":
			return false
		}
	}
	return false
}

func (b *builder) start(t *html.Token) {
	switch t.DataAtom {
	case atom.Strong, atom.B:
		b.strong++
	case atom.Em, atom.I:
		b.em++
	case atom.U:
		b.und++
	case atom.A:
		b.href = append(b.href, link(attr(t, "href")))
	case atom.Br:
		b.add(run{br: true})
	case atom.Img:
		if src := attr(t, "src"); blobSrc.MatchString(src) {
			alt := strings.Join(strings.FieldsFunc(strip(attr(t, "alt")), func(r rune) bool { return r < 0x80 && blank(byte(r)) }), " ")
			b.add(run{src: src, alt: nfc(alt)})
		}
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Div, atom.Pre, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center:
		b.startLine(t)
	case atom.Ul, atom.Ol, atom.Blockquote, atom.Table:
		if b.top().kind == "caption" {
			b.upTo("table")
		}
		b.line()
		b.inside()
		b.push(&block{kind: t.Data, class: class(t)})
	case atom.Li:
		if !b.upTo("ul", "ol") {
			b.line()
			b.inside()
			b.push(&block{kind: "ul"})
		}
		b.push(&block{kind: "li", class: class(t)})
	case atom.Caption:
		if b.upTo("table") {
			kids := b.top().kids
			if len(kids) > 0 && kids[0].kind == "caption" {
				return
			}
			b.push(&block{kind: "caption", class: class(t)})
		}
	case atom.Thead, atom.Tbody, atom.Tfoot:
		if b.upTo("table") {
			b.push(&block{kind: b.part(t.DataAtom), class: class(t)})
		}
	case atom.Tr:
		if b.upTo("table") {
			kids := b.top().kids
			if n := len(kids); n > 0 && kids[n-1].kind != "caption" {
				b.open = append(b.open, kids[n-1])
			} else {
				b.push(&block{kind: "tbody"})
			}
			b.push(&block{kind: "tr", class: class(t)})
		}
	case atom.Td, atom.Th:
		if b.upTo("tr", "tbody", "thead", "table") {
			for b.top().kind != "tr" && !b.tooDeep {
				b.push(&block{kind: map[string]string{"table": "tbody", "tbody": "tr", "thead": "tr"}[b.top().kind]})
			}
			b.push(&block{kind: t.Data, class: class(t), colspan: span(t, "colspan", 100), rowspan: span(t, "rowspan", 1000)})
		}
	}
}

// part answers the kind of a table part: a head can only come first.
func (b *builder) part(a atom.Atom) string {
	if a != atom.Thead {
		return "tbody"
	}
	for _, k := range b.top().kids {
		if k.kind != "caption" {
			return "tbody"
		}
	}
	return "thead"
}

func (b *builder) startLine(t *html.Token) {
	if b.top().kind == "caption" {
		b.add(run{text: " "})
		return
	}
	b.line()
	kind := ""
	switch t.DataAtom {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4:
		kind = t.Data
	case atom.H5, atom.H6:
		kind = "h4"
	default:
		if class(t) != "" {
			kind = "p"
		}
	}
	if kind == "" {
		return
	}
	b.inside()
	b.push(&block{kind: kind, class: class(t)})
}

func (b *builder) end(a atom.Atom) {
	switch a {
	case atom.Strong, atom.B:
		b.strong = max(b.strong-1, 0)
	case atom.Em, atom.I:
		b.em = max(b.em-1, 0)
	case atom.U:
		b.und = max(b.und-1, 0)
	case atom.A:
		if n := len(b.href); n > 0 {
			b.href = b.href[:n-1]
		}
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Div, atom.Pre, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center:
		if b.top().kind != "caption" {
			b.line()
		}
	case atom.Ul, atom.Ol, atom.Blockquote, atom.Li, atom.Table:
		if b.upTo(a.String()) {
			b.open = b.open[:len(b.open)-1]
		}
	case atom.Caption, atom.Thead, atom.Tbody, atom.Tr, atom.Td, atom.Th:
		b.endPart(a.String())
	}
}

// endPart closes a part of the innermost table, if it is open.
func (b *builder) endPart(kind string) {
	for i := len(b.open) - 1; i > 0 && b.open[i].kind != "table"; i-- {
		if b.open[i].kind == kind {
			b.open = b.open[:i]
			return
		}
	}
}

func attr(t *html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func class(t *html.Token) string {
	for _, c := range strings.Fields(attr(t, "class")) {
		if c == "ta-c" || c == "ta-r" {
			return c
		}
	}
	switch strings.ToLower(attr(t, "align")) {
	case "center":
		return "ta-c"
	case "right":
		return "ta-r"
	}
	return ""
}

func span(t *html.Token, name string, most int) int {
	n, err := strconv.Atoi(attr(t, name))
	if err != nil || n < 2 || n > most {
		return 0
	}
	return n
}

// hostInDisguise finds paths that a sloppy reader takes for another host.
var hostInDisguise = regexp.MustCompile(`(?i)^/(/|\\|%2f|%5c)`)

var blobSrc = regexp.MustCompile(`^/blob/sha256:[0-9a-f]{64}$`)

// link answers the address in its one spelling, or "" when a reader should not
// follow it: other schemes, other hosts without a scheme, passwords in it.
func link(href string) string {
	href = nfc(strings.TrimSpace(href))
	if strip(href) != href || strings.ContainsAny(href, "\\\t\r\n") || len(href) > 2000 {
		return ""
	}
	u, err := url.Parse(href)
	if err != nil || u.User != nil {
		return ""
	}
	switch {
	case u.Scheme == "mailto" && u.Opaque != "":
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//"):
	default:
		return ""
	}
	out := u.String()
	if again, err := url.Parse(out); err != nil || again.String() != out || hostInDisguise.MatchString(out) {
		return ""
	}
	return out
}
