package wechat

import (
	"context"
	"slices"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// mostSubmits bounds how often the same draft is submitted by itself.
const mostSubmits = 3

// A find is a published article that carries our marker.
type find struct {
	articleID, publishID, url string
	deleted                   bool
}

// look reads what came of a submit whose answer was not understood: events,
// then the list of published articles, then the draft box. It submits nothing.
func (v *visit) look(ctx context.Context) (*publish.Receipt, error) {
	found, err := v.seek(ctx)
	if err != nil {
		return v.park(ctx, err)
	}
	if len(found) > 0 {
		return v.adopt(ctx, found)
	}
	there := false
	if v.d.MediaID != "" {
		_, err = v.c.api.Draft(ctx, v.d.MediaID, true)
		if err != nil && platform.Code(err) != 40007 {
			return v.park(ctx, err)
		}
		there = err == nil
	}
	err = v.change(ctx, func(tx *db.Tx, d *delivery) error {
		v.nothingFound(d, tx.Now(), there)
		return nil
	})
	if err != nil || v.d.State == drafted || v.down && v.d.State == needsPerson {
		return nil, err
	}
	return v.rest()
}

// seek finds our article by what events named and then by the list.
func (v *visit) seek(ctx context.Context) ([]find, error) {
	found, err := v.fromEvents(ctx)
	if err == nil && len(found) == 0 {
		found, err = v.listed(ctx)
	}
	return found, err
}

// nothingFound counts the look and says what follows. Not seeing the article is
// believed only after Pace.AbsentAfter and two looks Pace.LookGap apart; and
// since nobody documents when a draft leaves the box, even then a person
// decides unless AutoResubmit says otherwise.
func (v *visit) nothingFound(d *delivery, now time.Time, draftThere bool) {
	if d.State == needsPerson {
		return
	}
	p, since := v.c.cfg.Pace, db.Time(d.SubmittingAt)
	if d.Looks == 0 || now.Sub(db.Time(d.LookedAt)) >= p.LookGap {
		d.Looks, d.LookedAt = d.Looks+1, db.Micros(now)
	}
	d.State, d.Attempts, d.Reason = reconciling, 0, ""
	plan, last := p.Looks, p.AbsentAfter
	if !draftThere {
		plan = slices.Concat(p.Looks, p.GoneLooks)
		last = max(last, slices.Max(append([]time.Duration{0}, p.GoneLooks...)))
	}
	switch {
	case now.Sub(since) < last || d.Looks < 2:
		next := now.Add(p.LookGap)
		for _, after := range plan {
			if at := since.Add(after); at.After(now) {
				next = at
				break
			}
		}
		d.NextAt = db.Micros(next)
	case !draftThere:
		d.stop(needsPerson, "wechat.submit_gone", d.Detail)
	case v.down, !v.c.cfg.AutoResubmit, d.Submits >= mostSubmits:
		d.stop(needsPerson, "wechat.submit_unsure", d.Detail)
	default:
		d.settle(drafted, now)
	}
}

// fromEvents follows events about a publish we have no id of: the article an
// event names is read, and its marker decides.
func (v *visit) fromEvents(ctx context.Context) ([]find, error) {
	var mail []letter
	err := v.c.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := unused(tx, v.c.cfg.AppID, "", v.d.SubmittingAt)
		for _, l := range all {
			if l.ArticleID == "" || l.PublishID == "" {
				continue
			}
			if _, known, err := deliveryOf(tx, v.c.cfg.AppID, l.PublishID); err != nil {
				return err
			} else if !known {
				mail = append(mail, l)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, l := range mail {
		items, err := v.c.api.Article(ctx, l.ArticleID, true)
		if platform.Code(err) == 53600 {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(items) > 0 && v.ours(items[0]) {
			// The letter stays unused until its article is stored.
			return []find{{l.ArticleID, l.PublishID, items[0].URL, items[0].Deleted}}, nil
		}
	}
	return nil, nil
}

// listed finds our article among the newest published ones. Normally there is
// none or one.
func (v *visit) listed(ctx context.Context) ([]find, error) {
	all, err := v.c.api.Articles(ctx, 2)
	if err != nil {
		return nil, err
	}
	var found []find
	for _, l := range all {
		for _, n := range l.Content.Items {
			if v.ours(n) {
				found = append(found, find{articleID: l.ArticleID, url: n.URL, deleted: n.Deleted})
			}
		}
	}
	return found, nil
}

// ours compares the marker, or where the platform left it out the title and the
// words.
func (v *visit) ours(n platform.NewsItem) bool {
	if n.SourceURL != "" {
		return n.SourceURL == v.d.Marker
	}
	if n.Title != clean(title(v.it)) || n.Content == "" {
		return false
	}
	want, _ := platform.Essence(render(v.it, func(src string) string { return src }).html)
	got, _ := platform.Essence(n.Content)
	return blob.Hash([]byte(got)) == blob.Hash([]byte(want))
}

// adopt takes a found article for this delivery's.
func (v *visit) adopt(ctx context.Context, found []find) (*publish.Receipt, error) {
	var alive []find
	for _, f := range found {
		if !f.deleted {
			alive = append(alive, f)
		}
	}
	crashpoint.Here("K16")
	err := v.change(ctx, func(tx *db.Tx, d *delivery) error {
		f := found[0]
		if len(alive) > 0 {
			f = alive[0]
		}
		d.ArticleID, d.URL = f.articleID, f.url
		if d.PublishID == "" {
			d.PublishID = f.publishID
		}
		switch len(alive) {
		case 0:
			d.stop(needsPerson, "wechat.deleted_remotely", f.articleID)
		case 1:
			d.settle(published, time.Time{})
		default:
			d.stop(needsPerson, "wechat.duplicate", f.articleID+" "+alive[1].articleID)
		}
		if d.PublishID == "" {
			return nil
		}
		mail, err := unused(tx, v.c.cfg.AppID, d.PublishID, 0)
		if err != nil {
			return err
		}
		return use(tx, mail)
	})
	// The loop goes on: a published delivery may have drafts to sweep, a
	// withdrawn one is deleted next.
	return nil, err
}
