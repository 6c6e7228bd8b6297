package migrations

import "gorm.io/gorm"

type publication0006 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:publications_organisation,priority:1"`
	ManuscriptID   int64  `gorm:"not null;uniqueIndex:publications_one,priority:1"`
	RevisionID     int64  `gorm:"not null;uniqueIndex:publications_one,priority:2"`
	Channel        string `gorm:"size:20;not null;uniqueIndex:publications_one,priority:3"`
	After          string `gorm:"size:20;not null"`
	Hash           string `gorm:"size:71;not null"`
	State          string `gorm:"size:20;not null;index:publications_next,priority:1"`
	NextAt         int64  `gorm:"not null;index:publications_next,priority:2"`
	PublishAt      int64  `gorm:"not null"`
	Fence          int64  `gorm:"not null"`
	LeaseUntil     int64  `gorm:"not null"`
	Attempt        int    `gorm:"not null"`
	ConfirmedAt    int64  `gorm:"not null"`
	Optional       bool   `gorm:"not null"`
	TakeDownID     int64  `gorm:"not null"`
	Item           string `gorm:"type:longtext;not null"`
	Remote         string `gorm:"type:longtext;not null"`
	URL            string `gorm:"size:1000;not null"`
	Reason         string `gorm:"size:80;not null"`
	Detail         string `gorm:"size:2000;not null"`
	CreatedAt      int64  `gorm:"not null;autoCreateTime:false;index:publications_organisation,priority:2"`
	LiveAt         int64  `gorm:"not null"`
	EndedAt        int64  `gorm:"not null"`
	AlarmedAt      int64  `gorm:"not null"`
	Version        int64  `gorm:"not null"`
}

type activePublication0006 struct {
	ManuscriptID  int64  `gorm:"primaryKey;autoIncrement:false"`
	Channel       string `gorm:"primaryKey;size:20"`
	PublicationID int64  `gorm:"not null"`
}

type publishAttempt0006 struct {
	ID            int64  `gorm:"primaryKey"`
	PublicationID int64  `gorm:"not null;index:publish_attempts_publication"`
	Fence         int64  `gorm:"not null"`
	Step          string `gorm:"size:40;not null"`
	Marker        string `gorm:"size:200;not null"`
	StartedAt     int64  `gorm:"not null"`
	EndedAt       int64  `gorm:"not null"`
	Outcome       string `gorm:"size:20;not null"`
	Detail        string `gorm:"size:2000;not null"`
}

type takeDown0006 struct {
	ID             int64  `gorm:"primaryKey"`
	OrganisationID int64  `gorm:"not null;index:take_downs_organisation"`
	ManuscriptID   int64  `gorm:"not null;index:take_downs_manuscript"`
	Reason         string `gorm:"size:40;not null"`
	Note           string `gorm:"size:1000;not null"`
	AskedBy        int64  `gorm:"not null"`
	AskedFor       int64  `gorm:"not null"`
	AskedAt        int64  `gorm:"not null"`
	ConfirmedBy    int64  `gorm:"not null"`
	ConfirmedFor   int64  `gorm:"not null"`
	ConfirmedAt    int64  `gorm:"not null"`
	DroppedAt      int64  `gorm:"not null"`
	Version        int64  `gorm:"not null"`
}

type freeze0006 struct {
	OrganisationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Reason         string `gorm:"size:400;not null"`
	ByPerson       int64  `gorm:"not null"`
	At             int64  `gorm:"not null"`
	LiftAskedBy    int64  `gorm:"not null"`
	LiftAskedFor   int64  `gorm:"not null"`
}

func (publication0006) TableName() string       { return "publications" }
func (activePublication0006) TableName() string { return "active_publications" }
func (publishAttempt0006) TableName() string    { return "publish_attempts" }
func (takeDown0006) TableName() string          { return "take_downs" }
func (freeze0006) TableName() string            { return "publishing_freezes" }

func publish(g *gorm.DB) error {
	return create(g, &publication0006{}, &activePublication0006{}, &publishAttempt0006{}, &takeDown0006{}, &freeze0006{})
}
