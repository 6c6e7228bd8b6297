package platform

import (
	"context"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/publish"
)

// dailyQuota are the platform's documented limits a day; Account.Quotas
// overrides them with what quota/get answered for the account.
var dailyQuota = map[string]int{
	PathDraftAdd:    1000,
	PathDraftGet:    500,
	PathDraftList:   1000,
	PathDraftDelete: 1000,
	PathSubmit:      100,
	PathStatus:      100,
	PathArticle:     100,
	PathList:        100,
	PathDelete:      10,
	PathForcedToken: 20,
}

// Publishing are quotas that grant each call of publishing n a day.
func Publishing(n int) map[string]int {
	return map[string]int{PathSubmit: n, PathStatus: n, PathArticle: n, PathList: n}
}

// quotas counts an account's calls of a day, for all processes on one database.
type quotas struct {
	db      *db.DB
	account string
	limits  map[string]int
}

// spend counts a call and refuses it before the platform would. A fifth of
// every quota is kept for reconciliation and for people. A forced token is given
// to one process in 30 seconds: each ends the tokens of all the others.
func (q quotas) spend(ctx context.Context, path string, spare bool) error {
	if path == PathForcedToken {
		mine, err := q.db.Turn(ctx, "wechat.token:"+q.account, askAgain)
		if err != nil {
			return err
		}
		if !mine {
			return &Error{Call: path, Msg: "another process has just forced a new token", Outcome: publish.NotSent, Class: Quota}
		}
	}
	limit, known := q.limits[path]
	if !known {
		if limit, known = dailyQuota[path]; !known {
			return nil
		}
	}
	if !spare {
		limit -= (limit + 4) / 5
	}
	left := true
	err := q.db.Write(ctx, func(tx *db.Tx) (err error) {
		left, err = spendQuota(tx, q.account, path, dayOf(tx.Now()), limit)
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
func (q quotas) exhausted(ctx context.Context, path string) {
	limit, known := q.limits[path]
	if !known {
		limit = dailyQuota[path]
	}
	if limit == 0 {
		return
	}
	// Losing this note costs one refused call more.
	_ = q.db.Write(ctx, func(tx *db.Tx) error {
		return fillQuota(tx, q.account, path, dayOf(tx.Now()), limit)
	})
}

// shanghai has had no summer time since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func dayOf(t time.Time) string { return t.In(shanghai).Format(time.DateOnly) }

// Midnight is when the platform's daily quotas start again after t: five seconds
// past midnight in Shanghai, in UTC.
func Midnight(t time.Time) time.Time {
	y, m, d := t.In(shanghai).Date()
	return time.Date(y, m, d+1, 0, 0, 5, 0, shanghai).UTC()
}
