// Package wechatsim is the WeChat official-account platform as documented, with
// its limits and its bad days: for tests, for training and for the demo. It
// never talks to WeChat; every page, address and id it makes says so (模拟).
package wechatsim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// AccountType decides which interfaces an account may call.
type AccountType string

const (
	Verified   AccountType = "verified_subscription" // 认证公众号
	Unverified AccountType = "subscription"          // 未认证公众号: no publishing (48001)
	ServiceAcc AccountType = "service"               // 认证服务号
	TestAcc    AccountType = "test"                  // 测试号: every publish ends with status 3
)

// SecondSubmit says what a second submit of a draft under review does; nobody
// documents it.
type SecondSubmit string

const (
	Refuse    SecondSubmit = "refuse"    // 53501
	Same      SecondSubmit = "same"      // the first publish_id again
	Duplicate SecondSubmit = "duplicate" // a second article: the worst case
)

// Options describe one simulated account. Zero values work except Now.
type Options struct {
	AppID  string // default "wxsim00000000000001"
	Secret string // default "sim-secret"
	Now    func() time.Time

	Account          AccountType   // default Verified
	Review           time.Duration // from submit to verdict; default 5 s
	StringIDs        bool          // publish_id and msg_data_id as strings, not numbers
	ConsumeAtSuccess bool          // the draft leaves the box at success, not at submit
	SecondSubmit     SecondSubmit  // default Refuse
	AllowIPs         []string      // empty: every address is on the white list
	Limits           Limits        // zero: DefaultLimits
	Quotas           map[string]int
	Followers        int
	PublicURL        string // how readers reach this server; default: as the request did
	Callback         Callback
	Hold             time.Duration // how long accept_then_timeout keeps silent; default 30 s
	Seed             uint64
}

// Sim is one simulated account. It is safe for concurrent use.
type Sim struct {
	mu      sync.Mutex
	o       Options
	rng     *rand.Rand
	journal *os.File
	broken  error // the journal could not be written: nothing is accepted any more

	seq       int64
	stable    token // of stable_token
	previous  token // still good for five minutes after its renewal
	plain     token // of /cgi-bin/token, isolated from the other
	forcedAt  time.Time
	pictures  map[string]*picture // by id, body images and material
	drafts    map[string]*draft
	draftIDs  []string // in order of creation
	jobs      map[int64]*job
	jobIDs    []int64
	articles  map[string]*article
	published []string // article ids, oldest first

	requests []Request
	used     map[string]int // "path day" → calls
	left     map[string]int // "path day" → what a quota_left fault leaves
	faults   []*armed
	events   []*event
}

// New starts a simulated account that lives in memory only.
func New(o Options) *Sim {
	if o.Now == nil {
		panic("wechatsim: Options.Now is required")
	}
	or := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	or(&o.AppID, "wxsim00000000000001")
	or(&o.Secret, "sim-secret")
	or((*string)(&o.Account), string(Verified))
	or((*string)(&o.SecondSubmit), string(Refuse))
	if o.Review == 0 {
		o.Review = 5 * time.Second
	}
	if o.Hold == 0 {
		o.Hold = 30 * time.Second
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	return &Sim{
		o: o, rng: rand.New(rand.NewPCG(o.Seed, 0x5eed)), seq: 100000000,
		pictures: map[string]*picture{}, drafts: map[string]*draft{}, jobs: map[int64]*job{},
		articles: map[string]*article{}, used: map[string]int{}, left: map[string]int{},
	}
}

// Open starts a simulated account whose ledger is kept in folder/ledger.ndjson
// and survives a restart. A half-written last line, left by a kill, is cut off.
func Open(folder string, o Options) (*Sim, error) {
	s := New(o)
	path := filepath.Join(folder, "ledger.ndjson")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the ledger of the WeChat simulator: %w", err)
	}
	good, err := s.replay(f)
	if err == nil {
		if err = f.Truncate(good); err == nil {
			_, err = f.Seek(good, io.SeekStart)
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read the ledger %s: %w", path, err)
	}
	s.journal = f
	return s, nil
}

func (s *Sim) replay(r io.Reader) (good int64, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return good, nil
		}
		if err != nil {
			return good, err
		}
		var e entry
		if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
			return good, fmt.Errorf("at byte %d: %w", good, err)
		}
		s.apply(e)
		good += int64(len(line))
	}
}

// Close ends the ledger file.
func (s *Sim) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil {
		return nil
	}
	return s.journal.Close()
}

// AppID and Secret are what a client signs in with.
func (s *Sim) AppID() string  { return s.o.AppID }
func (s *Sim) Secret() string { return s.o.Secret }

// Run settles reviews and delivers callbacks until ctx ends. Without it that
// happens only when Tick is called, which is what tests want.
func (s *Sim) Run(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			s.Tick(ctx)
		}
	}
}

// Tick settles every review that is due and delivers the callbacks that are.
func (s *Sim) Tick(ctx context.Context) {
	s.mu.Lock()
	s.advance()
	due := s.dueEvents()
	s.mu.Unlock()
	for _, e := range due {
		s.deliver(ctx, e)
	}
}

// Configure changes the options of a running simulator, e.g. where callbacks go
// once that server is up.
func (s *Sim) Configure(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.o)
}

// Request is one call the platform received, secrets left out.
type Request struct {
	N       int       `json:"n"`
	At      time.Time `json:"at"`
	Path    string    `json:"path"`
	Marker  string    `json:"marker,omitempty"` // content_source_url of the article it concerns
	ID      string    `json:"id,omitempty"`     // media_id, publish_id or article_id in the request
	Index   int       `json:"index,omitempty"`  // of a delete: 0 takes down all articles
	Errcode int       `json:"errcode"`
	Fault   string    `json:"fault,omitempty"` // kinds that fired, joined by +
	Reads   bool      `json:"reads"`           // it could change nothing
}

// keepRequests bounds what is remembered of calls.
const keepRequests = 20_000

// received notes a call and answers its number, counted from 1 since the start.
func (s *Sim) received(r Request) int {
	r.N = 1
	if n := len(s.requests); n > 0 {
		r.N = s.requests[n-1].N + 1
	}
	if len(s.requests) >= 2*keepRequests {
		s.requests = append([]Request(nil), s.requests[keepRequests:]...)
	}
	s.requests = append(s.requests, r)
	return r.N
}

// Requests lists the calls received since the start, oldest first: at least the
// last twenty thousand.
func (s *Sim) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Handler serves the platform's interfaces, the readers' pages and /_sim/.
func (s *Sim) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, e := range endpoints {
		mux.Handle(path, s.endpoint(path, e))
	}
	mux.HandleFunc("GET /mmbiz_sim/{name}", s.servePicture)
	mux.HandleFunc("GET /s/{id}", s.serveArticle)
	mux.HandleFunc("GET /_sim/ui", s.serveUI)
	mux.HandleFunc("GET /_sim/ledger", func(w http.ResponseWriter, r *http.Request) { plainJSON(w, s.Ledger()) })
	mux.HandleFunc("GET /_sim/requests", func(w http.ResponseWriter, r *http.Request) { plainJSON(w, s.Requests()) })
	mux.HandleFunc("GET /_sim/faults", func(w http.ResponseWriter, r *http.Request) { plainJSON(w, s.Faults()) })
	mux.HandleFunc("POST /_sim/faults", s.postFaults)
	mux.HandleFunc("DELETE /_sim/faults", func(w http.ResponseWriter, r *http.Request) {
		s.Disarm()
		plainJSON(w, s.Faults())
	})
	mux.HandleFunc("POST /_sim/tick", func(w http.ResponseWriter, r *http.Request) {
		s.Tick(r.Context())
		plainJSON(w, s.Ledger())
	})
	return mux
}

func plainJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	_ = enc.Encode(v)
}
