package migrations

import "gorm.io/gorm"

type sitePage0007 struct {
	Path           string `gorm:"primaryKey;size:120"`
	OrganisationID int64  `gorm:"not null;index:site_pages_list,priority:1"`
	SectionSlug    string `gorm:"size:60;not null;index:site_pages_list,priority:2"`
	ManuscriptID   int64  `gorm:"not null;uniqueIndex:site_pages_manuscript"`
	PublicationID  int64  `gorm:"not null"`
	RevisionNo     int    `gorm:"not null"`
	Artefact       string `gorm:"size:71;not null"`
	Title          string `gorm:"size:400;not null"`
	Summary        string `gorm:"size:1000;not null"`
	IndexNo        string `gorm:"size:60;not null"`
	DocNo          string `gorm:"size:60;not null"`
	PublishedAt    int64  `gorm:"not null;index:site_pages_list,priority:4"`
	GoneAt         int64  `gorm:"not null;index:site_pages_list,priority:3"`
	GoneReason     string `gorm:"size:40;not null"`
	Version        int64  `gorm:"not null"`
}

type siteFile0007 struct {
	Hash         string `gorm:"primaryKey;size:71"`
	ManuscriptID int64  `gorm:"primaryKey;autoIncrement:false"`
	Name         string `gorm:"size:200;not null"`
	MediaType    string `gorm:"size:120;not null"`
	Size         int64  `gorm:"not null"`
}

func (sitePage0007) TableName() string { return "site_pages" }
func (siteFile0007) TableName() string { return "site_files" }

func site(g *gorm.DB) error { return create(g, &sitePage0007{}, &siteFile0007{}) }
