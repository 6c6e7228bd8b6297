package wechat

import (
	"context"
	"slices"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
	sim "gongkai/internal/wechatsim"
)

func (w *world) inspect() publish.Receipt {
	w.t.Helper()
	r, err := w.ch.Inspect(context.Background(), w.it)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestOneReadThatFindsNothingIsNotBelieved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{})
		want(t, w.deliverAll(), publish.Published, "")
		missing := func() { w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathArticle, Code: 53600}) }
		missing()
		if r := w.inspect(); r.State != publish.Waiting || r.NextAt.Sub(clock.Now()) != w.ch.cfg.Pace.LookGap {
			t.Fatalf("%+v", r)
		}
		want(t, w.inspect(), publish.Published, "")
		missing()
		w.inspect()
		missing()
		if r := w.inspect(); r.State != publish.Waiting {
			t.Fatalf("two reads at once: %+v", r)
		}
		clock.Advance(w.ch.cfg.Pace.LookGap)
		missing()
		want(t, w.inspect(), publish.NeedsPerson, "wechat.deleted_remotely")

		missing()
		want(t, w.deliver(), publish.NeedsPerson, "wechat.deleted_remotely")
		want(t, w.deliver(), publish.Published, "") // a person asked again, and it is there
	})
}

func TestAListShowsManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.Quotas = map[string]int{platform.PathList: 6} }})
		var articles []string
		for id := int64(101); id <= 125; id++ {
			w.it = w.item(id)
			w.publication(w.it)
			want(t, w.deliverAll(), publish.Published, "")
			articles = append(articles, w.row().ArticleID)
		}
		if err := w.sim.DeleteByPerson(articles[3]); err != nil {
			t.Fatal(err)
		}
		w.arm(sim.Fault{Kind: sim.ErrCode, Path: platform.PathArticle, Code: 53600})
		want(t, w.inspect(), publish.Waiting, "") // 125 was missed once
		survey := func() (seen []int64, err error) {
			err = w.ch.Survey(t.Context(), func(ids []int64) error { seen = append(seen, ids...); return nil })
			slices.Sort(seen)
			return seen, err
		}
		seen, err := survey()
		if err != nil || len(seen) != 23 || slices.Contains(seen, 104) || slices.Contains(seen, 125) {
			t.Errorf("seen %v, %v", seen, err)
		}
		if _, err := survey(); err != nil {
			t.Error(err)
		}
		if seen, err := survey(); err == nil || len(seen) != 0 || w.calls(platform.PathList) != 4 {
			t.Errorf("the reserve was touched: %v, %v after %d calls", seen, err, w.calls(platform.PathList))
		}
	})
}

func TestInspectionLeavesQuotaForTakeDowns(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	w := newWorld(t, d, clock, setup{cfg: func(c *Config) { c.Quotas = map[string]int{platform.PathArticle: 5} }})
	want(t, w.deliverAll(), publish.Published, "")
	for range 4 {
		want(t, w.inspect(), publish.Published, "")
	}
	if r := w.inspect(); r.State != publish.Waiting || r.NextAt.Sub(clock.Now()) < 10*time.Hour {
		t.Errorf("%+v", r)
	}
	if n := w.calls(platform.PathArticle); n != 4 {
		t.Errorf("%d reads", n)
	}
	want(t, w.inspect(), publish.Waiting, "")
	w.write(func(tx *db.Tx) error {
		return tx.G.Exec("UPDATE publications SET state = 'retracting' WHERE id = ?", w.it.PublicationID).Error
	})
	if _, err := w.ch.TakeDown(t.Context(), w.it); err != nil {
		t.Fatal(err)
	}
	if n := w.calls(platform.PathDelete); n != 1 {
		t.Errorf("%d deletes: the take-down could not read", n)
	}
}
