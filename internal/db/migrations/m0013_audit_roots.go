package migrations

import "gorm.io/gorm"

type auditCheckpoint0013 struct {
	Root string `gorm:"size:80;not null;default:''"`
}

// auditTree0013 is how far the Merkle tree of an organisation's chain is grown.
type auditTree0013 struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Algorithm      string `gorm:"primaryKey;size:10"`
	Size           int64  `gorm:"not null"`
	Hashes         string `gorm:"type:text;not null"`
}

func (auditCheckpoint0013) TableName() string { return "audit_checkpoints" }
func (auditTree0013) TableName() string       { return "audit_trees" }

func auditRoots(g *gorm.DB) error {
	if !g.Migrator().HasColumn(&auditCheckpoint0013{}, "Root") {
		if err := g.Migrator().AddColumn(&auditCheckpoint0013{}, "Root"); err != nil {
			return err
		}
	}
	return create(g, &auditTree0013{})
}
