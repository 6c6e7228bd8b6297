package migrations

import "gorm.io/gorm"

type definition0003 struct {
	ID      string `gorm:"primaryKey;size:40"`
	Version int    `gorm:"primaryKey;autoIncrement:false"`
	Digest  string `gorm:"size:71;not null"`
	Text    string `gorm:"type:longtext;not null"`
	SeenAt  int64  `gorm:"not null"`
}

type run0003 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:runs_open,priority:1;index:runs_post,priority:1"`
	UnitID         int64  `gorm:"not null"`
	Subject        string `gorm:"size:60;not null;index:runs_subject"`
	Definition     string `gorm:"size:40;not null"`
	DefVersion     int    `gorm:"not null"`
	DrafterID      int64  `gorm:"not null"`
	State          string `gorm:"size:20;not null"`
	Step           string `gorm:"size:40;not null"`
	Post           string `gorm:"size:40;not null;index:runs_open,priority:2;index:runs_post,priority:2"` // empty when no post's move
	SeatUnit       int64  `gorm:"not null;index:runs_open,priority:3"`                                    // the unit the post is held in, 0 for anywhere
	Scope          string `gorm:"size:20;not null"`
	Round          int    `gorm:"not null"`
	Hash           string `gorm:"size:71;not null"`
	Returned       string `gorm:"size:40;not null"`
	StartedAt      int64  `gorm:"not null"`
	OpenedAt       int64  `gorm:"not null;index:runs_open,priority:4;index:runs_post,priority:3"`
	ReferredAt     int64  `gorm:"not null"`
	SignedAt       int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null"`
	Version        int64  `gorm:"not null"`
}

type decision0003 struct {
	ID        int64  `gorm:"primaryKey"`
	RunID     int64  `gorm:"not null;uniqueIndex:decisions_n,priority:1"`
	N         int64  `gorm:"not null;uniqueIndex:decisions_n,priority:2"`
	Round     int    `gorm:"not null"`
	Step      string `gorm:"size:40;not null"`
	Verdict   string `gorm:"size:20;not null"`
	Target    string `gorm:"size:40;not null"`
	Gate      string `gorm:"size:40;not null"`
	Note      string `gorm:"size:2000;not null"`
	Outcome   string `gorm:"size:20;not null"`
	Ground    string `gorm:"size:10;not null"`
	Checklist string `gorm:"size:400;not null"`
	PersonID  int64  `gorm:"not null;index:decisions_person"`
	ForID     int64  `gorm:"not null"`
	Hash      string `gorm:"size:71;not null"`
	NewHash   string `gorm:"size:71;not null"`
	At        int64  `gorm:"not null"`
}

func (definition0003) TableName() string { return "workflow_definitions" }
func (run0003) TableName() string        { return "runs" }
func (decision0003) TableName() string   { return "decisions" }

func workflow(g *gorm.DB) error {
	if err := create(g, &definition0003{}, &run0003{}, &decision0003{}); err != nil {
		return err
	}
	if err := appendOnly(g, "workflow_definitions"); err != nil {
		return err
	}
	return appendOnly(g, "decisions")
}
