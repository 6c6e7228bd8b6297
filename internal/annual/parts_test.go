package annual_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"gongkai/internal/annual"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/foi"
	"gongkai/internal/progress"
)

// plain keeps results as they are.
type plain struct{}

func (plain) Seal(text, _ string) string            { return text }
func (plain) Open(sealed, _ string) (string, error) { return sealed, nil }

// answered is a unit's figures: n new requests of natural persons, all answered by
// what is public already.
func answered(n int) annual.Figures {
	f := annual.Figures{}
	for _, c := range annual.Codes {
		f[c] = 0
	}
	for _, row := range []int{annual.RowNew, annual.RowFirst, annual.RowSum} {
		for _, column := range []int{1, annual.Columns} {
			f[annual.Cell3(row, column)] = annual.Whole(n)
		}
	}
	return f
}

// file is a unit's report as a workbook, or as a page.
func file(t *testing.T, unit string, f annual.Figures, workbook bool) []byte {
	t.Helper()
	r := annual.Report{Organ: unit, Year: "2025", Figures: f}
	if !workbook {
		return []byte("<h1>" + unit + "2025年政府信息公开工作年度报告</h1>\n" + r.HTML())
	}
	b, err := r.Workbook()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type units struct {
	*office
	d      *db.DB
	runner *progress.Runner
	said   []string
}

func consolidating(t *testing.T, d *db.DB, clock *dbtest.Clock) *units {
	u := &units{office: opened(t, d, clock), d: d}
	u.desk.Rules.Government = true
	u.runner = progress.NewRunner(d, plain{}, u.desk.Works(annual.Readers{
		Read: func(name string, b []byte) (annual.Imported, error) {
			if strings.HasSuffix(name, ".xlsx") {
				return annual.ImportWorkbook(b)
			}
			return annual.Import(name, b)
		},
		Say: func(code string, _ map[string]any) string { u.said = append(u.said, code); return code },
	}), slog.New(slog.NewTextHandler(io.Discard, nil)))
	return u
}

// read sends an archive off and lets it be read.
func (u *units) read(year int, archive []byte) *progress.Errand {
	u.t.Helper()
	u.said = nil
	var e *progress.Errand
	u.must(u.d.Write(ctx, func(tx *db.Tx) (err error) {
		e, err = u.desk.SendUnits(tx, u.editor, year, "报告.zip", archive)
		return err
	}))
	u.must(u.runner.Handle(ctx, e.Subject()))
	u.must(u.d.Read(ctx, func(tx *db.Tx) error {
		all, err := progress.Of(tx, u.editor.OrganisationID, u.editor.PersonID, 1)
		e = all[0]
		return err
	}))
	return e
}

// TestAGovernmentsReportSumsUpItsUnits is V-17 from the units' own files: the sum
// of each of the 200 cells, where each share comes from, and what one unit does not
// report is not reported at all.
func TestAGovernmentsReportSumsUpItsUnits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		u := consolidating(t, d, clock)
		u.at("2026-01-12")
		u.zeros(2025, annual.Given{Cell: "T2.B1", Value: "2"})
		second := answered(4)
		second["T2.B1"] = annual.Whole(5)
		archive, err := annual.Pack([]string{"科技局2025年政府信息公开工作年度报告.xlsx", "乙.html", "说明.txt"}, [][]byte{file(t, "科技局", answered(3), true), file(t, "水务局", second, false), []byte("没有表格")})
		u.must(err)
		e := u.read(2025, archive)
		if e.State != progress.Done || e.Done != 3 || e.Wrong != 1 || e.ResultName == "" {
			t.Errorf("%+v said %v", e, u.said)
		}
		s := u.open(2025)
		if len(s.Units) != 2 || s.Units[0].Unit != "水务局" || s.Units[1].Unit != "科技局" || len(s.Figures) != 200 {
			t.Fatalf("%d cells of %d units", len(s.Figures), len(s.Units))
		}
		for c, want := range map[annual.Code]int{"T2.B1": 7, annual.Cell3(annual.RowNew, 7): 7, annual.Cell3(annual.RowSum, 1): 7, annual.Cell3(annual.RowOpen, 7): 0} {
			if s.Figures[c] != annual.Whole(want) {
				t.Errorf("%s is %s, want %d", c, s.Figures[c], want)
			}
		}
		for _, f := range s.Findings {
			if f.Level == check.Block && f.Rule != "annual.v13" && f.Rule != "annual.v16" {
				t.Errorf("against it: %+v", f)
			}
		}
		// The same archive again changes nothing; a later report takes the earlier one's place.
		u.read(2025, archive)
		again, err := annual.Pack([]string{"科技局.xlsx"}, [][]byte{file(t, "科技局", answered(1), true)})
		u.must(err)
		u.read(2025, again)
		if s = u.open(2025); len(s.Units) != 2 || s.Figures[annual.Cell3(annual.RowNew, 7)] != annual.Whole(5) {
			t.Errorf("%d units, %s", len(s.Units), s.Figures[annual.Cell3(annual.RowNew, 7)])
		}
		// Another office has none of it.
		strange, err := u.desk.Open(ctx, u.other, 2025)
		u.must(err)
		if len(strange.Units) != 0 {
			t.Errorf("another office sums up %d units", len(strange.Units))
		}

		less := answered(2)
		delete(less, "T2.C1")
		hole, err := annual.Pack([]string{"d.html"}, [][]byte{file(t, "林草局", less, false)})
		u.must(err)
		u.read(2025, hole)
		if s = u.open(2025); len(s.Figures) != 199 {
			t.Errorf("%d cells with one that a unit does not report", len(s.Figures))
		}
		if _, err := u.desk.Freeze(ctx, u.editor, 2025, s.Version); err == nil {
			t.Error("a report with a hole is frozen")
		}
		var gone int64
		for _, x := range s.Units {
			if x.Unit == "林草局" {
				gone = x.ID
			}
		}
		u.fails(u.desk.RemoveUnit(ctx, u.other, 2025, gone), annual.ErrNoPart)
		u.fails(u.desk.RemoveUnit(ctx, u.editor, 2024, gone), annual.ErrNoPart)
		u.must(u.desk.RemoveUnit(ctx, u.editor, 2025, gone))
		u.fails(u.desk.RemoveUnit(ctx, u.editor, 2025, gone), annual.ErrNoPart)

		s = u.open(2025)
		_, err = u.desk.Freeze(ctx, u.editor, 2025, s.Version)
		u.must(err)
		s = u.open(2025)
		if len(s.Moved) != 0 || s.Figures[annual.Cell3(annual.RowNew, 7)] != annual.Whole(5) {
			t.Errorf("frozen with %s, moved %+v", s.Figures[annual.Cell3(annual.RowNew, 7)], s.Moved)
		}
		u.at("2025-12-30") // what is entered late moves the ledger, not the frozen report
		u.asks(foi.NaturalPerson, foi.InPerson)
		u.at("2026-01-12")
		s = u.open(2025)
		if len(s.Moved) == 0 || s.Figures[annual.Cell3(annual.RowNew, 7)] != annual.Whole(5) {
			t.Errorf("a request entered late: moved %+v", s.Moved)
		}
		for _, f := range s.Findings {
			if f.Rule == "annual.v17" {
				t.Errorf("against the frozen report: %+v", f)
			}
		}
		u.fails(u.desk.RemoveUnit(ctx, u.editor, 2025, s.Units[0].ID), annual.ErrFrozen)
		u.fails(u.d.Write(ctx, func(tx *db.Tx) error { _, err := u.desk.SendUnits(tx, u.editor, 2025, "x", archive); return err }), annual.ErrFrozen)
		clock.Set(clock.Now().AddDate(1, 0, 0))
		page, err := u.desk.Units(ctx, u.editor, 2026)
		u.must(err)
		if len(page.Late) != 2 {
			t.Errorf("late are %v", page.Late)
		}
	})
}

// TestAConsolidatedReportMadeElsewhereIsCheckedCellByCell plants one wrong cell.
func TestAConsolidatedReportMadeElsewhereIsCheckedCellByCell(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	u := consolidating(t, d, clock)
	u.at("2026-01-12")
	archive, err := annual.Pack([]string{"科技局.xlsx", "水务局.xlsx"}, [][]byte{file(t, "科技局", answered(3), true), file(t, "水务局", answered(4), true)})
	u.must(err)
	u.read(2025, archive)
	for wrong, want := range map[annual.Code]int{"": 0, "T2.D2": 1} {
		sum := answered(7)
		if wrong != "" {
			sum[wrong] = annual.Whole(1)
		}
		_, err = u.desk.Keep(ctx, u.editor, annual.Imported{Year: 2025, Figures: sum})
		u.must(err)
		found := 0
		s := u.open(2025)
		for _, f := range s.Findings {
			if f.Rule == "annual.v17" {
				if found++; f.Where != string(wrong) {
					t.Errorf("%+v", f)
				}
			}
		}
		if found != want {
			t.Errorf("with %q wrong: %d findings of V-17, want %d", wrong, found, want)
		}
	}
}

func TestArchivesThatAreNone(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	u := consolidating(t, d, clock)
	u.at("2026-01-12")
	send := func(archive []byte) error {
		return d.Write(ctx, func(tx *db.Tx) error { _, err := u.desk.SendUnits(tx, u.editor, 2025, "x.zip", archive); return err })
	}
	u.fails(send([]byte("PK\x03\x04 not a zip")), annual.ErrPartsArchive)
	none, _ := annual.Pack(nil, nil)
	u.fails(send(none), annual.ErrNoParts)
	var names []string
	var files [][]byte
	for i := range annual.MostUnits + 1 {
		names, files = append(names, fmt.Sprintf("%d.txt", i)), append(files, []byte("x"))
	}
	many, _ := annual.Pack(names, files)
	u.fails(send(many), annual.ErrPartsMany)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 21 { // 21 files of 20 MB in a few kilobytes
		w, err := z.Create(fmt.Sprintf("%d.txt", i))
		u.must(err)
		for range 20 {
			_, err = w.Write(make([]byte, 1<<20))
			u.must(err)
		}
	}
	u.must(z.Close())
	u.fails(send(b.Bytes()), annual.ErrPartsLarge)

	b.Reset()
	z = zip.NewWriter(&b)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("各单位\\水务局2025年政府信息公开工作年度报告.html")
	u.must(err)
	for name, body := range map[string][]byte{gbk: []byte(annual.Report{Organ: "水务局", Year: "2025", Figures: answered(1)}.HTML()), "__MACOSX/._x.html": []byte("x"), "~$x.docx": []byte("x"),
		"big.txt": make([]byte, 21<<20), "broken.xlsx": []byte("PK"), "2024.html": file(t, "林草局", answered(1), false)} {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, NonUTF8: name == gbk}
		w, err := z.CreateHeader(h)
		u.must(err)
		if name == "2024.html" {
			body = bytes.ReplaceAll(body, []byte("2025年"), []byte("2024年"))
		}
		_, err = w.Write(body)
		u.must(err)
	}
	u.must(z.Close())
	e := u.read(2025, b.Bytes())
	s := u.open(2025)
	if e.State != progress.Done || e.Done != 4 || e.Wrong != 3 || len(s.Units) != 1 || s.Units[0].Unit != "水务局" {
		t.Errorf("%+v %d units, said %v", e, len(s.Units), u.said)
	}
	for _, code := range []string{"annual.parts_large", "annual.part_year"} {
		if !strings.Contains(strings.Join(u.said, " "), code) {
			t.Errorf("nothing says %s: %v", code, u.said)
		}
	}
	u.desk.Rules.Government = false
	u.fails(send(b.Bytes()), annual.ErrNotGovernment)
	_, err = u.desk.Units(ctx, u.editor, 2025)
	u.fails(err, annual.ErrNotGovernment)
	u.desk.Rules.Government = true
	u.fails(d.Write(ctx, func(tx *db.Tx) error { _, err := u.desk.SendUnits(tx, u.clerk, 2025, "x", none); return err }), annual.ErrNoParts) // a clerk edits too
	drafter := u.editor
	drafter.Holdings = nil
	if err := d.Write(ctx, func(tx *db.Tx) error { _, err := u.desk.SendUnits(tx, drafter, 2025, "x", none); return err }); err == nil {
		t.Error("who holds no post sends reports off")
	}
}
