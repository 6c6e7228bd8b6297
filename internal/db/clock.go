package db

import "time"

// DatabaseNow is the time by the database server's own clock. SQLite has none
// apart from this machine's: there it is Now.
func (t *Tx) DatabaseNow() (time.Time, error) {
	switch {
	case t.db.serverNow != nil:
		return t.db.serverNow().UTC(), nil
	case !t.MySQL():
		return t.now, nil
	}
	var now time.Time
	err := t.G.Raw("SELECT UTC_TIMESTAMP(6)").Scan(&now).Error
	return now.UTC(), err
}
