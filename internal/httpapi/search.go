package httpapi

import (
	"time"

	"gongkai/internal/manuscript"
	"gongkai/internal/review"
	"gongkai/internal/search"
)

type partBody struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"`
}

type hitBody struct {
	Manuscript summaryBody `json:"manuscript"`
	DocNo      string      `json:"doc_no,omitempty"`
	Drafter    personBody  `json:"drafter"`
	Title      []partBody  `json:"title"`
	Snippet    []partBody  `json:"snippet"`
}

func (s *API) search(r *request) (any, error) {
	n := map[string]int64{}
	for _, name := range []string{"unit", "year", "before", "before_id"} {
		v, err := r.number(name)
		if err != nil {
			return nil, err
		}
		n[name] = v
	}
	q := review.Search{Text: r.Query("q"), State: manuscript.State(r.Query("state")), Section: r.Query("section"), UnitID: n["unit"], Year: int(n["year"])}
	if n["before"] != 0 {
		q.After = search.Cursor{At: time.UnixMicro(n["before"]).UTC(), Edition: n["before_id"]}
	}
	found, err := s.Desk.Search(r.ctx, r.actor, q)
	out := struct {
		Hits   []hitBody `json:"hits"`
		Next   int64     `json:"next,omitempty"` // as ?before= for the next page
		NextID int64     `json:"next_id,omitempty"`
	}{Hits: []hitBody{}}
	for _, h := range found.Hits {
		out.Hits = append(out.Hits, hitBody{summary(h.Manuscript), h.DocNo, personBody{h.Manuscript.DrafterID, h.Drafter}, partsBody(h.Title), partsBody(h.Snippet)})
	}
	if !found.Next.At.IsZero() {
		out.Next, out.NextID = found.Next.At.UnixMicro(), found.Next.Edition
	}
	return out, err
}

func partsBody(all []search.Part) []partBody {
	out := make([]partBody, len(all))
	for i, p := range all {
		out[i] = partBody(p)
	}
	return out
}
