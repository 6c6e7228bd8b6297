package body

import "strings"

// A Node is a block of a text, for packages that compare texts or write them in
// another format. Kind
// is an element of the whitelist, "root", or "" for the bare line of a cell or
// list item. Words stand in the Runs of leaves, which have no Kids.
type Node struct {
	Kind, Class      string
	Colspan, Rowspan int // below 2 when the cell is not merged
	Kids             []*Node
	Runs             []Run
}

// A Run is a stretch of a line in one style, or a single line break or image.
type Run struct {
	Text       string
	Break      bool
	Image, Alt string // the address of a stored blob, which holds its hash
	Style
}

// Style is how a run is set. Styles are a set, not a nesting.
type Style struct {
	Link                    string // "" or an address Sanitise lets through
	Strong, Emph, Underline bool
}

// Leaf says whether the node holds words and no blocks.
func (n *Node) Leaf() bool { return (&block{kind: n.Kind}).leaf() }

// Tree answers the root of a text. Whatever the source holds, the tree holds
// nothing but the whitelist.
func Tree(html string) *Node { return nodeOf(parse(html)) }

func nodeOf(b *block) *Node {
	n := &Node{Kind: b.kind, Class: b.class, Colspan: b.colspan, Rowspan: b.rowspan}
	for _, k := range b.kids {
		n.Kids = append(n.Kids, nodeOf(k))
	}
	for _, r := range b.runs {
		n.Runs = append(n.Runs, Run{r.text, r.br, r.src, r.alt, Style{r.href, r.strong, r.em, r.und}})
	}
	return n
}

// Nodes are the blocks of a text.
func Nodes(html string) []*Node { return Tree(html).Kids }

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
			b.runs = append(b.runs, run{r.Text, r.Break, r.Image, r.Alt, r.Link, r.Strong, r.Emph, r.Underline})
		}
		out = append(out, b)
	}
	return out
}

// Link answers an address in its one spelling, or "" when a text may not lead
// there.
func Link(href string) string { return link(href) }
