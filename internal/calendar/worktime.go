package calendar

import (
	"regexp"
	"strconv"
	"time"

	"gongkai/internal/fault"
)

// The office is open from 09:00 to 12:00 and from 14:00 to 18:00.
const (
	MorningOpens    = 9 * time.Hour
	MorningCloses   = 12 * time.Hour
	AfternoonOpens  = 14 * time.Hour
	AfternoonCloses = 18 * time.Hour

	hoursADay = MorningCloses - MorningOpens + AfternoonCloses - AfternoonOpens
)

var opening = [2][2]time.Duration{{MorningOpens, MorningCloses}, {AfternoonOpens, AfternoonCloses}}

// ErrSpan is answered for a working time that cannot be read.
var ErrSpan = fault.New(fault.Invalid, "calendar.span")

// Span is a length of working time. A day is not a number of hours: it ends at
// the same clock time of the next working day.
type Span struct {
	Days int
	Time time.Duration
}

var spanForm = regexp.MustCompile(`^(?:([1-9]\d{0,2})d)?(?:([1-9]\d{0,2})h)?(?:([1-9]\d{0,3})m)?$`)

// ParseSpan reads "2d", "4h", "30m", or these together, larger unit first.
func ParseSpan(s string) (Span, error) {
	m := spanForm.FindStringSubmatch(s)
	if m == nil || s == "" {
		return Span{}, ErrSpan.With("span", s)
	}
	part := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
	return Span{
		Days: part(1),
		Time: time.Duration(part(2))*time.Hour + time.Duration(part(3))*time.Minute,
	}, nil
}

func (s Span) String() string {
	var out string
	if s.Days > 0 {
		out = strconv.Itoa(s.Days) + "d"
	}
	if h := s.Time / time.Hour; h > 0 {
		out += strconv.Itoa(int(h)) + "h"
	}
	if m := s.Time % time.Hour / time.Minute; m > 0 {
		out += strconv.Itoa(int(m)) + "m"
	}
	return out
}

// IsZero says that no length was given.
func (s Span) IsZero() bool { return s == Span{} }

// Work is the span in open hours, for comparing two spans.
func (s Span) Work() time.Duration { return time.Duration(s.Days)*hoursADay + s.Time }

// Clock is the span on the wall clock, where a day has 24 hours: 补签 after an
// urgent release does not wait for office hours.
func (s Span) Clock() time.Duration { return time.Duration(s.Days)*24*time.Hour + s.Time }

// AddWorkTime is the moment at which s of working time has passed since t. Time
// outside office hours does not count: such a t starts at the next opening.
func (c *Calendar) AddWorkTime(t time.Time, s Span) (time.Time, error) {
	at, err := c.opens(t)
	if err != nil {
		return time.Time{}, err
	}
	if s.Days > 0 {
		clock := at.Sub(Midnight(at))
		if at, err = c.AddWorkdays(at, s.Days); err != nil {
			return time.Time{}, err
		}
		at = at.Add(clock)
	}
	for left := s.Time; left > 0; {
		if at, err = c.opens(at); err != nil {
			return time.Time{}, err
		}
		room := closes(at).Sub(at)
		if left <= room {
			return at.Add(left), nil
		}
		at, left = at.Add(room), left-room
	}
	return at, nil
}

// SubWorkTime is the moment from which s of working time passes until t.
func (c *Calendar) SubWorkTime(t time.Time, s Span) (time.Time, error) {
	at, err := c.wasOpen(t)
	if err != nil {
		return time.Time{}, err
	}
	if s.Days > 0 {
		clock := at.Sub(Midnight(at))
		if at, err = c.AddWorkdays(at, -s.Days); err != nil {
			return time.Time{}, err
		}
		at = at.Add(clock)
	}
	for left := s.Time; left > 0; {
		if at, err = c.wasOpen(at); err != nil {
			return time.Time{}, err
		}
		room := at.Sub(opened(at))
		if left <= room {
			return at.Add(-left), nil
		}
		at, left = at.Add(-room), left-room
	}
	return at, nil
}

// opens is t when the office is open then, else the next opening.
func (c *Calendar) opens(t time.Time) (time.Time, error) {
	t = t.In(Zone)
	ok, err := c.IsWorkday(t)
	if err != nil {
		return time.Time{}, err
	}
	if ok {
		start := Midnight(t)
		for _, o := range opening {
			if at := t.Sub(start); at < o[0] {
				return start.Add(o[0]), nil
			} else if at < o[1] {
				return t, nil
			}
		}
	}
	next, err := c.AddWorkdays(t, 1)
	return next.Add(MorningOpens), err
}

// wasOpen is t when the office was open just before, else the last closing.
func (c *Calendar) wasOpen(t time.Time) (time.Time, error) {
	t = t.In(Zone)
	ok, err := c.IsWorkday(t)
	if err != nil {
		return time.Time{}, err
	}
	if ok {
		start := Midnight(t)
		for i := len(opening) - 1; i >= 0; i-- {
			if at := t.Sub(start); at > opening[i][1] {
				return start.Add(opening[i][1]), nil
			} else if at > opening[i][0] {
				return t, nil
			}
		}
	}
	last, err := c.AddWorkdays(t, -1)
	return last.Add(AfternoonCloses), err
}

// closes is the end of the opening in which at lies; opened is its begin.
func closes(at time.Time) time.Time {
	start := Midnight(at)
	if at.Sub(start) < MorningCloses {
		return start.Add(MorningCloses)
	}
	return start.Add(AfternoonCloses)
}

func opened(at time.Time) time.Time {
	start := Midnight(at)
	if at.Sub(start) > AfternoonOpens {
		return start.Add(AfternoonOpens)
	}
	return start.Add(MorningOpens)
}
