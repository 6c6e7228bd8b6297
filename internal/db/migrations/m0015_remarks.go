package migrations

import "gorm.io/gorm"

type remark0015 struct {
	ID           int64  `gorm:"primaryKey"`
	ManuscriptID int64  `gorm:"not null;index:remarks_manuscript"`
	Revision     int    `gorm:"not null"`
	Anchor       string `gorm:"type:text;not null"`
	Kind         string `gorm:"size:20;not null"`
	Text         string `gorm:"type:text;not null"`
	Replacement  string `gorm:"type:text;not null"`
	PersonID     int64  `gorm:"not null"`
	ForID        int64  `gorm:"not null"`
	At           int64  `gorm:"not null"`
	State        string `gorm:"size:20;not null"`
	DecidedBy    int64  `gorm:"not null"`
	DecidedFor   int64  `gorm:"not null"`
	DecidedAt    int64  `gorm:"not null"`
	Reason       string `gorm:"type:text;not null"`
	Replies      string `gorm:"type:longtext;not null"`
	Version      int64  `gorm:"not null"`
}

func (remark0015) TableName() string { return "remarks" }

func remarks(g *gorm.DB) error { return create(g, &remark0015{}) }
