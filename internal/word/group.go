package word

import (
	"encoding/xml"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gongkai/internal/body"
)

// listed is a paragraph's place in a list.
type listed struct {
	num   string
	level int
	kind  string // "ul", "ol", or "" when its number must be written out
	n     int
	label string
}

// longestTitle is what may be a title without being called one.
const longestTitle = 200

// title takes the title out of the blocks: what has the style of one, else the
// first line. A first line that was the only heading 1 moves the others up.
func (r *reader) title(items []item) (string, []item) {
	first, text := -1, ""
	for i, x := range items {
		if x.role == "title" {
			first = i
			break
		}
	}
	if first >= 0 {
		last := first
		for ; last < len(items) && (items[last].role == "title" || items[last].blank && last+1 < len(items) && items[last+1].role == "title"); last++ {
			if pictured(items[last].node.Runs) {
				break
			}
			text = joined(text, lineOf(items[last].node))
		}
		return text, append(items[:first:first], items[last:]...)
	}
	for first = 0; first < len(items) && items[first].blank; first++ {
	}
	if first == len(items) {
		return "", items
	}
	x := items[first]
	text = lineOf(x.node)
	if x.role == "list" || len(x.node.Kids) > 0 || x.node.Kind == "table" || pictured(x.node.Runs) || utf8.RuneCountInString(text) > longestTitle {
		return "", items
	}
	rest := items[first+1:]
	if x.level == 1 {
		only := true
		for _, y := range rest {
			only = only && (y.level != 1 || y.blank)
		}
		for i := range rest {
			if only && rest[i].level > 1 {
				rest[i].node.Kind = heading(rest[i].level)
				r.deepest = 4
			}
		}
	}
	return text, rest
}

func pictured(runs []body.Run) bool {
	for _, r := range runs {
		if r.Image != "" {
			return true
		}
	}
	return false
}

func lineOf(n *body.Node) string {
	s, rest := "", ""
	for _, r := range n.Runs {
		if r.Break {
			s, rest = joined(s, rest), ""
		}
		rest += r.Text
	}
	return joined(s, rest)
}

// joined puts two lines of a title together; Chinese takes no blank.
func joined(a, b string) string {
	a, b = body.Line(a), body.Line(b)
	x, _ := utf8.DecodeLastRuneInString(a)
	y, _ := utf8.DecodeRuneInString(b)
	if a == "" || b == "" || unicode.Is(unicode.Han, x) || unicode.Is(unicode.Han, y) {
		return a + b
	}
	return a + " " + b
}

// An openList is a list that the next paragraph may continue.
type openList struct {
	list  *body.Node
	num   string
	level int
}

// group makes lists, quotations and captions of blocks. quoted says that a
// quotation is around them already.
func (r *reader) group(items []item, quoted bool) []*body.Node {
	var out []*body.Node
	var open []openList
	var quote *body.Node
	for i := range items {
		x := &items[i]
		if x.blank {
			continue
		}
		if x.role == "list" && r.listed(&out, &open, x) {
			quote = nil
			continue
		}
		open = nil
		if x.role == "quote" && !quoted {
			if quote == nil {
				quote = &body.Node{Kind: "blockquote"}
				out = append(out, quote)
			}
			quote.Kids = append(quote.Kids, x.node)
			continue
		}
		quote = nil
		if x.role == "caption" {
			if table := tableAfter(items[i+1:]); table != nil {
				x.node.Kind = "caption"
				table.Kids = append([]*body.Node{x.node}, table.Kids...)
				continue
			}
		}
		out = append(out, x.node)
	}
	return out
}

func tableAfter(items []item) *body.Node {
	for _, x := range items {
		if x.blank {
			continue
		}
		if n := x.node; n.Kind == "table" && (len(n.Kids) == 0 || n.Kids[0].Kind != "caption") {
			return n
		}
		return nil
	}
	return nil
}

// listed adds an item to the open lists. It answers false when the paragraph's
// number had to be written out, because no list here would count so.
func (r *reader) listed(out *[]*body.Node, open *[]openList, x *item) bool {
	l := x.list
	lists := *open
	for len(lists) > 0 && lists[len(lists)-1].level > l.level {
		lists = lists[:len(lists)-1]
	}
	if n := len(lists); n > 0 && lists[n-1].level == l.level && (lists[n-1].num != l.num || lists[n-1].list.Kind != l.kind) {
		lists = lists[:n-1]
	}
	at := len(lists) - 1
	goesOn := at >= 0 && lists[at].level == l.level
	want := 1
	if goesOn {
		want += len(lists[at].list.Kids)
	}
	if l.kind == "ol" && l.n != want {
		r.typed(x)
		return false
	}
	if !goesOn {
		list := &body.Node{Kind: l.kind}
		if at < 0 {
			*out = append(*out, list)
		} else {
			last := lists[at].list.Kids[len(lists[at].list.Kids)-1]
			last.Kids = append(last.Kids, list)
		}
		lists = append(lists, openList{list, l.num, l.level})
		at++
	}
	list := lists[at].list
	list.Kids = append(list.Kids, &body.Node{Kind: "li", Class: x.node.Class, Kids: []*body.Node{{Runs: x.node.Runs}}})
	*open = lists
	return true
}

// An ownBlock is a content control in which Write keeps a block that Word does
// not know: a quotation, a list item of several paragraphs, a cell whose spans
// leave the table.
type ownBlock struct {
	kind, class      string
	colspan, rowspan int
}

const ownTag = "gk:"

func (o *ownBlock) tag() string {
	s := ownTag + o.kind
	if o.class != "" {
		s += "." + o.class
	}
	if o.colspan > 1 || o.rowspan > 1 {
		s += "." + strconv.Itoa(o.colspan) + "x" + strconv.Itoa(o.rowspan)
	}
	return s
}

func parseTag(tag string) *ownBlock {
	rest, ours := strings.CutPrefix(tag, ownTag)
	parts := strings.Split(rest, ".")
	o := &ownBlock{kind: parts[0]}
	switch o.kind {
	case "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "th", "none":
	default:
		ours = false
	}
	if !ours {
		return nil
	}
	for _, p := range parts[1:] {
		if w, h, spans := strings.Cut(p, "x"); spans {
			o.colspan, o.rowspan = number(w), number(h)
		} else if p == "ta-c" || p == "ta-r" {
			o.class = p
		}
	}
	return o
}

// owned is the block a control of ours stands for.
func (r *reader) owned(o *ownBlock, items []item) *body.Node {
	kids := r.group(items, o.kind == "blockquote")
	if o.kind == "table" {
		for _, k := range kids {
			if k.Kind == "table" {
				k.Class = o.class
				return k
			}
		}
	}
	return &body.Node{Kind: o.kind, Class: o.class, Colspan: o.colspan, Rowspan: o.rowspan, Kids: kids}
}

// control reads w:sdt. Its content goes to f, which takes it to its end, with
// what it stands for when it is ours.
func (r *reader) control(d *xml.Decoder, f func(own *ownBlock) error) error {
	var own *ownBlock
	hint, contents := false, false
	return each(d, func(el string, e *xml.StartElement) error {
		switch {
		case el == "w:sdtPr":
			return walk(d, func(el string, e *xml.StartElement) (bool, error) {
				switch el {
				case "w:tag":
					own = parseTag(attr(e, "val"))
				case "w:showingPlcHdr":
					hint = on(e)
				case "w:docPartGallery":
					contents = attr(e, "val") == "Table of Contents"
				}
				return false, nil
			})
		case el == "w:sdtContent" && contents:
			r.contents++
		case el == "w:sdtContent" && hint && r.p != nil:
			return r.dropped(d, "docx.placeholder")
		case el == "w:sdtContent" && hint:
			return r.drop(d, "docx.placeholder")
		case el == "w:sdtContent":
			return f(own)
		}
		return d.Skip()
	})
}
