package migrations

import "gorm.io/gorm"

// wider lets columns hold what their fields allow. SQLite bounds no text.
func wider(g *gorm.DB) error {
	if g.Dialector.Name() == "sqlite" {
		return nil
	}
	for _, change := range []string{
		"ALTER TABLE manuscripts MODIFY end_reason varchar(2000) NOT NULL",
		"ALTER TABLE people MODIFY staff_no varchar(60) NOT NULL",
	} {
		if err := g.Exec(change).Error; err != nil {
			return err
		}
	}
	return nil
}
