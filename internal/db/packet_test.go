package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func lease(tx *db.Tx, name string, fence int) error {
	return tx.Queue("INSERT INTO leases (name, owner, until, fence) VALUES (?, 'it''s; me?', 0, ?)", name, fence)
}

func names(t *testing.T, d *db.DB) (out []string) {
	t.Helper()
	if err := d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.G.Raw("SELECT name FROM leases ORDER BY name").Scan(&out).Error
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestQueuedStatementsAreSeenByWhatFollows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			if err := errors.Join(lease(tx, "a", 1), lease(tx, "b", 2)); err != nil {
				return err
			}
			var n []int
			if err := tx.G.Raw("SELECT fence FROM leases WHERE owner = ? ORDER BY fence", "it's; me?").Scan(&n).Error; err != nil || fmt.Sprint(n) != "[1 2]" {
				t.Errorf("a read sees %v %v", n, err)
			}
			if err := lease(tx, "c", 3); err != nil {
				return err
			}
			res := tx.G.Exec("UPDATE leases SET fence = fence + 10 WHERE name IN ('a', 'c')")
			if res.Error != nil || res.RowsAffected != 2 {
				t.Errorf("an update changes %d rows, %v", res.RowsAffected, res.Error)
			}
			return lease(tx, "d", 4)
		})
		if got := names(t, d); err != nil || fmt.Sprint(got) != "[a b c d]" {
			t.Errorf("%v %v", got, err)
		}
	})
}

// A statement that fails in the packet of the commit takes everything with it,
// and its connection carries no open transaction to whoever comes next.
func TestQueuedFailureUndoesAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		if err := d.Write(ctx, func(tx *db.Tx) error { return lease(tx, "a", 1) }); err != nil {
			t.Fatal(err)
		}
		for range 40 {
			err := d.Write(ctx, func(tx *db.Tx) error {
				return errors.Join(lease(tx, "x", 1), lease(tx, "a", 2), lease(tx, "y", 3))
			})
			if !db.IsDuplicate(err) {
				t.Fatalf("err %v", err)
			}
			no := errors.New("no")
			if err := d.Write(ctx, func(tx *db.Tx) error { return errors.Join(lease(tx, "z", 1), no) }); !errors.Is(err, no) {
				t.Fatalf("err %v", err)
			}
		}
		if got := names(t, d); fmt.Sprint(got) != "[a]" {
			t.Errorf("left %v", got)
		}
	})
}

func TestAPanicLeavesNoTransactionBehind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		for range 40 {
			func() {
				defer func() { _ = recover() }()
				_ = d.Write(context.Background(), func(tx *db.Tx) error {
					if err := tx.G.Exec("INSERT INTO leases (name, owner, until, fence) VALUES ('p', '', 0, 0)").Error; err != nil {
						t.Error(err)
					}
					panic("no")
				})
			}()
		}
		if got := names(t, d); len(got) != 0 {
			t.Errorf("left %v", got)
		}
	})
}

func TestSeveralQuestionsAreAnsweredInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		if err := d.Write(ctx, func(tx *db.Tx) error { return errors.Join(lease(tx, "a", 1), lease(tx, "b", 2)) }); err != nil {
			t.Fatal(err)
		}
		type row struct {
			Name  string
			Fence int
		}
		ask := func(tx *db.Tx) error {
			var all, none, one []row
			var fences []int
			err := tx.Ask(db.Question{Into: &all, SQL: "SELECT name, fence FROM leases ORDER BY name"},
				db.Question{Into: &none, SQL: "SELECT name, fence FROM leases WHERE name = ?", Args: []any{"?"}},
				db.Question{Into: &fences, SQL: "SELECT fence FROM leases ORDER BY name"},
				db.Question{Into: &one, SQL: "SELECT fence, name FROM leases WHERE name = ?", Args: []any{"b"}})
			if got := fmt.Sprint(all, none, fences, one); err != nil || got != "[{a 1} {b 2}] [] [1 2] [{b 2}]" {
				t.Errorf("%s %v", got, err)
			}
			var x []row
			if err := tx.Ask(db.Question{Into: &all, SQL: "SELECT 1 AS fence"}, db.Question{Into: &x, SQL: "SELECT nothing FROM leases"}); err == nil {
				t.Error("a wrong question is answered")
			}
			return nil
		}
		if err := d.Read(ctx, ask); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, ask); err != nil {
			t.Fatal(err)
		}
	})
}

// A compiled statement may be asked again while its rows are still being read.
func TestOneStatementTwiceAtOnce(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		for i := range 5 {
			if err := lease(tx, fmt.Sprint(i), i); err != nil {
				return err
			}
		}
		seen := 0
		rows, err := tx.G.Raw("SELECT name FROM leases").Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var inner []string
			if err := tx.G.Raw("SELECT name FROM leases").Scan(&inner).Error; err != nil || len(inner) != 5 {
				t.Errorf("inner %v %v", inner, err)
			}
			seen++
		}
		if seen != 5 {
			t.Errorf("saw %d", seen)
		}
		return rows.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// What was begun is finished though nobody waits for it any more; what was not
// begun stays undone.
func TestAWriteIsNotCutShort(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx, gone := context.WithCancel(context.Background())
		if err := d.Write(ctx, func(tx *db.Tx) error {
			if err := lease(tx, "a", 1); err != nil {
				return err
			}
			gone()
			return tx.G.Exec("UPDATE leases SET fence = 2").Error
		}); err != nil {
			t.Error(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return lease(tx, "b", 1) }); !errors.Is(err, context.Canceled) {
			t.Errorf("err %v", err)
		}
		if got := names(t, d); fmt.Sprint(got) != "[a]" {
			t.Errorf("left %v", got)
		}
	})
}

// The server closes idle connections; the next write must not notice.
func TestAWriteSurvivesClosedConnections(t *testing.T) {
	d, _ := dbtest.MySQL(t)
	ctx := context.Background()
	for i := range 5 {
		var ids []int64
		if err := d.Read(ctx, func(tx *db.Tx) error {
			return tx.G.Raw("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()").Scan(&ids).Error
		}); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			_ = d.Read(ctx, func(tx *db.Tx) error { return tx.G.Exec(fmt.Sprintf("KILL %d", id)).Error })
		}
		var all sync.WaitGroup
		for k := range 8 {
			all.Go(func() {
				if err := d.Write(ctx, func(tx *db.Tx) error { return lease(tx, fmt.Sprint(i, k), 1) }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}
