package word

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// A style is what a style, or a paragraph or run itself, says about its text.
// Nil says nothing.
type style struct {
	name, based string
	align       *string
	level       *int // of the outline, from 1; 0 is text
	num         *numbered
	strong      *bool
	emph        *bool
	underline   *bool
	hidden      *bool
	strike      *bool
	script      *string
	ink         bool // colour or shading was given
}

// numbered is a place in a numbering.
type numbered struct {
	id    string
	level int
}

type styles map[string]*style

// Names of our own styles. A clerk sees them in Word.
const (
	nameH1   = "公文大标题"
	nameHead = "表头文字"
	nameText = "表内文字"
	nameLine = "公文续行"
)

func readStyles(a *archive, part string) (styles, error) {
	all := styles{}
	err := a.parse(part, func(d *xml.Decoder, _ *xml.StartElement) error {
		return each(d, func(el string, e *xml.StartElement) error {
			if el != "w:style" {
				return d.Skip()
			}
			s := &style{}
			all[attr(e, "styleId")] = s
			return each(d, func(el string, e *xml.StartElement) error {
				switch el {
				case "w:name":
					s.name = strings.ToLower(attr(e, "val"))
				case "w:basedOn":
					s.based = attr(e, "val")
				case "w:pPr", "w:rPr":
					return s.read(d, nil)
				}
				return d.Skip()
			})
		})
	})
	return all, err
}

// read takes in w:pPr or w:rPr. What it does not know goes to other.
func (s *style) read(d *xml.Decoder, other func(el string, e *xml.StartElement) error) error {
	return each(d, func(el string, e *xml.StartElement) error {
		val := attr(e, "val")
		set := func(b **bool, v bool) { *b = &v }
		switch el {
		case "w:jc":
			s.align = &val
		case "w:outlineLvl":
			if n, err := strconv.Atoi(val); err == nil && n >= 0 {
				n = (n + 1) % 10 // 9 is text
				s.level = &n
			}
		case "w:numPr":
			s.num = &numbered{}
			return each(d, func(el string, e *xml.StartElement) error {
				switch el {
				case "w:ilvl":
					s.num.level, _ = strconv.Atoi(attr(e, "val"))
					s.num.level = min(max(s.num.level, 0), 8)
				case "w:numId":
					s.num.id = attr(e, "val")
				}
				return d.Skip()
			})
		case "w:b":
			set(&s.strong, on(e))
		case "w:i":
			set(&s.emph, on(e))
		case "w:em":
			if val != "none" {
				set(&s.emph, true)
			}
		case "w:u":
			set(&s.underline, on(e))
		case "w:vanish":
			set(&s.hidden, on(e))
		case "w:strike", "w:dstrike":
			set(&s.strike, on(e))
		case "w:vertAlign":
			s.script = &val
		case "w:color":
			s.ink = s.ink || val != "auto" && val != "000000"
		case "w:shd":
			s.ink = s.ink || attr(e, "fill") != "auto" && attr(e, "fill") != ""
		default:
			if other != nil {
				return other(el, e)
			}
		}
		return d.Skip()
	})
}

// over lays s over what it is based on.
func (s style) over(base style) style {
	pick := func(a, b *bool) *bool {
		if a != nil {
			return a
		}
		return b
	}
	s.strong, s.emph, s.underline = pick(s.strong, base.strong), pick(s.emph, base.emph), pick(s.underline, base.underline)
	s.hidden, s.strike = pick(s.hidden, base.hidden), pick(s.strike, base.strike)
	if s.align == nil {
		s.align = base.align
	}
	if s.level == nil {
		s.level = base.level
	}
	if s.num == nil {
		s.num = base.num
	} else if s.num.id == "" && base.num != nil {
		s.num = &numbered{base.num.id, s.num.level}
	}
	if s.script == nil {
		s.script = base.script
	}
	return s
}

// of is a style with all it is based on. Files without their styles are read by
// the names Word gives.
func (all styles) of(id string) style {
	s, ok := all[id]
	if !ok {
		s = &style{name: spaced(id)}
	}
	out := *s
	for n := 0; n < 20 && s.based != "" && all[s.based] != nil; n++ {
		s = all[s.based]
		out = out.over(*s)
	}
	if n := headingLevel(out.name); n > 0 && out.level == nil {
		out.level = &n
	}
	if strings.HasSuffix(out.name, "hyperlink") {
		out.underline = nil
	}
	return out
}

// spaced makes "heading 1" of the id Heading1.
func spaced(id string) string {
	name := strings.ToLower(id)
	if i := strings.IndexAny(name, "123456789"); i > 0 && name[i-1] != ' ' {
		name = name[:i] + " " + name[i:]
	}
	return name
}

func headingLevel(name string) int {
	for _, prefix := range []string{"heading ", "标题 "} {
		if n, err := strconv.Atoi(strings.TrimPrefix(name, prefix)); err == nil && strings.HasPrefix(name, prefix) && n >= 1 && n <= 9 {
			return n
		}
	}
	return 0
}

func is(b *bool) bool { return b != nil && *b }
