package word

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gongkai/internal/body"
)

type noteID struct {
	end bool // an endnote
	id  string
}

// A note is a footnote or endnote. A text has no place for it but its end.
type note struct {
	number int
	no     int // of the paragraph that refers to it
	nodes  []*body.Node
}

func reference(number int) string { return fmt.Sprintf("[注%d]", number) }

var references = regexp.MustCompile(`\[注([1-9][0-9]{0,5})\]`)

// refer writes the number of a note where it is referred to.
func (r *reader) refer(id noteID, f style) error {
	n := r.notes[id]
	if n == nil {
		n = &note{number: len(r.notes) + 1, no: r.no}
		r.notes[id] = n
	}
	f.script = nil
	return r.put(reference(n.number), f)
}

// readNotes answers the notes as paragraphs for the end of the text.
func (r *reader) readNotes(main string) ([]*body.Node, error) {
	if len(r.notes) == 0 {
		return nil, nil
	}
	links := r.links
	r.inNote = true
	for _, kind := range []string{"footnotes", "endnotes"} {
		part := related(links, kind)
		var err error
		if r.links, err = r.a.relations(part); err != nil {
			return nil, err
		}
		err = r.a.parse(part, func(d *xml.Decoder, _ *xml.StartElement) error {
			return each(d, func(el string, e *xml.StartElement) error {
				n := r.notes[noteID{kind == "endnotes", attr(e, "id")}]
				if n == nil || n.nodes != nil || el != "w:footnote" && el != "w:endnote" {
					return d.Skip()
				}
				r.no = n.no
				items, err := r.blocks(d)
				n.nodes = r.group(items, false)
				return err
			})
		})
		if err != nil {
			return nil, err
		}
	}
	var all []*note
	for _, n := range r.notes {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b *note) int { return a.number - b.number })
	var out []*body.Node
	for _, n := range all {
		mark := body.Run{Text: reference(n.number) + " "}
		if len(n.nodes) > 0 && n.nodes[0].Kind == "p" {
			n.nodes[0].Runs = append([]body.Run{mark}, n.nodes[0].Runs...)
		} else {
			out = append(out, &body.Node{Kind: "p", Runs: []body.Run{mark}})
		}
		out = append(out, n.nodes...)
	}
	r.remark("docx.notes", placed{}, map[string]any{"count": len(all)})
	return out, nil
}

// splitNotes finds the notes that readNotes put at the end of a text. A text
// that only looks so has none: numbers must be complete, in order, and referred
// to once each.
func splitNotes(nodes []*body.Node) (text []*body.Node, notes [][]*body.Node) {
	first := slices.IndexFunc(nodes, func(n *body.Node) bool { return noteOf(n) == 1 })
	if first < 0 {
		return nodes, nil
	}
	for _, n := range nodes[first:] {
		switch number := noteOf(n); {
		case n.Kind != "p" || n.Class != "":
			return nodes, nil
		case number == len(notes)+1:
			notes = append(notes, []*body.Node{n})
		case number != 0:
			return nodes, nil
		default:
			notes[len(notes)-1] = append(notes[len(notes)-1], n)
		}
	}
	var found []string
	refersTo(nodes[:first], &found)
	if len(found) != len(notes) {
		return nodes, nil
	}
	for i, f := range found {
		if f != reference(i+1) {
			return nodes, nil
		}
	}
	found = nil
	refersTo(nodes[first:], &found)
	if len(found) != len(notes) {
		return nodes, nil
	}
	return nodes[:first], notes
}

// noteOf is the number of the note that begins with a paragraph, or 0.
func noteOf(n *body.Node) int {
	if n.Kind != "p" || n.Class != "" || len(n.Runs) == 0 {
		return 0
	}
	r := n.Runs[0]
	m := references.FindStringSubmatch(r.Text)
	if m == nil || r.Link != "" || r.Strong || r.Emph || r.Underline {
		return 0
	}
	rest, found := strings.CutPrefix(r.Text, m[0])
	if !found || !strings.HasPrefix(rest, " ") && (rest != "" || len(n.Runs) > 1) {
		return 0
	}
	return number(m[1])
}

func refersTo(nodes []*body.Node, to *[]string) {
	for _, n := range nodes {
		for _, r := range n.Runs {
			*to = append(*to, references.FindAllString(r.Text, -1)...)
		}
		refersTo(n.Kids, to)
	}
}
