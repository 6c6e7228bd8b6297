package wechat

import (
	"context"
	"errors"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// TakeDown hides the item from readers, whatever state its delivery is in, and
// says Gone only after the platform said so itself. It may be called again at
// any time: it reads before it deletes.
func (c *Channel) TakeDown(ctx context.Context, it publish.Item) (publish.Receipt, error) {
	v, err := c.visit(ctx, it)
	if err != nil {
		return publish.Receipt{}, err
	}
	v.down = true
	if (v.d.State == drafting || v.d.State == submitting) && v.early() {
		// A call may be in flight; what it does must be seen first.
		return v.receipt(), nil
	}
	return v.run(ctx, (*visit).backward)
}

// backward chooses the next step away from the readers.
func (v *visit) backward() step {
	switch v.d.State {
	case queued, assetsReady, drafted, draftUnknown, rejected:
		return (*visit).dropDraft
	case drafting, submitting:
		return (*visit).assumeLost
	case submitUnknown, reconciling:
		return (*visit).look
	case submitted:
		return (*visit).poll
	case published, withdrawing:
		return (*visit).hide
	case needsPerson:
		switch {
		case v.d.ArticleID != "":
			return (*visit).hide
		case v.d.PublishID != "":
			return (*visit).pollOnce
		case v.d.Submits > 0:
			return (*visit).lookOnce
		}
		return (*visit).dropDraft
	}
	return nil
}

// dropDraft ends a delivery nothing of which was ever submitted, or all of
// which was refused.
func (v *visit) dropDraft(ctx context.Context) (*publish.Receipt, error) {
	if v.d.Submits > 0 && v.d.PublishID == "" {
		// An earlier submit was never explained.
		return nil, v.change(ctx, func(tx *db.Tx, d *delivery) error {
			d.settle(reconciling, tx.Now())
			return nil
		})
	}
	drafts := []string{}
	if v.d.MediaID != "" {
		drafts = append(drafts, v.d.MediaID)
	}
	if v.d.Unsure || v.d.State == draftUnknown {
		more, err := v.ownDrafts(ctx)
		if err != nil {
			return v.park(ctx, err)
		}
		for _, l := range more {
			drafts = append(drafts, l.MediaID)
		}
	}
	for _, id := range drafts {
		callErr, err := v.deleteDraft(ctx, id)
		if err != nil {
			return nil, err
		}
		if callErr != nil {
			return v.park(ctx, callErr)
		}
	}
	return nil, v.hidden(ctx)
}

// pollOnce asks once more about a submit a person was called for. Without a
// verdict the article may still appear, so Gone would be a guess.
func (v *visit) pollOnce(ctx context.Context) (*publish.Receipt, error) {
	if r, err := v.poll(ctx); r != nil || err != nil || v.d.State != needsPerson || v.d.ArticleID != "" {
		return r, err
	}
	return v.give(ctx, needsPerson, "wechat.take_down_unsure", v.d.Detail)
}

// lookOnce looks once more for a submit that was never explained. Its draft is
// deleted, so that at least nobody submits it again.
func (v *visit) lookOnce(ctx context.Context) (*publish.Receipt, error) {
	if r, err := v.look(ctx); r != nil || err != nil || v.d.State != needsPerson || v.d.ArticleID != "" {
		return r, err
	}
	if v.d.MediaID != "" {
		if _, err := v.deleteDraft(ctx, v.d.MediaID); err != nil {
			return nil, err
		}
	}
	return v.give(ctx, needsPerson, "wechat.take_down_unsure", v.d.Detail)
}

// hide deletes the article and reads whether it is gone. The quota of deletes
// is ten a day, so a read comes first.
func (v *visit) hide(ctx context.Context) (*publish.Receipt, error) {
	if done, err := v.isGone(ctx); err != nil {
		return v.park(ctx, err)
	} else if done {
		return nil, v.hidden(ctx)
	}
	attempt, err := v.begin(ctx, "delete", func(tx *db.Tx, d *delivery) error {
		d.State, d.NextAt = withdrawing, db.Micros(tx.Now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	crashpoint.Here("K19")
	callErr := v.c.api.DeleteArticle(ctx, v.d.ArticleID)
	crashpoint.Here("K20")
	err = v.end(ctx, attempt, callErr, func(tx *db.Tx, d *delivery) error {
		var e *platform.Error
		switch {
		case callErr == nil:
		case errors.As(callErr, &e) && (e.Class == platform.Content || e.Class == platform.Console):
			d.stop(needsPerson, "wechat.take_down_refused", platform.Detail(callErr))
		default:
			v.trouble(d, tx.Now(), callErr, false)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if callErr != nil && platform.Outcome(callErr) != publish.Unknown && platform.Code(callErr) != 53600 {
		return v.rest()
	}
	done, err := v.isGone(ctx)
	switch {
	case err != nil:
		return v.park(ctx, err)
	case done:
		return nil, v.hidden(ctx)
	}
	if err := v.change(ctx, func(tx *db.Tx, d *delivery) error {
		v.trouble(d, tx.Now(), callErr, false)
		d.Reason = "wechat.take_down_unconfirmed"
		return nil
	}); err != nil {
		return nil, err
	}
	return v.rest()
}

func (v *visit) isGone(ctx context.Context) (bool, error) {
	items, err := v.c.api.Article(ctx, v.d.ArticleID, true)
	if platform.Code(err) == 53600 {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, n := range items {
		if !n.Deleted {
			return false, nil
		}
	}
	return len(items) > 0, nil
}

func (v *visit) hidden(ctx context.Context) error {
	return v.change(ctx, func(tx *db.Tx, d *delivery) error {
		d.settle(gone, tx.Now())
		return nil
	})
}
