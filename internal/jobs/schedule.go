package jobs

import (
	"context"
	"sync"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/progress"
)

// job is done again and again on every node. Each is safe to run twice: the
// truth of what is due, or was done, is in SQL.
type job struct {
	name  string
	every time.Duration
	do    func(ctx context.Context) error
}

func (w *Workers) schedule() []job {
	all := []job{
		{"sweep", w.Timing.Sweep, w.Publisher.Sweep},
		{"pins", w.Timing.Sweep, w.Publisher.EndPins},
		{"overdue", w.Timing.Sweep, w.overdue},
		{"clock", w.Timing.Sweep, w.Publisher.WatchClock},
		{"inspect", 15 * time.Minute, w.Publisher.Inspect},
		{"seal", 500 * time.Millisecond, func(ctx context.Context) error { _, err := w.Sealer.Once(ctx); return err }},
		{"unsealed", 5 * time.Second, w.Watch.Once},
		{"remind", time.Minute, w.Desk.Remind},
		{"tell", 30 * time.Second, w.Tell},
		{"index", 10 * time.Second, w.Desk.Index},
		{"clean", 10 * time.Minute, w.Clean},
		{"forget", time.Hour, func(ctx context.Context) error { return w.DB.Write(ctx, w.Forget) }},
	}
	if w.Errands != nil {
		all = append(all, job{"errands", w.Timing.Sweep, w.Errands.Overdue}, job{"results", time.Hour, func(ctx context.Context) error {
			return w.DB.Write(ctx, func(tx *db.Tx) error { return progress.Forget(tx, tx.Now().Add(-progress.KeepResult)) })
		}})
	}
	if w.Requests != nil {
		all = append(all, job{"requests", 10 * time.Minute, w.Requests})
	}
	if w.Words != nil {
		all = append(all, job{"words", time.Minute, w.Words})
	}
	if w.Reports != nil {
		all = append(all, job{"reports", time.Hour, w.Reports})
	}
	if w.Duties != nil {
		all = append(all, job{"duties", 10 * time.Minute, w.Duties})
	}
	if w.Rewrap != nil {
		all = append(all, job{"rewrap", 10 * time.Minute, w.Rewrap})
	}
	if w.Calendar != nil {
		all = append(all, job{"calendar", time.Hour, w.Calendar})
	}
	return all
}

// overdue meets the promise of time when the queue does not: what is overdue is
// worked on here, without Redis, side by side, so that one slow platform does
// not hold up the rest.
func (w *Workers) overdue(ctx context.Context) error {
	ids, err := w.Publisher.Overdue(ctx)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	places := make(chan struct{}, w.parallel())
	for _, id := range ids {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			if err := w.Publisher.Deliver(ctx, id); err != nil {
				w.Log.WarnContext(ctx, "overdue", "publication", id, "err", err)
			}
		})
	}
	wg.Wait()
	return nil
}

func (w *Workers) every(ctx context.Context, j job) {
	tick := time.NewTicker(j.every)
	defer tick.Stop()
	for {
		if err := j.do(ctx); err != nil && ctx.Err() == nil {
			w.Log.WarnContext(ctx, j.name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
