package publish

import "gongkai/internal/db"

type pinRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	ManuscriptID   int64
	Reason         string
	Until          int64
	AskedBy        int64
	AskedFor       int64
	AskedAt        int64
	ConfirmedBy    int64
	ConfirmedFor   int64
	ConfirmedAt    int64
	EndedAt        int64
	Version        int64
}

func (pinRow) TableName() string { return "pins" }

func (r pinRow) pin() *Pin {
	return &Pin{r.ID, r.OrganisationID, r.ManuscriptID, r.Reason, db.Time(r.Until), r.AskedBy, r.AskedFor, db.Time(r.AskedAt), r.ConfirmedBy, r.ConfirmedFor,
		db.Time(r.ConfirmedAt), db.Time(r.EndedAt), r.Version}
}

// LastPin answers the newest pin of a manuscript, nil when there is none.
func LastPin(tx *db.Tx, manuscript int64) (*Pin, error) {
	all, err := pins(tx, "manuscript_id = ? ORDER BY id DESC LIMIT 1", manuscript)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// duePins are those whose day has come.
func duePins(tx *db.Tx) ([]*Pin, error) {
	return pins(tx, "until <= ? AND ended_at = 0 ORDER BY id LIMIT 100", db.Micros(tx.Now()))
}

func pins(tx *db.Tx, where string, with ...any) ([]*Pin, error) {
	var rows []pinRow
	err := tx.G.Raw("SELECT * FROM pins WHERE "+where, with...).Scan(&rows).Error
	out := make([]*Pin, len(rows))
	for i, r := range rows {
		out[i] = r.pin()
	}
	return out, err
}

func insertPin(tx *db.Tx, p *Pin) error {
	row := pinRow{0, p.OrganisationID, p.ManuscriptID, p.Reason, db.Micros(p.Until), p.AskedBy, p.AskedFor, db.Micros(p.AskedAt), 0, 0, 0, 0, 1}
	return tx.G.Create(&row).Error
}

func savePin(tx *db.Tx, p *Pin) error {
	res := tx.G.Exec("UPDATE pins SET confirmed_by = ?, confirmed_for = ?, confirmed_at = ?, ended_at = ?, version = version + 1 WHERE id = ? AND version = ?",
		p.ConfirmedBy, p.ConfirmedFor, db.Micros(p.ConfirmedAt), db.Micros(p.EndedAt), p.ID, p.Version)
	if res.Error == nil && res.RowsAffected != 1 {
		return ErrPinNone
	}
	return res.Error
}
