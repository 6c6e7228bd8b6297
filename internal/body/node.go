package body

import "strings"

// A Node is a block of a text, for those who write it in another format. Kinds
// are the elements of the whitelist; "" is the bare line of a cell or list item.
type Node struct {
	Kind             string
	Class            string // "", "ta-c" or "ta-r"
	Colspan, Rowspan int    // 0 when not merged
	Kids             []*Node
	Runs             []Run // of p, h1–h4, caption and bare lines only
}

// A Run is a stretch of a line in one style, or a single break or image.
type Run struct {
	Text                    string
	Break                   bool
	Src, Alt                string // of an image: "/blob/" and the hash
	Href                    string
	Strong, Emph, Underline bool
}

// Nodes are the blocks of a text.
func Nodes(html string) []*Node {
	root := parse(html)
	return nodes(root.kids)
}

func nodes(blocks []*block) []*Node {
	var out []*Node
	for _, b := range blocks {
		n := &Node{Kind: b.kind, Class: b.class, Colspan: b.colspan, Rowspan: b.rowspan, Kids: nodes(b.kids)}
		for _, r := range b.runs {
			n.Runs = append(n.Runs, Run{r.text, r.br, r.src, r.alt, r.href, r.strong, r.em, r.und})
		}
		out = append(out, n)
	}
	return out
}

// HTML is the text the nodes make, in its canonical form. What does not fit the
// whitelist is treated as Sanitise does.
func HTML(all []*Node) (string, error) {
	root := &block{kind: "root", kids: blocks(all)}
	var s strings.Builder
	root.write(&s)
	return Sanitise(s.String())
}

func blocks(all []*Node) []*block {
	var out []*block
	for _, n := range all {
		b := &block{kind: n.Kind, class: n.Class, colspan: n.Colspan, rowspan: n.Rowspan, kids: blocks(n.Kids)}
		for _, r := range n.Runs {
			b.runs = append(b.runs, run{r.Text, r.Break, r.Src, r.Alt, r.Href, r.Strong, r.Emph, r.Underline})
		}
		out = append(out, b)
	}
	return out
}

// Link answers an address in its one spelling, or "" when a text may not lead
// there.
func Link(href string) string { return link(href) }
