package migrations

import "gorm.io/gorm"

type auditEntry0004 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:audit_entries_organisation"`
	EventID        string `gorm:"size:36;not null;uniqueIndex:audit_entries_event"`
	At             int64  `gorm:"not null"`
	PersonID       int64  `gorm:"not null"`
	Action         string `gorm:"size:60;not null"`
	Object         string `gorm:"size:80;not null;index:audit_entries_object"`
	Body           string `gorm:"type:longtext;not null"`
}

type auditLink0004 struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Seq            int64  `gorm:"primaryKey;autoIncrement:false"`
	EntryID        int64  `gorm:"not null;uniqueIndex:audit_links_entry"`
	Algorithm      string `gorm:"size:10;not null"`
	Prev           string `gorm:"size:64;not null"`
	Hash           string `gorm:"size:64;not null"`
	SealedAt       int64  `gorm:"not null"`
}

type auditCheckpoint0004 struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Size           int64  `gorm:"primaryKey;autoIncrement:false"`
	PrevSize       int64  `gorm:"not null"`
	Head           string `gorm:"size:64;not null"`
	At             int64  `gorm:"not null"`
	KeyID          string `gorm:"size:32;not null"`
	Signature      string `gorm:"size:200;not null"`
}

func (auditEntry0004) TableName() string      { return "audit_entries" }
func (auditLink0004) TableName() string       { return "audit_links" }
func (auditCheckpoint0004) TableName() string { return "audit_checkpoints" }

func audit(g *gorm.DB) error {
	if err := create(g, &auditEntry0004{}, &auditLink0004{}, &auditCheckpoint0004{}); err != nil {
		return err
	}
	for _, t := range []string{"audit_entries", "audit_links", "audit_checkpoints"} {
		if err := appendOnly(g, t); err != nil {
			return err
		}
	}
	return nil
}
