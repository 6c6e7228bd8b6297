package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/mysql"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"gongkai/internal/db/migrations"
)

// MigrationStatus is one numbered step and when it was applied.
type MigrationStatus struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero when pending
}

func (d *DB) provider() (*goose.Provider, error) {
	if d.driver == "sqlite" {
		// goose keeps a connection of its own while a step runs on another.
		d.pool.SetMaxOpenConns(2)
	}
	dialect := goose.DialectSQLite3
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.driver == "mysql" {
		dialect = goose.DialectMySQL
		locker, err := lock.NewMySQLTableLocker(lock.WithTableLockTimeout(time.Second, 120))
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithLocker(locker))
	}
	var steps []*goose.Migration
	for _, m := range migrations.All {
		steps = append(steps, goose.NewGoMigration(m.Version, &goose.GoFunc{
			Mode: goose.TransactionDisabled,
			RunDB: func(ctx context.Context, conn *sql.DB) error {
				if err := d.runStep(ctx, conn, m); err != nil {
					return fmt.Errorf("migration %d %s: %w", m.Version, m.Name, err)
				}
				return nil
			},
		}, nil))
	}
	return goose.NewProvider(dialect, d.pool, nil, append(opts, goose.WithGoMigrations(steps...))...)
}

// oneWriter ends what provider began: SQLite has one writing connection.
func (d *DB) oneWriter() {
	if d.driver == "sqlite" {
		d.pool.SetMaxOpenConns(1)
	}
}

func (d *DB) migrator(ctx context.Context, conn *sql.DB) (*gorm.DB, error) {
	cfg := gormConfig
	if d.driver == "mysql" {
		g, err := gorm.Open(mysql.New(mysql.Config{Conn: conn}), &cfg)
		if err != nil {
			return nil, err
		}
		return g.WithContext(ctx).Set("gorm:table_options", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"), nil
	}
	g, err := gorm.Open(lite{&sqlite.Dialector{DriverName: "sqlite", Conn: conn}}, &cfg)
	if err != nil {
		return nil, err
	}
	return g.WithContext(ctx), nil
}

// runStep applies one step, whatever has been recorded of it.
func (d *DB) runStep(ctx context.Context, conn *sql.DB, m migrations.Migration) error {
	g, err := d.migrator(ctx, conn)
	if err != nil {
		return err
	}
	return m.Up(g)
}

// Migrate applies what is pending. Many nodes may call it at once. A schema
// newer than this program is refused: an old program must not write to it.
func (d *DB) Migrate(ctx context.Context) error {
	p, err := d.provider()
	if err != nil {
		return err
	}
	defer d.oneWriter()
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if newest := migrations.All[len(migrations.All)-1].Version; have > newest {
		return fmt.Errorf("the database has schema %d, this program knows %d: start the newer program, or restore the older database", have, newest)
	}
	_, err = p.Up(ctx)
	return err
}

// MigrationStatuses lists every step this program knows.
func (d *DB) MigrationStatuses(ctx context.Context) ([]MigrationStatus, error) {
	p, err := d.provider()
	if err != nil {
		return nil, err
	}
	defer d.oneWriter()
	states, err := p.Status(ctx)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, m := range migrations.All {
		names[m.Version] = m.Name
	}
	var out []MigrationStatus
	for _, s := range states {
		out = append(out, MigrationStatus{Version: s.Source.Version, Name: names[s.Source.Version], AppliedAt: s.AppliedAt})
	}
	return out, nil
}
