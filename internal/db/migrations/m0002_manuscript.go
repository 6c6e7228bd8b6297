package migrations

import "gorm.io/gorm"

type section0002 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;uniqueIndex:sections_slug,priority:1"`
	Slug           string `gorm:"size:60;not null;uniqueIndex:sections_slug,priority:2"`
	Title          string `gorm:"size:60;not null"`
	Description    string `gorm:"size:400;not null"`
	Keywords       string `gorm:"size:200;not null"`
	ColumnType     string `gorm:"size:60;not null"`
	Sort           int    `gorm:"not null"`
}

type manuscript0002 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:manuscripts_organisation,priority:1"`
	UnitID         int64  `gorm:"not null"`
	DrafterID      int64  `gorm:"not null;index:manuscripts_drafter,priority:1"`
	State          string `gorm:"size:20;not null;index:manuscripts_organisation,priority:2"`
	Title          string `gorm:"size:400;not null"`
	Kind           string `gorm:"size:40;not null"`
	SectionID      int64  `gorm:"not null"`
	RevisionID     int64  `gorm:"not null"`
	RevisionNo     int    `gorm:"not null"`
	Hash           string `gorm:"size:71;not null"`
	Authors        string `gorm:"size:800;not null"`
	RunID          int64  `gorm:"not null"`
	Round          int    `gorm:"not null"`
	Disclosure     string `gorm:"size:20;not null"`
	IndexNo        string `gorm:"size:60;not null"`
	PublishAt      int64  `gorm:"not null"`
	SignedAt       int64  `gorm:"not null"`
	PublishedAt    int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null"`
	EndReason      string `gorm:"size:1000;not null"`
	CreatedAt      int64  `gorm:"not null;autoCreateTime:false"`
	UpdatedAt      int64  `gorm:"not null;autoUpdateTime:false;index:manuscripts_organisation,priority:3;index:manuscripts_drafter,priority:2"`
	Version        int64  `gorm:"not null"`
}

type revision0002 struct {
	ID           int64  `gorm:"primaryKey"`
	ManuscriptID int64  `gorm:"not null;uniqueIndex:revisions_no,priority:1"`
	No           int    `gorm:"not null;uniqueIndex:revisions_no,priority:2"`
	Hash         string `gorm:"size:71;not null"`
	AuthorID     int64  `gorm:"not null"`
	ForID        int64  `gorm:"not null"`
	Step         string `gorm:"size:40;not null"`
	Note         string `gorm:"size:1000;not null"`
	Title        string `gorm:"size:400;not null"`
	Body         string `gorm:"type:longtext;not null"`
	Fields       string `gorm:"type:longtext;not null"`
	CreatedAt    int64  `gorm:"not null;autoCreateTime:false"`
}

type indexCounter0002 struct {
	OrganisationID int64 `gorm:"primaryKey;autoIncrement:false"`
	Year           int   `gorm:"primaryKey;autoIncrement:false"`
	Last           int64 `gorm:"not null"`
}

type blob0002 struct {
	Hash      string `gorm:"primaryKey;size:71"`
	MediaType string `gorm:"size:120;not null"`
	Size      int64  `gorm:"not null"`
	CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
}

type blobChunk0002 struct {
	Hash  string `gorm:"primaryKey;size:71"`
	N     int    `gorm:"primaryKey;autoIncrement:false"`
	Bytes []byte `gorm:"type:mediumblob;not null"`
}

func (section0002) TableName() string      { return "sections" }
func (manuscript0002) TableName() string   { return "manuscripts" }
func (revision0002) TableName() string     { return "revisions" }
func (indexCounter0002) TableName() string { return "index_counters" }
func (blob0002) TableName() string         { return "blobs" }
func (blobChunk0002) TableName() string    { return "blob_chunks" }

func manuscript(g *gorm.DB) error {
	if err := create(g, &section0002{}, &manuscript0002{}, &revision0002{}, &indexCounter0002{}, &blob0002{}, &blobChunk0002{}); err != nil {
		return err
	}
	return appendOnly(g, "revisions")
}
