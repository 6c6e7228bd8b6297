package wechat

import (
	"gorm.io/gorm/clause"

	"gongkai/internal/db"
	"gongkai/internal/publish"
)

// state is where a delivery stands. The names are kept in the database.
type state string

const (
	queued        state = "queued"
	assetsReady   state = "assets_ready"
	drafting      state = "drafting" // intent: a draft/add may be in flight
	draftUnknown  state = "draft_unknown"
	drafted       state = "drafted"
	submitting    state = "submitting" // intent: a submit may be in flight
	submitUnknown state = "submit_unknown"
	reconciling   state = "reconciling"
	submitted     state = "submitted"
	published     state = "published"
	rejected      state = "rejected"
	needsPerson   state = "needs_person"
	withdrawing   state = "withdrawing"
	gone          state = "gone"
)

// delivery is one publication on one account. Every save is conditional on its
// version.
type delivery struct {
	PublicationID int64 `gorm:"primaryKey;autoIncrement:false"`
	Account       string
	State         state
	Marker        string
	ContentHash   string // of the HTML the draft was made of
	MediaID       string
	PublishID     string
	MsgDataID     string
	ArticleID     string
	URL           string
	Attempts      int   // troubles in a row, for the back-off
	Polled        int   // polls of the present submit
	NextAt        int64 // nothing to do before
	SubmittingAt  int64 // of the last submit intent, 0 when none was ever made
	Submits       int
	Looks         int // looks that found nothing, at least Pace.LookGap apart
	LookedAt      int64
	Unsure        bool // a draft/add ended unclear: drafts may be left over
	Reason        string
	Detail        string
	Version       int64
}

func (delivery) TableName() string { return "wechat_deliveries" }

type assetRow struct {
	Account   string `gorm:"primaryKey"`
	Kind      string `gorm:"primaryKey"` // "body" or a material type
	Hash      string `gorm:"primaryKey"`
	URL       string
	MediaID   string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

func (assetRow) TableName() string { return "wechat_assets" }

// letter is one event as it came in.
type letter struct {
	ID        int64 `gorm:"primaryKey"`
	Account   string
	Digest    string
	Event     string
	PublishID string
	ArticleID string
	Raw       string
	At        int64
	UsedAt    int64
}

func (letter) TableName() string { return "wechat_inbox" }

// open loads the delivery of a publication, and makes it first when there is
// none.
func open(tx *db.Tx, fresh delivery) (delivery, error) {
	if err := tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
		return delivery{}, err
	}
	d, _, err := load(tx, fresh.PublicationID)
	return d, err
}

func load(tx *db.Tx, publicationID int64) (d delivery, found bool, err error) {
	err = tx.G.Where("publication_id = ?", publicationID).Take(&d).Error
	if db.IsNotFound(err) {
		return d, false, nil
	}
	return d, err == nil, err
}

// save writes d if nobody has changed it since it was read, and counts its
// version up. Otherwise another worker has it: publish.ErrFenced.
func save(tx *db.Tx, d *delivery) error {
	seen := d.Version
	next := *d
	next.Version++
	next.Detail = cutText(next.Detail, 2000)
	res := tx.G.Model(&delivery{}).Where("publication_id = ? AND version = ?", d.PublicationID, seen).Select("*").Updates(&next)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return publish.ErrFenced
	}
	*d = next
	return nil
}

func asset(tx *db.Tx, account, kind, hash string) (assetRow, bool, error) {
	var row assetRow
	err := tx.G.Where("account = ? AND kind = ? AND hash = ?", account, kind, hash).Take(&row).Error
	if db.IsNotFound(err) {
		return row, false, nil
	}
	return row, err == nil, err
}

func keepAsset(tx *db.Tx, row assetRow) error {
	row.CreatedAt = db.Micros(tx.Now())
	return tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
}

func forgetAssets(tx *db.Tx, account, kind string) error {
	return tx.G.Where("account = ? AND kind = ?", account, kind).Delete(&assetRow{}).Error
}

// receive stores an event once and says whether it is new. MySQL counts an
// ignored duplicate as a row, so the answer comes from looking first.
func receive(tx *db.Tx, l letter) (bool, error) {
	err := tx.G.Where("digest = ?", l.Digest).Take(&letter{}).Error
	if err == nil || !db.IsNotFound(err) {
		return false, err
	}
	err = tx.G.Create(&l).Error
	if db.IsDuplicate(err) {
		return false, nil
	}
	return err == nil, err
}

// unused are the events about a publish id that no read has followed yet, or,
// for an empty id, all of the account's since a moment.
func unused(tx *db.Tx, account, publishID string, since int64) ([]letter, error) {
	q := tx.G.Where("account = ? AND used_at = 0", account)
	if publishID != "" {
		q = q.Where("publish_id = ?", publishID)
	} else {
		q = q.Where("at >= ?", since)
	}
	var all []letter
	err := q.Order("id DESC").Limit(20).Find(&all).Error
	return all, err
}

func use(tx *db.Tx, letters []letter) error {
	for _, l := range letters {
		err := tx.G.Model(&letter{}).Where("id = ? AND used_at = 0", l.ID).Update("used_at", db.Micros(tx.Now())).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// deliveryOf finds the delivery that was given a publish id.
func deliveryOf(tx *db.Tx, account, publishID string) (d delivery, found bool, err error) {
	err = tx.G.Where("account = ? AND publish_id = ?", account, publishID).Take(&d).Error
	if db.IsNotFound(err) {
		return d, false, nil
	}
	return d, err == nil, err
}

// standing are the publications of articles that nobody has missed so far.
func standing(tx *db.Tx, account string, articles []string) (publications []int64, err error) {
	if len(articles) == 0 {
		return nil, nil
	}
	err = tx.G.Model(&delivery{}).Where("account = ? AND state = ? AND looks = 0 AND article_id IN ?", account, published, articles).Pluck("publication_id", &publications).Error
	return publications, err
}
