package migrations

import "gorm.io/gorm"

type outbox0005 struct {
	ID        int64  `gorm:"primaryKey"`
	Topic     string `gorm:"size:40;not null"`
	Subject   string `gorm:"size:80;not null;index:outbox_subject"`
	DueAt     int64  `gorm:"not null;index:outbox_due,priority:2"`
	SentAt    int64  `gorm:"not null"`
	DoneAt    int64  `gorm:"not null;index:outbox_due,priority:1"`
	Tries     int    `gorm:"not null"`
	CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
}

type lease0005 struct {
	Name  string `gorm:"primaryKey;size:80"`
	Owner string `gorm:"size:60;not null"`
	Until int64  `gorm:"not null"`
	Fence int64  `gorm:"not null"`
}

type notice0005 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null"`
	PersonID       int64  `gorm:"not null;index:notices_person,priority:1"`
	Code           string `gorm:"size:60;not null"`
	Subject        string `gorm:"size:80;not null"`
	Once           string `gorm:"size:120;not null;uniqueIndex:notices_once"`
	Args           string `gorm:"type:longtext;not null"`
	At             int64  `gorm:"not null;index:notices_person,priority:2"`
	ReadAt         int64  `gorm:"not null"`
}

type idempotency0005 struct {
	AccountID   int64  `gorm:"primaryKey;autoIncrement:false"`
	IdemKey     string `gorm:"primaryKey;size:80"`
	RequestHash string `gorm:"size:64;not null"`
	Status      int    `gorm:"not null"`
	Answer      string `gorm:"type:longtext;not null"`
	At          int64  `gorm:"not null;index:idempotency_at"`
}

func (outbox0005) TableName() string      { return "outbox" }
func (lease0005) TableName() string       { return "leases" }
func (notice0005) TableName() string      { return "notices" }
func (idempotency0005) TableName() string { return "idempotency" }

func work(g *gorm.DB) error {
	return create(g, &outbox0005{}, &lease0005{}, &notice0005{}, &idempotency0005{})
}
