package body

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// A block is an element that is not part of a line. Words stand in the runs of
// leaf blocks; a leaf without a kind is the bare line of a cell or list item.
type block struct {
	kind             string
	class            string
	colspan, rowspan int
	kids             []*block
	runs             []run
}

// A run is a stretch of a line in one style, or a single br or img. Styles are
// a set, not a nesting, so a text has one form only.
type run struct {
	text            string
	br              bool
	src, alt        string
	href            string
	strong, em, und bool
}

func (b *block) leaf() bool {
	switch b.kind {
	case "", "p", "h1", "h2", "h3", "h4", "caption":
		return true
	}
	return false
}

func (b *block) each(f func(*block)) {
	f(b)
	for _, k := range b.kids {
		k.each(f)
	}
}

func (b *block) text() string {
	var s strings.Builder
	for _, r := range b.runs {
		if r.br {
			s.WriteByte('\n')
		}
		s.WriteString(r.text)
	}
	return s.String()
}

// tidy brings a tree into its one form: blanks collapsed, equal runs joined,
// empty blocks gone. It answers whether anything is left of b.
func (b *block) tidy() bool {
	if b.leaf() {
		b.runs = tidyRuns(b.runs)
		return len(b.runs) > 0
	}
	kept := b.kids[:0]
	for _, k := range b.kids {
		if k.tidy() {
			kept = append(kept, k)
		}
	}
	b.kids = kept
	switch b.kind {
	case "root", "blockquote":
		for _, k := range b.kids {
			if k.kind == "" {
				k.kind = "p"
			}
		}
	case "td", "th", "li":
		b.tidyLines()
		return b.kind != "li" || len(b.kids) > 0
	case "table":
		rows := 0
		for _, k := range b.kids {
			if k.kind != "caption" {
				rows++
			}
		}
		return rows > 0
	}
	return len(b.kids) > 0
}

// tidyLines drops the paragraph around the only line of a cell or list item,
// and puts paragraphs around bare lines that would otherwise run together.
func (b *block) tidyLines() {
	if len(b.kids) == 1 && b.kids[0].kind == "p" {
		only := b.kids[0]
		if b.class == "" && b.kind != "li" {
			b.class = only.class
			only.class = ""
		}
		if only.class == "" || only.class == b.class {
			only.kind, only.class = "", ""
		}
		return
	}
	for i := 1; i < len(b.kids); i++ {
		if b.kids[i].kind == "" && (b.kids[i-1].kind == "" || b.kids[i-1].kind == "p") {
			b.kids[i].kind = "p"
			if b.kids[i-1].kind == "" {
				b.kids[i-1].kind = "p"
			}
		}
	}
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func tidyRuns(runs []run) []run {
	var out []run
	afterBlank := true
	for _, r := range runs {
		if r.br || r.src != "" {
			if r.br {
				r = run{br: true}
				out = trimEnd(out)
			}
			out = append(out, r)
			afterBlank = r.br
			continue
		}
		var s strings.Builder
		for i := 0; i < len(r.text); i++ {
			if c := r.text[i]; !blank(c) {
				s.WriteByte(c)
				afterBlank = false
			} else if !afterBlank {
				s.WriteByte(' ')
				afterBlank = true
			}
		}
		if s.Len() == 0 {
			continue
		}
		r.text = s.String()
		if n := len(out) - 1; n >= 0 && out[n].text != "" && out[n].sameStyle(r) {
			out[n].text += r.text
			continue
		}
		out = append(out, r)
	}
	for {
		out = trimEnd(out)
		if n := len(out) - 1; n >= 0 && out[n].br {
			out = out[:n]
			continue
		}
		break
	}
	for i := range out {
		out[i].text = norm.NFC.String(out[i].text)
	}
	return out
}

func trimEnd(runs []run) []run {
	n := len(runs) - 1
	if n < 0 || runs[n].br || runs[n].src != "" {
		return runs
	}
	runs[n].text = strings.TrimSuffix(runs[n].text, " ")
	if runs[n].text == "" {
		return runs[:n]
	}
	return runs
}

func (r run) sameStyle(o run) bool {
	return r.href == o.href && r.strong == o.strong && r.em == o.em && r.und == o.und
}

func (r run) tags() []string {
	var t []string
	if r.br {
		return nil
	}
	if r.href != "" {
		t = append(t, `a href="`+html.EscapeString(r.href)+`"`)
	}
	if r.strong {
		t = append(t, "strong")
	}
	if r.em {
		t = append(t, "em")
	}
	if r.und {
		t = append(t, "u")
	}
	return t
}

var (
	inText  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	inQuote = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;")
)

func (b *block) write(s *strings.Builder) {
	if b.kind != "" && b.kind != "root" {
		s.WriteString("<" + b.kind)
		if b.class != "" {
			s.WriteString(` class="` + b.class + `"`)
		}
		if b.colspan > 1 {
			s.WriteString(` colspan="` + strconv.Itoa(b.colspan) + `"`)
		}
		if b.rowspan > 1 {
			s.WriteString(` rowspan="` + strconv.Itoa(b.rowspan) + `"`)
		}
		s.WriteString(">")
		defer func() {
			s.WriteString("</" + b.kind + ">")
			switch b.kind {
			case "td", "th", "li", "caption":
			default:
				s.WriteString("\n")
			}
		}()
	}
	var open []string
	for _, r := range b.runs {
		want := r.tags()
		same := 0
		for same < len(open) && same < len(want) && open[same] == want[same] {
			same++
		}
		closeTags(s, open[same:])
		for _, t := range want[same:] {
			s.WriteString("<" + t + ">")
		}
		open = want
		switch {
		case r.br:
			s.WriteString("<br>")
		case r.src != "":
			s.WriteString(`<img src="` + inQuote.Replace(r.src) + `" alt="` + inQuote.Replace(r.alt) + `">`)
		default:
			s.WriteString(inText.Replace(r.text))
		}
	}
	closeTags(s, open)
	switch b.kind {
	case "ul", "ol", "table", "thead", "tbody", "blockquote":
		s.WriteString("\n")
	}
	for _, k := range b.kids {
		k.write(s)
		if k.kind == "li" || k.kind == "caption" {
			s.WriteString("\n")
		}
	}
}

func closeTags(s *strings.Builder, open []string) {
	for i := len(open) - 1; i >= 0; i-- {
		name, _, _ := strings.Cut(open[i], " ")
		s.WriteString("</" + name + ">")
	}
}
