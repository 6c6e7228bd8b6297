package org

import (
	"time"

	"gongkai/internal/db"
)

// ForgetSessions removes sessions that ended before a moment.
func ForgetSessions(tx *db.Tx, before time.Time, limit int) (int64, error) {
	at := db.Micros(before)
	res := tx.G.Exec("DELETE FROM sessions WHERE hash IN (SELECT hash FROM (SELECT hash FROM sessions WHERE ends_at < ? OR (revoked_at <> 0 AND revoked_at < ?) LIMIT ?) old)", at, at, limit)
	return res.RowsAffected, res.Error
}
