package app

import (
	"context"
	"fmt"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/org"
	"gongkai/internal/publish"
)

// Everybody stands for all organisations in Freeze and Thaw.
const Everybody = int64(0)

// Freeze stops publishing for an organisation or for Everybody, on a database
// that nobody need be serving: after a restore, before anything goes out.
func Freeze(ctx context.Context, d *db.DB, organisation int64, reason string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		concerned, err := concerned(tx, organisation)
		if err != nil {
			return err
		}
		if err := publish.Stop(tx, organisation, 0, reason); err != nil {
			return err
		}
		return recordFreeze(tx, concerned, "publishing.freeze", reason)
	})
}

// Thaw lifts what Freeze or the program itself froze. What a person froze in the
// office two persons lift there.
func Thaw(ctx context.Context, d *db.DB, organisation int64) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		concerned, err := concerned(tx, organisation)
		if err != nil {
			return err
		}
		if err := publish.Lift(tx, organisation); err != nil {
			return err
		}
		return recordFreeze(tx, concerned, "publishing.thaw", "")
	})
}

// concerned are the organisations an act is on the record of. A section of one
// is refused: freezing it would freeze nothing.
func concerned(tx *db.Tx, organisation int64) (ids []int64, err error) {
	all, err := org.Organisations(tx)
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		if organisation == Everybody || u.ID == organisation {
			ids = append(ids, u.ID)
		}
	}
	if len(ids) == 0 && organisation != Everybody {
		return nil, fmt.Errorf("no organisation %d", organisation)
	}
	return ids, nil
}

func recordFreeze(tx *db.Tx, concerned []int64, action, reason string) error {
	for _, id := range concerned {
		err := audit.Record(tx, audit.Entry{OrganisationID: id, Action: action, Object: "publishing",
			Details: map[string]any{"reason": reason, "by": "command line"}})
		if err != nil {
			return err
		}
	}
	return nil
}
