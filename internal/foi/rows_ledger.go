package foi

import (
	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

// Counted is how many requests stand in a row and column of table 三: rows 1 to
// 23 and 25, columns 1 to 6.
type Counted struct{ Row, Column, N int }

// The rows that do not follow from the code (domain 5.3).
const (
	rowNew     = 1
	rowCarried = 2
	rowOpen    = 25
)

type standingRow struct {
	Kind string
	Code string
	New  bool
	Done bool
	N    int
}

// CountYear counts an organisation's requests for the annual report of a year:
// received in it, carried over into it, closed in it by code, and left open at
// its end. Merged requests, and those nobody confirmed, are not counted.
func CountYear(tx *db.Tx, organisation int64, year int) ([]Counted, error) {
	first, last := year*10_000+101, year*10_000+1231
	var rows []standingRow
	err := tx.G.Raw(`SELECT kind, CASE WHEN closed_on BETWEEN ? AND ? THEN code ELSE '' END AS code, received_on >= ? AS new, closed_on BETWEEN ? AND ? AS done, COUNT(*) AS n FROM foi_requests
WHERE organisation_id = ? AND merged_into = 0 AND received_on BETWEEN 1 AND ? AND (closed_on = 0 OR closed_on >= ?) GROUP BY 1, 2, 3, 4`,
		first, last, first, first, last, organisation, last, first).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	cells := map[[2]int]int{}
	for _, r := range rows {
		column := ApplicantKind(r.Kind).Column()
		came := rowCarried
		if r.New {
			came = rowNew
		}
		went := rowOpen
		if r.Done {
			o, _ := Look(Code(r.Code))
			went = o.Row
		}
		cells[[2]int{came, column}] += r.N
		cells[[2]int{went, column}] += r.N
	}
	var all []Counted
	for at, n := range cells {
		all = append(all, Counted{at[0], at[1], n})
	}
	return all, nil
}

// Cell is a cell of table 三 of a year; column 7 is all of its row, row 24 all
// that were closed.
type Cell struct{ Year, Row, Column int }

// where narrows the register to what a cell counts.
func (c Cell) where() (sql string, with []any) {
	first, last := c.Year*10_000+101, c.Year*10_000+1231
	sql, with = "r.merged_into = 0 AND r.received_on BETWEEN 1 AND ? AND (r.closed_on = 0 OR r.closed_on >= ?)", []any{last, first}
	and := func(s string, args ...any) { sql, with = sql+" AND "+s, append(with, args...) }
	switch c.Row {
	case rowNew:
		and("r.received_on >= ?", first)
	case rowCarried:
		and("r.received_on < ?", first)
	case rowOpen:
		and("(r.closed_on = 0 OR r.closed_on > ?)", last)
	default:
		codes := []string{""}
		for _, o := range Outcomes {
			if o.Row == c.Row || c.Row == 24 {
				codes = append(codes, string(o.Code))
			}
		}
		and("r.closed_on BETWEEN ? AND ? AND r.code IN ?", first, last, codes)
	}
	if c.Column >= 1 && c.Column <= len(ApplicantKinds) {
		and("r.kind = ?", string(ApplicantKinds[c.Column-1]))
	}
	return sql, with
}

// FeesOfYear is what applicants paid in a year, in yuan; payments struck out do
// not count. A payment without an amount is of what was asked for.
func FeesOfYear(tx *db.Tx, organisation int64, year int) (yuan int, err error) {
	err = tx.G.Raw(`SELECT COALESCE(SUM(CASE WHEN p.amount > 0 THEN p.amount ELSE COALESCE((SELECT MAX(a.amount) FROM foi_events a WHERE a.request_id = p.request_id AND a.kind = 'fee_asked'
AND NOT EXISTS (SELECT 1 FROM foi_events x WHERE x.request_id = a.request_id AND x.kind = 'struck' AND x.ref = a.no)), 0) END), 0)
FROM foi_requests r JOIN foi_events p ON p.request_id = r.id WHERE r.organisation_id = ? AND r.merged_into = 0 AND p.kind = 'fee_paid' AND p.on_day BETWEEN ? AND ?
AND NOT EXISTS (SELECT 1 FROM foi_events s WHERE s.request_id = p.request_id AND s.kind = 'struck' AND s.ref = p.no)`,
		organisation, year*10_000+101, year*10_000+1231).Scan(&yuan).Error
	return yuan, err
}

// ZeroYears is for how many years in a row before one no request was received;
// 0 when none was ever registered, for then nothing is known.
func ZeroYears(tx *db.Tx, organisation int64, before int) (int, error) {
	var last int
	err := tx.G.Raw("SELECT COALESCE(MAX(received_on), 0) FROM foi_requests WHERE organisation_id = ? AND merged_into = 0 AND received_on BETWEEN 1 AND ?", organisation, before*10_000).Scan(&last).Error
	if err != nil || last == 0 {
		return 0, err
	}
	return before - 1 - last/10_000, nil
}

// inMonth is the place of a request among those received in its calendar month
// from applicants with one of the blind indexes of an identity.
func inMonth(tx *db.Tx, r *Request, identity []string) (n int, err error) {
	on := calendar.Digits(r.ReceivedOn)
	err = tx.G.Raw(`SELECT COUNT(*) FROM foi_requests WHERE organisation_id = ? AND merged_into = 0 AND received_on BETWEEN ? AND ? AND (received_on < ? OR id <= ?)
AND applicant_id IN (SELECT id FROM foi_applicants WHERE identity_index IN ?)`, r.OrganisationID, on/100*100, on, on, r.ID, identity).Scan(&n).Error
	return n, err
}
