package db

import (
	"context"

	"gongkai/internal/db/migrations"
)

// RunStep runs a migration again, as after a kill in its middle.
func (d *DB) RunStep(ctx context.Context, m migrations.Migration) error {
	conn, err := d.write.DB()
	if err != nil {
		return err
	}
	return d.runStep(ctx, conn, m)
}
