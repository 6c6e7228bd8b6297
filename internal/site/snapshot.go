package site

import (
	"context"
	"errors"
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
// but for the marks of when it was last found to be current, and for what was
// rendered of it.
type snapshot struct {
	revision   int64
	office     int64        // whose pages these are
	checked    atomic.Int64 // microseconds: it was current at this moment
	woken      atomic.Uint64
	sectionsAt atomic.Int64

	index
	sections []Section
	rendered sync.Map // key → *artefact: lists, home, feed
	kept     atomic.Int64
}

// keep bounds how many lists are kept rendered: the first pages of all of them,
// and not every page a robot turned to.
const keep = 400

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
		if old != nil && old.revision == now && at-old.sectionsAt.Load() < sectionsFor.Microseconds() {
			return nil
		}
		fresh, err = s.build(tx, old, now, at)
		return err
	})
	return fresh, err
}

// build reads what changed after old; old itself stays when that is nothing.
func (s *Site) build(tx *db.Tx, old *snapshot, now, at int64) (*snapshot, error) {
	o, err := s.organisation(tx)
	if err != nil {
		return nil, err
	}
	sections, err := s.c.Sections(tx, o.ID)
	if err != nil {
		return nil, err
	}
	n := &snapshot{revision: now, office: o.ID, sections: sections}
	n.sectionsAt.Store(at)
	after := int64(0)
	if old != nil && old.office == o.ID {
		if old.revision == now && slices.Equal(old.sections, sections) {
			old.sectionsAt.Store(at)
			return old, nil
		}
		after, n.index = old.revision, old.index
	}
	rows, files, err := changedPages(tx, o.ID, after)
	if err != nil {
		return nil, err
	}
	changed := make([]*shown, len(rows))
	for i, r := range rows {
		changed[i] = newShown(r, files[r.ManuscriptID])
	}
	n.index = n.index.apply(changed)
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
