package wechat

import (
	"errors"
	"testing"

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
