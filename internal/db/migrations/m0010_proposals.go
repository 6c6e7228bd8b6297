package migrations

import "gorm.io/gorm"

type postProposal0010 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:post_proposals_open,priority:1"`
	PersonID       int64  `gorm:"not null"`
	Post           string `gorm:"size:40;not null"`
	UnitID         int64  `gorm:"not null"`
	ProposedBy     int64  `gorm:"not null"`
	ProposedAt     int64  `gorm:"not null"`
	EndedBy        int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null;index:post_proposals_open,priority:2"`
	Confirmed      bool   `gorm:"not null"`
}

func (postProposal0010) TableName() string { return "post_proposals" }

func proposals(g *gorm.DB) error { return create(g, &postProposal0010{}) }
