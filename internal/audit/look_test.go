package audit_test

import (
	"context"
	"testing"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

// TestEntryCommittedLateIsSealed: on MySQL an id can become visible long after
// higher ones were linked.
func TestEntryCommittedLateIsSealed(t *testing.T) {
	d, clock := dbtest.MySQL(t)
	insert := func(ids ...int64) {
		t.Helper()
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			for _, id := range ids {
				body := `{"event_id":"` + time.Unix(id, 0).Format(time.RFC3339) + `","organisation_id":1}`
				if err := tx.G.Exec("INSERT INTO audit_entries (id, organisation_id, event_id, at, person_id, action, object, body) VALUES (?,1,?,?,7,'a','o',?)", id, id, db.Micros(tx.Now()), body).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := audit.NewSealer(d, audit.SHA256, key(1), "test")
	if err != nil {
		t.Fatal(err)
	}
	seals := func(want int, what string) {
		t.Helper()
		if n, err := s.Once(context.Background()); err != nil || n != want {
			t.Errorf("%s: sealed %d, want %d: %v", what, n, want, err)
		}
	}
	insert(1, 30_000)
	seals(2, "the first look")
	seals(0, "nothing")
	insert(29_900)
	seals(1, "a little late")
	insert(11_000, 30_001)
	clock.Advance(4 * time.Second)
	seals(1, "between two full looks")
	clock.Advance(time.Second)
	seals(1, "at the next full look")
	seals(0, "nothing again")
	insert(30_002)
	seals(1, "in order")
	clock.Advance(2 * time.Minute)
	seals(0, "idle")
	insert(11_001)
	clock.Advance(2 * time.Minute)
	seals(0, "idle looks are rare")
	clock.Advance(time.Minute)
	seals(1, "and come")
}
