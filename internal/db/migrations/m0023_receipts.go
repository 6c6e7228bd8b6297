package migrations

import "gorm.io/gorm"

type foiRequest0023 struct {
	ID         int64  `gorm:"primaryKey"`
	ReceiptKey string `gorm:"size:16;not null;default:''"`
}

func (foiRequest0023) TableName() string { return "foi_requests" }

// receipts notes the key each receipt of a request was made under.
func receipts(g *gorm.DB) error {
	if g.Migrator().HasColumn(&foiRequest0023{}, "ReceiptKey") {
		return nil
	}
	return g.Migrator().AddColumn(&foiRequest0023{}, "ReceiptKey")
}
