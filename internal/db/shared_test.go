package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

// Writers that share a commit stay apart: who fails, panics or goes away takes
// nothing of the others along, and who is answered is there.
func TestWritersOfOneRoundStayApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		no := errors.New("no")
		var mu sync.Mutex
		done := map[string]bool{}
		var all sync.WaitGroup
		var woken atomic.Int64
		for c := range 16 {
			rng := rand.New(rand.NewPCG(uint64(c), 1))
			all.Go(func() {
				for i := range 40 {
					name := fmt.Sprintf("%02d-%02d", c, i)
					fate := rng.IntN(5)
					ctx, gone := context.WithCancel(context.Background())
					if fate == 3 {
						go gone()
					}
					err := func() (err error) {
						defer func() {
							if p := recover(); p != nil {
								err = no
							}
						}()
						return d.Write(ctx, func(tx *db.Tx) error {
							tx.AfterCommit(func() { woken.Add(1) })
							if err := lease(tx, name, i); err != nil {
								return err
							}
							switch fate {
							case 1:
								return no
							case 2:
								panic("no")
							case 4:
								return lease(tx, name, i) // twice the same key
							}
							return nil
						})
					}()
					gone()
					switch {
					case err == nil:
						mu.Lock()
						done[name] = true
						mu.Unlock()
					case fate == 0, fate == 3 && !errors.Is(err, context.Canceled), fate == 4 && !db.IsDuplicate(err):
						t.Errorf("%s: fate %d, %v", name, fate, err)
					}
				}
			})
		}
		all.Wait()
		there := names(t, d)
		if len(there) != len(done) || int(woken.Load()) != len(done) {
			t.Errorf("%d answered, %d there, %d told after the commit", len(done), len(there), woken.Load())
		}
		for _, n := range there {
			if !done[n] {
				t.Errorf("%s is there and was not answered", n)
			}
		}
	})
}
