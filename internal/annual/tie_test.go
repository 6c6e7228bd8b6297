package annual

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/body"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/word"
)

// city has the figures of a big city that are known (facts 35 and 37, domain
// 11), the others so that everything holds.
func city() Figures {
	f := Figures{}
	for _, c := range Codes {
		f[c] = 0
	}
	set := func(column int, fresh, carried, closed, open int) {
		f[Cell3(RowNew, column)], f[Cell3(RowCarried, column)] = Whole(fresh), Whole(carried)
		f[Cell3(RowFirst, column)], f[Cell3(RowFirst+10, column)] = Whole(closed-closed/3), Whole(closed/3)
		f[Cell3(RowSum, column)], f[Cell3(RowOpen, column)] = Whole(closed), Whole(open)
	}
	set(1, 13612, 535, 13364, 783)
	set(2, 252, 6, 252, 6)
	set(5, 128, 18, 121, 25)
	set(6, 77, 1, 73, 5)
	for r := 1; r <= Rows; r++ {
		for c := 1; c < Columns; c++ {
			f[Cell3(r, Columns)] += f[Cell3(r, c)]
		}
	}
	for i, n := range []int{600, 40, 100, 50, 790, 30, 2, 8, 60, 100, 70, 2, 10, 30, 112} {
		f[Table4[i]] = Whole(n)
	}
	f["T2.C1"], f["T2.E1"] = Whole(11_400_000), Whole(12)+500_000
	return f
}

func ids(all []check.Finding) (out []string) {
	for _, f := range all {
		if id := strings.TrimPrefix(f.Rule, "annual."); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func TestTheCitysFiguresHold(t *testing.T) {
	f := city()
	if f[Cell3(RowNew, 7)] != Whole(14069) || f[Cell3(RowSum, 7)] != Whole(13810) || f[Cell3(RowOpen, 7)] != Whole(819) {
		t.Errorf("%s new, %s closed, %s open", f[Cell3(RowNew, 7)], f[Cell3(RowSum, 7)], f[Cell3(RowOpen, 7)])
	}
	if all := Tie(Subject{Year: 2025, Figures: f, Government: true, MayMakeRule: true}); len(all) != 0 {
		t.Errorf("%v", all)
	}
}

// TestEachPlantedErrorIsFoundByItsCheck is bar 2, with facts 35 to 41.
func TestEachPlantedErrorIsFoundByItsCheck(t *testing.T) {
	good := ImportText(seed(t))
	for _, x := range []struct {
		name string
		edit func(*Subject)
		want []string
	}{
		{"a cell left out", func(s *Subject) { delete(s.Figures, "F3") }, []string{"v01"}},
		{"half a request", func(s *Subject) { s.Figures["T2.C1"] += 500_000 }, []string{"v01"}},
		{"a row total", func(s *Subject) { s.Figures[Cell3(RowNew, 7)] += unit; s.Figures[Cell3(RowOpen, 7)] += unit }, []string{"v02"}},
		{"fact 35", func(s *Subject) { s.Figures[Cell3(RowSum, 1)] = Whole(13363) }, []string{"v02", "v03", "v04"}},
		{"in and out", func(s *Subject) { s.Figures[Cell3(RowNew, 3)] += unit; s.Figures[Cell3(RowNew, 7)] += unit }, []string{"v04"}},
		{"fact 39", func(s *Subject) {
			s.LastYear = city()
			s.LastYear[Cell3(RowOpen, 1)], s.LastYear[Cell3(RowOpen, 2)], s.LastYear[Cell3(RowOpen, 5)], s.LastYear[Cell3(RowOpen, 6)], s.LastYear[Cell3(RowOpen, 7)] =
				Whole(536), Whole(6), Whole(18), Whole(1), Whole(560)
		}, []string{"v05"}},
		{"a dispute total", func(s *Subject) { s.Figures["F5"] += unit }, []string{"v06"}},
		{"one open case more in the ledger", func(s *Subject) { s.Ledger = Figures{Cell3(RowOpen, 1): Whole(784)} }, []string{"v07"}},
		{"one answer more in the ledger", func(s *Subject) { s.Ledger = Figures{Cell3(9, 1): Whole(1)} }, []string{"v08"}},
		{"the prose counts another number", func(s *Subject) {
			s.Text = readText("", []string{"本年新收政府信息公开申请14068件"})
			s.Text.Parts, s.Text.Heads = good.Text.Parts, canonHeads()
		}, []string{"v09"}},
		{"fact 41, rules of a district bureau", func(s *Subject) { s.MayMakeRule = false; s.Figures["T2.A1"] = unit }, []string{"v11"}},
		{"documents in force", func(s *Subject) { s.LastYear = Figures{"T2.B3": Whole(3)} }, []string{"v12"}},
		{"published too late", func(s *Subject) { s.PublishOn = time.Date(2026, 4, 1, 0, 0, 0, 0, calendar.Zone) }, []string{"v13"}},
		{"no requests for three years", func(s *Subject) { s.ZeroYears = 3 }, []string{"v15"}},
		{"fact 41, a direct suit", func(s *Subject) { s.DirectSuits = 1 }, []string{"v15_direct"}},
		{"nobody signed for the permits", func(s *Subject) { s.Attested = map[Code]bool{"T2.D1": true, "T2.D2": true, "T2.E1": true} }, []string{"v16"}},
		{"a department's figure is lost", func(s *Subject) { s.Parts = []Figures{city()}; s.Parts[0]["T2.D1"] = unit }, []string{"v17"}},
		{"a jump", func(s *Subject) { s.LastYear = Figures{"T2.C1": Whole(5_000_000)} }, []string{"v18"}},
	} {
		s := Subject{Year: 2025, Figures: city(), Government: true, MayMakeRule: true}
		x.edit(&s)
		if got := ids(Tie(s)); !slices.Equal(got, x.want) {
			t.Errorf("%s: found by %v, want %v", x.name, got, x.want)
		}
	}
	late := Subject{Year: 2025, Figures: city(), MayMakeRule: true, PublishOn: time.Date(2026, 2, 1, 0, 0, 0, 0, calendar.Zone)}
	if got := ids(Tie(late)); !slices.Equal(got, []string{"v13"}) {
		t.Errorf("a department on 1 February: %v", got)
	}
}

func canonHeads() (all []Part) {
	for _, h := range Heads {
		all = append(all, Part{Title: h})
	}
	return all
}

func report(f Figures, c *Counts) Report {
	v := Bound("甲市", "2025", f, c)
	n, _ := Draft(v).Fill(v)
	return Report{"甲市", "2025", f, n}
}

// TestOurOwnReportIsReadBack from HTML, Word and a workbook: the same 200 cells.
func TestOurOwnReportIsReadBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for i, f := range []Figures{city(), ImportText(seed(t)).Figures, full(rng, 3000), full(rng, 40)} {
		r := report(f, &Counts{Website: 43, WeChat: 205, Followers: 807, Signed: 248, Returned: 12})
		text, err := body.Sanitise(r.HTML())
		if err != nil {
			t.Fatal(err)
		}
		check := func(how string, got Imported) {
			t.Helper()
			if !got.Figures.Same(f) || len(got.Notes) != 0 {
				t.Errorf("report %d from %s: %d cells, %v", i, how, len(got.Figures), got.Notes)
			}
		}
		check("HTML", ImportDocument(body.Document{Title: r.Title(), Body: text}))
		var docx bytes.Buffer
		if err := word.Write(&docx, r.Title(), text, nil); err != nil {
			t.Fatal(err)
		}
		d, err := word.Import("r.docx", docx.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		check("Word", ImportDocument(d.Document))
		b, err := r.Workbook()
		if err != nil {
			t.Fatal(err)
		}
		x, err := ImportWorkbook(b)
		if err != nil {
			t.Fatal(err)
		}
		check("a workbook", x)
	}
}

// TestTheDraftedProsePassesItsOwnChecks: titles, heads, numbers, length.
func TestTheDraftedProsePassesItsOwnChecks(t *testing.T) {
	for name, f := range map[string]Figures{"city": city(), "zero": ImportText(seed(t)).Figures} {
		c := &Counts{Website: 43, WeChat: 205, Followers: 807, FeeYuan: 0}
		r := report(f, c)
		text, err := body.Sanitise(r.HTML())
		if err != nil {
			t.Fatal(err)
		}
		got := ImportDocument(body.Document{Title: r.Title(), Body: text})
		if all := Tie(Subject{Year: 2025, Figures: f, Text: got.Text, Counts: c, MayMakeRule: true}); len(all) != 0 {
			t.Errorf("%s: %v\n%s", name, all, text)
		}
	}
}

// TestASentenceFollowsItsFigure: prose is bound to the cells, and a number that
// is not known is not said.
func TestASentenceFollowsItsFigure(t *testing.T) {
	f := city()
	n := Draft(Bound("甲市", "2025", f, nil))
	f[Cell3(RowNew, 7)] += unit
	filled, unknown := n.Fill(Bound("甲市", "2025", f, nil))
	if !strings.Contains(filled.Heads[1], "新收政府信息公开申请14070件") || len(unknown) != 0 {
		t.Errorf("%s %v", filled.Heads[1], unknown)
	}
	delete(f, Cell3(RowNew, 7))
	if _, unknown := n.Fill(Bound("甲市", "2025", f, nil)); !slices.Equal(unknown, []string{"received"}) {
		t.Errorf("unknown: %v", unknown)
	}
	if d := Draft(Bound("甲市", "2025", f, nil)); strings.Contains(d.Heads[1], "申请{") || strings.Contains(d.Heads[1], "未收到") {
		t.Errorf("drafted without the number: %s", d.Heads[1])
	}
}

func TestTheSameReportIsTheSameBytes(t *testing.T) {
	r := report(city(), nil)
	a, err := r.Workbook()
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Workbook()
	if err != nil {
		t.Fatal(err)
	}
	if again := report(city(), nil); !bytes.Equal(a, b) || again.HTML() != r.HTML() {
		t.Error("a frozen report gives other bytes the second time")
	}
}

func TestAmounts(t *testing.T) {
	for s, want := range map[string]string{"0": "0", "007": "7", "12.50": "12.5", "1.000001": "1.000001", "999999999999": "999999999999"} {
		if a, ok := ParseAmount(s); !ok || a.String() != want {
			t.Errorf("%s: %s %v", s, a, ok)
		}
	}
	for _, s := range []string{"", "-1", "1.", ".5", "1.0000001", "1e3", "１", "1234567890123"} {
		if a, ok := ParseAmount(s); ok {
			t.Errorf("%q is %s", s, a)
		}
	}
	if len(Codes) != 200 {
		t.Errorf("%d cells", len(Codes))
	}
}
