package platform

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gongkai/internal/db"
)

type quotaRow struct {
	Account string `gorm:"primaryKey"`
	Path    string `gorm:"primaryKey"`
	Day     string `gorm:"primaryKey"`
	Used    int
}

func (quotaRow) TableName() string { return "wechat_quota" }

func spendQuota(tx *db.Tx, account, path, day string, limit int) (bool, error) {
	row := quotaRow{Account: account, Path: path, Day: day}
	if err := tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return false, err
	}
	res := tx.G.Model(&quotaRow{}).Where("account = ? AND path = ? AND day = ? AND used < ?", account, path, day, limit).
		Update("used", gorm.Expr("used + 1"))
	return res.RowsAffected == 1, res.Error
}

func fillQuota(tx *db.Tx, account, path, day string, limit int) error {
	return tx.G.Model(&quotaRow{}).Where("account = ? AND path = ? AND day = ? AND used < ?", account, path, day, limit).
		Update("used", limit).Error
}
