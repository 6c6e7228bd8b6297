package calendar

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"gongkai/internal/fault"
)

// What keeps the text of a notice from being read; line is the sentence at fault.
var (
	ErrTextYear    = fault.New(fault.Invalid, "calendar.text_year")
	ErrTextNothing = fault.New(fault.Invalid, "calendar.text_nothing")
	ErrTextLine    = fault.New(fault.Invalid, "calendar.text_line")    // line
	ErrTextWeekday = fault.New(fault.Invalid, "calendar.text_weekday") // date, said
	ErrTextCount   = fault.New(fault.Invalid, "calendar.text_count")   // name, said, counted
)

var (
	textYear    = regexp.MustCompile(`(?:关于|现将)\s*(\d{4})年`)
	textNumber  = regexp.MustCompile(`国办发(?:明电)?〔\d{4}〕\d{1,3}号`)
	textHoliday = regexp.MustCompile(`[一二三四五六七八九十]{1,3}、\s*([\p{Han}、]{1,20}):`)
	textDate    = regexp.MustCompile(`(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?`)
	textCount   = regexp.MustCompile(`(?:共|放假)(\d{1,2})天`)
	textWeekday = regexp.MustCompile(`(?:周|星期)([一二三四五六日天])`)
	textMonth   = regexp.MustCompile(`\d月`)
)

// ReadNotice reads the official text of a year's holiday notice, as it is pasted
// from the government's website, or a notice in the form of its file. What the
// text says twice must agree: the weekday of each date and the number of days of
// each holiday. A sentence about a day that cannot be read is an error; a wrong
// calendar is worse than none.
func ReadNotice(text string) (Notice, error) {
	text = strings.TrimSpace(norm.NFKC.String(text))
	if strings.HasPrefix(text, "{") {
		n, err := ParseNotice([]byte(text))
		if err != nil {
			return n, err
		}
		return n, n.Check()
	}
	year := textYear.FindStringSubmatch(text)
	if year == nil {
		return Notice{}, ErrTextYear.On("text")
	}
	n := Notice{Number: textNumber.FindString(text)}
	n.Year, _ = strconv.Atoi(year[1])
	heads := textHoliday.FindAllStringSubmatchIndex(text, -1)
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		if err := n.read(text[h[2]:h[3]], text[h[1]:end]); err != nil {
			return n, err
		}
	}
	if len(n.Holidays) == 0 {
		return n, ErrTextNothing.On("text")
	}
	return n, n.Check()
}

// Check says what is wrong with a notice by itself.
func (n Notice) Check() error {
	_, err := of(&known{years: map[int]string{}, days: map[day]exception{}}).With(n)
	return err
}

// read reads what stands after a holiday's name, sentence by sentence.
func (n *Notice) read(name, text string) error {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '。' || r == '\n' || r == ';' }) {
		free, works := strings.Contains(line, "放假"), strings.Contains(line, "上班")
		before, after := line, ""
		switch {
		case free && works:
			return ErrTextLine.On("text").With("line", line)
		case free:
			before, after, _ = strings.Cut(line, "放假")
		case works:
			before, _, _ = strings.Cut(line, "上班")
		case textMonth.MatchString(line) && textWeekday.MatchString(line):
			return ErrTextLine.On("text").With("line", line)
		default: // advice to travellers, and who signed
			continue
		}
		days, ranges, err := n.dates(before)
		if err != nil {
			return err
		}
		switch {
		case len(days) == 0 && free && !textMonth.MatchString(line): // 鼓励……错峰放假
			continue
		case len(days) == 0:
			return ErrTextLine.On("text").With("line", line)
		case works:
			for _, d := range days {
				n.Workdays = append(n.Workdays, d.Format(time.DateOnly))
			}
			continue
		}
		counted := 0
		for _, r := range ranges {
			if err := n.holiday(name, r[0], r[1]); err != nil {
				return err
			}
			counted += int(r[1].Sub(r[0]).Hours()/24) + 1
		}
		if said := textCount.FindStringSubmatch("放假" + after); said != nil && said[1] != strconv.Itoa(counted) {
			return ErrTextCount.On("text").With("name", name).With("said", said[1]).With("counted", counted)
		}
	}
	return nil
}

// holiday adds a holiday, without what of it lies in the year before: that year's
// own notice has it, or it is a weekend (as in the notice of 2023).
func (n *Notice) holiday(name string, from, to time.Time) error {
	if to.Before(from) {
		return ErrNoticeOrder.On("text").With("name", name)
	}
	for ; from.Year() < n.Year && !from.After(to); from = from.AddDate(0, 0, 1) {
		if weekday(from) {
			return ErrNoticeDate.On("text").With("date", from.Format(time.DateOnly)).With("year", n.Year)
		}
	}
	if !from.After(to) {
		n.Holidays = append(n.Holidays, Holiday{name, from.Format(time.DateOnly), to.Format(time.DateOnly)})
	}
	return nil
}

// dates reads the dates of a sentence, singly and as ranges (至).
func (n *Notice) dates(line string) (days []time.Time, ranges [][2]time.Time, err error) {
	year, month, end := n.Year, 0, 0
	for _, m := range textDate.FindAllStringSubmatchIndex(line, -1) {
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return line[m[2*i]:m[2*i+1]]
		}
		if y := part(1); y != "" {
			year, _ = strconv.Atoi(y)
		}
		if mo := part(2); mo != "" {
			month, _ = strconv.Atoi(mo)
		}
		d, _ := strconv.Atoi(part(3))
		t := time.Date(year, time.Month(month), d, 0, 0, 0, 0, Zone)
		if month < 1 || month > 12 || t.Day() != d {
			return nil, nil, ErrTextLine.On("text").With("line", line)
		}
		if said := textWeekday.FindStringSubmatch(part(4)); said != nil {
			if real := []rune("日一二三四五六")[t.Weekday()]; strings.Replace(said[1], "天", "日", 1) != string(real) {
				return nil, nil, ErrTextWeekday.On("text").With("date", t.Format(time.DateOnly)).With("said", said[0])
			}
		}
		between := strings.TrimSpace(line[end:m[0]])
		if k := len(ranges) - 1; k >= 0 && slices.Contains([]string{"至", "到", "-", "~", "—"}, between) {
			ranges[k][1] = t
		} else {
			ranges = append(ranges, [2]time.Time{t, t})
		}
		days, end = append(days, t), m[1]
	}
	return days, ranges, nil
}
