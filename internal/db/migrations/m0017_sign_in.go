package migrations

import "gorm.io/gorm"

type account0017 struct {
	PasswordAt int64 `gorm:"not null;default:0"`
	ActiveAt   int64 `gorm:"not null;default:0"`
}

type session0017 struct {
	IdleSeconds int64 `gorm:"not null;default:1800"`
	MustEnrol   bool  `gorm:"not null;default:false"`
}

// secondFactor0017 is an account's TOTP secret, sealed; Pending is one that is
// being set up beside it.
type secondFactor0017 struct {
	AccountID      int64  `gorm:"primaryKey;autoIncrement:false"`
	Secret         string `gorm:"size:200;not null"`
	ConfirmedAt    int64  `gorm:"not null"`
	LastStep       int64  `gorm:"not null"`
	Pending        string `gorm:"size:200;not null"`
	PendingSession string `gorm:"size:64;not null"`
	PendingAt      int64  `gorm:"not null"`
	ResetBy        int64  `gorm:"not null"`
	ResetAt        int64  `gorm:"not null"`
}

type recoveryCode0017 struct {
	AccountID int64  `gorm:"primaryKey;autoIncrement:false"`
	Mark      string `gorm:"primaryKey;size:64"`
	UsedAt    int64  `gorm:"not null"`
}

// signingConfirmation0017 is an account's signing PIN, if it has one, and the
// lock that wrong confirmations lead to.
type signingConfirmation0017 struct {
	AccountID   int64  `gorm:"primaryKey;autoIncrement:false"`
	PinHash     string `gorm:"size:200;not null"`
	SetAt       int64  `gorm:"not null"`
	Failures    int    `gorm:"not null"`
	LockedUntil int64  `gorm:"not null"`
}

// signInSource0017 is where an account has signed in from.
type signInSource0017 struct {
	AccountID   int64  `gorm:"primaryKey;autoIncrement:false"`
	Address     string `gorm:"primaryKey;size:64"`
	GoodAt      int64  `gorm:"not null"`
	Failures    int    `gorm:"not null"`
	LockedUntil int64  `gorm:"not null"`
}

type oldPassword0017 struct {
	ID           int64  `gorm:"primaryKey"`
	AccountID    int64  `gorm:"not null;index:old_passwords_account"`
	PasswordHash string `gorm:"size:200;not null"`
}

func (account0017) TableName() string             { return "accounts" }
func (session0017) TableName() string             { return "sessions" }
func (secondFactor0017) TableName() string        { return "second_factors" }
func (recoveryCode0017) TableName() string        { return "recovery_codes" }
func (signingConfirmation0017) TableName() string { return "signing_confirmations" }
func (signInSource0017) TableName() string        { return "sign_in_sources" }
func (oldPassword0017) TableName() string         { return "old_passwords" }

func signIn(g *gorm.DB) error {
	for _, c := range []struct {
		table any
		names []string
	}{{&account0017{}, []string{"PasswordAt", "ActiveAt"}}, {&session0017{}, []string{"IdleSeconds", "MustEnrol"}}} {
		for _, name := range c.names {
			if g.Migrator().HasColumn(c.table, name) {
				continue
			}
			if err := g.Migrator().AddColumn(c.table, name); err != nil {
				return err
			}
		}
	}
	return create(g, &secondFactor0017{}, &recoveryCode0017{}, &signingConfirmation0017{}, &signInSource0017{}, &oldPassword0017{})
}
