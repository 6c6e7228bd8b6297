package foi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"gongkai/internal/calendar"
)

// The oracle is a second, naive reading of the law that shares no code with the
// clock: it walks the days one by one with a tally, on a list of days it made
// itself from the notices, and knows dates only as text.
type oracle struct {
	days  []string
	index map[string]int
	work  []bool
}

func newOracle(t testing.TB) *oracle {
	o := &oracle{index: map[string]int{}}
	for year := 2022; year <= 2026; year++ {
		text, err := os.ReadFile(fmt.Sprintf("../calendar/data/%d.json", year))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Holidays []struct{ From, To string }
			Workdays []string
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for month := 1; month <= 12; month++ {
			long := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
			if month == 2 && year%4 == 0 {
				long = 29
			}
			for d := 1; d <= long; d++ {
				s := fmt.Sprintf("%04d-%02d-%02d", year, month, d)
				weekday := (len(o.days) + 5) % 7 // 2022-01-01 was a Saturday; 0 is Monday
				works := weekday < 5
				for _, h := range file.Holidays {
					if h.From <= s && s <= h.To {
						works = false
					}
				}
				for _, w := range file.Workdays {
					if w == s {
						works = true
					}
				}
				o.index[s] = len(o.days)
				o.days = append(o.days, s)
				o.work = append(o.work, works)
			}
		}
	}
	return o
}

// verdict is what both readings must agree on.
type verdict struct {
	due     string // "" none, "?" in a year without a calendar
	used    int
	allowed int
	waiting bool
}

// judge walks the days of a history up to a day.
func (o *oracle) judge(events []Event, asOf string) verdict {
	v := verdict{allowed: 20}
	text := func(e Event) string { return e.On.Format(time.DateOnly) }
	begin, running, closed := "", false, asOf
	type round struct{ sent, end, limit string }
	var rounds []round
	delayed := ""
	for _, e := range events {
		s := text(e)
		if s > asOf {
			continue
		}
		switch e.Kind {
		case Arrived:
			if e.Channel == InPerson || e.Channel == SignedMail || e.Channel == Oral {
				begin, running = s, true
			}
		case Confirmed, Corrected, FeePaid:
			begin, running = s, true
		case CorrectionAsked, FeeAsked:
			running = false
		case Extended:
			v.allowed = 40
		case Delayed:
			delayed = e.Until.Format(time.DateOnly)
		case OpinionAsked:
			rounds = append(rounds, round{sent: s})
		case LetterServed:
			n := 0
			for i := o.index[s] + 1; i < len(o.days) && n < 15; i++ {
				if o.work[i] {
					n++
					rounds[e.Round-1].limit = o.days[i]
				}
			}
			if n < 15 {
				rounds[e.Round-1].limit = ""
			}
		case OpinionGiven:
			rounds[e.Round-1].end = s
		case Answered:
			closed = s
		}
	}
	if !running {
		return v
	}
	tally := 0
	for i := o.index[begin] + 1; ; i++ {
		if i == len(o.days) {
			if tally < v.allowed {
				v.due = "?"
			}
			break
		}
		d := o.days[i]
		if tally >= v.allowed && d > closed {
			break
		}
		skip := !o.work[i]
		for _, r := range rounds {
			last := closed
			if r.end != "" && r.end < last {
				last = r.end
			}
			if r.limit != "" && r.limit < last {
				last = r.limit
			}
			skip = skip || r.sent < d && d <= last
		}
		if skip {
			continue
		}
		tally++
		if tally == v.allowed {
			v.due = d
		}
		if d <= closed {
			v.used = tally
		}
	}
	for _, r := range rounds {
		v.waiting = v.waiting || (r.end == "" || r.end > closed) && (r.limit == "" || r.limit > closed)
	}
	if delayed != "" && (v.due == "?" || v.due < delayed) {
		v.due = delayed
	}
	return v
}

func read(c Clock) verdict {
	v := verdict{used: c.Used, allowed: c.Allowed}
	switch {
	case c.UnknownYear != 0:
		v.due = "?"
	case !c.Due.IsZero():
		v.due = c.Due.Format(time.DateOnly)
	}
	seen := c.AsOf
	if !c.ClosedOn.IsZero() {
		seen = c.ClosedOn
	}
	for _, r := range c.Rounds {
		v.waiting = v.waiting || !c.standing() && r.waiting(seen)
	}
	return v
}

// randomHistory tries random events on random later days; what the rules refuse
// is left out.
func randomHistory(cal *calendar.Calendar, rng *rand.Rand) (events []Event, refused int) {
	at := day(2022, 1, 1).AddDate(0, 0, rng.IntN(5*365))
	last := day(2026, 12, 31)
	add := func(e Event) {
		e.No = len(events) + 1
		if e.On.After(last) {
			return
		}
		if Follow(cal, events, e, last) != nil {
			refused++
			return
		}
		events = append(events, e)
	}
	add(Event{Kind: Arrived, On: at, Channel: Channels[rng.IntN(len(Channels))]})
	rounds := 0
	for range 2 + rng.IntN(12) {
		at = at.AddDate(0, 0, rng.IntN(12))
		e := Event{On: at}
		switch rng.IntN(12) {
		case 0, 1:
			e.Kind = Confirmed
		case 2:
			e.Kind, e.Until = CorrectionAsked, at.AddDate(0, 0, rng.IntN(20))
		case 3:
			e.Kind, e.Note = Corrected, []string{"", "ill"}[rng.IntN(2)]
		case 4:
			e.Kind, e.Round, e.Party = OpinionAsked, rounds+1, Parties[rng.IntN(3)]
		case 5, 6:
			e.Kind, e.Round = LetterServed, 1+rng.IntN(max(rounds, 1))
		case 7:
			e.Kind, e.Round = OpinionGiven, 1+rng.IntN(max(rounds, 1))
		case 8:
			e.Kind = Extended
		case 9:
			e.Kind = FeeAsked
		case 10:
			e.Kind = FeePaid
		case 11:
			switch rng.IntN(6) {
			case 0:
				e.Kind, e.Until = Delayed, at.AddDate(0, 0, rng.IntN(90))
			case 1:
				e.Kind, e.Code = Answered, Outcomes[rng.IntN(len(Outcomes))].Code
			default:
				e.Kind = Confirmed
			}
		}
		before := len(events)
		add(e)
		if len(events) > before && e.Kind == OpinionAsked {
			rounds++
		}
	}
	return events, refused
}

// TestClockAgreesWithTheOracle compares random histories of 2022–2026 on random
// days. GONGKAI_CLOCK_HISTORIES sets how many; the machine's own time zone is
// changed on the way and must not matter.
func TestClockAgreesWithTheOracle(t *testing.T) {
	n := 20_000
	if s := os.Getenv("GONGKAI_CLOCK_HISTORIES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(20_261_126)
	if s := os.Getenv("GONGKAI_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	cal, o := load(t), newOracle(t)
	rng := rand.New(rand.NewPCG(seed, 1))
	local := time.Local
	defer func() { time.Local = local }()
	kinds, refused, dated := map[EventKind]int{}, 0, 0
	for i := range n {
		time.Local = []*time.Location{time.UTC, time.FixedZone("west", -11*3600), time.FixedZone("east", 14*3600)}[i%3]
		events, no := randomHistory(cal, rng)
		refused += no
		for _, e := range events {
			kinds[e.Kind]++
		}
		asOf := events[len(events)-1].On.AddDate(0, 0, rng.IntN(60))
		if asOf.Year() > 2026 {
			asOf = day(2026, 12, 31)
		}
		moment := asOf.Add(time.Duration(rng.IntN(24*60)) * time.Minute)
		got, want := read(Read(cal, events, moment)), o.judge(events, asOf.Format(time.DateOnly))
		if got != want {
			t.Fatalf("seed %d, history %d as of %s: clock %+v, oracle %+v\n%v", seed, i, moment, got, want, events)
		}
		if got.due != "" && got.due != "?" {
			dated++
		}
		explained(t, Read(cal, events, moment))
	}
	t.Logf("seed %d: %d histories, %d with a last day, %d events refused, events %v", seed, n, dated, refused, kinds)
	for _, k := range []EventKind{Arrived, Confirmed, CorrectionAsked, Corrected, OpinionAsked, LetterServed, OpinionGiven, Extended, FeeAsked, FeePaid, Delayed, Answered} {
		if kinds[k] == 0 {
			t.Errorf("no history has %s", k)
		}
	}
}

// explained checks that the explanation counts what the clock counts.
func explained(t *testing.T, c Clock) {
	t.Helper()
	counted, last := 0, time.Time{}
	for _, d := range c.Explain() {
		if d.No > 0 {
			counted++
			last = d.On
			if d.No != counted {
				t.Fatalf("day %d is numbered %d", counted, d.No)
			}
		}
	}
	if !c.Due.IsZero() && c.DelayedUntil.IsZero() && (counted != c.Allowed || !last.Equal(c.Due)) {
		t.Fatalf("explained %d days until %s, the clock says %d until %s", counted, last, c.Allowed, c.Due)
	}
}
