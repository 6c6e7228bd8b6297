package audit

import (
	"time"

	"gongkai/internal/db"
)

type entryRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	EventID        string
	At             int64
	PersonID       int64
	Action         string
	Object         string
	Body           string
}

type linkRow struct {
	OrganisationID int64 `gorm:"primaryKey;autoIncrement:false"`
	Seq            int64 `gorm:"primaryKey;autoIncrement:false"`
	EntryID        int64
	Algorithm      string
	Prev           string
	Hash           string
	SealedAt       int64
}

type checkpointRow struct {
	OrganisationID int64 `gorm:"primaryKey;autoIncrement:false"`
	Size           int64 `gorm:"primaryKey;autoIncrement:false"`
	PrevSize       int64
	Head           string
	At             int64
	KeyID          string
	Signature      string
	Root           string
}

func (r checkpointRow) checkpoint() Checkpoint {
	return Checkpoint{r.OrganisationID, r.Size, r.PrevSize, r.Head, db.Time(r.At), r.KeyID, r.Root, r.Signature}
}

type treeRow struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Algorithm      string `gorm:"primaryKey"`
	Size           int64
	Hashes         string // hexadecimal, the roots of the full subtrees from the left
}

func (entryRow) TableName() string      { return "audit_entries" }
func (linkRow) TableName() string       { return "audit_links" }
func (checkpointRow) TableName() string { return "audit_checkpoints" }
func (treeRow) TableName() string       { return "audit_trees" }

func insertEntry(tx *db.Tx, e Entry, body string) error {
	return tx.Queue("INSERT INTO audit_entries (organisation_id, event_id, at, person_id, action, object, body) VALUES (?,?,?,?,?,?,?)",
		e.OrganisationID, e.EventID, db.Micros(e.At), e.PersonID, e.Action, e.Object, body)
}

// organisations are those with entries, 0 for what was done outside of them. It
// steps from one to the next in the index: DISTINCT would read all entries,
// twice a second.
func organisations(tx *db.Tx) ([]int64, error) {
	var ids []int64
	for last := int64(-1); ; {
		var next *int64
		if err := tx.G.Raw("SELECT MIN(organisation_id) FROM audit_entries WHERE organisation_id > ?", last).Scan(&next).Error; err != nil || next == nil {
			return ids, err
		}
		ids, last = append(ids, *next), *next
	}
}

func lastLink(tx *db.Tx, organisation int64) (linkRow, error) {
	var row linkRow
	err := tx.G.Where("organisation_id = ?", organisation).Order("seq DESC").Limit(1).Find(&row).Error
	if row.Seq == 0 {
		row.Hash = genesis
	}
	return row, err
}

// unsealed lists entries after an id that have no link, oldest first.
func unsealed(tx *db.Tx, organisation, after int64, limit int) ([]entryRow, error) {
	var rows []entryRow
	err := tx.G.Raw(`SELECT e.id, e.organisation_id, e.event_id, e.at, e.body FROM audit_entries e LEFT JOIN audit_links l ON l.entry_id = e.id
WHERE e.organisation_id = ? AND e.id > ? AND l.entry_id IS NULL ORDER BY e.id LIMIT ?`, organisation, after, limit).Scan(&rows).Error
	return rows, err
}

func insertLinks(tx *db.Tx, rows []linkRow) error { return tx.G.CreateInBatches(&rows, 200).Error }

func lastCheckpoint(tx *db.Tx, organisation int64) (checkpointRow, error) {
	var row checkpointRow
	return row, tx.G.Where("organisation_id = ?", organisation).Order("size DESC").Limit(1).Find(&row).Error
}

// Found is an entry as the audit page lists it.
type Found struct {
	Entry
	ID  int64 // as Query.Before for the next page
	Seq int64 // 0 while not yet sealed
}

// Query narrows the list; zero fields do not.
type Query struct {
	OrganisationID int64
	PersonID       int64
	Object         string
	Action         string
	From, Until    time.Time
	Before         int64 // entries with a smaller id: the next page
	Limit          int
}

type foundRow struct {
	ID   int64
	Body string
	Seq  int64
}

func (q Query) rows(tx *db.Tx) ([]foundRow, error) {
	g := tx.G.Table("audit_entries e").Select("e.id, e.body, COALESCE(l.seq, 0) AS seq").
		Joins("LEFT JOIN audit_links l ON l.entry_id = e.id").Where("e.organisation_id = ?", q.OrganisationID)
	if q.PersonID != 0 {
		g = g.Where("e.person_id = ?", q.PersonID)
	}
	if q.Object != "" {
		g = g.Where("e.object = ?", q.Object)
	}
	if q.Action != "" {
		g = g.Where("e.action = ?", q.Action)
	}
	if !q.From.IsZero() {
		g = g.Where("e.at >= ?", db.Micros(q.From))
	}
	if !q.Until.IsZero() {
		g = g.Where("e.at < ?", db.Micros(q.Until))
	}
	if q.Before != 0 {
		g = g.Where("e.id < ?", q.Before)
	}
	if q.Limit <= 0 || q.Limit > 500 {
		q.Limit = 50
	}
	var rows []foundRow
	return rows, g.Order("e.id DESC").Limit(q.Limit).Scan(&rows).Error
}

type sealedRow struct {
	Seq                                  int64
	Algorithm, Prev, Hash, Body, EventID string
	SealedAt                             int64
}

func sealedAfter(tx *db.Tx, organisation, seq int64, limit int) ([]sealedRow, error) {
	var rows []sealedRow
	err := tx.G.Raw(`SELECT l.seq, l.algorithm, l.prev, l.hash, l.sealed_at, e.body, e.event_id FROM audit_links l JOIN audit_entries e ON e.id = l.entry_id
WHERE l.organisation_id = ? AND l.seq > ? ORDER BY l.seq LIMIT ?`, organisation, seq, limit).Scan(&rows).Error
	return rows, err
}

func checkpoints(tx *db.Tx, organisation int64) ([]checkpointRow, error) {
	var rows []checkpointRow
	return rows, tx.G.Where("organisation_id = ?", organisation).Order("size").Find(&rows).Error
}

// lease takes or renews a named lease for a while; the fence grows with every
// change of hands.
func lease(tx *db.Tx, name, owner string, until time.Time) (bool, error) {
	res := tx.G.Exec("UPDATE leases SET owner = ?, until = ?, fence = fence + 1 WHERE name = ? AND (owner = ? OR until < ?)",
		owner, db.Micros(until), name, owner, db.Micros(tx.Now()))
	if res.Error != nil || res.RowsAffected == 1 {
		return res.RowsAffected == 1, res.Error
	}
	err := tx.G.Exec("INSERT INTO leases (name, owner, until, fence) VALUES (?, ?, ?, 1)", name, owner, db.Micros(until)).Error
	if db.IsDuplicate(err) {
		return false, nil
	}
	return err == nil, err
}

// newestCheckpoint is the last that was signed for any organisation.
func newestCheckpoint(tx *db.Tx) (c checkpointRow, err error) {
	return c, tx.G.Raw("SELECT * FROM audit_checkpoints ORDER BY at DESC, size DESC LIMIT 1").Scan(&c).Error
}

func insertCheckpoint(tx *db.Tx, c Checkpoint) error {
	return tx.G.Create(&checkpointRow{c.OrganisationID, c.Size, c.PrevSize, c.Head, db.Micros(c.At), c.KeyID, c.Signature, c.Root}).Error
}

func storedTree(tx *db.Tx, organisation int64, a Algorithm) (treeRow, error) {
	var row treeRow
	return row, tx.G.Where("organisation_id = ? AND algorithm = ?", organisation, a).Limit(1).Find(&row).Error
}

func storeTree(tx *db.Tx, r treeRow) error {
	return tx.G.Exec("REPLACE INTO audit_trees (organisation_id, algorithm, size, hashes) VALUES (?, ?, ?, ?)", r.OrganisationID, r.Algorithm, r.Size, r.Hashes).Error
}

// linkHashes are the leaves of the tree after the first seq of them.
func linkHashes(tx *db.Tx, organisation, seq int64, limit int) ([]string, error) {
	var hashes []string
	err := tx.G.Raw("SELECT hash FROM audit_links WHERE organisation_id = ? AND seq > ? ORDER BY seq LIMIT ?", organisation, seq, limit).Scan(&hashes).Error
	return hashes, err
}
