package foi_test

import (
	"strings"
	"testing"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
)

// A fee is counted, never typed: by piece over the applications of one applicant
// in a calendar month, or by the pages of one application (国办函〔2020〕109号; facts 27
// to 31).
func TestAFeeIsCountedByTheRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		clock.Set(on(2026, 4, 1))
		var last *foi.Request
		march := func(n *foi.New) { n.On = calendar.Midnight(on(2026, 3, 20)) }
		o.register(func(n *foi.New) { n.On = calendar.Midnight(on(2026, 2, 27)) }) // another month
		o.register(march, func(n *foi.New) { n.Applicant.IDNumber = "110105194912310038" })
		for range 31 {
			last = o.register(march).Request
		}
		first, err := o.desk.List(ctx, o.clerk, foi.Filter{Number: "2026-0012"})
		o.must(err)
		tenth := first[0].Request
		_, err = o.desk.Charge(ctx, o.clerk, tenth.ID, foi.ByPiece, 0)
		o.fails(err, foi.ErrFeeFree)
		f, err := o.desk.Charge(ctx, o.clerk, last.ID, foi.ByPiece, 0)
		o.must(err)
		if f.Nth != 31 || f.Yuan != 200 {
			t.Errorf("the 31st: %+v", f)
		}
		f, err = o.desk.Charge(ctx, o.clerk, tenth.ID, foi.ByVolume, 150)
		o.must(err)
		if f.Yuan != 1700 {
			t.Errorf("150 pages: %+v", f)
		}
		for pages, want := range map[int]*fault.Fault{0: foi.ErrFeeCount, -3: foi.ErrFeeCount, 30: foi.ErrFeeFree, 2_000_000: foi.ErrFeeCount} {
			_, err = o.desk.Charge(ctx, o.clerk, tenth.ID, foi.ByVolume, pages)
			o.fails(err, want)
		}
		_, err = o.desk.Charge(ctx, o.clerk, tenth.ID, "guess", 3)
		o.fails(err, foi.ErrFeeScale)
		_, err = o.desk.Charge(ctx, o.other, tenth.ID, foi.ByVolume, 150)
		o.fails(err, foi.ErrNotFound)

		notice, err := o.desk.DraftFee(ctx, o.clerk, tenth.ID, foi.ByVolume, 150, says)
		o.must(err)
		if !strings.Contains(notice.Text, "信息处理费1700元") || !strings.Contains(notice.Text, "按量计收，共150页，计1700元") {
			t.Errorf("the notice says:\n%s", notice.Text)
		}
		ask := foi.Event{Kind: foi.FeeAsked, On: clock.Now(), Amount: 5}
		_, err = o.desk.Record(ctx, o.clerk, tenth.ID, tenth.Version, ask)
		o.fails(err, foi.ErrFeeScale)
		ask.Scale, ask.Pages, ask.Note = foi.ByVolume, 150, "已送达"
		r, err := o.desk.Record(ctx, o.clerk, tenth.ID, tenth.Version, ask)
		o.must(err)
		v, err := o.desk.Open(ctx, o.clerk, tenth.ID)
		o.must(err)
		if e := v.Events[len(v.Events)-1]; e.Amount != 1700 || e.Note != "按量计收，共150页，计1700元。已送达" {
			t.Errorf("asked for: %+v", e)
		}
		_, err = o.desk.Record(ctx, o.clerk, tenth.ID, r.Version, foi.Event{Kind: foi.FeePaid, On: clock.Now(), Amount: 1000})
		o.fails(err, foi.ErrFeeAmount)
		_, err = o.desk.Record(ctx, o.clerk, tenth.ID, r.Version, foi.Event{Kind: foi.FeePaid, On: clock.Now()})
		o.must(err)
		o.must(d.Read(ctx, func(tx *db.Tx) error {
			yuan, err := foi.FeesOfYear(tx, o.unit.ID, 2026)
			if yuan != 1700 {
				t.Errorf("%d yuan in the year", yuan)
			}
			return err
		}))
	})
}
