package site

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/db"
)

const (
	// staleFor is how long a node may believe what it read; other nodes'
	// take-downs are visible here after at most that.
	staleFor = 50 * time.Millisecond
	// blindFor is how long pages are still shown while the database does not
	// answer; then readers get 503. I8 allows a taken-down page 60 seconds.
	blindFor = 30 * time.Second
	// sectionsFor is how long the navigation may be old.
	sectionsFor = 10 * time.Second
)

// A snapshot is what is visible at one revision of the site. It never changes
// but for the marks of when it was last found to be current.
type snapshot struct {
	revision   int64
	office     int64        // whose pages these are
	checked    atomic.Int64 // microseconds: it was current at this moment
	woken      atomic.Uint64
	sectionsAt int64

	pages    map[string]*shown
	newest   []*shown            // visible pages, newest first
	bySlug   map[string][]*shown // the same by section
	files    map[string][]fileRow
	sections []Section
	rendered sync.Map // key → *artefact: lists, home, feed
}

// shown is one page, visible or gone.
type shown struct {
	pageRow
	files []fileRow
}

// current answers what is visible now, at most staleFor old.
func (s *Site) current(ctx context.Context) (*snapshot, error) {
	if n := s.now.Load(); n != nil && s.fresh(n) {
		return n, nil
	}
	s.refresh.Lock()
	defer s.refresh.Unlock()
	old := s.now.Load()
	if old != nil && s.fresh(old) {
		return old, nil
	}
	at, woken := db.Micros(s.c.DB.Now()), s.woken.Load()
	fresh, err := s.read(context.WithoutCancel(ctx), old, at)
	if err != nil {
		if old != nil && at-old.checked.Load() < blindFor.Microseconds() {
			s.c.Log.WarnContext(ctx, "the site shows what it last knew", "err", err)
			return old, nil
		}
		return nil, err
	}
	fresh.checked.Store(at)
	fresh.woken.Store(woken)
	s.now.Store(fresh)
	return fresh, nil
}

func (s *Site) fresh(n *snapshot) bool {
	age := db.Micros(s.c.DB.Now()) - n.checked.Load()
	return age >= 0 && age < staleFor.Microseconds() && n.woken.Load() == s.woken.Load()
}

// read answers old itself when nothing changed since.
func (s *Site) read(ctx context.Context, old *snapshot, at int64) (*snapshot, error) {
	fresh := old
	err := s.c.DB.Read(ctx, func(tx *db.Tx) error {
		now, err := revision(tx)
		if err != nil {
			return err
		}
		if old != nil && old.revision == now && at-old.sectionsAt < sectionsFor.Microseconds() {
			return nil
		}
		fresh, err = s.build(tx, old, now, at)
		return err
	})
	return fresh, err
}

func (s *Site) build(tx *db.Tx, old *snapshot, now, at int64) (*snapshot, error) {
	o, err := s.organisation(tx)
	if err != nil {
		return nil, err
	}
	n := &snapshot{revision: now, office: o.ID, sectionsAt: at, pages: map[string]*shown{}, bySlug: map[string][]*shown{}, files: map[string][]fileRow{}}
	after := int64(0)
	if old != nil && old.office == o.ID {
		after = old.revision
		n.pages = maps.Clone(old.pages)
	}
	rows, files, err := changedPages(tx, o.ID, after)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		n.pages[r.Path] = &shown{r, files[r.ManuscriptID]}
	}
	if n.sections, err = s.c.Sections(tx, o.ID); err != nil {
		return nil, err
	}
	for _, p := range n.pages {
		if p.GoneAt != 0 {
			continue
		}
		n.newest = append(n.newest, p)
		for _, f := range p.files {
			n.files[f.Hash] = append(n.files[f.Hash], f)
		}
	}
	slices.SortFunc(n.newest, func(a, b *shown) int {
		return cmp.Or(cmp.Compare(b.PublishedAt, a.PublishedAt), cmp.Compare(b.ManuscriptID, a.ManuscriptID))
	})
	for _, p := range n.newest {
		n.bySlug[p.SectionSlug] = append(n.bySlug[p.SectionSlug], p)
	}
	return n, nil
}

// cache keeps the bytes of pages read lately.
type cache struct {
	mu    sync.RWMutex
	held  map[string]*artefact
	order []string
	bytes int
}

const cacheBytes = 64 << 20

func (c *cache) get(hash string) *artefact {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.held[hash]
}

func (c *cache) put(hash string, a *artefact) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[string]*artefact{}
	}
	if c.held[hash] != nil {
		return
	}
	c.held[hash] = a
	c.order = append(c.order, hash)
	c.bytes += len(a.plain) + len(a.gzip)
	for c.bytes > cacheBytes && len(c.order) > 1 {
		out := c.held[c.order[0]]
		c.bytes -= len(out.plain) + len(out.gzip)
		delete(c.held, c.order[0])
		c.order = c.order[1:]
	}
}

// article answers the bytes of a page as they were rendered at its release.
func (s *Site) article(ctx context.Context, hash string) (*artefact, error) {
	if a := s.cache.get(hash); a != nil {
		return a, nil
	}
	var b blob.Blob
	err := s.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		b, err = blob.Get(tx, hash)
		return err
	})
	if errors.Is(err, blob.ErrNotFound) {
		return nil, errors.New("site: the artefact " + hash + " is missing or damaged")
	}
	if err != nil {
		return nil, err
	}
	a := newArtefact(b.MediaType, b.Bytes)
	s.cache.put(hash, a)
	return a, nil
}
