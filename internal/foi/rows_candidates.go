package foi

import (
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
)

type candidateRow struct {
	RequestID      int64 `gorm:"primaryKey;autoIncrement:false"`
	OrganisationID int64
	Note           string
	SuggestedBy    int64
	SuggestedAt    int64
	ManuscriptID   int64
	Reason         string
	EndedBy        int64
	EndedAt        int64
}

func (candidateRow) TableName() string { return "foi_candidates" }

func insertCandidate(tx *db.Tx, c Candidate) error {
	err := tx.G.Create(&candidateRow{c.RequestID, c.OrganisationID, c.Note, c.SuggestedBy, db.Micros(c.SuggestedAt), 0, "", 0, 0}).Error
	if db.IsDuplicate(err) {
		return ErrSuggested
	}
	return err
}

func endCandidate(tx *db.Tx, c Candidate) error {
	return tx.G.Exec("UPDATE foi_candidates SET manuscript_id = ?, reason = ?, ended_by = ?, ended_at = ? WHERE request_id = ?", c.ManuscriptID, c.Reason, c.EndedBy, db.Micros(c.EndedAt), c.RequestID).Error
}

func candidates(tx *db.Tx, where string, with ...any) ([]Candidate, error) {
	var rows []struct {
		Row            candidateRow `gorm:"embedded"`
		Number, Wanted string
	}
	err := tx.G.Raw("SELECT c.*, r.number, r.wanted FROM foi_candidates c JOIN foi_requests r ON r.id = c.request_id WHERE "+where+
		" ORDER BY c.ended_at <> 0, CASE WHEN c.ended_at = 0 THEN c.suggested_at ELSE -c.ended_at END LIMIT 200", with...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	var drafted []int64
	for _, r := range rows {
		if r.Row.ManuscriptID != 0 {
			drafted = append(drafted, r.Row.ManuscriptID)
		}
	}
	texts, err := manuscript.ByIDs(tx, drafted)
	if err != nil {
		return nil, err
	}
	var all []Candidate
	for _, r := range rows {
		c := Candidate{RequestID: r.Row.RequestID, OrganisationID: r.Row.OrganisationID, Number: r.Number, Wanted: r.Wanted, Note: r.Row.Note, SuggestedBy: r.Row.SuggestedBy, SuggestedAt: db.Time(r.Row.SuggestedAt),
			ManuscriptID: r.Row.ManuscriptID, Reason: r.Row.Reason, EndedBy: r.Row.EndedBy, EndedAt: db.Time(r.Row.EndedAt)}
		if m := texts[r.Row.ManuscriptID]; m != nil {
			c.State = string(m.State)
		}
		all = append(all, c)
	}
	return all, nil
}
