package migrations

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type sitePage0007 struct {
	Path           string `gorm:"primaryKey;size:120"`
	OrganisationID int64  `gorm:"not null;index:site_pages_version,priority:1"`
	SectionSlug    string `gorm:"size:60;not null"`
	ManuscriptID   int64  `gorm:"not null;uniqueIndex:site_pages_manuscript"`
	PublicationID  int64  `gorm:"not null"`
	RevisionNo     int    `gorm:"not null"`
	ContentHash    string `gorm:"size:71;not null"`
	Artefact       string `gorm:"size:71;not null"`
	Title          string `gorm:"size:400;not null"`
	Summary        string `gorm:"size:1000;not null"`
	IndexNo        string `gorm:"size:60;not null"`
	DocNo          string `gorm:"size:60;not null"`
	DocDate        string `gorm:"size:10;not null"`
	PublishedAt    int64  `gorm:"not null"`
	RevisedAt      int64  `gorm:"not null"`
	GoneAt         int64  `gorm:"not null"`
	GoneReason     string `gorm:"size:40;not null"`
	Version        int64  `gorm:"not null;index:site_pages_version,priority:2"`
}

type siteFile0007 struct {
	ManuscriptID int64  `gorm:"primaryKey;autoIncrement:false"`
	Hash         string `gorm:"primaryKey;size:71"`
	Name         string `gorm:"primaryKey;size:200"`
	MediaType    string `gorm:"size:120;not null"`
	Size         int64  `gorm:"not null"`
}

type siteState0007 struct {
	ID       int64 `gorm:"primaryKey;autoIncrement:false"`
	Revision int64 `gorm:"not null"`
}

func (sitePage0007) TableName() string  { return "site_pages" }
func (siteFile0007) TableName() string  { return "site_files" }
func (siteState0007) TableName() string { return "site_state" }

func site(g *gorm.DB) error {
	if err := create(g, &sitePage0007{}, &siteFile0007{}, &siteState0007{}); err != nil {
		return err
	}
	return g.Clauses(clause.OnConflict{DoNothing: true}).Create(&siteState0007{ID: 1}).Error
}
