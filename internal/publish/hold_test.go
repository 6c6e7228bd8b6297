package publish

import (
	"context"
	"log/slog"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

// Somebody may stop a publication after a worker claimed it and before the
// worker finds that it cannot go out: it stays cancelled (I5).
func TestWhatWasCancelledIsNotHeldAfterwards(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := context.Background()
	k := NewPublisher(d, nil, func(*db.Tx, int64, string, string, map[string]any) error { return nil }, Timing{}, slog.New(slog.DiscardHandler))
	p := &Publication{ManuscriptID: 1, RevisionID: 1, Channel: "website", Status: Delivering}
	err := d.Write(ctx, func(tx *db.Tx) error {
		if err := insert(tx, p); err != nil {
			return err
		}
		return cancel(tx, p, "publish.unscheduled")
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.hold(ctx, p.ID, "publish.channel_unknown"); err != nil {
		t.Fatal(err)
	}
	err = d.Read(ctx, func(tx *db.Tx) error {
		now, err := Load(tx, p.ID)
		if err == nil && now.Status != Cancelled {
			t.Errorf("it is %s", now.Status)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
