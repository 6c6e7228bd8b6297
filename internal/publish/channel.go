// Package publish carries signed manuscripts to their readers: one publication
// is one signed revision on one channel, delivered, followed up and taken down.
package publish

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"time"

	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/manuscript"
)

// A Channel carries signed manuscripts to readers. A channel owns only the
// translation and its own remote state; order, retries, leases and audit belong
// to the Publisher.
type Channel interface {
	// Name is the id used in workflows/*.yaml.
	Name() string
	// Check says what this channel cannot carry, before review starts. It reads
	// nothing but the item.
	Check(Item) []check.Finding
	// Deliver moves the item as far as it can now and says where it stands. It
	// may be called again for the same Item at any time, by any node, also while
	// an earlier call hangs: it must never make a second visible copy. No
	// transaction is open. Before a step that cannot be undone it calls Confirm
	// and writes its intent in one transaction.
	Deliver(context.Context, Item) (Receipt, error)
	// TakeDown hides the item from readers. Also safe to repeat.
	TakeDown(context.Context, Item) (Receipt, error)
}

// A Hider is a channel that can hide an item inside the transaction that takes
// it down, so readers lose it at commit.
type Hider interface {
	Hide(tx *db.Tx, it Item) error
}

// A Resumer is a channel whose held deliveries can go on in more than one way.
// An empty how is "as before, but now"; ErrHow refuses a way it does not know,
// ErrHowNow one that does not fit where the delivery stands. Ways are the others
// there may be, for people who have looked that nothing is visible.
type Resumer interface {
	Ways() []string
	Resume(tx *db.Tx, publicationID int64, how string) error
}

// A Previewer is a channel that lays a text out its own way. Form is what the
// desk puts into the content to be signed: the drafter's choice, or what the
// channel can carry; a later Deliver sends that form or nothing.
type Previewer interface {
	Form(Item) string
	Preview(Item) Preview
}

// Preview is what readers would get. Characters and Bytes are what the channel
// measures against its limits; HTML has pictures under their own addresses.
type Preview struct {
	Form, Title, Author, Digest string
	HTML                        string
	SourceURL                   string
	Characters, Bytes           int
}

// A Pager is a channel whose readers get a whole page: Page is the one they
// would get if the item went out now.
type Pager interface {
	Page(tx *db.Tx, it Item) ([]byte, error)
}

// State is where a channel says a delivery stands.
type State string

const (
	Published   State = "published"    // readers can see it
	Waiting     State = "waiting"      // come back at Receipt.NextAt
	Rejected    State = "rejected"     // the platform refuses this content; the text must change
	NeedsPerson State = "needs_person" // no automatic step is safe
	Gone        State = "gone"         // readers can no longer see it
)

// Receipt is a channel's account of one delivery.
type Receipt struct {
	State  State
	NextAt time.Time // when Waiting: not before this moment
	URL    string    // where readers find it, once known
	Remote string    // the channel's own ids as JSON, shown to administrators
	Reason string    // catalogue code when not Published: "wechat.quota"
	Detail string    // the platform's own words, already without secrets
	Parked bool      // when Waiting: nothing moves until somebody sets something right
}

// Item is what was signed, frozen at sign-off, as every channel gets it. Its
// Hash is the content hash every counted approval names.
type Item struct {
	PublicationID  int64  `json:"publication_id"`
	Fence          int64  `json:"-"` // of the claim under which Deliver runs
	OrganisationID int64  `json:"organisation_id"`
	Organisation   string `json:"organisation"` // the organ's full name
	ManuscriptID   int64  `json:"manuscript_id"`
	RevisionID     int64  `json:"revision_id"`
	RevisionNo     int    `json:"revision_no"`
	Hash           string `json:"hash"`

	Title       string       `json:"title"`
	Body        string       `json:"body"` // whitelisted HTML, see package body
	Author      string       `json:"author,omitempty"`
	Source      string       `json:"source"`
	Summary     string       `json:"summary,omitempty"`
	Keywords    []string     `json:"keywords,omitempty"`
	Kind        string       `json:"kind"`
	Section     Section      `json:"section"`
	IndexNo     string       `json:"index_no"`
	DocNo       string       `json:"doc_no,omitempty"`
	DocDate     string       `json:"doc_date,omitempty"` // 成文日期, YYYY-MM-DD
	Attachments []Attachment `json:"attachments,omitempty"`
	WeChat      WeChat       `json:"wechat"`
	Reprint     *Reprint     `json:"reprint,omitempty"` // nil also in items frozen before the original was shown
	Correction  *Correction  `json:"correction,omitempty"`

	SignedAt  time.Time `json:"signed_at"`
	PublishAt time.Time `json:"publish_at"` // never visible before this moment
	Path      string    `json:"path"`       // of the page on the public site: "/art/2026/42.html"
	PageURL   string    `json:"page_url"`   // absolute

	TakeDownReason string    `json:"-"` // set for TakeDown: a code of TakeDownReasons
	TakeDownAt     time.Time `json:"-"` // when the second person confirmed it
}

// Alone says that the item stands on no website: its link for readers leads to
// the site itself, and it cannot be a digest of a page.
func (it *Item) Alone() bool { return it.Kind == manuscript.WeChatPost }

// With answers the item with everything the signed content says. What the
// content leaves open (source, author on WeChat) stays as the office filled it.
func (it Item) With(c *manuscript.Content) Item {
	it.Title, it.Body, it.Author, it.Summary, it.Keywords, it.Kind, it.DocNo, it.DocDate = c.Title, c.Body, c.Author, c.Summary, c.Keywords, c.Kind, c.DocNo, c.DocDate
	it.Section.Slug = c.Section
	it.Source = cmp.Or(c.Reprint.Source, c.Source, it.Source)
	it.WeChat = WeChat{Title: cmp.Or(c.WeChat.Title, c.Title), Author: cmp.Or(c.WeChat.Author, it.WeChat.Author), Digest: c.WeChat.Digest, Form: c.WeChat.Form}
	it.Reprint = nil
	if c.Reprint != (manuscript.Reprint{}) {
		it.Reprint = &Reprint{URL: c.Reprint.URL, Date: c.Reprint.Date}
	}
	if c.Corrects == nil {
		it.Correction = nil
	} else {
		var note Correction
		if it.Correction != nil {
			note = *it.Correction
		}
		note.Of, note.Reason = c.Corrects.Of, c.Corrects.Reason
		it.Correction = &note
	}
	it.Attachments = nil
	for _, f := range c.Attachments {
		it.Attachments = append(it.Attachments, Attachment(f))
	}
	return it
}

// signed says that the frozen item is what c says, for this publication. An
// item without its original goes out as it was frozen.
func (p *Publication) signed(c *manuscript.Content) bool {
	want := p.Item.With(c)
	if p.Item.Reprint == nil {
		want.Reprint = nil
	}
	want.OrganisationID, want.ManuscriptID, want.RevisionID, want.Hash = p.OrganisationID, p.ManuscriptID, p.RevisionID, p.Hash
	a, errA := json.Marshal(want)
	b, errB := json.Marshal(p.Item)
	return errA == nil && errB == nil && bytes.Equal(a, b) && p.Item.PublishAt.UnixMicro() == p.PublishAt.UnixMicro()
}

// Section is the column (栏目) of the public site an item stands in.
type Section struct {
	Slug        string `json:"slug"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Keywords    string `json:"keywords"`
	Type        string `json:"type"` // ColumnType of the meta tags
}

// Attachment is a file that was signed with the text.
type Attachment struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	Hash      string `json:"hash"` // in package blob
}

// Reprint is where the text of a 转载 stood first; Item.Source names by whom
// (domain 1.7, X-4).
type Reprint struct {
	URL  string `json:"url"`
	Date string `json:"date"` // YYYY-MM-DD
}

// WeChat is the variant of the item for the official account; it is part of
// what is signed.
type WeChat struct {
	Title  string `json:"title"`  // at most 32 characters
	Author string `json:"author"` // at most 16
	Digest string `json:"digest"` // at most 128
	Form   string `json:"form"`   // empty in items signed without one
}

// The forms of a WeChat variant.
const (
	FormFull    = manuscript.FormFull
	FormDigest  = manuscript.FormDigest
	FormTooLong = manuscript.FormTooLong
)
