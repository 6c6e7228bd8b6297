package jobs

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/outbox"
)

// A Redis may remember tasks of a database that was restored since, or of
// another one: their ids must not swallow the message of today.
func TestOldTasksHoldNoMessageUp(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	redis, err := Embedded(ctx)
	if err != nil {
		t.Fatal(err)
	}
	client := asynq.NewClient(redis.opt())
	defer client.Close()
	for day := range 2 {
		d, clock := dbtest.SQLite(t)
		clock.Advance(time.Duration(day) * 24 * time.Hour)
		err := d.Write(ctx, func(tx *db.Tx) error { return outbox.Add(tx, "publish", "publication:1", tx.Now()) })
		if err != nil {
			t.Fatal(err)
		}
		r := &Relay{db: d, client: client, timing: Timing{Work: time.Minute, Resend: time.Minute}, log: slog.New(slog.DiscardHandler)}
		if n, err := r.Once(ctx); n != 1 || err != nil {
			t.Fatalf("%d %v", n, err)
		}
	}
	inspector := asynq.NewInspector(redis.opt())
	defer inspector.Close()
	if pending, err := inspector.ListPendingTasks("default"); err != nil || len(pending) != 2 {
		t.Errorf("%d tasks wait, %v", len(pending), err)
	}
}
