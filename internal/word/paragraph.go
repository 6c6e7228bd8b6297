package word

import (
	"encoding/xml"
	"fmt"
	"strings"

	"gongkai/internal/body"
)

// A paragraph is the one being read.
type paragraph struct {
	runs  []body.Run
	plain []rune // its text so far
	marks []mark
	style style
	href  []string
}

// paragraph reads w:p. carry stands before its own text. A paragraph whose end
// was deleted is no block yet: its text is joined to the next.
func (r *reader) paragraph(d *xml.Decoder, carry []body.Run) (x item, joined []body.Run, err error) {
	if !r.inNote {
		r.no++
	}
	outer := r.p
	p := &paragraph{runs: carry}
	r.p = p
	defer func() { r.p = outer }()
	var direct style
	id, ends := "", true
	err = each(d, func(el string, e *xml.StartElement) error {
		if el != "w:pPr" {
			return r.inline(d, el, e)
		}
		err := direct.read(d, func(el string, e *xml.StartElement) error {
			switch el {
			case "w:pStyle":
				id = attr(e, "val")
			case "w:rPr":
				return each(d, func(el string, e *xml.StartElement) error {
					ends = ends && el != "w:del" && el != "w:moveFrom"
					return d.Skip()
				})
			case "w:pPrChange":
				p.mark("docx.format_changed", 0, "", nil)
			}
			return d.Skip()
		})
		p.style = direct.over(r.styles.of(id))
		if p.style.level != nil && *p.style.level > 0 {
			p.style.strong = nil // a heading is printed bold by being one
		}
		return err
	})
	if err != nil {
		return x, nil, err
	}
	if id == "" {
		p.style = direct.over(style{})
	}
	p.tell(&r.report, r.no)
	if !ends && !r.inNote {
		if p.runs == nil {
			p.runs = []body.Run{}
		}
		return x, p.runs, nil
	}
	x = r.itemOf(p, direct, r.styles.of(id).name, id)
	return x, nil, nil
}

// itemOf says what a paragraph is.
func (r *reader) itemOf(p *paragraph, direct style, named, id string) item {
	n := &body.Node{Kind: "p", Class: class(p.style.align), Runs: p.runs}
	x := item{node: n, blank: blank(p.runs), place: placed{r.no, p.near(0, 0)}}
	switch {
	case strings.HasPrefix(named, "toc ") || strings.HasPrefix(named, "目录 "):
		if !x.blank {
			r.contents++
		}
		x.node.Runs, x.blank = nil, true
		return x
	case named == "title" || named == "标题":
		x.role = "title"
	case named == "caption" || named == "题注":
		x.role, n.Class = "caption", class(direct.align)
	case named == "quote", named == "intense quote", named == "引用", named == "明显引用":
		x.role = "quote"
	case named == nameH1:
		n.Kind = "h1"
	case named == nameLine:
		n.Kind = ""
	case named == nameHead:
		x.cell = "th"
	case named == nameText:
		x.cell = "td"
	case p.style.level != nil && *p.style.level > 0:
		x.level = *p.style.level
		n.Kind = heading(x.level + 1)
		if x.level > 3 && !x.blank {
			r.deep = append(r.deep, deep{x.level, x.place})
		}
	}
	r.number(p, &x, id)
	return x
}

func heading(level int) string { return fmt.Sprintf("h%d", min(level, 4)) }

// number counts a numbered paragraph. What is no list as a text knows it gets
// its number as words.
func (r *reader) number(p *paragraph, x *item, id string) {
	num := p.style.num
	if num == nil || num.id == "0" || r.numbers[num.id] == nil {
		return
	}
	list, at := r.numbers[num.id], num.level
	for i := range list.levels {
		if at == 0 && id != "" && list.level(i).style == id {
			at = i
		}
	}
	l := list.level(at)
	n := list.next(at)
	if l.format == "none" || l.format != "bullet" && l.text == "" {
		return
	}
	x.list = &listed{num: num.id, level: at, n: n}
	switch {
	case l.format == "bullet":
		x.list.kind = "ul"
	case l.plain():
		x.list.kind = "ol"
	}
	if x.list.kind != "ul" {
		x.list.label = list.label(at)
	}
	if x.node.Kind == "p" && x.role == "" && x.list.kind != "" {
		x.role = "list"
		return
	}
	r.typed(x)
}

// typed writes a paragraph's number before its words.
func (r *reader) typed(x *item) {
	if x.blank || x.list.label == "" {
		return
	}
	x.node.Runs = append([]body.Run{{Text: x.list.label}}, x.node.Runs...)
	r.remark("docx.number", x.place, map[string]any{"text": strings.TrimSpace(x.list.label)})
	x.list, x.role = nil, ""
}

func class(align *string) string {
	if align != nil {
		switch *align {
		case "center":
			return "ta-c"
		case "right", "end":
			return "ta-r"
		}
	}
	return ""
}

// blank says that runs show nothing.
func blank(runs []body.Run) bool {
	for _, r := range runs {
		if r.Image != "" || strings.Trim(r.Text, " \t\r\n\f") != "" {
			return false
		}
	}
	return true
}
