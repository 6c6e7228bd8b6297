package annual

import (
	"context"
	"slices"
	"strconv"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/foi"
	"gongkai/internal/org"
	"gongkai/internal/publish"
	"gongkai/internal/workflow"
)

// Sheet is a year's report as it stands now: while it is worked on it follows
// the registers, frozen it does not.
type Sheet struct {
	File
	Organ     string
	Figures   Figures
	Ledger    Figures        // counted now; of a consolidated report with the units
	Units     []UnitReport   // that a government's report sums up
	Own       Figures        // the office's own part of a consolidated report, else nil
	Stand     map[Code]Entry // the entries that count
	LastYear  Figures        // nil when last year's report is not known
	Counts    *Counts
	Values    Values
	Filled    Narrative // the prose with its numbers
	Unknown   []string  // names in the prose that have no number
	Findings  []check.Finding
	Missing   []Code
	DaysLeft  int // calendar days to the day it is due, less than 0 when it is over
	Due       time.Time
	Moved     []Difference // frozen: what the registers say otherwise by now
	Names     map[int64]string
	Countable bool // the year is over
}

// Difference is a figure that the registers count otherwise than a frozen report.
type Difference struct {
	Cell        Code
	Frozen, Now Amount
}

// Open reads a year's report.
func (k *Desk) Open(ctx context.Context, actor org.Actor, year int) (s *Sheet, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "annual.read", year)
		if err != nil {
			return err
		}
		s, err = k.sheet(a)
		return err
	})
	return s, err
}

func (k *Desk) sheet(a *act) (*Sheet, error) {
	tx, organisation, year := a.tx, a.actor.OrganisationID, a.f.Year
	s := &Sheet{File: *a.f}
	var err error
	if s.Organ, err = organ(tx, organisation); err != nil {
		return nil, err
	}
	if s.Ledger, err = ledger(tx, organisation, year); err != nil {
		return nil, err
	}
	if s.Stand, err = standing(tx, organisation, year); err != nil {
		return nil, err
	}
	if k.Rules.Government {
		if s.Units, err = partsOf(tx, organisation, year); err != nil {
			return nil, err
		}
	}
	if s.Counts, err = counts(tx, organisation, year, s.Stand); err != nil {
		return nil, err
	}
	if year > FirstYear {
		before, err := findFile(tx, organisation, year-1, "")
		if err != nil {
			return nil, err
		}
		if before.Snapshot != nil {
			s.LastYear = before.Snapshot.Figures
		}
	}
	people := []int64{s.FrozenBy}
	for _, e := range s.Stand {
		people = append(people, e.PersonID)
	}
	if s.Names, err = org.Names(tx, people); err != nil {
		return nil, err
	}
	k.dueOf(s, tx.Now())
	zero, err := foi.ZeroYears(tx, organisation, year)
	if err != nil {
		return nil, err
	}
	direct, err := foi.DirectSuits(tx, organisation, year)
	if err != nil {
		return nil, err
	}
	s.fill()
	k.judge(s, zero, direct, tx.Now())
	return s, nil
}

// fill puts figures and prose together, as they stand or as they were frozen.
func (s *Sheet) fill() {
	own := Figures{}
	for c, v := range s.Ledger {
		own[c] = v
	}
	for c, e := range s.Stand {
		if e.Reported && c != Followers {
			own[c] = e.Amount
		}
	}
	s.Figures = own
	if s.State != Elsewhere {
		s.consolidate()
	}
	if s.State == Frozen && s.Snapshot != nil {
		s.Figures, s.Filled = s.Snapshot.Figures, s.Snapshot.Narrative
		s.Values = Bound(s.Snapshot.Organ, strconv.Itoa(s.Year), s.Figures, &s.Snapshot.Counts)
		for _, c := range Codes {
			if now, ok := s.Ledger[c]; ok && now != s.Snapshot.Ledger[c] {
				s.Moved = append(s.Moved, Difference{c, s.Snapshot.Ledger[c], now})
			}
		}
		return
	}
	if s.State == Elsewhere && s.Snapshot != nil {
		s.Figures = s.Snapshot.Figures
		return
	}
	s.Values = Bound(s.Organ, strconv.Itoa(s.Year), s.Figures, s.Counts)
	if s.Narrative == (Narrative{}) {
		s.Narrative = Draft(s.Values)
	}
	s.Filled, s.Unknown = s.Narrative.Fill(s.Values)
	s.Missing = s.Figures.Missing()
	if !s.Stand[Followers].Reported {
		s.Missing = append(s.Missing, Followers)
	}
}

func (k *Desk) dueOf(s *Sheet, now time.Time) {
	s.Due = k.due(s.Year)
	today := calendar.Midnight(now)
	s.DaysLeft = int(s.Due.Sub(today) / (24 * time.Hour))
	s.Countable = today.Year() > s.Year
}

// judge runs the checks, V-01 … V-18.
func (k *Desk) judge(s *Sheet, zeroYears, directSuits int, now time.Time) {
	report := Report{Organ: s.Organ, Year: strconv.Itoa(s.Year), Figures: s.Figures, Narrative: s.Filled}
	subject := Subject{Year: s.Year, Figures: s.Figures, LastYear: s.LastYear, Ledger: s.Ledger, MayMakeRule: k.Rules.MayMakeRule, Government: k.Rules.Government,
		PublishOn: now, ZeroYears: zeroYears, DirectSuits: directSuits, Attested: map[Code]bool{}, Counts: s.Counts, Parts: s.parts()}
	if s.State == Elsewhere {
		subject.Ledger, subject.Counts, subject.PublishOn, subject.Attested = nil, nil, time.Time{}, nil
	} else {
		subject.Text = readText(report.Title(), paragraphs(report.HTML()))
	}
	if s.State == Frozen {
		subject.Ledger, subject.Counts, subject.PublishOn, subject.Parts = s.Snapshot.Ledger, &s.Snapshot.Counts, s.FrozenAt, nil
	}
	for c, e := range s.Stand {
		subject.Attested[c] = e.Reported
	}
	s.Findings = Tie(subject)
	if s.State == Elsewhere {
		s.Findings = append(slices.Clone(s.Snapshot.Notes), s.Findings...)
	}
	if len(s.Unknown) > 0 {
		f := finding("V-09", check.Block, "narrative", "names", s.Unknown)
		f.Rule = "annual.v09_unknown"
		s.Findings = append(s.Findings, f)
	}
	slices.SortStableFunc(s.Findings, func(a, b check.Finding) int { return int(rank(a)) - int(rank(b)) })
}

func rank(f check.Finding) int {
	if f.Level == check.Block {
		return 0
	}
	return 1
}

// paragraphs are the texts of a report's body outside its tables.
func paragraphs(html string) (all []string) {
	for _, l := range linesOfHTML(html) {
		if figuresIn(l.cells) < 3 {
			all = append(all, l.plain)
		}
	}
	return all
}

// ledger counts table 三 from the register of requests and table 四 from that of
// disputes.
func ledger(tx *db.Tx, organisation int64, year int) (Figures, error) {
	counted, err := foi.CountYear(tx, organisation, year)
	if err != nil {
		return nil, err
	}
	disputed, err := foi.CountDisputes(tx, organisation, year)
	if err != nil {
		return nil, err
	}
	f := Figures{}
	for i, n := range disputed {
		f[Table4[i]] = Whole(n)
	}
	for r := 1; r <= Rows; r++ {
		for c := 1; c <= Columns; c++ {
			f[Cell3(r, c)] = 0
		}
	}
	for _, x := range counted {
		n := Whole(x.N)
		for _, column := range []int{x.Column, Columns} {
			f[Cell3(x.Row, column)] += n
			if x.Row >= RowFirst && x.Row <= RowLast {
				f[Cell3(RowSum, column)] += n
			}
		}
	}
	return f, nil
}

// counts are the numbers of the prose that stand in no table.
func counts(tx *db.Tx, organisation int64, year int, stand map[Code]Entry) (*Counts, error) {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, calendar.Zone)
	to := from.AddDate(1, 0, 0)
	shown, err := publish.CountYear(tx, organisation, from, to)
	if err != nil {
		return nil, err
	}
	c := &Counts{Website: shown["website"], WeChat: shown["wechat"]}
	if e := stand[Followers]; e.Reported {
		c.Followers = int(e.Amount / unit)
	}
	if c.FeeYuan, err = foi.FeesOfYear(tx, organisation, year); err != nil {
		return nil, err
	}
	work, err := workflow.WorkBetween(tx, organisation, "manuscript", from, to)
	if err != nil {
		return nil, err
	}
	for _, w := range work {
		switch w.Verdict {
		case workflow.Sign:
			c.Signed += int(w.Count)
		case workflow.Return:
			c.Returned += int(w.Count)
		}
	}
	return c, nil
}
