package proof

import (
	"slices"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// A pair is a place in the earlier list and one in the later that belong
// together; -1 is no place.
type pair struct{ was, now int }

// work bounds what a comparison may cost. It counts steps, not time, so that a
// result never depends on the machine; when it is used up, what is left is shown
// as replaced.
type work struct{ left int }

func (w *work) spend(steps int) bool {
	if steps > w.left {
		return false
	}
	w.left -= steps
	return true
}

const (
	// atOnce is how large a product of lengths is compared exactly; above it
	// lists are first cut where both have something that occurs once.
	atOnce = 1 << 22
	// deepest is how often they are cut.
	deepest = 8
)

// common answers places with equal items, in order. tidy gives up matches that
// are too short among what changed to help a reader.
func (w *work) common(was, now []int, tidy bool) []pair {
	var out []pair
	w.match(was, now, pair{}, 0, tidy, &out)
	return out
}

func (w *work) match(was, now []int, at pair, depth int, tidy bool, out *[]pair) {
	for len(was) > 0 && len(now) > 0 && was[0] == now[0] {
		*out = append(*out, at)
		was, now, at = was[1:], now[1:], pair{at.was + 1, at.now + 1}
	}
	tail := 0
	for tail < min(len(was), len(now)) && was[len(was)-1-tail] == now[len(now)-1-tail] {
		tail++
	}
	was, now = was[:len(was)-tail], now[:len(now)-tail]
	switch size := len(was) * len(now); {
	case size == 0:
	case size <= atOnce && w.spend(size):
		for _, p := range shortest(was, now, tidy) {
			*out = append(*out, pair{at.was + p.was, at.now + p.now})
		}
	case depth < deepest && w.spend(len(was)+len(now)):
		cuts := anchors(was, now)
		if len(cuts) == 0 {
			break
		}
		from := pair{}
		for _, p := range cuts {
			w.match(was[from.was:p.was], now[from.now:p.now], pair{at.was + from.was, at.now + from.now}, depth+1, tidy, out)
			*out = append(*out, pair{at.was + p.was, at.now + p.now})
			from = pair{p.was + 1, p.now + 1}
		}
		w.match(was[from.was:], now[from.now:], pair{at.was + from.was, at.now + from.now}, depth+1, tidy, out)
	}
	for i := range tail {
		*out = append(*out, pair{at.was + len(was) + i, at.now + len(now) + i})
	}
}

// shortest is the least edit by Myers' algorithm.
func shortest(was, now []int, tidy bool) []pair {
	d := diffmatchpatch.New()
	d.DiffTimeout = 0
	diffs := d.DiffMainRunes(asRunes(was), asRunes(now), false)
	if tidy {
		diffs = d.DiffCleanupSemantic(diffs)
	}
	var out []pair
	at := pair{}
	for _, x := range diffs {
		n := utf8.RuneCountInString(x.Text)
		switch x.Type {
		case diffmatchpatch.DiffDelete:
			at.was += n
		case diffmatchpatch.DiffInsert:
			at.now += n
		default:
			for range n {
				if at.was >= len(was) || at.now >= len(now) || was[at.was] != now[at.now] {
					return nil // the library lost its way: show the whole as replaced
				}
				out = append(out, at)
				at = pair{at.was + 1, at.now + 1}
			}
		}
	}
	return out
}

// asRunes writes ids as characters, which is what the library compares: first
// those of three bytes, then those of four, and never half a surrogate.
func asRunes(ids []int) []rune {
	out := make([]rune, len(ids))
	for i, id := range ids {
		if out[i] = rune(0x4e00 + id); out[i] >= 0xd800 {
			out[i] += 0x10000 - 0xd800
		}
	}
	return out
}

// anchors are the items that both lists have exactly once, as far as they stand
// in the same order.
func anchors(was, now []int) []pair {
	first, second := once(was), once(now)
	var out []pair
	for i, id := range was {
		if j := second[id]; first[id] > 0 && j > 0 {
			out = append(out, pair{i, j - 1})
		}
	}
	return ascending(out)
}

// once is the place of each item, from 1; negative when it has several.
func once(ids []int) map[int]int {
	at := make(map[int]int, len(ids))
	for i, id := range ids {
		if at[id] != 0 {
			at[id] = -1
		} else {
			at[id] = i + 1
		}
	}
	return at
}

// ascending is the longest part of pairs, which are in the order of the earlier
// list, that is in the order of the later one too.
func ascending(pairs []pair) []pair {
	var ends []int // of the best row of each length
	before := make([]int, len(pairs))
	for i, p := range pairs {
		at, _ := slices.BinarySearchFunc(ends, p.now, func(end, now int) int { return pairs[end].now - now })
		if before[i] = -1; at > 0 {
			before[i] = ends[at-1]
		}
		if at == len(ends) {
			ends = append(ends, i)
		} else {
			ends[at] = i
		}
	}
	var out []pair
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			out = append(out, pairs[i])
		}
	}
	slices.Reverse(out)
	return out
}
