package progress

import (
	"time"

	"gongkai/internal/db"
)

type errandRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	PersonID       int64
	Kind           string
	State          string
	Total          int
	Done           int
	Wrong          int
	Input          string
	Name           string
	About          string
	Result         string
	ResultName     string
	Code           string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	StartedAt      int64
	EndedAt        int64
	LeaseUntil     int64
	Fence          int64
	Tries          int
}

func (errandRow) TableName() string { return "errands" }

func (r errandRow) errand() *Errand {
	return &Errand{ID: r.ID, OrganisationID: r.OrganisationID, PersonID: r.PersonID, Kind: r.Kind, State: State(r.State), Total: r.Total, Done: r.Done, Wrong: r.Wrong,
		Input: r.Input, Name: r.Name, About: r.About, ResultName: r.ResultName, Code: r.Code, CreatedAt: db.Time(r.CreatedAt), StartedAt: db.Time(r.StartedAt), EndedAt: db.Time(r.EndedAt),
		Tries: r.Tries, fence: r.Fence, result: r.Result}
}

func insert(tx *db.Tx, e *Errand) error {
	row := errandRow{OrganisationID: e.OrganisationID, PersonID: e.PersonID, Kind: e.Kind, State: string(e.State), Total: e.Total, Input: e.Input, Name: e.Name, About: e.About, CreatedAt: db.Micros(e.CreatedAt)}
	err := tx.G.Create(&row).Error
	e.ID = row.ID
	return err
}

func load(tx *db.Tx, id int64) (*Errand, error) {
	var row errandRow
	res := tx.G.Raw("SELECT * FROM errands WHERE id = ?", id).Scan(&row)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return nil, ErrNotFound
	}
	return row.errand(), nil
}

// claim takes an errand that waits, or whose worker's lease is over; nil when
// there is nothing to take. A claim begins the work from the start.
func claim(tx *db.Tx, id int64, until time.Time) (*Errand, error) {
	res := tx.G.Exec("UPDATE errands SET state = ?, done = 0, wrong = 0, started_at = ?, lease_until = ?, fence = fence + 1, tries = tries + 1 WHERE id = ? AND (state = ? OR state = ? AND lease_until < ?)",
		string(Running), db.Micros(tx.Now()), db.Micros(until), id, string(Waiting), string(Running), db.Micros(tx.Now()))
	if res.Error != nil || res.RowsAffected == 0 {
		return nil, res.Error
	}
	return load(tx, id)
}

// save writes what a worker knows, if the errand is still its own; a zero lease
// gives it back.
func save(tx *db.Tx, e *Errand, until time.Time) error {
	res := tx.G.Exec("UPDATE errands SET state = ?, total = ?, done = ?, wrong = ?, result = ?, result_name = ?, code = ?, ended_at = ?, lease_until = ? WHERE id = ? AND fence = ? AND state = ?",
		string(e.State), e.Total, e.Done, e.Wrong, e.result, e.ResultName, e.Code, db.Micros(e.EndedAt), db.Micros(until), e.ID, e.fence, string(Running))
	if res.Error == nil && res.RowsAffected == 0 {
		return errLost
	}
	return res.Error
}

// left are errands that have waited since a moment, or whose lease is over.
func left(tx *db.Tx, since time.Time) (ids []int64, err error) {
	err = tx.G.Raw("SELECT id FROM errands WHERE state = ? AND created_at < ? OR state = ? AND lease_until < ? ORDER BY id LIMIT 20",
		string(Waiting), db.Micros(since), string(Running), db.Micros(tx.Now())).Scan(&ids).Error
	return ids, err
}

// Of lists a person's errands, newest first.
func Of(tx *db.Tx, organisation, person int64, limit int) ([]*Errand, error) {
	var rows []errandRow
	err := tx.G.Raw("SELECT id, organisation_id, person_id, kind, state, total, done, wrong, input, name, result_name, code, created_at, started_at, ended_at, tries FROM errands WHERE organisation_id = ? AND person_id = ? ORDER BY id DESC LIMIT ?",
		organisation, person, limit).Scan(&rows).Error
	all := make([]*Errand, len(rows))
	for i, r := range rows {
		all[i] = r.errand()
	}
	return all, err
}

// Forget throws results away that nobody may fetch any more.
func Forget(tx *db.Tx, before time.Time) error {
	if err := tx.G.Exec("DELETE FROM errand_parts WHERE errand_id IN (SELECT id FROM errands WHERE result <> '' AND ended_at < ?)", db.Micros(before)).Error; err != nil {
		return err
	}
	return tx.G.Exec("UPDATE errands SET result = '', result_name = '' WHERE result <> '' AND ended_at < ?", db.Micros(before)).Error
}

type partRow struct {
	ErrandID int64 `gorm:"primaryKey;autoIncrement:false"`
	N        int   `gorm:"primaryKey;autoIncrement:false"`
	Text     string
}

func (partRow) TableName() string { return "errand_parts" }

func keepParts(tx *db.Tx, errand int64, parts []string) error {
	for n, text := range parts {
		if err := tx.G.Create(&partRow{errand, n, text}).Error; err != nil {
			return err
		}
	}
	return nil
}

func partsOf(tx *db.Tx, errand int64) (all []string, err error) {
	return all, tx.G.Raw("SELECT text FROM errand_parts WHERE errand_id = ? ORDER BY n", errand).Scan(&all).Error
}
