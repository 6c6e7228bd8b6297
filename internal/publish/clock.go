package publish

import (
	"context"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
)

// mostSkew is how far this program's clock and the database's may be apart.
const mostSkew = 2 * time.Second

// earliest is the moment by whichever clock is behind, this program's or the
// database's: what is due by it is early by neither (I10).
func earliest(tx *db.Tx) (time.Time, error) {
	theirs, err := tx.DatabaseNow()
	if err != nil || theirs.After(tx.Now()) {
		return tx.Now(), err
	}
	return theirs, nil
}

// WatchClock freezes publishing of every organisation, and tells, while this
// program's clock and the database's are more than two seconds apart. Two
// persons lift the freeze when the clocks agree again.
func (k *Publisher) WatchClock(ctx context.Context) error {
	var skew time.Duration
	err := k.db.Read(ctx, func(tx *db.Tx) error {
		before := k.db.Now()
		theirs, err := tx.DatabaseNow()
		skew = apart(before, theirs, k.db.Now())
		return err
	})
	if err != nil || skew <= mostSkew {
		return err
	}
	k.log.ErrorContext(ctx, "the clock and the database's differ: publishing is frozen", "by", skew)
	return k.db.Write(ctx, func(tx *db.Tx) error {
		all, err := publishing(tx)
		if err != nil {
			return err
		}
		for _, organisation := range all {
			if err := k.freezeFor(tx, organisation, "publish.clock_skew", map[string]any{"skew": skew.String()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// apart is how far theirs lies outside the span in which it was read.
func apart(before, theirs, after time.Time) time.Duration {
	return max(before.Sub(theirs), theirs.Sub(after), 0)
}

// freezeFor freezes one organisation for a reason the program found, and tells
// its publishers; where a freeze stands already nothing happens.
func (k *Publisher) freezeFor(tx *db.Tx, organisation int64, reason string, details map[string]any) error {
	f, err := FrozenNow(tx, organisation)
	if err != nil || f != nil {
		return err
	}
	if err := Stop(tx, organisation, 0, reason); err != nil {
		return err
	}
	if err := k.tell(tx, organisation, "notice.publishing_frozen", "publishing", map[string]any{"reason": reason}); err != nil {
		return err
	}
	details["reason"] = reason
	return audit.Record(tx, audit.Entry{OrganisationID: organisation, Action: "publishing.freeze", Object: "publishing", Details: details})
}
