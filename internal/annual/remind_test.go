package annual_test

import (
	"testing"

	"gongkai/internal/annual"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// TestTheOfficeIsWarnedOfTheReport is fact 25: the report of 2025 is due on 31
// January 2026, a Saturday, so the last alarm is on the 30th; that of 2024 fell into
// Spring Festival, so it was on 27 January.
func TestTheOfficeIsWarnedOfTheReport(t *testing.T) {
	type day struct {
		on   string
		told int // so far
		code string
	}
	for name, x := range map[string]struct {
		government bool
		days       []day
	}{
		"of 2025": {false, []day{{"2025-12-31", 0, ""}, {"2026-01-15", 0, ""}, {"2026-01-16", 1, "notice.annual_due"}, {"2026-01-23", 2, "notice.annual_due"}, {"2026-01-27", 2, ""}, {"2026-01-28", 3, "notice.annual_due"},
			{"2026-01-29", 3, ""}, {"2026-01-30", 4, "notice.annual_due"}, {"2026-01-31", 4, ""}, {"2026-02-01", 5, "notice.annual_overdue"}, {"2026-02-10", 5, ""}}},
		"of 2024":        {false, []day{{"2025-01-10", 0, ""}, {"2025-01-26", 1, "notice.annual_due"}, {"2025-01-27", 2, "notice.annual_due"}, {"2025-01-31", 2, ""}, {"2025-02-01", 3, "notice.annual_overdue"}}},
		"a government's": {true, []day{{"2026-01-30", 0, ""}, {"2026-03-31", 1, "notice.annual_due"}, {"2026-04-01", 2, "notice.annual_overdue"}}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
				o := opened(t, d, clock)
				o.desk.Rules.Government = x.government
				o.at(x.days[0].on)
				begun := false
				for _, day := range x.days {
					o.at(day.on)
					if year := o.clock.Now().Year() - 1; !begun && day.told > 0 { // somebody works on it
						o.zeros(year)
						begun = true
					}
					for range 2 {
						o.must(o.desk.Remind(ctx))
					}
					for _, who := range []org.Actor{o.editor} {
						var all []notify.Notice
						o.must(d.Read(ctx, func(tx *db.Tx) (err error) { all, err = notify.For(tx, who.PersonID, 50); return err }))
						if len(all) != day.told || day.code != "" && all[0].Code != day.code {
							t.Errorf("%s: told %d times, want %d (%s)", day.on, len(all), day.told, day.code)
						}
					}
				}
			})
		})
	}
}

// TestNobodyIsWarnedOfAReportThatIsOut, nor of one made elsewhere, nor that an
// office without any is late.
func TestNobodyIsWarnedOfAReportThatIsOut(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := opened(t, d, clock)
	o.at("2026-01-30")
	_, err := o.desk.Keep(ctx, o.editor, annual.Imported{Year: 2025, Figures: answered(1)})
	o.must(err)
	o.must(o.desk.Remind(ctx))
	o.at("2026-02-03")
	o.must(o.desk.Remind(ctx))
	for who, want := range map[int64]int{o.editor.PersonID: 0, o.other.PersonID: 1} { // the other office was warned in time, and is not called late
		var all []notify.Notice
		o.must(d.Read(ctx, func(tx *db.Tx) (err error) { all, err = notify.For(tx, who, 50); return err }))
		if len(all) != want {
			t.Errorf("%d is told %d times, want %d", who, len(all), want)
		}
	}
}
