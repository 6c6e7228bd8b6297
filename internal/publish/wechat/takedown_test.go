package wechat

import (
	"fmt"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	sim "gongkai/internal/wechatsim"
)

func TestTakeDownHidesAndMayBeRepeated(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{})
		want(t, w.deliverAll(), publish.Published, "")
		want(t, w.takeDownAll(), publish.Gone, "")
		if ever, now := w.seen(); ever != 1 || now != 0 {
			t.Errorf("seen %d times, now %d", ever, now)
		}
		for _, r := range w.sim.Requests() {
			if r.Path == platform.PathDelete && r.Index != 1 {
				t.Errorf("deleted with index %d", r.Index)
			}
		}
		calls := len(w.sim.Requests())
		want(t, w.takeDownAll(), publish.Gone, "")
		if len(w.sim.Requests()) != calls || w.calls(platform.PathDelete) != 1 {
			t.Errorf("%d deletes", w.calls(platform.PathDelete))
		}
	})
}

func TestTakeDownSurvivesLostAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for i, kind := range unclear {
			id := int64(3000 + i)
			w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id)})
			want(t, w.deliverAll(), publish.Published, "")
			w.arm(sim.Fault{Kind: kind, Path: platform.PathDelete})
			want(t, w.takeDownAll(), publish.Gone, "")
			readFollows(t, w, platform.PathDelete)
			if did(kind) && w.calls(platform.PathDelete) != 1 {
				t.Errorf("%s: %d deletes", kind, w.calls(platform.PathDelete))
			}
		}
	})
}

func TestTakeDownOfAnUnreachablePlatformWaits(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	want(t, w.deliverAll(), publish.Published, "")
	w.arm(sim.Fault{Kind: sim.HTML502, Path: platform.PathArticle})
	r, err := w.ch.TakeDown(t.Context(), w.it)
	if err != nil {
		t.Fatal(err)
	}
	want(t, r, publish.Waiting, "wechat.unreachable")
	if !r.NextAt.Equal(clock.Now().Add(time.Minute)) {
		t.Errorf("next at %s", r.NextAt)
	}
	want(t, w.takeDownAll(), publish.Gone, "")
}

func TestTakeDownAtEveryStage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		id := int64(3100)
		for _, c := range []struct {
			name   string
			faults []sim.Fault
			sim    func(*sim.Options)
			before int // Deliver calls
			state  publish.State
			ever   int
		}{
			{"before anything", nil, nil, 0, publish.Gone, 0},
			{"parked before the upload", []sim.Fault{{Kind: sim.ErrCode, Path: platform.PathUploadImage, Code: 45011}}, nil, 1, publish.Gone, 0},
			{"draft made, submit parked", []sim.Fault{{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: 45011}}, nil, 1, publish.Gone, 0},
			{"draft unclear", []sim.Fault{{Kind: sim.AcceptThenReset, Path: platform.PathDraftAdd}}, nil, 1, publish.Gone, 0},
			{"in review", nil, func(o *sim.Options) { o.Review = time.Hour }, 1, publish.Gone, 1},
			{"in review, then refused", []sim.Fault{{Kind: sim.Verdict, Status: 4}}, nil, 1, publish.Gone, 0},
			{"submit unclear, accepted", []sim.Fault{{Kind: sim.AcceptThenReset, Path: platform.PathSubmit}}, nil, 1, publish.Gone, 1},
			{"submit unclear, never accepted", []sim.Fault{{Kind: sim.RejectBefore, Path: platform.PathSubmit}}, nil, 1, publish.NeedsPerson, 0},
			{"rejected", []sim.Fault{{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: 53503}}, nil, 1, publish.Gone, 0},
		} {
			t.Run(c.name, func(t *testing.T) {
				id++
				w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id), sim: c.sim})
				w.arm(c.faults...)
				for range c.before {
					w.deliver()
				}
				if r := w.takeDownAll(); r.State != c.state {
					t.Fatalf("receipt %+v", r)
				}
				ever, now := w.seen()
				if ever != c.ever || now != 0 {
					t.Errorf("seen %d times, now %d\n%s", ever, now, w.story())
				}
				if n := w.sim.Drafts(); n != 0 {
					t.Errorf("%d drafts left over\n%s", n, w.story())
				}
			})
		}
	})
}

func TestTakeDownWaitsForItsQuota(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	want(t, w.deliverAll(), publish.Published, "")
	w.arm(sim.Fault{Kind: sim.QuotaLeft, Path: platform.PathDelete, Left: 0})
	w.write(func(tx *db.Tx) error { return tx.G.Exec("UPDATE publications SET state = 'retracting'").Error })
	r, err := w.ch.TakeDown(t.Context(), w.it)
	if err != nil {
		t.Fatal(err)
	}
	want(t, r, publish.Waiting, "wechat.quota")
	if !r.NextAt.Equal(platform.Midnight(clock.Now())) {
		t.Errorf("next at %s", r.NextAt)
	}
	want(t, w.takeDownAll(), publish.Gone, "")
}

func TestTakeDownOfAnArticleSomebodyDeleted(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	want(t, w.deliverAll(), publish.Published, "")
	if err := w.sim.DeleteByPerson(w.row().ArticleID); err != nil {
		t.Fatal(err)
	}
	want(t, w.takeDownAll(), publish.Gone, "")
	if w.calls(platform.PathDelete) != 0 {
		t.Error("one of ten deletes was wasted")
	}
}

func TestRefusedTakeDownCallsAPerson(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	want(t, w.deliverAll(), publish.Published, "")
	w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathDelete, Code: 40007})
	want(t, w.takeDownAll(), publish.NeedsPerson, "wechat.take_down_refused")
	want(t, w.takeDownAll(), publish.Gone, "")
}

func TestTakeDownBeforeAResubmitDoesNotCallItGone(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.AutoResubmit = true }})
	w.arm(sim.Fault{Kind: sim.RejectBefore, Path: platform.PathSubmit}, sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Nth: 2, Code: 45009})
	for w.row().Reason != "wechat.quota" {
		r := w.deliver()
		if r.State != publish.Waiting {
			t.Fatalf("receipt %+v", r)
		}
		if r.Reason != "wechat.quota" {
			clock.Set(r.NextAt)
		}
	}
	if row := w.row(); row.State != drafted || row.Submits != 1 {
		t.Fatalf("row %+v", row)
	}
	want(t, w.takeDownAll(), publish.NeedsPerson, "wechat.take_down_unsure")
}
