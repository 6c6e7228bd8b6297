package foi

import (
	"context"
	"fmt"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// alarms are how many working days before the last one the office is told; the
// day itself is 0.
var alarms = []int{5, 2, 0}

// Remind tells those who handle requests, and those who sign for them, five and
// two working days before the last day, on it, and once when it is over; and of
// a request that nobody has confirmed for a working day (domain 4.2, 4.3). Each
// is said once, however often it is asked.
func (k *Desk) Remind(ctx context.Context) error {
	var open []*Request
	var events map[int64][]Event
	err := k.db.Read(ctx, func(tx *db.Tx) (err error) {
		if open, err = openRequests(tx); err != nil || len(open) == 0 {
			return err
		}
		ids := make([]int64, len(open))
		for i, r := range open {
			ids[i] = r.ID
		}
		events, err = eventsOf(tx, ids)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range open {
		n, ok := k.alarm(r, events[r.ID], k.db.Now())
		if !ok {
			continue
		}
		if err := k.db.Write(ctx, func(tx *db.Tx) error { return tellTwo(tx, n) }); err != nil {
			return err
		}
	}
	return k.remindDisputes(ctx)
}

// alarm is what is to be said of a request today, if anything.
func (k *Desk) alarm(r *Request, events []Event, now time.Time) (notify.Notice, bool) {
	c := Read(k.calendar, events, now)
	n := notify.Notice{OrganisationID: r.OrganisationID, Subject: r.Subject(), Args: map[string]any{"number": r.Number}}
	say := func(code, level string) (notify.Notice, bool) {
		// A period that began anew, or was prolonged, is warned of anew.
		n.Code, n.Once = code, fmt.Sprintf("%s/%d/%s/%s", code, r.ID, date(c.Due), level)
		n.Args["due"], n.Args["left"] = date(c.Due), c.Left()
		return n, true
	}
	switch {
	case c.State == AwaitingConfirmation:
		waited, err := k.calendar.WorkdaysBetween(c.Arrived, now)
		if err == nil && waited > 0 {
			return say("notice.foi_unconfirmed", "")
		}
	case c.State != Processing || c.Due.IsZero():
	case c.Overdue():
		return say("notice.foi_overdue", "")
	default:
		for _, days := range []int{alarms[2], alarms[1], alarms[0]} {
			if c.Left() <= days {
				return say("notice.foi_due", fmt.Sprint(days))
			}
		}
	}
	return n, false
}

func tellTwo(tx *db.Tx, n notify.Notice) error {
	who, err := org.HoldersOf(tx, n.OrganisationID, org.FOIOfficer, org.SigningLeader)
	if err != nil {
		return err
	}
	return notify.Add(tx, who, n)
}
