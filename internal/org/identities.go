package org

import (
	"sync"
	"time"
)

// identityLife is how long a node may take a session for valid without asking:
// an ended session is refused everywhere within a second (A49). No act relies on
// it; Enter asks again in the act's own transaction (I18).
const identityLife = time.Second

// identities remembers who sessions belong to, for a moment.
type identities struct {
	mu   sync.Mutex
	seen map[string]identity
}

type identity struct {
	actor Actor
	until time.Time
}

func (m *identities) find(hash string, now time.Time) (Actor, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.seen[hash]
	return i.actor, ok && now.Before(i.until)
}

func (m *identities) keep(hash string, a Actor, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil || len(m.seen) > 10_000 {
		m.seen = map[string]identity{}
	}
	m.seen[hash] = identity{a, now.Add(identityLife)}
}

func (m *identities) forget(hash string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.seen, hash)
}
