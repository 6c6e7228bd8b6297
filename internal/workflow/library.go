package workflow

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

type versioned struct {
	id      string
	version int
}

// Library is every definition this program knows, with the older versions that
// Pin found. It is safe for concurrent use.
type Library struct {
	loaded []*Definition // from files, sorted by id

	mu  sync.RWMutex
	all map[versioned]*Definition
}

// LoadLibrary reads and lints every *.yaml at the top of f; one problem refuses
// all.
func LoadLibrary(f fs.FS) (*Library, error) {
	loaded, problems := readAll(f)
	if len(problems) > 0 {
		var errs []error
		for _, p := range problems {
			errs = append(errs, errors.New(p.String()))
		}
		return nil, errors.Join(errs...)
	}
	l := &Library{loaded: loaded, all: map[versioned]*Definition{}}
	for _, d := range loaded {
		l.keep(d)
	}
	return l, nil
}

// All are the definitions from the files, sorted by id.
func (l *Library) All() []*Definition { return slices.Clone(l.loaded) }

// Get finds a definition by id and version.
func (l *Library) Get(id string, version int) (*Definition, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	d, ok := l.all[versioned{id, version}]
	return d, ok
}

// Latest is the version new runs start with.
func (l *Library) Latest(id string) (*Definition, bool) {
	i, ok := slices.BinarySearchFunc(l.loaded, id, func(d *Definition, id string) int { return strings.Compare(d.ID, id) })
	if !ok {
		return nil, false
	}
	return l.loaded[i], true
}

// For is the chain for a kind of subject: the one file that names it in
// applies_to, else the ordinary one.
func (l *Library) For(kind string) (*Definition, bool) {
	for _, d := range l.loaded {
		if slices.Contains(d.AppliesTo, kind) {
			return d, true
		}
	}
	return l.Latest(Ordinary)
}

func (l *Library) keep(d *Definition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[versioned{d.ID, d.Version}] = d
}
