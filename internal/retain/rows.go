package retain

import (
	"time"

	"gongkai/internal/db"
)

// claim says whether this node does the work of the night; the next one is then
// due at until. A fresh installation waits for its first night.
func claim(tx *db.Tx, until time.Time) (bool, error) {
	const name = "retention"
	res := tx.G.Exec("UPDATE leases SET until = ?, fence = fence + 1 WHERE name = ? AND until <= ?", db.Micros(until), name, db.Micros(tx.Now()))
	if res.Error != nil || res.RowsAffected == 1 {
		return res.RowsAffected == 1, res.Error
	}
	var n int64
	if err := tx.G.Raw("SELECT COUNT(*) FROM leases WHERE name = ?", name).Scan(&n).Error; err != nil || n == 1 {
		return false, err
	}
	err := tx.G.Exec("INSERT INTO leases (name, owner, until, fence) VALUES (?, '', ?, 1)", name, db.Micros(until)).Error
	if db.IsDuplicate(err) {
		return false, nil
	}
	return false, err
}
