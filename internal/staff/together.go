package staff

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"gongkai/internal/body"
	"gongkai/internal/check"
	"gongkai/internal/fault"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// mostTogether bounds what one reader can answer for in one go.
const mostTogether = 20

// togetherPage shows the manuscripts picked from the work list to be approved in
// one go. Each has its own points to tick and its own hash, and is decided by
// itself: what cannot be approved does not keep the others.
type togetherPage struct {
	frame
	Items []togetherItem
	Ready int // of them can be approved now
}

type togetherItem struct {
	ID            int64
	Version       int64
	Hash          string
	Title, Step   string
	Opening       string // of the text
	Chars         int
	Blocking      int // findings that refuse
	Hints         int
	Checklist     []checkLine
	Why, Approved string // why it cannot be, or what was done
}

// Chosen on the work list; a sign-off and a confidentiality review are decided
// one by one (BM-1).
var (
	errOneByOne = fault.New(fault.Conflict, "staff.together.one_by_one")
	errChosen   = fault.New(fault.Invalid, "staff.together.none")
)

func (s *Staff) together(v *visit) error {
	ids, err := chosen(v.QueryArray("id"))
	if err != nil {
		return err
	}
	return s.showTogether(v, ids, nil)
}

func chosen(list []string) ([]int64, error) {
	var ids []int64
	for _, x := range list {
		if id, err := strconv.ParseInt(x, 10, 64); err == nil && id > 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || len(ids) > mostTogether {
		return nil, errChosen.On("id").With("max", mostTogether)
	}
	return ids, nil
}

// showTogether shows what is chosen; said is what became of those decided just
// now.
func (s *Staff) showTogether(v *visit, ids []int64, said map[int64]error) error {
	var p togetherPage
	var err error
	if p.frame, err = s.frame(v, "staff.together"); err != nil {
		return err
	}
	for _, id := range ids {
		why, decided := said[id]
		open, err := s.Desk.Open(v.ctx, v.actor, id, 0)
		if err != nil {
			p.Items = append(p.Items, togetherItem{ID: id, Title: itoa(id), Why: s.ProblemOf(v.Context, err).Title})
			continue
		}
		c := &open.Revision.Content
		it := togetherItem{ID: id, Version: open.Version, Hash: open.Hash, Title: c.Title, Chars: body.CountRunes(c.Body), Opening: firstRunes(body.Text(c.Body), 160)}
		if open.Step != nil {
			it.Step = open.Step.Title
		}
		switch {
		case decided && why == nil:
			it.Approved = "staff.done.approve"
		case decided:
			it.Why = s.ProblemOf(v.Context, why).Title
			fallthrough
		default:
			if err := mayTogether(open); err != nil {
				it.Why = s.ProblemOf(v.Context, err).Title
				break
			}
			p.Ready++
			it.Checklist = points(open, v.form["checklist-"+itoa(id)])
			for _, f := range open.Findings {
				if f.Level == check.Block {
					it.Blocking++
				} else {
					it.Hints++
				}
			}
		}
		p.Items = append(p.Items, it)
	}
	s.render(v.Context, v.status(), "together", p)
	return nil
}

func mayTogether(open *review.View) error {
	if why := open.WhyNot["approve"]; why != nil {
		return why
	}
	if open.Step.Does(workflow.ActConfidentiality) {
		return errOneByOne
	}
	return nil
}

// points are the lines of the open step's checklist.
func points(open *review.View, ticked []string) []checkLine {
	return pointsOf(open.Chain, open.Step, ticked)
}

func pointsOf(chain *workflow.Definition, step *workflow.Step, ticked []string) []checkLine {
	var out []checkLine
	for i, line := range step.Checklist {
		gate, _ := chain.GateTitle(line.Gate)
		out = append(out, checkLine{i, gate, line.Text, slices.Contains(ticked, strconv.Itoa(i))})
	}
	return out
}

// approveTogether decides each chosen manuscript in a transaction of its own,
// under a key of its own.
func (s *Staff) approveTogether(v *visit) error {
	ids, err := chosen(v.form["id"])
	if err == nil {
		err = httpserver.ValidKey(v.form.Get("key"))
	}
	if err != nil {
		return err
	}
	said := map[int64]error{}
	for _, id := range ids {
		of := itoa(id)
		d := review.Decision{Verb: workflow.Approve}
		for _, n := range v.form["checklist-"+of] {
			i, err := strconv.Atoi(n)
			if err != nil {
				i = -1
			}
			d.Checklist = append(d.Checklist, i)
		}
		seen := manuscript.Seen{Version: v.whole("version-" + of), Hash: v.form.Get("hash-" + of)}
		typed := url.Values{"version": {itoa(seen.Version)}, "hash": {seen.Hash}, "checklist": v.form["checklist-"+of]}.Encode()
		outer := v.ctx
		_, _, said[id] = s.Once(outer, v.actor, v.form.Get("key")+"-"+of, "POST /tasks/approve", []byte(typed), func(ctx context.Context) (httpserver.Answer, error) {
			v.ctx = ctx
			open, err := s.Desk.Open(ctx, v.actor, id, 0)
			if err == nil {
				err = mayTogether(open)
			}
			if err == nil {
				_, err = s.Desk.Decide(ctx, v.actor, id, seen, d)
			}
			return httpserver.Answer{Status: http.StatusOK, Body: done{"/manuscripts/" + of, "approve"}}, err
		})
		v.ctx = outer
	}
	return s.showTogether(v, ids, said)
}
