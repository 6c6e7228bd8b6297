package staff

import (
	"net/url"
	"slices"
	"strconv"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/review"
	"gongkai/internal/search"
)

type searchPage struct {
	frame
	Q        review.Search
	Found    []hitLine
	States   []manuscript.State
	Sections []manuscript.Section
	Units    []org.Unit
	Years    []int
	Max      int
	Next     string
}

type hitLine struct {
	itemLine
	DocNo   string
	Marked  []search.Part
	Snippet []search.Part
}

// years is how many years the filter offers.
const years = 10

func (s *Staff) search(v *visit) error {
	unit, err := v.number("unit")
	if err != nil {
		return err
	}
	year, err := v.number("year")
	if err != nil {
		return err
	}
	after, err := v.afterItem()
	if err != nil {
		return err
	}
	q := review.Search{Text: v.Query("q"), State: manuscript.State(v.Query("state")), Section: v.Query("section"), UnitID: unit, Year: int(year), After: search.Cursor{At: after.UpdatedAt, Edition: after.ID}}
	found, err := s.Desk.Search(v.ctx, v.actor, q)
	if f, ok := fault.From(err); ok && f.Field != "" {
		v.refuse(s, err)
	} else if err != nil {
		return err
	}
	p := searchPage{Q: q, States: registerStates, Max: search.MostRunes}
	if p.frame, err = s.frame(v, "staff.search"); err != nil {
		return err
	}
	err = s.DB.Read(v.ctx, func(tx *db.Tx) (err error) {
		if p.Units, err = org.Units(tx, v.actor.OrganisationID); err != nil {
			return err
		}
		p.Sections, err = manuscript.Sections(tx, v.actor.OrganisationID)
		return err
	})
	if err != nil {
		return err
	}
	units, sections := map[int64]string{}, map[int64]string{}
	for _, u := range p.Units {
		units[u.ID] = u.Name
	}
	for _, x := range p.Sections {
		sections[x.ID] = x.Title
	}
	p.Units = slices.DeleteFunc(p.Units, func(u org.Unit) bool {
		return u.ParentID == 0 || found.UnitIDs != nil && !slices.Contains(found.UnitIDs, u.ID)
	})
	for now, i := s.DB.Now().In(calendar.Zone), 0; i < years; i++ {
		p.Years = append(p.Years, now.Year()-i)
	}
	for _, h := range found.Hits {
		m := h.Manuscript
		p.Found = append(p.Found, hitLine{itemOf(m, names{map[int64]string{m.DrafterID: h.Drafter}, units, sections}),
			h.DocNo, h.Title, h.Snippet})
	}
	if !found.Next.At.IsZero() {
		next := url.Values{"before": {strconv.FormatInt(found.Next.At.UnixMicro(), 10)}, "before_id": {strconv.FormatInt(found.Next.Edition, 10)}}
		for _, name := range []string{"q", "state", "section", "unit", "year"} {
			if value := v.Query(name); value != "" {
				next.Set(name, value)
			}
		}
		p.Next = "/search?" + next.Encode()
	}
	s.render(v.Context, v.status(), "search", p)
	return nil
}
