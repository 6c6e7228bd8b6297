package foi

import (
	"encoding/json"

	"gongkai/internal/db"
)

type letterRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	RequestID      int64
	Kind           string
	Code           string
	Number         *string // NULL until it is final: unique within the organisation
	Ref            string
	Sealed         string
	DraftedBy      int64
	DraftedAt      int64
	FinishedBy     int64
	FinishedAt     int64
	Version        int64
}

func (letterRow) TableName() string { return "foi_letters" }

// written is what is sealed of a letter.
type written struct{ Title, Text string }

// about binds what is sealed to its letter.
func (r letterRow) about() string { return "letter/" + r.Ref }

func (r letterRow) letter() *Document {
	l := &Document{ID: r.ID, OrganisationID: r.OrganisationID, RequestID: r.RequestID, Kind: LetterKind(r.Kind), Code: Code(r.Code), DraftedBy: r.DraftedBy, DraftedAt: db.Time(r.DraftedAt),
		FinishedBy: r.FinishedBy, FinishedAt: db.Time(r.FinishedAt), Version: r.Version}
	if r.Number != nil {
		l.Number = *r.Number
	}
	return l
}

func (k *Desk) insertLetter(tx *db.Tx, own envelope, l *Document) error {
	row := letterRow{OrganisationID: l.OrganisationID, RequestID: l.RequestID, Kind: string(l.Kind), Code: string(l.Code), Ref: newRef(), DraftedBy: l.DraftedBy, DraftedAt: db.Micros(l.DraftedAt), Version: 1}
	var err error
	if row.Sealed, err = k.sealLetter(own, row, l); err != nil {
		return err
	}
	err = tx.G.Create(&row).Error
	l.ID, l.Version = row.ID, 1
	return err
}

func (k *Desk) sealLetter(own envelope, row letterRow, l *Document) (string, error) {
	text, err := json.Marshal(written{l.Title, l.Text})
	if err != nil {
		return "", err
	}
	return k.keys.sealWith(own, text, row.about())
}

func (k *Desk) openLetter(own envelope, row letterRow) (*Document, error) {
	b, err := k.keys.openWith(own, row.Sealed, row.about())
	if err != nil {
		return nil, err
	}
	var w written
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, err
	}
	l := row.letter()
	l.Title, l.Text = w.Title, w.Text
	return l, nil
}

func (k *Desk) saveLetter(tx *db.Tx, own envelope, l *Document) error {
	row, err := letterByID(tx, l.ID)
	if err != nil {
		return err
	}
	if row.Sealed, err = k.sealLetter(own, row, l); err != nil {
		return err
	}
	var number *string
	if l.Number != "" {
		number = &l.Number
	}
	res := tx.G.Exec("UPDATE foi_letters SET sealed = ?, number = ?, finished_by = ?, finished_at = ?, version = version + 1 WHERE id = ? AND version = ? AND finished_at = 0",
		row.Sealed, number, l.FinishedBy, db.Micros(l.FinishedAt), l.ID, l.Version)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrChanged.With("version", row.Version)
	}
	l.Version++
	return nil
}

func letterByID(tx *db.Tx, id int64) (row letterRow, err error) {
	res := tx.G.Raw("SELECT * FROM foi_letters WHERE id = ?", id).Scan(&row)
	if res.Error == nil && res.RowsAffected == 0 {
		return row, ErrNotFound
	}
	return row, res.Error
}

// finishedOf counts the final letters of a kind of a request.
func finishedOf(tx *db.Tx, request int64, kind LetterKind) (n int, err error) {
	err = tx.G.Raw("SELECT COUNT(*) FROM foi_letters WHERE request_id = ? AND kind = ? AND finished_at > 0", request, string(kind)).Scan(&n).Error
	return n, err
}

// lettersOf lists the letters of a request without their words.
func lettersOf(tx *db.Tx, request int64) ([]*Document, error) {
	var rows []letterRow
	if err := tx.G.Raw("SELECT * FROM foi_letters WHERE request_id = ? ORDER BY id", request).Scan(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]*Document, len(rows))
	for i, r := range rows {
		all[i] = r.letter()
	}
	return all, nil
}
