package audit

import (
	"time"

	"gongkai/internal/db"
)

// Entries become visible at commit. SQLite has one writer, so that is the order
// of their ids. On MySQL an id can turn up below linked ones: a full look goes
// back a stretch no commit outlasts, and the looks between two of them go back
// a little, since nearly all entries are committed within the next few ids.
const (
	near    = 200
	stretch = 20_000

	fullEvery = 5 * time.Second
	// idleEvery is for a chain to which nothing was added for idleAfter: what was
	// under way then has come to its end.
	idleEvery = 5 * time.Minute
	idleAfter = time.Minute
)

// looks is when each organisation was last looked at in full and had nothing
// waiting. The first look of a process is full.
type looks map[int64]time.Time

// after answers the id behind which an entry may lack its link, given the last
// link, and whether that is a full look.
func (l looks) after(tx *db.Tx, organisation int64, last linkRow) (id int64, full bool) {
	if !tx.MySQL() {
		return last.EntryID, true
	}
	every := fullEvery
	if tx.Now().Sub(db.Time(last.SealedAt)) > idleAfter {
		every = idleEvery
	}
	if tx.Now().Sub(l[organisation]) < every {
		return last.EntryID - near, false
	}
	return last.EntryID - stretch, true
}

// waiting lists entries without a link, oldest first, and answers the id it
// looked behind.
func (l looks) waiting(tx *db.Tx, organisation int64, last linkRow, limit int) (rows []entryRow, after int64, err error) {
	after, full := l.after(tx, organisation, last)
	if rows, err = unsealed(tx, organisation, after, limit); err != nil {
		return nil, 0, err
	}
	if full && len(rows) == 0 { // else the next look is full again: what it found stays in sight
		l[organisation] = tx.Now()
	}
	return rows, after, nil
}
