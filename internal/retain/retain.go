// Package retain removes what is kept for no purpose any more, each night, and
// says so in one audit entry. Audit entries, decisions and revisions are never
// touched: they are the archive (domain §1.8).
package retain

import (
	"context"
	"fmt"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/blob"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/outbox"
	"gongkai/internal/site"
)

// How long things are kept once they are over. Sessions say who was signed in
// from where and when: a network log, kept a year (domain §1.8).
const (
	Sessions = 366 * 24 * time.Hour
	Sources  = 90 * 24 * time.Hour  // addresses nobody signed in from
	Notices  = 366 * 24 * time.Hour // from being read
	Messages = 30 * 24 * time.Hour  // of the outbox, from being done
	Uploads  = 24 * time.Hour       // nobody put into a text
	Copies   = 90 * 24 * time.Hour  // typed and never saved
)

// hour of the night, in Shanghai, at which it runs.
const hour = 2

// batch bounds one transaction.
const batch = 200

// Cleaner does it.
type Cleaner struct{ db *db.DB }

// New answers the cleaner of a database.
func New(d *db.DB) *Cleaner { return &Cleaner{d} }

// Once does the work of a night if its hour has come and no node has done it.
func (c *Cleaner) Once(ctx context.Context) error {
	mine := false
	err := c.db.Write(ctx, func(tx *db.Tx) (err error) {
		mine, err = claim(tx, next(tx.Now()))
		return err
	})
	if err != nil || !mine {
		return err
	}
	return c.Clean(ctx)
}

// next is the hour of the next night.
func next(now time.Time) time.Time {
	local := now.In(calendar.Zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), hour, 0, 0, 0, calendar.Zone)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// Clean removes what is over. Cut short, it goes on in the next night.
func (c *Cleaner) Clean(ctx context.Context) error {
	removed := map[string]any{}
	for _, k := range []struct {
		kind   string
		remove func(tx *db.Tx) (int64, error)
	}{
		{"sessions", func(tx *db.Tx) (int64, error) { return org.ForgetSessions(tx, tx.Now().Add(-Sessions), batch) }},
		{"sign-in addresses", func(tx *db.Tx) (int64, error) { return org.ForgetSources(tx, tx.Now().Add(-Sources), batch) }},
		{"notices", func(tx *db.Tx) (int64, error) { return notify.Forget(tx, tx.Now().Add(-Notices), batch) }},
		{"working copies", func(tx *db.Tx) (int64, error) { return manuscript.ForgetCopies(tx, tx.Now().Add(-Copies), batch) }},
		{"messages", func(tx *db.Tx) (int64, error) { return outbox.Forget(tx, tx.Now().Add(-Messages), batch) }},
	} {
		n, err := c.all(ctx, k.remove)
		if err != nil {
			return fmt.Errorf("clean up %s: %w", k.kind, err)
		}
		removed[k.kind] = n
	}
	files, err := c.files(ctx)
	if err != nil {
		return fmt.Errorf("clean up files: %w", err)
	}
	removed["files"] = files
	return c.db.Write(ctx, func(tx *db.Tx) error {
		if err := blob.ForgetBudgets(tx); err != nil {
			return err
		}
		all, err := org.Organisations(tx)
		if err != nil || len(all) == 0 {
			return err
		}
		return audit.Record(tx, audit.Entry{OrganisationID: all[0].ID, Action: "retention.cleaned", Object: fmt.Sprintf("organisation:%d", all[0].ID), Details: removed})
	})
}

func (c *Cleaner) all(ctx context.Context, remove func(tx *db.Tx) (int64, error)) (total int64, err error) {
	for {
		var n int64
		err := c.db.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = remove(tx)
			return err
		})
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

// files removes stored bytes no revision and no page names. Revisions are
// searched without holding anything; in the transaction that removes, the rows
// are locked first and then only the newest revisions are searched again, so a
// draft saved meanwhile keeps its files.
func (c *Cleaner) files(ctx context.Context) (total int64, err error) {
	var old []blob.Info
	var newest int64
	named := map[string]bool{}
	if err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		if old, err = blob.Before(tx, tx.Now().Add(-Uploads)); err != nil {
			return err
		}
		newest, err = manuscript.NewestRevision(tx)
		return err
	}); err != nil || len(old) == 0 {
		return 0, err
	}
	for before := newest + 1; before > 0; {
		if err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
			before, err = manuscript.BlobsNamed(tx, before, batch, named)
			return err
		}); err != nil {
			return 0, err
		}
	}
	var hashes []string
	for _, b := range old {
		if !named[b.Hash] {
			hashes = append(hashes, b.Hash)
		}
	}
	for len(hashes) > 0 {
		some := hashes[:min(20, len(hashes))]
		hashes = hashes[len(some):]
		var n int64
		if err := c.db.Write(ctx, func(tx *db.Tx) error {
			n = 0
			if err := blob.Lock(tx, some); err != nil {
				return err
			}
			late, shown := map[string]bool{}, map[string]bool{}
			if err := manuscript.BlobsNamedSince(tx, newest, late); err != nil {
				return err
			}
			if err := site.Shows(tx, some, shown); err != nil {
				return err
			}
			if err := manuscript.CopiesName(tx, some, shown); err != nil {
				return err
			}
			for _, hash := range some {
				if late[hash] || shown[hash] {
					continue
				}
				if err := blob.Remove(tx, hash); err != nil {
					return err
				}
				n++
			}
			return nil
		}); err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}
