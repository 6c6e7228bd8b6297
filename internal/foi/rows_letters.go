package foi

import (
	"encoding/json"
	"strconv"
	"strings"

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
	RunID          int64
	Authors        string // ids with commas
}

func (letterRow) TableName() string { return "foi_letters" }

// written is what is sealed of a letter.
type written struct{ Title, Text string }

// about binds what is sealed to its letter.
func (r letterRow) about() string { return "letter/" + r.Ref }

func (r letterRow) letter() *Document {
	l := &Document{ID: r.ID, OrganisationID: r.OrganisationID, RequestID: r.RequestID, Kind: LetterKind(r.Kind), Code: Code(r.Code), DraftedBy: r.DraftedBy, DraftedAt: db.Time(r.DraftedAt),
		FinishedBy: r.FinishedBy, FinishedAt: db.Time(r.FinishedAt), Version: r.Version, RunID: r.RunID}
	for id := range strings.SplitSeq(r.Authors, ",") {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			l.Authors = append(l.Authors, n)
		}
	}
	if r.Number != nil {
		l.Number = *r.Number
	}
	return l
}

func (k *Desk) insertLetter(tx *db.Tx, own envelope, l *Document) error {
	row := letterRow{OrganisationID: l.OrganisationID, RequestID: l.RequestID, Kind: string(l.Kind), Code: string(l.Code), Ref: newRef(), DraftedBy: l.DraftedBy, DraftedAt: db.Micros(l.DraftedAt), Version: 1, Authors: ids(l.Authors)}
	var err error
	if row.Sealed, err = k.sealLetter(own, row, l); err != nil {
		return err
	}
	err = tx.G.Create(&row).Error
	l.ID, l.Version = row.ID, 1
	if err != nil {
		return err
	}
	kept, err := k.openLetter(own, row)
	if err == nil {
		l.Hash = kept.Hash
	}
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
	l.Hash, err = k.keys.markWith(own, b, row.about()+"/"+row.Code)
	return l, err
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
	res := tx.G.Exec("UPDATE foi_letters SET sealed = ?, number = ?, finished_by = ?, finished_at = ?, run_id = ?, authors = ?, version = version + 1 WHERE id = ? AND version = ? AND finished_at = 0",
		row.Sealed, number, l.FinishedBy, db.Micros(l.FinishedAt), l.RunID, ids(l.Authors), l.ID, l.Version)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrChanged.With("version", row.Version)
	}
	kept, err := k.openLetter(own, row)
	if err != nil {
		return err
	}
	l.Hash, l.Version = kept.Hash, l.Version+1
	return nil
}

// ids are persons as a row keeps them.
func ids(all []int64) string {
	out := make([]string, len(all))
	for i, id := range all {
		out[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(out, ",")
}

// lastAnswer is the answer letter of a request that became final last, nil
// without one.
func lastAnswer(tx *db.Tx, request int64) (*Document, error) {
	row, err := lastAnswerRow(tx, request)
	if err != nil || row.ID == 0 {
		return nil, err
	}
	return row.letter(), nil
}

// lastAnswerRow is one without an id where there is none.
func lastAnswerRow(tx *db.Tx, request int64) (row letterRow, err error) {
	// Two may be final at the same moment: their numbers tell, …-答9 before …-答10.
	return row, tx.G.Raw("SELECT * FROM foi_letters WHERE request_id = ? AND kind = ? AND finished_at > 0 ORDER BY finished_at DESC, LENGTH(number) DESC, number DESC LIMIT 1", request, string(AnswerLetter)).Scan(&row).Error
}

// underReview lists an organisation's letters on a chain that are not final,
// without their words.
func underReview(tx *db.Tx, organisation int64) (all []*Document, err error) {
	var rows []letterRow
	if err := tx.G.Raw("SELECT * FROM foi_letters WHERE organisation_id = ? AND finished_at = 0 AND run_id > 0 ORDER BY id", organisation).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		all = append(all, r.letter())
	}
	return all, nil
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

func finalLetters(tx *db.Tx, request int64) (rows []letterRow, err error) {
	return rows, tx.G.Raw("SELECT * FROM foi_letters WHERE request_id = ? AND finished_at <> 0 ORDER BY id", request).Scan(&rows).Error
}
