package migrations

import "gorm.io/gorm"

func wechat(g *gorm.DB) error { return nil }
