package wechat

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	sim "gongkai/internal/wechatsim"
)

// TestFaultStorm throws seeded random faults, parallel workers, killed intents
// and take-downs at single deliveries. Whatever happens, the public sees at
// most one copy, and nothing is called published that is not.
func TestFaultStorm(t *testing.T) {
	runs := 200
	if testing.Short() {
		runs = 40
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		if d.Driver() == "mysql" {
			runs = min(runs, 60)
		}
		ends := map[string]int{}
		for seed := range uint64(runs) {
			if t.Failed() {
				break
			}
			ends[storm(t, d, clock, seed)]++
		}
		t.Logf("ends: %v", ends)
		if ends["published"] < runs/4 {
			t.Errorf("hardly anything was published: %v", ends)
		}
	})
}

var stormKinds = []string{
	sim.AcceptThen500, sim.AcceptThenReset, sim.RejectBefore, sim.HTML502, sim.CutJSON, sim.EmptyID, sim.ErrCode,
	sim.TokenExpire, sim.TokenRotated, sim.AcceptThenTimeout,
}

var stormPaths = []string{platform.PathUploadImage, platform.PathDraftAdd, platform.PathDraftGet, platform.PathDraftList, platform.PathSubmit, platform.PathSubmit, platform.PathStatus, platform.PathList, platform.PathArticle, platform.PathDelete, platform.PathToken}

func storm(t *testing.T, d *db.DB, clock *dbtest.Clock, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 7))
	id := int64(10_000 + seed)
	atSuccess := r.IntN(2) == 0
	auto := !atSuccess && r.IntN(2) == 0 // the platform AutoResubmit is meant for
	w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wxstorm", id),
		sim: func(o *sim.Options) {
			o.ConsumeAtSuccess, o.StringIDs = atSuccess, r.IntN(2) == 0
			o.SecondSubmit = sim.Duplicate // the worst a platform could do
			o.Review = time.Duration(1+r.IntN(1800)) * time.Second
		},
		cfg: func(c *Config) {
			c.AutoResubmit = auto
			c.CallTimeout, c.UploadTimeout = 150*time.Millisecond, 150*time.Millisecond
		}})
	for range 1 + r.IntN(6) {
		f := sim.Fault{Kind: stormKinds[r.IntN(len(stormKinds))], Path: stormPaths[r.IntN(len(stormPaths))], Nth: 1 + r.IntN(3), Times: 1 + r.IntN(2)}
		if f.Kind == sim.AcceptThenTimeout {
			f.Times = 1
		}
		if f.Kind == sim.ErrCode {
			f.Code = []int{-1, 45011, 40164, 12345, 45009}[r.IntN(5)]
		}
		w.arm(f)
	}
	if r.IntN(4) == 0 {
		w.arm(sim.Fault{Kind: sim.ListLag, DelayMS: r.IntN(3600_000)})
	}
	takeDown := r.IntN(3) == 0
	from := r.IntN(12)
	for i := range 40 {
		if i == 25 {
			w.sim.Disarm()
		}
		do := w.ch.Deliver
		if takeDown && i >= from {
			do = w.ch.TakeDown
			w.write(func(tx *db.Tx) error {
				return tx.G.Exec("UPDATE publications SET state = 'retracting' WHERE id = ?", id).Error
			})
		}
		w.sim.Tick(context.Background())
		var wg sync.WaitGroup
		receipts := make([]publish.Receipt, 1+r.IntN(2))
		for n := range receipts {
			wg.Go(func() {
				got, err := do(context.Background(), w.it)
				if ignoreFenced(err) != nil && !errors.Is(err, publish.ErrStopped) {
					t.Errorf("seed %d: %v", seed, err)
				}
				receipts[n] = got
				if takeDown && i >= from && (got.State == publish.Published || got.State == publish.Rejected) {
					t.Errorf("seed %d: TakeDown answered %s", seed, got.State)
				}
			})
		}
		wg.Wait()
		w.check()
		next := clock.Now().Add(time.Duration(r.IntN(90)) * time.Second)
		if receipts[0].NextAt.After(next) && r.IntN(3) > 0 {
			next = receipts[0].NextAt
		}
		clock.Set(next)
		if s := w.row().State; s == gone || s == published && !takeDown {
			break
		}
	}
	w.sim.Tick(context.Background())
	w.check()
	d2 := w.row()
	ever, now := w.seen()
	if takeDown && from == 0 && ever > 0 {
		t.Errorf("seed %d: published after it was taken down\n%s", seed, w.story())
	}
	// A copy the public sees is known, or somebody is still looking for it.
	if now == 1 && d2.State == gone || now == 0 && d2.State == published {
		t.Errorf("seed %d: %s with %d visible\n%s", seed, d2.State, now, w.story())
	}
	if d2.State == needsPerson && d2.Reason == "wechat.duplicate" {
		t.Errorf("seed %d: a duplicate\n%s", seed, w.story())
	}
	return string(d2.State)
}
