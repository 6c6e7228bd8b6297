package foi

import (
	"strings"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

// Move is a last day of an open request that another calendar puts elsewhere.
type Move struct {
	OrganisationID int64
	RequestID      int64
	Number         string
	ForFee         bool // the applicant's time to pay, else the office's to answer
	Before, After  time.Time
	Told           []string // numbers of the final letters that name Before
}

// Moves lists which last days of open requests, of all organisations, are others
// by another calendar, and in which letters somebody was told the present one.
// Before is zero where the present calendar ends too early; what is closed stays
// as it was counted.
func (k *Desk) Moves(tx *db.Tx, by *calendar.Calendar) (all []Move, err error) {
	open, err := openRequests(tx)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	ids := make([]int64, len(open))
	for i, r := range open {
		ids[i] = r.ID
	}
	events, err := eventsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range open {
		now, then := Read(k.calendar, events[r.ID], tx.Now()), Read(by, events[r.ID], tx.Now())
		for _, m := range []Move{{Before: now.Due, After: then.Due}, {ForFee: true, Before: now.FeeUntil, After: then.FeeUntil}} {
			if m.Before.Equal(m.After) || m.ForFee && now.State != FeePending {
				continue
			}
			m.OrganisationID, m.RequestID, m.Number = r.OrganisationID, r.ID, r.Number
			if m.Told, err = k.told(tx, r, m.Before); err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// told are the numbers of a request's final letters that name a day.
func (k *Desk) told(tx *db.Tx, r *Request, on time.Time) (numbers []string, err error) {
	if on.IsZero() {
		return nil, nil
	}
	rows, err := finalLetters(tx, r.ID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	sealed, err := findEnvelopes(tx, []int64{r.ApplicantID})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		l, err := k.openLetter(sealed[r.ApplicantID], row)
		if err != nil {
			return nil, err
		}
		if strings.Contains(l.Text, longDate(on)) {
			numbers = append(numbers, l.Number)
		}
	}
	return numbers, nil
}
