package blob

import (
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

// Budget is what one person may store on one day. What nobody puts into a text
// goes in the night after, so it bounds what a person can fill.
const Budget = 500 << 20

// Charge counts bytes to a person's day, or refuses them.
func Charge(tx *db.Tx, person int64, bytes int) error {
	day := tx.Now().In(calendar.Zone).Format(time.DateOnly)
	sql := "INSERT INTO upload_budgets (person_id, day, bytes) VALUES (?, ?, ?) ON CONFLICT (person_id, day) DO UPDATE SET bytes = bytes + excluded.bytes"
	if tx.MySQL() {
		sql = "INSERT INTO upload_budgets (person_id, day, bytes) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE bytes = bytes + VALUES(bytes)"
	}
	if err := tx.G.Exec(sql, person, day, bytes).Error; err != nil {
		return err
	}
	var sum int64
	if err := tx.G.Raw("SELECT bytes FROM upload_budgets WHERE person_id = ? AND day = ?", person, day).Scan(&sum).Error; err != nil {
		return err
	}
	if sum > Budget {
		return ErrBudget.With("max", Budget>>20)
	}
	return nil
}

// ForgetBudgets removes the counts of days that are over.
func ForgetBudgets(tx *db.Tx) error {
	return tx.G.Exec("DELETE FROM upload_budgets WHERE day < ?", tx.Now().In(calendar.Zone).Format(time.DateOnly)).Error
}
