// Package db opens the database, runs transactions with their one moment, and
// applies numbered migrations. It speaks SQLite and MySQL/MariaDB; nothing
// above it asks which.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	moderncsqlite "modernc.org/sqlite"

	"gongkai/internal/fault"
)

// ErrUnavailable is answered when the database does not take the work. Nothing
// was changed, unless the answer to the very commit was lost: the same request
// under the same Idempotency-Key finds out.
var ErrUnavailable = fault.New(fault.Unavailable, "db.unavailable")

// Options say where the database is.
type Options struct {
	Driver string           // "sqlite" or "mysql"
	Path   string           // sqlite: the file; its folder must exist
	DSN    string           // mysql: user:password@tcp(host:port)/name; parameters are set here
	Now    func() time.Time // the clock; required
	Pool   int              // mysql: open connections, 0 means 32

	ServerNow func() time.Time // the server's clock in tests; nil asks the server
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	write, read *gorm.DB
	pool        *sql.DB // of write
	shared      shared  // SQLite's turns
	now         func() time.Time
	driver      string
	lock        *os.File
	woken       chan struct{}
	serverNow   func() time.Time
}

// Open connects and reads back the settings our promises rest on: a SQLite file
// that is not in WAL mode with full sync and foreign keys is refused.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Now == nil {
		return nil, errors.New("db: Options.Now is required")
	}
	switch o.Driver {
	case "sqlite":
		return openSQLite(ctx, o)
	case "mysql":
		return openMySQL(ctx, o)
	}
	return nil, fmt.Errorf("db: driver %q is not sqlite or mysql", o.Driver)
}

var gormConfig = gorm.Config{
	SkipDefaultTransaction: true,
	TranslateError:         true,
	DisableAutomaticPing:   true,
	NowFunc:                func() time.Time { return time.Time{} }, // rows carry tx.Now, never gorm's clock
	Logger:                 logger.Discard,
}

// lite is gorm's SQLite dialect over the pure Go driver, whose errors it knows
// how to read.
type lite struct{ *sqlite.Dialector }

func (lite) Translate(err error) error {
	var e *moderncsqlite.Error
	if errors.As(err, &e) {
		switch e.Code() {
		case 1555, 2067:
			return gorm.ErrDuplicatedKey
		case 787, 1811:
			return gorm.ErrForeignKeyViolated
		}
	}
	return err
}

func openSQLite(ctx context.Context, o Options) (*DB, error) {
	lock, err := lockFile(o.Path + ".lock")
	if err != nil {
		return nil, err
	}
	d := &DB{now: o.Now, driver: "sqlite", lock: lock, woken: make(chan struct{}, 1), serverNow: o.ServerNow}
	const common = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)"
	for _, pool := range []struct {
		to    **gorm.DB
		dsn   string
		conns int
	}{
		{&d.write, common + "&_txlock=immediate", 1},
		{&d.read, common + "&_pragma=query_only(1)", 6},
	} {
		cfg := gormConfig
		connector, err := moderncsqlite.NewConnector("file:" + o.Path + pool.dsn)
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("open %s: %w", o.Path, err)
		}
		conns := sql.OpenDB(prepared{connector})
		conns.SetMaxOpenConns(pool.conns)
		conns.SetMaxIdleConns(pool.conns)
		g, err := gorm.Open(lite{&sqlite.Dialector{DriverName: "sqlite", Conn: conns}}, &cfg)
		if err != nil {
			conns.Close()
			d.Close()
			return nil, fmt.Errorf("open %s: %w", o.Path, err)
		}
		*pool.to = g
		if d.pool == nil {
			d.pool = conns
		}
		if err := checkPragmas(ctx, g); err != nil {
			d.Close()
			return nil, fmt.Errorf("open %s: %w", o.Path, err)
		}
	}
	return d, nil
}

// lockFile keeps a second process from opening the same data folder: two
// sealers or two migrations on one file would fight.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be written: %w", filepath.Dir(path), err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another process is using the data folder %s: stop it, or choose another folder with --data", filepath.Dir(path))
	}
	return f, nil
}

func checkPragmas(ctx context.Context, g *gorm.DB) error {
	for _, want := range []struct{ pragma, value string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"},
	} {
		var got string
		if err := g.WithContext(ctx).Raw("PRAGMA " + want.pragma).Scan(&got).Error; err != nil {
			return err
		}
		if got != want.value {
			return fmt.Errorf("pragma %s is %q, need %q", want.pragma, got, want.value)
		}
	}
	return nil
}

func openMySQL(ctx context.Context, o Options) (*DB, error) {
	cfg, err := mysqldriver.ParseDSN(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("the MySQL address cannot be read: %w", err)
	}
	cfg.ParseTime, cfg.Loc, cfg.InterpolateParams, cfg.ClientFoundRows, cfg.MultiStatements = true, time.UTC, true, true, true
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = 5*time.Second, 30*time.Second, 30*time.Second
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	cfg.Params["transaction_isolation"] = "'READ-COMMITTED'"
	cfg.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ENGINE_SUBSTITUTION'"
	if err := cfg.Apply(mysqldriver.Charset("utf8mb4", "utf8mb4_bin")); err != nil {
		return nil, err
	}
	dsn, err := isolationParam(ctx, cfg)
	if err != nil {
		return nil, err
	}
	gc := gormConfig
	g, err := gorm.Open(mysql.New(mysql.Config{DSN: dsn, SkipInitializeWithVersion: false, DefaultStringSize: 191}), &gc)
	if err != nil {
		return nil, fmt.Errorf("open MySQL at %s/%s: %w", cfg.Addr, cfg.DBName, err)
	}
	sql, err := g.DB()
	if err != nil {
		return nil, err
	}
	n := o.Pool
	if n == 0 {
		n = 32
	}
	sql.SetMaxOpenConns(n)
	sql.SetMaxIdleConns(n)
	sql.SetConnMaxLifetime(30 * time.Minute)
	if err := sql.PingContext(ctx); err != nil {
		sql.Close()
		return nil, fmt.Errorf("open MySQL at %s/%s: %w", cfg.Addr, cfg.DBName, err)
	}
	return &DB{write: g, read: g, pool: sql, now: o.Now, driver: "mysql", woken: make(chan struct{}, 1), serverNow: o.ServerNow}, nil
}

// isolationParam names the isolation setting as this server does: MySQL says
// transaction_isolation, MariaDB before 11.1 says tx_isolation.
func isolationParam(ctx context.Context, cfg *mysqldriver.Config) (string, error) {
	probe := *cfg
	probe.Params = map[string]string{}
	conn, err := mysqldriver.NewConnector(&probe)
	if err != nil {
		return "", err
	}
	db := sqlOpen(conn)
	defer db.Close()
	var name string
	err = db.QueryRowContext(ctx, "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation','tx_isolation')").Scan(&name, new(string))
	if err != nil {
		return "", fmt.Errorf("open MySQL at %s/%s: %w", cfg.Addr, cfg.DBName, err)
	}
	level := cfg.Params["transaction_isolation"]
	delete(cfg.Params, "transaction_isolation")
	cfg.Params[name] = level
	return cfg.FormatDSN(), nil
}

// Driver is "sqlite" or "mysql".
func (d *DB) Driver() string { return d.driver }

// Now is the injected clock, in UTC to the microsecond.
func (d *DB) Now() time.Time { return d.now().UTC().Truncate(time.Microsecond) }

// Ping says whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	return d.pool.PingContext(ctx)
}

// Close ends all connections.
func (d *DB) Close() error {
	var errs []error
	for _, g := range []*gorm.DB{d.write, d.read} {
		if g == nil {
			continue
		}
		if s, err := g.DB(); err == nil {
			errs = append(errs, s.Close())
		}
		if d.driver == "mysql" {
			break
		}
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}

// IsDuplicate says that a unique key refused a row.
func IsDuplicate(err error) bool {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return true
	}
	var m *mysqldriver.MySQLError
	return errors.As(err, &m) && m.Number == 1062
}

// IsNotFound says that Take found no row.
func IsNotFound(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// passing says that the same transaction may succeed when run again.
func passing(err error) bool {
	var m *mysqldriver.MySQLError
	if errors.As(err, &m) {
		return m.Number == 1213 || m.Number == 1205 || m.Number == 1020
	}
	if errors.Is(err, driver.ErrBadConn) { // nothing was sent: the server had closed an idle connection
		return true
	}
	var s *moderncsqlite.Error
	return errors.As(err, &s) && s.Code()&0xff == 5
}

// broken says that the database could not do its work: it is full, gone or
// read-only. People are told to try again; nothing was changed.
func broken(err error) bool {
	var m *mysqldriver.MySQLError
	if errors.As(err, &m) {
		return m.Number == 1021 || m.Number == 1114 || m.Number == 1290 || m.Number == 1040 || m.Number == 1053
	}
	var s *moderncsqlite.Error
	if errors.As(err, &s) {
		switch s.Code() & 0xff {
		case 8, 10, 13, 14:
			return true
		}
	}
	return errors.Is(err, mysqldriver.ErrInvalidConn) || errors.Is(err, syscall.ECONNREFUSED) ||
		strings.Contains(err.Error(), "driver: bad connection")
}

// SQL is the writing pool itself, for benchmarks' yardsticks.
func (d *DB) SQL() *sql.DB { return d.pool }
