package foi

import (
	"errors"
	"testing"
	"time"

	"gongkai/internal/calendar"
)

func load(t testing.TB) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func on(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

// history builds events: each is entered in turn and must be allowed.
type history struct {
	t      testing.TB
	cal    *calendar.Calendar
	events []Event
}

func received(t testing.TB, s string) *history {
	h := &history{t: t, cal: load(t)}
	return h.then(Event{Kind: Arrived, On: on(s), Channel: InPerson})
}

func (h *history) then(e Event) *history {
	h.t.Helper()
	if err := h.try(e); err != nil {
		h.t.Fatalf("%s on %s: %v", e.Kind, e.On.Format(time.DateOnly), err)
	}
	e.No = len(h.events) + 1
	h.events = append(h.events, e)
	return h
}

func (h *history) try(e Event) error {
	e.No = len(h.events) + 1
	return Follow(h.cal, h.events, e, on("2026-12-31"))
}

func (h *history) at(s string) Clock { return Read(h.cal, h.events, on(s)) }

func (h *history) due(asOf, want string) {
	h.t.Helper()
	if got := h.at(asOf).Due.Format(time.DateOnly); got != want {
		h.t.Errorf("on %s it is due %s, want %s", asOf, got, want)
	}
}

func TestAcceptanceFacts(t *testing.T) {
	received(t, "2025-01-20").due("2025-01-20", "2025-02-21")
	if by := received(t, "2025-01-20").at("2025-01-20").AskCorrectionBy; !by.Equal(on("2025-02-05")) {
		t.Errorf("fact 7: a correction may be asked until %s", by)
	}
	h := received(t, "2025-09-30")
	h.due("2025-10-09", "2025-11-04")
	h.then(Event{Kind: Extended, On: on("2025-11-04")}).due("2025-11-04", "2025-12-02")
	received(t, "2025-10-01").due("2025-10-01", "2025-11-04")
	received(t, "2024-12-30").due("2024-12-31", "2025-01-27")
	received(t, "2022-09-30").due("2022-10-08", "2022-11-02")

	t.Run("15: a silent third party", func(t *testing.T) {
		h := received(t, "2026-03-02").
			then(Event{Kind: OpinionAsked, On: on("2026-03-09"), Round: 1, Party: ThirdParty}).
			then(Event{Kind: LetterServed, On: on("2026-03-11"), Round: 1})
		c := h.at("2026-03-20")
		if c.State != Paused || !c.Rounds[0].Limit.Equal(on("2026-04-01")) || c.Used != 5 || !c.PausedSince().Equal(on("2026-03-09")) {
			t.Errorf("%+v", c)
		}
		h.due("2026-04-01", "2026-04-23")
		h.due("2026-04-20", "2026-04-23")
		if s := h.at("2026-04-01").State; s != Processing {
			t.Errorf("the silence is over: %s", s)
		}
		// An opinion that comes after its time prolongs nothing.
		h.then(Event{Kind: OpinionGiven, On: on("2026-04-10"), Round: 1}).due("2026-04-20", "2026-04-23")
	})
	t.Run("17: no correction in time", func(t *testing.T) {
		h := received(t, "2025-03-03").then(Event{Kind: CorrectionAsked, On: on("2025-03-05"), Until: on("2025-03-20")})
		c := h.at("2025-06-30")
		if c.State != CorrectionPending || !c.Due.IsZero() || c.Overdue() {
			t.Errorf("the clock runs while a correction is awaited: %+v", c)
		}
		if err := h.try(Event{Kind: Answered, On: on("2025-03-20"), Code: "D22"}); !errors.Is(err, ErrNotYetLapsed) {
			t.Errorf("closed on the applicant's last day: %v", err)
		}
		h.then(Event{Kind: Answered, On: on("2025-03-21"), Code: "D22"})
		c = h.at("2025-06-30")
		if o, _ := Look(c.Code); c.Overdue() || o.Row != 21 {
			t.Errorf("%+v", c)
		}
	})
}

func TestCorrectionBeginsThePeriodAgain(t *testing.T) {
	h := received(t, "2025-01-20").then(Event{Kind: CorrectionAsked, On: on("2025-02-05"), Until: on("2025-02-20")})
	h.then(Event{Kind: Corrected, On: on("2025-02-18")})
	h.due("2025-02-18", "2025-03-18")
	if err := h.try(Event{Kind: CorrectionAsked, On: on("2025-02-19"), Until: on("2025-03-01")}); !errors.Is(err, ErrCorrectionOnce) {
		t.Errorf("a second correction: %v", err)
	}
	late := received(t, "2025-01-20")
	if err := late.try(Event{Kind: CorrectionAsked, On: on("2025-02-06"), Until: on("2025-02-20")}); !errors.Is(err, ErrCorrectionLate) {
		t.Errorf("asked on the 8th working day: %v", err)
	}
}

func TestOverlappingRoundsAreCountedOnce(t *testing.T) {
	h := received(t, "2026-03-02").
		then(Event{Kind: OpinionAsked, On: on("2026-03-09"), Round: 1, Party: ThirdParty}).
		then(Event{Kind: OpinionAsked, On: on("2026-03-11"), Round: 2, Party: OtherOrgan}).
		then(Event{Kind: OpinionGiven, On: on("2026-03-16"), Round: 1}).
		then(Event{Kind: OpinionGiven, On: on("2026-03-18"), Round: 2})
	// Without a pause it is 03-30; the seven working days 03-10 … 03-18 go.
	h.due("2026-03-20", "2026-04-09")
}

func TestFeeBeginsThePeriodAgain(t *testing.T) {
	h := received(t, "2025-03-03").then(Event{Kind: FeeAsked, On: on("2025-03-10")})
	c := h.at("2025-03-12")
	if c.State != FeePending || !c.FeeUntil.Equal(on("2025-04-08")) {
		t.Errorf("%s until %s", c.State, c.FeeUntil)
	}
	if err := h.try(Event{Kind: Answered, On: on("2025-04-08"), Code: "D23"}); !errors.Is(err, ErrNotYetLapsed) {
		t.Errorf("closed on the last day to pay: %v", err)
	}
	h.then(Event{Kind: FeePaid, On: on("2025-04-01")}).due("2025-04-01", "2025-04-29")
}

func TestConfirmationDecidesTheDayOfReceipt(t *testing.T) {
	for _, ch := range Channels {
		h := (&history{t: t, cal: load(t)}).then(Event{Kind: Arrived, On: on("2025-03-03"), Channel: ch})
		if c := h.at("2025-03-05"); (c.State == AwaitingConfirmation) != ch.NeedsConfirmation() {
			t.Errorf("%s: %s", ch, c.State)
		}
		if !ch.NeedsConfirmation() {
			continue
		}
		if err := h.try(Event{Kind: Extended, On: on("2025-03-05")}); !errors.Is(err, ErrNotReceived) {
			t.Errorf("%s: extended before it is received: %v", ch, err)
		}
		h.then(Event{Kind: Confirmed, On: on("2025-03-06")})
		if c := h.at("2025-03-07"); !c.Received.Equal(on("2025-03-06")) || c.Used != 1 {
			t.Errorf("%s: %+v", ch, c)
		}
	}
}

func TestLateAnswerAndLateExtension(t *testing.T) {
	h := received(t, "2025-03-03") // due 03-31
	if err := h.try(Event{Kind: Extended, On: on("2025-04-01")}); !errors.Is(err, ErrPeriodOver) {
		t.Errorf("extended a day late: %v", err)
	}
	h.then(Event{Kind: Answered, On: on("2025-04-01"), Code: "D02"})
	if c := h.at("2025-12-31"); !c.Overdue() || c.State != Closed || c.Left() != -1 {
		t.Errorf("%+v left %d", c, c.Left())
	}
	if err := h.try(Event{Kind: Extended, On: on("2025-04-01")}); !errors.Is(err, ErrClosed) {
		t.Errorf("extended after the answer: %v", err)
	}
	h.then(Event{Kind: Delivered, On: on("2025-04-02")})
	if err := h.try(Event{Kind: Delivered, On: on("2025-04-03")}); !errors.Is(err, ErrServed) {
		t.Errorf("served twice: %v", err)
	}
}

// TestAStruckEventDoesNotCount: a clerk's slip is struck, not overwritten.
func TestAStruckEventDoesNotCount(t *testing.T) {
	h := received(t, "2025-03-03").then(Event{Kind: Extended, On: on("2025-03-10")})
	if err := h.try(Event{Kind: Struck, On: on("2025-03-11"), Ref: 2}); !errors.Is(err, ErrStrikeNote) {
		t.Errorf("struck without a reason: %v", err)
	}
	h.then(Event{Kind: Struck, On: on("2025-03-11"), Ref: 2, Note: "wrong request"}).due("2025-03-11", "2025-03-31")
	if err := h.try(Event{Kind: Struck, On: on("2025-03-11"), Ref: 2, Note: "again"}); !errors.Is(err, ErrStrike) {
		t.Errorf("struck twice: %v", err)
	}
	if err := h.try(Event{Kind: Struck, On: on("2025-03-11"), Ref: 1, Note: "the arrival"}); !errors.Is(err, ErrStrike) {
		t.Errorf("the arrival struck: %v", err)
	}
}

// TestTheNextYearIsNotGuessed: a period that runs into a year without a notice
// has no last day, and says which year is missing (DC-7).
func TestTheNextYearIsNotGuessed(t *testing.T) {
	c := received(t, "2026-12-10").at("2026-12-20")
	if !c.Due.IsZero() || c.UnknownYear != 2027 || c.Used != 6 || c.Overdue() {
		t.Errorf("%+v", c)
	}
	days := c.Explain()
	if last := days[len(days)-1]; !last.On.Equal(on("2026-12-31")) || last.No != 15 {
		t.Errorf("explained until %+v", last)
	}
}

func TestExplainNamesEveryDay(t *testing.T) {
	h := received(t, "2026-02-10").
		then(Event{Kind: CorrectionAsked, On: on("2026-02-12"), Until: on("2026-03-10")}).
		then(Event{Kind: Corrected, On: on("2026-02-26")}).
		then(Event{Kind: OpinionAsked, On: on("2026-03-03"), Round: 1, Party: ThirdParty}).
		then(Event{Kind: OpinionGiven, On: on("2026-03-05"), Round: 1})
	c := h.at("2026-03-06")
	want := map[string]ExplainedDay{
		"2026-02-11": {Reason: BegunAgain}, "2026-02-13": {Reason: ForCorrection},
		"2026-02-15": {Reason: IsHoliday, Holiday: "春节"}, "2026-02-26": {Reason: ForCorrection},
		"2026-02-27": {Reason: Counts, No: 1}, "2026-02-28": {Reason: CountsMakeUp, No: 2}, "2026-03-01": {Reason: IsWeekend},
		"2026-03-03": {Reason: Counts, No: 4}, "2026-03-04": {Reason: ForOpinion}, "2026-03-05": {Reason: ForOpinion},
		"2026-03-06": {Reason: Counts, No: 5},
	}
	counted := 0
	for _, d := range c.Explain() {
		if d.No > 0 {
			counted++
		}
		w, ok := want[d.On.Format(time.DateOnly)]
		if ok && (d.Reason != w.Reason || d.No != w.No || d.Holiday != w.Holiday) {
			t.Errorf("%s: %+v, want %+v", d.On.Format(time.DateOnly), d, w)
		}
	}
	if counted != 20 {
		t.Errorf("%d days counted", counted)
	}
}

func TestEveryMomentOfADayIsThatDay(t *testing.T) {
	h := received(t, "2025-03-03") // due 03-31
	for s, late := range map[string]bool{"2025-03-31T23:59:59+08:00": false, "2025-04-01T00:01:00+08:00": true, "2025-03-31T15:59:00Z": false, "2025-03-31T16:01:00Z": true} {
		moment, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		if c := Read(h.cal, h.events, moment); c.Overdue() != late {
			t.Errorf("%s: overdue %v", s, c.Overdue())
		}
	}
}

func TestFees(t *testing.T) {
	for n, want := range map[int]int{0: 0, 10: 0, 11: 100, 30: 2000, 31: 2200, 41: 4300, 45: 5500, 50: 7000, 60: 11000, 100: 37000} {
		if got, err := MonthFee(n); err != nil || got != want {
			t.Errorf("%d applications: %d yuan %v, want %d", n, got, err, want)
		}
	}
	for pages, want := range map[int]int{0: 0, 30: 0, 31: 10, 100: 700, 101: 720, 150: 1700, 200: 2700, 201: 2740, 250: 4700} {
		if got, err := VolumeFee(pages); err != nil || got != want {
			t.Errorf("%d pages: %d yuan %v, want %d", pages, got, err, want)
		}
	}
	for _, n := range []int{-1, MaxFeeCount + 1} {
		_, a := MonthFee(n)
		_, b := VolumeFee(n)
		if !errors.Is(a, ErrFeeCount) || !errors.Is(b, ErrFeeCount) {
			t.Errorf("%d: %v, %v", n, a, b)
		}
	}
}

func TestOutcomesCoverTableThree(t *testing.T) {
	rows := map[int]bool{}
	for i, o := range Outcomes {
		if int(o.Code[1]-'0')*10+int(o.Code[2]-'0') != i+1 {
			t.Errorf("code %d is %s", i+1, o.Code)
		}
		rows[o.Row] = true
	}
	for r := 3; r <= 23; r++ {
		if !rows[r] {
			t.Errorf("no code is counted in row %d", r)
		}
	}
	for i, k := range ApplicantKinds {
		if k.Column() != i+1 {
			t.Errorf("%s is column %d", k, k.Column())
		}
	}
}

// TestRemedies is fact 47 and FYF23: refusals since 2024 go to reconsideration
// first.
func TestRemedies(t *testing.T) {
	for _, x := range []struct {
		code Code
		on   string
		want Remedy
	}{
		{"D09", "2025-03-01", ReviewFirst}, {"D09", "2023-12-31", ReviewOrCourt}, {"D09", "2024-01-01", ReviewFirst},
		{"D03", "2025-03-01", ReviewFirst}, {"D12", "2025-03-01", ReviewOrCourt}, {"D13", "2025-03-01", ReviewOrCourt},
		{"D01", "2025-03-01", ReviewOrCourt}, {"D17", "2025-03-01", ReviewOrCourt}, {"D24", "2025-03-01", NoRemedy},
	} {
		if got := RemedyOf(x.code, on(x.on)); got != x.want {
			t.Errorf("%s on %s: %s, want %s", x.code, x.on, got, x.want)
		}
	}
}

func TestDisputeClocks(t *testing.T) {
	c := load(t)
	for name, x := range map[string]struct {
		got  func() (time.Time, error)
		want string
	}{
		"fact 23":                      {func() (time.Time, error) { return ReviewUntil(c, on("2025-12-17")) }, "2026-02-24"},
		"six months from a 31st":       {func() (time.Time, error) { return CourtUntil(c, on("2025-08-31")) }, "2026-02-28"},
		"six months over the new year": {func() (time.Time, error) { return CourtUntil(c, on("2025-09-10")) }, "2026-03-10"},
		"15 days end on a Saturday":    {func() (time.Time, error) { return CourtAfterReview(c, on("2026-04-10")) }, "2026-04-27"},
		"ten working days":             {func() (time.Time, error) { return AnswerReviewBy(c, on("2025-09-30"), false) }, "2025-10-21"},
		"five in the simple procedure": {func() (time.Time, error) { return AnswerReviewBy(c, on("2025-09-30"), true) }, "2025-10-14"},
		"court answer in the holiday":  {func() (time.Time, error) { return AnswerCourtBy(c, on("2025-09-20")) }, "2025-10-09"},
		"decision in sixty days":       {func() (time.Time, error) { return ReviewDecidedBy(c, on("2025-03-03"), false, false) }, "2025-05-06"},
		"prolonged":                    {func() (time.Time, error) { return ReviewDecidedBy(c, on("2025-03-03"), false, true) }, "2025-06-03"},
		"simple":                       {func() (time.Time, error) { return ReviewDecidedBy(c, on("2025-03-03"), true, false) }, "2025-04-02"},
	} {
		got, err := x.got()
		if err != nil || got.Format(time.DateOnly) != x.want {
			t.Errorf("%s: %s %v, want %s", name, got.Format(time.DateOnly), err, x.want)
		}
	}
}
