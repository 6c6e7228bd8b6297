package publish

import "gongkai/internal/db"

type freezeRow struct {
	OrganisationID int64
	Reason         string
	ByPerson       int64
	At             int64
	LiftAskedBy    int64
	LiftAskedFor   int64
}

func findFreeze(tx *db.Tx, where string, args ...any) (*Freeze, error) {
	var row freezeRow
	res := tx.G.Raw("SELECT * FROM publishing_freezes WHERE "+where, args...).Scan(&row)
	if res.Error != nil || res.RowsAffected == 0 {
		return nil, res.Error
	}
	return &Freeze{row.OrganisationID, row.Reason, row.ByPerson, db.Time(row.At), row.LiftAskedBy, row.LiftAskedFor}, nil
}

func insertFreeze(tx *db.Tx, f Freeze) error {
	return tx.G.Exec("INSERT INTO publishing_freezes (organisation_id, reason, by_person, at, lift_asked_by, lift_asked_for) VALUES (?,?,?,?,0,0)", f.OrganisationID, f.Reason, f.By, db.Micros(f.At)).Error
}

func setLiftAsked(tx *db.Tx, organisation int64, who Person) error {
	return tx.G.Exec("UPDATE publishing_freezes SET lift_asked_by = ?, lift_asked_for = ? WHERE organisation_id = ?", who.By, who.For, organisation).Error
}

func deleteFreeze(tx *db.Tx, organisation int64) error {
	return tx.G.Exec("DELETE FROM publishing_freezes WHERE organisation_id = ?", organisation).Error
}

// dueOf lists what an organisation, 0 for every one, has due.
func dueOf(tx *db.Tx, organisation int64) ([]int64, error) {
	var ids []int64
	err := tx.G.Raw("SELECT id FROM publications WHERE ? IN (0, organisation_id) AND state IN ('planned','delivering','waiting') AND next_at <= ? ORDER BY next_at LIMIT 200",
		organisation, db.Micros(tx.Now())).Scan(&ids).Error
	return ids, err
}

// publishing lists the organisations that ever planned a publication.
func publishing(tx *db.Tx) ([]int64, error) {
	var all []int64
	err := tx.G.Raw("SELECT DISTINCT organisation_id FROM publications ORDER BY organisation_id").Scan(&all).Error
	return all, err
}
