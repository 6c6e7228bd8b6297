package workflow

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/fault"
)

// The walk language. A file begins with "chain: <id>"; every further line is
//
//	<who> [for <whom>] <verb>[s] [<step>] [option …] [→ <expectation>, …]
//
// Verbs are those of the engine ("wang approves first", "li resubmits"). A step
// that is not the open one is sent all the same: it is what the person saw.
// Options: to=<target> gate=<gate> note=<text> outcome= ground= text=<new text>
// small (an edit of wording only), unticked (leave the checklist), stale (an older version), on=<text> (another
// text was seen), unestablished, as=<post>, writes (before: who became an
// author), resume. Expectations: "refused: <code>", "refused on <field>:
// <code>", an event kind, "opens <step>", "state <state>", "round <n>",
// "due <time>", "stands <step> …".
// "# …" is a comment, "-- <title>" starts a new run, "at <time>" sets the clock.
type walker struct {
	t       *testing.T
	def     *Definition
	run     *Run
	now     time.Time
	cal     *calendar.Calendar
	people  map[string]int64
	authors []int64
	where   string
	refused int
	acts    int
}

var verbs = map[string]Verb{
	"submits": Submit, "approves": Approve, "returns": Return, "refers": Refer, "consults": Consult, "rejects": Reject,
	"withdraws": Withdraw, "resubmits": Resubmit, "edits": Edit, "signs": Sign, "objects": Object, "burns": "burn",
}

func hashOf(text string) string { return digest([]byte(text)) }

func (w *walker) person(name string) int64 {
	if _, ok := w.people[name]; !ok {
		w.people[name] = int64(len(w.people) + 1)
	}
	return w.people[name]
}

func (w *walker) fatal(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s: %s", w.where, fmt.Sprintf(format, args...))
}

func TestWalks(t *testing.T) {
	files, err := filepath.Glob("testdata/walks/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no walks", err)
	}
	cal, err := calendar.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := shipped(t)
	walked := map[string]int{}
	lines, refused := 0, 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			w := &walker{t: t, cal: cal}
			scan := bufio.NewScanner(f)
			for n := 1; scan.Scan(); n++ {
				w.where = fmt.Sprintf("%s:%d: %s", file, n, scan.Text())
				line := strings.TrimSpace(scan.Text())
				switch {
				case line == "" || strings.HasPrefix(line, "#"):
				case strings.HasPrefix(line, "chain: "):
					id := strings.TrimPrefix(line, "chain: ")
					d, ok := l.Latest(id)
					if !ok {
						d = testChain(t, id)
					}
					w.def = d
				case strings.HasPrefix(line, "-- "):
					w.restart()
					walked[w.def.ID]++
				case strings.HasPrefix(line, "at "):
					w.now = w.time(strings.TrimPrefix(line, "at "))
				default:
					w.line(line)
				}
			}
			lines += w.acts
			refused += w.refused
		})
	}
	for _, d := range l.All() {
		if walked[d.ID] < 2 {
			t.Errorf("%s has %d walks: every chain needs several (rule 13)", d.ID, walked[d.ID])
		}
	}
	t.Logf("%d walks over %d chains, %d acts, %d of them refused", sum(walked), len(walked), lines, refused)
}

func sum(m map[string]int) int {
	n := 0
	for v := range maps.Values(m) {
		n += v
	}
	return n
}

func (w *walker) restart() {
	w.run, w.people, w.authors = nil, map[string]int64{}, nil
	w.now = w.time("2026-03-11 09:00")
}

func (w *walker) time(s string) time.Time {
	v, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
	if err != nil {
		w.fatal("%v", err)
	}
	return v
}

func (w *walker) line(line string) {
	act, expect, _ := strings.Cut(line, "→")
	words := strings.Fields(act)
	if words[1] == "writes" {
		w.authors = append(w.authors, w.person(words[0]))
		return
	}
	who, words := words[0], words[1:]
	actor := Actor{Person: w.person(who), Established: true}
	if words[0] == "for" {
		actor.For = w.person(words[1])
		words = words[2:]
	}
	verb, ok := verbs[words[0]]
	if !ok {
		w.fatal("unknown verb %q", words[0])
	}
	q := Request{Verb: verb, Authors: w.authors}
	if w.run != nil {
		q.Version, q.Hash = w.run.Version, w.run.Hash
	} else {
		q.Hash = hashOf("text")
	}
	words = words[1:]
	step := Draft
	if w.run != nil {
		step = w.run.Step
	}
	if len(words) > 0 && !strings.Contains(words[0], "=") && words[0] != "on" {
		if _, ok := w.def.StepByID(words[0]); ok {
			step, words = words[0], words[1:]
		}
	}
	if s, ok := w.def.StepByID(step); ok {
		actor.Post = s.Post
		if verb == Approve || verb == Sign {
			for i := range s.Checklist {
				q.Checklist = append(q.Checklist, i)
			}
		}
	}
	for _, word := range words {
		w.option(&q, &actor, word)
	}
	q.Actor = actor
	w.acts++
	w.do(q, expect)
}

func (w *walker) option(q *Request, actor *Actor, word string) {
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "to":
		q.Target = value
	case "gate":
		q.Gate = value
	case "note":
		q.Note = value
	case "outcome":
		q.Outcome = value
	case "ground":
		q.Ground = value
	case "text":
		if q.NewHash = hashOf(value); value == "" {
			q.NewHash = ""
		}
	case "on":
		q.Hash = hashOf(value)
	case "as":
		actor.Post = value
	case "unticked":
		q.Checklist = nil
	case "ticked":
		q.Checklist = nil
		for s := range strings.SplitSeq(value, ",") {
			n, _ := strconv.Atoi(s)
			q.Checklist = append(q.Checklist, n)
		}
	case "stale":
		q.Version--
	case "small":
		q.Small = true
	case "resume":
		q.Resume = true
	case "unestablished":
		actor.Established = false
	default:
		w.fatal("unknown option %q", word)
	}
}

func (w *walker) do(q Request, expect string) {
	var event Event
	var err error
	if w.run == nil {
		w.run, err = Start(w.def, Subject{OrganisationID: 1, UnitID: 2, Subject: "manuscript:1", Drafter: w.person("li"), Actor: q.Actor, Hash: q.Hash}, w.now)
	} else {
		before := fmt.Sprintf("%+v", *w.run)
		why := w.run.WhyNot(w.def, q)
		event, err = w.run.Do(w.def, q, w.now)
		if fmt.Sprint(why) != fmt.Sprint(err) {
			w.fatal("WhyNot says %v, Do says %v", why, err)
		}
		if err != nil && fmt.Sprintf("%+v", *w.run) != before {
			w.fatal("a refusal changed the run")
		}
	}
	wanted := ""
	for _, e := range strings.Split(expect, ",") {
		if e = strings.TrimSpace(e); e == "" {
			continue
		}
		if m := refusal.FindStringSubmatch(e); m != nil {
			f, ok := fault.From(err)
			if wanted = m[2]; !ok || f.Code != wanted || f.Field != m[1] {
				w.fatal("got %#v, want %s", err, e)
			}
			w.refused++
			continue
		}
		if err != nil {
			w.fatal("refused: %v", err)
		}
		w.expect(event, e)
	}
	if err != nil && wanted == "" {
		w.fatal("refused: %v", err)
	}
	if err == nil && event.Kind != "" {
		open := w.run.Step
		if w.run.State.Closed() {
			open = ""
		}
		if event.Step != open || event.State != w.run.State || event.Act.N != int64(len(w.run.Acts)) {
			w.fatal("event %+v", event)
		}
	}
}

var refusal = regexp.MustCompile(`^refused(?: on (\w+))?: (\S+)$`)

func (w *walker) expect(event Event, e string) {
	words := strings.Fields(e)
	switch words[0] {
	case "opens":
		if w.run.Step != words[1] {
			w.fatal("open is %q", w.run.Step)
		}
	case "state":
		if string(w.run.State) != words[1] {
			w.fatal("state is %s", w.run.State)
		}
	case "round":
		if strconv.Itoa(w.run.Round) != words[1] {
			w.fatal("round is %d", w.run.Round)
		}
	case "due", "remind":
		d, err := w.run.Due(w.def, w.cal)
		got := map[string]time.Time{"due": d.Due, "remind": d.Remind}[words[0]]
		if want := w.time(strings.Join(words[1:], " ")); err != nil || !got.Equal(want) {
			w.fatal("%s is %s (%v)", words[0], got.In(calendar.Zone), err)
		}
	case "stands":
		var got []string
		for _, a := range w.run.Approvals(w.def) {
			got = append(got, a.Step)
		}
		if !slices.Equal(got, words[1:]) {
			w.fatal("stand %v", got)
		}
	default:
		if string(event.Kind) != e {
			w.fatal("event is %s", event.Kind)
		}
	}
}

// testChain is one of testdata/good, for walks of what no shipped file opens.
func testChain(t *testing.T, id string) *Definition {
	t.Helper()
	text, err := os.ReadFile("testdata/good/" + id + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, problems := Parse(id+".yaml", text)
	if len(problems) > 0 {
		t.Fatal(errors.New(problems[0].String()))
	}
	return d
}
