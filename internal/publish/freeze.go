package publish

import (
	"time"
	"unicode/utf8"

	"gongkai/internal/db"
	"gongkai/internal/outbox"
)

// Freeze is the kill switch: while it stands nothing of the organisation (0: of
// any) becomes visible. Take-downs still work.
type Freeze struct {
	OrganisationID int64
	Reason         string
	By             int64
	At             time.Time
	LiftAskedBy    int64
	LiftAskedFor   int64
}

// FrozenNow answers the freeze in force for an organisation, nil for none.
func FrozenNow(tx *db.Tx, organisation int64) (*Freeze, error) {
	return findFreeze(tx, "organisation_id IN (0, ?) ORDER BY organisation_id LIMIT 1", organisation)
}

// Stop freezes publishing; one person suffices.
func Stop(tx *db.Tx, organisation, by int64, reason string) error {
	if n := utf8.RuneCountInString(reason); n < 2 || n > 200 {
		return ErrFreezeReason.On("reason")
	}
	err := insertFreeze(tx, Freeze{OrganisationID: organisation, Reason: reason, By: by, At: tx.Now()})
	if db.IsDuplicate(err) {
		return ErrFrozen.With("reason", reason)
	}
	return err
}

// Thaw lifts a freeze when a second person asks for it; the first asking is
// only noted. It answers whether publishing goes on.
func Thaw(tx *db.Tx, organisation int64, who Person) (bool, error) {
	f, err := findFreeze(tx, "organisation_id = ?"+tx.ForUpdate(), organisation)
	switch {
	case err != nil:
		return false, err
	case f == nil:
		all, err := FrozenNow(tx, organisation)
		if err == nil && all != nil {
			err = ErrFrozenAll
		}
		if err == nil {
			err = ErrNotFrozen
		}
		return false, err
	case f.LiftAskedBy == 0:
		return false, setLiftAsked(tx, organisation, who)
	case (Person{f.LiftAskedBy, f.LiftAskedFor}).same(who):
		return false, ErrThawSamePerson
	}
	if err := deleteFreeze(tx, organisation); err != nil {
		return false, err
	}
	return true, wakeDue(tx, organisation)
}

// Lift ends a freeze that no person of the office set: by the command line, or
// by the program. Call it in the transaction that records it.
func Lift(tx *db.Tx, organisation int64) error {
	f, err := findFreeze(tx, "organisation_id = ?"+tx.ForUpdate(), organisation)
	switch {
	case err != nil:
		return err
	case f == nil:
		return ErrNotFrozen
	case f.By != 0:
		return ErrThawTwo
	}
	if err := deleteFreeze(tx, organisation); err != nil {
		return err
	}
	return wakeDue(tx, organisation)
}

// wakeDue hands out at once what came due while nothing could go out.
func wakeDue(tx *db.Tx, organisation int64) error {
	ids, err := dueOf(tx, organisation)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := outbox.Later(tx, Topic, subject(id), tx.Now()); err != nil {
			return err
		}
	}
	return nil
}
