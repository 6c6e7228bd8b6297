// Package calendar knows working days and working hours from the official
// holiday notices. A year without a notice is an error, never "weekends only"
// (DC-7): a wrong statutory date is worse than none.
package calendar

import (
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"gongkai/internal/fault"
)

//go:embed data/*.json
var data embed.FS

// Zone is the office's time zone. China keeps no summer time, so a fixed offset
// is exact and works without the system's zone files.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// ErrYearUnknown is answered for a year whose holiday notice is not loaded
// (DC-7); its argument is the year.
var ErrYearUnknown = fault.New(fault.Unavailable, "calendar.year_unknown")

// Calendar is the loaded years. It is safe for concurrent use.
type Calendar struct {
	years map[int]bool
	days  map[day]bool // the exceptions: true = make-up working day, false = holiday
}

// day is a date in Zone.
type day struct {
	year  int
	month time.Month
	day   int
}

type yearFile struct {
	Year     int    `json:"year"`
	Notice   string `json:"notice"` // the State Council notice the dates are from
	Holidays []struct {
		Name string `json:"name"`
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"holidays"`
	Workdays []string `json:"workdays"` // weekend days that are worked (调休)
}

// Load reads every embedded year.
func Load() (*Calendar, error) {
	entries, err := data.ReadDir("data")
	if err != nil {
		return nil, err
	}
	c := &Calendar{years: map[int]bool{}, days: map[day]bool{}}
	for _, e := range entries {
		text, err := data.ReadFile("data/" + e.Name())
		if err != nil {
			return nil, err
		}
		if err := c.add(text); err != nil {
			return nil, fmt.Errorf("calendar %s: %w", e.Name(), err)
		}
	}
	return c, nil
}

func (c *Calendar) add(text []byte) error {
	var y yearFile
	if err := json.Unmarshal(text, &y); err != nil {
		return err
	}
	if c.years[y.Year] {
		return fmt.Errorf("year %d is there twice", y.Year)
	}
	c.years[y.Year] = true
	for _, h := range y.Holidays {
		from, err := date(h.From, y.Year)
		if err != nil {
			return err
		}
		to, err := date(h.To, y.Year)
		if err != nil {
			return err
		}
		if to.Before(from) {
			return fmt.Errorf("%s ends before it begins", h.Name)
		}
		for t := from; !t.After(to); t = t.AddDate(0, 0, 1) {
			c.days[dayOf(t)] = false
		}
	}
	for _, w := range y.Workdays {
		t, err := date(w, y.Year)
		if err != nil {
			return err
		}
		if weekday(t) {
			return fmt.Errorf("make-up day %s is no weekend day", w)
		}
		if _, holiday := c.days[dayOf(t)]; holiday {
			return fmt.Errorf("%s is both holiday and make-up day", w)
		}
		c.days[dayOf(t)] = true
	}
	return nil
}

func date(s string, year int) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, Zone)
	if err == nil && t.Year() != year {
		err = fmt.Errorf("%s is not in %d", s, year)
	}
	return t, err
}

func dayOf(t time.Time) day {
	y, m, d := t.In(Zone).Date()
	return day{y, m, d}
}

func midnight(t time.Time) time.Time {
	d := dayOf(t)
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, Zone)
}

func weekday(t time.Time) bool {
	w := t.In(Zone).Weekday()
	return w != time.Saturday && w != time.Sunday
}

// IsWorkday says whether the day of t in Zone is worked (DC-1).
func (c *Calendar) IsWorkday(t time.Time) (bool, error) {
	d := dayOf(t)
	if !c.years[d.year] {
		return false, ErrYearUnknown.With("year", d.year)
	}
	if worked, listed := c.days[d]; listed {
		return worked, nil
	}
	return weekday(t), nil
}

// AddWorkdays is midnight of the n-th working day after the day of t, which is
// not counted itself (DC-2, DC-3); the period ends with that day at 24:00. A
// negative n counts back; 0 is the day of t, worked or not.
func (c *Calendar) AddWorkdays(t time.Time, n int) (time.Time, error) {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	at := midnight(t)
	for n > 0 {
		at = at.AddDate(0, 0, step)
		ok, err := c.IsWorkday(at)
		if err != nil {
			return time.Time{}, err
		}
		if ok {
			n--
		}
	}
	return at, nil
}

// WorkdaysBetween counts the working days d with from < d <= to, whole days in
// Zone; it is 0 when to is not later.
func (c *Calendar) WorkdaysBetween(from, to time.Time) (int, error) {
	n := 0
	for at, end := midnight(from).AddDate(0, 0, 1), midnight(to); !at.After(end); at = at.AddDate(0, 0, 1) {
		ok, err := c.IsWorkday(at)
		if err != nil {
			return 0, err
		}
		if ok {
			n++
		}
	}
	return n, nil
}

// OnOrAfter is midnight of the first working day not before the day of t: a
// period of calendar days whose last day is free ends there (DC-5).
func (c *Calendar) OnOrAfter(t time.Time) (time.Time, error) {
	return c.AddWorkdays(midnight(t).AddDate(0, 0, -1), 1)
}

// OnOrBefore is midnight of the last working day not after the day of t: fixed
// dates do not roll over, so the office is warned by then (DL-9).
func (c *Calendar) OnOrBefore(t time.Time) (time.Time, error) {
	return c.AddWorkdays(midnight(t).AddDate(0, 0, 1), -1)
}

// Workdays counts the working days of a month.
func (c *Calendar) Workdays(year int, month time.Month) (int, error) {
	first := time.Date(year, month, 1, 0, 0, 0, 0, Zone)
	return c.WorkdaysBetween(first.AddDate(0, 0, -1), first.AddDate(0, 1, -1))
}
