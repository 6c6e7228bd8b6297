package migrations

import "gorm.io/gorm"

// mailbox0018 is where a person wants to hear of notices, and how far they were
// told.
type mailbox0018 struct {
	PersonID       int64  `gorm:"primaryKey;autoIncrement:false"`
	OrganisationID int64  `gorm:"not null"`
	Address        string `gorm:"size:254;not null"`
	SetAt          int64  `gorm:"not null"`
	Told           int64  `gorm:"not null"` // the newest notice a mail counted
	SentAt         int64  `gorm:"not null"`
	Digest         string `gorm:"size:10;not null"` // the day of the last
}

// groupChat0018 is the same of an organisation's group chat.
type groupChat0018 struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Told           int64  `gorm:"not null"`
	SentAt         int64  `gorm:"not null"`
	Digest         string `gorm:"size:10;not null"`
}

func (mailbox0018) TableName() string   { return "mailboxes" }
func (groupChat0018) TableName() string { return "group_chats" }

func mail(g *gorm.DB) error { return create(g, &mailbox0018{}, &groupChat0018{}) }
