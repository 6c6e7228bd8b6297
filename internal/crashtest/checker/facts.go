// Package checker judges what a run of the program left behind. It shares no
// code with the program: it reads the tables by SQL, the public site over HTTP,
// the WeChat simulator's own ledger, the audit export through a decoder of its
// own, and the driver's journal, and holds them against one another.
package checker

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Violation is a broken promise: the invariant's id and what was seen.
type Violation struct{ ID, Say string }

func (v Violation) String() string { return v.ID + ": " + v.Say }

// Facts are everything one judgement rests on.
type Facts struct {
	Tables
	Pages    map[string]Page // by path, as a reader gets them
	Ledger   []Line          // of the simulator
	Requests []Request       // the simulator's log, oldest first
	Drafts   []string        // texts in the simulator's draft box
	Export   []byte          // audit export, NDJSON
	Logs     string          // what the processes wrote to stderr
	Journal  Journal
}

// Page is an answer of the public site.
type Page struct {
	Status int
	Body   string
}

// Line and Copy are the simulator's account of one marker.
type Line struct {
	Marker string
	Ever   int
	Now    int
	Copies []Copy
}

type Copy struct {
	ArticleID string `json:"article_id"`
	Title     string
	Content   string
	Since     time.Time
	Gone      *time.Time
}

// Request is one call the simulator received.
type Request struct {
	At      time.Time
	Path    string
	Marker  string
	ID      string
	Errcode int
	Fault   string
	Reads   bool
}

// Journal is what the driver knows for certain.
type Journal struct {
	Acks     []Ack            // every 2xx
	Seen     []Sighting       // what a reader saw, in order
	Expected map[int64]string // state each manuscript must end in
}

// Ack is an act the program said yes to. Act is a verdict of the table
// decisions, or "create", "edit_draft", "take_down.ask", "take_down.confirm",
// "correct": of the corrected manuscript.
type Ack struct {
	Act        string
	Manuscript int64
	Person     int64
	Hash       string // that the person had seen
}

// Sighting is one look at a public page.
type Sighting struct {
	Path   string
	At     time.Time // when the answer had come
	Status int
	Hash   string // the page's data-hash, "" when it shows no text
}

// Judge answers every violation it finds, none for a sound run.
func Judge(f Facts) []Violation {
	j := &judge{Facts: f}
	j.index()
	j.decodeExport()
	for _, check := range []func(*judge){
		(*judge).revisions, (*judge).decisionSets, (*judge).publications, (*judge).attempts, (*judge).unclear, (*judge).pages,
		(*judge).articles, (*judge).moments, (*judge).sightings, (*judge).takeDowns, (*judge).secrets, (*judge).letters,
		(*judge).acks, (*judge).ends, (*judge).auditTrail,
	} {
		check(j)
	}
	slices.SortStableFunc(j.found, func(a, b Violation) int { return strings.Compare(a.ID, b.ID) })
	return slices.Compact(j.found)
}

type judge struct {
	Facts
	found []Violation

	manuscript  map[int64]*Manuscript
	revision    map[int64]*Revision // by id
	byHash      map[string][]*Revision
	run         map[int64]*Run
	acts        map[int64][]Decision // by run, in order
	publication map[int64]*Publication
	delivery    map[int64]*Delivery
	sound       map[string]bool // hashes with a full set of decisions
	export      []exported
}

func (j *judge) say(id, format string, args ...any) {
	j.found = append(j.found, Violation{id, fmt.Sprintf(format, args...)})
}

func (j *judge) index() {
	j.manuscript, j.revision, j.byHash = map[int64]*Manuscript{}, map[int64]*Revision{}, map[string][]*Revision{}
	j.run, j.acts = map[int64]*Run{}, map[int64][]Decision{}
	j.publication, j.delivery, j.sound = map[int64]*Publication{}, map[int64]*Delivery{}, map[string]bool{}
	for i := range j.Manuscripts {
		j.manuscript[j.Manuscripts[i].ID] = &j.Manuscripts[i]
	}
	for i := range j.Revisions {
		r := &j.Revisions[i]
		j.revision[r.ID] = r
		j.byHash[r.Hash] = append(j.byHash[r.Hash], r)
	}
	for i := range j.Runs {
		j.run[j.Runs[i].ID] = &j.Runs[i]
	}
	for _, d := range j.Decisions {
		j.acts[d.RunID] = append(j.acts[d.RunID], d)
	}
	for i := range j.Publications {
		j.publication[j.Publications[i].ID] = &j.Publications[i]
	}
	for i := range j.Deliveries {
		j.delivery[j.Deliveries[i].PublicationID] = &j.Deliveries[i]
	}
}

// item is the frozen copy of what was signed, as far as the checker looks.
type item struct {
	Title   string `json:"title"`
	Body    string `json:"body"`
	Hash    string `json:"hash"`
	Path    string `json:"path"`
	PageURL string `json:"page_url"`

	Correction *struct{ Of int64 } `json:"correction"`
}

func (p *Publication) item() (it item) {
	_ = json.Unmarshal([]byte(p.Item), &it)
	return it
}

// corrected is the publication on the same channel of the manuscript that p's
// corrects, the newest of several; nil when there is none.
func (j *judge) corrected(p *Publication) (found *Publication) {
	c := p.item().Correction
	for i := range j.Publications {
		if q := &j.Publications[i]; c != nil && q.ManuscriptID == c.Of && q.Channel == p.Channel {
			found = q
		}
	}
	return found
}

// textOf is the revision a publication is of. Cancelled ones have handed the
// number of their revision back and are found by their hash.
func (j *judge) textOf(p *Publication) *Revision {
	if r := j.revision[p.RevisionID]; r != nil {
		return r
	}
	for _, r := range j.byHash[p.Hash] {
		if r.ManuscriptID == p.ManuscriptID {
			return r
		}
	}
	return nil
}

func moment(us int64) time.Time { return time.UnixMicro(us) }
