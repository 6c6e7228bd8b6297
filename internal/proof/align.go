package proof

import (
	"slices"
	"strings"
	"unicode"

	"gongkai/internal/body"
)

// How much of their words two blocks must have in common to be one block that
// was changed.
const (
	alike    = 0.45
	rowAlike = 0.6
	sameMove = 0.75
)

// An item is a block with what it takes to find its like.
type item struct {
	*body.Node
	key   int      // equal for blocks of one family with equal words
	words []int    // tokens, those of different leaves apart
	pairs []uint64 // of neighbouring tokens, sorted
}

func (c *comparison) items(nodes []*body.Node) []*item {
	out := make([]*item, len(nodes))
	for i, n := range nodes {
		x := &item{Node: n, words: []int{c.id("\x02")}}
		var s strings.Builder
		s.WriteString("\x01" + family(n))
		c.flatten(n, x, &s)
		x.key = c.id(s.String())
		for k := 1; k < len(x.words); k++ {
			x.pairs = append(x.pairs, uint64(x.words[k-1])<<32|uint64(x.words[k]))
		}
		slices.Sort(x.pairs)
		out[i] = x
	}
	return out
}

func (c *comparison) flatten(n *body.Node, x *item, s *strings.Builder) {
	for _, t := range c.tokens(n) {
		x.words = append(x.words, t.id)
		s.WriteString(t.name())
	}
	for _, k := range n.Kids {
		c.flatten(k, x, s)
	}
	if n.Leaf() || n.Kind == "td" || n.Kind == "th" {
		x.words = append(x.words, c.id("\x02"))
		s.WriteByte(2)
	}
}

// family names the kinds that may become one another: a paragraph a heading, a
// plain cell a head cell, a list a numbered one.
func family(n *body.Node) string {
	switch n.Kind {
	case "ul", "ol":
		return "list"
	case "td", "th":
		return "cell"
	case "caption":
		return "caption"
	}
	if n.Leaf() {
		return "line"
	}
	return n.Kind
}

// align answers for every item of both lists its counterpart, in an order that
// keeps that of both. Equal items are found first, so that what changed is
// looked at in short stretches.
func (c *comparison) align(was, now []*item, least float64) []pair {
	var out []pair
	from := pair{}
	upTo := func(to pair) {
		for _, p := range c.likeness(was[from.was:to.was], now[from.now:to.now], least) {
			if p.was >= 0 {
				p.was += from.was
			}
			if p.now >= 0 {
				p.now += from.now
			}
			out = append(out, p)
		}
	}
	for _, p := range c.common(keys(was), keys(now), false) {
		upTo(p)
		out = append(out, p)
		from = pair{p.was + 1, p.now + 1}
	}
	upTo(pair{len(was), len(now)})
	return out
}

func keys(items []*item) []int {
	out := make([]int, len(items))
	for i, x := range items {
		out[i] = x.key
	}
	return out
}

// likeness aligns lists that have nothing equal.
func (c *comparison) likeness(was, now []*item, least float64) []pair {
	var out []pair
	from := pair{}
	upTo := func(to pair) {
		a, b := was[from.was:to.was], now[from.now:to.now]
		at := pair{}
		for _, p := range append(c.closest(a, b, least), pair{len(a), len(b)}) {
			for ; at.was < p.was; at.was++ {
				out = append(out, pair{from.was + at.was, -1})
			}
			for ; at.now < p.now; at.now++ {
				out = append(out, pair{-1, from.now + at.now})
			}
			if p.was < len(a) {
				out = append(out, pair{from.was + p.was, from.now + p.now})
				at = pair{p.was + 1, p.now + 1}
			}
		}
	}
	if len(was)*len(now) > 256 {
		for _, p := range c.quoted(was, now, least) {
			upTo(p)
			out = append(out, p)
			from = pair{p.was + 1, p.now + 1}
		}
	}
	upTo(pair{len(was), len(now)})
	return out
}

// quoted pairs items by stretches of words that each list has in one item only.
// It costs as much as the texts are long, however many items there are.
func (c *comparison) quoted(was, now []*item, least float64) []pair {
	first, second := quotes(was), quotes(now)
	votes := map[pair]int{}
	for q, i := range first {
		if j, ok := second[q]; ok && i >= 0 && j >= 0 && family(was[i].Node) == family(now[j].Node) {
			votes[pair{i, j}]++
		}
	}
	best := make([]pair, len(was)) // the later item and its votes
	for p, n := range votes {
		if b := best[p.was]; n > b.now || n == b.now && p.now < b.was {
			best[p.was] = pair{p.now, n}
		}
	}
	var out []pair
	for i, b := range best {
		if b.now > 0 && dice(was[i].pairs, now[b.was].pairs) >= least {
			out = append(out, pair{i, b.was})
		}
	}
	return ascending(out)
}

// quotes are a part of the items' stretches of 8 and of 32 words, with the only
// item that has them or -1. A stretch is taken by what it says, so both lists
// take the same ones.
func quotes(items []*item) map[uint64]int {
	out := map[uint64]int{}
	for i, x := range items {
		for _, n := range []int{8, 32} {
			for k := n; k <= len(x.words); k++ {
				h := uint64(n)
				for _, id := range x.words[k-n : k] {
					h = (h ^ uint64(id)) * 0x9e3779b97f4a7c15
					h ^= h >> 29
				}
				if h&3 != 0 {
					continue
				}
				if j, ok := out[h]; ok && j != i {
					out[h] = -1
				} else if !ok {
					out[h] = i
				}
			}
		}
	}
	return out
}

const (
	mostScores = 1 << 20 // pairs of items in one stretch
	mostSteps  = 1 << 23 // of one stretch; beyond, only near the diagonal
)

// closest pairs items so that the sum of their likeness is greatest.
func (c *comparison) closest(was, now []*item, least float64) []pair {
	n, m := len(was), len(now)
	if n == 0 || m == 0 || n*m > mostScores {
		return nil
	}
	steps, band := 0, m
	for _, x := range was {
		steps += m * len(x.pairs)
	}
	for _, x := range now {
		steps += n * len(x.pairs)
	}
	if steps > mostSteps {
		band = max(4, m*(mostSteps/64)/(steps/64)/2)
		steps = mostSteps
	}
	if !c.spend(steps) {
		return nil
	}
	score, sum := make([]float32, n*m), make([]float32, (n+1)*(m+1))
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			best := max(sum[(i+1)*(m+1)+j], sum[i*(m+1)+j+1])
			if d := j - i*m/n; d <= band && -d <= band {
				if s := likeliness(was[i], now[j], least); s >= least {
					score[i*m+j] = float32(s)
					best = max(best, float32(s)+sum[(i+1)*(m+1)+j+1])
				}
			}
			sum[i*(m+1)+j] = best
		}
	}
	var out []pair
	for i, j := 0, 0; i < n && j < m; {
		switch s := score[i*m+j]; {
		case s > 0 && sum[i*(m+1)+j] == s+sum[(i+1)*(m+1)+j+1]:
			out = append(out, pair{i, j})
			i, j = i+1, j+1
		case sum[i*(m+1)+j] == sum[(i+1)*(m+1)+j]:
			i++
		default:
			j++
		}
	}
	return out
}

func likeliness(was, now *item, least float64) float64 {
	if family(was.Node) != family(now.Node) {
		return 0
	}
	s := dice(was.pairs, now.pairs)
	if was.Kind == "tr" && s < least && sameRow(was.Node, now.Node) {
		s = least
	}
	return s
}

// sameRow says that two rows are about one thing and differ in their figures.
func sameRow(was, now *body.Node) bool {
	if len(was.Kids) < 2 || len(now.Kids) < 2 {
		return false
	}
	label := plain(was.Kids[0])
	return label == plain(now.Kids[0]) && strings.ContainsFunc(label, unicode.IsLetter)
}

func plain(n *body.Node) string {
	s := ""
	for _, r := range n.Runs {
		s += r.Text
	}
	for _, k := range n.Kids {
		s += plain(k)
	}
	return s
}

// dice is how much two sorted lists have in common, from 0 to 1.
func dice(a, b []uint64) float64 {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n, i, j = n+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return 2 * float64(n) / float64(max(1, len(a)+len(b)))
}
