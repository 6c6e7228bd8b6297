package migrations

import "gorm.io/gorm"

type foiLetter0025 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:foi_letters_waiting,priority:1"`
	FinishedAt     int64  `gorm:"not null;index:foi_letters_waiting,priority:2"`
	RunID          int64  `gorm:"not null;default:0;index:foi_letters_waiting,priority:3"`
	Authors        string `gorm:"size:500;not null;default:''"`
}

func (foiLetter0025) TableName() string { return "foi_letters" }

// answers puts the answers to requests on a chain: the run of a letter, and
// everybody who wrote in it.
func answers(g *gorm.DB) error {
	m := g.Migrator()
	for _, name := range []string{"RunID", "Authors"} {
		if m.HasColumn(&foiLetter0025{}, name) {
			continue
		}
		if err := m.AddColumn(&foiLetter0025{}, name); err != nil {
			return err
		}
	}
	if m.HasIndex(&foiLetter0025{}, "foi_letters_waiting") {
		return nil
	}
	return m.CreateIndex(&foiLetter0025{}, "foi_letters_waiting")
}
