package wechatsim

import (
	"encoding/json"
	"slices"
)

func (c *call) draftAdd() (object, *failure) {
	var in struct {
		Articles []json.RawMessage `json:"articles"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, fail
	}
	switch {
	case len(in.Articles) == 0:
		return nil, no(44003)
	case len(in.Articles) > c.sim.o.Limits.Articles:
		return nil, no(45008)
	}
	var arts []Article
	for _, raw := range in.Articles {
		a, fail := c.sim.check(raw, c.base)
		c.log.Marker = a.SourceURL
		if fail != nil {
			return nil, fail
		}
		arts = append(arts, a)
	}
	id := c.sim.name("draft")
	if err := c.sim.commit(entry{Kind: "draft", ID: id, Articles: arts}); err != nil {
		return nil, no(-1)
	}
	return object{"media_id": id}, nil
}

func (c *call) draftUpdate() (object, *failure) {
	var in struct {
		MediaID string          `json:"media_id"`
		Index   int             `json:"index"`
		Article json.RawMessage `json:"articles"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, fail
	}
	c.log.ID = in.MediaID
	d := c.sim.drafts[in.MediaID]
	if d == nil {
		return nil, no(40007)
	}
	if in.Index < 0 || in.Index >= len(d.articles) {
		return nil, no(40114)
	}
	a, fail := c.sim.check(in.Article, c.base)
	if fail != nil {
		return nil, fail
	}
	if err := c.sim.commit(entry{Kind: "draft_update", ID: d.id, Index: in.Index, Articles: []Article{a}}); err != nil {
		return nil, no(-1)
	}
	return object{"errcode": 0, "errmsg": "ok"}, nil
}

// draft finds the draft a request names, unless a fault lets it vanish first.
func (c *call) draft() (*draft, *failure) {
	var in struct {
		MediaID string `json:"media_id"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, fail
	}
	c.log.ID = in.MediaID
	d := c.sim.drafts[in.MediaID]
	if d != nil && c.strike.vanish {
		if err := c.sim.commit(entry{Kind: "draft_gone", ID: d.id, Why: "fault"}); err != nil {
			return nil, no(-1)
		}
		d = nil
	}
	if d == nil {
		return nil, no(40007)
	}
	c.log.Marker = d.articles[0].SourceURL
	return d, nil
}

func (c *call) draftGet() (object, *failure) {
	d, fail := c.draft()
	if fail != nil {
		return nil, fail
	}
	return object{"news_item": c.news(d.articles, nil, false)}, nil
}

func (c *call) draftDelete() (object, *failure) {
	d, fail := c.draft()
	if fail != nil {
		return nil, fail
	}
	if err := c.sim.commit(entry{Kind: "draft_gone", ID: d.id, Why: "delete"}); err != nil {
		return nil, no(-1)
	}
	return object{"errcode": 0, "errmsg": "ok"}, nil
}

func (c *call) draftCount() (object, *failure) {
	return object{"total_count": len(c.sim.drafts)}, nil
}

type window struct {
	Offset    int `json:"offset"`
	Count     int `json:"count"`
	NoContent int `json:"no_content"`
}

func (c *call) window() (window, *failure) {
	var in window
	if fail := c.json(&in); fail != nil {
		return in, fail
	}
	if in.Count < 1 || in.Count > 20 || in.Offset < 0 {
		return in, no(47001)
	}
	return in, nil
}

func (c *call) draftBatch() (object, *failure) {
	in, fail := c.window()
	if fail != nil {
		return nil, fail
	}
	var all []*draft
	for _, id := range slices.Backward(c.sim.draftIDs) {
		if d := c.sim.drafts[id]; d != nil {
			all = append(all, d)
		}
	}
	items := []object{}
	for _, d := range cut(all, in) {
		items = append(items, object{"media_id": d.id, "update_time": d.at.Unix(),
			"content": object{"news_item": c.news(d.articles, nil, in.NoContent == 1)}})
	}
	return object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

func cut[T any](all []T, in window) []T {
	from := min(in.Offset, len(all))
	return all[from:min(from+in.Count, len(all))]
}

// news writes articles as the platform's replies do; pages are given once they
// are published.
func (c *call) news(arts []Article, pages []page, bare bool) []object {
	out := []object{}
	for i, a := range arts {
		o := object{
			"article_type": "news", "title": a.Title, "author": a.Author, "digest": a.Digest, "content": a.Content,
			"content_source_url": a.SourceURL, "thumb_media_id": a.ThumbMediaID, "show_cover_pic": 0,
			"need_open_comment": a.Comments, "only_fans_can_comment": 0, "url": c.base + "/s/preview_SIM",
		}
		if p := c.sim.pictures[a.ThumbMediaID]; p != nil {
			o["thumb_url"] = c.base + pictureURL(p.id, p.mediaType)
		}
		if bare {
			delete(o, "content")
		}
		if pages != nil {
			o["url"] = c.base + "/s/" + pages[i].id
			o["is_deleted"] = !pages[i].gone.IsZero()
		}
		out = append(out, o)
	}
	return out
}
