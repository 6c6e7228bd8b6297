package site

import (
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/db"
)

type pageRow struct {
	Path           string `gorm:"primaryKey"`
	OrganisationID int64
	SectionSlug    string
	ManuscriptID   int64
	PublicationID  int64
	RevisionNo     int
	ContentHash    string
	Artefact       string
	Title          string
	Summary        string
	IndexNo        string
	DocNo          string
	DocDate        string
	PublishedAt    int64
	RevisedAt      int64
	GoneAt         int64
	GoneReason     string
	Version        int64
	MovedTo        int64 // the manuscript whose page stands in its place
	PinnedAt       int64
}

type fileRow struct {
	ManuscriptID int64
	Hash         string
	Name         string
	MediaType    string
	Size         int64
}

func (pageRow) TableName() string { return "site_pages" }
func (fileRow) TableName() string { return "site_files" }

// bump counts a change of the site and keeps every other change out until tx
// ends, so versions become visible in their order.
func bump(tx *db.Tx) (int64, error) {
	if err := tx.G.Exec("UPDATE site_state SET revision = revision + 1 WHERE id = 1").Error; err != nil {
		return 0, err
	}
	return revision(tx)
}

func revision(tx *db.Tx) (int64, error) {
	var n int64
	return n, tx.G.Raw("SELECT revision FROM site_state WHERE id = 1").Scan(&n).Error
}

// loadPage answers nil when the manuscript never had a page.
func loadPage(tx *db.Tx, manuscript int64) (*pageRow, error) {
	var row pageRow
	err := tx.G.Where("manuscript_id = ?", manuscript).Take(&row).Error
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &row, err
}

func savePage(tx *db.Tx, p Page, artefact []byte, version int64, replace bool) error {
	hash, err := blob.Put(tx, "text/html; charset=utf-8", artefact)
	if err != nil {
		return err
	}
	row := pageRow{p.Path, p.OrganisationID, p.Section.Slug, p.ManuscriptID, p.PublicationID, p.RevisionNo, p.Hash, hash,
		p.Title, p.Summary, p.IndexNo, p.DocNo, p.DocDate, db.Micros(p.PublishedAt), db.Micros(p.RevisedAt), 0, "", version, 0, 0}
	if replace {
		err = tx.G.Model(&pageRow{}).Where("manuscript_id = ?", p.ManuscriptID).Select("*").Updates(&row).Error
	} else {
		err = tx.G.Create(&row).Error
	}
	if err != nil {
		return err
	}
	return saveFiles(tx, p)
}

// saveFiles names the blobs the page lets readers have: its attachments, and
// the images of its text under no name.
func saveFiles(tx *db.Tx, p Page) error {
	var rows []fileRow
	for _, f := range p.Files {
		var n int64
		if err := tx.G.Raw("SELECT COUNT(*) FROM blobs WHERE hash = ?", f.Hash).Scan(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			return blob.ErrNotFound.With("hash", f.Hash)
		}
		rows = append(rows, fileRow{p.ManuscriptID, f.Hash, f.Name, f.MediaType, f.Size})
	}
	for _, hash := range body.Blobs(p.Body) {
		b, err := blob.Get(tx, hash)
		if err != nil {
			return err
		}
		rows = append(rows, fileRow{p.ManuscriptID, hash, "", b.MediaType, int64(len(b.Bytes))})
	}
	if err := tx.G.Exec("DELETE FROM site_files WHERE manuscript_id = ?", p.ManuscriptID).Error; err != nil || len(rows) == 0 {
		return err
	}
	return tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}

func hidePage(tx *db.Tx, manuscript int64, reason string, at time.Time, version int64) error {
	return tx.G.Exec("UPDATE site_pages SET gone_at = ?, gone_reason = ?, version = ? WHERE manuscript_id = ? AND gone_at = 0",
		db.Micros(at), reason, version, manuscript).Error
}

func pinPage(tx *db.Tx, manuscript int64, on bool, version int64) error {
	at := int64(0)
	if on {
		at = db.Micros(tx.Now())
	}
	return tx.G.Exec("UPDATE site_pages SET pinned_at = ?, version = ? WHERE manuscript_id = ? AND gone_at = 0", at, version, manuscript).Error
}

// movePage lets a page that is still visible lead to another manuscript's.
func movePage(tx *db.Tx, manuscript, to int64, at time.Time, version int64) error {
	return tx.G.Exec("UPDATE site_pages SET gone_at = ?, gone_reason = ?, moved_to = ?, version = ? WHERE manuscript_id = ? AND gone_at = 0",
		db.Micros(at), correctedReason, to, version, manuscript).Error
}

// changedPages reads the pages that changed after a version, with their files.
func changedPages(tx *db.Tx, organisation, after int64) ([]pageRow, map[int64][]fileRow, error) {
	var rows []pageRow
	if err := tx.G.Where("organisation_id = ? AND version > ?", organisation, after).Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	files := map[int64][]fileRow{}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ManuscriptID
	}
	for some := range slices.Chunk(ids, 500) {
		var part []fileRow
		if err := tx.G.Where("manuscript_id IN ?", some).Order("name").Find(&part).Error; err != nil {
			return nil, nil, err
		}
		for _, f := range part {
			files[f.ManuscriptID] = append(files[f.ManuscriptID], f)
		}
	}
	return rows, files, nil
}

// Shows marks which of the hashes a page consists of or gives readers; also
// pages that are gone, which may be looked into.
func Shows(tx *db.Tx, hashes []string, into map[string]bool) error {
	var found []string
	err := tx.G.Raw("SELECT artefact FROM site_pages WHERE artefact IN ? UNION SELECT hash FROM site_files WHERE hash IN ?", hashes, hashes).Scan(&found).Error
	for _, hash := range found {
		into[hash] = true
	}
	return err
}
