// Package wechat publishes signed manuscripts on a WeChat official account
// (公众号), in the mode 发布: a permanent page, no push to followers.
//
// The platform has no idempotency key. What keeps a second visible copy from
// appearing: an intent is committed before every call that acts; only a draft
// whose text was read back may be submitted; a submit whose answer is unclear
// is followed by reads, matched by the marker in content_source_url, and is
// repeated only with the same draft after the reads showed it still there.
package wechat

import (
	"errors"
	"fmt"
	"strings"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// Ledger is what the publisher offers a channel inside a transaction.
type Ledger interface {
	// Confirm locks the publication. It answers publish.ErrFenced or
	// publish.ErrStopped when nothing may go out any more.
	Confirm(tx *db.Tx, it publish.Item) error
	// Begin writes the intent row, before every call that cannot be undone.
	Begin(tx *db.Tx, it publish.Item, step, marker string) (int64, error)
	// End says how the call came out.
	End(tx *db.Tx, attempt int64, out publish.Outcome, detail string) error
}

// Config describes the channel of one account. DB and Ledger are required.
type Config struct {
	platform.Account
	DB        *db.DB
	Ledger    Ledger
	Pace      Pace   // zero: DefaultPace
	Cover     []byte // JPEG or PNG; nil: a plain blue one
	CoverType string // material type of covers: "image" (default) or "thumb"
	// AutoResubmit submits the same draft again once an unclear submit has left
	// no trace for Pace.AbsentAfter. Off until somebody has verified on a real
	// account that a draft under review leaves the box.
	AutoResubmit bool
	// Wake is called in the transaction that stores an event about a known
	// publication: it should bring the next Deliver forward. May be nil.
	Wake func(tx *db.Tx, publicationID int64) error
}

// Channel is one official account. It is safe for concurrent use, also by
// several processes on one database.
type Channel struct {
	cfg                Config
	api                *platform.Client
	callback           *platform.Sealer // nil without a callback
	coverBytes         []byte
	coverHash          string
	cropWide, cropTall string
}

// New checks the configuration. It makes no call.
func New(cfg Config) (*Channel, error) {
	if cfg.DB == nil || cfg.Ledger == nil {
		return nil, errors.New("wechat: DB and Ledger are required")
	}
	api, err := platform.New(cfg.DB, cfg.Account)
	if err != nil {
		return nil, err
	}
	if cfg.CoverType == "" {
		cfg.CoverType = "image"
	}
	if cfg.Pace.Polls == nil {
		cfg.Pace = DefaultPace()
	}
	c := &Channel{cfg: cfg, api: api, coverBytes: cfg.Cover}
	if c.coverBytes == nil {
		c.coverBytes = defaultCover()
	}
	c.coverHash = blob.Hash(c.coverBytes)
	_, w, h, err := coverImage(c.coverBytes, cfg.CoverType)
	if err != nil {
		return nil, fmt.Errorf("wechat: %w", err)
	}
	c.cropWide, c.cropTall = crops(w, h)
	if cfg.CallbackToken != "" || cfg.AESKey != "" {
		if c.callback, err = platform.NewSealer(cfg.Account); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Name is the id used in workflows/*.yaml.
func (c *Channel) Name() string { return "wechat" }

// Simulated says that this account does not publish on WeChat; pages show a
// red banner.
func (c *Channel) Simulated() bool { return c.api.Simulated() }

// Marker is the address of the item's page on the public site with the key of
// this delivery: it serves readers as 阅读原文 and lets us find our own article
// again.
func Marker(it publish.Item) string {
	_, hash, ok := strings.Cut(it.Hash, ":")
	if !ok {
		hash = it.Hash
	}
	join := "?"
	if strings.Contains(it.PageURL, "?") {
		join = "&"
	}
	return fmt.Sprintf("%s%swx=%d-%.8s", it.PageURL, join, it.RevisionNo, hash)
}

var _ publish.Channel = (*Channel)(nil)
