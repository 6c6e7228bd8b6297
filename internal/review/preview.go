package review

import (
	"context"

	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/publish"
)

// Variant is a revision as a channel would carry it, with what the channel finds
// in it.
type Variant struct {
	publish.Preview
	Revision int
	Findings []check.Finding
}

// Preview shows what a channel would carry of a revision, 0 for the current one,
// to whoever may read the manuscript: it is part of what is judged and signed.
func (k *Desk) Preview(ctx context.Context, actor org.Actor, id int64, no int, channel string) (v Variant, err error) {
	ch, _ := k.out.Channel(channel)
	shower, ok := ch.(publish.Previewer)
	if !ok {
		return v, publish.ErrChannelUnknown.With("channel", channel)
	}
	err = k.previewed(ctx, actor, id, no, func(_ *db.Tx, it publish.Item) error {
		v = Variant{shower.Preview(it), it.RevisionNo, ch.Check(it)}
		return nil
	})
	return v, err
}

// PreviewPage is the page the website would show of a revision, as Preview.
func (k *Desk) PreviewPage(ctx context.Context, actor org.Actor, id int64, no int) (page []byte, err error) {
	ch, _ := k.out.Channel("website")
	drawer, ok := ch.(publish.Pager)
	if !ok {
		return nil, publish.ErrChannelUnknown.With("channel", "website")
	}
	err = k.previewed(ctx, actor, id, no, func(tx *db.Tx, it publish.Item) error {
		page, err = drawer.Page(tx, it)
		return err
	})
	return page, err
}

func (k *Desk) previewed(ctx context.Context, actor org.Actor, id int64, no int, show func(*db.Tx, publish.Item) error) error {
	return k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.reading(tx, actor, id)
		if err != nil {
			return err
		}
		if no == 0 {
			no = a.m.RevisionNo
		}
		rev, err := manuscript.LoadRevision(tx, a.m.ID, no)
		if err != nil {
			return err
		}
		shown := *a.m
		shown.RevisionID, shown.RevisionNo, shown.Hash = rev.ID, rev.No, rev.Hash
		it, err := k.item(tx, &shown, &rev.Content)
		if err != nil {
			return err
		}
		return show(tx, it)
	})
}

// form settles what c says of the text it corrects and in which form the official
// account carries it, so that both are judged and signed with the text.
func (a *act) form(c *manuscript.Content) error {
	correction, err := manuscript.CorrectionBy(a.tx, a.m.ID)
	if err != nil {
		return err
	}
	c.Corrects = nil
	if correction != nil {
		c.Corrects = &manuscript.Corrects{Of: correction.Of, Reason: correction.Reason}
	}
	ch, _ := a.desk.out.Channel("wechat")
	former, ok := ch.(publish.Previewer)
	if !ok {
		return nil
	}
	it, err := a.desk.item(a.tx, a.m, c)
	if err == nil {
		c.WeChat.Form = former.Form(it)
	}
	return err
}
