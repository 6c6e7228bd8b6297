package word

import (
	"strings"

	"gongkai/internal/body"
)

// Longest a report may be, in remarks, and the words it quotes, in characters.
const (
	maxRemarks = 300
	maxQuote   = 60
	around     = 8
)

// A report collects remarks with their places.
type report struct {
	remarks []body.Remark
	more    int
}

func (r *report) add(m body.Remark) {
	for k, v := range m.Args {
		if s, ok := v.(string); ok {
			m.Args[k] = quote(s)
		}
	}
	if len(r.remarks) >= maxRemarks {
		r.more++
		return
	}
	r.remarks = append(r.remarks, m)
}

// done is the whole report.
func (r *report) done() []body.Remark {
	if r.more > 0 {
		r.remarks = append(r.remarks, body.Remark{Code: "docx.more", Args: map[string]any{"count": r.more}})
	}
	return r.remarks
}

func quote(s string) string {
	s = body.Line(strings.Map(visible, s))
	if q := []rune(s); len(q) > maxQuote {
		return string(q[:maxQuote]) + "…"
	}
	return s
}

// visible drops what turns the reading direction of a report.
func visible(r rune) rune {
	if turns(r) || r == 0 {
		return -1
	}
	return r
}

func turns(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// A mark is a remark on a paragraph that is not read to its end.
type mark struct {
	code     string
	from, to int // in the paragraph's text
	text     string
	args     map[string]any
}

// mark remarks on the text from a place in the paragraph to the present one.
// The next piece of the same thing joins it.
func (p *paragraph) mark(code string, from int, text string, args map[string]any) {
	if n := len(p.marks) - 1; n >= 0 && args == nil && text != "" {
		if last := &p.marks[n]; last.code == code && last.to == from {
			last.text, last.to = last.text+text, len(p.plain)
			return
		}
	}
	p.marks = append(p.marks, mark{code, from, len(p.plain), text, args})
}

// near is the words around a place.
func (p *paragraph) near(from, to int) string {
	from, to = max(from-around, 0), min(max(to, from)+around, len(p.plain))
	to = min(to, from+4*around)
	return quote(string(p.plain[from:to]))
}

// tell hands the marks of a paragraph over to the report.
func (p *paragraph) tell(r *report, no int) {
	for _, m := range p.marks {
		args := m.args
		if args == nil {
			args = map[string]any{}
		}
		if m.text != "" {
			args["text"] = m.text
		}
		r.add(body.Remark{Code: m.code, Paragraph: no, Near: p.near(m.from, m.to), Args: args})
	}
}
