package app

import (
	"errors"
	"strings"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
	"gongkai/internal/publish"
)

func TestTheCommandLineFreezesAndThawsOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := t.Context()
		desk := org.NewDesk(d, RecordOrg)
		var ids []int64
		for _, name := range []string{"甲局", "乙局"} {
			u, err := desk.AddOrganisation(ctx, org.System(0), org.Unit{Name: name, FullName: name, ShortName: name, Code: "00000000" + string(rune('1'+len(ids)))})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, u.ID)
		}
		frozen := func() (out []string) {
			t.Helper()
			for _, id := range ids {
				err := d.Read(ctx, func(tx *db.Tx) error {
					f, err := publish.FrozenNow(tx, id)
					if f != nil {
						out = append(out, f.Reason)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			return out
		}
		if err := Freeze(ctx, d, Everybody, "备份恢复"); err != nil || len(frozen()) != 2 {
			t.Fatalf("%v, frozen %v", err, frozen())
		}
		if err := Freeze(ctx, d, Everybody, "备份恢复"); !errors.Is(err, publish.ErrFrozen) {
			t.Errorf("again: %v", err)
		}
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := publish.Thaw(tx, ids[0], publish.Person{By: 3}); return err })
		if !errors.Is(err, publish.ErrFrozenAll) {
			t.Errorf("one office lifts what holds all: %v", err)
		}
		if err := Thaw(ctx, d, Everybody); err != nil || len(frozen()) != 0 {
			t.Errorf("%v, frozen %v", err, frozen())
		}
		if err := Thaw(ctx, d, Everybody); !errors.Is(err, publish.ErrNotFrozen) {
			t.Errorf("again: %v", err)
		}
		if err := Freeze(ctx, d, ids[1], "演练"); err != nil || strings.Join(frozen(), " ") != "演练" {
			t.Errorf("%v, frozen %v", err, frozen())
		}
		if err := Thaw(ctx, d, ids[1]); err != nil || len(frozen()) != 0 {
			t.Errorf("%v, frozen %v", err, frozen())
		}
		if err := Freeze(ctx, d, 999, "演练"); err == nil {
			t.Error("froze an organisation that is not there")
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return publish.Stop(tx, ids[0], 7, "核实线索") }); err != nil {
			t.Fatal(err)
		}
		if err := Thaw(ctx, d, ids[0]); !errors.Is(err, publish.ErrThawTwo) || len(frozen()) != 1 {
			t.Errorf("lifted alone what a person froze: %v", err)
		}
		for i, want := range []int{2, 4} {
			n := 0
			err := d.Read(ctx, func(tx *db.Tx) error {
				return tx.G.Raw("SELECT COUNT(*) FROM audit_entries WHERE organisation_id = ? AND action IN ('publishing.freeze','publishing.thaw')", ids[i]).Scan(&n).Error
			})
			if err != nil || n != want {
				t.Errorf("%d entries of organisation %d, want %d: %v", n, ids[i], want, err)
			}
		}
	})
}
