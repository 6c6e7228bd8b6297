package calendar

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"gongkai/internal/fault"
)

// Notice is the official holiday notice of one year, in the form its file has.
type Notice struct {
	Year     int       `json:"year"`
	Number   string    `json:"notice"` // of the State Council's notice
	Holidays []Holiday `json:"holidays"`
	Workdays []string  `json:"workdays"` // weekend days that are worked (调休), "2025-01-26"
}

// Holiday is one holiday: its first and its last free day, "2025-01-28".
type Holiday struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
}

// What is wrong with a notice.
var (
	ErrNotice       = fault.New(fault.Invalid, "calendar.notice_unreadable")
	ErrNoticeYear   = fault.New(fault.Invalid, "calendar.notice_year")    // year
	ErrNoticeDate   = fault.New(fault.Invalid, "calendar.notice_date")    // date, year
	ErrNoticeOrder  = fault.New(fault.Invalid, "calendar.notice_order")   // name
	ErrNoticeMakeUp = fault.New(fault.Invalid, "calendar.notice_make_up") // date
	ErrNoticeBoth   = fault.New(fault.Invalid, "calendar.notice_both")    // date
)

// ParseNotice reads a notice; unknown keys are refused. What it says is judged
// by With.
func ParseNotice(text []byte) (Notice, error) {
	var n Notice
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil || d.More() {
		return n, ErrNotice.Because(err)
	}
	return n, nil
}

// With is a calendar in which the year of n is as n says, whether it was known
// or not; c stays as it is.
func (c *Calendar) With(n Notice) (*Calendar, error) {
	now := c.now.Load()
	all := &known{years: maps.Clone(now.years), days: maps.Clone(now.days)}
	maps.DeleteFunc(all.days, func(d day, _ exception) bool { return d.year == n.Year })
	delete(all.years, n.Year)
	if err := all.add(n); err != nil {
		return nil, err
	}
	return of(all), nil
}

// Notice is a loaded year in the form of its notice.
func (c *Calendar) Notice(year int) (n Notice, ok bool) {
	now := c.now.Load()
	if n.Number, ok = now.years[year]; !ok {
		return n, false
	}
	n.Year = year
	for t := time.Date(year, 1, 1, 0, 0, 0, 0, Zone); t.Year() == year; t = t.AddDate(0, 0, 1) {
		e, listed := now.days[dayOf(t)]
		on := t.Format(time.DateOnly)
		last := len(n.Holidays) - 1
		switch {
		case !listed:
		case e.worked:
			n.Workdays = append(n.Workdays, on)
		case last >= 0 && n.Holidays[last].Name == e.name && n.Holidays[last].To == t.AddDate(0, 0, -1).Format(time.DateOnly):
			n.Holidays[last].To = on
		default:
			n.Holidays = append(n.Holidays, Holiday{e.name, on, on})
		}
	}
	return n, true
}

// Years lists the years that are loaded, and Number is the notice of one.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.now.Load().years)) }

// Number is the number of a year's notice, empty when the year is not loaded.
func (c *Calendar) Number(year int) string { return c.now.Load().years[year] }

func (c *known) add(n Notice) error {
	if _, twice := c.years[n.Year]; twice || n.Year < 2000 || n.Year > 2099 {
		return ErrNoticeYear.With("year", n.Year)
	}
	c.years[n.Year] = n.Number
	for _, h := range n.Holidays {
		from, err := date(h.From, n.Year)
		if err != nil {
			return err
		}
		to, err := date(h.To, n.Year)
		if err != nil {
			return err
		}
		if to.Before(from) {
			return ErrNoticeOrder.With("name", h.Name)
		}
		for t := from; !t.After(to); t = t.AddDate(0, 0, 1) {
			c.days[dayOf(t)] = exception{name: h.Name}
		}
	}
	for _, w := range n.Workdays {
		t, err := date(w, n.Year)
		if err != nil {
			return err
		}
		if weekday(t) {
			return ErrNoticeMakeUp.With("date", w)
		}
		if _, holiday := c.days[dayOf(t)]; holiday {
			return ErrNoticeBoth.With("date", w)
		}
		c.days[dayOf(t)] = exception{worked: true}
	}
	return nil
}

func date(s string, year int) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, Zone)
	if err != nil || t.Year() != year {
		return t, ErrNoticeDate.With("date", s).With("year", year)
	}
	return t, nil
}
