package wechatsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (c *call) submit() (object, *failure) {
	d, fail := c.draft()
	if fail != nil {
		return nil, fail
	}
	s := c.sim
	if d.job != 0 {
		switch s.o.SecondSubmit {
		case Same:
			return c.accepted(s.jobs[d.job]), nil
		case Refuse:
			return nil, no(53501) // inferred
		}
	}
	e := entry{
		Kind: "submit", ID: d.id, PublishID: s.seq + 1, Until: c.now.Add(s.o.Review).UnixMicro(),
		Status: c.strike.verdict, FailIdx: c.strike.failIdx, Lag: c.strike.lag.Microseconds(), BanAt: c.strike.ban.Microseconds(),
		Consumed: !s.o.ConsumeAtSuccess,
	}
	if s.o.Account == TestAcc {
		e.Status = 3
	}
	if err := s.commit(e); err != nil {
		return nil, no(-1)
	}
	return c.accepted(s.jobs[e.PublishID]), nil
}

func (c *call) accepted(j *job) object {
	return object{"errcode": 0, "errmsg": "ok", "publish_id": c.sim.wire(j.id), "msg_data_id": c.sim.wire(j.msgDataID)}
}

// advance settles what time has settled: verdicts, and bans that came later.
func (s *Sim) advance() {
	now := s.o.Now()
	for _, id := range s.jobIDs {
		j := s.jobs[id]
		if j.status != 1 || now.Before(j.due) {
			continue
		}
		short := fmt.Sprintf("SIM%d%08x", s.seq+1, s.rng.Uint32())
		if s.commit(entry{Kind: "verdict", PublishID: id, ID: s.name("article"), Why: short}) != nil {
			return
		}
		s.announce(j)
	}
	for _, id := range s.published {
		a := s.articles[id]
		if !a.banAt.IsZero() && !a.banned && !now.Before(a.banAt) {
			if s.commit(entry{Kind: "ban", ID: id}) != nil {
				return
			}
		}
	}
}

// status is what freepublish/get says of a job now.
func (s *Sim) status(j *job) int {
	if j.status != 0 {
		return j.status
	}
	a := s.articles[j.articleID]
	switch {
	case a.banned:
		return 6
	case !a.alive():
		return 5
	}
	return 0
}

// flexible is an id in a request, as a number or a string.
type flexible string

func (f *flexible) UnmarshalJSON(b []byte) error {
	*f = flexible(strings.Trim(string(b), `"`))
	return nil
}

func (c *call) publishGet() (object, *failure) {
	var in struct {
		PublishID flexible `json:"publish_id"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, fail
	}
	c.log.ID = string(in.PublishID)
	id, _ := strconv.ParseInt(string(in.PublishID), 10, 64)
	j := c.sim.jobs[id]
	if j == nil {
		return nil, &failure{40007, "invalid publish_id"} // inferred
	}
	c.log.Marker = j.articles[0].SourceURL
	out := object{"publish_id": c.sim.wire(j.id), "publish_status": c.sim.status(j), "fail_idx": append([]int{}, j.failIdx...)}
	if a := c.sim.articles[j.articleID]; a != nil {
		out["article_id"] = a.id
		items := []object{}
		for i, p := range a.pages {
			items = append(items, object{"idx": i + 1, "article_url": c.base + "/s/" + p.id})
		}
		out["article_detail"] = object{"count": len(items), "item": items}
	}
	return out, nil
}

func (c *call) article() (*article, int, *failure) {
	var in struct {
		ArticleID string `json:"article_id"`
		Index     int    `json:"index"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, 0, fail
	}
	c.log.ID, c.log.Index = in.ArticleID, in.Index
	a := c.sim.articles[in.ArticleID]
	if a == nil {
		return nil, 0, no(53600)
	}
	c.log.Marker = a.pages[0].SourceURL
	return a, in.Index, nil
}

func (c *call) publishArticle() (object, *failure) {
	a, _, fail := c.article()
	if fail != nil {
		return nil, fail
	}
	return object{"news_item": c.news(a.texts(), a.pages, false)}, nil
}

func (a *article) texts() []Article {
	var out []Article
	for _, p := range a.pages {
		out = append(out, p.Article)
	}
	return out
}

func (c *call) publishDelete() (object, *failure) {
	a, index, fail := c.article()
	if fail != nil {
		return nil, fail
	}
	if index < 0 || index > len(a.pages) {
		return nil, no(40114)
	}
	if err := c.sim.commit(entry{Kind: "gone", ID: a.id, Index: index}); err != nil {
		return nil, no(-1)
	}
	return object{"errcode": 0, "errmsg": "ok"}, nil
}

func (c *call) publishBatch() (object, *failure) {
	in, fail := c.window()
	if fail != nil {
		return nil, fail
	}
	var all []*article
	for _, id := range slices.Backward(c.sim.published) {
		a := c.sim.articles[id]
		if a.alive() && !c.now.Before(a.hidden) {
			all = append(all, a)
		}
	}
	items := []object{}
	for _, a := range cut(all, in) {
		items = append(items, object{"article_id": a.id, "update_time": a.at.Unix(),
			"content": object{"news_item": c.news(a.texts(), a.pages, in.NoContent == 1)}})
	}
	return object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

// DeleteByPerson deletes an article as somebody in the platform's console would.
func (s *Sim) DeleteByPerson(articleID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.articles[articleID] == nil {
		return fmt.Errorf("wechatsim: no article %s", articleID)
	}
	return s.commit(entry{Kind: "gone", ID: articleID, Why: "person"})
}

// EditDraft changes a draft as somebody in the platform's console would.
func (s *Sim) EditDraft(mediaID, content string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drafts[mediaID]
	if d == nil {
		return fmt.Errorf("wechatsim: no draft %s", mediaID)
	}
	a := d.articles[0]
	a.Content = content
	return s.commit(entry{Kind: "draft_update", ID: mediaID, Articles: []Article{a}})
}

// Drafts counts the drafts in the box.
func (s *Sim) Drafts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.drafts)
}

// Copy is one article the public could see.
type Copy struct {
	ArticleID string     `json:"article_id"`
	URL       string     `json:"url"` // path on this server
	Title     string     `json:"title"`
	Content   string     `json:"content"`
	Since     time.Time  `json:"since"`
	Gone      *time.Time `json:"gone,omitempty"`
	Banned    bool       `json:"banned,omitempty"`
}

// Line is the ledger of one marker: how often the public could see an article
// that carries it.
type Line struct {
	Marker string `json:"marker"`
	Ever   int    `json:"ever"` // articles ever made visible
	Now    int    `json:"now"`  // visible at this moment
	Copies []Copy `json:"copies"`
}

// Ledger lists all markers that were ever visible, in order of appearance.
func (s *Sim) Ledger() []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Line{}
	for _, id := range s.published {
		a := s.articles[id]
		for _, p := range a.pages {
			i := slices.IndexFunc(out, func(l Line) bool { return l.Marker == p.SourceURL })
			if i < 0 {
				i = len(out)
				out = append(out, Line{Marker: p.SourceURL})
			}
			c := Copy{ArticleID: a.id, URL: "/s/" + p.id, Title: p.Title, Content: p.Content, Since: a.at, Banned: a.banned}
			if p.gone.IsZero() {
				out[i].Now++
			} else {
				gone := p.gone
				c.Gone = &gone
			}
			out[i].Ever++
			out[i].Copies = append(out[i].Copies, c)
		}
	}
	return out
}

var _ json.Unmarshaler = (*flexible)(nil)
