package site

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// layered is a map that is never changed: with answers another one that shares
// almost all of it, so a change costs what changed and not all pages there are.
type layered[K comparable, V any] struct {
	base, over map[K]V
}

func (l layered[K, V]) get(k K) V {
	if v, ok := l.over[k]; ok {
		return v
	}
	return l.base[k]
}

func (l layered[K, V]) with(changes map[K]V) layered[K, V] {
	if len(changes) == 0 {
		return l
	}
	over := maps.Clone(l.over)
	if over == nil {
		over = map[K]V{}
	}
	maps.Copy(over, changes)
	if len(over) < 64+len(l.base)/16 {
		return layered[K, V]{l.base, over}
	}
	all := make(map[K]V, len(l.base)+len(over))
	maps.Copy(all, l.base)
	maps.Copy(all, over)
	return layered[K, V]{all, nil}
}

// index finds pages. It is never changed; apply answers the next one.
type index struct {
	byPath       layered[string, *shown]
	byManuscript layered[int64, *shown]
	files        layered[string, []fileRow] // of visible pages, by hash
	newest       []*shown                   // visible pages, newest first
	bySlug       map[string][]*shown        // the same by section, pinned ones first
}

func newestFirst(a, b *shown) int {
	return cmp.Or(cmp.Compare(b.PublishedAt, a.PublishedAt), cmp.Compare(b.ManuscriptID, a.ManuscriptID))
}

// pinnedFirst is the order of a column: the last pinned is the first.
func pinnedFirst(a, b *shown) int {
	return cmp.Or(cmp.Compare(b.PinnedAt, a.PinnedAt), newestFirst(a, b))
}

// apply puts changed pages in the place of what their manuscripts showed before.
func (x index) apply(changed []*shown) index {
	if len(changed) == 0 {
		return x
	}
	paths, manuscripts, files := map[string]*shown{}, map[int64]*shown{}, map[string][]fileRow{}
	without := map[string]map[*shown]bool{} // by section, what leaves its list
	with := map[string][]*shown{}
	file := func(hash string) []fileRow {
		if f, ok := files[hash]; ok {
			return f
		}
		return slices.Clone(x.files.get(hash))
	}
	for _, p := range changed {
		if old := x.byManuscript.get(p.ManuscriptID); old != nil {
			paths[old.Path] = nil
			if old.GoneAt == 0 {
				if without[old.SectionSlug] == nil {
					without[old.SectionSlug] = map[*shown]bool{}
				}
				without[old.SectionSlug][old] = true
				for _, f := range old.files {
					files[f.Hash] = slices.DeleteFunc(file(f.Hash), func(r fileRow) bool { return r.ManuscriptID == old.ManuscriptID })
				}
			}
		}
	}
	for _, p := range changed {
		paths[p.Path], manuscripts[p.ManuscriptID] = p, p
		if p.GoneAt != 0 {
			continue
		}
		with[p.SectionSlug] = append(with[p.SectionSlug], p)
		for _, f := range p.files {
			files[f.Hash] = append(file(f.Hash), f)
		}
	}
	next := index{byPath: x.byPath.with(paths), byManuscript: x.byManuscript.with(manuscripts), files: x.files.with(files), bySlug: maps.Clone(x.bySlug)}
	if next.bySlug == nil {
		next.bySlug = map[string][]*shown{}
	}
	gone := map[*shown]bool{}
	var come []*shown
	for slug, out := range without {
		maps.Copy(gone, out)
		if with[slug] == nil {
			next.bySlug[slug] = merged(x.bySlug[slug], out, nil, pinnedFirst)
		}
	}
	for slug, in := range with {
		come = append(come, in...)
		next.bySlug[slug] = merged(x.bySlug[slug], without[slug], in, pinnedFirst)
	}
	next.newest = merged(x.newest, gone, come, newestFirst)
	return next
}

// merged is a sorted list without some and with others, sorted again.
func merged(list []*shown, without map[*shown]bool, with []*shown, order func(a, b *shown) int) []*shown {
	with = slices.SortedFunc(slices.Values(with), order)
	out := make([]*shown, 0, len(list)+len(with))
	for _, p := range list {
		if without[p] {
			continue
		}
		for len(with) > 0 && order(with[0], p) < 0 {
			out, with = append(out, with[0]), with[1:]
		}
		out = append(out, p)
	}
	return append(out, with...)
}

// shown is one page, visible or gone.
type shown struct {
	pageRow
	files []fileRow
	text  string // what a search looks through
}

func newShown(r pageRow, files []fileRow) *shown {
	p := &shown{pageRow: r, files: files}
	if r.GoneAt == 0 {
		p.text = strings.ToLower(r.Title + "\n" + r.Summary + "\n" + r.DocNo + "\n" + r.IndexNo)
	}
	return p
}

func (p *shown) mentions(words []string) bool {
	for _, w := range words {
		if !strings.Contains(p.text, w) {
			return false
		}
	}
	return true
}
