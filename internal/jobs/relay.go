package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/outbox"
)

// Relay hands outbox messages to asynq. Any number may run; a message handed
// out twice is handled once, because handlers claim in SQL.
type Relay struct {
	db     *db.DB
	client *asynq.Client
	timing Timing
	log    *slog.Logger
}

const relayBatch = 200

// Once relays what is due and answers how many messages it handed out.
func (r *Relay) Once(ctx context.Context) (int, error) {
	var waiting bool
	if err := r.db.Read(ctx, func(tx *db.Tx) (err error) { waiting, err = outbox.Waiting(tx, r.timing.Resend); return err }); err != nil || !waiting {
		return 0, err
	}
	var batch []outbox.Message
	var at time.Time
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		at = tx.Now()
		batch, err = outbox.Take(tx, r.timing.Resend, relayBatch)
		return err
	})
	if err != nil {
		return 0, err
	}
	crashpoint.Here("K4")
	var errs []error
	for _, m := range batch {
		// A fresh id for each hand-out: an archived or retained task keeps its id,
		// and a Redis may remember those of a database that was since restored.
		id := fmt.Sprintf("%s/%d/%d", m.Subject, m.Tries, at.UnixMicro())
		_, err := r.client.EnqueueContext(ctx, asynq.NewTask(m.Topic, []byte(m.Subject)), asynq.TaskID(id), asynq.MaxRetry(0), asynq.Timeout(r.timing.Work))
		if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) && !errors.Is(err, asynq.ErrDuplicateTask) {
			errs = append(errs, err)
		}
		crashpoint.Here("K5")
	}
	return len(batch), errors.Join(errs...)
}

// Run relays on every wake-up and once a second, until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		n, err := r.Once(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "relay", "err", err)
		}
		if n == relayBatch && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-r.db.Woken():
		case <-tick.C:
		}
	}
}
