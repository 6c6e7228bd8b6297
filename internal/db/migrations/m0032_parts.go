package migrations

import "gorm.io/gorm"

type annualPart0032 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;uniqueIndex:annual_parts_unit,priority:1"`
	Year           int    `gorm:"not null;uniqueIndex:annual_parts_unit,priority:2"`
	Unit           string `gorm:"size:200;not null;uniqueIndex:annual_parts_unit,priority:3"`
	Name           string `gorm:"size:200;not null"`
	Figures        string `gorm:"type:mediumtext;not null"`
	Notes          string `gorm:"type:mediumtext;not null"`
	PersonID       int64  `gorm:"not null"`
	At             int64  `gorm:"not null"`
}

func (annualPart0032) TableName() string { return "annual_parts" }

// parts are the reports of the units a consolidated report sums up.
func parts(g *gorm.DB) error { return create(g, &annualPart0032{}) }
