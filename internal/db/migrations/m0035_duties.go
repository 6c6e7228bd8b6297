package migrations

import "gorm.io/gorm"

type duty0035 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:duties_open,priority:1"`
	Kind           string `gorm:"size:20;not null"`
	Title          string `gorm:"size:400;not null"`
	Since          int    `gorm:"not null"`
	DoneOn         int    `gorm:"not null;index:duties_open,priority:2"`
	Dropped        bool   `gorm:"not null"`
	Note           string `gorm:"type:text;not null"`
	PersonID       int64  `gorm:"not null"`
	Version        int64  `gorm:"not null"`
}

func (duty0035) TableName() string { return "duties" }

// duties are what has to be published by a day.
func duties(g *gorm.DB) error { return create(g, &duty0035{}) }
