package migrations

import "gorm.io/gorm"

type errand0020 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:errands_of,priority:1"`
	PersonID       int64  `gorm:"not null;index:errands_of,priority:2"`
	Kind           string `gorm:"size:40;not null"`
	State          string `gorm:"size:10;not null;index:errands_left,priority:1"`
	Total          int    `gorm:"not null"`
	Done           int    `gorm:"not null"`
	Wrong          int    `gorm:"not null"`
	Input          string `gorm:"size:80;not null"`
	Name           string `gorm:"size:200;not null"`
	Result         string `gorm:"type:longtext;not null"`
	ResultName     string `gorm:"size:200;not null"`
	Code           string `gorm:"size:80;not null"`
	CreatedAt      int64  `gorm:"not null"`
	StartedAt      int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null"`
	LeaseUntil     int64  `gorm:"not null;index:errands_left,priority:2"`
	Fence          int64  `gorm:"not null"`
	Tries          int    `gorm:"not null"`
}

func (errand0020) TableName() string { return "errands" }

// errands makes the table of long work and how far it is.
func errands(g *gorm.DB) error { return create(g, &errand0020{}) }
