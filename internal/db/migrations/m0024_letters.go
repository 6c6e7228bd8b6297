package migrations

import "gorm.io/gorm"

type foiLetter0024 struct {
	ID             int64   `gorm:"primaryKey"`
	OrganisationID int64   `gorm:"not null;uniqueIndex:foi_letters_number,priority:1"`
	RequestID      int64   `gorm:"not null;index:foi_letters_request"`
	Kind           string  `gorm:"size:20;not null"`
	Code           string  `gorm:"size:5;not null"`
	Number         *string `gorm:"size:100;uniqueIndex:foi_letters_number,priority:2"`
	Ref            string  `gorm:"size:32;not null"`
	Sealed         string  `gorm:"type:longtext;not null"`
	DraftedBy      int64   `gorm:"not null"`
	DraftedAt      int64   `gorm:"not null"`
	FinishedBy     int64   `gorm:"not null"`
	FinishedAt     int64   `gorm:"not null"`
	Version        int64   `gorm:"not null"`
}

func (foiLetter0024) TableName() string { return "foi_letters" }

// letters keeps the documents of requests, sealed.
func letters(g *gorm.DB) error { return create(g, &foiLetter0024{}) }
