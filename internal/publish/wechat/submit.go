package wechat

import (
	"context"
	"errors"
	"fmt"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// submit reads the draft back, compares it with what was signed, and submits
// it. This is the one call that makes an article visible.
func (v *visit) submit(ctx context.Context) (*publish.Receipt, error) {
	if r, err := v.compare(ctx); r != nil || err != nil {
		return r, err
	}
	if v.d.State != drafted {
		return nil, nil
	}
	again := v.d.Submits > 0
	if again || v.d.Unsure {
		// What went before, or a draft of ours submitted by hand, may have come
		// through meanwhile: this read is the last thing before the call.
		found, err := v.seek(ctx)
		if err != nil {
			return v.park(ctx, err)
		}
		if len(found) > 0 {
			return v.adopt(ctx, found)
		}
	}
	early := false
	attempt, err := v.begin(ctx, "submit", func(tx *db.Tx, d *delivery) error {
		if early = tx.Now().Before(v.it.PublishAt); early {
			return errEarly
		}
		d.State, d.NextAt = submitting, db.Micros(tx.Now().Add(v.c.cfg.Pace.Settle))
		d.SubmittingAt, d.Submits = db.Micros(tx.Now()), d.Submits+1
		d.Polled, d.Looks, d.LookedAt = 0, 0, 0
		return nil
	})
	if early {
		return &publish.Receipt{State: publish.Waiting, NextAt: v.it.PublishAt, Reason: "wechat.scheduled"}, nil
	}
	if err != nil {
		return nil, err
	}
	crashpoint.Here("K12")
	mine := v.d
	publishID, msgDataID, callErr := v.c.api.Submit(ctx, v.d.MediaID, again)
	crashpoint.Here("K13")
	err = v.end(ctx, attempt, callErr, func(tx *db.Tx, d *delivery) error {
		p := v.c.cfg.Pace
		switch {
		case callErr == nil:
			d.settle(submitted, tx.Now().Add(p.Polls[0]))
			d.PublishID, d.MsgDataID = publishID, msgDataID
		case platform.Outcome(callErr) == publish.Unknown, platform.Code(callErr) == 40007:
			// 40007: the draft has left the box, and only a look at what is
			// published says whether that was us.
			d.State, d.Detail = submitUnknown, platform.Detail(callErr)
			d.MsgDataID = msgDataID
			d.NextAt = db.Micros(tx.Now().Add(p.Looks[0]))
		default:
			if d.Submits--; d.Submits == 0 {
				d.SubmittingAt = 0
			}
			d.State = drafted
			v.trouble(d, tx.Now(), callErr, true)
		}
		return nil
	})
	if errors.Is(err, publish.ErrFenced) && callErr == nil {
		return nil, errors.Join(err, v.c.learn(ctx, mine, publishID, msgDataID))
	}
	if err != nil {
		return nil, err
	}
	crashpoint.Here("K14")
	return v.rest()
}

var errEarly = errors.New("wechat: before the moment of publication")

// learn keeps the publish id of a submit whose delivery was meanwhile taken for
// lost by another worker: it is true whoever brings it.
func (c *Channel) learn(ctx context.Context, mine delivery, publishID, msgDataID string) error {
	return c.cfg.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		d, found, err := load(tx, mine.PublicationID)
		if err != nil || !found || d.PublishID != "" || d.ArticleID != "" || d.MediaID != mine.MediaID {
			return err
		}
		switch d.State {
		case submitting, submitUnknown, reconciling, needsPerson:
			d.settle(submitted, tx.Now())
			d.PublishID, d.MsgDataID = publishID, msgDataID
			return save(tx, &d)
		}
		return nil
	})
}

// compare reads the draft back: only what was signed may become visible (I2).
func (v *visit) compare(ctx context.Context) (*publish.Receipt, error) {
	want, ok, err := v.compose(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return v.give(ctx, needsPerson, "wechat.draft_differs", "an uploaded picture is no longer known")
	}
	got, err := v.c.api.Draft(ctx, v.d.MediaID, v.d.Submits > 0)
	if platform.Code(err) == 40007 {
		return v.vanished(ctx)
	}
	if err != nil {
		return v.park(ctx, err)
	}
	if field := want.Differs(got); field != "" {
		return v.give(ctx, needsPerson, "wechat.draft_differs", field)
	}
	return nil, nil
}

// vanished handles a draft that is not in the box any more before this submit.
// Somebody deleted it, or published it by hand, or an earlier submit did.
func (v *visit) vanished(ctx context.Context) (*publish.Receipt, error) {
	found, err := v.listed(ctx)
	switch {
	case err != nil:
		return v.park(ctx, err)
	case len(found) > 0:
		return v.adopt(ctx, found)
	case v.d.Submits > 0:
		return nil, v.change(ctx, func(tx *db.Tx, d *delivery) error {
			d.settle(reconciling, tx.Now())
			return nil
		})
	}
	return v.give(ctx, needsPerson, "wechat.draft_vanished", v.d.MediaID)
}

// Ways of Resume.
const (
	SameDraft = "same_draft"
	NewDraft  = "new_draft"
)

// Ways are the words of a person who has looked in the console.
func (c *Channel) Ways() []string { return []string{SameDraft, NewDraft} }

// Resume lets a person move a delivery on: at once what waits for a moment, and
// what stopped by SubmitAgain or DraftAgain.
func (c *Channel) Resume(tx *db.Tx, publicationID int64, how string) error {
	var err error
	switch how {
	case "":
		return hasten(tx, publicationID)
	case SameDraft:
		err = SubmitAgain(tx, publicationID)
	case NewDraft:
		err = DraftAgain(tx, publicationID)
	default:
		return publish.ErrHow.On("how").With("how", how)
	}
	if errors.Is(err, publish.ErrStopped) {
		return publish.ErrHowNow.On("how")
	}
	return err
}

// hasten ends a wait, but never the one for a call that may still be in flight.
func hasten(tx *db.Tx, publicationID int64) error {
	d, found, err := load(tx, publicationID)
	if err != nil || !found || d.State == drafting || d.State == submitting || d.NextAt <= db.Micros(tx.Now()) {
		return err
	}
	d.NextAt = db.Micros(tx.Now())
	return save(tx, &d)
}

// SubmitAgain is a person's word that nothing is visible: the same draft may be
// submitted once more. Call it in the transaction that records who said so.
func SubmitAgain(tx *db.Tx, publicationID int64) error {
	return release(tx, publicationID, func(d *delivery) error {
		if d.MediaID == "" || d.PublishID != "" || d.ArticleID != "" {
			return publish.ErrStopped
		}
		d.settle(drafted, tx.Now())
		return nil
	})
}

// DraftAgain is a person's word that nothing is visible and that the draft is
// gone or spoilt: a new one may be made. It is refused once the platform has
// given a publish id: that submit may still come through, however long its
// review takes. Earlier submits stay counted, so the next one looks first.
func DraftAgain(tx *db.Tx, publicationID int64) error {
	return release(tx, publicationID, func(d *delivery) error {
		if d.ArticleID != "" || d.PublishID != "" {
			return publish.ErrStopped
		}
		d.settle(draftUnknown, tx.Now())
		d.MediaID, d.MsgDataID, d.Unsure = "", "", true
		return nil
	})
}

func release(tx *db.Tx, publicationID int64, f func(*delivery) error) error {
	d, found, err := load(tx, publicationID)
	if err != nil {
		return err
	}
	if !found || d.State != needsPerson {
		return publish.ErrStopped
	}
	if err := f(&d); err != nil {
		return fmt.Errorf("release publication %d: %w", publicationID, err)
	}
	return save(tx, &d)
}
