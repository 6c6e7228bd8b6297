package calendar

import (
	"errors"
	"testing"
	"time"
)

func TestParseSpan(t *testing.T) {
	for s, want := range map[string]Span{
		"4h": {0, 4 * time.Hour}, "2d": {2, 0}, "30m": {0, 30 * time.Minute}, "1d4h30m": {1, 4*time.Hour + 30*time.Minute},
	} {
		got, err := ParseSpan(s)
		if err != nil || got != want || got.String() != s {
			t.Errorf("%s reads as %v (%v), prints as %s", s, got, err, got)
		}
	}
	for _, s := range []string{"", "0d", "4", "h", "4h1d", "-1d", "1.5h", "4 h", "1000d", "一天"} {
		if _, err := ParseSpan(s); !errors.Is(err, ErrSpan) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if !(Span{}).IsZero() || (Span{Days: 1}).Work() != 7*time.Hour || (Span{Days: 1, Time: time.Hour}).Clock() != 25*time.Hour {
		t.Error("zero, work and clock")
	}
}

func TestWorkTime(t *testing.T) {
	c := load(t)
	for _, x := range []struct{ what, from, span, want string }{
		{"within the morning", "2026-03-11 09:30", "2h", "2026-03-11 11:30"},
		{"over lunch", "2026-03-11 11:00", "2h", "2026-03-11 15:00"},
		{"until lunch begins", "2026-03-11 11:00", "1h", "2026-03-11 12:00"},
		{"a whole day of hours", "2026-03-11 09:00", "7h", "2026-03-11 18:00"},
		{"over night", "2026-03-11 17:00", "2h", "2026-03-12 10:00"},
		{"over the weekend", "2026-03-13 17:30", "1h", "2026-03-16 09:30"},
		{"over the Spring Festival", "2026-02-14 17:30", "1h", "2026-02-24 09:30"},
		{"from lunch", "2026-03-11 12:30", "30m", "2026-03-11 14:30"},
		{"from the night", "2026-03-11 23:00", "30m", "2026-03-12 09:30"},
		{"from early morning", "2026-03-11 03:00", "30m", "2026-03-11 09:30"},
		{"from a Sunday", "2026-03-15 10:00", "4h", "2026-03-16 15:00"},
		{"make-up Saturday is worked", "2026-02-27 17:00", "2h", "2026-02-28 10:00"},
		{"one day: the same clock time", "2026-03-11 10:20", "1d", "2026-03-12 10:20"},
		{"one day from Friday", "2026-03-13 16:00", "1d", "2026-03-16 16:00"},
		{"one day from Sunday", "2026-03-15 10:00", "1d", "2026-03-17 09:00"},
		{"two days and an hour", "2026-03-12 17:30", "2d1h", "2026-03-17 09:30"},
		{"twenty hours", "2026-03-11 09:00", "20h", "2026-03-13 17:00"},
	} {
		span, err := ParseSpan(x.span)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.AddWorkTime(at(t, x.from), span)
		if err != nil || !got.Equal(at(t, x.want)) {
			t.Errorf("%s: %s + %s = %s (%v), want %s", x.what, x.from, x.span, got, err, x.want)
		}
	}
	for _, x := range []struct{ what, from, span, want string }{
		{"within the morning", "2026-03-11 11:30", "2h", "2026-03-11 09:30"},
		{"over lunch", "2026-03-11 15:00", "2h", "2026-03-11 11:00"},
		{"over night", "2026-03-12 10:00", "2h", "2026-03-11 17:00"},
		{"from closing", "2026-03-11 18:00", "1h", "2026-03-11 17:00"},
		{"from the night", "2026-03-11 22:00", "1h", "2026-03-11 17:00"},
		{"from opening", "2026-03-16 09:00", "1h", "2026-03-13 17:00"},
		{"one day", "2026-03-16 16:00", "1d", "2026-03-13 16:00"},
		{"from a Sunday", "2026-03-15 10:00", "30m", "2026-03-13 17:30"},
	} {
		span, err := ParseSpan(x.span)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.SubWorkTime(at(t, x.from), span)
		if err != nil || !got.Equal(at(t, x.want)) {
			t.Errorf("%s: %s - %s = %s (%v), want %s", x.what, x.from, x.span, got, err, x.want)
		}
	}
}

// TestWorkTimeComesBack: what is added in hours can be taken off again, from
// any minute of an open day.
func TestWorkTimeComesBack(t *testing.T) {
	c := load(t)
	for minute := range 24 * 60 {
		from := at(t, "2026-03-12").Add(time.Duration(minute) * time.Minute)
		for _, span := range []Span{{Time: 17 * time.Minute}, {Time: 9 * time.Hour}} {
			there, err := c.AddWorkTime(from, span)
			if err != nil {
				t.Fatal(err)
			}
			back, err := c.SubWorkTime(there, span)
			if err != nil {
				t.Fatal(err)
			}
			again, err := c.AddWorkTime(back, span)
			if err != nil || !again.Equal(there) {
				t.Fatalf("%s + %s = %s, back %s, again %s", from, span, there, back, again)
			}
		}
	}
}
