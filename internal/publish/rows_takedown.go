package publish

import "gongkai/internal/db"

type takeDownRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	ManuscriptID   int64
	Reason         string
	Note           string
	AskedBy        int64
	AskedFor       int64
	AskedAt        int64
	ConfirmedBy    int64
	ConfirmedFor   int64
	ConfirmedAt    int64
	DroppedAt      int64
	Version        int64
}

func (takeDownRow) TableName() string { return "take_downs" }

func toTakeDownRow(t *TakeDown) takeDownRow {
	return takeDownRow{t.ID, t.OrganisationID, t.ManuscriptID, t.Reason, t.Note, t.AskedBy, t.AskedFor, db.Micros(t.AskedAt), t.ConfirmedBy, t.ConfirmedFor, db.Micros(t.ConfirmedAt), db.Micros(t.DroppedAt), t.Version}
}

func (r takeDownRow) takeDown() *TakeDown {
	return &TakeDown{r.ID, r.OrganisationID, r.ManuscriptID, r.Reason, r.Note, r.AskedBy, r.AskedFor, db.Time(r.AskedAt), r.ConfirmedBy, r.ConfirmedFor, db.Time(r.ConfirmedAt), db.Time(r.DroppedAt), r.Version}
}

// LastTakeDown answers the newest request to take a manuscript down, nil when
// there is none.
func LastTakeDown(tx *db.Tx, manuscript int64) (*TakeDown, error) {
	var row takeDownRow
	res := tx.G.Raw("SELECT * FROM take_downs WHERE manuscript_id = ? ORDER BY id DESC LIMIT 1", manuscript).Scan(&row)
	if res.Error != nil || res.RowsAffected == 0 {
		return nil, res.Error
	}
	return row.takeDown(), nil
}

// takeDownByID reads the request that ended a publication.
func takeDownByID(tx *db.Tx, id int64) (*TakeDown, error) {
	var row takeDownRow
	err := tx.G.Raw("SELECT * FROM take_downs WHERE id = ?", id).Scan(&row).Error
	return row.takeDown(), err
}

func insertTakeDown(tx *db.Tx, t *TakeDown) error {
	t.Version = 1
	row := toTakeDownRow(t)
	if err := tx.G.Create(&row).Error; err != nil {
		return err
	}
	t.ID = row.ID
	return nil
}

func saveTakeDown(tx *db.Tx, t *TakeDown) error {
	row := toTakeDownRow(t)
	res := tx.G.Exec("UPDATE take_downs SET confirmed_by = ?, confirmed_for = ?, confirmed_at = ?, dropped_at = ?, version = version + 1 WHERE id = ? AND version = ?",
		row.ConfirmedBy, row.ConfirmedFor, row.ConfirmedAt, row.DroppedAt, t.ID, t.Version)
	if res.Error == nil && res.RowsAffected != 1 {
		return ErrTakeDownNone
	}
	return res.Error
}
