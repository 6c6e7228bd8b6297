package wechat

import (
	"context"

	"gongkai/internal/db"
	"gongkai/internal/publish"
)

// dailyQuota are the platform's documented limits a day; Config.Quotas
// overrides them with what quota/get answered for the account.
var dailyQuota = map[string]int{
	pathDraftAdd:    1000,
	pathDraftGet:    500,
	pathDraftList:   1000,
	pathDraftDelete: 1000,
	pathSubmit:      100,
	pathStatus:      100,
	pathArticle:     100,
	pathList:        100,
	pathDelete:      10,
	forcedPath:      20,
}

// spend counts a call and refuses it before the platform would. A fifth of
// every quota is kept for reconciliation and for people.
func (c *Channel) spend(ctx context.Context, path string, spare bool) error {
	limit, known := c.cfg.Quotas[path]
	if !known {
		if limit, known = dailyQuota[path]; !known {
			return nil
		}
	}
	if !spare {
		limit -= (limit + 4) / 5
	}
	left := true
	err := c.cfg.DB.Write(ctx, func(tx *db.Tx) (err error) {
		left, err = spendQuota(tx, c.cfg.AppID, path, dayOf(tx.Now()), limit)
		return err
	})
	if err != nil {
		return err
	}
	if !left {
		return &Error{Call: path, Msg: "today's budget for this call is used up", Outcome: publish.NotSent, Class: Quota}
	}
	return nil
}

// exhausted notes that the platform counted more than we did: a person or
// another system uses the same account.
func (c *Channel) exhausted(ctx context.Context, path string) {
	limit, known := c.cfg.Quotas[path]
	if !known {
		limit = dailyQuota[path]
	}
	if limit == 0 {
		return
	}
	// Losing this note costs one refused call more.
	_ = c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		return fillQuota(tx, c.cfg.AppID, path, dayOf(tx.Now()), limit)
	})
}
