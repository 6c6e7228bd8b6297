package wechat

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	sim "gongkai/internal/wechatsim"
)

// unclear are the faults after which we cannot know what the platform did.
var unclear = []string{sim.AcceptThenTimeout, sim.AcceptThen500, sim.AcceptThenReset, sim.RejectBefore, sim.HTML502, sim.CutJSON, sim.EmptyID}

func did(kind string) bool { return kind != sim.RejectBefore && kind != sim.HTML502 }

func TestLostAnswerOfASubmitIsFollowedByReads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		id := int64(1000)
		for _, atSuccess := range []bool{false, true} {
			for _, kind := range unclear {
				t.Run(fmt.Sprintf("%s, draft stays until success %t", kind, atSuccess), func(t *testing.T) {
					id++
					w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id), sim: func(o *sim.Options) {
						o.ConsumeAtSuccess, o.SecondSubmit = atSuccess, sim.Duplicate
					}})
					w.arm(sim.Fault{Kind: kind, Path: platform.PathSubmit})
					r := w.deliverAll()
					ever, _ := w.seen()
					if did(kind) {
						want(t, r, publish.Published, "")
						if ever != 1 {
							t.Errorf("seen %d times", ever)
						}
					} else {
						want(t, r, publish.NeedsPerson, "wechat.submit_unsure")
						if since := clock.Now().Sub(db.Time(w.row().SubmittingAt)); since < 15*time.Minute {
							t.Errorf("a person was called after %s already", since)
						}
					}
					if n := w.calls(platform.PathSubmit); n != 1 {
						t.Errorf("%d submits", n)
					}
					readFollows(t, w, platform.PathSubmit)
				})
			}
		}
	})
}

// readFollows asserts I7: after the faulty call the next one is a read.
func readFollows(t *testing.T, w *world, path string) {
	t.Helper()
	all := w.sim.Requests()
	i := slices.IndexFunc(all, func(r sim.Request) bool { return r.Path == path && r.Fault != "" })
	if i < 0 || i+1 >= len(all) {
		t.Fatalf("no call after the fault\n%s", w.story())
	}
	if next := all[i+1]; !next.Reads {
		t.Errorf("after a lost answer of %s came %s", path, next.Path)
	}
}

func TestLooksCloseTogetherCountAsOne(t *testing.T) {
	start := time.Date(2026, 3, 11, 1, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		looks    []time.Duration // since the intent
		there    bool
		believed bool
	}{
		"two looks, too early":           {[]time.Duration{time.Minute, 14 * time.Minute}, true, false},
		"one look, late enough":          {[]time.Duration{20 * time.Minute}, true, false},
		"two looks a minute apart":       {[]time.Duration{20 * time.Minute, 21 * time.Minute}, true, false},
		"two looks six minutes apart":    {[]time.Duration{20 * time.Minute, 26 * time.Minute}, true, true},
		"draft gone, within six hours":   {[]time.Duration{time.Hour, 5 * time.Hour}, false, false},
		"draft gone, six hours and more": {[]time.Duration{time.Hour, 6 * time.Hour}, false, true},
	} {
		v := &visit{c: &Channel{cfg: Config{Pace: DefaultPace()}}}
		d := delivery{State: submitUnknown, Submits: 1, SubmittingAt: db.Micros(start)}
		for _, after := range c.looks {
			v.nothingFound(&d, start.Add(after), c.there)
		}
		if got := d.State == needsPerson; got != c.believed {
			t.Errorf("%s: believed %t", name, got)
		}
		if d.State == reconciling && d.NextAt <= db.Micros(start.Add(c.looks[len(c.looks)-1])) {
			t.Errorf("%s: does not look again", name)
		}
	}
}

func TestPersonMaySubmitTheSameDraftAgain(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(sim.Fault{Kind: sim.RejectBefore, Path: platform.PathSubmit})
	want(t, w.deliverAll(), publish.NeedsPerson, "wechat.submit_unsure")
	media := w.row().MediaID
	w.write(func(tx *db.Tx) error { return SubmitAgain(tx, w.it.PublicationID) })
	want(t, w.deliverAll(), publish.Published, "")
	if w.row().MediaID != media || w.calls(platform.PathDraftAdd) != 1 {
		t.Error("another draft was submitted")
	}
}

func TestPersonWorksInTheConsoleAndAsksAgain(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: 53505, Times: 2})
	want(t, w.deliverAll(), publish.NeedsPerson, "wechat.console")
	want(t, w.deliver(), publish.NeedsPerson, "wechat.console")
	want(t, w.deliverAll(), publish.Published, "")
	if w.calls(platform.PathDraftAdd) != 1 {
		t.Errorf("%d drafts", w.calls(platform.PathDraftAdd))
	}
}

func TestAutoResubmitSubmitsTheSameDraftAfterTwoLooks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.AutoResubmit = true }})
		w.arm(sim.Fault{Kind: sim.RejectBefore, Path: platform.PathSubmit})
		start := clock.Now()
		want(t, w.deliverAll(), publish.Published, "")
		if w.calls(platform.PathSubmit) != 2 || w.calls(platform.PathDraftAdd) != 1 {
			t.Errorf("%d submits of %d drafts", w.calls(platform.PathSubmit), w.calls(platform.PathDraftAdd))
		}
		if clock.Now().Sub(start) < 15*time.Minute {
			t.Error("submitted again too early")
		}
	})
}

func TestAutoResubmitGivesUp(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.AutoResubmit = true }})
	w.arm(sim.Fault{Kind: sim.RejectBefore, Path: platform.PathSubmit, Times: -1})
	want(t, w.deliverAll(), publish.NeedsPerson, "wechat.submit_unsure")
	if n := w.calls(platform.PathSubmit); n != mostSubmits {
		t.Errorf("%d submits", n)
	}
}

func TestListLagDoesNotMakeASecondCopy(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.AutoResubmit = true }})
	w.arm(sim.Fault{Kind: sim.AcceptThenReset, Path: platform.PathSubmit}, sim.Fault{Kind: sim.ListLag, DelayMS: 40 * 60_000})
	want(t, w.deliverAll(), publish.Published, "")
	if w.calls(platform.PathSubmit) != 1 {
		t.Errorf("%d submits", w.calls(platform.PathSubmit))
	}
	w2 := newWorld(t, d, clock, setup{id: 43, account: "wx43"})
	w2.arm(sim.Fault{Kind: sim.AcceptThenReset, Path: platform.PathSubmit}, sim.Fault{Kind: sim.ListLag, DelayMS: 48 * 3600_000})
	want(t, w2.deliverAll(), publish.NeedsPerson, "wechat.submit_gone")
	clock.Advance(48 * time.Hour)
	want(t, w2.deliverAll(), publish.Published, "")
}

func TestLostAnswerOfADraftLeavesOneDraft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		id := int64(2000)
		for _, kind := range unclear {
			t.Run(kind, func(t *testing.T) {
				id++
				w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id)})
				w.arm(sim.Fault{Kind: kind, Path: platform.PathDraftAdd})
				want(t, w.deliverAll(), publish.Published, "")
				readFollows(t, w, platform.PathDraftAdd)
				adds := 2
				if did(kind) {
					adds = 1
				}
				if n := w.calls(platform.PathDraftAdd); n != adds {
					t.Errorf("%d drafts made, want %d", n, adds)
				}
				if n := w.sim.Drafts(); n != 0 {
					t.Errorf("%d drafts left over", n)
				}
			})
		}
	})
}

func TestDraftThatAppearsLateIsSwept(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(sim.Fault{Kind: sim.Delay, Path: platform.PathDraftAdd, DelayMS: 700})
	want(t, w.deliver(), publish.Waiting, "wechat.unreachable")
	clock.Advance(31 * time.Second)
	want(t, w.deliver(), publish.Waiting, "wechat.in_review") // of a second draft: the first is not there yet
	for w.sim.Drafts() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	want(t, w.deliverAll(), publish.Published, "")
	if n := w.sim.Drafts(); n != 0 || w.calls(platform.PathDraftAdd) != 2 {
		t.Errorf("%d drafts left of %d", n, w.calls(platform.PathDraftAdd))
	}
}

func TestUploadsMayFail(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	for i, kind := range unclear {
		id := int64(2100 + i)
		w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id)})
		w.arm(sim.Fault{Kind: kind, Path: platform.PathUploadImage}, sim.Fault{Kind: kind, Path: platform.PathAddMaterial})
		want(t, w.deliverAll(), publish.Published, "")
	}
}

func TestRefusalsParkOrGoBackToTheEditor(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	id := int64(2200)
	for _, c := range []struct {
		code   int
		state  publish.State
		reason string
		wait   time.Duration
	}{
		{45011, publish.Waiting, "wechat.later", time.Minute},
		{53501, publish.Waiting, "wechat.later", time.Minute},
		{45009, publish.Waiting, "wechat.quota", 0},
		{40164, publish.Waiting, "wechat.ip", 15 * time.Minute},
		{48001, publish.Waiting, "wechat.permission", 15 * time.Minute},
		{50002, publish.Waiting, "wechat.permission", 15 * time.Minute},
		{89505, publish.Waiting, "wechat.admin_confirm", 35 * time.Minute},
		{53503, publish.Rejected, "wechat.check_failed", 0},
		{45003, publish.Rejected, "wechat.content", 0},
		{53504, publish.NeedsPerson, "wechat.console", 0},
		{88000, publish.NeedsPerson, "wechat.console", 0},
		{-1, publish.Waiting, "wechat.reconciling", 30 * time.Second},
		{99999, publish.Waiting, "wechat.reconciling", 30 * time.Second},
	} {
		t.Run(fmt.Sprint(c.code), func(t *testing.T) {
			id++
			w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id)})
			w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: c.code, Message: "no"})
			r := w.deliver()
			want(t, r, c.state, c.reason)
			if c.state == publish.Waiting {
				at := clock.Now().Add(c.wait)
				if c.wait == 0 {
					at = platform.Midnight(clock.Now())
				}
				if !r.NextAt.Equal(at) {
					t.Errorf("comes back at %s, want %s", r.NextAt, at)
				}
				calls := len(w.sim.Requests())
				if w.deliver(); len(w.sim.Requests()) != calls {
					t.Error("called again before its time")
				}
				if c.code > 0 && c.code != 99999 {
					want(t, w.deliverAll(), publish.Published, "")
				}
			}
			w.check()
		})
	}
}

func TestQuotaIsRefusedBeforeThePlatformDoesAndAFifthIsKept(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{
		cfg: func(c *Config) { c.Quotas = map[string]int{platform.PathSubmit: 5} },
		sim: func(o *sim.Options) { o.Quotas = map[string]int{platform.PathSubmit: 5} },
	})
	for i := range 4 {
		w.it = w.item(int64(300 + i))
		w.publication(w.it)
		want(t, w.deliverAll(), publish.Published, "")
	}
	w.it = w.item(310)
	w.publication(w.it)
	r := w.deliver()
	want(t, r, publish.Waiting, "wechat.quota")
	if w.calls(platform.PathSubmit) != 4 {
		t.Errorf("%d submits, want 4 of 5", w.calls(platform.PathSubmit))
	}
	if local := r.NextAt.In(time.FixedZone("Asia/Shanghai", 8*3600)); local.Hour() != 0 || local.Day() != 12 {
		t.Errorf("parked until %s", local)
	}
	want(t, w.deliverAll(), publish.Published, "")
}

func TestQuotaUsedBySomebodyElseParks(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(sim.Fault{Kind: sim.QuotaLeft, Path: platform.PathSubmit, Left: 0})
	want(t, w.deliver(), publish.Waiting, "wechat.quota")
	w.it = w.item(43)
	w.publication(w.it)
	want(t, w.deliver(), publish.Waiting, "wechat.quota")
	if n := w.calls(platform.PathSubmit); n != 1 {
		t.Errorf("the platform was asked %d times after it said no", n)
	}
	want(t, w.deliverAll(), publish.Published, "")
}

func TestVerdictsOfThePlatform(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	for i, c := range []struct {
		status int
		reason string
	}{{2, "wechat.rejected_original"}, {3, "wechat.rejected_failed"}, {4, "wechat.rejected_platform"}} {
		id := int64(2300 + i)
		w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id)})
		w.arm(sim.Fault{Kind: sim.Verdict, Status: c.status, FailIdx: []int{1}})
		r := w.deliverAll()
		want(t, r, publish.Rejected, c.reason)
		if r.Detail != fmt.Sprintf("publish_status %d, fail_idx [1]", c.status) {
			t.Errorf("detail %q", r.Detail)
		}
		if ever, _ := w.seen(); ever != 0 {
			t.Errorf("seen %d times", ever)
		}
		want(t, w.deliver(), publish.Rejected, c.reason)
	}
	w := newWorld(t, d, clock, setup{id: 2310, account: "wx2310", sim: func(o *sim.Options) { o.Account = sim.Unverified }})
	want(t, w.deliver(), publish.Waiting, "wechat.permission")
	w = newWorld(t, d, clock, setup{id: 2311, account: "wx2311", sim: func(o *sim.Options) { o.Account = sim.TestAcc }})
	want(t, w.deliverAll(), publish.Rejected, "wechat.rejected_failed")
}

func TestLongReviewEndsWithAPersonAndResumes(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{sim: func(o *sim.Options) { o.Review = 20 * time.Hour }})
	want(t, w.deliverAll(), publish.NeedsPerson, "wechat.review_long")
	if n := w.calls(platform.PathStatus); n != 6 {
		t.Errorf("%d polls", n)
	}
	clock.Advance(20 * time.Hour)
	want(t, w.deliverAll(), publish.Published, "")
}

func TestTokenTroubles(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	for i, f := range []sim.Fault{
		{Kind: sim.TokenExpire, Path: platform.PathSubmit}, {Kind: sim.TokenRotated, Path: platform.PathSubmit},
		{Kind: sim.TokenExpire, Path: platform.PathDraftAdd}, {Kind: sim.TokenRotated, Path: platform.PathDraftAdd},
	} {
		id := int64(2400 + i)
		w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id)})
		w.arm(f)
		want(t, w.deliverAll(), publish.Published, "")
	}
	w := newWorld(t, d, clock, setup{id: 2410, account: "wx2410"})
	w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: 40001, Times: -1, Message: "invalid credential"})
	want(t, w.deliver(), publish.Waiting, "wechat.token")
	if n := w.calls(platform.PathSubmit); n > 3 {
		t.Errorf("%d calls with refused tokens", n)
	}
	w = newWorld(t, d, clock, setup{id: 2411, account: "wx2411", cfg: func(c *Config) { c.Secret = "wrong-secret" }})
	want(t, w.deliver(), publish.Waiting, "wechat.account")
	w = newWorld(t, d, clock, setup{id: 2412, account: "wx2412", sim: func(o *sim.Options) { o.AllowIPs = []string{"10.0.0.1"} }})
	r := w.deliver()
	want(t, r, publish.Waiting, "wechat.ip")
	if !slices.ContainsFunc([]string{r.Detail}, func(s string) bool { return len(s) > 10 }) {
		t.Errorf("the address is not named: %q", r.Detail)
	}
}

func TestStoppingWhileASubmitIsInFlightKeepsItsIntent(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.CallTimeout = 5 * time.Second }})
	w.arm(sim.Fault{Kind: sim.AcceptThenTimeout, Path: platform.PathSubmit})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for w.calls(platform.PathSubmit) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := w.ch.Deliver(ctx, w.it); err != nil {
		t.Logf("Deliver: %v", err)
	}
	if s := w.row().State; s != submitUnknown {
		t.Errorf("state %s", s)
	}
	want(t, w.deliverAll(), publish.Published, "")
}

// A picture may take longer than one visit; cut off with it, it would be tried
// for ever.
func TestSlowPictureOutlastsTheVisit(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	for i, path := range []string{platform.PathUploadImage, platform.PathAddMaterial} {
		id := int64(2600 + i)
		w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id), cfg: func(c *Config) { c.UploadTimeout = 10 * time.Second }})
		w.arm(sim.Fault{Kind: sim.Delay, Path: path, DelayMS: 900})
		visit, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
		r, err := w.ch.Deliver(visit, w.it)
		cancel()
		if err != nil || r.State != publish.Waiting || r.NextAt.After(clock.Now()) {
			t.Fatalf("%s: %+v %v", path, r, err)
		}
		want(t, w.deliverAll(), publish.Published, "")
		if n := w.calls(path); n != 1 {
			t.Errorf("%s was called %d times", path, n)
		}
	}
}

func TestSlowPictureDoesNotOutlastTheProcess(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	free, done := outlast(ctx)
	defer done()
	cancel()
	<-free.Done()
}
