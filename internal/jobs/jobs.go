package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/progress"
	"gongkai/internal/publish"
	"gongkai/internal/review"
)

// Workers does what the outbox holds and keeps the schedules.
type Workers struct {
	DB        *db.DB
	Redis     Redis
	Publisher *publish.Publisher
	Desk      *review.Desk
	Sealer    *audit.Sealer
	Watch     *audit.Watch                    // over the sealer
	Forget    func(tx *db.Tx) error           // removes answers kept for repeated requests
	Clean     func(ctx context.Context) error // removes what is over, once a night
	Tell      func(ctx context.Context) error // takes word of notices outside
	Errands   *progress.Runner                // long work people sent off; nil for none
	Requests  func(ctx context.Context) error // warns of requests that fall due; nil for none
	Words     func(ctx context.Context) error // enters requests into what their register is looked through by; nil for none
	Reports   func(ctx context.Context) error // warns of an annual report that falls due; nil for none
	Duties    func(ctx context.Context) error // warns of what has to be published by a day; nil for none
	Rewrap    func(ctx context.Context) error // brings applicants under the current key; nil for none
	Calendar  func(ctx context.Context) error // says that next year's holidays are not known; nil for none
	Log       *slog.Logger
	Parallel  int // tasks at once, and as many again of what is overdue; 0 is 8
	Timing    Timing
}

// Timing says when work is taken up again.
type Timing struct {
	Work   time.Duration // bounds one task: longer than a channel's call, shorter than a publication's lease
	Resend time.Duration // see outbox.Take
	Sweep  time.Duration
}

// Run works until ctx ends. Without Redis the relay cannot hand out, so the
// sweeper works on what is due by itself.
func (w *Workers) Run(ctx context.Context) error {
	server := asynq.NewServer(w.Redis.opt(), asynq.Config{Concurrency: w.parallel(), TaskCheckInterval: 100 * time.Millisecond, ShutdownTimeout: 35 * time.Second,
		Logger: quiet{w.Log}, LogLevel: asynq.WarnLevel, BaseContext: func() context.Context { return ctx },
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return time.Second }})
	mux := asynq.NewServeMux()
	mux.HandleFunc(publish.Topic, func(ctx context.Context, t *asynq.Task) error { return w.deliver(ctx, string(t.Payload())) })
	if w.Errands != nil {
		// An errand may take longer than a task: its lease, not the queue, bounds it.
		mux.HandleFunc(progress.Topic, func(_ context.Context, t *asynq.Task) error { return w.Errands.Handle(ctx, string(t.Payload())) })
	}
	var wg sync.WaitGroup
	client := asynq.NewClient(w.Redis.opt())
	defer client.Close()
	relay := &Relay{w.DB, client, w.Timing, w.Log}
	wg.Go(func() { relay.Run(ctx) })
	for _, s := range w.schedule() {
		wg.Go(func() { w.every(ctx, s) })
	}
	wg.Go(func() { w.serve(ctx, server, mux) })
	<-ctx.Done()
	wg.Wait()
	return nil
}

func (w *Workers) parallel() int {
	if w.Parallel == 0 {
		return 8
	}
	return w.Parallel
}

// serve keeps the asynq server up: it refuses to start without Redis, so the
// start is tried again until Redis is there.
func (w *Workers) serve(ctx context.Context, server *asynq.Server, mux *asynq.ServeMux) {
	for {
		err := server.Start(mux)
		if err == nil {
			<-ctx.Done()
			server.Shutdown()
			return
		}
		w.Log.WarnContext(ctx, "queue", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(2 * time.Second):
		}
	}
}

func (w *Workers) deliver(ctx context.Context, subject string) error {
	id, err := strconv.ParseInt(strings.TrimPrefix(subject, "publication:"), 10, 64)
	if err != nil {
		return fmt.Errorf("task %q: %w", subject, asynq.SkipRetry)
	}
	return w.Publisher.Deliver(ctx, id)
}

// quiet sends asynq's log to ours.
type quiet struct{ log *slog.Logger }

func (q quiet) Debug(args ...any) { q.log.Debug("queue", "say", fmt.Sprint(args...)) }
func (q quiet) Info(args ...any)  { q.log.Debug("queue", "say", fmt.Sprint(args...)) }
func (q quiet) Warn(args ...any)  { q.log.Warn("queue", "say", fmt.Sprint(args...)) }
func (q quiet) Error(args ...any) { q.log.Error("queue", "say", fmt.Sprint(args...)) }
func (q quiet) Fatal(args ...any) { q.log.Error("queue", "say", fmt.Sprint(args...)) }
