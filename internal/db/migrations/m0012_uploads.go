package migrations

import "gorm.io/gorm"

// uploadBudget0012 counts what a person stored on a day.
type uploadBudget0012 struct {
	PersonID int64  `gorm:"primaryKey;autoIncrement:false"`
	Day      string `gorm:"primaryKey;size:10"`
	Bytes    int64  `gorm:"not null"`
}

func (uploadBudget0012) TableName() string { return "upload_budgets" }

func uploads(g *gorm.DB) error { return create(g, &uploadBudget0012{}) }
