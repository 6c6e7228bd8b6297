package wechat

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	sim "gongkai/internal/wechatsim"
)

// pushed is a world whose simulator calls back.
func pushed(t *testing.T, d *db.DB, clock *dbtest.Clock, s setup) *world {
	w := newWorld(t, d, clock, s)
	srv := httptest.NewServer(w.ch.Callback())
	t.Cleanup(srv.Close)
	w.sim.Configure(func(o *sim.Options) {
		o.PublicURL = w.srv.URL
		o.Callback = sim.Callback{URL: srv.URL, Token: testToken, AESKey: testKey, Client: srv.Client()}
	})
	return w
}

func (w *world) letters() (all []letter) {
	w.t.Helper()
	if err := w.d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.G.Where("account = ?", w.cfg.AppID).Order("id").Find(&all).Error
	}); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestEventBringsTheReadForward(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for i, f := range []sim.Fault{{Kind: sim.CallbackDup, Times: 0}, {Kind: sim.CallbackLate, DelayMS: 1}, {Kind: sim.Delay, Path: platform.PathStatus, DelayMS: 1}} {
			var woken []int64
			id := int64(4000 + i)
			w := pushed(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id), cfg: func(c *Config) {
				c.Wake = func(_ *db.Tx, id int64) error { woken = append(woken, id); return nil }
			}})
			if err := w.sim.VerifyCallback(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.arm(f)
			want(t, w.deliver(), publish.Waiting, "wechat.in_review")
			clock.Advance(6 * time.Second)
			w.sim.Tick(t.Context())
			clock.Advance(time.Second)
			w.sim.Tick(t.Context())
			if n := len(w.letters()); n != 1 {
				t.Fatalf("%d letters in the inbox", n)
			}
			if len(woken) != 1 || woken[0] != id {
				t.Errorf("woken %v", woken)
			}
			if s := w.row().State; s != submitted {
				t.Errorf("the event alone made it %s", s)
			}
			want(t, w.deliver(), publish.Published, "")
			if l := w.letters()[0]; l.UsedAt == 0 || l.Event != platform.FinishEvent {
				t.Errorf("letter %+v", l)
			}
			w.check()
		}
	})
}

func TestEventBeforeOurCommitIsMatchedLater(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := pushed(t, d, clock, setup{})
	w.arm(sim.Fault{Kind: sim.AcceptThenReset, Path: platform.PathSubmit}, sim.Fault{Kind: sim.ListLag, DelayMS: 3600_000})
	want(t, w.deliver(), publish.Waiting, "wechat.reconciling")
	clock.Advance(10 * time.Second)
	w.sim.Tick(t.Context())
	clock.Advance(21 * time.Second)
	want(t, w.deliver(), publish.Published, "")
	if row := w.row(); row.PublishID == "" || w.letters()[0].UsedAt == 0 {
		t.Errorf("the event was not followed: %+v", row)
	}
	w.check()
}

func TestEventLies(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := pushed(t, d, clock, setup{sim: func(o *sim.Options) { o.Review = time.Hour }})
	want(t, w.deliver(), publish.Waiting, "wechat.in_review")
	xml := fmt.Sprintf("<xml><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>%s</publish_id>"+
		"<publish_status>0</publish_status><article_id>SIM_article_1</article_id></PublishEventInfo></xml>", w.row().PublishID)
	if err := w.sim.Push(t.Context(), xml, false); err != nil {
		t.Fatal(err)
	}
	want(t, w.deliver(), publish.Waiting, "wechat.in_review")
	w.check()
}

func TestForgedCallbacksStoreNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := pushed(t, d, clock, setup{})
		now := strconv.FormatInt(clock.Now().Unix(), 10)
		good := sealed(t, w, "<xml><Event>PUBLISHJOBFINISH</Event></xml>")
		post := func(q url.Values, body string) int {
			r := httptest.NewRequest(http.MethodPost, "/?"+q.Encode(), strings.NewReader(body))
			rec := httptest.NewRecorder()
			w.ch.Callback().ServeHTTP(rec, r)
			return rec.Code
		}
		query := func(stamp, sealed string) url.Values {
			return url.Values{"timestamp": {stamp}, "nonce": {"n"}, "msg_signature": {signature(stamp, "n", sealed)}}
		}
		body := func(sealed string) string { return "<xml><Encrypt>" + sealed + "</Encrypt></xml>" }
		old := strconv.FormatInt(clock.Now().Add(-time.Hour).Unix(), 10)
		other := otherAccount(t)
		twice := sealed(t, w, "<xml><Event>a</Event><Event>b</Event></xml>")
		for name, c := range map[string]struct {
			q    url.Values
			body string
			code int
		}{
			"no signature":       {url.Values{"timestamp": {now}, "nonce": {"n"}}, body(good), 403},
			"wrong signature":    {url.Values{"timestamp": {now}, "nonce": {"n"}, "msg_signature": {strings.Repeat("0", 40)}}, body(good), 403},
			"plain signature":    {url.Values{"timestamp": {now}, "nonce": {"n"}, "msg_signature": {signature(now, "n")}}, body(good), 403},
			"old":                {query(old, good), body(good), 403},
			"not encrypted":      {query(now, ""), "<xml><Event>PUBLISHJOBFINISH</Event></xml>", 403},
			"another account's":  {query(now, other), body(other), 403},
			"cut":                {query(now, good[:40]), body(good[:40]), 403},
			"two Encrypt":        {query(now, good), "<xml><Encrypt>" + good + "</Encrypt><Encrypt>x</Encrypt></xml>", 403},
			"DTD":                {query(now, good), "<!DOCTYPE xml [<!ENTITY a \"b\">]>" + body(good), 403},
			"too deep":           {query(now, good), strings.Repeat("<a>", 17) + strings.Repeat("</a>", 17), 403},
			"too large":          {query(now, good), body(good) + strings.Repeat(" ", callbackLimit), 413},
			"twice inside":       {query(now, twice), body(twice), 403},
			"not XML at all":     {query(now, good), "{}", 403},
			"two documents":      {query(now, good), body(good) + body(good), 403},
			"processing command": {query(now, good), "<?php ?>" + body(good), 403},
		} {
			if got := post(c.q, c.body); got != c.code {
				t.Errorf("%s: HTTP %d, want %d", name, got, c.code)
			}
		}
		if err := w.sim.Push(t.Context(), "<xml><Event>PUBLISHJOBFINISH</Event></xml>", true); err == nil {
			t.Error("the simulator's forged push was taken")
		}
		rec := httptest.NewRecorder()
		w.ch.Callback().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/?echostr=hello&timestamp="+now+"&nonce=n&signature=0", nil))
		if rec.Code != 403 || strings.Contains(rec.Body.String(), "hello") {
			t.Errorf("a forged echo: HTTP %d %q", rec.Code, rec.Body)
		}
		if n := len(w.letters()); n != 0 {
			t.Errorf("%d forged letters stored", n)
		}
		if code := post(query(now, good), body(good)); code != 200 {
			t.Errorf("the good one: HTTP %d", code)
		}
		if code := post(query(now, good), body(good)); code != 200 || len(w.letters()) != 1 {
			t.Errorf("the same again: HTTP %d, %d letters", code, len(w.letters()))
		}
	})
}

func TestCallbackWithoutConfigurationRefuses(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.CallbackToken, c.AESKey = "", "" }})
	rec := httptest.NewRecorder()
	w.ch.Callback().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/?echostr=x", nil))
	if rec.Code != 403 {
		t.Errorf("HTTP %d", rec.Code)
	}
}

// sealed catches what the simulator would send.
func sealed(t *testing.T, w *world, event string) string {
	t.Helper()
	return catch(t, w.sim, testKey, event)
}

func otherAccount(t *testing.T) string {
	t.Helper()
	return catch(t, sim.New(sim.Options{Now: dbtest.NewClock().Now, AppID: "wxother"}), testKey, "<xml><Event>PUBLISHJOBFINISH</Event></xml>")
}

func catch(t *testing.T, s *sim.Sim, key, event string) string {
	t.Helper()
	var got string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		var e struct{ Encrypt string }
		if err := xml.Unmarshal(b.Bytes(), &e); err != nil {
			t.Error(err)
		}
		got = e.Encrypt
	}))
	defer srv.Close()
	var before sim.Callback
	s.Configure(func(o *sim.Options) {
		before = o.Callback
		o.Callback = sim.Callback{URL: srv.URL, Token: testToken, AESKey: key, Client: srv.Client()}
	})
	if err := s.Push(t.Context(), event, false); err != nil {
		t.Fatal(err)
	}
	s.Configure(func(o *sim.Options) { o.Callback = before })
	return got
}

func signature(parts ...string) string {
	parts = append(parts, testToken)
	slices.Sort(parts)
	return fmt.Sprintf("%x", sha1.Sum([]byte(strings.Join(parts, ""))))
}

// The verdict comes after the last poll: the event alone brings it in.
func TestEventAfterTheLastPollIsFollowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		woken := 0
		w := pushed(t, d, clock, setup{sim: func(o *sim.Options) { o.Review = 20 * time.Hour }, cfg: func(c *Config) {
			c.Wake = func(*db.Tx, int64) error { woken++; return nil }
		}})
		want(t, w.deliverAll(), publish.NeedsPerson, "wechat.review_long")
		clock.Advance(20 * time.Hour)
		w.sim.Tick(t.Context())
		if woken != 1 {
			t.Fatalf("woken %d times", woken)
		}
		want(t, w.deliver(), publish.Published, "")
		body := fmt.Sprintf("<xml><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>%s</publish_id></PublishEventInfo></xml>", w.row().PublishID)
		if err := w.sim.Push(t.Context(), body, false); err != nil {
			t.Fatal(err)
		}
		if woken != 1 {
			t.Error("an event about what is published already woke it")
		}
	})
}
