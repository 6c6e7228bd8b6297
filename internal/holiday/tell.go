package holiday

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// tell tells those who may do an act with a notice, except who just entered it.
func (k *Desk) tell(tx *db.Tx, a *act, code string, p *Proposal, may string, args map[string]any) error {
	who, err := k.holders(tx, a.actor.OrganisationID, may)
	if err != nil {
		return err
	}
	who = slices.DeleteFunc(who, func(id int64) bool { return id == a.actor.PersonID })
	all := map[string]any{"by": a.actor.Name, "year": p.Notice.Year}
	for k, v := range args {
		all[k] = v
	}
	return notify.Add(tx, who, notify.Notice{OrganisationID: a.actor.OrganisationID, Code: code, Subject: subject(p.Notice.Year), Args: all})
}

// holders are the persons of an organisation whose posts may do an act.
func (k *Desk) holders(tx *db.Tx, organisation int64, may string) ([]int64, error) {
	own := authz.Domain{OrganisationID: organisation}
	var posts []org.Post
	for _, post := range org.Posts {
		if k.authz.Allows(post, own, own, may) {
			posts = append(posts, post)
		}
	}
	return org.HoldersOf(tx, organisation, posts...)
}

// tellMoved tells each organisation what moved there.
func (k *Desk) tellMoved(tx *db.Tx, p *Proposal) error {
	moved, told := map[int64]int{}, map[int64]int{}
	for _, m := range p.Moves {
		moved[m.OrganisationID]++
		if len(m.Told) > 0 {
			told[m.OrganisationID]++
		}
	}
	all, err := org.Organisations(tx)
	if err != nil {
		return err
	}
	for _, o := range all {
		who, err := k.holders(tx, o.ID, "foi.handle")
		if err != nil {
			return err
		}
		if err := notify.Add(tx, who, notify.Notice{OrganisationID: o.ID, Code: "notice.calendar_confirmed", Subject: subject(p.Notice.Year),
			Args: map[string]any{"year": p.Notice.Year, "moved": moved[o.ID], "told": told[o.ID]}}); err != nil {
			return err
		}
	}
	return nil
}

// missing are the days of a year from which it is said that the next year has no
// calendar, each once: the notice comes in November, and from December on periods
// end in the next year (domain 9.1).
var missing = []struct {
	month time.Month
	day   int
}{{time.November, 1}, {time.December, 1}, {time.December, 15}, {time.December, 25}}

// Remind tells those who enter notices that next year's is not there.
func (k *Desk) Remind(ctx context.Context) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		now := tx.Now().In(calendar.Zone)
		next := now.Year() + 1
		if k.calendar.Number(next) != "" {
			return nil
		}
		level := -1
		for i, m := range missing {
			if !now.Before(time.Date(now.Year(), m.month, m.day, 0, 0, 0, 0, calendar.Zone)) {
				level = i
			}
		}
		if level < 0 {
			return nil
		}
		all, err := org.Organisations(tx)
		if err != nil {
			return err
		}
		for _, o := range all {
			who, err := k.holders(tx, o.ID, "calendar.propose")
			if err != nil {
				return err
			}
			if err := notify.Add(tx, who, notify.Notice{OrganisationID: o.ID, Code: "notice.calendar_missing", Subject: subject(next), Once: fmt.Sprintf("calendar_missing/%d/%d", next, level),
				Args: map[string]any{"year": next}}); err != nil {
				return err
			}
		}
		return nil
	})
}
