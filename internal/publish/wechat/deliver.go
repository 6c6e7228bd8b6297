package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// A visit is one run of Deliver or TakeDown over one delivery.
type visit struct {
	c    *Channel
	it   publish.Item
	d    delivery
	down bool // taking down: no Confirm, because nothing new goes out
}

// A step moves the delivery on. It answers a receipt when there is nothing more
// to do now.
type step func(*visit, context.Context) (*publish.Receipt, error)

// enough bounds the steps of one visit; the longest way has eight.
const enough = 16

// Deliver moves the item as far as it can now. It returns publish.ErrFenced
// when another worker has moved the same delivery meanwhile, and
// publish.ErrStopped when nothing may go out any more.
func (c *Channel) Deliver(ctx context.Context, it publish.Item) (publish.Receipt, error) {
	if now := c.cfg.DB.Now(); now.Before(it.PublishAt) {
		return publish.Receipt{State: publish.Waiting, NextAt: it.PublishAt, Reason: "wechat.scheduled"}, nil
	}
	v, err := c.visit(ctx, it)
	if err != nil {
		return publish.Receipt{}, err
	}
	news, err := v.news(ctx)
	if err != nil {
		return publish.Receipt{}, err
	}
	if len(news) == 0 && v.early() {
		return v.receipt(), nil
	}
	return v.run(ctx, (*visit).forward)
}

func (c *Channel) visit(ctx context.Context, it publish.Item) (*visit, error) {
	v := &visit{c: c, it: it}
	err := c.cfg.DB.Write(ctx, func(tx *db.Tx) (err error) {
		v.d, err = open(tx, delivery{PublicationID: it.PublicationID, Account: c.cfg.AppID, State: queued, Marker: Marker(it), Version: 1})
		return err
	})
	return v, err
}

func (v *visit) run(ctx context.Context, next func(*visit) step) (publish.Receipt, error) {
	for range enough {
		do := next(v)
		if do == nil {
			return v.receipt(), nil
		}
		r, err := do(v, ctx)
		if err != nil {
			return publish.Receipt{}, err
		}
		if r != nil {
			return *r, nil
		}
	}
	return v.receipt(), nil
}

// forward chooses the next step towards the readers; nil is the end.
func (v *visit) forward() step {
	switch v.d.State {
	case queued:
		return (*visit).upload
	case assetsReady:
		return (*visit).draft
	case drafting, submitting:
		return (*visit).assumeLost
	case draftUnknown:
		return (*visit).findDraft
	case drafted:
		return (*visit).submit
	case submitUnknown, reconciling:
		return (*visit).look
	case submitted:
		return (*visit).poll
	case published:
		if v.d.Unsure {
			return (*visit).sweep
		}
	case needsPerson:
		switch {
		case v.d.ArticleID != "" && (v.d.Reason == "wechat.deleted_remotely" || v.d.Reason == "wechat.banned"):
			return (*visit).recheck
		case v.d.ArticleID != "":
		case v.d.PublishID != "":
			return (*visit).poll
		case v.d.Submits > 0 && v.d.MediaID != "":
			return (*visit).look
		default:
			return (*visit).resume
		}
	}
	return nil
}

// resume tries again what stopped before a submit: a person asked for it.
func (v *visit) resume(ctx context.Context) (*publish.Receipt, error) {
	return nil, v.change(ctx, func(tx *db.Tx, d *delivery) error {
		switch {
		case d.MediaID != "":
			d.settle(drafted, tx.Now())
		case d.Unsure:
			d.settle(draftUnknown, tx.Now())
		default:
			d.settle(queued, tx.Now())
		}
		return nil
	})
}

// early says that the delivery waits for a moment that has not come.
func (v *visit) early() bool {
	switch v.d.State {
	case published, rejected, needsPerson, gone:
		return false
	}
	return db.Micros(v.c.cfg.DB.Now()) < v.d.NextAt
}

// news are the events about this publish that no read has followed yet. An
// event never settles anything, it only brings the read forward.
func (v *visit) news(ctx context.Context) (all []letter, err error) {
	if v.d.PublishID == "" || v.d.ArticleID != "" {
		return nil, nil
	}
	err = v.c.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = unused(tx, v.c.cfg.AppID, v.d.PublishID, 0)
		return err
	})
	return all, err
}

// change applies f to the delivery and saves it, all or nothing.
func (v *visit) change(ctx context.Context, f func(tx *db.Tx, d *delivery) error) error {
	var next delivery
	err := v.c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		next = v.d
		if err := f(tx, &next); err != nil {
			return err
		}
		return save(tx, &next)
	})
	if err == nil {
		v.d = next
	}
	return err
}

// begin commits the intent of a call that acts, together with f's change. On
// the way out to readers it asks once more whether that is still wanted.
func (v *visit) begin(ctx context.Context, name string, f func(tx *db.Tx, d *delivery) error) (attempt int64, err error) {
	err = v.change(ctx, func(tx *db.Tx, d *delivery) error {
		if !v.down {
			if err := v.c.cfg.Ledger.Confirm(tx, v.it); err != nil {
				return err
			}
		}
		if err := f(tx, d); err != nil {
			return err
		}
		attempt, err = v.c.cfg.Ledger.Begin(tx, v.it, "wechat."+name, d.Marker)
		return err
	})
	if err == nil {
		crashpoint.Here("K8")
	}
	return attempt, err
}

// end records how the call came out, together with f's change, also when ctx is
// over: what the platform did must not be forgotten because we are stopping.
func (v *visit) end(ctx context.Context, attempt int64, callErr error, f func(tx *db.Tx, d *delivery) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	record := func(tx *db.Tx) error {
		return v.c.cfg.Ledger.End(tx, attempt, platform.Outcome(callErr), platform.Detail(callErr))
	}
	err := v.change(ctx, func(tx *db.Tx, d *delivery) error {
		if err := f(tx, d); err != nil {
			return err
		}
		return record(tx)
	})
	if errors.Is(err, publish.ErrFenced) {
		// The delivery has moved on without us, but the attempt is ours.
		if err := v.c.cfg.DB.Write(ctx, record); err != nil {
			return err
		}
	}
	return err
}

// settle moves to a state that starts clean.
func (d *delivery) settle(s state, nextAt time.Time) {
	d.State, d.NextAt = s, db.Micros(nextAt)
	d.Attempts, d.Reason, d.Detail = 0, "", ""
	if s == published {
		d.Looks, d.LookedAt = 0, 0
	}
}

// stop moves to a state only a person or a new text leads out of.
func (d *delivery) stop(s state, reason, detail string) {
	d.State, d.NextAt, d.Reason, d.Detail = s, 0, reason, detail
}

// trouble notes why a call did not end well and when to come back; the state
// stays. Calls that act may also find that the content or the way is refused
// for good.
func (v *visit) trouble(d *delivery, now time.Time, err error, acts bool) {
	p := v.c.cfg.Pace
	wait := v.backOff(d.Attempts)
	d.Attempts++
	d.Detail = platform.Detail(err)
	var e *platform.Error
	if !errors.As(err, &e) {
		e = &platform.Error{Class: platform.Unclear}
	}
	if acts && e.Outcome == publish.Refused {
		switch e.Class {
		case platform.Content, platform.Absent:
			d.stop(rejected, contentReason(e.Code), d.Detail)
			return
		case platform.Console:
			d.stop(needsPerson, "wechat.console", d.Detail)
			return
		}
	}
	at := now.Add(wait)
	switch e.Class {
	case platform.Later:
		d.Reason = "wechat.later"
	case platform.Quota:
		d.Reason, at = "wechat.quota", platform.Midnight(now)
	case platform.Token:
		d.Reason, at = "wechat.token", now.Add(p.Probe)
	case platform.IP:
		d.Reason, at = "wechat.ip", now.Add(p.Probe)
	case platform.Setup:
		d.Reason, at = setupReason(e.Code), now.Add(p.Probe)
	case platform.Admin:
		if d.Reason == "wechat.admin_confirm" {
			d.stop(needsPerson, "wechat.admin_unconfirmed", d.Detail)
			return
		}
		d.Reason, at = "wechat.admin_confirm", now.Add(p.Confirm)
	default:
		d.Reason = "wechat.unreachable"
	}
	d.NextAt = db.Micros(at)
}

// backOff doubles from Pace.Retry up to Pace.Probe.
func (v *visit) backOff(attempts int) time.Duration {
	return min(v.c.cfg.Pace.Retry<<min(attempts, 8), v.c.cfg.Pace.Probe)
}

func setupReason(errcode int) string {
	switch errcode {
	case 40013, 40125, 41002, 41004, 40002, 40001:
		return "wechat.account"
	}
	return "wechat.permission"
}

func contentReason(errcode int) string {
	if errcode == 53503 {
		return "wechat.check_failed"
	}
	return "wechat.content"
}

// park ends the visit after a read that did not come through.
func (v *visit) park(ctx context.Context, err error) (*publish.Receipt, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if cerr := v.change(ctx, func(tx *db.Tx, d *delivery) error {
		v.trouble(d, tx.Now(), err, false)
		return nil
	}); cerr != nil {
		return nil, cerr
	}
	return v.rest()
}

// rest ends the visit where the delivery stands.
func (v *visit) rest() (*publish.Receipt, error) {
	r := v.receipt()
	return &r, nil
}

// assumeLost takes an intent nobody finished for an unclear answer: its process
// was killed, or hangs longer than a call may take.
func (v *visit) assumeLost(ctx context.Context) (*publish.Receipt, error) {
	return nil, v.change(ctx, func(tx *db.Tx, d *delivery) error {
		if d.State == drafting {
			d.settle(draftUnknown, tx.Now())
			d.Unsure = true
		} else {
			d.settle(submitUnknown, tx.Now())
		}
		return nil
	})
}

// percent is how far a delivery is in each state: pictures, draft, submission, the
// platform's review.
var percent = map[state]int{queued: 5, assetsReady: 25, drafting: 35, draftUnknown: 35, drafted: 50, submitting: 60, submitUnknown: 60, reconciling: 60, submitted: 75, published: 100}

// receipt says where the delivery stands.
func (v *visit) receipt() publish.Receipt {
	d := v.d
	remote, _ := json.Marshal(map[string]string{
		"account": d.Account, "state": string(d.State), "marker": d.Marker, "media_id": d.MediaID,
		"publish_id": d.PublishID, "msg_data_id": d.MsgDataID, "article_id": d.ArticleID, "percent": strconv.Itoa(percent[d.State]),
	})
	r := publish.Receipt{URL: d.URL, Remote: string(remote), Reason: d.Reason, Detail: d.Detail}
	switch {
	case d.State == needsPerson:
		r.State = publish.NeedsPerson
	case d.State == gone:
		r.State = publish.Gone
	case d.State == published && !v.down:
		r.State = publish.Published
	case d.State == rejected && !v.down:
		r.State = publish.Rejected
	default:
		r.State, r.NextAt, r.Parked = publish.Waiting, db.Time(d.NextAt), slices.Contains(parked, d.Reason)
		if r.NextAt.IsZero() {
			r.NextAt = v.c.cfg.DB.Now()
		}
		if r.Reason == "" {
			r.Reason = waitingReason(d.State)
		}
	}
	return r
}

// parked are the reasons that somebody outside must remove.
var parked = []string{"wechat.ip", "wechat.account", "wechat.permission", "wechat.token", "wechat.admin_confirm"}

func waitingReason(s state) string {
	switch s {
	case submitted:
		return "wechat.in_review"
	case submitting, submitUnknown, reconciling:
		return "wechat.reconciling"
	case published, rejected, withdrawing:
		return "wechat.taking_down"
	}
	return "wechat.preparing"
}
