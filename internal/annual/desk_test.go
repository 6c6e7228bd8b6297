package annual_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/annual"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/foi"
	"gongkai/internal/org"
	"gongkai/internal/org/orgtest"
	"gongkai/internal/workflow"
	"gongkai/workflows"
)

var ctx = context.Background()

type office struct {
	t                    *testing.T
	clock                *dbtest.Clock
	desk                 *annual.Desk
	requests             *foi.Desk
	unit                 org.Unit
	editor, clerk, other org.Actor
	made                 int
}

func opened(t *testing.T, d *db.DB, clock *dbtest.Clock) *office {
	o := &office{t: t, clock: clock}
	must := o.must
	f := orgtest.New(t, d)
	o.unit = f.Office("甲局", "1")
	o.editor, o.clerk = f.Holder(o.unit, org.OfficeEditor), f.Holder(o.unit, org.FOIOfficer)
	o.other = f.Holder(f.Office("乙局", "2"), org.OfficeEditor)
	e, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	must(err)
	c, err := calendar.Load()
	must(err)
	keys, err := foi.NewKeys([]byte(strings.Repeat("a", 32)))
	must(err)
	l, err := workflow.LoadLibrary(workflows.FS)
	must(err)
	o.requests = foi.NewDesk(d, e, c, keys, l, check.All())
	o.desk = annual.NewDesk(d, e, c, annual.Rules{})
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) fails(err error, want *fault.Fault) {
	o.t.Helper()
	if !errors.Is(err, want) {
		o.t.Errorf("got %v, want %v", err, want)
	}
}

func (o *office) at(day string) {
	o.t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", day+" 10:00", calendar.Zone)
	o.must(err)
	o.clock.Set(moment)
}

// asks registers a request on the day it is.
func (o *office) asks(kind foi.ApplicantKind, channel foi.Channel) *foi.Request {
	o.t.Helper()
	o.made++
	n := foi.New{Channel: channel, On: calendar.Midnight(o.clock.Now()), Wanted: "项目清单", Wish: foi.Wish{Medium: "paper", Route: "post"}, Once: fmt.Sprintf("annual-%012d", o.made),
		Applicant: foi.Applicant{Kind: kind, Name: "张三丰", IDKind: "resident_card", IDNumber: "11010519491231002X", Phone: "13800138000", Address: "甲市乙区丙街道"}}
	if kind != foi.NaturalPerson {
		n.Applicant.IDKind, n.Applicant.IDNumber, n.Applicant.Head, n.Applicant.Contact = "credit_code", "91350100M000100Y43", "李四", "王五"
	}
	rc, err := o.requests.Register(ctx, o.clerk, n)
	o.must(err)
	return rc.Request
}

func (o *office) withdrawn(r *foi.Request) {
	o.t.Helper()
	_, err := o.requests.Record(ctx, o.clerk, r.ID, r.Version, foi.Event{Kind: foi.Answered, Code: "D24", On: o.clock.Now()})
	o.must(err)
}

func (o *office) open(year int) *annual.Sheet {
	o.t.Helper()
	s, err := o.desk.Open(ctx, o.editor, year)
	o.must(err)
	return s
}

// zeros attests every figure of the year, 0 each but for what is given.
func (o *office) zeros(year int, given ...annual.Given) {
	o.t.Helper()
	all := []annual.Given{}
	for _, c := range annual.Attested {
		all = append(all, annual.Given{Cell: c, Value: "0"})
	}
	_, err := o.desk.Attest(ctx, o.editor, year, o.open(year).Version, append(all, given...), "")
	o.must(err)
}

// The register says what table 三 holds (5.3; fact 13), and each figure leads to
// exactly the requests it counts.
func TestTableThreeIsCountedFromTheRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := opened(t, d, clock)
		o.at("2024-12-30")
		carried := o.asks(foi.NaturalPerson, foi.InPerson)
		o.at("2025-03-03")
		quick := o.asks(foi.Company, foi.InPerson)
		again := o.asks(foi.Company, foi.InPerson)
		_, err := o.requests.Merge(ctx, o.clerk, again.ID, 1, quick.Number, "同一申请")
		o.must(err)
		o.asks(foi.NaturalPerson, foi.Letter) // never confirmed: not received
		o.withdrawn(quick)
		o.at("2025-03-04")
		o.withdrawn(carried)
		o.at("2025-12-31")
		o.asks(foi.LegalService, foi.InPerson)
		last := o.asks(foi.NaturalPerson, foi.InPerson)
		o.at("2026-01-05")
		o.withdrawn(last)

		for year, want := range map[int]map[annual.Code]int{
			2024: {"T3.R01.C1": 1, "T3.R01.C7": 1, "T3.R25.C1": 1, "T3.R25.C7": 1},
			2025: {"T3.R01.C1": 1, "T3.R01.C2": 1, "T3.R01.C5": 1, "T3.R01.C7": 3, "T3.R02.C1": 1, "T3.R02.C7": 1, "T3.R23.C1": 1, "T3.R23.C2": 1, "T3.R23.C7": 2,
				"T3.R24.C1": 1, "T3.R24.C2": 1, "T3.R24.C7": 2, "T3.R25.C1": 1, "T3.R25.C5": 1, "T3.R25.C7": 2},
			2026: {"T3.R02.C1": 1, "T3.R02.C5": 1, "T3.R02.C7": 2, "T3.R23.C1": 1, "T3.R23.C7": 1, "T3.R24.C1": 1, "T3.R24.C7": 1, "T3.R25.C5": 1, "T3.R25.C7": 1},
		} {
			s := o.open(year)
			for row := 1; row <= annual.Rows; row++ {
				for column := 1; column <= annual.Columns; column++ {
					c := annual.Cell3(row, column)
					if s.Ledger[c] != annual.Whole(want[c]) {
						t.Errorf("%d %s: %s, want %d", year, c, s.Ledger[c], want[c])
					}
					all, err := o.requests.List(ctx, o.clerk, foi.Filter{Cell: foi.Cell{Year: year, Row: row, Column: column}})
					o.must(err)
					if len(all) != want[c] {
						t.Errorf("%d %s lists %d requests, counts %d", year, c, len(all), want[c])
					}
				}
			}
			for _, f := range s.Findings {
				switch f.Rule {
				case "annual.v02", "annual.v03", "annual.v04", "annual.v07", "annual.v08":
					t.Errorf("%d: %+v", year, f)
				}
			}
		}
		if s, err := o.desk.Open(ctx, o.other, 2025); err != nil || s.Ledger["T3.R01.C7"] != 0 {
			t.Errorf("another organisation counts %s, %v", s.Ledger["T3.R01.C7"], err)
		}
	})
}

// Zero is attested and empty is not reported; every figure keeps who said it.
func TestFiguresFromElsewhereAreAttested(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := opened(t, d, clock)
		o.at("2026-01-10")
		attest := func(who org.Actor, seen int64, note string, given ...string) error {
			all := []annual.Given{}
			for i := 0; i < len(given); i += 2 {
				all = append(all, annual.Given{Cell: annual.Code(given[i]), Value: given[i+1]})
			}
			_, err := o.desk.Attest(ctx, who, 2025, seen, all, note)
			return err
		}
		if s := o.open(2025); len(s.Missing) != 11 || s.Version != 0 {
			t.Errorf("missing at first: %v, version %d", s.Missing, s.Version)
		}
		o.must(attest(o.editor, 0, "", "T2.B1", "0", "T2.E1", "１２．５", "T2.C1", ""))
		s := o.open(2025)
		if s.Figures["T2.B1"] != 0 || s.Figures["T2.E1"].String() != "12.5" || len(s.Missing) != 9 || s.Stand["T2.B1"].PersonID != o.editor.PersonID {
			t.Errorf("attested: %v %v, missing %d", s.Figures["T2.B1"], s.Figures["T2.E1"], len(s.Missing))
		}
		o.fails(attest(o.clerk, s.Version, "", "T2.B1", "3"), annual.ErrNote)
		o.must(attest(o.clerk, s.Version, "规范性文件清单", "T2.B1", "3"))
		s = o.open(2025)
		o.must(attest(o.clerk, s.Version, "尚未核实", "T2.B1", ""))
		s = o.open(2025)
		if _, there := s.Figures["T2.B1"]; there {
			t.Error("a figure taken back is still reported")
		}
		all, err := o.desk.Entries(ctx, o.editor, 2025, "T2.B1")
		o.must(err)
		if len(all) != 3 || all[0].Reported || all[1].Amount != annual.Whole(3) || all[1].Note != "规范性文件清单" || all[2].PersonID != o.editor.PersonID {
			t.Errorf("kept: %+v", all)
		}
		for value, cell := range map[string]string{"-1": "T2.B1", "1.5": "T2.B1", "一": "T2.C1", "1e3": "T2.D1", "0.0000001": "T2.E1", "9999999999999": "T2.D2"} {
			o.fails(attest(o.editor, s.Version, "x", cell, value), annual.ErrAmount)
		}
		o.fails(attest(o.editor, s.Version, "", "T3.R01.C1", "5"), annual.ErrCell)
		o.fails(attest(o.editor, s.Version, "", "F1", "5"), annual.ErrCell)
		o.fails(attest(o.editor, s.Version-1, "", "T2.D1", "5"), annual.ErrChanged)
		_, err = o.desk.Open(ctx, o.editor, 2031)
		o.fails(err, annual.ErrYear)
		if _, err := d.SQL().Exec("UPDATE annual_entries SET amount = 9"); err == nil {
			t.Error("what was attested can be written over")
		}
		if s, err := o.desk.Open(ctx, o.other, 2025); err != nil || len(s.Stand) != 0 {
			t.Errorf("another organisation sees %v, %v", s.Stand, err)
		}

		// Several at once: one is first, the others look again.
		s = o.open(2025)
		var all2 sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			all2.Go(func() { errs[i] = attest(o.editor, s.Version, "", "T2.D2", fmt.Sprint(i)) })
		}
		all2.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				o.fails(err, annual.ErrChanged)
			}
		}
		if won != 1 {
			t.Errorf("%d were first", won)
		}
	})
}

// A frozen report stays as it is, byte by byte; what the registers say by then is
// a list beside it (I26).
func TestAFrozenReportDoesNotFollowTheRegisters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := opened(t, d, clock)
		o.at("2025-06-03")
		open := o.asks(foi.NaturalPerson, foi.InPerson)
		o.at("2026-01-12")
		_, err := o.desk.Freeze(ctx, o.editor, 2025, 0)
		o.fails(err, annual.ErrFindings)
		if s := o.open(2025); s.Version != 0 || s.State != annual.Working {
			t.Errorf("a refused freezing left %+v", s.File)
		}
		o.zeros(2025, annual.Given{Cell: annual.Followers, Value: "807"})
		_, err = o.desk.Freeze(ctx, o.clerk, 2025, o.open(2025).Version)
		o.fails(err, authz.ErrForbidden)
		s := o.open(2025)
		if len(s.Missing) != 0 {
			t.Fatalf("missing %v", s.Missing)
		}
		for _, f := range check.Blocking(s.Findings) {
			t.Errorf("against it: %+v", f)
		}
		r, err := o.desk.Freeze(ctx, o.editor, 2025, s.Version)
		o.must(err)
		if r.Title() != "甲局全称2025年政府信息公开工作年度报告" || !strings.Contains(r.HTML(), "新收政府信息公开申请1件") || !strings.Contains(r.HTML(), "807人") {
			t.Errorf("the report: %s\n%s", r.Title(), r.HTML())
		}
		o.must(o.desk.Link(ctx, o.editor, 2025, 77))
		book, err := r.Workbook()
		o.must(err)

		// A request registered late, and one merged away: the report stays.
		o.at("2026-01-20")
		o.withdrawn(open)
		o.made++
		_, err = o.requests.Register(ctx, o.clerk, foi.New{Channel: foi.InPerson, On: time.Date(2025, 7, 1, 0, 0, 0, 0, calendar.Zone), Wanted: "补登", Wish: foi.Wish{Medium: "paper", Route: "post"}, Once: "annual-late-register",
			Applicant: foi.Applicant{Kind: foi.NaturalPerson, Name: "张三丰", IDKind: "resident_card", IDNumber: "11010519491231002X", Phone: "13800138000", Address: "甲市乙区丙街道"}})
		o.must(err)
		s = o.open(2025)
		again := s.Snapshot.Report(2025)
		same, err := again.Workbook()
		o.must(err)
		if again.HTML() != r.HTML() || string(same) != string(book) {
			t.Error("made again it is not the same")
		}
		if s.Figures["T3.R01.C1"] != annual.Whole(1) || s.ManuscriptID != 77 {
			t.Errorf("it moved: %s, manuscript %d", s.Figures["T3.R01.C1"], s.ManuscriptID)
		}
		moved := map[annual.Code]annual.Amount{}
		for _, m := range s.Moved {
			moved[m.Cell] = m.Now
		}
		if len(moved) != 4 || moved["T3.R01.C1"] != annual.Whole(2) || moved["T3.R25.C7"] != annual.Whole(2) {
			t.Errorf("the registers say otherwise: %+v", s.Moved)
		}
		_, err = o.desk.Attest(ctx, o.editor, 2025, s.Version, []annual.Given{{Cell: "T2.B1", Value: "3"}}, "x")
		o.fails(err, annual.ErrFrozen)
		_, err = o.desk.Write(ctx, o.editor, 2025, s.Version, annual.Narrative{Lead: "x"})
		o.fails(err, annual.ErrFrozen)
		_, err = o.desk.Reopen(ctx, o.editor, 2025, s.Version, " ")
		o.fails(err, annual.ErrReason)
		_, err = o.desk.Reopen(ctx, o.editor, 2025, s.Version, "补登一件申请")
		o.must(err)
		if s := o.open(2025); s.Figures["T3.R01.C1"] != annual.Whole(2) || s.State != annual.Working {
			t.Errorf("reopened: %s", s.Figures["T3.R01.C1"])
		}
	})
}

// Last year's report, made elsewhere, becomes what this year is checked against
// (V-05; fact 39).
func TestLastYearsReportIsWhatIsCarriedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := opened(t, d, clock)
		o.at("2026-01-10")
		figures := annual.Figures{}
		for _, c := range annual.Codes {
			figures[c] = 0
		}
		for _, c := range []annual.Code{"T3.R01.C1", "T3.R01.C7", "T3.R25.C1", "T3.R25.C7"} {
			figures[c] = annual.Whole(2)
		}
		_, err := o.desk.Keep(ctx, o.editor, annual.Imported{Year: 2024, Figures: figures, Notes: []check.Finding{{Rule: "annual.read_row", Level: check.Hint, Where: "T3.R05.C1"}}})
		o.must(err)
		s := o.open(2025)
		found := 0
		for _, f := range s.Findings {
			if f.Rule == "annual.v05" {
				found++
			}
		}
		if found != 2 || !s.LastYear.Same(figures) {
			t.Errorf("%d findings of V-05", found)
		}
		last := o.open(2024)
		if last.State != annual.Elsewhere || !last.Figures.Same(figures) {
			t.Errorf("kept as %s", last.State)
		}
		if len(last.Findings) == 0 || last.Findings[0].Rule != "annual.read_row" || last.Findings[0].Where != "T3.R05.C1" {
			t.Errorf("what could not be read is not said: %+v", last.Findings)
		}
		_, err = o.desk.Keep(ctx, o.editor, annual.Imported{Year: 2024})
		o.fails(err, annual.ErrNoImport)
		_, err = o.desk.Keep(ctx, o.editor, annual.Imported{Year: 2099, Figures: figures})
		o.fails(err, annual.ErrYear)
		o.zeros(2025)
		s = o.open(2025)
		_, err = o.desk.Freeze(ctx, o.editor, 2025, s.Version)
		o.fails(err, annual.ErrFindings)
	})
}

// The prose keeps its names; one that has no number keeps the report open.
func TestTheProseFollowsItsFiguresUntilItIsFrozen(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := opened(t, d, clock)
	o.at("2026-01-10")
	s := o.open(2025)
	n := s.Narrative
	n.Set("head2", "{year}年新收申请{received}件，办结{nothing}件。")
	_, err := o.desk.Write(ctx, o.clerk, 2025, s.Version, n)
	o.must(err)
	s = o.open(2025)
	if !strings.Contains(s.Filled.Heads[1], "2025年新收申请0件，办结{nothing}件") || len(s.Unknown) != 1 {
		t.Errorf("filled: %q, unknown %v", s.Filled.Heads[1], s.Unknown)
	}
	o.zeros(2025)
	_, err = o.desk.Freeze(ctx, o.editor, 2025, o.open(2025).Version)
	o.fails(err, annual.ErrFindings)
	n.Set("head2", "{year}年未收到政府信息公开申请。")
	_, err = o.desk.Write(ctx, o.clerk, 2025, o.open(2025).Version, n)
	o.must(err)
	_, err = o.desk.Freeze(ctx, o.editor, 2025, o.open(2025).Version)
	o.must(err)
}
