package proof

import (
	"encoding/json"
	"fmt"

	"gongkai/internal/db"
)

type remarkRow struct {
	ID           int64 `gorm:"primaryKey"`
	ManuscriptID int64
	Revision     int
	Anchor       string
	Kind         string
	Text         string
	Replacement  string
	PersonID     int64
	ForID        int64
	At           int64
	State        string
	DecidedBy    int64
	DecidedFor   int64
	DecidedAt    int64
	Reason       string
	Replies      string
	Version      int64
}

func (remarkRow) TableName() string { return "remarks" }

func toRow(r *Remark) (remarkRow, error) {
	anchor, err := json.Marshal(r.Anchor)
	if err != nil {
		return remarkRow{}, err
	}
	replies, err := json.Marshal(r.Replies)
	return remarkRow{r.ID, r.ManuscriptID, r.Revision, string(anchor), string(r.Kind), r.Text, r.Replacement, r.By, r.For, db.Micros(r.At),
		string(r.State), r.DecidedBy, r.DecidedFor, db.Micros(r.DecidedAt), r.Reason, string(replies), r.Version}, err
}

func (w *remarkRow) remark() (*Remark, error) {
	r := &Remark{ID: w.ID, ManuscriptID: w.ManuscriptID, Revision: w.Revision, Kind: Kind(w.Kind), Text: w.Text, Replacement: w.Replacement, By: w.PersonID, For: w.ForID,
		At: db.Time(w.At), State: RemarkState(w.State), DecidedBy: w.DecidedBy, DecidedFor: w.DecidedFor, DecidedAt: db.Time(w.DecidedAt), Reason: w.Reason, Version: w.Version}
	if err := json.Unmarshal([]byte(w.Anchor), &r.Anchor); err != nil {
		return nil, fmt.Errorf("remark %d: %w", w.ID, err)
	}
	if err := json.Unmarshal([]byte(w.Replies), &r.Replies); err != nil {
		return nil, fmt.Errorf("remark %d: %w", w.ID, err)
	}
	return r, nil
}

// InsertRemark saves a new remark and sets its ID. The caller holds the
// manuscript's lock.
func InsertRemark(tx *db.Tx, r *Remark) error {
	r.Version = 1
	row, err := toRow(r)
	if err != nil {
		return err
	}
	if err := tx.G.Create(&row).Error; err != nil {
		return err
	}
	r.ID = row.ID
	return nil
}

// SaveRemark writes a remark if nobody wrote it since it was loaded; otherwise it
// is ErrRemarkChanged.
func SaveRemark(tx *db.Tx, r *Remark) error {
	row, err := toRow(r)
	if err != nil {
		return err
	}
	row.Version++
	res := tx.G.Model(&remarkRow{}).Where("id = ? AND version = ?", r.ID, r.Version).Select("*").Updates(&row)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrRemarkChanged
	}
	r.Version = row.Version
	return nil
}

// Remarks are all remarks on a manuscript, oldest first.
func Remarks(tx *db.Tx, manuscript int64) ([]*Remark, error) {
	var rows []remarkRow
	if err := tx.G.Raw("SELECT * FROM remarks WHERE manuscript_id = ? ORDER BY id", manuscript).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]*Remark, len(rows))
	for i := range rows {
		var err error
		if out[i], err = rows[i].remark(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
