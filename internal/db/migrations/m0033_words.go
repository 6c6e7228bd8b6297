package migrations

import "gorm.io/gorm"

type foiWords0033 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;uniqueIndex:foi_words_last,priority:1"`
	LastID         int64  `gorm:"not null;uniqueIndex:foi_words_last,priority:2"`
	Requests       int    `gorm:"not null"`
	Grams          []byte `gorm:"type:blob;not null"`
	Text           []byte `gorm:"type:mediumblob;not null"`
}

func (foiWords0033) TableName() string { return "foi_words" }

// requestWords are the words of many requests in one row.
func requestWords(g *gorm.DB) error { return create(g, &foiWords0033{}) }
