package review

import (
	"context"
	"strings"
	"time"

	"gongkai/internal/body"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/search"
)

// SearchPage is how many hits a page has.
const SearchPage = 20

// Search says what is looked for; zero fields do not narrow.
type Search struct {
	Text    string
	State   manuscript.State
	Section string // slug
	UnitID  int64
	Year    int // of the newest text, or of the index number when that came later
	After   search.Cursor
}

// Hit is one manuscript that was found.
type Hit struct {
	Manuscript *manuscript.Manuscript
	DocNo      string
	Drafter    string
	Title      []search.Part
	Snippet    []search.Part // of the text around the first place
}

// Found is one page.
type Found struct {
	Hits    []Hit
	UnitIDs []int64       // what the actor may read; nil for all of the organisation
	Next    search.Cursor // zero on the last page
}

// Search finds manuscripts by their current text, title, numbers and drafter, the
// newest text first. Only what the actor may read is looked at, as in Register:
// what they may not read leaves no trace in hits, pages or snippets (I20).
func (k *Desk) Search(ctx context.Context, actor org.Actor, s Search) (Found, error) {
	terms, err := search.Terms(s.Text)
	var out Found
	if err != nil {
		return out, err
	}
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		q := search.Query{OrganisationID: who.OrganisationID, Terms: terms, After: s.After, Limit: SearchPage + 1}
		if q.UnitIDs, err = k.readable(who); err != nil {
			return err
		}
		out.UnitIDs = q.UnitIDs
		if strings.TrimSpace(s.Text) != "" && len(terms) == 0 {
			return nil
		}
		none, err := narrow(tx, &q, &s)
		if err != nil || none {
			return err
		}
		known := map[int64]*manuscript.Manuscript{}
		found, err := search.Find(tx, q, func(some []search.Entry) ([]search.Entry, error) { return current(tx, some, s.State, known) })
		if err != nil {
			return err
		}
		if len(found) > SearchPage {
			found = found[:SearchPage]
			out.Next = found[SearchPage-1].Cursor()
		}
		out.Hits, err = hits(tx, found, known, terms)
		return err
	})
	return out, err
}

// fewInState is how many manuscripts of one state are looked up beforehand. Of
// more, some are soon among what is found.
const fewInState = 5000

// narrow applies the filters; none says that nothing can be found.
func narrow(tx *db.Tx, q *search.Query, s *Search) (none bool, err error) {
	if s.UnitID != 0 {
		for _, u := range q.UnitIDs {
			none = none || u == s.UnitID
		}
		if none = q.UnitIDs != nil && !none; none {
			return true, nil
		}
		q.UnitIDs = []int64{s.UnitID}
	}
	if s.Section != "" {
		section, err := manuscript.FindSection(tx, q.OrganisationID, s.Section)
		if err != nil {
			return false, err
		}
		q.SectionID = section.ID
	}
	if s.Year != 0 {
		q.From = time.Date(s.Year, 1, 1, 0, 0, 0, 0, calendar.Zone)
		q.To = q.From.AddDate(1, 0, 0)
	}
	if s.State != "" {
		if few, ok, err := manuscript.InState(tx, q.OrganisationID, s.State, fewInState); err != nil || ok {
			q.Manuscripts = few
			return len(few) == 0, err
		}
	}
	return false, nil
}

// current keeps the entries that are up to date and in the state.
func current(tx *db.Tx, some []search.Entry, state manuscript.State, known map[int64]*manuscript.Manuscript) ([]search.Entry, error) {
	ids := make([]int64, len(some))
	for i, e := range some {
		ids[i] = e.ManuscriptID
	}
	all, err := manuscript.ByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var kept []search.Entry
	for _, e := range some {
		if m := all[e.ManuscriptID]; m != nil && edition(m) == e.Edition && (state == "" || m.State == state) {
			known[m.ID] = m
			kept = append(kept, e)
		}
	}
	return kept, nil
}

func edition(m *manuscript.Manuscript) int64 { return search.Edition(m.RevisionID, m.IndexNo != "") }

func hits(tx *db.Tx, found []search.Entry, known map[int64]*manuscript.Manuscript, terms []search.Term) ([]Hit, error) {
	var revisions, drafters []int64
	for _, e := range found {
		revisions, drafters = append(revisions, known[e.ManuscriptID].RevisionID), append(drafters, known[e.ManuscriptID].DrafterID)
	}
	texts, err := manuscript.RevisionsByID(tx, revisions)
	if err != nil {
		return nil, err
	}
	names, err := org.Names(tx, drafters)
	if err != nil {
		return nil, err
	}
	out := make([]Hit, 0, len(found))
	for _, e := range found {
		m := known[e.ManuscriptID]
		if r := texts[m.RevisionID]; r != nil {
			out = append(out, Hit{m, r.Content.DocNo, names[m.DrafterID], search.Title(r.Content.Title, terms), search.Snippet(body.Text(r.Content.Body), terms)})
		}
	}
	return out, nil
}

// findable puts the manuscript's current text into the index.
func (a *act) findable(c *manuscript.Content) error {
	name := a.actor.Name
	if a.m.DrafterID != a.actor.PersonID {
		p, err := org.FindPerson(a.tx, a.m.DrafterID)
		if err != nil {
			return err
		}
		name = p.Name
	}
	return search.Add(a.tx, search.Entry{Edition: edition(a.m), ManuscriptID: a.m.ID, OrganisationID: a.m.OrganisationID, UnitID: a.m.UnitID, SectionID: a.m.SectionID, At: a.tx.Now()},
		searched(a.m, c, name))
}

func searched(m *manuscript.Manuscript, c *manuscript.Content, drafter string) string {
	return search.Text(c.Title, c.DocNo, m.IndexNo, drafter, body.Text(c.Body))
}

const (
	indexEvery = 10 * time.Second // in which one node looks after the index
	readAtOnce = 100
)

// Index reads into the index what is older than it, and seals what came since.
// Nothing is lost by a kill at any moment: what was not done is still to be done,
// and a new text is found without it.
func (k *Desk) Index(ctx context.Context) error {
	mine, err := k.db.Turn(ctx, "search", indexEvery)
	if err != nil || !mine {
		return err
	}
	for more := true; more && err == nil && ctx.Err() == nil; {
		var read, made bool
		if read, err = k.readOld(ctx); err == nil {
			made, err = search.Seal(ctx, k.db)
		}
		more = read || made
	}
	return err
}

func (k *Desk) readOld(ctx context.Context) (more bool, err error) {
	texts := map[int64]string{}
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		some, err := search.Unread(tx, readAtOnce)
		if err != nil || len(some) == 0 {
			return err
		}
		var ids, revisions, drafters []int64
		for _, e := range some {
			ids = append(ids, e.ManuscriptID)
		}
		all, err := manuscript.ByIDs(tx, ids)
		if err != nil {
			return err
		}
		for _, m := range all {
			revisions, drafters = append(revisions, m.RevisionID), append(drafters, m.DrafterID)
		}
		contents, err := manuscript.RevisionsByID(tx, revisions)
		if err != nil {
			return err
		}
		names, err := org.Names(tx, drafters)
		if err != nil {
			return err
		}
		for _, e := range some {
			texts[e.Edition] = ""
			if m := all[e.ManuscriptID]; m != nil && edition(m) == e.Edition && contents[m.RevisionID] != nil {
				texts[e.Edition] = searched(m, &contents[m.RevisionID].Content, names[m.DrafterID])
			}
		}
		return nil
	})
	if err != nil || len(texts) == 0 {
		return false, err
	}
	return true, k.db.Write(ctx, func(tx *db.Tx) error {
		for edition, text := range texts {
			if err := search.Fill(tx, edition, text); err != nil {
				return err
			}
		}
		return nil
	})
}
