package migrations

import "gorm.io/gorm"

// workingCopy0016 is what somebody typed into a form and has not saved.
type workingCopy0016 struct {
	PersonID     int64  `gorm:"primaryKey;autoIncrement:false"`
	ManuscriptID int64  `gorm:"primaryKey;autoIncrement:false"`
	Sheet        string `gorm:"primaryKey;size:64"`
	Title        string `gorm:"size:800;not null"`
	Form         string `gorm:"type:longtext;not null"`
	At           int64  `gorm:"not null;index:working_copies_at"`
}

func (workingCopy0016) TableName() string { return "working_copies" }

func workingCopies(g *gorm.DB) error { return create(g, &workingCopy0016{}) }
