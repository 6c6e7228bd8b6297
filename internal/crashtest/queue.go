package crashtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"testing"
	"time"

	"gongkai/internal/apptest"

	"github.com/alicebob/miniredis/v2"
)

// queue is a Redis outside the program: a server of its own where the machine
// has one, so that no other test's tasks are in it, else one in this process.
type queue struct {
	t       testing.TB
	address string
	server  *exec.Cmd // nil: mini
	mini    *miniredis.Miniredis
}

func startQueue(t testing.TB) *queue {
	t.Helper()
	q := &queue{t: t, address: apptest.FreeAddress(t)}
	if _, err := exec.LookPath("redis-server"); err == nil {
		q.begin()
		t.Cleanup(q.stop)
		return q
	}
	q.mini = miniredis.NewMiniRedis()
	if err := q.mini.StartAddr(q.address); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		age(ctx, q.mini)
	}()
	t.Cleanup(func() {
		end()
		<-over
		q.mini.Close()
	})
	return q
}

// begin starts the server with nothing in it and waits until it answers.
func (q *queue) begin() {
	if q.mini != nil {
		if err := q.mini.Restart(); err != nil {
			q.t.Errorf("redis: %v", err)
		}
		return
	}
	_, port, _ := net.SplitHostPort(q.address)
	q.server = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
	if err := q.server.Start(); err != nil {
		q.t.Errorf("redis: %v", err)
		return
	}
	for range 200 {
		if q.say("PING") == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	q.t.Error("redis does not answer")
}

// stop is kill -9; what it held is gone.
func (q *queue) stop() {
	if q.mini != nil {
		q.mini.Close()
		return
	}
	_ = q.server.Process.Kill()
	_ = q.server.Wait()
}

// flush empties it.
func (q *queue) flush() {
	if q.mini != nil {
		q.mini.FlushAll()
		return
	}
	if err := q.say("FLUSHALL"); err != nil {
		q.t.Errorf("redis: %v", err)
	}
}

func (q *queue) say(command string) error {
	c, err := net.DialTimeout("tcp", q.address, time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := fmt.Fprintf(c, "%s\r\n", command); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, 5))
	return err
}

// age lets the keys of a miniredis expire.
func age(ctx context.Context, r *miniredis.Miniredis) {
	const step = 200 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.FastForward(step)
		}
	}
}
