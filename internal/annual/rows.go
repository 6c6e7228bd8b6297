package annual

import (
	"encoding/json"

	"gongkai/internal/db"
)

type fileRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Year           int
	State          string
	Narrative      string
	Snapshot       string
	ManuscriptID   int64
	FrozenBy       int64
	FrozenAt       int64
	Version        int64
}

func (fileRow) TableName() string { return "annual_reports" }

type entryRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Year           int
	Cell           string
	Reported       bool
	Amount         int64
	Note           string
	PersonID       int64
	ForID          int64
	At             int64
}

func (entryRow) TableName() string { return "annual_entries" }

func (r entryRow) entry() Entry {
	return Entry{r.ID, Code(r.Cell), r.Reported, Amount(r.Amount), r.Note, r.PersonID, r.ForID, db.Time(r.At)}
}

func (f *File) row() (r fileRow, err error) {
	r = fileRow{ID: f.ID, OrganisationID: f.OrganisationID, Year: f.Year, State: string(f.State), ManuscriptID: f.ManuscriptID, FrozenBy: f.FrozenBy, FrozenAt: db.Micros(f.FrozenAt), Version: f.Version}
	if f.Narrative != (Narrative{}) {
		b, err := json.Marshal(f.Narrative)
		if err != nil {
			return r, err
		}
		r.Narrative = string(b)
	}
	if f.Snapshot != nil {
		b, err := json.Marshal(f.Snapshot)
		if err != nil {
			return r, err
		}
		r.Snapshot = string(b)
	}
	return r, nil
}

func (r fileRow) file() (*File, error) {
	f := &File{ID: r.ID, OrganisationID: r.OrganisationID, Year: r.Year, State: State(r.State), ManuscriptID: r.ManuscriptID, FrozenBy: r.FrozenBy, FrozenAt: db.Time(r.FrozenAt), Version: r.Version}
	if r.Narrative != "" {
		if err := json.Unmarshal([]byte(r.Narrative), &f.Narrative); err != nil {
			return nil, err
		}
	}
	if r.Snapshot != "" {
		f.Snapshot = &Snapshot{}
		if err := json.Unmarshal([]byte(r.Snapshot), f.Snapshot); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// findFile reads a year's file; one that nobody began has no id.
func findFile(tx *db.Tx, organisation int64, year int, lock string) (*File, error) {
	var row fileRow
	res := tx.G.Raw("SELECT * FROM annual_reports WHERE organisation_id = ? AND year = ?"+lock, organisation, year).Scan(&row)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return &File{OrganisationID: organisation, Year: year, State: Working}, nil
	}
	return row.file()
}

// fileOfManuscript is the report a manuscript was drafted from last; nil for none.
func fileOfManuscript(tx *db.Tx, manuscript int64) (*File, error) {
	var row fileRow
	res := tx.G.Raw("SELECT * FROM annual_reports WHERE manuscript_id = ?", manuscript).Scan(&row)
	if res.Error != nil || res.RowsAffected == 0 {
		return nil, res.Error
	}
	return row.file()
}

func insertFile(tx *db.Tx, f *File) error {
	f.Version = 1
	row, err := f.row()
	if err != nil {
		return err
	}
	err = tx.G.Create(&row).Error
	f.ID = row.ID
	return err
}

func saveFile(tx *db.Tx, f *File) error {
	row, err := f.row()
	if err != nil {
		return err
	}
	res := tx.G.Exec("UPDATE annual_reports SET state = ?, narrative = ?, snapshot = ?, manuscript_id = ?, frozen_by = ?, frozen_at = ?, version = version + 1 WHERE id = ? AND version = ?",
		row.State, row.Narrative, row.Snapshot, row.ManuscriptID, row.FrozenBy, row.FrozenAt, row.ID, row.Version)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrChanged.With("version", f.Version)
	}
	f.Version++
	return nil
}

func insertEntry(tx *db.Tx, organisation int64, year int, e Entry) error {
	return tx.G.Create(&entryRow{0, organisation, year, string(e.Cell), e.Reported, int64(e.Amount), e.Note, e.PersonID, e.ForID, db.Micros(e.At)}).Error
}

// entriesOf lists a year's entries, of one cell or all, the last first.
func entriesOf(tx *db.Tx, organisation int64, year int, cell Code) ([]Entry, error) {
	var rows []entryRow
	sql, with := "SELECT * FROM annual_entries WHERE organisation_id = ? AND year = ?", []any{organisation, year}
	if cell != "" {
		sql, with = sql+" AND cell = ?", append(with, string(cell))
	}
	if err := tx.G.Raw(sql+" ORDER BY id DESC", with...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]Entry, len(rows))
	for i, r := range rows {
		all[i] = r.entry()
	}
	return all, nil
}

// standing are the entries that count, by cell.
func standing(tx *db.Tx, organisation int64, year int) (map[Code]Entry, error) {
	all, err := entriesOf(tx, organisation, year, "")
	out := map[Code]Entry{}
	for _, e := range all {
		if _, later := out[e.Cell]; !later {
			out[e.Cell] = e
		}
	}
	return out, err
}
