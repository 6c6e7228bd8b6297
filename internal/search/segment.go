package search

import (
	"encoding/binary"
	"slices"
	"time"
)

// buckets is how many rows a segment's grams are spread over. A released segment
// depends on it.
const buckets = 4096

// gram is two neighbouring characters, or a single one of a title.
type gram uint64

func gramOf(a, b rune) gram { return gram(a)<<21 | gram(b) }

func (g gram) bucket() int { return int((g>>21*31 + g&0x1fffff) % buckets) }

// grams are the gram of each place of the term that has to be looked at: every
// second one, and the last. Together they cover the term.
func (t Term) grams() (out []gram, offsets []uint32) {
	if len(t) == 1 {
		return []gram{gramOf(t[0], 0)}, []uint32{0}
	}
	for i := 0; i < len(t); i += 2 {
		i := min(i, len(t)-2)
		out, offsets = append(out, gramOf(t[i], t[i+1])), append(offsets, uint32(i))
	}
	return out, offsets
}

// entryText is an entry with its folded text.
type entryText struct {
	Entry
	text string
}

// segment is many texts one behind the other, and where their grams stand.
type segment struct {
	docs    []byte // for each text its place and its entry
	buckets [buckets][]byte
}

func build(all []entryText) *segment {
	s := &segment{}
	places := map[gram][]uint32{}
	place := uint32(0)
	for _, e := range all {
		for _, n := range []int64{int64(place), e.Edition, e.ManuscriptID, e.UnitID, e.SectionID, e.At.UnixMicro()} {
			s.docs = binary.AppendVarint(s.docs, n)
		}
		before, title := '\n', true
		for _, r := range e.text {
			title = title && r != '\n'
			if title {
				g := gramOf(r, 0)
				places[g] = append(places[g], place)
			}
			if before != '\n' && r != '\n' {
				g := gramOf(before, r)
				places[g] = append(places[g], place-1)
			}
			before = r
			place++
		}
		place++
	}
	sorted := make([]gram, 0, len(places))
	for g := range places {
		sorted = append(sorted, g)
	}
	slices.Sort(sorted)
	var b []byte
	for _, g := range sorted {
		b = b[:0]
		last := uint32(0)
		for _, p := range places[g] {
			b = binary.AppendUvarint(b, uint64(p-last))
			last = p
		}
		to := &s.buckets[g.bucket()]
		*to = binary.AppendUvarint(*to, uint64(g))
		*to = binary.AppendUvarint(*to, uint64(len(b)))
		*to = append(*to, b...)
	}
	return s
}

// packed finds where a gram stands in its bucket, nil when nowhere.
func packed(bucket []byte, g gram) []byte {
	for len(bucket) > 0 {
		this, n := binary.Uvarint(bucket)
		size, m := binary.Uvarint(bucket[n:])
		bucket = bucket[n+m:]
		if gram(this) == g {
			return bucket[:size]
		}
		bucket = bucket[size:]
	}
	return nil
}

// find answers where the term begins: the rarest of its grams is unpacked first,
// and none when one is missing.
func (t Term) find(bucket func(int) []byte) []uint32 {
	type list struct {
		packed []byte
		offset uint32
	}
	all, offsets := t.grams()
	lists := make([]list, len(all))
	for i, g := range all {
		if lists[i] = (list{packed(bucket(g.bucket()), g), offsets[i]}); lists[i].packed == nil {
			return nil
		}
	}
	slices.SortFunc(lists, func(a, b list) int { return len(a.packed) - len(b.packed) })
	var found []uint32
	for i, l := range lists {
		next, kept := 0, found[:0]
		place := uint64(0)
		for b := l.packed; len(b) > 0; {
			d, n := binary.Uvarint(b)
			b, place = b[n:], place+d
			if place < uint64(l.offset) {
				continue
			}
			begin := uint32(place) - l.offset
			if i == 0 {
				kept = append(kept, begin)
				continue
			}
			for next < len(found) && found[next] < begin {
				next++
			}
			if next == len(found) {
				break
			}
			if found[next] == begin {
				kept = append(kept, begin)
			}
		}
		if found = kept; len(found) == 0 {
			return nil
		}
	}
	return found
}

// document is an entry with its place in the segment.
type document struct {
	Entry
	place uint32
}

func documents(b []byte, organisation int64) (out []document) {
	var v [6]int64
	for len(b) > 0 {
		for i := range v {
			x, n := binary.Varint(b)
			v[i], b = x, b[n:]
		}
		out = append(out, document{Entry{v[1], v[2], organisation, v[3], v[4], time.UnixMicro(v[5]).UTC()}, uint32(v[0])})
	}
	return out
}

// among answers the documents in which every term has a place.
func among(docs []document, found [][]uint32) []Entry {
	hits := make([]int, len(docs))
	for n, places := range found {
		i := 0
		for _, p := range places {
			for i+1 < len(docs) && docs[i+1].place <= p {
				i++
			}
			if hits[i] == n {
				hits[i] = n + 1
			}
		}
	}
	var out []Entry
	for i, d := range docs {
		if hits[i] == len(found) {
			out = append(out, d.Entry)
		}
	}
	return out
}
