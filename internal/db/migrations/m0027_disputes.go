package migrations

import "gorm.io/gorm"

type foiDispute0027 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:foi_disputes_closed,priority:1;uniqueIndex:foi_disputes_number,priority:1"`
	RequestID      int64  `gorm:"not null;index:foi_disputes_request"`
	Kind           string `gorm:"size:20;not null"`
	Number         string `gorm:"size:100;not null;uniqueIndex:foi_disputes_number,priority:2"`
	About          string `gorm:"type:text;not null"`
	ServedOn       int    `gorm:"not null"`
	Simplified     bool   `gorm:"not null"`
	AnsweredOn     int    `gorm:"not null"`
	Result         string `gorm:"size:20;not null"`
	ClosedOn       int    `gorm:"not null;index:foi_disputes_closed,priority:2"`
	PersonID       int64  `gorm:"not null"`
	CreatedAt      int64  `gorm:"not null;autoCreateTime:false"`
	Version        int64  `gorm:"not null"`
}

func (foiDispute0027) TableName() string { return "foi_disputes" }

// disputes is the register of reconsiderations and suits.
func disputes(g *gorm.DB) error { return create(g, &foiDispute0027{}) }
