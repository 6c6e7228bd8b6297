package migrations

import "gorm.io/gorm"

type annualReport0026 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;uniqueIndex:annual_reports_year,priority:1"`
	Year           int    `gorm:"not null;uniqueIndex:annual_reports_year,priority:2"`
	State          string `gorm:"size:20;not null"`
	Narrative      string `gorm:"type:longtext;not null"`
	Snapshot       string `gorm:"type:longtext;not null"`
	ManuscriptID   int64  `gorm:"not null"`
	FrozenBy       int64  `gorm:"not null"`
	FrozenAt       int64  `gorm:"not null"`
	Version        int64  `gorm:"not null"`
}

type annualEntry0026 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:annual_entries_year,priority:1"`
	Year           int    `gorm:"not null;index:annual_entries_year,priority:2"`
	Cell           string `gorm:"size:12;not null"`
	Reported       bool   `gorm:"not null"`
	Amount         int64  `gorm:"not null"`
	Note           string `gorm:"size:500;not null"`
	PersonID       int64  `gorm:"not null"`
	ForID          int64  `gorm:"not null"`
	At             int64  `gorm:"not null"`
}

type publication0026 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:publications_live,priority:1"`
	LiveAt         int64  `gorm:"not null;index:publications_live,priority:2"`
	Channel        string `gorm:"size:20;not null;index:publications_live,priority:3"`
	ManuscriptID   int64  `gorm:"not null;index:publications_live,priority:4"`
}

func (annualReport0026) TableName() string { return "annual_reports" }
func (annualEntry0026) TableName() string  { return "annual_entries" }
func (publication0026) TableName() string  { return "publications" }

// annual keeps a year's report until it is frozen, and who attests the figures
// that no register of ours holds. What was attested is only ever added to.
func annual(g *gorm.DB) error {
	if err := create(g, &annualReport0026{}, &annualEntry0026{}); err != nil {
		return err
	}
	if !g.Migrator().HasIndex(&publication0026{}, "publications_live") {
		if err := g.Migrator().CreateIndex(&publication0026{}, "publications_live"); err != nil {
			return err
		}
	}
	return appendOnly(g, "annual_entries")
}
