package wechat

import (
	"context"
	"fmt"
	"time"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// patience is how many polls a take-down spends on a review that does not end.
const patience = 24

// poll asks how the submitted draft fared.
func (v *visit) poll(ctx context.Context) (*publish.Receipt, error) {
	news, err := v.news(ctx)
	if err != nil {
		return nil, err
	}
	spare := v.down || len(news) > 0 || v.d.State == needsPerson
	got, err := v.c.api.Status(ctx, v.d.PublishID, spare)
	if err != nil {
		return v.park(ctx, err)
	}
	if got.Status == platform.StatusDone {
		if got.ArticleID == "" {
			// The id is missing from the answer: find the article by its marker.
			return v.byMarker(ctx)
		}
		crashpoint.Here("K16")
	}
	err = v.change(ctx, func(tx *db.Tx, d *delivery) error {
		v.judge(d, got, tx.Now())
		return use(tx, news)
	})
	if err != nil || v.d.State == published && v.d.Unsure {
		return nil, err
	}
	if v.down && v.d.State != submitted {
		return nil, nil
	}
	return v.rest()
}

// judge turns the platform's verdict into a state.
func (v *visit) judge(d *delivery, got platform.Verdict, now time.Time) {
	detail := fmt.Sprintf("publish_status %d", got.Status)
	if len(got.FailIdx) > 0 {
		detail += fmt.Sprintf(", fail_idx %v", got.FailIdx)
	}
	if got.ArticleID != "" {
		d.ArticleID = got.ArticleID
	}
	if len(got.Detail.Items) > 0 {
		d.URL = got.Detail.Items[0].URL
	}
	switch got.Status {
	case platform.StatusDone:
		d.settle(published, time.Time{})
	case platform.StatusOriginal:
		d.stop(rejected, "wechat.rejected_original", detail)
	case platform.StatusFailed:
		d.stop(rejected, "wechat.rejected_failed", detail)
	case platform.StatusRefused:
		d.stop(rejected, "wechat.rejected_platform", detail)
	case platform.StatusDeleted:
		d.stop(needsPerson, "wechat.deleted_remotely", detail)
	case platform.StatusBanned:
		d.stop(needsPerson, "wechat.banned", detail)
	default:
		d.Polled++
		if polls := v.c.cfg.Pace.Polls; d.Polled < len(polls) {
			d.settle(submitted, now.Add(polls[d.Polled]))
		} else if v.down && d.Polled < patience {
			d.settle(submitted, now.Add(v.c.cfg.Pace.Probe))
		} else {
			d.stop(needsPerson, "wechat.review_long", detail)
		}
		if v.down {
			d.NextAt = min(d.NextAt, db.Micros(now.Add(v.c.cfg.Pace.Probe)))
		}
	}
}

// byMarker finds a published article whose id the platform did not tell.
func (v *visit) byMarker(ctx context.Context) (*publish.Receipt, error) {
	found, err := v.listed(ctx)
	if err != nil {
		return v.park(ctx, err)
	}
	if len(found) > 0 {
		return v.adopt(ctx, found)
	}
	if err := v.change(ctx, func(tx *db.Tx, d *delivery) error {
		v.judge(d, platform.Verdict{Status: platform.StatusRunning}, tx.Now())
		return nil
	}); err != nil {
		return nil, err
	}
	return v.rest()
}
