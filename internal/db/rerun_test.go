package db_test

import (
	"context"
	"database/sql"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/db/migrations"
	"gongkai/internal/dbtest"
)

// thing is a table, an index or a trigger; it is gone when its drop was run.
type thing struct{ drop, definition string }

// TestEveryStepMendsWhatAKillLeftOut drops each table, index and trigger of each
// step in turn, as if the program had been killed before making it, and runs the
// step again.
func TestEveryStepMendsWhatAKillLeftOut(t *testing.T) {
	ctx := context.Background()
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			o := db.Options{Driver: driver, Now: dbtest.NewClock().Now}
			if driver == "mysql" {
				o.DSN = dbtest.MySQLDatabase(t)
			} else {
				o.Path = filepath.Join(t.TempDir(), "gongkai.db")
			}
			d, err := db.Open(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			conn := d.SQL()
			dropped := 0
			before := map[string]thing{}
			for _, m := range migrations.All {
				if err := d.RunStep(ctx, m); err != nil {
					t.Fatal(err)
				}
				whole := things(t, conn, driver)
				for name, made := range whole {
					if _, ok := before[name]; ok {
						continue
					}
					if _, err := conn.Exec(made.drop); err != nil {
						t.Fatalf("%s: %v", made.drop, err)
					}
					dropped++
					if err := d.RunStep(ctx, m); err != nil {
						t.Errorf("step %d after %s: %v", m.Version, made.drop, err)
						continue
					}
					if again := things(t, conn, driver); !maps.Equal(whole, again) {
						t.Errorf("step %d does not mend %s", m.Version, made.drop)
					}
				}
				before = whole
			}
			var seeds int
			if err := conn.QueryRow("SELECT COUNT(*) FROM site_state").Scan(&seeds); err != nil || seeds != 1 {
				t.Errorf("%d rows in site_state (%v)", seeds, err)
			}
			if dropped < 60 {
				t.Errorf("only %d things were dropped", dropped)
			}
		})
	}
}

func things(t *testing.T, conn *sql.DB, driver string) map[string]thing {
	t.Helper()
	queries := []string{`SELECT type, tbl_name, name, COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'`}
	if driver == "mysql" {
		queries = []string{
			`SELECT 'table', TABLE_NAME, TABLE_NAME, '' FROM information_schema.tables WHERE TABLE_SCHEMA = DATABASE()`,
			`SELECT 'index', TABLE_NAME, INDEX_NAME, GROUP_CONCAT(CONCAT(NON_UNIQUE, COLUMN_NAME) ORDER BY SEQ_IN_INDEX) FROM information_schema.statistics WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME <> 'PRIMARY' GROUP BY TABLE_NAME, INDEX_NAME`,
			`SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.triggers WHERE TRIGGER_SCHEMA = DATABASE()`,
		}
	}
	out := map[string]thing{}
	for _, q := range queries {
		rows, err := conn.Query(q)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var kind, table, name, definition string
			if err := rows.Scan(&kind, &table, &name, &definition); err != nil {
				t.Fatal(err)
			}
			drop := "DROP " + kind + " " + name
			if kind == "index" && driver == "mysql" {
				drop += " ON " + table
			}
			out[kind+" "+table+"."+name] = thing{drop, definition}
		}
	}
	if len(out) == 0 || !slices.ContainsFunc(slices.Collect(maps.Keys(out)), func(s string) bool { return strings.HasPrefix(s, "index ") }) {
		t.Fatal("no index was found")
	}
	return out
}
