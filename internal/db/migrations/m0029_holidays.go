package migrations

import "gorm.io/gorm"

type holidayNotice0029 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null"`
	Year           int    `gorm:"not null"`
	Body           string `gorm:"type:text;not null"`
	ProposedBy     int64  `gorm:"not null"`
	ProposedAt     int64  `gorm:"not null"`
	EndedBy        int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null"`
	Confirmed      bool   `gorm:"not null"`
	Moves          string `gorm:"type:longtext;not null"`
}

func (holidayNotice0029) TableName() string { return "holiday_notices" }

// holidays are the notices that arrive after the program was made.
func holidays(g *gorm.DB) error { return create(g, &holidayNotice0029{}) }
