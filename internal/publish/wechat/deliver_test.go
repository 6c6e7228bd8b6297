package wechat

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	"gongkai/internal/wechatsim"
)

func TestDeliverPublishesWhatWasSignedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for i, c := range []struct {
			name string
			sim  func(*wechatsim.Options)
		}{
			{"ids are numbers", nil},
			{"ids are strings", func(o *wechatsim.Options) { o.StringIDs = true }},
			{"the draft stays until success", func(o *wechatsim.Options) { o.ConsumeAtSuccess = true }},
		} {
			t.Run(c.name, func(t *testing.T) {
				w := newWorld(t, d, clock, setup{sim: c.sim, id: int64(100 + i), account: "wxsim-" + string(rune('a'+i))})
				r := w.deliverAll()
				want(t, r, publish.Published, "")
				if !strings.HasPrefix(r.URL, w.srv.URL+"/s/SIM") {
					t.Errorf("URL is %q", r.URL)
				}
				if ever, now := w.seen(); ever != 1 || now != 1 {
					t.Errorf("seen %d times, now %d", ever, now)
				}
				copy := w.sim.Ledger()[0].Copies[0]
				if copy.Title != w.it.WeChat.Title {
					t.Errorf("title %q", copy.Title)
				}
				got, pictures := platform.Essence(copy.Content)
				wantText, _ := platform.Essence(Render(w.it))
				if got != wantText || len(pictures) != 1 {
					t.Errorf("visible text differs:\n%s\n%s", got, wantText)
				}
				calls := len(w.sim.Requests())
				want(t, w.deliver(), publish.Published, "")
				if len(w.sim.Requests()) != calls {
					t.Error("a repeated Deliver called the platform")
				}
				if n := w.calls(platform.PathSubmit); n != 1 {
					t.Errorf("%d submits", n)
				}
			})
		}
	})
}

// The form is part of what was signed: what no longer fits goes to a person, and
// nothing goes out in the other form.
func TestTheSignedFormIsSentOrNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		long := "<p>受理申请56件。</p><p>" + strings.Repeat("长", 20_000) + "</p>"
		for i, c := range []struct {
			form, body string
			digest     bool
			reason     string
		}{
			{publish.FormFull, long, false, "wechat.content_length"},
			{publish.FormDigest, "", true, ""},
			{publish.FormTooLong, "", true, ""}, // the limits were raised meanwhile
			{publish.FormTooLong, long, true, ""},
			{"", long, true, ""},
			{"", "", false, ""},
		} {
			w := newWorld(t, d, clock, setup{id: int64(300 + i), account: "wxform-" + string(rune('a'+i)), item: func(it *publish.Item) {
				it.WeChat.Form, it.Body = c.form, cmp.Or(c.body, it.Body)
			}})
			if c.reason != "" {
				want(t, w.deliverAll(), publish.NeedsPerson, c.reason)
				want(t, w.deliver(), publish.NeedsPerson, c.reason) // a person tried again
				if n := w.calls(platform.PathDraftAdd); n != 0 {
					t.Errorf("%d drafts were made", n)
				}
				continue
			}
			want(t, w.deliverAll(), publish.Published, "")
			if got := strings.Contains(w.sim.Ledger()[0].Copies[0].Content, "全文请点击文末"); got != c.digest {
				t.Errorf("signed %q of %d bytes: digest %v", c.form, len(w.it.Body), got)
			}
		}
	})
}

func TestNothingLeavesBeforeTheMomentOfPublication(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{item: func(it *publish.Item) { it.PublishAt = it.PublishAt.Add(time.Hour) }})
	r := w.deliver()
	want(t, r, publish.Waiting, "wechat.scheduled")
	if !r.NextAt.Equal(w.it.PublishAt) || len(w.sim.Requests()) != 0 {
		t.Errorf("next at %s, %d calls", r.NextAt, len(w.sim.Requests()))
	}
	want(t, w.deliverAll(), publish.Published, "")
}

func TestUploadsAreSharedByItems(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.deliverAll()
	w.it = w.item(43)
	w.publication(w.it)
	want(t, w.deliverAll(), publish.Published, "")
	if w.calls(platform.PathUploadImage) != 1 || w.calls(platform.PathAddMaterial) != 1 {
		t.Errorf("%d pictures, %d covers uploaded", w.calls(platform.PathUploadImage), w.calls(platform.PathAddMaterial))
	}
}

func TestStoppedPublicationIsNotSubmitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{})
		w.arm(wechatsim.Fault{Kind: wechatsim.ErrCode, Code: 45011, Path: platform.PathSubmit})
		want(t, w.deliver(), publish.Waiting, "wechat.later")
		w.write(func(tx *db.Tx) error { return tx.G.Exec("UPDATE publications SET state = 'retracting'").Error })
		clock.Advance(time.Hour)
		if _, err := w.ch.Deliver(context.Background(), w.it); !errors.Is(err, publish.ErrStopped) {
			t.Fatalf("Deliver of a stopped publication: %v", err)
		}
		w.write(func(tx *db.Tx) error {
			return tx.G.Exec("UPDATE publications SET state = 'delivering', fence = 2").Error
		})
		if _, err := w.ch.Deliver(context.Background(), w.it); !errors.Is(err, publish.ErrFenced) {
			t.Fatalf("Deliver under an old fence: %v", err)
		}
		if ever, _ := w.seen(); ever != 0 || w.calls(platform.PathSubmit) != 1 {
			t.Errorf("seen %d times after %d submits", ever, w.calls(platform.PathSubmit))
		}
	})
}

func TestParallelDeliveriesPublishOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{})
		w.arm(wechatsim.Fault{Kind: wechatsim.Delay, DelayMS: 20, Times: -1})
		for range 12 {
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					if _, err := w.ch.Deliver(context.Background(), w.it); ignoreFenced(err) != nil {
						t.Errorf("Deliver: %v", err)
					}
				})
			}
			wg.Wait()
			clock.Advance(40 * time.Second)
			w.sim.Tick(context.Background())
		}
		w.sim.Disarm()
		want(t, w.deliverAll(), publish.Published, "")
		if n := w.calls(platform.PathSubmit); n != 1 {
			t.Errorf("%d submits\n%s", n, w.story())
		}
	})
}

func TestHangingSubmitIsNotRepeatedByAnotherWorker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.CallTimeout = 5 * time.Second }})
		w.arm(wechatsim.Fault{Kind: wechatsim.Delay, Path: platform.PathSubmit, DelayMS: 700})
		done := make(chan error, 1)
		go func() {
			_, err := w.ch.Deliver(context.Background(), w.it)
			done <- err
		}()
		for w.row().State != submitting || w.calls(platform.PathSubmit) == 0 {
			time.Sleep(5 * time.Millisecond)
		}
		r := w.deliver()
		if r.State != publish.Waiting {
			t.Fatalf("second worker: %+v", r)
		}
		clock.Advance(31 * time.Second) // the intent is old now: the second worker looks, and finds nothing
		if r = w.deliver(); r.State != publish.Waiting {
			t.Fatalf("second worker: %+v", r)
		}
		if err := <-done; !errors.Is(err, publish.ErrFenced) {
			t.Fatalf("first worker: %v", err)
		}
		if row := w.row(); row.State != submitted || row.PublishID == "" {
			t.Errorf("the id of the accepted submit was lost: %+v", row)
		}
		want(t, w.deliverAll(), publish.Published, "")
		if n := w.calls(platform.PathSubmit); n != 1 {
			t.Errorf("%d submits", n)
		}
	})
}

func TestEditedDraftGoesToAPersonAndIsNotPublished(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(wechatsim.Fault{Kind: wechatsim.ErrCode, Code: 45011, Path: platform.PathSubmit})
	want(t, w.deliver(), publish.Waiting, "wechat.later")
	if err := w.sim.EditDraft(w.row().MediaID, "<p>别的内容</p>"); err != nil {
		t.Fatal(err)
	}
	r := w.deliverAll()
	want(t, r, publish.NeedsPerson, "wechat.draft_differs")
	if ever, _ := w.seen(); ever != 0 || r.Detail != "content" {
		t.Errorf("seen %d times, %q", ever, r.Detail)
	}
	w.write(func(tx *db.Tx) error { return DraftAgain(tx, w.it.PublicationID) })
	want(t, w.deliverAll(), publish.Published, "")
	if body := w.sim.Ledger()[0].Copies[0].Content; strings.Contains(body, "别的内容") || w.sim.Drafts() != 0 {
		t.Errorf("the spoilt draft was published or left: %d drafts", w.sim.Drafts())
	}
}

func TestPersonMayHaveTheDraftMadeAgain(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(wechatsim.Fault{Kind: wechatsim.DraftVanish})
	want(t, w.deliverAll(), publish.NeedsPerson, "wechat.draft_vanished")
	want(t, w.deliver(), publish.NeedsPerson, "wechat.draft_vanished")
	w.write(func(tx *db.Tx) error { return DraftAgain(tx, w.it.PublicationID) })
	want(t, w.deliverAll(), publish.Published, "")
}

func TestMissingAndUnusablePictures(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	missing := newWorld(t, d, clock, setup{item: func(it *publish.Item) {
		it.Body = `<p>图</p><p><img src="/blob/sha256:` + strings.Repeat("0", 64) + `" alt=""></p>`
	}})
	want(t, missing.deliverAll(), publish.NeedsPerson, "wechat.image_missing")
	bad := newWorld(t, d, clock, setup{id: 43, account: "wx43", item: func(it *publish.Item) {
		var hash string
		missing.write(func(tx *db.Tx) (err error) { hash, err = blob.Put(tx, "image/svg+xml", []byte("<svg/>")); return err })
		it.Body = `<p><img src="/blob/` + hash + `" alt=""></p>`
	}})
	want(t, bad.deliverAll(), publish.Rejected, "wechat.image_unusable")
	foreign := newWorld(t, d, clock, setup{id: 44, account: "wx44", item: func(it *publish.Item) {
		it.Body = `<p><img src="https://example.com/a.png" alt=""></p>`
	}})
	want(t, foreign.deliverAll(), publish.Rejected, "wechat.image_foreign")
	if n := len(foreign.sim.Requests()); n != 0 {
		t.Errorf("%d calls for a text that cannot be sent", n)
	}
}

func TestInspectFindsABanAndADeletion(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(wechatsim.Fault{Kind: wechatsim.LaterBan, DelayMS: 3600_000})
	want(t, w.deliverAll(), publish.Published, "")
	look := func() publish.Receipt {
		r, err := w.ch.Inspect(context.Background(), w.it)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want(t, look(), publish.Published, "")
	clock.Advance(2 * time.Hour)
	want(t, look(), publish.NeedsPerson, "wechat.banned")

	w2 := newWorld(t, d, clock, setup{id: 43, account: "wx43"})
	want(t, w2.deliverAll(), publish.Published, "")
	if err := w2.sim.DeleteByPerson(w2.row().ArticleID); err != nil {
		t.Fatal(err)
	}
	r, err := w2.ch.Inspect(context.Background(), w2.it)
	if err != nil {
		t.Fatal(err)
	}
	want(t, r, publish.NeedsPerson, "wechat.deleted_remotely")
}

func TestNewRefusesTheSimulatorInProduction(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	cfg := Config{Account: platform.Account{BaseURL: "http://127.0.0.1:9090", AppID: "wx1", Secret: "s", Environment: "production"}, DB: d, Ledger: book{}}
	if _, err := New(cfg); err == nil {
		t.Error("the simulator was accepted in production")
	}
	cfg.Environment = "demo"
	if c, err := New(cfg); err != nil || !c.Simulated() {
		t.Errorf("the simulator in the demo: %v", err)
	}
}

// How far a delivery is only grows until it is out.
func TestTheReceiptSaysHowFarItIs(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	last, seen := -1, map[int]bool{}
	for range 200 {
		r := w.deliver()
		var remote struct {
			Percent int `json:"percent,string"`
		}
		if err := json.Unmarshal([]byte(r.Remote), &remote); err != nil {
			t.Fatal(err)
		}
		if remote.Percent < last {
			t.Fatalf("after %d %% it is at %d %%", last, remote.Percent)
		}
		last, seen[remote.Percent] = remote.Percent, true
		if r.State == publish.Published {
			break
		}
		clock.Set(r.NextAt.Add(time.Second))
	}
	if last != 100 || !seen[75] {
		t.Errorf("it ended at %d %%, by way of %v", last, seen)
	}
}
