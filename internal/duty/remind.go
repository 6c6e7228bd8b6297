package duty

import (
	"context"
	"fmt"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// alarms are how many working days before its last one the office is told of a
// duty; the day itself is 0.
var alarms = []int{0, 2, 5}

// Remind tells office editors and signing leaders of each open duty five and two
// working days before its last working day, on it, and once when it is late.
func (k *Desk) Remind(ctx context.Context) error {
	var all []*Duty
	if err := k.db.Read(ctx, func(tx *db.Tx) (err error) { all, err = openDuties(tx); return err }); err != nil {
		return err
	}
	for _, d := range all {
		l, err := lineOf(d, k.calendar, k.db.Now())
		if err != nil {
			return err
		}
		if l.UnknownYear {
			continue // that the calendar is missing is said by itself
		}
		code, level := "notice.duty_due", -1
		for _, n := range alarms {
			if l.Left <= n && level < 0 {
				level = n
			}
		}
		if l.Left < 0 {
			code = "notice.duty_overdue"
		}
		if level < 0 {
			continue
		}
		if err := k.db.Write(ctx, func(tx *db.Tx) error { return tell(tx, l, code, level) }); err != nil {
			return err
		}
	}
	return nil
}

func tell(tx *db.Tx, l Line, code string, level int) error {
	who, err := org.HoldersOf(tx, l.OrganisationID, org.OfficeEditor, org.SigningLeader)
	if err != nil {
		return err
	}
	return notify.Add(tx, who, notify.Notice{OrganisationID: l.OrganisationID, Code: code, Subject: l.subject(), Once: fmt.Sprintf("%s/%d/%s/%d", code, l.ID, l.Due.Format(time.DateOnly), level),
		Args: map[string]any{"title": l.Title, "due": l.Due.Format(time.DateOnly), "last": l.Last.Format(time.DateOnly), "left": l.Left}})
}
