package migrations

import "gorm.io/gorm"

type unit0001 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:units_organisation"`
	ParentID       int64  `gorm:"not null"`
	Name           string `gorm:"size:120;not null"`
	FullName       string `gorm:"size:120;not null"`
	ShortName      string `gorm:"size:60;not null"`
	Code           string `gorm:"size:40;not null"`
	Version        int64  `gorm:"not null"`
}

type person0001 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:people_organisation"`
	StaffNo        string `gorm:"size:40;not null;uniqueIndex:people_staff_no"`
	Name           string `gorm:"size:60;not null"`
	Established    bool   `gorm:"not null"`
}

type account0001 struct {
	ID           int64  `gorm:"primaryKey"`
	PersonID     int64  `gorm:"not null;index:accounts_person"`
	Login        string `gorm:"size:60;not null;uniqueIndex:accounts_login"`
	PasswordHash string `gorm:"size:200;not null"`
	MustChange   bool   `gorm:"not null"`
	DisabledAt   int64  `gorm:"not null"`
	Failures     int    `gorm:"not null"`
	LockedUntil  int64  `gorm:"not null"`
	Version      int64  `gorm:"not null"`
}

type post0001 struct {
	ID             int64  `gorm:"primaryKey"`
	PersonID       int64  `gorm:"not null;index:posts_person"`
	OrganisationID int64  `gorm:"not null;index:posts_holders,priority:1"`
	Post           string `gorm:"size:40;not null;index:posts_holders,priority:2"`
	UnitID         int64  `gorm:"not null"`
	GrantedBy      int64  `gorm:"not null"`
	GrantedAt      int64  `gorm:"not null"`
	RevokedBy      int64  `gorm:"not null"`
	RevokedAt      int64  `gorm:"not null"`
}

type delegation0001 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:delegations_organisation"`
	FromPerson     int64  `gorm:"not null"`
	ToPerson       int64  `gorm:"not null;index:delegations_to"`
	Posts          string `gorm:"size:400;not null"`
	StartsAt       int64  `gorm:"not null"`
	EndsAt         int64  `gorm:"not null"`
	GrantedBy      int64  `gorm:"not null"`
	GrantedAt      int64  `gorm:"not null"`
	RevokedAt      int64  `gorm:"not null"`
}

type session0001 struct {
	Hash      string `gorm:"primaryKey;size:64"`
	AccountID int64  `gorm:"not null;index:sessions_account"`
	PersonID  int64  `gorm:"not null"`
	Kind      string `gorm:"size:10;not null"`
	Label     string `gorm:"size:120;not null"`
	CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
	SeenAt    int64  `gorm:"not null"`
	EndsAt    int64  `gorm:"not null"`
	RevokedAt int64  `gorm:"not null"`
}

func (unit0001) TableName() string       { return "units" }
func (person0001) TableName() string     { return "people" }
func (account0001) TableName() string    { return "accounts" }
func (post0001) TableName() string       { return "posts" }
func (delegation0001) TableName() string { return "delegations" }
func (session0001) TableName() string    { return "sessions" }

func org(g *gorm.DB) error {
	return create(g, &unit0001{}, &person0001{}, &account0001{}, &post0001{}, &delegation0001{}, &session0001{})
}
