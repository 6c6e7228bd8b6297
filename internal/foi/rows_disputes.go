package foi

import (
	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

type disputeRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	RequestID      int64
	Kind           string
	Number         string
	About          string
	ServedOn       int
	Simplified     bool
	AnsweredOn     int
	Result         string
	ClosedOn       int
	PersonID       int64
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	Version        int64
}

func (disputeRow) TableName() string { return "foi_disputes" }

func (r disputeRow) dispute() *Dispute {
	return &Dispute{r.ID, r.OrganisationID, r.RequestID, DisputeKind(r.Kind), r.Number, r.About, calendar.FromDigits(r.ServedOn), r.Simplified, calendar.FromDigits(r.AnsweredOn), Result(r.Result), calendar.FromDigits(r.ClosedOn), db.Time(r.CreatedAt), r.Version}
}

func insertDispute(tx *db.Tx, d *Dispute, person int64) error {
	row := disputeRow{0, d.OrganisationID, d.RequestID, string(d.Kind), d.Number, d.About, calendar.Digits(d.ServedOn), d.Simplified, 0, "", 0, person, db.Micros(d.CreatedAt), 1}
	err := tx.G.Create(&row).Error
	d.ID = row.ID
	return err
}

func saveDispute(tx *db.Tx, d *Dispute) error {
	res := tx.G.Exec("UPDATE foi_disputes SET answered_on = ?, result = ?, closed_on = ?, version = version + 1 WHERE id = ? AND version = ?",
		calendar.Digits(d.AnsweredOn), string(d.Result), calendar.Digits(d.ClosedOn), d.ID, d.Version)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrChanged.With("version", d.Version)
	}
	d.Version++
	return nil
}

func manyDisputes(tx *db.Tx, sql string, with ...any) ([]*Dispute, error) {
	var rows []disputeRow
	if err := tx.G.Raw("SELECT * FROM foi_disputes WHERE "+sql, with...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]*Dispute, len(rows))
	for i, r := range rows {
		all[i] = r.dispute()
	}
	return all, nil
}

func oneDispute(tx *db.Tx, sql string, with ...any) (*Dispute, error) {
	all, err := manyDisputes(tx, sql, with...)
	if err == nil && len(all) == 0 {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func unansweredDisputes(tx *db.Tx) ([]*Dispute, error) {
	return manyDisputes(tx, "closed_on = 0 AND answered_on = 0 ORDER BY id")
}

// DisputeCell is a cell of table 四 of a year: a kind and a column 1…3 for a
// result, 4 for what is pending at the end, 5 for all.
type DisputeCell struct {
	Year   int
	Kind   DisputeKind
	Column int
}

func disputes(tx *db.Tx, organisation int64, c DisputeCell) ([]*Dispute, error) {
	sql, with := "organisation_id = ?", []any{organisation}
	if c.Year != 0 {
		first, last := c.Year*10_000+101, c.Year*10_000+1231
		ended, pending := "closed_on BETWEEN ? AND ?", "served_on <= ? AND (closed_on = 0 OR closed_on > ?)"
		sql, with = sql+" AND kind = ?", append(with, string(c.Kind))
		switch {
		case c.Column >= 1 && c.Column <= len(Results):
			sql, with = sql+" AND "+ended+" AND result = ?", append(with, first, last, string(Results[c.Column-1]))
		case c.Column == 4:
			sql, with = sql+" AND "+pending, append(with, last, last)
		default:
			sql, with = sql+" AND ("+ended+" OR "+pending+")", append(with, first, last, last, last)
		}
	}
	return manyDisputes(tx, sql+" ORDER BY closed_on > 0, served_on DESC, id DESC LIMIT 1000", with...)
}

// CountDisputes are the 15 figures of table 四 of a year, F1 … H5: results given
// in it whatever the year they began in, and what is pending at its end.
func CountDisputes(tx *db.Tx, organisation int64, year int) (all [15]int, err error) {
	first, last := year*10_000+101, year*10_000+1231
	var rows []struct {
		Kind   string
		Result string
		N      int
	}
	err = tx.G.Raw(`SELECT kind, CASE WHEN closed_on BETWEEN ? AND ? THEN result ELSE '' END AS result, COUNT(*) AS n FROM foi_disputes
WHERE organisation_id = ? AND served_on <= ? AND (closed_on = 0 OR closed_on >= ?) GROUP BY 1, 2`, first, last, organisation, last, first).Scan(&rows).Error
	for _, r := range rows {
		group, column := 0, 3
		for i, k := range DisputeKinds {
			if string(k) == r.Kind {
				group = i
			}
		}
		for i, x := range Results {
			if string(x) == r.Result {
				column = i
			}
		}
		all[5*group+column] += r.N
		all[5*group+4] += r.N
	}
	return all, err
}

// DirectSuits counts the suits of a year that skipped the reconsideration which
// has to come first against a refusal given since 2024 (FYF23(4), V-15).
func DirectSuits(tx *db.Tx, organisation int64, year int) (n int, err error) {
	var codes []string
	for _, o := range Outcomes {
		if RemedyOf(o.Code, reviewFirstSince) == ReviewFirst {
			codes = append(codes, string(o.Code))
		}
	}
	err = tx.G.Raw(`SELECT COUNT(*) FROM foi_disputes d JOIN foi_requests r ON r.id = d.request_id WHERE d.organisation_id = ? AND d.kind = ? AND d.served_on BETWEEN ? AND ?
AND r.code IN ? AND r.closed_on >= ?`, organisation, string(DirectSuit), year*10_000+101, year*10_000+1231, codes, calendar.Digits(reviewFirstSince)).Scan(&n).Error
	return n, err
}

// requestNumbers are the register numbers of the requests disputes are about.
func requestNumbers(tx *db.Tx, all []*Dispute) (map[int64]string, error) {
	out := map[int64]string{}
	var ids []int64
	for _, d := range all {
		if d.RequestID != 0 {
			ids = append(ids, d.RequestID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []requestRow
	if err := tx.G.Raw("SELECT id, number FROM foi_requests WHERE id IN ?", ids).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r.Number
	}
	return out, nil
}
