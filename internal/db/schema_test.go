package db_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

// TestBothDatabasesHaveTheSameSchema compares tables, columns and indexes.
func TestBothDatabasesHaveTheSameSchema(t *testing.T) {
	lite, _ := dbtest.SQLite(t)
	my, _ := dbtest.MySQL(t)
	a, b := schema(t, lite), schema(t, my)
	for _, x := range a {
		if !slices.Contains(b, x) {
			t.Errorf("only in SQLite: %s", x)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			t.Errorf("only in MySQL: %s", x)
		}
	}
	if len(a) < 200 {
		t.Errorf("only %d things compared", len(a))
	}
}

func schema(t *testing.T, d *db.DB) []string {
	t.Helper()
	columns := `SELECT m.name AS tab, p.name AS item FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%'`
	indexes := `SELECT tbl_name AS tab, name AS item FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%' AND tbl_name NOT LIKE 'goose_%'`
	if d.Driver() == "mysql" {
		columns = `SELECT TABLE_NAME AS tab, COLUMN_NAME AS item FROM information_schema.columns WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'goose_%'`
		indexes = `SELECT DISTINCT TABLE_NAME AS tab, INDEX_NAME AS item FROM information_schema.statistics WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'goose_%' AND INDEX_NAME <> 'PRIMARY'`
	}
	var out []string
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		for kind, q := range map[string]string{"column": columns, "index": indexes} {
			var rows []struct{ Tab, Item string }
			if err := tx.G.Raw(q).Scan(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				out = append(out, fmt.Sprintf("%s %s.%s", kind, r.Tab, r.Item))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		err := d.Write(ctx, func(tx *db.Tx) error {
			return tx.G.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, ?)", true).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx); err == nil {
			t.Error("an older program takes a newer schema")
		}
	})
}

func TestManyNodesMigrateAtOnce(t *testing.T) {
	dsn := dbtest.MySQLDatabase(t)
	clock := dbtest.NewClock()
	errs := make(chan error, 4)
	for range 4 {
		go func() {
			d, err := db.Open(context.Background(), db.Options{Driver: "mysql", DSN: dsn, Now: clock.Now})
			if err == nil {
				defer d.Close()
				err = d.Migrate(context.Background())
			}
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestSecondProcessOnOneFolderIsRefused(t *testing.T) {
	path := t.TempDir() + "/gongkai.db"
	clock := dbtest.NewClock()
	first, err := db.Open(context.Background(), db.Options{Driver: "sqlite", Path: path, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if second, err := db.Open(context.Background(), db.Options{Driver: "sqlite", Path: path, Now: clock.Now}); err == nil {
		second.Close()
		t.Error("two processes opened one file")
	}
}

// TestPagesEverybodyOpensSortNothing reads the plans of the two queries that
// every page, or the longest list, begins with.
func TestPagesEverybodyOpensSortNothing(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	for query, index := range map[string]string{
		"SELECT * FROM manuscripts WHERE organisation_id = 1 ORDER BY updated_at DESC LIMIT 50": "manuscripts_register",
		"SELECT COUNT(*) FROM notices WHERE person_id = 1 AND read_at = 0":                      "notices_unread",
	} {
		var steps []struct{ Detail string }
		err := d.Read(context.Background(), func(tx *db.Tx) error { return tx.G.Raw("EXPLAIN QUERY PLAN " + query).Scan(&steps).Error })
		if err != nil {
			t.Fatal(err)
		}
		plan := fmt.Sprint(steps)
		if !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: %s", query, plan)
		}
	}
}
