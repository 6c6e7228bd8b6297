package publish

import (
	"context"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/outbox"
)

// Late is how long after its time a publication may be invisible before
// somebody is told (I10).
const Late = 120 * time.Second

// Sweep picks up what no worker and no message is at hand for, and raises the
// alarm for what is late. It is run every few seconds, by any number of nodes.
func (k *Publisher) Sweep(ctx context.Context) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		ids, err := restless(tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := outbox.Later(tx, Topic, subject(id), tx.Now()); err != nil {
				return err
			}
		}
		late, err := lateOnes(tx, tx.Now().Add(-Late))
		if err != nil {
			return err
		}
		for _, p := range late {
			first, err := setAlarmed(tx, p.ID)
			if err != nil {
				return err
			}
			if !first {
				continue
			}
			err = k.tell(tx, p.OrganisationID, "notice.publication_late", manuscript.Subject(p.ManuscriptID),
				map[string]any{"title": p.Item.Title, "channel": p.Channel, "at": p.PublishAt})
			if err != nil {
				return err
			}
			if err := audit.Record(tx, audit.Entry{OrganisationID: p.OrganisationID, Action: "publish.late", Object: p.Subject(), Hash: p.Hash}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Overdue lists publications nobody has worked on although they have been due
// for some seconds: the queue is slow, or gone.
func (k *Publisher) Overdue(ctx context.Context) (ids []int64, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		ids, err = dueSince(tx, tx.Now().Add(-10*time.Second))
		return err
	})
	return ids, err
}
