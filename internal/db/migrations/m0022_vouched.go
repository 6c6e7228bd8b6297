package migrations

import "gorm.io/gorm"

type session0022 struct {
	Hash         string `gorm:"primaryKey;size:64"`
	VouchedUntil int64  `gorm:"not null;default:0"`
}

func (session0022) TableName() string { return "sessions" }

// vouched lets a fresh single sign-on stand for a password.
func vouched(g *gorm.DB) error {
	if g.Migrator().HasColumn(&session0022{}, "VouchedUntil") {
		return nil
	}
	return g.Migrator().AddColumn(&session0022{}, "VouchedUntil")
}
