package duty

import (
	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

type dutyRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Kind           string
	Title          string
	Since          int // 20260309
	DoneOn         int // 0 while it is open
	Dropped        bool
	Note           string
	PersonID       int64
	Version        int64
}

func (dutyRow) TableName() string { return "duties" }

func (d *Duty) row() dutyRow {
	return dutyRow{d.ID, d.OrganisationID, string(d.Kind), d.Title, calendar.Digits(d.Since), calendar.Digits(d.DoneOn), d.Dropped, d.Note, d.PersonID, d.Version}
}

func (r dutyRow) duty() *Duty {
	return &Duty{r.ID, r.OrganisationID, Kind(r.Kind), r.Title, calendar.FromDigits(r.Since), calendar.FromDigits(r.DoneOn), r.Dropped, r.Note, r.PersonID, r.Version}
}

func insert(tx *db.Tx, d *Duty) error {
	row := d.row()
	err := tx.G.Create(&row).Error
	d.ID = row.ID
	return err
}

func find(tx *db.Tx, organisation, id int64) (*Duty, error) {
	var row dutyRow
	res := tx.G.Raw("SELECT * FROM duties WHERE id = ? AND organisation_id = ?"+tx.ForUpdate(), id, organisation).Scan(&row)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return nil, ErrNotFound
	}
	return row.duty(), nil
}

func save(tx *db.Tx, d *Duty) error {
	row := d.row()
	res := tx.G.Exec("UPDATE duties SET done_on = ?, dropped = ?, note = ?, version = version + 1 WHERE id = ? AND version = ?", row.DoneOn, row.Dropped, row.Note, row.ID, row.Version)
	if res.Error == nil && res.RowsAffected != 1 {
		return ErrChanged
	}
	d.Version++
	return res.Error
}

// listed are an organisation's open duties and the last hundred that are over.
func listed(tx *db.Tx, organisation int64) ([]*Duty, error) {
	var open, over []dutyRow
	if err := tx.G.Raw("SELECT * FROM duties WHERE organisation_id = ? AND done_on = 0 AND dropped = 0 ORDER BY id LIMIT 500", organisation).Scan(&open).Error; err != nil {
		return nil, err
	}
	if err := tx.G.Raw("SELECT * FROM duties WHERE organisation_id = ? AND (done_on <> 0 OR dropped = 1) ORDER BY id DESC LIMIT 100", organisation).Scan(&over).Error; err != nil {
		return nil, err
	}
	return dutiesOf(append(open, over...)), nil
}

// openDuties are those of every organisation.
func openDuties(tx *db.Tx) ([]*Duty, error) {
	var rows []dutyRow
	err := tx.G.Raw("SELECT * FROM duties WHERE done_on = 0 AND dropped = 0").Scan(&rows).Error
	return dutiesOf(rows), err
}

func dutiesOf(rows []dutyRow) []*Duty {
	all := make([]*Duty, len(rows))
	for i, r := range rows {
		all[i] = r.duty()
	}
	return all
}
