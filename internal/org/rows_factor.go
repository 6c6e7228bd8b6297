package org

import (
	"time"

	"gorm.io/gorm/clause"

	"gongkai/internal/db"
)

type sourceRow struct {
	AccountID   int64  `gorm:"primaryKey;autoIncrement:false"`
	Address     string `gorm:"primaryKey"`
	GoodAt      int64
	Failures    int
	LockedUntil int64
}

type factorRow struct {
	AccountID      int64 `gorm:"primaryKey;autoIncrement:false"`
	Secret         string
	ConfirmedAt    int64
	LastStep       int64
	Pending        string
	PendingSession string
	PendingAt      int64
	ResetBy        int64
	ResetAt        int64
}

type recoveryRow struct {
	AccountID int64  `gorm:"primaryKey;autoIncrement:false"`
	Mark      string `gorm:"primaryKey"`
	UsedAt    int64
}

type confirmationRow struct {
	AccountID   int64 `gorm:"primaryKey;autoIncrement:false"`
	PinHash     string
	SetAt       int64
	Failures    int
	LockedUntil int64
}

type oldPasswordRow struct {
	ID           int64 `gorm:"primaryKey"`
	AccountID    int64
	PasswordHash string
}

func (sourceRow) TableName() string       { return "sign_in_sources" }
func (factorRow) TableName() string       { return "second_factors" }
func (recoveryRow) TableName() string     { return "recovery_codes" }
func (confirmationRow) TableName() string { return "signing_confirmations" }
func (oldPasswordRow) TableName() string  { return "old_passwords" }

// put writes a row in place of the one with its key.
func put(tx *db.Tx, row any) error {
	return tx.G.Clauses(clause.OnConflict{UpdateAll: true}).Create(row).Error
}

// lockAccount makes those who count failures of one account wait for each other.
func lockAccount(tx *db.Tx, id int64) error {
	var found int64
	return tx.G.Raw("SELECT id FROM accounts WHERE id = ?"+tx.ForUpdate(), id).Scan(&found).Error
}

func findSource(tx *db.Tx, account int64, address string) (source, error) {
	row := sourceRow{AccountID: account, Address: address}
	err := tx.G.Where("account_id = ? AND address = ?", account, address).Take(&row).Error
	if db.IsNotFound(err) {
		err = nil
	}
	return source{row.AccountID, row.Address, db.Time(row.GoodAt), row.Failures, db.Time(row.LockedUntil)}, err
}

func saveSource(tx *db.Tx, s source) error {
	return put(tx, &sourceRow{s.AccountID, s.Address, db.Micros(s.GoodAt), s.Failures, db.Micros(s.LockedUntil)})
}

func unlockSources(tx *db.Tx, account int64) error {
	return tx.G.Exec("UPDATE sign_in_sources SET failures = 0, locked_until = 0 WHERE account_id = ?", account).Error
}

// ForgetSources removes addresses nobody signed in from since a moment.
func ForgetSources(tx *db.Tx, before time.Time, limit int) (int64, error) {
	res := tx.G.Exec("DELETE FROM sign_in_sources WHERE (account_id, address) IN (SELECT account_id, address FROM (SELECT account_id, address FROM sign_in_sources WHERE good_at < ? LIMIT ?) old)",
		db.Micros(before), limit)
	return res.RowsAffected, res.Error
}

// touchAccount notes a sign-in, and when a password is as old as it is not known
// to be, from now on.
func touchAccount(tx *db.Tx, id int64) error {
	now := db.Micros(tx.Now())
	return tx.G.Exec("UPDATE accounts SET active_at = ?, password_at = CASE WHEN password_at = 0 THEN ? ELSE password_at END WHERE id = ?", now, now, id).Error
}

func findFactor(tx *db.Tx, account int64) (f factorRow, err error) {
	f.AccountID = account
	err = tx.G.Where("account_id = ?", account).Take(&f).Error
	if db.IsNotFound(err) {
		err = nil
	}
	return f, err
}

func saveFactor(tx *db.Tx, f factorRow) error { return put(tx, &f) }

// useStep takes a step of the second factor's clock; false when it, or a later
// one, was taken before (A43).
func useStep(tx *db.Tx, account, step int64) (bool, error) {
	res := tx.G.Exec("UPDATE second_factors SET last_step = ? WHERE account_id = ? AND last_step < ? AND confirmed_at <> 0", step, account, step)
	return res.RowsAffected == 1, res.Error
}

// dropFactor removes the second factor with its recovery codes.
func dropFactor(tx *db.Tx, account int64) error {
	if err := tx.G.Exec("DELETE FROM recovery_codes WHERE account_id = ?", account).Error; err != nil {
		return err
	}
	return tx.G.Exec("DELETE FROM second_factors WHERE account_id = ?", account).Error
}

func replaceRecovery(tx *db.Tx, account int64, marks []string) error {
	if err := tx.G.Exec("DELETE FROM recovery_codes WHERE account_id = ?", account).Error; err != nil {
		return err
	}
	rows := make([]recoveryRow, len(marks))
	for i, m := range marks {
		rows[i] = recoveryRow{AccountID: account, Mark: m}
	}
	return tx.G.Create(&rows).Error
}

// useRecovery takes a recovery code; false when there is none such, or no more.
func useRecovery(tx *db.Tx, account int64, mark string) (bool, error) {
	res := tx.G.Exec("UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND mark = ? AND used_at = 0", db.Micros(tx.Now()), account, mark)
	return res.RowsAffected == 1, res.Error
}

func recoveryLeft(tx *db.Tx, account int64) (n int, err error) {
	err = tx.G.Raw("SELECT COUNT(*) FROM recovery_codes WHERE account_id = ? AND used_at = 0", account).Scan(&n).Error
	return n, err
}

func findConfirmation(tx *db.Tx, account int64) (r confirmationRow, err error) {
	r.AccountID = account
	err = tx.G.Where("account_id = ?", account).Take(&r).Error
	if db.IsNotFound(err) {
		err = nil
	}
	return r, err
}

func saveConfirmation(tx *db.Tx, r confirmationRow) error { return put(tx, &r) }

type factorResetRow struct {
	AccountID, PersonID, ResetBy, ResetAt int64
	Login                                 string
}

func factorResets(tx *db.Tx, organisation int64) (rows []factorResetRow, err error) {
	err = tx.G.Raw(`SELECT f.account_id, a.person_id, f.reset_by, f.reset_at, a.login FROM second_factors f JOIN accounts a ON a.id = f.account_id JOIN people p ON p.id = a.person_id
WHERE p.organisation_id = ? AND f.reset_by <> 0 ORDER BY f.reset_at LIMIT 200`, organisation).Scan(&rows).Error
	return rows, err
}

func oldPasswords(tx *db.Tx, account int64, n int) (hashes []string, err error) {
	err = tx.G.Raw("SELECT password_hash FROM old_passwords WHERE account_id = ? ORDER BY id DESC LIMIT ?", account, n).Scan(&hashes).Error
	return hashes, err
}

// keepOldPassword remembers a password that was given up, and no more than n.
func keepOldPassword(tx *db.Tx, account int64, hash string, n int) error {
	if n > 0 && hash != "" {
		if err := tx.G.Create(&oldPasswordRow{AccountID: account, PasswordHash: hash}).Error; err != nil {
			return err
		}
	}
	return tx.G.Exec("DELETE FROM old_passwords WHERE account_id = ? AND id NOT IN (SELECT id FROM (SELECT id FROM old_passwords WHERE account_id = ? ORDER BY id DESC LIMIT ?) kept)", account, account, max(n, 0)).Error
}
