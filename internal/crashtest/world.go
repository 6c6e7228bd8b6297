package crashtest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/app"
	"gongkai/internal/apptest"
	"gongkai/internal/crashtest/checker"
	"gongkai/internal/dbtest"
	"gongkai/internal/wechatsim"
)

// World is the program as processes of its own, an office, and everything
// outside it in this process: the WeChat simulator, a Redis, a reader.
type World struct {
	t      testing.TB
	driver string
	data   string
	dsn    string
	rng    *rand.Rand
	office *apptest.Office
	staff  string
	public string
	sim    *wechatsim.Sim
	simURL string
	redis  *queue // nil: the program's own
	web    *process
	worker *process // web itself on SQLite, whose file one process opens
	log    *logbook
	http   *http.Client

	mu      sync.Mutex
	journal checker.Journal
	watched map[string]checker.Sighting // last look by path
}

// options choose a world.
type options struct {
	driver string
	seed   uint64
	redis  bool // a Redis outside the program, which the test may flush and stop
}

const (
	callbackToken = "crashtest"
	aesKey        = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// timing is the program's own, shortened so that a killed worker's work is taken
// up within seconds.
var timing = []string{"GONGKAI_PUBLISH__CALL=1500ms", "GONGKAI_PUBLISH__LEASE=2s", "GONGKAI_PUBLISH__RESEND=1s", "GONGKAI_PUBLISH__SWEEP=1s",
	"GONGKAI_WECHAT__FIRST_POLL=100ms"}

func start(t testing.TB, o options) *World {
	t.Helper()
	w := &World{t: t, driver: o.driver, data: t.TempDir(), rng: rand.New(rand.NewPCG(o.seed, 1)), log: &logbook{}, watched: map[string]checker.Sighting{},
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	w.journal.Expected = map[int64]string{}
	staff, public := apptest.FreeAddress(t), apptest.FreeAddress(t)
	w.staff, w.public = "http://"+staff, "http://"+public

	var err error
	// What nobody documents of the platform differs from world to world.
	second := []wechatsim.SecondSubmit{wechatsim.Refuse, wechatsim.Same, wechatsim.Duplicate}[w.rng.IntN(3)]
	w.sim, err = wechatsim.Open(t.TempDir(), wechatsim.Options{Now: time.Now, Review: 50 * time.Millisecond, Seed: o.seed, Hold: 2 * time.Second,
		StringIDs: w.rng.IntN(2) == 0, ConsumeAtSuccess: w.rng.IntN(2) == 0, SecondSubmit: second,
		Callback: wechatsim.Callback{URL: w.public + "/wechat/callback", Token: callbackToken, AESKey: aesKey, Client: &http.Client{Timeout: 5 * time.Second}},
		Quotas:   plenty()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.sim.Handler())
	w.simURL = server.URL
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.sim.Run(ctx, 20*time.Millisecond) })

	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "GONGKAI_ENV=development", "GONGKAI_DATA=" + w.data, "GONGKAI_LOG__LEVEL=warn",
		"GONGKAI_STAFF__LISTEN=" + staff, "GONGKAI_STAFF__URL=" + w.staff, "GONGKAI_PUBLIC__LISTEN=" + public, "GONGKAI_PUBLIC__URL=" + w.public,
		"GONGKAI_WECHAT__ENABLED=true", "GONGKAI_WECHAT__BASE_URL=" + w.simURL, "GONGKAI_WECHAT__APP_ID=" + w.sim.AppID(), "GONGKAI_WECHAT__SECRET=" + w.sim.Secret(),
		"GONGKAI_WECHAT__CALLBACK_TOKEN=" + callbackToken, "GONGKAI_WECHAT__AES_KEY=" + aesKey, fmt.Sprintf("GONGKAI_WECHAT__AUTO_RESUBMIT=%v", w.rng.IntN(3) > 0)}, timing...)
	if o.redis || o.driver == "mysql" { // web and worker need one they share
		w.redis = startQueue(t)
		env = append(env, "GONGKAI_REDIS__ADDRESS="+w.redis.address)
	}
	if o.driver == "mysql" {
		w.dsn = dbtest.MySQLDatabase(t)
		key := filepath.Join(w.data, "audit-seed")
		if err := os.WriteFile(key, []byte(strings.Repeat("0a", 32)), 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, "GONGKAI_DATABASE__DRIVER=mysql", "GONGKAI_DATABASE__DSN="+w.dsn, "GONGKAI_AUDIT__KEY_FILE="+key, "GONGKAI_SIGN_IN__KEY_FILE="+key)
		w.office = foundOffice(t, w.data, w.dsn)
		w.web = &process{role: "web", path: Program(t), env: env, log: w.log}
		w.worker = &process{role: "worker", path: Program(t), env: env, log: w.log}
	} else {
		w.dsn = filepath.Join(w.data, "gongkai.db")
		w.office = copyOffice(t, w.data)
		w.web = &process{role: "serve", path: Program(t), env: env, log: w.log}
		w.worker = w.web
	}
	running.Go(func() { w.read(ctx) })
	t.Cleanup(func() {
		w.web.stop()
		w.worker.stop()
		stop()
		running.Wait()
		server.Close()
		w.sim.Close()
		w.http.CloseIdleConnections()
		if t.Failed() {
			t.Logf("the processes said:\n%s", tail(w.log.String(), 6000))
		}
	})
	return w
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + strings.ToValidUTF8(s[len(s)-n:], "")
	}
	return s
}

// plenty lifts the platform's daily quotas: many days' work is done in minutes.
func plenty() map[string]int {
	q := map[string]int{}
	for _, p := range []string{"draft/add", "draft/get", "draft/batchget", "draft/delete", "freepublish/submit", "freepublish/get", "freepublish/delete",
		"freepublish/getarticle", "freepublish/batchget"} {
		q["/cgi-bin/"+p] = 1_000_000
	}
	return q
}

// foundOffice makes the schema and one office.
func foundOffice(t testing.TB, data, dsn string) *apptest.Office {
	t.Helper()
	c := config.Default()
	c.Data = data
	if dsn != "" {
		c.Database = config.Database{Driver: "mysql", DSN: dsn}
	}
	ctx := context.Background()
	d, err := app.OpenDatabase(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return apptest.Found(t, d, "甲局", "100000001")
}

// mould is one founded SQLite office, copied for every world: hashing fifteen
// passwords takes longer than a round.
var mould struct {
	once   sync.Once
	file   []byte
	office *apptest.Office
}

func copyOffice(t testing.TB, data string) *apptest.Office {
	t.Helper()
	mould.once.Do(func() {
		dir := t.TempDir()
		mould.office = foundOffice(t, dir, "")
		mould.file, _ = os.ReadFile(filepath.Join(dir, "gongkai.db"))
	})
	if len(mould.file) == 0 {
		t.Fatal("no office could be founded")
	}
	if err := os.WriteFile(filepath.Join(data, "gongkai.db"), mould.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return mould.office
}

// forgetQuota empties the program's own count of the day's calls.
func (w *World) forgetQuota() {
	db := w.open("")
	defer db.Close()
	if _, err := db.Exec("DELETE FROM wechat_quota"); err != nil {
		w.t.Logf("quota: %v", err)
	}
}

func (w *World) open(options string) *sql.DB {
	dsn, name := w.dsn, "mysql"
	if w.driver == "sqlite" {
		dsn, name = "file:"+w.dsn+"?_pragma=busy_timeout(5000)"+options, "sqlite"
	}
	db, err := sql.Open(name, dsn)
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// settle waits until nothing moves, at most limit.
func (w *World) settle(limit time.Duration) string {
	db, err := w.sources(nil).Open()
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	end := time.Now().Add(limit)
	for {
		moving, err := checker.Quiet(context.Background(), db, time.Now())
		if err == nil && moving == "" {
			return ""
		}
		if time.Now().After(end) {
			return fmt.Sprintf("%s %v", moving, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (w *World) sources(export []byte) checker.Sources {
	w.mu.Lock()
	defer w.mu.Unlock()
	return checker.Sources{Driver: w.driver, DSN: w.dsn, Site: w.public, Sim: w.simURL, AppID: w.sim.AppID(), Secret: w.sim.Secret(), Export: export,
		Logs: w.log.String(), Journal: w.journal}
}

// facts collects what the checker judges.
func (w *World) facts() checker.Facts {
	w.t.Helper()
	a := w.ask(w.office.People["auditor"], "GET", "/api/v1/audit/export", nil, "")
	if a.Status != http.StatusOK {
		w.t.Fatalf("audit export: %d %s", a.Status, a.Body)
	}
	f, err := checker.Collect(context.Background(), w.sources(a.Body))
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// judge waits for quiet and reports every violation.
func (w *World) judge(limit time.Duration) (violations int) {
	w.t.Helper()
	if moving := w.settle(limit); moving != "" {
		w.t.Errorf("no quiet after %s: %s", limit, moving)
	}
	all := checker.Judge(w.facts())
	for i, v := range all {
		if i < 20 {
			w.t.Errorf("%s", v)
		}
	}
	return len(all)
}
