package migrations

import "gorm.io/gorm"

type errandPart0034 struct {
	ErrandID int64  `gorm:"primaryKey;autoIncrement:false"`
	N        int    `gorm:"primaryKey;autoIncrement:false"`
	Text     string `gorm:"type:mediumtext;not null"`
}

func (errandPart0034) TableName() string { return "errand_parts" }

// errandParts hold results that are too large for one row.
func errandParts(g *gorm.DB) error { return create(g, &errandPart0034{}) }
