package migrations

import "gorm.io/gorm"

type searchEntry0014 struct {
	Edition        int64  `gorm:"primaryKey;autoIncrement:false"`
	ManuscriptID   int64  `gorm:"not null;uniqueIndex:search_entries_manuscript"`
	OrganisationID int64  `gorm:"not null;index:search_entries_unread,priority:2"`
	UnitID         int64  `gorm:"not null"`
	SectionID      int64  `gorm:"not null"`
	At             int64  `gorm:"not null"`
	Text           []byte `gorm:"type:mediumblob;not null"`
	Unread         bool   `gorm:"not null;index:search_entries_unread,priority:1"`
}

type searchSegment0014 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:search_segments_newest,priority:1"`
	Oldest         int64  `gorm:"not null"`
	Newest         int64  `gorm:"not null;index:search_segments_newest,priority:2"`
	Docs           []byte `gorm:"type:mediumblob;not null"`
}

type searchBucket0014 struct {
	Bucket    int    `gorm:"primaryKey;autoIncrement:false"`
	SegmentID int64  `gorm:"primaryKey;autoIncrement:false"`
	Places    []byte `gorm:"type:mediumblob;not null"`
}

func (searchEntry0014) TableName() string   { return "search_entries" }
func (searchSegment0014) TableName() string { return "search_segments" }
func (searchBucket0014) TableName() string  { return "search_buckets" }

// search makes the index and notes what there is to be read into it.
func search(g *gorm.DB) error {
	if err := create(g, &searchEntry0014{}, &searchSegment0014{}, &searchBucket0014{}); err != nil {
		return err
	}
	return g.Exec(`INSERT INTO search_entries (edition, manuscript_id, organisation_id, unit_id, section_id, at, text, unread)
SELECT m.revision_id * 2 + CASE WHEN m.index_no <> '' THEN 1 ELSE 0 END, m.id, m.organisation_id, m.unit_id, m.section_id, m.updated_at, '', 1 FROM manuscripts m
WHERE m.revision_id > 0 AND NOT EXISTS (SELECT 1 FROM search_entries e WHERE e.manuscript_id = m.id)`).Error
}
