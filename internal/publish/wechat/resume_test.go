package wechat

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	sim "gongkai/internal/wechatsim"
)

func TestPersonEndsAWaitWithoutTheClockMoving(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: 89504})
	want(t, w.deliver(), publish.Waiting, "wechat.admin_confirm")
	want(t, w.deliver(), publish.Waiting, "wechat.admin_confirm")
	w.write(func(tx *db.Tx) error { return w.ch.Resume(tx, w.it.PublicationID, "") })
	want(t, w.deliver(), publish.Waiting, "wechat.in_review")
	want(t, w.deliverAll(), publish.Published, "")
}

func TestPersonDoesNotCutShortACallThatMayBeInFlight(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	want(t, w.deliver(), publish.Waiting, "wechat.in_review")
	at := db.Micros(clock.Now().Add(w.ch.cfg.Pace.Settle))
	for _, s := range []state{drafting, submitting} {
		w.write(func(tx *db.Tx) error {
			row, _, err := load(tx, w.it.PublicationID)
			if err != nil {
				return err
			}
			row.State, row.NextAt = s, at
			return save(tx, &row)
		})
		w.write(func(tx *db.Tx) error { return w.ch.Resume(tx, w.it.PublicationID, "") })
		if got := w.row().NextAt; got != at {
			t.Errorf("%s: the wait was shortened", s)
		}
	}
}

func TestResumeTakesOnlyWaysThatFit(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	want(t, w.deliverAll(), publish.Published, "")
	for how, want := range map[string]error{SameDraft: publish.ErrHowNow, NewDraft: publish.ErrHowNow, "again": publish.ErrHow, "": nil} {
		err := d.Write(t.Context(), func(tx *db.Tx) error { return w.ch.Resume(tx, w.it.PublicationID, how) })
		if !errors.Is(err, want) || (want == nil && err != nil) {
			t.Errorf("%q: %v", how, err)
		}
	}
}

// A review may outlast every poll and succeed in the end: a second draft would
// then be a second article (I1).
func TestNoNewDraftWhileASubmittedOneMayStillAppear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{sim: func(o *sim.Options) { o.Review = 20 * time.Hour }})
		want(t, w.deliverAll(), publish.NeedsPerson, "wechat.review_long")
		for _, how := range []string{NewDraft, SameDraft} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return w.ch.Resume(tx, w.it.PublicationID, how) })
			if !errors.Is(err, publish.ErrHowNow) {
				t.Errorf("%s: %v", how, err)
			}
		}
		clock.Advance(20 * time.Hour)
		want(t, w.deliverAll(), publish.Published, "")
		if ever, _ := w.seen(); ever != 1 || w.calls(platform.PathSubmit) != 1 {
			t.Errorf("seen %d times after %d submits", ever, w.calls(platform.PathSubmit))
		}
	})
}

// The answer of the first submit is lost, its review takes longer than anybody
// looks, a person has the draft made again, and the first one appears before
// the second is submitted.
func TestLastLookFindsWhatAppearedAfterThePersonsWord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{sim: func(o *sim.Options) { o.Review = 8 * time.Hour }})
		w.arm(sim.Fault{Kind: sim.AcceptThenReset, Path: platform.PathSubmit})
		want(t, w.deliverAll(), publish.NeedsPerson, "wechat.submit_gone")
		w.write(func(tx *db.Tx) error { return w.ch.Resume(tx, w.it.PublicationID, NewDraft) })
		w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: 45011})
		want(t, w.deliver(), publish.Waiting, "wechat.later")
		clock.Advance(3 * time.Hour)
		want(t, w.deliverAll(), publish.Published, "")
		if ever, _ := w.seen(); ever != 1 {
			t.Errorf("seen %d times\n%s", ever, w.story())
		}
		if n := w.sim.Drafts(); n != 0 {
			t.Errorf("%d drafts are left for somebody to publish by hand", n)
		}
	})
}

func TestTakeDownOfADraftMadeAgainStillLooksForTheFirstSubmit(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{sim: func(o *sim.Options) { o.Review = 8 * time.Hour }})
	w.arm(sim.Fault{Kind: sim.AcceptThenReset, Path: platform.PathSubmit})
	want(t, w.deliverAll(), publish.NeedsPerson, "wechat.submit_gone")
	w.write(func(tx *db.Tx) error { return w.ch.Resume(tx, w.it.PublicationID, NewDraft) })
	want(t, w.takeDownAll(), publish.NeedsPerson, "wechat.take_down_unsure")
	clock.Advance(3 * time.Hour)
	want(t, w.takeDownAll(), publish.Gone, "")
	if _, now := w.seen(); now != 0 {
		t.Errorf("%d copies are visible", now)
	}
}

func TestUnconfirmedAccountIsParkedForOnePeriodAndThenCallsAPerson(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{})
	w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: 89505, Times: 2})
	start := clock.Now()
	r := w.deliver()
	want(t, r, publish.Waiting, "wechat.admin_confirm")
	if !r.Parked || r.NextAt.Sub(start) != w.ch.cfg.Pace.Confirm {
		t.Errorf("%+v", r)
	}
	want(t, w.deliverAll(), publish.NeedsPerson, "wechat.admin_unconfirmed")
	if waited := clock.Now().Sub(start); waited != w.ch.cfg.Pace.Confirm {
		t.Errorf("a person was called after %s", waited)
	}
	want(t, w.deliverAll(), publish.Published, "") // confirmed, and a person retried
}

func TestSetupTroubleIsMarkedAsParked(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	for i, code := range []int{40164, 48001, 40013, 45028} {
		id := int64(700 + i)
		w := newWorld(t, d, clock, setup{id: id, account: fmt.Sprint("wx", id)})
		w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathSubmit, Code: code})
		if r := w.deliver(); r.State != publish.Waiting || r.Parked != (code != 45028) {
			t.Errorf("%d: %+v", code, r)
		}
	}
}
