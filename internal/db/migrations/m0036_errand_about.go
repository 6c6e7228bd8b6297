package migrations

import "gorm.io/gorm"

type errand0036 struct {
	About string `gorm:"size:60;not null;default:''"`
}

func (errand0036) TableName() string { return "errands" }

// errandAbout says what an errand is about, which its name said before.
func errandAbout(g *gorm.DB) error {
	if !g.Migrator().HasColumn(&errand0036{}, "About") {
		if err := g.Migrator().AddColumn(&errand0036{}, "About"); err != nil {
			return err
		}
	}
	return g.Exec("UPDATE errands SET about = SUBSTR(name, 1, 4) WHERE kind = 'annual.units' AND about = ''").Error
}
