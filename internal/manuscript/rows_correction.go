package manuscript

import (
	"fmt"

	"gongkai/internal/db"
)

// correctionRow: Slot is unique, so of two corrections begun at once one waits.
type correctionRow struct {
	ManuscriptID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Of             int64 `gorm:"column:corrects_id"`
	OrganisationID int64
	Slot           string
	Reason         string
	StartedBy      int64
	StartedFor     int64
	StartedAt      int64
	SignedBy       int64
	DoneAt         int64
}

func (correctionRow) TableName() string { return "corrections" }

func (r correctionRow) correction() *Correction {
	return &Correction{r.ManuscriptID, r.Of, r.OrganisationID, r.Reason, r.StartedBy, r.StartedFor, db.Time(r.StartedAt), r.SignedBy, db.Time(r.DoneAt)}
}

func openSlot(of int64) string { return fmt.Sprint("open/", of) }
func ownSlot(own int64) string { return fmt.Sprint("ended/", own) }

// BeginCorrection records c. While another correction of the same manuscript can
// still be signed it is ErrCorrecting; one that was withdrawn or rejected loses
// its place.
func BeginCorrection(tx *db.Tx, c *Correction) error {
	var held []correctionRow
	if err := tx.G.Raw("SELECT * FROM corrections WHERE slot = ?"+tx.ForUpdate(), openSlot(c.Of)).Scan(&held).Error; err != nil {
		return err
	}
	for _, h := range held {
		other, err := Load(tx, h.ManuscriptID)
		if err != nil {
			return err
		}
		if err := Occupied(other); err != nil {
			return err
		}
		if err := tx.G.Exec("UPDATE corrections SET slot = ? WHERE manuscript_id = ?", ownSlot(h.ManuscriptID), h.ManuscriptID).Error; err != nil {
			return err
		}
	}
	c.StartedAt = tx.Now()
	row := correctionRow{c.ManuscriptID, c.Of, c.OrganisationID, openSlot(c.Of), c.Reason, c.StartedBy, c.StartedFor, db.Micros(c.StartedAt), 0, 0}
	err := tx.G.Create(&row).Error
	if db.IsDuplicate(err) {
		return ErrCorrecting.With("id", 0).With("title", "")
	}
	return err
}

// Occupied refuses another correction while this one can still be signed.
func Occupied(correction *Manuscript) error {
	switch correction.State {
	case Withdrawn, Rejected, TakenDown:
		return nil
	}
	return ErrCorrecting.With("id", correction.ID).With("title", correction.Title)
}

// CorrectionBy answers what a manuscript corrects, nil for nothing.
func CorrectionBy(tx *db.Tx, manuscript int64) (*Correction, error) {
	return oneCorrection(tx, "manuscript_id = ?", manuscript)
}

// CorrectionOf answers the correction of a manuscript that is under way or done,
// nil for none.
func CorrectionOf(tx *db.Tx, manuscript int64) (*Correction, error) {
	return oneCorrection(tx, "corrects_id = ? AND slot = ?", manuscript, openSlot(manuscript))
}

func oneCorrection(tx *db.Tx, where string, with ...any) (*Correction, error) {
	var row correctionRow
	res := tx.G.Raw("SELECT * FROM corrections WHERE "+where, with...).Scan(&row)
	if res.Error != nil || res.RowsAffected == 0 {
		return nil, res.Error
	}
	return row.correction(), nil
}

// MayCorrect locks the manuscript that c corrects and refuses when readers
// cannot see it any more or another correction took c's place.
func MayCorrect(tx *db.Tx, c *Correction) error {
	held, err := CorrectionOf(tx, c.Of)
	if err != nil {
		return err
	}
	if held == nil || held.ManuscriptID != c.ManuscriptID {
		return ErrSuperseded
	}
	m, err := LoadForUpdate(tx, c.Of)
	if err == nil {
		err = m.WhyNot(Correct)
	}
	if err != nil {
		return ErrCorrectedState
	}
	return nil
}

// SignCorrection notes who signed a correction.
func SignCorrection(tx *db.Tx, manuscript, by int64) error {
	return tx.G.Exec("UPDATE corrections SET signed_by = ? WHERE manuscript_id = ?", by, manuscript).Error
}

// EndCorrection notes that it is before readers.
func EndCorrection(tx *db.Tx, manuscript int64) error {
	return tx.G.Exec("UPDATE corrections SET done_at = ? WHERE manuscript_id = ? AND done_at = 0", db.Micros(tx.Now()), manuscript).Error
}
