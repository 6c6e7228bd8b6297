package staff

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gongkai/internal/body"
	"gongkai/internal/calendar"
	"gongkai/internal/catalogue"
	"gongkai/internal/manuscript"
	"gongkai/internal/workflow"
)

// funcs are what templates may call, in one language.
func (s *Staff) funcs(lang catalogue.Lang) template.FuncMap {
	t := func(code string, pairs ...any) (string, error) {
		args := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			name, ok := pairs[i].(string)
			if !ok {
				return "", fmt.Errorf("%s: %v is no name", code, pairs[i])
			}
			args[name] = pairs[i+1]
		}
		return s.Words.Say(lang, code, args), nil
	}
	return template.FuncMap{
		"t": t,
		// word is a code as people say it; what has no word is said as it is.
		"word": func(code any) string {
			w := fmt.Sprint(code)
			if s.Words.Has("word." + w) {
				w = s.Words.Say(lang, "word."+w, nil)
				if w != "" && w[0] < utf8.RuneSelf {
					w = strings.ToUpper(w[:1]) + w[1:]
				}
			}
			return w
		},
		"moment": moment,
		"date":   func(at time.Time) string { return dated(at, time.DateOnly) },
		"stamp":  func(at time.Time) string { return at.In(calendar.Zone).Format(time.RFC3339) },
		"short":  short,
		"size":   size,
		"text":   text,
		"count":  func(n int) string { return counted(n) },
		"weekday": func(day string) string {
			at, err := time.Parse(time.DateOnly, day)
			if err != nil {
				return ""
			}
			return s.Words.Say(lang, "staff.weekday."+strconv.Itoa(int(at.Weekday())), nil)
		},
		"chars": func(html string) int { return body.CountRunes(html) },
		"field": func(f typed, name string) textField { return textField{name, f.Typed(name), f.Error(name) != ""} },
		"attributes": func() []string {
			return []string{string(manuscript.Proactive), string(manuscript.OnRequest), string(manuscript.Withheld)}
		},
	}
}

// typed is a form that came back, or did not.
type typed interface {
	Typed(name string) string
	Error(name string) string
}

// textField is one line to type in.
type textField struct {
	Name, Value string
	Wrong       bool
}

// text is a manuscript's text for a page: sanitised when it was saved, and again
// here (A7).
func text(html string) template.HTML {
	clean, err := body.Sanitise(html)
	if err != nil {
		return ""
	}
	return template.HTML(clean)
}

func dated(at time.Time, layout string) string {
	if at.IsZero() {
		return ""
	}
	return at.In(calendar.Zone).Format(layout)
}

func moment(at time.Time) string { return dated(at, "2006-01-02 15:04") }

func counted(n int) string {
	if n >= menuCount {
		return fmt.Sprint(menuCount-1, "+")
	}
	return fmt.Sprint(n)
}

// short is enough of a hash to compare by eye.
func short(hash string) string {
	hash = strings.TrimPrefix(hash, "sha256:")
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

// due is a deadline in words with the class of its colour.
type due struct {
	Class, Text string
	At          time.Time
}

func (s *Staff) due(lang catalogue.Lang, d workflow.Deadline, now time.Time) due {
	if d.Due.IsZero() {
		return due{}
	}
	if d.Overdue(now) {
		return due{"r", s.Words.Say(lang, "staff.due.over", map[string]any{"time": s.span(lang, now.Sub(d.Due))}), d.Due}
	}
	class := "g"
	if !now.Before(d.Remind) {
		class = "a"
	}
	return due{class, s.Words.Say(lang, "staff.due.left", map[string]any{"time": s.span(lang, d.Due.Sub(now))}), d.Due}
}

// span says a length of time in its largest sensible unit.
func (s *Staff) span(lang catalogue.Lang, d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return s.Words.Say(lang, "staff.span.days", map[string]any{"n": int(d / (24 * time.Hour))})
	case d >= time.Hour:
		return s.Words.Say(lang, "staff.span.hours", map[string]any{"n": int(d / time.Hour)})
	}
	return s.Words.Say(lang, "staff.span.minutes", map[string]any{"n": int(d/time.Minute) + 1})
}

// stateClass colours a state; its word stands beside.
func stateClass(state string) string {
	switch state {
	case "published", "signed", "live":
		return "g"
	case "returned", "rejected", "held":
		return "r"
	case "scheduled", "publishing", "delivering", "waiting", "retracting":
		return "a"
	case "in_review", "planned":
		return "b"
	}
	return ""
}

// mark is one station of a chain: d done, c current, x returned from, "" to come.
type mark struct{ Title, Class string }

// dots draws how far a manuscript is, with drafting before and publishing after.
func dots(at, steps int) []string {
	out := make([]string, steps+2)
	for i := range out {
		switch {
		case i < at:
			out[i] = "d"
		case i == at:
			out[i] = "c"
		}
	}
	return out
}
