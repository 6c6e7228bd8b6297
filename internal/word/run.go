package word

import (
	"encoding/xml"
	"fmt"
	"strings"

	"gongkai/internal/body"
)

// A field is a w:fldChar in progress: first its instruction, then its result.
type field struct {
	instruction strings.Builder
	result      bool
	href        string
}

// inline reads a child of a paragraph, or of what stands in one.
func (r *reader) inline(d *xml.Decoder, el string, e *xml.StartElement) error {
	p := r.p
	within := func() error {
		return each(d, func(el string, e *xml.StartElement) error { return r.inline(d, el, e) })
	}
	from := len(p.plain)
	switch el {
	case "w:r":
		return r.run(d)
	case "w:hyperlink":
		to := r.links[attr(e, "id")]
		address := to.target
		if !to.external {
			address = ""
		}
		if a := attr(e, "anchor"); a != "" {
			address += "#" + a
		}
		return r.linked(address, within)
	case "w:fldSimple":
		return r.linked(address(attr(e, "instr")), within)
	case "w:ins", "w:moveTo":
		images := len(p.runs)
		err := within()
		if said := string(p.plain[from:]); said != "" || len(p.runs) > images {
			if said == "" {
				said = "[图]"
			}
			p.mark("docx.inserted", from, said, nil)
		}
		return err
	case "w:del", "w:moveFrom":
		return r.dropped(d, "docx.deleted")
	case "m:oMath", "m:oMathPara":
		return r.dropped(d, "docx.equation")
	case "w:smartTag", "w:customXml", "w:dir", "w:bdo", "w:rubyBase":
		return within()
	case "w:sdt":
		return r.control(d, func(*ownBlock) error { return within() })
	case "mc:AlternateContent":
		return r.alternative(d, within)
	case "w:commentRangeStart":
		return d.Skip()
	case "w:subDoc":
		p.mark("docx.chunk", from, "", nil)
	}
	return d.Skip()
}

// linked reads what leads to an address, which is left out when a text may not
// lead there.
func (r *reader) linked(address string, read func() error) error {
	from := len(r.p.plain)
	safe := body.Link(address)
	if safe != "" {
		r.p.href = append(r.p.href, safe)
	}
	err := read()
	if safe != "" {
		r.p.href = r.p.href[:len(r.p.href)-1]
	} else if address != "" && len(r.p.plain) > from {
		r.p.mark("docx.link", from, string(r.p.plain[from:]), map[string]any{"href": address})
	}
	return err
}

// dropped leaves an element in a paragraph out and says so.
func (r *reader) dropped(d *xml.Decoder, code string) error {
	said, err := words(d)
	if said != "" {
		r.p.mark(code, len(r.p.plain), said, nil)
	}
	return err
}

// alternative is alternate in a line, with a remark on the text it kept.
func (r *reader) alternative(d *xml.Decoder, read func() error) error {
	p := r.p
	from, runs, marks := len(p.plain), len(p.runs), len(p.marks)
	had := func() bool { return len(p.plain) > from || len(p.runs) > runs || len(p.marks) > marks }
	err := r.alternate(d, read, had)
	if len(p.plain) > from {
		p.mark("docx.alternate", from, string(p.plain[from:]), nil)
	}
	return err
}

func (r *reader) run(d *xml.Decoder) error {
	f := r.p.style
	var read func(el string, e *xml.StartElement) error
	read = func(el string, e *xml.StartElement) error {
		p := r.p
		switch el {
		case "w:rPr":
			return r.format(d, &f)
		case "w:t":
			s, err := text(d)
			if err != nil {
				return err
			}
			return r.put(s, f)
		case "w:delText":
			return r.dropped(d, "docx.deleted")
		case "w:tab", "w:ptab":
			if strings.TrimSpace(string(p.plain)) != "" {
				p.mark("docx.tab", len(p.plain), "", nil)
			}
			return r.then(d, r.put(" ", style{strong: f.strong, emph: f.emph, underline: f.underline}))
		case "w:br":
			if t := attr(e, "type"); t == "" || t == "textWrapping" {
				r.show(body.Run{Break: true}, f, "\n")
			}
		case "w:cr":
			r.show(body.Run{Break: true}, f, "\n")
		case "w:noBreakHyphen":
			return r.then(d, r.put("\u2011", f))
		case "w:sym":
			return r.then(d, r.symbol(attr(e, "font"), attr(e, "char"), f))
		case "w:footnoteReference", "w:endnoteReference":
			return r.then(d, r.refer(noteID{el == "w:endnoteReference", attr(e, "id")}, f))
		case "w:commentReference":
			id := attr(e, "id")
			if said, ok := r.comments[id]; ok {
				p.mark("docx.comment", len(p.plain), said, map[string]any{})
				delete(r.comments, id)
			}
		case "w:fldChar":
			r.field(attr(e, "fldCharType"))
		case "w:instrText":
			s, err := text(d)
			if n := len(r.fields); n > 0 && r.fields[n-1].instruction.Len() < 4000 {
				r.fields[n-1].instruction.WriteString(s)
			}
			return err
		case "w:drawing", "w:pict", "w:object":
			return r.drawing(d, el, f)
		case "w:ruby":
			return r.ruby(d)
		case "mc:AlternateContent":
			return r.alternative(d, func() error { return each(d, read) })
		}
		return d.Skip()
	}
	return each(d, read)
}

func (r *reader) then(d *xml.Decoder, err error) error {
	if err != nil {
		return err
	}
	return d.Skip()
}

// format reads w:rPr over what the paragraph's style says.
func (r *reader) format(d *xml.Decoder, f *style) error {
	var direct, named style
	lit := false
	err := direct.read(d, func(el string, e *xml.StartElement) error {
		switch el {
		case "w:rStyle":
			named = r.styles.of(attr(e, "val"))
		case "w:highlight":
			lit = attr(e, "val") != "none"
		case "w:rPrChange":
			r.p.mark("docx.format_changed", len(r.p.plain), "", nil)
		}
		return d.Skip()
	})
	*f = direct.over(named.over(*f))
	f.ink = direct.ink
	if lit {
		f.name = "highlight"
	}
	return err
}

// put shows words in a format.
func (r *reader) put(s string, f style) error {
	p := r.p
	if s == "" || r.unseen() {
		return nil
	}
	for _, c := range s {
		if turns(c) {
			return ErrControlCharacter.With("character", fmt.Sprintf("U+%04X", c)).With("paragraph", r.no).With("near", quote(string(p.plain)+s))
		}
	}
	from := len(p.plain)
	if is(f.hidden) {
		p.mark("docx.hidden", from, s, nil)
		return nil
	}
	was := s
	if f.script != nil && (*f.script == "superscript" || *f.script == "subscript") {
		s = scripted(s, *f.script == "superscript")
	}
	r.show(body.Run{Text: s}, f, s)
	if f.script != nil && *f.script != "baseline" {
		p.mark("docx.script", from, was, nil)
	}
	if is(f.strike) {
		p.mark("docx.strike", from, s, nil)
	}
	if f.name == "highlight" {
		p.mark("docx.highlight", from, s, nil)
	}
	r.ink = r.ink || f.ink
	return nil
}

// show adds to the line.
func (r *reader) show(x body.Run, f style, plain string) {
	if r.unseen() || is(f.hidden) {
		return
	}
	p := r.p
	x.Strong, x.Emph, x.Underline, x.Link = is(f.strong), is(f.emph), is(f.underline), r.href()
	p.runs = append(p.runs, x)
	p.plain = append(p.plain, []rune(plain)...)
}

// unseen says that an instruction of a field is being read.
func (r *reader) unseen() bool {
	for i := range r.fields {
		if !r.fields[i].result {
			return true
		}
	}
	return false
}

func (r *reader) href() string {
	if n := len(r.p.href); n > 0 {
		return r.p.href[n-1]
	}
	for i := len(r.fields) - 1; i >= 0; i-- {
		if h := r.fields[i].href; h != "" {
			return h
		}
	}
	return ""
}

func (r *reader) field(kind string) {
	n := len(r.fields)
	switch {
	case kind == "begin" && n < 100:
		r.fields = append(r.fields, field{})
	case kind == "separate" && n > 0:
		f := &r.fields[n-1]
		f.result = true
		to := address(f.instruction.String())
		if f.href = body.Link(to); f.href == "" && to != "" {
			r.p.mark("docx.link", len(r.p.plain), "", map[string]any{"href": to})
		}
	case kind == "end" && n > 0:
		r.fields = r.fields[:n-1]
	}
}

// address is where HYPERLINK "…" \l "…" leads.
func address(instruction string) string {
	words := strings.Fields(instruction)
	if len(words) < 2 || !strings.EqualFold(words[0], "HYPERLINK") {
		return ""
	}
	to := strings.Trim(words[1], `"`)
	for i, w := range words {
		if w == `\l` && i+1 < len(words) {
			if i == 1 {
				to = ""
			}
			to += "#" + strings.Trim(words[i+1], `"`)
		}
	}
	return to
}

// ruby keeps the words and says which reading aid went.
func (r *reader) ruby(d *xml.Decoder) error {
	return each(d, func(el string, e *xml.StartElement) error {
		switch el {
		case "w:rt":
			return r.dropped(d, "docx.ruby")
		case "w:rubyBase":
			return r.inline(d, el, e)
		}
		return d.Skip()
	})
}

var supers, subs = []rune("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"), []rune("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙ")

// scripted writes what can be written so in small characters: m² for m2.
func scripted(s string, up bool) string {
	to := subs
	if up {
		to = supers
	}
	out := []rune(s)
	for i, c := range out {
		at := strings.IndexRune("0123456789+-=()n", c)
		if at < 0 {
			return s
		}
		out[i] = to[at]
	}
	return string(out)
}

var symbols = map[string]string{"F0FC": "✓", "F0FE": "☑", "F0A8": "□", "F06F": "□", "F0A3": "□", "F052": "☑", "F0FD": "☒", "F0FB": "✗", "F06C": "●", "F06E": "■", "F0B7": "•", "F0D8": "➢", "F075": "◆"}

// symbol writes a character of a picture font as the one everybody has.
func (r *reader) symbol(font, char string, f style) error {
	if s := symbols[strings.ToUpper(char)]; s != "" {
		return r.put(s, f)
	}
	r.p.mark("docx.symbol", len(r.p.plain), "", map[string]any{"font": font, "char": char})
	return nil
}
