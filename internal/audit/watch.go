package audit

import (
	"context"
	"time"

	"gongkai/internal/db"
)

// lateAfter is how long an entry may wait for its link: until then it could be
// taken away unnoticed by whoever holds the database.
const lateAfter = 10 * time.Second

// Unsealed says what waits too long in one organisation.
type Unsealed struct {
	OrganisationID int64
	Entries        int64     // counted up to a thousand
	Oldest         int64     // its id
	Since          time.Time // its moment
}

// A Watch looks after the sealer from outside of it: a sealer that hangs, fails
// or does not run cannot say so itself.
type Watch struct {
	db   *db.DB
	tell func(tx *db.Tx, late Unsealed) error
	seen map[int64]sighting // by organisation

	looks looks
}

type sighting struct {
	oldest int64
	first  time.Time
	told   bool
}

// NewWatch answers a watch that tells of an oldest entry once. Its Once is for
// one goroutine.
func NewWatch(d *db.DB, tell func(tx *db.Tx, late Unsealed) error) *Watch {
	return &Watch{d, tell, map[int64]sighting{}, looks{}}
}

// Once looks at every organisation. An entry is late when this watch has seen it
// wait: what was left from before a start is no failure of the sealer yet.
func (w *Watch) Once(ctx context.Context) error {
	var late []Unsealed
	err := w.db.Read(ctx, func(tx *db.Tx) error {
		orgs, err := organisations(tx)
		if err != nil {
			return err
		}
		for _, org := range orgs {
			last, err := lastLink(tx, org)
			if err != nil {
				return err
			}
			const many = 1000
			rows, _, err := w.looks.waiting(tx, org, last, many)
			if err != nil {
				return err
			}
			var oldest, at int64
			if len(rows) > 0 {
				oldest, at = rows[0].ID, rows[0].At
			}
			s := w.seen[org]
			if oldest == 0 || s.oldest != oldest {
				s = sighting{oldest: oldest, first: tx.Now()}
			}
			w.seen[org] = s
			if oldest != 0 && !s.told && tx.Now().Sub(s.first) > lateAfter {
				late = append(late, Unsealed{org, int64(len(rows)), oldest, db.Time(at)})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, u := range late {
		if err := w.db.Write(ctx, func(tx *db.Tx) error { return w.tell(tx, u) }); err != nil {
			return err
		}
		s := w.seen[u.OrganisationID]
		s.told = true
		w.seen[u.OrganisationID] = s
	}
	return nil
}
