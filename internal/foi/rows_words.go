package foi

import (
	"database/sql"
	"slices"
	"time"

	"gongkai/internal/db"
)

type wordsRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	LastID         int64
	Requests       int
	Grams          []byte
	Text           []byte
}

func (wordsRow) TableName() string { return "foi_words" }

// asked is what of a request is looked through.
type asked struct {
	ID               int64
	Wanted, Features string
}

// enterSome enters the oldest requests of one organisation that stand in no row.
func enterSome(tx *db.Tx, until time.Time) (more bool, err error) {
	var next []struct{ OrganisationID, LastID int64 }
	err = tx.G.Raw("SELECT r.organisation_id, COALESCE((SELECT MAX(w.last_id) FROM foi_words w WHERE w.organisation_id = r.organisation_id), 0) AS last_id FROM (SELECT DISTINCT organisation_id FROM foi_requests) r").Scan(&next).Error
	if err != nil {
		return false, err
	}
	for _, n := range next {
		var some []asked
		err := tx.G.Raw("SELECT id, wanted, features FROM foi_requests WHERE organisation_id = ? AND id > ? AND created_at < ? ORDER BY id LIMIT ?", n.OrganisationID, n.LastID, db.Micros(until), mostTogether).Scan(&some).Error
		if err != nil {
			return false, err
		}
		if len(some) > 0 {
			return true, enterInto(tx, n.OrganisationID, some)
		}
	}
	return false, nil
}

// enterInto fills the last row of an organisation, or begins another.
func enterInto(tx *db.Tx, organisation int64, some []asked) error {
	var row wordsRow
	res := tx.G.Raw("SELECT * FROM foi_words WHERE organisation_id = ? ORDER BY last_id DESC LIMIT 1"+tx.ForUpdate(), organisation).Scan(&row)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 || row.Requests >= mostTogether || len(row.Text) >= mostText {
		row = wordsRow{OrganisationID: organisation, Grams: make([]byte, gramBits/8)}
	} else if row.LastID >= some[0].ID { // another node was quicker
		return nil
	}
	for _, r := range some {
		if row.Requests >= mostTogether || len(row.Text) >= mostText {
			break
		}
		words := wordsOf(r.Wanted, r.Features)
		grams([]rune(words), true, func(bit uint32) { row.Grams[bit/8] |= 1 << (bit % 8) })
		row.Text, row.LastID, row.Requests = enter(row.Text, r.ID, words), r.ID, row.Requests+1
	}
	if row.ID == 0 {
		return tx.G.Create(&row).Error
	}
	return tx.G.Exec("UPDATE foi_words SET last_id = ?, requests = ?, grams = ?, text = ? WHERE id = ?", row.LastID, row.Requests, row.Grams, row.Text, row.ID).Error
}

// unentered looks through the requests that stand in no row, the newest first;
// last is the newest one that does.
func unentered(tx *db.Tx, organisation int64, all [][]byte) (ids []int64, last int64, err error) {
	if err = tx.G.Raw("SELECT COALESCE(MAX(last_id), 0) FROM foi_words WHERE organisation_id = ?", organisation).Scan(&last).Error; err != nil {
		return nil, 0, err
	}
	var some []asked
	if err = tx.G.Raw("SELECT id, wanted, features FROM foi_requests WHERE organisation_id = ? AND id > ? ORDER BY id DESC", organisation, last).Scan(&some).Error; err != nil {
		return nil, 0, err
	}
	for _, r := range some {
		if has([]byte(wordsOf(r.Wanted, r.Features)), all) {
			ids = append(ids, r.ID)
		}
	}
	return ids, last, nil
}

// wordRows lists an organisation's rows that may have the grams, the newest first.
func wordRows(tx *db.Tx, organisation, last int64, wanted []uint32) (ids []int64, err error) {
	rows, err := tx.G.Raw("SELECT id, grams FROM foi_words WHERE organisation_id = ? AND last_id <= ? ORDER BY last_id DESC", organisation, last).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var set sql.RawBytes
		if err := rows.Scan(&id, &set); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(wanted, func(bit uint32) bool { return set[bit/8]&(1<<(bit%8)) == 0 }) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

func wordText(tx *db.Tx, id int64) (text []byte, err error) {
	return text, tx.G.Raw("SELECT text FROM foi_words WHERE id = ?", id).Row().Scan(&text)
}
