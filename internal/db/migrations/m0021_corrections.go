package migrations

import "gorm.io/gorm"

type correction0021 struct {
	ManuscriptID   int64  `gorm:"primaryKey;autoIncrement:false"`
	CorrectsID     int64  `gorm:"not null;index:corrections_of"`
	OrganisationID int64  `gorm:"not null"`
	Slot           string `gorm:"size:40;not null;uniqueIndex:corrections_slot"`
	Reason         string `gorm:"size:1000;not null"`
	StartedBy      int64  `gorm:"not null"`
	StartedFor     int64  `gorm:"not null"`
	StartedAt      int64  `gorm:"not null"`
	SignedBy       int64  `gorm:"not null"`
	DoneAt         int64  `gorm:"not null"`
}

type pin0021 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:pins_until,priority:2"`
	ManuscriptID   int64  `gorm:"not null;index:pins_manuscript"`
	Reason         string `gorm:"size:1000;not null"`
	Until          int64  `gorm:"not null;index:pins_until,priority:1"`
	AskedBy        int64  `gorm:"not null"`
	AskedFor       int64  `gorm:"not null"`
	AskedAt        int64  `gorm:"not null"`
	ConfirmedBy    int64  `gorm:"not null"`
	ConfirmedFor   int64  `gorm:"not null"`
	ConfirmedAt    int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null"`
	Version        int64  `gorm:"not null"`
}

type sitePage0021 struct {
	Path     string `gorm:"primaryKey;size:120"`
	MovedTo  int64  `gorm:"not null;default:0"`
	PinnedAt int64  `gorm:"not null;default:0"`
}

func (correction0021) TableName() string { return "corrections" }
func (pin0021) TableName() string        { return "pins" }
func (sitePage0021) TableName() string   { return "site_pages" }

// corrections lets one manuscript take another's place before readers, and a
// page stand at the head of its column.
func corrections(g *gorm.DB) error {
	for _, name := range []string{"MovedTo", "PinnedAt"} {
		if g.Migrator().HasColumn(&sitePage0021{}, name) {
			continue
		}
		if err := g.Migrator().AddColumn(&sitePage0021{}, name); err != nil {
			return err
		}
	}
	return create(g, &correction0021{}, &pin0021{})
}
