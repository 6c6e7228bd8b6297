package migrations

import "gorm.io/gorm"

type foiRequest0028 struct {
	ID             int64 `gorm:"primaryKey;index:foi_requests_newest,priority:2"`
	OrganisationID int64 `gorm:"not null;index:foi_requests_newest,priority:1"`
}

func (foiRequest0028) TableName() string { return "foi_requests" }

// register lets the register be read from its newest page on.
func register(g *gorm.DB) error {
	if g.Migrator().HasIndex(&foiRequest0028{}, "foi_requests_newest") {
		return nil
	}
	return g.Migrator().CreateIndex(&foiRequest0028{}, "foi_requests_newest")
}
