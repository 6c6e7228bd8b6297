package annual

import (
	"encoding/json"

	"gongkai/internal/db"
)

type partRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Year           int
	Unit           string
	Name           string
	Figures        string
	Notes          string
	PersonID       int64
	At             int64
}

func (partRow) TableName() string { return "annual_parts" }

func (r partRow) part() (p UnitReport, err error) {
	p = UnitReport{ID: r.ID, Unit: r.Unit, Name: r.Name, PersonID: r.PersonID, At: db.Time(r.At)}
	if err = json.Unmarshal([]byte(r.Figures), &p.Figures); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(r.Notes), &p.Notes)
}

// keepPart puts a unit's report in the place of the one there was.
func keepPart(tx *db.Tx, organisation int64, year int, p UnitReport) (again bool, err error) {
	figures, err := json.Marshal(p.Figures)
	if err != nil {
		return false, err
	}
	notes, err := json.Marshal(p.Notes)
	if err != nil {
		return false, err
	}
	gone := tx.G.Exec("DELETE FROM annual_parts WHERE organisation_id = ? AND year = ? AND unit = ?", organisation, year, p.Unit)
	if gone.Error != nil {
		return false, gone.Error
	}
	return gone.RowsAffected > 0, tx.G.Create(&partRow{0, organisation, year, p.Unit, p.Name, string(figures), string(notes), p.PersonID, db.Micros(p.At)}).Error
}

// partsOf lists a year's, by the names of the units.
func partsOf(tx *db.Tx, organisation int64, year int) ([]UnitReport, error) {
	var rows []partRow
	if err := tx.G.Raw("SELECT * FROM annual_parts WHERE organisation_id = ? AND year = ? ORDER BY unit", organisation, year).Scan(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]UnitReport, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.part(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// lateUnits are those that handed in for the year before and not for this one.
func lateUnits(tx *db.Tx, organisation int64, year int) (units []string, err error) {
	return units, tx.G.Raw("SELECT unit FROM annual_parts WHERE organisation_id = ? AND year = ? AND unit NOT IN (SELECT unit FROM annual_parts WHERE organisation_id = ? AND year = ?) ORDER BY unit",
		organisation, year-1, organisation, year).Scan(&units).Error
}

func removePart(tx *db.Tx, organisation int64, year int, id int64) (unit string, err error) {
	var row partRow
	res := tx.G.Raw("SELECT * FROM annual_parts WHERE id = ? AND organisation_id = ? AND year = ?"+tx.ForUpdate(), id, organisation, year).Scan(&row)
	if res.Error != nil {
		return "", res.Error
	}
	if res.RowsAffected == 0 {
		return "", ErrNoPart
	}
	return row.Unit, tx.G.Exec("DELETE FROM annual_parts WHERE id = ?", id).Error
}
