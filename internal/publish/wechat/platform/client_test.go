package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
)

func bare(base string, clock *dbtest.Clock) *Client {
	return &Client{
		base: base, appID: "wx1", secret: "topsecret", limit: 200 * time.Millisecond, uploadLimit: time.Second, now: clock.Now,
		http:      &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		spend:     func(context.Context, string, bool) error { return nil },
		exhausted: func(context.Context, string) {},
	}
}

func TestOutcomesOfACall(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server notices a client that leaves only after that
		<-r.Context().Done()
	}
	say := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) }
	}
	kill := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  publish.Outcome
		id    string
	}{
		"numeric id":      {say(`{"errcode":0,"publish_id":2247483650,"msg_data_id":1}`), publish.Accepted, "2247483650"},
		"string id":       {say(`{"errcode":0,"publish_id":"2247483650","msg_data_id":null}`), publish.Accepted, "2247483650"},
		"huge numeric id": {say(`{"publish_id":9007199254740993123}`), publish.Accepted, "9007199254740993123"},
		"refused":         {say(`{"errcode":53503,"errmsg":"no rid: 6543abcd-1"}`), publish.Refused, ""},
		"-1":              {say(`{"errcode":-1,"errmsg":"system error"}`), publish.Unknown, ""},
		"unlisted code":   {say(`{"errcode":31337}`), publish.Unknown, ""},
		"no id":           {say(`{"errcode":0}`), publish.Unknown, ""},
		"silence":         {hang, publish.Unknown, ""},
		"502":             {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }, publish.Unknown, ""},
		"redirect":        {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/x"); w.WriteHeader(307) }, publish.Unknown, ""},
		"cut body": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "90")
			fmt.Fprint(w, `{"err`)
		}, publish.Unknown, ""},
		"half JSON":          {say(`{"errcode":0,"publ`), publish.Unknown, ""},
		"reset":              {kill, publish.Unknown, ""},
		"larger than 4 MB":   {say(strings.Repeat(" ", replyLimit) + `{"publish_id":1}`), publish.Unknown, ""},
		"refused connection": {nil, publish.NotSent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == PathToken {
					fmt.Fprint(w, `{"access_token":"sesame-token","expires_in":7200}`)
					return
				}
				calls.Add(1)
				c.serve(w, r)
			}))
			defer srv.Close()
			k := bare(srv.URL, dbtest.NewClock())
			if _, err := k.token(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			if c.serve == nil {
				srv.Close()
			}
			id, _, err := k.Submit(t.Context(), "m", false)
			if Outcome(err) != c.want || id != c.id {
				t.Errorf("outcome %s, id %q, err %v", Outcome(err), id, err)
			}
			if n := calls.Load(); n > 1 {
				t.Errorf("called %d times", n)
			}
			if err != nil {
				for s := err; s != nil; s = errors.Unwrap(s) {
					if strings.Contains(s.Error(), "sesame-token") || strings.Contains(s.Error(), "topsecret") {
						t.Errorf("the secret leaks: %v", s)
					}
				}
			}
		})
	}
}

func TestSecretsAreRedacted(t *testing.T) {
	c := &Client{secret: "topsecret"}
	in := `Post "https://api.weixin.qq.com/x?access_token=abc%2F1&y=2": secret=topsecret for token abc/1`
	if got := c.redact(in, "abc/1"); strings.Contains(got, "abc") || strings.Contains(got, "topsecret") {
		t.Error(got)
	}
}

func TestRequestsCarryRawUTF8(t *testing.T) {
	c := &Client{base: "https://api.weixin.qq.com"}
	r, err := c.request(t.Context(), call{path: "/x", body: map[string]string{"title": "年报<b>&完"}}, "t")
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 200)
	n, _ := r.Body.Read(buf)
	if got := strings.TrimSpace(string(buf[:n])); got != `{"title":"年报<b>&完"}` {
		t.Errorf("body %s", got)
	}
}

func TestTokenIsFetchedOnceByManyAndRenewedInTime(t *testing.T) {
	clock := dbtest.NewClock()
	var mu sync.Mutex
	fetched := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		fetched++
		n := fetched
		mu.Unlock()
		fmt.Fprintf(w, `{"access_token":"t%d","expires_in":7200}`, n)
	}))
	defer srv.Close()
	c := bare(srv.URL, clock)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if v, err := c.token(context.Background(), "x"); err != nil || v != "t1" {
				t.Errorf("%q %v", v, err)
			}
		})
	}
	wg.Wait()
	clock.Advance(109 * time.Minute)
	if v, _ := c.token(t.Context(), "x"); v != "t1" {
		t.Errorf("renewed too early: %s", v)
	}
	clock.Advance(2 * time.Minute)
	if v, _ := c.token(t.Context(), "x"); v != "t2" {
		t.Errorf("not renewed: %s", v)
	}
	srv.Close()
	clock.Advance(113 * time.Minute)
	if v, err := c.token(t.Context(), "x"); err != nil || v != "t2" {
		t.Errorf("an unreachable platform cost us a good token: %v", err)
	}
}

func TestForcedRefreshAtMostOnceInThirtySeconds(t *testing.T) {
	clock := dbtest.NewClock()
	forced := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != PathToken {
			fmt.Fprint(w, `{"errcode":40001,"errmsg":"invalid credential"}`)
			return
		}
		buf := make([]byte, 500)
		n, _ := r.Body.Read(buf)
		if strings.Contains(string(buf[:n]), "force_refresh") {
			forced++
		}
		fmt.Fprint(w, `{"access_token":"same","expires_in":7200}`)
	}))
	defer srv.Close()
	c := bare(srv.URL, clock)
	counted := 0
	c.spend = func(_ context.Context, path string, _ bool) error {
		if path == PathForcedToken {
			counted++
		}
		return nil
	}
	for range 3 {
		if _, _, err := c.Submit(t.Context(), "m", false); Code(err) != 40001 || Outcome(err) != publish.Refused {
			t.Fatalf("%v", err)
		}
	}
	if forced != 1 || counted != 1 {
		t.Errorf("forced %d times, counted %d", forced, counted)
	}
	clock.Advance(31 * time.Second)
	_, _, _ = c.Submit(t.Context(), "m", false)
	if forced != 2 {
		t.Errorf("forced %d times", forced)
	}
}

func TestNewRefusesAForeignAddressInProduction(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	account := Account{BaseURL: "http://127.0.0.1:9090", AppID: "wx1", Secret: "s", Environment: "production"}
	if _, err := New(d, account); err == nil {
		t.Error("the simulator was accepted in production")
	}
	account.BaseURL = "https://api.weixin.qq.com"
	c, err := New(d, account)
	if err != nil || c.Simulated() {
		t.Fatalf("the official address: %v", err)
	}
	if !errors.Is(c.http.CheckRedirect(nil, nil), http.ErrUseLastResponse) {
		t.Error("redirects are followed: a 307 repeats a submit")
	}
	account.BaseURL, account.Environment = "http://127.0.0.1:9090", "demo"
	if c, err := New(d, account); err != nil || !c.Simulated() {
		t.Errorf("the simulator in the demo: %v", err)
	}
}
