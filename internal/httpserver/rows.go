package httpserver

import (
	"time"

	"gongkai/internal/db"
)

type answerRow struct {
	RequestHash string
	Status      int
	Answer      string
}

func findAnswer(tx *db.Tx, account int64, key string) (answerRow, bool, error) {
	var row answerRow
	res := tx.G.Raw("SELECT request_hash, status, answer FROM idempotency WHERE account_id = ? AND idem_key = ?", account, key).Scan(&row)
	return row, res.RowsAffected == 1, res.Error
}

func insertAnswer(tx *db.Tx, account int64, key, hash string, status int, answer []byte) error {
	return tx.Queue("INSERT INTO idempotency (account_id, idem_key, request_hash, status, answer, at) VALUES (?,?,?,?,?,?)",
		account, key, hash, status, string(answer), db.Micros(tx.Now()))
}

// KeepAnswers is how long a repeated request gets its first answer.
const KeepAnswers = 7 * 24 * time.Hour

// Forget removes answers older than KeepAnswers.
func Forget(tx *db.Tx) error {
	return tx.G.Exec("DELETE FROM idempotency WHERE at < ?", db.Micros(tx.Now().Add(-KeepAnswers))).Error
}
