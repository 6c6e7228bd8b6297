// Package dbtest opens fresh, migrated databases for tests: SQLite in a
// temporary file, and MySQL or MariaDB where GONGKAI_TEST_MYSQL_DSN names one.
package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"

	"gongkai/internal/db"
)

// Clock is a clock that moves only when told to.
type Clock struct {
	mu   sync.Mutex
	t    time.Time
	skew time.Duration
}

// NewClock starts at a Wednesday morning in office hours: 2026-03-11 09:00 in
// Shanghai.
func NewClock() *Clock { return &Clock{t: time.Date(2026, 3, 11, 1, 0, 0, 0, time.UTC)} }

func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Server is the clock of the database: the same, unless Skew set it apart.
func (c *Clock) Server() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t.Add(c.skew)
}

// Skew sets the database's clock ahead by d, or back.
func (c *Clock) Skew(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew = d
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Set moves the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// Each runs the test once per database there is. With CI=true a missing MySQL
// is a failure: a half that silently does not run proves nothing.
func Each(t *testing.T, f func(t *testing.T, d *db.DB, clock *Clock)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		d, clock := SQLite(t)
		f(t, d, clock)
	})
	t.Run("mysql", func(t *testing.T) {
		d, clock := MySQL(t)
		f(t, d, clock)
	})
}

// SQLite opens a fresh SQLite database that is removed after the test.
func SQLite(t testing.TB) (*db.DB, *Clock) {
	t.Helper()
	clock := NewClock()
	return open(t, db.Options{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "gongkai.db"), Now: clock.Now, ServerNow: clock.Server}), clock
}

// MySQL opens a fresh database on the test server and drops it after the test.
// Without a server the test is skipped, or fails when CI=true.
func MySQL(t testing.TB) (*db.DB, *Clock) {
	t.Helper()
	clock := NewClock()
	return open(t, db.Options{Driver: "mysql", DSN: MySQLDatabase(t), Now: clock.Now, ServerNow: clock.Server}), clock
}

// MySQLDatabase creates an empty database and answers its address.
func MySQLDatabase(t testing.TB) string {
	t.Helper()
	base := os.Getenv("GONGKAI_TEST_MYSQL_DSN")
	if base == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("GONGKAI_TEST_MYSQL_DSN is not set: run the tests with make test")
		}
		t.Skip("no MySQL: set GONGKAI_TEST_MYSQL_DSN or run make test")
	}
	cfg, err := mysqldriver.ParseDSN(base)
	if err != nil {
		t.Fatal(err)
	}
	cfg.DBName = ""
	server, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("gongkai_test_%08x", rand.Uint32())
	if _, err := server.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatalf("create a test database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := server.Exec("DROP DATABASE " + name); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
		server.Close()
	})
	cfg.DBName = name
	return cfg.FormatDSN()
}

func open(t testing.TB, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return d
}
