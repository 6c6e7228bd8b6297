package proof

import (
	"slices"

	"gongkai/internal/body"
)

type op int

const (
	same    op = iota // not changed at all
	kept              // in both texts, changed inside or in how it is set
	added             // in the later text only
	removed           // in the earlier text only
)

// A piece is what became of one block. All pieces together, taken by their
// earlier or by their later side, are the one text or the other.
type piece struct {
	op       op
	was, now *body.Node
	kids     []*piece // of a kept block that holds blocks
	words    []span   // of a kept leaf
	move     int      // number of the move of which it is one end, 0 for none
	inside   *piece   // of the added end of a move: what changed on the way
}

// siblings compares the blocks of one parent.
func (c *comparison) siblings(was, now []*body.Node) []*piece {
	a, b := c.items(was), c.items(now)
	least := alike
	if len(now) > 0 && now[0].Kind == "tr" {
		least = rowAlike
	}
	pairs := c.align(a, b, least)
	out := make([]*piece, len(pairs))
	for i, p := range pairs {
		out[i] = c.joined(p, was, now)
	}
	c.findMoves(out, pairs, a, b)
	return out
}

// joined is what became of the blocks of a pair.
func (c *comparison) joined(p pair, was, now []*body.Node) *piece {
	switch {
	case p.was < 0:
		return &piece{op: added, now: now[p.now]}
	case p.now < 0:
		return &piece{op: removed, was: was[p.was]}
	}
	return c.both(was[p.was], now[p.now])
}

func (c *comparison) both(was, now *body.Node) *piece {
	p := &piece{op: kept, was: was, now: now}
	switch {
	case equal(was, now):
		p.op = same
	case now.Leaf():
		p.words = c.words(was, now)
	case now.Kind == "table":
		outer := c.columns
		c.columns = c.sameColumns(was, now)
		p.kids = c.parts(was.Kids, now.Kids)
		c.columns = outer
	case now.Kind == "tr":
		p.kids = c.cells(was.Kids, now.Kids)
	default:
		p.kids = c.siblings(was.Kids, now.Kids)
	}
	return p
}

// cells compares the cells of a row: by their place, in a table with more or
// fewer columns by column, and where cells were merged by what they say.
func (c *comparison) cells(was, now []*body.Node) (out []*piece) {
	pairs := c.columns
	if len(was) == len(now) {
		pairs = nil
		for i := range now {
			pairs = append(pairs, pair{i, i})
		}
	}
	if pairs == nil {
		return c.siblings(was, now)
	}
	for _, p := range pairs {
		out = append(out, c.joined(p, was, now))
	}
	return out
}

// sameColumns finds the columns that two plain tables of different width have in
// common.
func (c *comparison) sameColumns(was, now *body.Node) []pair {
	a, b := columns(was), columns(now)
	if a == nil || b == nil || len(a) == len(b) {
		return nil
	}
	return c.align(c.items(a), c.items(b), alike/2)
}

// columns gathers the cells of each column, nil when cells are merged or missing.
func columns(table *body.Node) (out []*body.Node) {
	for _, part := range table.Kids {
		for _, row := range part.Kids {
			if out == nil {
				for range row.Kids {
					out = append(out, &body.Node{Kind: "td"})
				}
			}
			if len(row.Kids) != len(out) {
				return nil
			}
			for i, cell := range row.Kids {
				if cell.Colspan > 1 || cell.Rowspan > 1 {
					return nil
				}
				out[i].Kids = append(out[i].Kids, cell)
			}
		}
	}
	return out
}

// parts compares caption, head and bodies of a table, each with its like.
func (c *comparison) parts(was, now []*body.Node) []*piece {
	var out []*piece
	for _, kind := range []string{"caption", "thead", "tbody"} {
		a, b := ofKind(was, kind), ofKind(now, kind)
		for i := range max(len(a), len(b)) {
			p := pair{i, i}
			if i >= len(a) {
				p.was = -1
			}
			if i >= len(b) {
				p.now = -1
			}
			out = append(out, c.joined(p, a, b))
		}
	}
	return out
}

func ofKind(nodes []*body.Node, kind string) []*body.Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n *body.Node) bool { return n.Kind != kind })
}

func equal(a, b *body.Node) bool {
	return a.Kind == b.Kind && a.Class == b.Class && a.Colspan == b.Colspan && a.Rowspan == b.Rowspan &&
		slices.Equal(a.Runs, b.Runs) && slices.EqualFunc(a.Kids, b.Kids, equal)
}

const (
	shortestMove = 4  // tokens; a shorter block is removed and added, not moved
	changedMove  = 12 // of one that was changed on the way as well
	mostMoves    = 1 << 12
)

// findMoves joins blocks that were removed here and added there.
func (c *comparison) findMoves(pieces []*piece, pairs []pair, was, now []*item) {
	gone := map[int][]int{} // by key
	var left, came []int
	movable := func(x *item) bool { return x.Kind != "" && family(x.Node) != "cell" && len(x.words) > shortestMove+1 }
	for i, p := range pairs {
		switch {
		case p.now < 0 && movable(was[p.was]):
			gone[was[p.was].key] = append(gone[was[p.was].key], i)
			left = append(left, i)
		case p.was < 0 && movable(now[p.now]):
			came = append(came, i)
		}
	}
	join := func(from, to int) {
		c.moves++
		a, b := pieces[from], pieces[to]
		a.move, b.move = c.moves, c.moves
		b.inside = c.both(a.was, b.now)
	}
	for _, i := range came {
		if key := now[pairs[i].now].key; len(gone[key]) > 0 {
			join(gone[key][0], i)
			gone[key] = gone[key][1:]
		}
	}
	done := func(i int) bool { return pieces[i].move > 0 }
	left, came = slices.DeleteFunc(left, done), slices.DeleteFunc(came, done)
	if len(left)*len(came) > mostMoves {
		return
	}
	for _, i := range came {
		x := now[pairs[i].now]
		best, most := -1, sameMove
		for _, k := range left {
			y := was[pairs[k].was]
			if done(k) || len(x.words) < changedMove || family(x.Node) != family(y.Node) || !c.spend(len(x.pairs)+len(y.pairs)) {
				continue
			}
			if s := dice(x.pairs, y.pairs); s > most {
				best, most = k, s
			}
		}
		if best >= 0 {
			join(best, i)
		}
	}
}
