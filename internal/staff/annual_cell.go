package staff

import (
	"fmt"
	"slices"
	"strconv"

	"gongkai/internal/annual"
	"gongkai/internal/body"
	"gongkai/internal/foi"
)

// annualCellPage is a figure with the records it counts, or who attested it.
type annualCellPage struct {
	frame
	Year    int
	Code    annual.Code
	Row     string
	Column  string
	Value   string
	Lines   []foiLine
	Cases   []disputeLine
	Entries []annualEntry
	Ledger  bool
	Next    string
	Shares  []annualShare // of a consolidated figure
}

type annualShare struct{ Unit, Value string }

type annualEntry struct {
	annual.Entry
	Who, For, Value string
}

func (s *Staff) annualCell(v *visit) error {
	year, err := v.id()
	if err != nil {
		return err
	}
	sheet, err := s.Annual.Open(v.ctx, v.actor, int(year))
	if err != nil {
		return err
	}
	p := annualCellPage{Year: int(year), Code: annual.Code(v.Param("cell"))}
	if !slices.Contains(annual.Codes, p.Code) && p.Code != annual.Followers {
		return annual.ErrCell.With("cell", string(p.Code))
	}
	if x, ok := sheet.Figures[p.Code]; ok {
		p.Value = x.String()
	}
	if len(sheet.Units) > 0 && sheet.State == annual.Working && p.Code != annual.Followers {
		p.share(sheet)
	}
	if p.Ledger = !slices.Contains(annual.Attested, p.Code); p.Ledger {
		err = s.annualRecords(v, &p)
	} else {
		err = s.annualEntries(v, &p)
	}
	if err != nil {
		return err
	}
	if p.frame, err = s.frame(v, "staff.annual.cell"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "annual-cell", p)
	return nil
}

// share says what each part adds to a consolidated figure.
func (p *annualCellPage) share(sheet *annual.Sheet) {
	p.Shares = []annualShare{{sheet.Organ, sheet.Own.Shown(p.Code)}}
	for _, u := range sheet.Units {
		p.Shares = append(p.Shares, annualShare{u.Unit, u.Figures.Shown(p.Code)})
	}
}

func (s *Staff) annualRecords(v *visit, p *annualCellPage) error {
	if i := slices.Index(annual.Table4, p.Code); i >= 0 {
		p.Row, p.Column = s.say(v.lang, "foi.dispute."+string(foi.DisputeKinds[i/5]), nil), s.say(v.lang, "staff.annual.column"+strconv.Itoa(i%5), nil)
		all, err := s.FOI.Disputes(v.ctx, v.actor, foi.DisputeCell{Year: p.Year, Kind: foi.DisputeKinds[i/5], Column: i%5 + 1})
		p.Cases = s.disputeLines(v, all)
		return err
	}
	c := foi.Cell{Year: p.Year}
	if _, err := fmt.Sscanf(string(p.Code), "T3.R%d.C%d", &c.Row, &c.Column); err != nil {
		return annual.ErrCell.With("cell", string(p.Code))
	}
	p.Row, p.Column = body.AnnualRow(c.Row), body.AnnualColumns[c.Column-1]
	before, err := v.number("before")
	if err != nil {
		return err
	}
	all, err := s.FOI.List(v.ctx, v.actor, foi.Filter{Cell: c, Before: before, Limit: pageSize})
	if err != nil {
		return err
	}
	for _, e := range all {
		p.Lines = append(p.Lines, foiLine{e, s.foiDue(v, e.Clock)})
	}
	if len(all) == pageSize {
		p.Next = fmt.Sprintf("/annual/%d/cells/%s?before=%d", p.Year, p.Code, all[pageSize-1].Request.ID)
	}
	return nil
}

func (s *Staff) annualEntries(v *visit, p *annualCellPage) error {
	all, err := s.Annual.Entries(v.ctx, v.actor, p.Year, p.Code)
	if err != nil {
		return err
	}
	ids := []int64{}
	for _, e := range all {
		ids = append(ids, e.PersonID, e.ForID)
	}
	n, err := s.namesOf(v, ids)
	if err != nil {
		return err
	}
	for _, e := range all {
		line := annualEntry{Entry: e, Who: n.people[e.PersonID], Value: "—"}
		if e.ForID != 0 {
			line.For = n.people[e.ForID]
		}
		if e.Reported {
			line.Value = e.Amount.String()
		}
		p.Entries = append(p.Entries, line)
	}
	return nil
}
