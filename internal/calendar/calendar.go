// Package calendar knows working days and working hours from the official
// holiday notices. A year without a notice is an error, never "weekends only"
// (DC-7): a wrong statutory date is worse than none.
package calendar

import (
	"embed"
	"fmt"
	"maps"
	"sync/atomic"
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

// Calendar is the loaded years. It changes as a whole, by Adopt only, and is safe
// for concurrent use.
type Calendar struct{ now atomic.Pointer[known] }

// known is what a calendar knows at a moment. It never changes once made.
type known struct {
	years map[int]string // the notice each year is from
	days  map[day]exception
	past  []past // what was known before, the oldest first
}

// past is what was known until a moment, and of years that were not known then
// what is known now.
type past struct {
	until time.Time
	was   *Calendar
}

func of(k *known) *Calendar {
	c := &Calendar{}
	c.now.Store(k)
	return c
}

// Past is a calendar that was in force until a moment.
type Past struct {
	Until time.Time
	Was   *Calendar
}

// Adopt makes c know what another calendar knows, and what was known before, the
// oldest first: what ended under an earlier calendar is not counted again (AsOf).
func (c *Calendar) Adopt(from *Calendar, before ...Past) {
	now := *from.now.Load()
	for _, p := range before {
		was := p.Was.now.Load()
		filled := &known{years: maps.Clone(was.years), days: maps.Clone(was.days)}
		for year, number := range now.years {
			if _, then := was.years[year]; !then {
				filled.years[year] = number
			}
		}
		for d, e := range now.days {
			if _, then := was.years[d.year]; !then {
				filled.days[d] = e
			}
		}
		now.past = append(now.past, past{p.Until, of(filled)})
	}
	c.now.Store(&now)
}

// AsOf is the calendar as it was in force at a moment. Years that were not known
// then are as they are known now.
func (c *Calendar) AsOf(t time.Time) *Calendar {
	for _, p := range c.now.Load().past {
		if t.Before(p.until) {
			return p.was
		}
	}
	return c
}

// exception is a day that is not what its weekday says.
type exception struct {
	worked bool   // a make-up working day (调休), else a holiday
	name   string // of the holiday
}

// day is a date in Zone.
type day struct {
	year  int
	month time.Month
	day   int
}

// Load reads every embedded year.
func Load() (*Calendar, error) {
	entries, err := data.ReadDir("data")
	if err != nil {
		return nil, err
	}
	all := &known{years: map[int]string{}, days: map[day]exception{}}
	for _, e := range entries {
		text, err := data.ReadFile("data/" + e.Name())
		if err != nil {
			return nil, err
		}
		n, err := ParseNotice(text)
		if err == nil {
			err = all.add(n)
		}
		if err != nil {
			return nil, fmt.Errorf("calendar %s: %w", e.Name(), err)
		}
	}
	return of(all), nil
}

func dayOf(t time.Time) day {
	y, m, d := t.In(Zone).Date()
	return day{y, m, d}
}

// Midnight is the beginning of the day of t in Zone: how a date is written
// where only the day counts.
func Midnight(t time.Time) time.Time {
	d := dayOf(t)
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, Zone)
}

// Digits is how rows keep a date: 20260309, and 0 for none.
func Digits(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	d := dayOf(t)
	return d.year*10_000 + int(d.month)*100 + d.day
}

// FromDigits is the midnight that Digits wrote; 0 is the zero time.
func FromDigits(n int) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Date(n/10_000, time.Month(n/100%100), n%100, 0, 0, 0, 0, Zone)
}

func weekday(t time.Time) bool {
	w := t.In(Zone).Weekday()
	return w != time.Saturday && w != time.Sunday
}

// IsWorkday says whether the day of t in Zone is worked (DC-1).
func (c *Calendar) IsWorkday(t time.Time) (bool, error) {
	d, err := c.Look(t)
	return d.Worked, err
}

// Day is one day of the calendar and why it is worked or free.
type Day struct {
	On      time.Time // midnight in Zone
	Worked  bool
	MakeUp  bool   // a weekend day that is worked (调休)
	Holiday string // the holiday's name, empty on other days
}

// Look says what the day of t in Zone is (DC-1).
func (c *Calendar) Look(t time.Time) (Day, error) {
	d, now := dayOf(t), c.now.Load()
	if _, loaded := now.years[d.year]; !loaded {
		return Day{}, ErrYearUnknown.With("year", d.year)
	}
	listed, ok := now.days[d]
	if !ok {
		return Day{On: Midnight(t), Worked: weekday(t)}, nil
	}
	return Day{On: Midnight(t), Worked: listed.worked, MakeUp: listed.worked, Holiday: listed.name}, nil
}

// AddWorkdays is midnight of the n-th working day after the day of t, which is
// not counted itself (DC-2, DC-3); the period ends with that day at 24:00. A
// negative n counts back; 0 is the day of t, worked or not.
func (c *Calendar) AddWorkdays(t time.Time, n int) (time.Time, error) {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	at := Midnight(t)
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
	for at, end := Midnight(from).AddDate(0, 0, 1), Midnight(to); !at.After(end); at = at.AddDate(0, 0, 1) {
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
	return c.AddWorkdays(Midnight(t).AddDate(0, 0, -1), 1)
}

// OnOrBefore is midnight of the last working day not after the day of t: fixed
// dates do not roll over, so the office is warned by then (DL-9).
func (c *Calendar) OnOrBefore(t time.Time) (time.Time, error) {
	return c.AddWorkdays(Midnight(t).AddDate(0, 0, 1), -1)
}

// Until is the last working day by which something due on a day that does not roll
// over has to be done, and how many working days there are to it from now. While
// the calendar of that time is not known it is the day itself, and days of the
// calendar: a warning too early is better than none.
func (c *Calendar) Until(due, now time.Time) (last time.Time, left int) {
	today := Midnight(now)
	last, err := c.OnOrBefore(due)
	if err == nil {
		left, err = c.WorkdaysBetween(today, last)
	}
	if err != nil {
		return Midnight(due), max(0, int(Midnight(due).Sub(today)/(24*time.Hour)))
	}
	return last, left
}

// Workdays counts the working days of a month.
func (c *Calendar) Workdays(year int, month time.Month) (int, error) {
	first := time.Date(year, month, 1, 0, 0, 0, 0, Zone)
	return c.WorkdaysBetween(first.AddDate(0, 0, -1), first.AddDate(0, 1, -1))
}
