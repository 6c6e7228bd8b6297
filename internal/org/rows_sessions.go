package org

import (
	"time"

	"gongkai/internal/db"
)

func insertSession(tx *db.Tx, hash string, a Account, kind SessionKind, label string, ends time.Time, idle time.Duration, mustEnrol bool) error {
	now := db.Micros(tx.Now())
	return tx.G.Create(&sessionRow{Hash: hash, AccountID: a.ID, PersonID: a.PersonID, Kind: string(kind), Label: label,
		CreatedAt: now, SeenAt: now, EndsAt: db.Micros(ends), IdleSeconds: int64(idle / time.Second), MustEnrol: mustEnrol}).Error
}

func endSessions(tx *db.Tx, where string, arg any) error {
	return tx.G.Exec("UPDATE sessions SET revoked_at = ? WHERE revoked_at = 0 AND "+where, db.Micros(tx.Now()), arg).Error
}

func touchSession(tx *db.Tx, hash string) error {
	return tx.G.Exec("UPDATE sessions SET seen_at = ? WHERE hash = ?", db.Micros(tx.Now()), hash).Error
}

type identityRow struct {
	AccountID, PersonID, OrganisationID int64
	Login, Name, Kind                   string
	Established, MustChange             bool
	SeenAt, EndsAt, RevokedAt           int64
	DisabledAt                          int64
	IdleSeconds                         int64
	MustEnrol                           bool
	StandsFor                           int64 // only as enter reads it
}

const (
	identityColumns = "s.account_id, s.person_id, p.organisation_id, a.login, p.name, s.kind, p.established, a.must_change, s.seen_at, s.ends_at, s.revoked_at, a.disabled_at, s.idle_seconds, s.must_enrol"
	identityTables  = "sessions s JOIN accounts a ON a.id = s.account_id JOIN people p ON p.id = s.person_id"
)

// findIdentity reads who a session belongs to.
func findIdentity(tx *db.Tx, hash string) (identityRow, bool, error) {
	var row identityRow
	res := tx.G.Raw("SELECT "+identityColumns+" FROM "+identityTables+" WHERE s.hash = ?", hash).Scan(&row)
	return row, res.RowsAffected == 1, res.Error
}

func endOtherSessions(tx *db.Tx, a Actor) error {
	return tx.G.Exec("UPDATE sessions SET revoked_at = ? WHERE account_id = ? AND hash <> ? AND revoked_at = 0", db.Micros(tx.Now()), a.AccountID, a.Session).Error
}

// openSessions lists an account's sessions that are not over, the newest first.
func openSessions(tx *db.Tx, account int64) ([]sessionRow, error) {
	var rows []sessionRow
	err := tx.G.Where("account_id = ? AND revoked_at = 0 AND ends_at > ? AND kind NOT LIKE 'half%'", account, db.Micros(tx.Now())).Order("created_at DESC").Limit(50).Find(&rows).Error
	return rows, err
}

// ForgetSessions removes sessions that ended before a moment.
func ForgetSessions(tx *db.Tx, before time.Time, limit int) (int64, error) {
	at := db.Micros(before)
	res := tx.G.Exec("DELETE FROM sessions WHERE hash IN (SELECT hash FROM (SELECT hash FROM sessions WHERE ends_at < ? OR (revoked_at <> 0 AND revoked_at < ?) LIMIT ?) old)", at, at, limit)
	return res.RowsAffected, res.Error
}

func setVouched(tx *db.Tx, hash string, until time.Time) error {
	return tx.G.Exec("UPDATE sessions SET vouched_until = ? WHERE hash = ? AND revoked_at = 0", db.Micros(until), hash).Error
}

// useVouched takes it for one act.
func useVouched(tx *db.Tx, hash string) (bool, error) {
	res := tx.G.Exec("UPDATE sessions SET vouched_until = 0 WHERE hash = ? AND revoked_at = 0 AND vouched_until > ?", hash, db.Micros(tx.Now()))
	return res.RowsAffected == 1, res.Error
}

func isVouched(tx *db.Tx, hash string) (bool, error) {
	var n int64
	err := tx.G.Raw("SELECT COUNT(*) FROM sessions WHERE hash = ? AND vouched_until > ?", hash, db.Micros(tx.Now())).Scan(&n).Error
	return n > 0, err
}
