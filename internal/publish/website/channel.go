// Package website is the channel that shows signed manuscripts on the public
// site. Its delivery is one transaction: a page is confirmed and visible, or
// neither.
package website

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/check"
	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/site"
)

// Ledger says, in the transaction of the last step, whether an item may still
// go out.
type Ledger interface {
	Confirm(tx *db.Tx, it publish.Item) error
}

// Config is everything the channel needs.
type Config struct {
	DB     *db.DB
	Site   *site.Site
	Ledger Ledger
}

// Channel is the website as a publish.Channel and publish.Hider.
type Channel struct{ c Config }

// New answers the channel.
func New(c Config) *Channel { return &Channel{c} }

var (
	_ publish.Channel = (*Channel)(nil)
	_ publish.Hider   = (*Channel)(nil)
	_ publish.Pager   = (*Channel)(nil)
	_ publish.Pinner  = (*Channel)(nil)
)

// Name is "website".
func (*Channel) Name() string { return "website" }

// Deliver shows the item, not before its time, and only if the ledger agrees in
// the same transaction.
func (c *Channel) Deliver(ctx context.Context, it publish.Item) (publish.Receipt, error) {
	if early(c.c.DB.Now(), it) {
		return publish.Receipt{State: publish.Waiting, NextAt: it.PublishAt, Reason: "website.not_yet"}, nil
	}
	err := c.c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := c.c.Ledger.Confirm(tx, it); err != nil {
			return err
		}
		if err := c.c.Site.Put(tx, page(it)); err != nil {
			return err
		}
		crashpoint.Here("K17")
		return nil
	})
	crashpoint.Here("K18")
	for _, no := range []struct {
		is     error
		state  publish.State
		reason string
	}{
		{site.ErrTakenDown, publish.Gone, "site.taken_down"},
		{site.ErrOlder, publish.NeedsPerson, "website.older"},
		{site.ErrOrganisation, publish.NeedsPerson, "website.organisation"},
		{site.ErrBody, publish.NeedsPerson, "website.body"},
		{site.ErrPath, publish.NeedsPerson, "website.path"},
		{blob.ErrNotFound, publish.NeedsPerson, "website.blob"},
	} {
		if errors.Is(err, no.is) {
			return publish.Receipt{State: no.state, Reason: no.reason}, nil
		}
	}
	if err != nil {
		return publish.Receipt{}, err
	}
	return publish.Receipt{State: publish.Published, URL: c.c.Site.URL(it.Path)}, nil
}

func early(now time.Time, it publish.Item) bool { return now.Before(it.PublishAt) }

// TakeDown hides the item from the moment it returns.
func (c *Channel) TakeDown(ctx context.Context, it publish.Item) (publish.Receipt, error) {
	if err := c.c.DB.Write(ctx, func(tx *db.Tx) error { return c.Hide(tx, it) }); err != nil {
		return publish.Receipt{}, err
	}
	return publish.Receipt{State: publish.Gone, URL: c.c.Site.URL(it.Path)}, nil
}

// Hide hides the item when tx commits.
func (c *Channel) Hide(tx *db.Tx, it publish.Item) error {
	at := it.TakeDownAt
	if at.IsZero() {
		at = tx.Now()
	}
	reason := it.TakeDownReason
	if reason == "" {
		reason = "other"
	}
	return c.c.Site.Remove(tx, it.ManuscriptID, reason, at)
}

// Pin sets a page to the head of its column when tx commits, or takes it away.
func (c *Channel) Pin(tx *db.Tx, manuscript int64, on bool) error {
	return c.c.Site.Pin(tx, manuscript, on)
}

// Page is the page Deliver would show, with the present moment as its release.
func (c *Channel) Page(tx *db.Tx, it publish.Item) ([]byte, error) {
	return c.c.Site.Draw(tx, page(it))
}

func page(it publish.Item) site.Page {
	p := site.Page{Path: it.Path, OrganisationID: it.OrganisationID, ManuscriptID: it.ManuscriptID, PublicationID: it.PublicationID, RevisionNo: it.RevisionNo, Hash: it.Hash,
		Title: it.Title, Body: it.Body, Author: it.Author, Source: it.Source, Summary: it.Summary, Keywords: it.Keywords,
		Section: site.Section(it.Section), IndexNo: it.IndexNo, DocNo: it.DocNo, DocDate: it.DocDate}
	if it.Reprint != nil {
		p.OriginalURL, p.OriginalDate = it.Reprint.URL, it.Reprint.Date
	}
	if c := it.Correction; c != nil {
		p.Corrects = &site.Correction{Of: c.Of, Reason: c.Reason, Title: c.Title, PublishedAt: c.PublishedAt}
	}
	for _, a := range it.Attachments {
		p.Files = append(p.Files, site.File(a))
	}
	return p
}

const (
	maxTitle   = 200
	maxSummary = 1000
)

var (
	slug     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)
	blobHash = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	emptyAlt = regexp.MustCompile(`<img src="[^"]*" alt="">`)
)

// Check says what the site cannot show, and what readers would miss.
func (*Channel) Check(it publish.Item) []check.Finding {
	var out []check.Finding
	find := func(level check.Level, rule, where string, args map[string]any) {
		out = append(out, check.Finding{Rule: "channel.website." + rule, Level: level, Where: where, Args: args})
	}
	switch n := utf8.RuneCountInString(it.Title); {
	case strings.TrimSpace(it.Title) == "":
		find(check.Block, "title", "title", nil)
	case n > maxTitle:
		find(check.Block, "title_length", "title", map[string]any{"count": n, "max": maxTitle})
	}
	if clean, err := body.Sanitise(it.Body); err != nil || clean != it.Body {
		find(check.Block, "body_form", "body", nil)
	} else if body.CountRunes(it.Body) == 0 && len(body.Blobs(it.Body)) == 0 {
		find(check.Block, "body", "body", nil)
	}
	if n := len(emptyAlt.FindAllString(it.Body, -1)); n > 0 {
		find(check.Hint, "image_alt", "body", map[string]any{"count": n})
	}
	if !slug.MatchString(it.Section.Slug) || strings.TrimSpace(it.Section.Title) == "" {
		find(check.Block, "section", "section", nil)
	}
	if n := utf8.RuneCountInString(it.Summary); n > maxSummary {
		find(check.Block, "summary_length", "summary", map[string]any{"count": n, "max": maxSummary})
	}
	if it.DocDate != "" {
		if _, err := time.Parse(time.DateOnly, it.DocDate); err != nil {
			find(check.Block, "doc_date", "doc_date", map[string]any{"date": it.DocDate})
		}
	}
	for _, a := range it.Attachments {
		if n := utf8.RuneCountInString(a.Name); n == 0 || n > 200 || !blobHash.MatchString(a.Hash) {
			find(check.Block, "attachment", "attachments", map[string]any{"name": a.Name})
		}
	}
	if it.Source == "" {
		find(check.Hint, "source", "source", nil)
	}
	return out
}
