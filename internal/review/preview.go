package review

import (
	"context"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/publish"
)

// Variant is a revision as a channel would carry it.
type Variant struct {
	Item publish.Item
	HTML string
}

// Preview shows what a channel would carry of a revision, 0 for the current one,
// to whoever may read the manuscript: it is part of what is judged and signed.
func (k *Desk) Preview(ctx context.Context, actor org.Actor, id int64, no int, channel string) (v Variant, err error) {
	ch, _ := k.out.Channel(channel)
	shower, ok := ch.(publish.Previewer)
	if !ok {
		return v, publish.ErrChannelUnknown.With("channel", channel)
	}
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		who, err := org.Enter(tx, actor)
		if err != nil {
			return err
		}
		m, err := manuscript.Load(tx, id)
		if err != nil {
			return err
		}
		a := &act{desk: k, tx: tx, actor: who, m: m}
		if err := a.mayRead(); err != nil {
			return err
		}
		if no == 0 {
			no = m.RevisionNo
		}
		rev, err := manuscript.LoadRevision(tx, m.ID, no)
		if err != nil {
			return err
		}
		shown := *m
		shown.RevisionID, shown.RevisionNo, shown.Hash = rev.ID, rev.No, rev.Hash
		v.Item, err = k.item(tx, &shown, &rev.Content)
		return err
	})
	if err == nil {
		v.HTML = shower.Preview(v.Item)
	}
	return v, err
}
