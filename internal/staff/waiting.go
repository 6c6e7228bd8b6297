package staff

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// The parts of what waits for a person.
const (
	showAll      = "all"
	showReview   = "review" // to judge: reviews, confidentiality, signatures
	showProof    = "proof"  // to proofread and nothing else
	showReturned = "returned"
	showSoon     = "soon" // due soon, or late
)

// window is how many waiting tasks are counted, filtered and sorted; what waits
// longest is always among them.
const window = 200

// waiting is the choice of a work list as its address holds it.
type waiting struct {
	Show, Kind, Q string
	Unit          int64
	ByArrival     bool
	Page          int // from 1
}

func (v *visit) waiting() (w waiting, err error) {
	w = waiting{Show: v.Query("show"), Kind: v.Query("kind"), Q: strings.TrimSpace(v.Query("q")), ByArrival: v.Query("sort") == "arrival", Page: 1}
	if !slices.Contains([]string{showReview, showProof, showReturned, showSoon}, w.Show) {
		w.Show = showAll
	}
	if len(w.Q) > 200 {
		w.Q = ""
	}
	if w.Unit, err = v.number("unit"); err != nil {
		return w, err
	}
	page, err := v.number("page")
	if page > 1 && page <= window/pageSize {
		w.Page = int(page)
	}
	return w, err
}

// Narrowed says that the list leaves something out.
func (w waiting) Narrowed() bool { return w.Kind != "" || w.Q != "" || w.Unit != 0 }

// address is the list with another part or page.
func (w waiting) address(show string, page int) string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	if show != showAll {
		set("show", show)
	}
	set("kind", w.Kind)
	set("q", w.Q)
	if w.Unit != 0 {
		set("unit", strconv.FormatInt(w.Unit, 10))
	}
	if w.ByArrival {
		set("sort", "arrival")
	}
	if page > 1 {
		set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/tasks"
	}
	return "/tasks?" + q.Encode()
}

// part says to which part a task belongs besides all.
func (s *Staff) part(t review.Task, show string) bool {
	proofs := t.Step.Does(workflow.ActProof) && !t.Step.Does(workflow.ActReview) && !t.Step.Does(workflow.ActSign) && !t.Step.Does(workflow.ActConfidentiality)
	switch show {
	case showAll:
		return true
	case showReview:
		return !t.Own && !proofs
	case showProof:
		return !t.Own && proofs
	case showSoon:
		now := s.DB.Now()
		return !t.Own && (t.Deadline.Overdue(now) || !t.Deadline.Remind.IsZero() && !now.Before(t.Deadline.Remind))
	}
	return false
}

// chosen are the tasks of a choice, in its order.
func (s *Staff) chosen(all []review.Task, w waiting, n names) []review.Task {
	q := strings.ToLower(w.Q)
	out := slices.DeleteFunc(slices.Clone(all), func(t review.Task) bool {
		m := t.Manuscript
		words := strings.ToLower(m.Title + "\n" + m.IndexNo + "\n" + n.people[m.DrafterID])
		return !s.part(t, w.Show) || w.Kind != "" && m.Kind != w.Kind || w.Unit != 0 && m.UnitID != w.Unit || !strings.Contains(words, q)
	})
	if !w.ByArrival {
		slices.SortStableFunc(out, func(a, b review.Task) int { return dueOr(a, never).Compare(dueOr(b, never)) })
	}
	return out
}

// never is later than every deadline: what has none comes last.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func dueOr(t review.Task, none time.Time) time.Time {
	if t.Deadline.Due.IsZero() {
		return none
	}
	return t.Deadline.Due
}

// partTab is one part of the work list with how much is in it.
type partTab struct {
	ID, URL string
	On      bool
	Count   int
}

func (s *Staff) parts(all []review.Task, w waiting, returned int) (tabs []partTab) {
	for _, show := range []string{showAll, showReview, showProof, showReturned, showSoon} {
		n := returned
		if show != showReturned {
			n = 0
			for _, t := range all {
				if s.part(t, show) {
					n++
				}
			}
		}
		if n > 0 || show == showAll || show == w.Show {
			tabs = append(tabs, partTab{show, waiting{Show: show, ByArrival: w.ByArrival}.address(show, 1), show == w.Show, n})
		}
	}
	if len(tabs) == 2 && tabs[0].Count == tabs[1].Count && w.Show == showAll {
		return tabs[:1] // one part is everything
	}
	return tabs
}

// choices are the kinds and units among the tasks, for the filter.
func choices(all []review.Task, n names) (kinds []string, units []choice) {
	for _, t := range all {
		m := t.Manuscript
		if !slices.Contains(kinds, m.Kind) {
			kinds = append(kinds, m.Kind)
		}
		if u := (choice{strconv.FormatInt(m.UnitID, 10), n.units[m.UnitID]}); !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	return kinds, units
}
