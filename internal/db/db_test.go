package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func TestMigrateIsRepeatableAndListsItsSteps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		if err := d.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		steps, err := d.MigrationStatuses(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			if s.AppliedAt.IsZero() || s.Name == "" {
				t.Errorf("step %d %q is pending", s.Version, s.Name)
			}
		}
	})
}

func TestManyWritersLoseNoUpdate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		err := d.Write(ctx, func(tx *db.Tx) error {
			return tx.G.Exec("INSERT INTO leases (name, owner, until, fence) VALUES ('n', '', 0, 0)").Error
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					err := d.Write(ctx, func(tx *db.Tx) error {
						var n int64
						if err := tx.G.Raw("SELECT fence FROM leases WHERE name = 'n'" + tx.ForUpdate()).Scan(&n).Error; err != nil {
							return err
						}
						return tx.G.Exec("UPDATE leases SET fence = ? WHERE name = 'n'", n+1).Error
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var n int64
		if err := d.Read(ctx, func(tx *db.Tx) error { return tx.G.Raw("SELECT fence FROM leases").Scan(&n).Error }); err != nil {
			t.Fatal(err)
		}
		if n != 80 {
			t.Errorf("80 increments counted %d", n)
		}
	})
}

func TestRolledBackWriteLeavesNothingAndWakesNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		no := errors.New("no")
		woken := false
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.AfterCommit(func() { woken = true })
			if err := tx.G.Exec("INSERT INTO leases (name, owner, until, fence) VALUES ('n', '', 0, 0)").Error; err != nil {
				return err
			}
			return d.Write(tx.Context(), func(inner *db.Tx) error {
				if inner != tx {
					t.Error("a nested write opened its own transaction")
				}
				return no
			})
		})
		if !errors.Is(err, no) || woken {
			t.Errorf("err %v, woken %v", err, woken)
		}
		var n int64
		_ = d.Read(ctx, func(tx *db.Tx) error { return tx.G.Raw("SELECT COUNT(*) FROM leases").Scan(&n).Error })
		if n != 0 {
			t.Errorf("%d rows left", n)
		}
	})
}

func TestAppendOnlyTablesRefuseChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		err := d.Write(ctx, func(tx *db.Tx) error {
			return tx.G.Exec("INSERT INTO audit_links (organisation_id, seq, entry_id, algorithm, prev, hash, sealed_at) VALUES (1,1,1,'sha256','','',0)").Error
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"UPDATE audit_links SET hash = 'x'", "DELETE FROM audit_links"} {
			if err := d.Write(ctx, func(tx *db.Tx) error { return tx.G.Exec(sql).Error }); err == nil {
				t.Errorf("%s was allowed", sql)
			}
		}
	})
}

func TestMicrosKeepsTheMomentAndNone(t *testing.T) {
	at := time.Date(2026, 1, 31, 23, 59, 59, 123456000, time.UTC)
	if got := db.Time(db.Micros(at)); !got.Equal(at) {
		t.Errorf("got %v", got)
	}
	if !db.Time(db.Micros(time.Time{})).IsZero() {
		t.Error("no time became a time")
	}
}

func TestTheServersClockIsAskedForInUTC(t *testing.T) {
	d, err := db.Open(t.Context(), db.Options{Driver: "mysql", DSN: dbtest.MySQLDatabase(t), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		now, err := tx.DatabaseNow()
		if off := now.Sub(tx.Now()); err != nil || off < -time.Minute || off > time.Minute || now.Location() != time.UTC {
			t.Errorf("%s, ours is %s: %v", now, tx.Now(), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
