package holiday

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

// Refresh brings the calendar up to the confirmed notices, over those the program
// was made with.
func (k *Desk) Refresh(ctx context.Context) error {
	k.refreshing.Lock()
	defer k.refreshing.Unlock()
	return k.db.Read(ctx, func(tx *db.Tx) error {
		n, err := countConfirmed(tx)
		if err != nil || n == k.seen {
			return err
		}
		confirmed, err := all(tx, "confirmed = 1")
		if err != nil {
			return err
		}
		slices.SortStableFunc(confirmed, func(a, b Proposal) int { return a.EndedAt.Compare(b.EndedAt) })
		with, err := calendar.Load()
		var before []calendar.Past
		for _, p := range confirmed {
			if err != nil {
				return err
			}
			before = append(before, calendar.Past{Until: p.EndedAt, Was: with})
			with, err = with.With(p.Notice)
		}
		if err != nil {
			return err
		}
		k.calendar.Adopt(with, before...)
		k.seen = n
		return nil
	})
}

// Keep refreshes again and again until ctx ends: what was confirmed on another
// node counts here after that time.
func (k *Desk) Keep(ctx context.Context, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := k.Refresh(ctx); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "holiday notices", "err", err)
			}
		}
	}
}
