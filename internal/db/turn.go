package db

import (
	"context"
	"time"
)

// Turn gives a job that every node keeps to one of them: it answers true once in
// the given time, whoever asks. A node that dies in its turn costs the job that
// time, no more.
func (d *DB) Turn(ctx context.Context, job string, every time.Duration) (mine bool, err error) {
	var until []int64
	err = d.Read(ctx, func(tx *Tx) error {
		if err := tx.G.Raw("SELECT until FROM leases WHERE name = ?", job).Scan(&until).Error; err != nil {
			return err
		}
		mine = len(until) == 0 || until[0] <= Micros(tx.Now())
		return nil
	})
	if err != nil || !mine {
		return false, err
	}
	err = d.Write(ctx, func(tx *Tx) error {
		next, now := Micros(tx.Now().Add(every)), Micros(tx.Now())
		q, args := "UPDATE leases SET until = ?, fence = fence + 1 WHERE name = ? AND until <= ?", []any{next, job, now}
		if len(until) == 0 {
			q, args = "INSERT INTO leases (name, owner, until, fence) VALUES (?, '', ?, 1)", []any{job, next}
		}
		res := tx.G.Exec(q, args...)
		mine = res.RowsAffected == 1
		return res.Error
	})
	if IsDuplicate(err) {
		return false, nil
	}
	return mine && err == nil, err
}
