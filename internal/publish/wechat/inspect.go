package wechat

import (
	"context"
	"errors"
	"slices"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// Inspect reads what became of a published article: it answers Published, or
// NeedsPerson when somebody deleted it or the platform banned it. It is asked
// daily for everything live, spares the part of the quota that take-downs and
// people need, and changes nothing over there.
func (c *Channel) Inspect(ctx context.Context, it publish.Item) (publish.Receipt, error) {
	v, err := c.visit(ctx, it)
	if err != nil {
		return publish.Receipt{}, err
	}
	if v.d.State != published {
		return v.receipt(), nil
	}
	alive, err := v.alive(ctx, false)
	switch {
	case err != nil:
		return v.notNow(err)
	case alive:
		return v.receipt(), v.noteLook(ctx, false)
	}
	// One read that finds nothing is not believed: the verdict of its submit
	// must say the same, or a second read later.
	reason, sure := "wechat.deleted_remotely", v.d.Looks > 0 && c.cfg.DB.Now().Sub(db.Time(v.d.LookedAt)) >= c.cfg.Pace.LookGap
	if v.d.PublishID != "" {
		switch got, err := c.api.Status(ctx, v.d.PublishID, true); {
		case err != nil:
		case got.Status == platform.StatusBanned:
			reason, sure = "wechat.banned", true
		case got.Status == platform.StatusDeleted:
			sure = true
		}
	}
	if !sure {
		return publish.Receipt{State: publish.Waiting, NextAt: c.cfg.DB.Now().Add(c.cfg.Pace.LookGap)}, v.noteLook(ctx, true)
	}
	r, err := v.give(ctx, needsPerson, reason, v.d.ArticleID)
	if err != nil {
		return publish.Receipt{}, err
	}
	return *r, nil
}

// Survey reads the list of published articles, 20 a call, so that a day's quota
// covers 1,600 of them beside the 80 that are read one by one. One that was
// missed before is left to a second read.
func (c *Channel) Survey(ctx context.Context, seen func(publications []int64) error) error {
	for offset := 0; ; {
		page, total, err := c.api.ArticlesFrom(ctx, offset)
		if err != nil {
			return err
		}
		var articles []string
		for _, l := range page {
			if !slices.ContainsFunc(l.Content.Items, func(n platform.NewsItem) bool { return n.Deleted }) {
				articles = append(articles, l.ArticleID)
			}
		}
		var publications []int64
		if err := c.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
			publications, err = standing(tx, c.cfg.AppID, articles)
			return err
		}); err != nil {
			return err
		}
		if err := seen(publications); err != nil {
			return err
		}
		if offset += len(page); len(page) == 0 || offset >= total {
			return nil
		}
	}
}

// alive reads whether readers see the article.
func (v *visit) alive(ctx context.Context, spare bool) (bool, error) {
	items, err := v.c.api.Article(ctx, v.d.ArticleID, spare)
	if platform.Code(err) == 53600 {
		return false, nil
	}
	return len(items) > 0 && !items[0].Deleted, err
}

// notNow answers when to ask again after a read that did not come through.
func (v *visit) notNow(err error) (publish.Receipt, error) {
	now := v.c.cfg.DB.Now()
	r := publish.Receipt{State: publish.Waiting, NextAt: now.Add(v.c.cfg.Pace.Probe), Detail: platform.Detail(err)}
	var e *platform.Error
	if errors.As(err, &e) && e.Class == platform.Quota {
		r.NextAt = platform.Midnight(now)
	}
	return r, nil
}

// noteLook remembers since when a published article was not found, or that it
// was.
func (v *visit) noteLook(ctx context.Context, missing bool) error {
	if !missing && v.d.Looks == 0 || missing && v.d.Looks > 0 {
		return nil
	}
	return v.change(ctx, func(tx *db.Tx, d *delivery) error {
		d.Looks, d.LookedAt = 0, 0
		if missing {
			d.Looks, d.LookedAt = 1, db.Micros(tx.Now())
		}
		return nil
	})
}

// recheck reads again what was found deleted or banned: a person says it is
// back.
func (v *visit) recheck(ctx context.Context) (*publish.Receipt, error) {
	alive, err := v.alive(ctx, true)
	if err != nil || !alive {
		return v.rest()
	}
	return nil, v.change(ctx, func(_ *db.Tx, d *delivery) error {
		d.settle(published, time.Time{})
		return nil
	})
}
