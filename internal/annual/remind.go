package annual

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// alarms are how many working days before its last one the office is told of the
// report that is due; the day itself is 0.
var alarms = []int{0, 2, 5, 10}

// Remind tells who puts the report together and who signs it that it is due, ten,
// five and two working days before the last working day of its time, on it, and
// once when it is late (DL-9, DL-10: the day does not roll over). Each is said
// once, until the report is out.
func (k *Desk) Remind(ctx context.Context) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		all, err := org.Organisations(tx)
		if err != nil {
			return err
		}
		year := tx.Now().In(calendar.Zone).Year() - 1
		if year < FirstYear {
			return nil
		}
		for _, o := range all {
			f, err := findFile(tx, o.ID, year, "")
			if err != nil {
				return err
			}
			if out, err := out(tx, f); err != nil || out {
				if err != nil {
					return err
				}
				continue
			}
			if err := k.remind(tx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// out says that a report was published, or made elsewhere.
func out(tx *db.Tx, f *File) (bool, error) {
	if f.State == Elsewhere || f.ManuscriptID == 0 {
		return f.State == Elsewhere, nil
	}
	m, err := manuscript.Load(tx, f.ManuscriptID)
	if errors.Is(err, manuscript.ErrNotFound) {
		return false, nil
	}
	return err == nil && (m.State == manuscript.Published || m.State == manuscript.Corrected), err
}

func (k *Desk) remind(tx *db.Tx, f *File) error {
	due := k.due(f.Year)
	last, left := k.calendar.Until(due, tx.Now())
	code, level := "notice.annual_due", -1
	for _, n := range alarms {
		if left <= n && level < 0 {
			level = n
		}
	}
	if calendar.Midnight(tx.Now()).After(due) {
		code, level = "notice.annual_overdue", 0
		if f.ID == 0 { // an office that makes its report elsewhere
			return nil
		}
	}
	if level < 0 {
		return nil
	}
	who, err := org.HoldersOf(tx, f.OrganisationID, org.OfficeEditor, org.SigningLeader)
	if err != nil {
		return err
	}
	return notify.Add(tx, who, notify.Notice{OrganisationID: f.OrganisationID, Code: code, Subject: fmt.Sprintf("annual_report:%d", f.Year), Once: fmt.Sprintf("%s/%d/%d", code, f.Year, level),
		Args: map[string]any{"year": f.Year, "due": due.Format(time.DateOnly), "last": last.Format(time.DateOnly), "left": left}})
}

// due is the day a year's report has to be out.
func (k *Desk) due(year int) time.Time {
	if k.Rules.Government {
		return time.Date(year+1, time.March, 31, 0, 0, 0, 0, calendar.Zone)
	}
	return time.Date(year+1, time.January, 31, 0, 0, 0, 0, calendar.Zone)
}
