// Package app builds the program from its settings, runs it and stops it. It is
// the only package that knows all others.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"gongkai/config"
	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/jobs"
	"gongkai/internal/retain"
	"gongkai/internal/site"
)

// Roles say what this process does; several nodes may share one database.
type Roles struct{ Web, Work bool }

// App is one running program.
type App struct {
	Config config.Config
	parts
	log *slog.Logger
}

// Build opens the database, brings its schema up to date, pins the chains and
// wires everything. Nothing is served yet.
func Build(ctx context.Context, c config.Config, log *slog.Logger) (*App, error) {
	return build(ctx, c, log, time.Now)
}

func build(ctx context.Context, c config.Config, log *slog.Logger, now func() time.Time) (*App, error) {
	// The heap is small and most of it lives for one request: collecting it a
	// third as often saves a tenth of the processor for some ten megabytes.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	d, err := openDatabase(ctx, c, now)
	if err != nil {
		return nil, err
	}
	a := &App{Config: c, log: log}
	if a.parts, err = wire(ctx, c, d, log); err != nil {
		d.Close()
		return nil, err
	}
	return a, nil
}

// OpenDatabase opens the database of the settings without touching its schema.
func OpenDatabase(ctx context.Context, c config.Config) (*db.DB, error) {
	return openDatabase(ctx, c, time.Now)
}

func openDatabase(ctx context.Context, c config.Config, now func() time.Time) (*db.DB, error) {
	o := db.Options{Driver: c.Database.Driver, DSN: c.Database.DSN, Pool: c.Database.Pool, Now: now}
	if c.Data != "" {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return nil, fmt.Errorf("the data folder %s cannot be made: %w", c.Data, err)
		}
		o.Path = c.Data + "/gongkai.db"
	}
	return db.Open(ctx, o)
}

// Close ends the database connections.
func (a *App) Close() error { return a.DB.Close() }

// Listeners are the open addresses of a serving app.
type Listeners struct{ Staff, Public net.Listener }

// Listen opens the addresses of the settings. A taken port is said by name.
func Listen(c config.Config) (Listeners, error) {
	staff, err := listen("staff", c.Staff.Listen)
	if err != nil {
		return Listeners{}, err
	}
	public, err := listen("public", c.Public.Listen)
	if err != nil {
		staff.Close()
		return Listeners{}, err
	}
	return Listeners{staff, public}, nil
}

func listen(name, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the %s address %s cannot be opened (is another program using it? choose another with %s.listen): %w", name, address, name, err)
	}
	return l, nil
}

// Serve runs the roles until ctx ends, then lets what is under way finish.
func (a *App) Serve(ctx context.Context, r Roles, l Listeners) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	errs := make(chan error, 4)
	start := func(name string, run func() error) {
		wg.Go(func() {
			defer stop()
			if err := run(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				errs <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	if r.Web {
		staff, err := a.staffHandler()
		if err != nil {
			return err
		}
		public, err := a.publicHandler()
		if err != nil {
			return err
		}
		start("staff pages", func() error { return httpserver.Listen(ctx, l.Staff, staff, a.log) })
		start("public pages", func() error { return httpserver.Listen(ctx, l.Public, public, a.log) })
	}
	if r.Work {
		redis := jobs.Redis{Address: a.Config.Redis.Address, Password: a.Config.Redis.Password, DB: a.Config.Redis.DB}
		if redis.Address == "" {
			var err error
			// It outlives the workers, who say goodbye to it.
			kept, end := context.WithCancel(context.WithoutCancel(ctx))
			defer end()
			if redis, err = jobs.Embedded(kept); err != nil {
				return err
			}
		}
		w := &jobs.Workers{DB: a.DB, Redis: redis, Publisher: a.Publisher, Desk: a.Desk, Sealer: a.sealer, Watch: audit.NewWatch(a.DB, tellAuditors(a.log)), Forget: httpserver.Forget, Clean: retain.New(a.DB).Once, Tell: a.messenger.Once, Errands: a.errands, Requests: a.requests.Remind, Calendar: a.holidays.Remind, Rewrap: a.requests.RewrapAll, Reports: a.reports.Remind, Duties: a.duties.Remind, Words: a.requests.Index, Log: a.log,
			Timing: jobs.Timing{Work: (a.Config.Publish.Call + a.Config.Publish.Lease) / 2, Resend: a.Config.Publish.Resend, Sweep: a.Config.Publish.Sweep}}
		start("workers", func() error { return w.Run(ctx) })
	}
	wg.Go(func() { a.holidays.Keep(ctx, 5*time.Second, a.log) })
	<-ctx.Done()
	wg.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// staffHandler is the API and the pages of the office.
func (a *App) staffHandler() (http.Handler, error) {
	e, err := a.server.Engine()
	if err != nil {
		return nil, err
	}
	a.API.Mount(e)
	a.Staff.Mount(e)
	a.mountHealth(e)
	return e, nil
}

// publicHandler is the website, the pages of requests, and the callback of the
// WeChat platform.
func (a *App) publicHandler() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("/", a.Site.Handler())
	requests, err := a.server.Addressed(a.asking.Serve)
	if err != nil {
		return nil, err
	}
	mux.Handle(site.Requests, requests)
	if a.wechat != nil {
		mux.Handle("/wechat/callback", a.wechat.Callback())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// ServeMux would redirect //evil.com; such a path is nothing of ours.
		if strings.HasPrefix(r.URL.Path, "//") || r.URL.Path == "" {
			a.Site.Handler().ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}
