package holiday

import (
	"encoding/json"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

type noticeRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Year           int
	Body           string
	ProposedBy     int64
	ProposedAt     int64
	EndedBy        int64
	EndedAt        int64
	Confirmed      bool
	Moves          string
}

func (noticeRow) TableName() string { return "holiday_notices" }

func (r noticeRow) proposal() (p Proposal, err error) {
	p = Proposal{ID: r.ID, OrganisationID: r.OrganisationID, ProposedBy: r.ProposedBy, ProposedAt: db.Time(r.ProposedAt), EndedBy: r.EndedBy, EndedAt: db.Time(r.EndedAt), Confirmed: r.Confirmed}
	if p.Notice, err = calendar.ParseNotice([]byte(r.Body)); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(r.Moves), &p.Moves)
}

func insert(tx *db.Tx, p *Proposal) error {
	body, err := json.Marshal(p.Notice)
	if err != nil {
		return err
	}
	row := noticeRow{OrganisationID: p.OrganisationID, Year: p.Notice.Year, Body: string(body), ProposedBy: p.ProposedBy, ProposedAt: db.Micros(p.ProposedAt), Moves: "[]"}
	err = tx.G.Create(&row).Error
	p.ID = row.ID
	return err
}

// find reads an open proposal; ErrGone when there is none such.
func find(tx *db.Tx, id int64) (Proposal, error) {
	var rows []noticeRow
	if err := tx.G.Raw("SELECT * FROM holiday_notices WHERE id = ? AND ended_at = 0"+tx.ForUpdate(), id).Scan(&rows).Error; err != nil {
		return Proposal{}, err
	}
	if len(rows) == 0 {
		return Proposal{}, ErrGone
	}
	return rows[0].proposal()
}

// end closes an open proposal; ErrGone when somebody else just did.
func end(tx *db.Tx, p *Proposal) error {
	moves, err := json.Marshal(p.Moves)
	if err != nil {
		return err
	}
	res := tx.G.Exec("UPDATE holiday_notices SET ended_at = ?, ended_by = ?, confirmed = ?, moves = ? WHERE id = ? AND ended_at = 0", db.Micros(p.EndedAt), p.EndedBy, p.Confirmed, string(moves), p.ID)
	if res.Error == nil && res.RowsAffected != 1 {
		return ErrGone
	}
	return res.Error
}

func countConfirmed(tx *db.Tx) (n int64, err error) {
	return n, tx.G.Raw("SELECT COUNT(*) FROM holiday_notices WHERE confirmed = 1").Scan(&n).Error
}

// all lists proposals in the order they were entered, which for those of one year
// is the order they were confirmed in.
func all(tx *db.Tx, where string) ([]Proposal, error) {
	var rows []noticeRow
	if err := tx.G.Raw("SELECT * FROM holiday_notices WHERE " + where + " ORDER BY id").Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Proposal, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.proposal(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
