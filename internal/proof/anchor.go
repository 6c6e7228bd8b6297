package proof

import (
	"slices"
	"strings"

	"gongkai/internal/body"
)

// An Anchor says from outside a text which of its words are meant, so that a
// remark never changes what is hashed. The words stand in a line of the text, one
// of body.Paragraphs; offsets are in characters.
type Anchor struct {
	Block  int    `json:"block"` // from 0; -1 when the line is gone
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Quote  string `json:"quote"`
	Prefix string `json:"prefix"` // up to 16 characters before it in its line
	Suffix string `json:"suffix"` // and after it
}

// How says by what an anchor was found; "" is an orphan, which is never guessed.
type How string

const (
	Orphan How = ""
	Exact  How = "exact"   // where it was
	Quoted How = "quote"   // the same words elsewhere
	Near   How = "context" // other words between what stood around them
)

// A Place is where an anchor's words are in a text.
type Place struct {
	Block, Start, End int
	How               How
}

// Stands says that the very words are there, so that they can be replaced.
func (p Place) Stands() bool { return p.How == Exact || p.How == Quoted }

// Text is a text read for anchors.
type Text struct{ lines [][]rune }

// Read reads the lines of a text.
func Read(html string) Text {
	var t Text
	for _, n := range lines(nil, body.Tree(html)) {
		t.lines = append(t.lines, []rune(said(n)))
	}
	return t
}

// lines are the leaves with words, in reading order.
func lines(to []*body.Node, n *body.Node) []*body.Node {
	if n.Leaf() {
		if said(n) != "" {
			to = append(to, n)
		}
		return to
	}
	for _, k := range n.Kids {
		to = lines(to, k)
	}
	return to
}

func said(n *body.Node) string {
	var s strings.Builder
	for _, r := range n.Runs {
		if r.Break {
			s.WriteByte('\n')
		}
		s.WriteString(r.Text)
	}
	return s.String()
}

// around is how much of a line an anchor keeps on each side.
const around = 16

// Capture anchors a stretch of a line; false when there is none.
func (t Text) Capture(block, start, end int) (Anchor, bool) {
	if block < 0 || block >= len(t.lines) || start < 0 || start >= end || end > len(t.lines[block]) {
		return Anchor{}, false
	}
	l := t.lines[block]
	return Anchor{block, start, end, string(l[start:end]), string(l[max(0, start-around):start]), string(l[end:min(len(l), end+around)])}, true
}

// Find anchors words somebody quotes from this very text, and answers how many
// places they may mean; only 1 makes the anchor good. What stands around them
// tells equal places apart.
func (t Text) Find(quote, prefix, suffix string) (Anchor, int) {
	found := t.candidates([]rune(quote), []rune(prefix), []rune(suffix))
	n := 0
	for n < len(found) && found[n].sum() == found[0].sum() {
		n++
	}
	if n != 1 {
		return Anchor{}, n
	}
	a, _ := t.Capture(found[0].block, found[0].start, found[0].start+len([]rune(quote)))
	return a, 1
}

// A candidate is a place with the quoted words; left and right are how many
// characters around them agree, the end of the line counting as one.
type candidate struct{ block, start, left, right int }

func (c candidate) sum() int { return c.left + c.right }

// candidates are the places with the quoted words, those that agree most first.
func (t Text) candidates(quote, prefix, suffix []rune) (out []candidate) {
	if len(quote) == 0 {
		return nil
	}
	for i, l := range t.lines {
		for at := 0; at+len(quote) <= len(l); at++ {
			if l[at] == quote[0] && slices.Equal(l[at:at+len(quote)], quote) {
				out = append(out, candidate{i, at, agree(l[:at], prefix, true), agree(l[at+len(quote):], suffix, false)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return b.sum() - a.sum() })
	return out
}

// agree counts characters of a context from the words outwards. One that is
// short because its line began or ended there agrees fully only at such an end.
func agree(line, context []rune, before bool) int {
	at := func(s []rune, k int) rune {
		if before {
			return s[len(s)-1-k]
		}
		return s[k]
	}
	n := 0
	for n < min(len(line), len(context)) && at(line, n) == at(context, n) {
		n++
	}
	if n == len(context) && n == len(line) {
		n++
	}
	return min(n, around)
}

// full is how much of a context agrees at most.
func full(context []rune) int { return min(len(context)+1, around) }

const (
	// margin is by how much the best place must agree more than the next.
	margin = 2
	// sameLine and elsewhere are how much has to agree of the 32 characters
	// around a quote, in its own line (of a short one three quarters) and in
	// another.
	sameLine, elsewhere = 14, 28
	// edge is how much of a context must survive on both sides of rewritten words.
	edge = 8
)

// Resolve finds an anchor whose Block is a line of this text: where it was, else
// the same words in that line, else the same words elsewhere when what stands
// around leaves no doubt, else what now stands between the surviving context.
func (t Text) Resolve(a Anchor) Place {
	quote, prefix, suffix := []rune(a.Quote), []rune(a.Prefix), []rune(a.Suffix)
	all := t.candidates(quote, prefix, suffix)
	place := func(c candidate, how How) Place { return Place{c.block, c.start, c.start + len(quote), how} }
	var own []candidate
	for _, c := range all {
		if c.block == a.Block {
			if c.start == a.Start && c.left == full(prefix) && c.right == full(suffix) {
				return place(c, Exact)
			}
			own = append(own, c)
		}
	}
	if c, ok := clearly(own, min(sameLine, (full(prefix)+full(suffix))*3/4)); ok {
		return place(c, Quoted)
	}
	if c, ok := clearly(all, elsewhere); ok && len(own) == 0 {
		return place(c, Quoted)
	}
	if a.Block >= 0 && a.Block < len(t.lines) {
		return t.between(a.Block, prefix, suffix, 2*len(quote)+around)
	}
	return Place{}
}

func clearly(found []candidate, least int) (candidate, bool) {
	if len(found) == 0 || found[0].sum() < least || len(found) > 1 && found[0].sum() <= found[1].sum()+margin {
		return candidate{}, false
	}
	return found[0], true
}

// between is what stands where words were rewritten: what was before them and
// what was after them are there once each, not far apart.
func (t Text) between(block int, prefix, suffix []rune, most int) Place {
	const begin, end = '\x02', '\x03'
	padded := slices.Concat([]rune{begin}, t.lines[block], []rune{end})
	if len(prefix) < edge {
		prefix = slices.Concat([]rune{begin}, prefix)
	}
	if len(suffix) < edge {
		suffix = slices.Concat(suffix, []rune{end})
	}
	prefix, suffix = prefix[max(0, len(prefix)-edge):], suffix[:min(len(suffix), edge)]
	i, first := only(padded, prefix)
	j, second := only(padded, suffix)
	if from := i + len(prefix); first && second && from < j && j-from <= most {
		return Place{block, from - 1, j - 1, Near}
	}
	return Place{}
}

// only finds a stretch that is in a line exactly once.
func only(line, part []rune) (int, bool) {
	at, n := -1, 0
	for i := 0; i+len(part) <= len(line); i++ {
		if slices.Equal(line[i:i+len(part)], part) {
			at = i
			n++
		}
	}
	return at, n == 1
}

// Carry answers for every line of one text the line of another that it became,
// -1 for none, as the redline aligns them.
func Carry(was, now string) []int {
	a, b := body.Tree(was), body.Tree(now)
	became := map[*body.Node]*body.Node{}
	follow(newComparison().siblings(a.Kids, b.Kids), became)
	at := map[*body.Node]int{}
	for i, n := range lines(nil, b) {
		at[n] = i
	}
	var out []int
	for _, n := range lines(nil, a) {
		i, ok := at[became[n]]
		if !ok {
			i = -1
		}
		out = append(out, i)
	}
	return out
}

func follow(pieces []*piece, became map[*body.Node]*body.Node) {
	for _, p := range pieces {
		switch {
		case p.inside != nil:
			follow([]*piece{p.inside}, became)
		case p.op == same:
			pairUp(p.was, p.now, became)
		case p.op == kept:
			became[p.was] = p.now
			follow(p.kids, became)
		}
	}
}

// pairUp pairs the parts of two equal blocks.
func pairUp(was, now *body.Node, became map[*body.Node]*body.Node) {
	became[was] = now
	for i := range was.Kids {
		pairUp(was.Kids[i], now.Kids[i], became)
	}
}
