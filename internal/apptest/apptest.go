// Package apptest starts the whole program for end-to-end tests: the office, its
// people with tokens, the API, the public site and the WeChat simulator, on
// loopback, stopped after the test.
package apptest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/app"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/publish/wechat/platform"
	"gongkai/internal/wechatsim"
)

// Person is somebody of an office, with a program's token.
type Person struct {
	ID    int64
	Login string
	Post  org.Post
	Unit  int64
	Token string
}

// Office is one organisation: every content post once in unit A, a drafter and
// a section head in unit B, and the three administrators.
type Office struct {
	ID           int64
	UnitA, UnitB int64
	People       map[string]*Person // by post in unit A; "drafter_b", "section_head_b" in unit B
}

// World is a running program with two offices.
type World struct {
	T       testing.TB
	App     *app.App
	Config  config.Config
	Sim     *wechatsim.Sim
	Own     *Office
	Other   *Office
	HTTP    *http.Client
	stopped chan error
	stop    context.CancelFunc

	contract contract
	unheld   bool

	hearing sync.Mutex
	heard   strings.Builder
}

// Options choose the parts of a world.
type Options struct {
	Driver string // sqlite (in-process Redis) or mysql (the test server's Redis)
	Idle   bool   // no workers

	FirstPoll time.Duration // of WeChat's verdict, every other wait in proportion; default 200 ms

	Set func(*config.Config) // changes further settings

	Callback bool // the WeChat account takes callbacks
	Calls    int  // of publishing that WeChat grants the account a day; default its own 100
	Unheld   bool // calls are not held against the OpenAPI document, for benchmarks
}

// Each runs the test on SQLite with the in-process Redis and on MySQL with
// Redis.
func Each(t *testing.T, f func(t *testing.T, w *World)) {
	t.Helper()
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) { f(t, Start(t, Options{Driver: driver})) })
	}
}

// Start starts a world and stops it after the test.
func Start(t testing.TB, o Options) *World {
	t.Helper()
	c := config.Default()
	c.Env, c.Data = "development", t.TempDir()
	if o.Driver == "mysql" {
		c.Database = config.Database{Driver: "mysql", DSN: dbtest.MySQLDatabase(t)}
		c.Redis.Address = os.Getenv("GONGKAI_TEST_REDIS")
		if c.Redis.Address == "" && os.Getenv("CI") == "true" {
			t.Fatal("GONGKAI_TEST_REDIS is not set: run the tests with make test")
		}
		c.Redis.DB = redisDB()
	}
	l := app.Listeners{Staff: free(t), Public: free(t)}
	c.Staff = config.Listener{Listen: l.Staff.Addr().String(), URL: "http://" + l.Staff.Addr().String()}
	c.Public = config.Listener{Listen: l.Public.Addr().String(), URL: "http://" + l.Public.Addr().String()}
	calls := cmp.Or(o.Calls, c.WeChat.DailyCalls)
	sim := wechatsim.New(wechatsim.Options{Now: time.Now, Review: 50 * time.Millisecond, Quotas: platform.Publishing(calls)})
	w := &World{unheld: o.Unheld, T: t, Sim: sim, stopped: make(chan error, 1), HTTP: &http.Client{Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	server := httptest.NewServer(w.overhear(sim.Handler()))
	t.Cleanup(server.Close)
	c.WeChat = config.WeChat{Enabled: true, BaseURL: server.URL, AppID: sim.AppID(), Secret: sim.Secret(), FirstPoll: cmp.Or(o.FirstPoll, 200*time.Millisecond), DailyCalls: calls}

	if o.Callback {
		c.WeChat.CallbackToken, c.WeChat.AESKey = "AAAAA", strings.Repeat("A", 43)
	}

	if o.Set != nil {
		o.Set(&c)
	}
	ctx, stop := context.WithCancel(context.Background())
	go sim.Run(ctx, 20*time.Millisecond)
	w.Config, w.stop = c, stop
	w.found(ctx)
	var err error
	if w.App, err = app.Build(ctx, c, slog.New(slog.NewTextHandler(logWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
		t.Fatal(err)
	}
	go func() { w.stopped <- w.App.Serve(ctx, app.Roles{Web: true, Work: !o.Idle}, l) }()
	t.Cleanup(w.Stop)
	return w
}

// overhear keeps what the program sends to the WeChat platform.
func (w *World) overhear(platform http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.hearing.Lock()
		w.heard.WriteString(r.URL.String() + "\n")
		w.heard.Write(b)
		w.hearing.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(b))
		platform.ServeHTTP(rw, r)
	})
}

// Heard is everything the program has sent to the WeChat platform.
func (w *World) Heard() string {
	w.hearing.Lock()
	defer w.hearing.Unlock()
	return w.heard.String()
}

// Stop ends the program, as after the test.
func (w *World) Stop() {
	if w.stop == nil {
		return
	}
	w.stop()
	w.stop = nil
	if err := <-w.stopped; err != nil {
		w.T.Errorf("the program stopped: %v", err)
	}
	if err := w.App.Close(); err != nil {
		w.T.Errorf("close: %v", err)
	}
}

type logWriter struct{ t testing.TB }

func (l logWriter) Write(b []byte) (int, error) {
	if testing.Verbose() {
		os.Stderr.Write(b)
	}
	return len(b), nil
}

// redisDB spreads worlds over the numbered databases of one test server: in one of
// another world's, a worker there takes what is to be done here, and nothing comes
// of it until it is handed out again. Our own server has many, any other 16.
func redisDB() int {
	many, err := strconv.Atoi(os.Getenv("GONGKAI_TEST_REDIS_DATABASES"))
	if err != nil || many < 1 {
		many = 16
	}
	var b [4]byte
	_, _ = rand.Read(b[:])
	return int(binary.BigEndian.Uint32(b[:]) % uint32(many))
}

func free(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Found makes an office in a migrated database.
func Found(t testing.TB, d *db.DB, name, code string) *Office {
	ctx := context.Background()
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	desk := org.NewDesk(d, app.RecordOrg)
	o := &Office{People: map[string]*Person{}}
	err := d.Write(ctx, func(tx *db.Tx) error {
		ctx := tx.Context()
		u, err := desk.AddOrganisation(ctx, org.System(0), org.Unit{Name: name, FullName: name, ShortName: name, Code: code})
		must(err)
		o.ID = u.ID
		system := org.System(o.ID)
		a, err := desk.AddUnit(ctx, system, org.Unit{Name: "甲科"})
		must(err)
		b, err := desk.AddUnit(ctx, system, org.Unit{Name: "乙科"})
		must(err)
		o.UnitA, o.UnitB = a.ID, b.ID
		for _, p := range org.Posts {
			o.People[string(p)] = &Person{Post: p, Unit: a.ID}
		}
		o.People["drafter_b"] = &Person{Post: org.Drafter, Unit: b.ID}
		o.People["section_head_b"] = &Person{Post: org.SectionHead, Unit: b.ID}
		for key, p := range o.People {
			p.Login = key + "-" + code
			who, err := desk.AddPerson(ctx, system, org.Person{StaffNo: p.Login, Name: key, Established: true}, p.Login, org.OneTime{}) // nobody signs in with a password
			must(err)
			p.ID = who.ID
			must(desk.Grant(ctx, system, who.ID, p.Post, p.Unit))
		}
		for _, s := range []manuscript.Section{{Slug: "news", Title: "工作动态", ColumnType: "工作动态"}, {Slug: "annual-reports", Title: "年报", ColumnType: "信息公开年报"}} {
			s.OrganisationID = o.ID
			must(manuscript.InsertSection(tx, &s))
		}
		return nil
	})
	must(err)
	for _, p := range o.People {
		p.Token, err = desk.NewToken(ctx, p.Login, "test", time.Now().Add(24*time.Hour))
		must(err)
	}
	return o
}

// Answer is what the API said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into decodes the answer.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
}

// Code is the code of a problem.
func (a Answer) Code() string {
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.Body, &p)
	return p.Code
}

// Call sends one request as p (nil: nobody). A nil body sends none; []byte is
// sent as it is.
func (w *World) Call(p *Person, method, path string, body any, headers ...string) Answer {
	w.T.Helper()
	var b []byte
	switch v := body.(type) {
	case nil:
	case []byte:
		b = v
	default:
		var err error
		if b, err = json.Marshal(v); err != nil {
			w.T.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, w.Config.Staff.URL+path, bytes.NewReader(b))
	if err != nil {
		w.T.Fatal(err)
	}
	if p != nil {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		var key [12]byte
		_, _ = rand.Read(key[:])
		req.Header.Set("Idempotency-Key", hex.EncodeToString(key[:]))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.HTTP.Do(req)
	if err != nil {
		w.T.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		w.T.Fatal(err)
	}
	a := Answer{res.StatusCode, res.Header, out}
	if !w.unheld {
		w.contract.check(w, req, b, a)
	}
	return a
}

// Fetch reads a public page.
func (w *World) Fetch(url string) Answer {
	w.T.Helper()
	res, err := w.HTTP.Get(url)
	if err != nil {
		w.T.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		w.T.Fatal(err)
	}
	return Answer{res.StatusCode, res.Header, out}
}
