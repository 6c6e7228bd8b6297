package migrations

import "gorm.io/gorm"

type foiRequest0019 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;uniqueIndex:foi_requests_number,priority:1;uniqueIndex:foi_requests_once,priority:1;index:foi_requests_open,priority:1;index:foi_requests_received,priority:1;index:foi_requests_closed_in,priority:1"`
	Number         string `gorm:"size:20;not null;uniqueIndex:foi_requests_number,priority:2"`
	Channel        string `gorm:"size:20;not null"`
	Kind           string `gorm:"size:20;not null"`
	ApplicantID    int64  `gorm:"not null;index:foi_requests_applicant"`
	Wanted         string `gorm:"type:text;not null"`
	Features       string `gorm:"type:text;not null"`
	Medium         string `gorm:"size:20;not null"`
	Route          string `gorm:"size:20;not null"`
	UnitID         int64  `gorm:"not null"`
	MergedInto     int64  `gorm:"not null"`
	Once           string `gorm:"size:64;not null;uniqueIndex:foi_requests_once,priority:2"`
	ReceivedOn     int    `gorm:"not null;index:foi_requests_received,priority:2"`
	ClosedOn       int    `gorm:"not null;index:foi_requests_open,priority:2;index:foi_requests_closed_in,priority:2"`
	Code           string `gorm:"size:5;not null"`
	CreatedAt      int64  `gorm:"not null"`
	Version        int64  `gorm:"not null"`
}

type foiEvent0019 struct {
	ID        int64  `gorm:"primaryKey"`
	RequestID int64  `gorm:"not null;uniqueIndex:foi_events_no,priority:1"`
	No        int    `gorm:"not null;uniqueIndex:foi_events_no,priority:2"`
	Kind      string `gorm:"size:20;not null"`
	OnDay     int    `gorm:"not null"`
	UntilDay  int    `gorm:"not null"`
	Channel   string `gorm:"size:20;not null"`
	Round     int    `gorm:"not null"`
	Party     string `gorm:"size:20;not null"`
	Code      string `gorm:"size:5;not null"`
	Amount    int    `gorm:"not null"`
	Scale     string `gorm:"size:10;not null"`
	Ref       int    `gorm:"not null"`
	Doc       string `gorm:"size:100;not null"`
	Note      string `gorm:"type:text;not null"`
	Entered   int64  `gorm:"not null"`
	PersonID  int64  `gorm:"not null"`
}

type foiApplicant0019 struct {
	ID            int64  `gorm:"primaryKey"`
	Ref           string `gorm:"size:32;not null;uniqueIndex:foi_applicants_ref"`
	Wrapped       string `gorm:"size:200;not null"`
	Sealed        string `gorm:"type:text;not null"`
	NameIndex     string `gorm:"size:32;not null;index:foi_applicants_name"`
	IdentityIndex string `gorm:"size:32;not null;index:foi_applicants_identity"`
	PhoneIndex    string `gorm:"size:32;not null;index:foi_applicants_phone"`
	ErasedAt      int64  `gorm:"not null"`
}

type foiCounter0019 struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Series         string `gorm:"primaryKey;size:20"`
	Year           int    `gorm:"primaryKey;autoIncrement:false"`
	Last           int64  `gorm:"not null"`
}

func (foiRequest0019) TableName() string   { return "foi_requests" }
func (foiEvent0019) TableName() string     { return "foi_events" }
func (foiApplicant0019) TableName() string { return "foi_applicants" }
func (foiCounter0019) TableName() string   { return "foi_counters" }

// foi makes the register of requests. What happened to a request is only ever
// added to.
func foi(g *gorm.DB) error {
	if err := create(g, &foiRequest0019{}, &foiEvent0019{}, &foiApplicant0019{}, &foiCounter0019{}); err != nil {
		return err
	}
	return appendOnly(g, "foi_events")
}
