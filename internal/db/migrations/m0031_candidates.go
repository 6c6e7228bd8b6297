package migrations

import "gorm.io/gorm"

type foiCandidate0031 struct {
	RequestID      int64  `gorm:"primaryKey;autoIncrement:false"`
	OrganisationID int64  `gorm:"not null;index:foi_candidates_organisation"`
	Note           string `gorm:"type:text;not null"`
	SuggestedBy    int64  `gorm:"not null"`
	SuggestedAt    int64  `gorm:"not null"`
	ManuscriptID   int64  `gorm:"not null"`
	Reason         string `gorm:"type:text;not null"`
	EndedBy        int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null"`
}

func (foiCandidate0031) TableName() string { return "foi_candidates" }

// candidates are answers that may serve everybody.
func candidates(g *gorm.DB) error { return create(g, &foiCandidate0031{}) }
