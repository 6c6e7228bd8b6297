package db_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func TestOneOfManyNodesHasTheTurn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for round := range 5 {
			for _, job := range []string{"a", "b"} {
				var got atomic.Int32
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						mine, err := d.Turn(context.Background(), job, time.Minute)
						if err != nil {
							t.Error(err)
						}
						if mine {
							got.Add(1)
						}
					})
				}
				all.Wait()
				if got.Load() != 1 {
					t.Fatalf("round %d of %s: %d nodes had the turn", round, job, got.Load())
				}
			}
			clock.Advance(time.Minute)
		}
	})
}
