package workflow

import (
	"os"
	"slices"
	"strconv"
	"testing"
)

// space explores every run of one chain that a few people, each holding every
// post, can bring about, and holds each accepted act against laws written here
// a second time, without the engine's own words.
type space struct {
	t         *testing.T
	def       *Definition
	people    int // person 1 drafts
	revisions int // contents h1 … hn; no more are written
	delegate  bool
	limit     int

	tables        [][256]byte
	seen          map[string]bool
	tried, passed int
	signed        int
	waited        map[State]int
}

// TestStateSpace is exhaustive for 4 people and 3 revisions on the ordinary
// chain. Delegation multiplies the space; its run is cut at a number of states
// unless GONGKAI_FULL_SPACE is set.
func TestStateSpace(t *testing.T) {
	limit := 5_000
	if os.Getenv("GONGKAI_FULL_SPACE") != "" {
		limit = 0
	}
	for _, s := range []*space{
		{def: chain(t, "three-reviews"), people: 4, revisions: 3},
		{def: chain(t, "three-reviews"), people: 5, revisions: 1, delegate: true, limit: limit},
		{def: chain(t, "urgent"), people: 5, revisions: 2},
	} {
		s.t, s.seen, s.waited = t, map[string]bool{}, map[State]int{}
		s.explore()
		if s.signed == 0 || len(s.waited) != 2 {
			t.Errorf("%s with %d people: %d signatures, waits %v", s.def.ID, s.people, s.signed, s.waited)
		}
		t.Logf("%s, %d people, %d revisions, delegation %v: %d states, %d requests, %d accepted, %d signatures",
			s.def.ID, s.people, s.revisions, s.delegate, len(s.seen), s.tried, s.passed, s.signed)
	}
}

func rev(n int) string { return "h" + strconv.Itoa(n) }

func (s *space) explore() {
	first := begin(s.t, s.def)
	queue := []*Run{first}
	s.seen[s.form(first)] = true
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		s.each(r, func(q Request) {
			s.tried++
			if r.WhyNot(s.def, q) != nil {
				return
			}
			next := &Run{}
			*next = *r
			next.Acts = slices.Clip(r.Acts)
			if _, err := next.Do(s.def, q, morning); err != nil {
				s.t.Fatalf("WhyNot allows what Do refuses: %v", err)
			}
			s.passed++
			s.laws(r, q, next)
			form := s.form(next)
			if !s.seen[form] && (s.limit == 0 || len(s.seen) < s.limit) {
				s.seen[form] = true
				queue = append(queue, next)
			}
		})
	}
}

// each tries every verb, actor, target and content at a run.
func (s *space) each(r *Run, try func(Request)) {
	post, lines := "", []int(nil)
	if step, ok := s.def.StepByID(r.Step); ok {
		post, lines = step.Post, every(step)
	}
	used := s.used(r)
	for p := 1; p <= s.people; p++ {
		for f := 0; f <= s.people; f++ {
			if f > 0 && !s.delegate || f == p {
				continue
			}
			q := Request{Actor: Actor{Person: int64(p), For: int64(f), Established: true, Post: post}, Version: r.Version, Hash: r.Hash, Note: "理由", Gate: "facts"}
			for _, v := range []Verb{Submit, Approve, Refer, Consult, Withdraw, Sign, Object} {
				q := q
				q.Verb, q.Checklist = v, lines
				try(q)
			}
			q.Verb = Reject
			q.Outcome, q.Ground = OutcomeNo, "N1"
			try(q)
			q.Outcome, q.Ground = "", ""
			try(q)
			q.Verb = Return
			for _, target := range append([]string{Draft}, ids(s.def)...) {
				q.Target = target
				try(q)
			}
			q.Target = ""
			for n := 1; n <= min(used+1, s.revisions); n++ {
				q.NewHash = rev(n)
				q.Verb = Edit
				try(q)
				q.Small = true
				try(q)
				q.Small = false
				q.Verb = Resubmit
				try(q)
				q.Resume = true
				try(q)
				q.Resume = false
			}
		}
	}
}

func ids(d *Definition) []string {
	var out []string
	for _, s := range d.all() {
		out = append(out, s.ID)
	}
	return out
}

// used is the highest revision written so far.
func (s *space) used(r *Run) int {
	n := 1
	for _, a := range r.Acts {
		for _, h := range []string{a.Hash, a.NewHash} {
			if h != "" {
				v, _ := strconv.Atoi(h[1:])
				n = max(n, v)
			}
		}
	}
	return n
}

// form is the run without what cannot matter any more: order and number of acts
// that are equal in effect, times, and who of the judges is who.
func (s *space) form(r *Run) string {
	all := s.def.all()
	bit := func(p int64) byte { return 1 << p }
	// per step: judged by or for, judged with own hands, stood in, edited
	masks := make([]byte, 4*len(all)+1, 64)
	for _, a := range r.Acts {
		people := bit(a.By)
		if a.For != 0 {
			people |= bit(a.For)
		}
		i := slices.IndexFunc(all, func(x *Step) bool { return x.ID == a.Step })
		if i < 0 {
			masks[len(masks)-1] |= people
			continue
		}
		masks[4*i] |= people
		masks[4*i+1] |= bit(a.By)
		if a.For != 0 {
			masks[4*i+2] |= bit(a.By)
		}
		if a.Verb == Edit {
			masks[4*i+3] |= people
		}
	}
	hashes := ""
	for _, a := range r.Approvals(s.def) {
		masks = append(masks, bit(a.By), 0)
		if a.For != 0 {
			masks[len(masks)-1] = bit(a.For)
		}
		hashes += a.Hash
	}
	best, named := slices.Clone(masks), make([]byte, len(masks))
	for _, table := range s.renamed() {
		for i, m := range masks {
			named[i] = table[m]
		}
		if slices.Compare(named, best) < 0 {
			copy(best, named)
		}
	}
	return string(r.State) + "|" + r.Step + "|" + r.Returned + "|" + r.Hash + "|" + strconv.Itoa(s.used(r)) + "|" + hashes + "|" + string(best)
}

// renamed are the tables that give every set of people its name under each
// permutation of the people but the drafter.
func (s *space) renamed() [][256]byte {
	if s.tables != nil {
		return s.tables
	}
	name := make([]int, s.people+1)
	for i := range name {
		name[i] = i
	}
	var swap func(int)
	swap = func(i int) {
		if i > s.people {
			var table [256]byte
			for set := range 1 << (s.people + 1) {
				for p, as := range name {
					if set&(1<<p) != 0 {
						table[set] |= 1 << as
					}
				}
			}
			s.tables = append(s.tables, table)
			return
		}
		for j := i; j <= s.people; j++ {
			name[i], name[j] = name[j], name[i]
			swap(i + 1)
			name[i], name[j] = name[j], name[i]
		}
	}
	swap(2)
	return s.tables
}

// laws holds the act that led from before to after against the rules.
func (s *space) laws(before *Run, q Request, after *Run) {
	act := after.Acts[len(after.Acts)-1]
	bad := func(law string) {
		s.t.Helper()
		s.t.Fatalf("%s broken by %+v\nin %+v", law, act, before)
	}
	if len(after.Acts) != len(before.Acts)+1 || after.Version != before.Version+1 || act.N != int64(len(after.Acts)) {
		bad("I15: exactly one act")
	}
	if act.Verb != Resubmit && act.Hash != before.Hash {
		bad("I14: the act names the content judged")
	}
	if q.Verb == Edit && !q.Small && before.Step == "third" && after.Step != "confidentiality" {
		bad("BM-1: more than wording was changed after the clearance")
	}
	judges := map[string]map[int64]bool{}
	editors := map[int64]string{}
	for _, a := range after.Acts {
		people := []int64{a.By}
		if a.For != 0 {
			people = append(people, a.For)
		}
		switch a.Verb {
		case Submit, Resubmit, Withdraw:
			if !slices.Contains(people, 1) {
				bad("only the drafter, or somebody for the drafter")
			}
			if a.Verb != Withdraw {
				for _, p := range people {
					editors[p] = Draft
				}
			}
			continue
		case Edit:
			if a.Step == "confidentiality" || a.Step == "sign" {
				bad("only proof steps change text")
			}
		}
		for _, p := range people {
			if p == 1 {
				bad("SOD-1: the drafter judged")
			}
			if at, ok := editors[p]; ok && at != a.Step {
				bad("SOD-1: an author judged")
			}
			if a.Verb == Edit {
				editors[p] = a.Step
			}
			if judges[a.Step] == nil {
				judges[a.Step] = map[int64]bool{}
			}
			judges[a.Step][p] = true
		}
	}
	apart := [][2]string{{"first", "second"}, {"first", "third"}, {"second", "third"}, {"third", "confidentiality"}}
	if s.def.ID == "urgent" {
		apart = append(apart, [2]string{"confidentiality", "sign"})
	}
	for _, pair := range apart {
		for p := range judges[pair[0]] {
			if judges[pair[1]][p] {
				bad("SOD-2, SOD-3, SOD-4: " + pair[0] + " and " + pair[1])
			}
		}
	}
	if state, asks := map[Verb]State{Refer: "referred", Consult: "consulting"}[act.Verb]; asks {
		s.waited[state]++
		if before.Step != "confidentiality" || after.Step != before.Step || before.State == state || after.State != state || act.Note == "" ||
			len(after.Approvals(s.def)) != len(before.Approvals(s.def)) || after.Hash != before.Hash {
			bad("BM-4, BM-6: whoever is asked outside, the step stays, and what is approved")
		}
	}
	if act.Verb == Sign {
		s.signed++
		s.lineage(after, bad)
	}
	if (after.State == StateFinished || after.State == StateAfterPublish) && after.SignedAt.IsZero() {
		bad("finished without a signature")
	}
}

// lineage replays the acts with a table of its own: which steps stand approved,
// and for which content.
func (s *space) lineage(r *Run, bad func(string)) {
	order := ids(s.def)
	stands := map[string]string{}
	void := func(from string) {
		for _, id := range order[slices.Index(order, from):] {
			delete(stands, id)
		}
	}
	returned, cleared := "", false
	for _, a := range r.Acts {
		switch a.Verb {
		case Approve, Sign:
			stands[a.Step] = a.Hash
			if a.Step == "confidentiality" {
				cleared = a.Outcome == "S_OK"
			}
		case Edit:
			if void(a.Step); a.Target != "" {
				void(a.Target)
			}
			for id, h := range stands {
				if h != a.Hash {
					bad("I2: an approval on other content was kept at " + id)
				}
				stands[id] = a.NewHash
			}
		case Return:
			returned = a.Hash
			if a.Target != Draft {
				void(a.Target)
			}
		case Resubmit:
			if a.Hash != returned || a.Round > r.Acts[a.N-2].Round {
				clear(stands)
			}
		}
	}
	for i := range s.def.Steps {
		if stands[s.def.Steps[i].ID] != r.Hash {
			bad("I2: signed without " + s.def.Steps[i].ID)
		}
	}
	if _, ok := stands["confidentiality"]; !ok || !cleared {
		bad("BM-1: signed without a confidentiality outcome")
	}
}
