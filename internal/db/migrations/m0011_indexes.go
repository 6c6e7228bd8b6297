package migrations

import "gorm.io/gorm"

// The register without a state sorted every manuscript of an organisation.
type manuscript0011 struct {
	OrganisationID int64 `gorm:"index:manuscripts_register,priority:1"`
	UpdatedAt      int64 `gorm:"autoUpdateTime:false;index:manuscripts_register,priority:2"`
}

// Every page counts what its reader has not read.
type notice0011 struct {
	PersonID int64 `gorm:"index:notices_unread,priority:1"`
	ReadAt   int64 `gorm:"index:notices_unread,priority:2"`
}

// Whoever is told of a task includes those who stand in now.
type delegation0011 struct {
	OrganisationID int64 `gorm:"index:delegations_now,priority:1"`
	EndsAt         int64 `gorm:"index:delegations_now,priority:2"`
}

func (manuscript0011) TableName() string { return "manuscripts" }
func (notice0011) TableName() string     { return "notices" }
func (delegation0011) TableName() string { return "delegations" }

func indexes(g *gorm.DB) error { return create(g, &manuscript0011{}, &notice0011{}, &delegation0011{}) }
