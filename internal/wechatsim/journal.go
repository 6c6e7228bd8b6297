package wechatsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// An entry is one thing that happened. The journal is the state: apply is the
// only code that changes what the public or a client could see, so a replay
// ends where the killed process stood.
type entry struct {
	At        int64     `json:"at"` // microseconds since 1970
	Kind      string    `json:"kind"`
	ID        string    `json:"id,omitempty"`
	MediaType string    `json:"media_type,omitempty"`
	Bytes     []byte    `json:"bytes,omitempty"`
	Material  bool      `json:"material,omitempty"`
	Articles  []Article `json:"articles,omitempty"`
	PublishID int64     `json:"publish_id,omitempty"`
	Status    int       `json:"status,omitempty"`
	FailIdx   []int     `json:"fail_idx,omitempty"`
	Until     int64     `json:"until,omitempty"` // verdict due, token end, or end of a list lag
	BanAt     int64     `json:"ban_at,omitempty"`
	Lag       int64     `json:"lag,omitempty"` // microseconds the lists hide it after success
	Index     int       `json:"index,omitempty"`
	Why       string    `json:"why,omitempty"`
	Path      string    `json:"path,omitempty"`
	Consumed  bool      `json:"consumed,omitempty"`
}

// Article is one article of a draft, as the platform keeps it.
type Article struct {
	Type         string   `json:"article_type,omitempty"`
	Title        string   `json:"title"`
	Author       string   `json:"author"`
	Digest       string   `json:"digest"`
	Content      string   `json:"content"`
	SourceURL    string   `json:"content_source_url"`
	ThumbMediaID string   `json:"thumb_media_id"`
	Comments     int      `json:"need_open_comment"`
	Crop235      string   `json:"pic_crop_235_1,omitempty"`
	Crop11       string   `json:"pic_crop_1_1,omitempty"`
	Dropped      []string `json:"dropped,omitempty"` // what the platform silently removed
}

type token struct {
	value   string
	expires time.Time
}

type picture struct {
	id, mediaType string
	bytes         []byte
	material      bool // permanent material: may be a cover
}

type draft struct {
	id       string
	articles []Article
	at       time.Time
	job      int64 // under review, 0 when not
}

type job struct {
	id, msgDataID int64
	mediaID       string
	articles      []Article
	due           time.Time
	status        int // 1 until due, then the verdict
	verdict       int
	failIdx       []int
	lag           time.Duration
	banAfter      time.Duration
	articleID     string
	consumed      bool
}

type article struct {
	id       string
	job      int64
	pages    []page
	at       time.Time
	hidden   time.Time // the lists do not show it before this moment
	banAt    time.Time
	banned   bool
	byPerson bool // deleted in the console, not by the interface
}

type page struct {
	id string // in /s/<id>
	Article
	gone time.Time
}

func (a *article) alive() bool {
	for _, p := range a.pages {
		if p.gone.IsZero() {
			return true
		}
	}
	return false
}

// commit makes an entry durable and then true. After a failed write the
// simulator accepts nothing more: its ledger could no longer be believed.
func (s *Sim) commit(e entry) error {
	if s.broken != nil {
		return s.broken
	}
	e.At = s.o.Now().UnixMicro()
	if s.journal != nil {
		line, err := json.Marshal(e)
		if err == nil {
			_, err = s.journal.Write(append(line, '\n'))
		}
		if err == nil {
			err = s.journal.Sync()
		}
		if err != nil {
			s.broken = fmt.Errorf("write the ledger of the WeChat simulator: %w", err)
			return s.broken
		}
	}
	s.apply(e)
	return nil
}

func (s *Sim) apply(e entry) {
	at := time.UnixMicro(e.At)
	s.seq++
	switch e.Kind {
	case "token":
		s.previous = s.stable
		if grace := at.Add(5 * time.Minute); s.previous.expires.After(grace) {
			s.previous.expires = grace
		}
		if e.Why == "force" {
			s.previous = token{}
			s.forcedAt = at
		}
		s.stable = token{e.ID, time.UnixMicro(e.Until)}
	case "plain_token":
		s.plain = token{e.ID, time.UnixMicro(e.Until)}
	case "token_lost":
		s.stable, s.previous = token{}, token{}
	case "picture":
		s.pictures[e.ID] = &picture{e.ID, e.MediaType, e.Bytes, e.Material}
	case "draft":
		s.drafts[e.ID] = &draft{id: e.ID, articles: e.Articles, at: at}
		s.draftIDs = append(s.draftIDs, e.ID)
	case "draft_update":
		s.drafts[e.ID].articles[e.Index] = e.Articles[0]
	case "draft_gone":
		delete(s.drafts, e.ID)
	case "submit":
		s.applySubmit(e)
	case "verdict":
		s.applyVerdict(e, at)
	case "gone":
		a := s.articles[e.ID]
		a.byPerson = e.Why == "person"
		for i := range a.pages {
			if (e.Index == 0 || e.Index == i+1) && a.pages[i].gone.IsZero() {
				a.pages[i].gone = at
			}
		}
	case "ban":
		a := s.articles[e.ID]
		a.banned = true
		for i := range a.pages {
			a.pages[i].gone = at
		}
	case "call":
		s.used[e.Path+" "+day(at)]++
	case "quota_left":
		s.left[e.Path+" "+day(at)] = e.Index
		s.used[e.Path+" "+day(at)] = 0
	}
}

func (s *Sim) applySubmit(e entry) {
	d := s.drafts[e.ID]
	j := &job{
		id: e.PublishID, msgDataID: e.PublishID + 2000000000, mediaID: e.ID, articles: d.articles,
		due: time.UnixMicro(e.Until), status: 1, verdict: e.Status, failIdx: e.FailIdx,
		lag: time.Duration(e.Lag) * time.Microsecond, banAfter: time.Duration(e.BanAt) * time.Microsecond, consumed: e.Consumed,
	}
	s.jobs[j.id] = j
	s.jobIDs = append(s.jobIDs, j.id)
	d.job = j.id
	if e.Consumed {
		delete(s.drafts, e.ID)
	}
}

func (s *Sim) applyVerdict(e entry, at time.Time) {
	j := s.jobs[e.PublishID]
	j.status = j.verdict
	d := s.drafts[j.mediaID]
	if j.verdict != 0 {
		switch {
		case d != nil:
			d.job = 0
		case j.consumed:
			s.drafts[j.mediaID] = &draft{id: j.mediaID, articles: j.articles, at: at}
			s.draftIDs = slices.DeleteFunc(s.draftIDs, func(id string) bool { return id == j.mediaID })
			s.draftIDs = append(s.draftIDs, j.mediaID)
		}
		return
	}
	delete(s.drafts, j.mediaID)
	a := &article{id: e.ID, job: j.id, at: at, hidden: at.Add(j.lag)}
	if j.banAfter > 0 {
		a.banAt = at.Add(j.banAfter)
	}
	for i, art := range j.articles {
		a.pages = append(a.pages, page{id: fmt.Sprintf("%s_%d", e.Why, i+1), Article: art})
	}
	j.articleID = a.id
	s.articles[a.id] = a
	s.published = append(s.published, a.id)
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func day(t time.Time) string { return t.In(shanghai).Format(time.DateOnly) }
