package calendar

import (
	"errors"
	"testing"
	"time"

	"gongkai/internal/fault"
)

func load(t *testing.T) *Calendar {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	layout := time.DateOnly
	if len(s) > len(layout) {
		layout = "2006-01-02 15:04"
	}
	v, err := time.ParseInLocation(layout, s, Zone)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func must(t *testing.T, got time.Time, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return got.Format(time.DateOnly)
}

// TestWorkdaysPerMonth are the counts of domain 9.2; 2022 and 2023 were
// counted by hand from their notices.
func TestWorkdaysPerMonth(t *testing.T) {
	c := load(t)
	for year, want := range map[int][]int{
		2024: {22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22},
		2025: {19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23},
		2026: {21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23},
	} {
		for i, n := range want {
			if got, err := c.Workdays(year, time.Month(i+1)); err != nil || got != n {
				t.Errorf("%d-%02d has %d working days (%v), want %d", year, i+1, got, err, n)
			}
		}
	}
	for year, want := range map[int]int{2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248} {
		sum := 0
		for m := time.January; m <= time.December; m++ {
			n, err := c.Workdays(year, m)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if sum != want {
			t.Errorf("%d has %d working days, want %d", year, sum, want)
		}
	}
}

func TestIsWorkday(t *testing.T) {
	c := load(t)
	for day, want := range map[string]bool{
		"2024-02-09": true, "2024-02-10": false, "2024-02-18": true, // fact 1
		"2026-01-02": false, "2026-01-04": true, "2026-02-14": true, // fact 3
		"2026-02-23": false, "2026-09-20": true, "2026-10-10": true,
		"2022-10-08": true, "2022-10-09": true, "2022-10-07": false, "2023-01-29": true, "2023-01-27": false,
	} {
		if got, err := c.IsWorkday(at(t, day)); err != nil || got != want {
			t.Errorf("%s is a working day: %v (%v), want %v", day, got, err, want)
		}
	}
	// The day is the one in Shanghai, whatever zone the moment is given in.
	if got, _ := c.IsWorkday(time.Date(2026, 1, 3, 20, 0, 0, 0, time.UTC)); !got {
		t.Error("2026-01-03 20:00 UTC is 2026-01-04 04:00 in Shanghai, a make-up day")
	}
}

// TestUnknownYearIsAnError is fact 5 (DC-7), also when a count runs into it.
func TestUnknownYearIsAnError(t *testing.T) {
	c := load(t)
	_, a := c.IsWorkday(at(t, "2027-01-04"))
	_, b := c.AddWorkdays(at(t, "2026-12-30"), 20)
	_, d := c.AddWorkTime(at(t, "2026-12-31 17:30"), Span{Time: time.Hour})
	_, e := c.Workdays(2021, time.May)
	_, g := c.SubWorkTime(at(t, "2022-01-04 09:00"), Span{Days: 1})
	for i, err := range []error{a, b, d, e, g} {
		f, ok := fault.From(err)
		if !ok || !errors.Is(err, ErrYearUnknown) || f.Kind != fault.Unavailable || f.Args["year"] == nil {
			t.Errorf("case %d: %v", i, err)
		}
	}
}

func TestAddWorkdays(t *testing.T) {
	c := load(t)
	for _, x := range []struct {
		what, from string
		n          int
		want       string
	}{
		{"fact 7", "2025-01-20", 7, "2025-02-05"},
		{"fact 7", "2025-01-20", 20, "2025-02-21"},
		{"fact 9", "2025-09-30", 20, "2025-11-04"},
		{"fact 9 extended", "2025-09-30", 40, "2025-12-02"},
		{"fact 11, received on a holiday", "2025-10-01", 1, "2025-10-09"},
		{"fact 11", "2025-10-01", 20, "2025-11-04"},
		{"fact 13", "2024-12-30", 20, "2025-01-27"},
		{"fact 15, third party", "2026-03-11", 15, "2026-04-01"},
		{"fact 21", "2025-09-01", 20, "2025-09-28"},
		{"fact 21", "2026-09-10", 20, "2026-10-14"},
		{"LYG court case", "2022-09-30", 20, "2022-11-02"},
		{"zero is the day itself", "2026-01-03", 0, "2026-01-03"},
		{"back over a holiday", "2025-02-05", -1, "2025-01-27"},
	} {
		got, err := c.AddWorkdays(at(t, x.from), x.n)
		if s := must(t, got, err); s != x.want {
			t.Errorf("%s: %s %+d = %s, want %s", x.what, x.from, x.n, s, x.want)
		}
	}
}

func TestWorkdaysBetweenAndRolling(t *testing.T) {
	c := load(t)
	// Fact 15: received 2026-03-02, letter sent 03-09, silent until 04-01; those
	// working days are dropped, so the 20th undropped one is 04-23.
	paused, err := c.WorkdaysBetween(at(t, "2026-03-09"), at(t, "2026-04-01"))
	if err != nil || paused != 17 {
		t.Fatalf("%d days paused, %v", paused, err)
	}
	got, err := c.AddWorkdays(at(t, "2026-03-02"), 20+paused)
	if s := must(t, got, err); s != "2026-04-23" {
		t.Errorf("due %s, want 2026-04-23", s)
	}
	if n, err := c.WorkdaysBetween(at(t, "2026-03-09"), at(t, "2026-03-01")); n != 0 || err != nil {
		t.Errorf("backwards: %d, %v", n, err)
	}
	// Fact 23: 60 days from 2025-12-17 end in the Spring Festival (DC-5).
	last := at(t, "2025-12-17").AddDate(0, 0, 60)
	if s := last.Format(time.DateOnly); s != "2026-02-15" {
		t.Fatal(s)
	}
	got, err = c.OnOrAfter(last)
	if s := must(t, got, err); s != "2026-02-24" {
		t.Errorf("rolls to %s, want 2026-02-24", s)
	}
	// Fact 25: the alarm of a fixed date is on the last working day before.
	for day, want := range map[string]string{"2026-01-31": "2026-01-30", "2025-01-31": "2025-01-27", "2026-01-30": "2026-01-30"} {
		got, err := c.OnOrBefore(at(t, day))
		if s := must(t, got, err); s != want {
			t.Errorf("on or before %s: %s, want %s", day, s, want)
		}
	}
	got, err = c.OnOrAfter(at(t, "2026-01-04"))
	if s := must(t, got, err); s != "2026-01-04" {
		t.Errorf("a working day stays, got %s", s)
	}
}

func TestBrokenNoticesAreRefused(t *testing.T) {
	for name, x := range map[string]struct {
		text string
		want *fault.Fault
	}{
		"no JSON":                 {`{`, ErrNotice},
		"unknown key":             {`{"year": 2030, "holyday": []}`, ErrNotice},
		"two notices":             {`{"year": 2030}{"year": 2031}`, ErrNotice},
		"no year":                 {`{}`, ErrNoticeYear},
		"another year's day":      {`{"year": 2030, "workdays": ["2031-01-04"]}`, ErrNoticeDate},
		"ends before it begins":   {`{"year": 2030, "holidays": [{"name": "x", "from": "2030-01-02", "to": "2030-01-01"}]}`, ErrNoticeOrder},
		"bad first day":           {`{"year": 2030, "holidays": [{"name": "x", "from": "2030-13-02", "to": "2030-01-01"}]}`, ErrNoticeDate},
		"bad last day":            {`{"year": 2030, "holidays": [{"name": "x", "from": "2030-01-02", "to": "soon"}]}`, ErrNoticeDate},
		"make-up on a weekday":    {`{"year": 2030, "workdays": ["2030-01-01"]}`, ErrNoticeMakeUp},
		"both holiday and worked": {`{"year": 2030, "holidays": [{"name": "x", "from": "2030-01-05", "to": "2030-01-06"}], "workdays": ["2030-01-05"]}`, ErrNoticeBoth},
	} {
		n, err := ParseNotice([]byte(x.text))
		if err == nil {
			_, err = load(t).With(n)
		}
		if !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
	if err := load(t).now.Load().add(Notice{Year: 2025}); !errors.Is(err, ErrNoticeYear) {
		t.Errorf("a second file of one year: %v", err)
	}
}

// TestANoticeThatArrivesLate adds a year, and replaces one; the calendar it is
// made from stays as it was.
func TestANoticeThatArrivesLate(t *testing.T) {
	c := load(t)
	with, err := c.With(Notice{Year: 2027, Number: "n", Holidays: []Holiday{{"元旦", "2027-01-01", "2027-01-03"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := with.AddWorkdays(at(t, "2026-12-30"), 2)
	if s := must(t, got, err); s != "2027-01-04" || with.Number(2027) != "n" {
		t.Errorf("two days after 2026-12-30: %s by %q", s, with.Number(2027))
	}
	if _, err := c.IsWorkday(at(t, "2027-01-04")); !errors.Is(err, ErrYearUnknown) {
		t.Errorf("the old calendar knows 2027: %v", err)
	}
	bare, err := c.With(Notice{Year: 2026})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]bool{"2026-01-02": true, "2026-01-04": false, "2025-10-11": true} {
		if got, err := bare.IsWorkday(at(t, day)); err != nil || got != want {
			t.Errorf("%s worked: %v %v, want %v", day, got, err, want)
		}
	}
	d, err := c.Look(at(t, "2026-02-17"))
	if err != nil || d.Holiday != "春节" || d.Worked || d.MakeUp {
		t.Errorf("2026-02-17: %+v %v", d, err)
	}
	if d, _ := c.Look(at(t, "2026-02-14")); !d.MakeUp || !d.Worked {
		t.Errorf("2026-02-14: %+v", d)
	}
}
