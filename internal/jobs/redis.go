// Package jobs runs what transactions left to be done: it relays outbox messages
// into asynq, handles them, and keeps the schedules. Redis only wakes workers;
// every outcome stays the same when it is emptied or gone (I11).
package jobs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
)

// Redis says where asynq keeps its queues.
type Redis struct {
	Address  string
	Password string
	DB       int
}

// Embedded starts a Redis inside this process, for one process and small load.
// It forgets everything at a restart; the outbox does not.
func Embedded(ctx context.Context) (Redis, error) {
	var secret [16]byte
	_, _ = rand.Read(secret[:])
	m := miniredis.NewMiniRedis()
	password := hex.EncodeToString(secret[:])
	m.RequireAuth(password)
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return Redis{}, fmt.Errorf("in-process Redis: %w", err)
	}
	// miniredis lets no key expire by itself: leases and locks would stay for ever.
	go func() {
		const step = 500 * time.Millisecond
		tick := time.NewTicker(step)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				m.Close()
				return
			case <-tick.C:
				m.FastForward(step)
			}
		}
	}()
	return Redis{Address: m.Addr(), Password: password}, nil
}

func (r Redis) opt() asynq.RedisClientOpt {
	return asynq.RedisClientOpt{Addr: r.Address, Password: r.Password, DB: r.DB, DialTimeout: 2 * time.Second, ReadTimeout: 3 * time.Second, WriteTimeout: 3 * time.Second}
}
