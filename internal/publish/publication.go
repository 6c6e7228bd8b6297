package publish

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"gongkai/internal/fault"
)

// Status is where one publication stands for the Publisher.
type Status string

const (
	Planned    Status = "planned"    // signed; its time or its predecessor is still to come
	Delivering Status = "delivering" // a worker has it
	Pending    Status = "waiting"    // the channel works; we come back at NextAt
	Live       Status = "live"       // readers can see it
	TurnedDown Status = "rejected"   // the platform refused the content
	Held       Status = "held"       // a person must look
	Cancelled  Status = "cancelled"  // never went out
	Retracting Status = "retracting" // being taken down
	Retracted  Status = "gone"       // taken down
)

// edges lists every allowed change of status; all others are refused (I5).
var edges = map[Status][]Status{
	Planned:    {Delivering, Held, Cancelled},
	Delivering: {Delivering, Pending, Live, TurnedDown, Held, Cancelled, Retracting, Retracted},
	Pending:    {Delivering, Held, Cancelled, Retracting},
	Held:       {Delivering, Pending, Cancelled, Retracting},
	TurnedDown: {Cancelled, Retracting},
	Live:       {Retracting, Retracted, Held},
	Retracting: {Retracting, Retracted, Held},
}

// May says whether the change is allowed.
func (s Status) May(to Status) bool { return slices.Contains(edges[s], to) }

// Over says that nothing more will happen by itself.
func (s Status) Over() bool {
	return s == Live || s == Cancelled || s == Retracted || s == TurnedDown
}

// Publication is one signed revision on one channel.
type Publication struct {
	ID             int64
	OrganisationID int64
	ManuscriptID   int64
	RevisionID     int64
	Channel        string
	After          string // the channel that must be live first
	Hash           string // of the content that was signed
	Status         Status
	NextAt         time.Time // when there is something to do
	PublishAt      time.Time
	Fence          int64 // grows with every claim; a write under an older fence changes nothing
	LeaseUntil     time.Time
	Attempt        int
	ConfirmedAt    time.Time // from here on it can only be taken down, not cancelled
	Optional       bool      // the manuscript is published without it
	TakeDownID     int64
	Item           Item
	Remote         string
	URL            string
	Reason         string
	Detail         string
	CreatedAt      time.Time
	LiveAt         time.Time
	EndedAt        time.Time
	AlarmedAt      time.Time
	Version        int64
}

// Percent is how far it is on its way to the readers, as the channel said last.
func (p *Publication) Percent() int {
	switch p.Status {
	case Live:
		return 100
	case Delivering, Pending:
		var said struct {
			Percent int `json:"percent,string"`
		}
		if json.Unmarshal([]byte(p.Remote), &said) != nil {
			return 0
		}
		return min(max(said.Percent, 0), 99)
	}
	return 0
}

// Subject names a publication in the outbox and the audit record.
func (p *Publication) Subject() string { return subject(p.ID) }

func subject(id int64) string { return "publication:" + strconv.FormatInt(id, 10) }

// TakeDownReasons are the codes a take-down names; readers of the page see
// their sentence.
var TakeDownReasons = []string{"error", "outdated", "privacy", "secret", "law", "duplicate", "other"}

// TakeDown is a two-person act: one asks, another confirms.
type TakeDown struct {
	ID             int64
	OrganisationID int64
	ManuscriptID   int64
	Reason         string
	Note           string
	AskedBy        int64
	AskedFor       int64
	AskedAt        time.Time
	ConfirmedBy    int64
	ConfirmedFor   int64
	ConfirmedAt    time.Time
	DroppedAt      time.Time
	Version        int64
}

// Open says that a second person has not decided yet.
func (t *TakeDown) Open() bool { return t.ConfirmedAt.IsZero() && t.DroppedAt.IsZero() }

var (
	ErrNotFound       = fault.New(fault.NotFound, "publish.not_found")
	ErrWithheld       = fault.New(fault.Forbidden, "publish.withheld")
	ErrHash           = fault.New(fault.Conflict, "publish.hash")
	ErrUnderway       = fault.New(fault.Conflict, "publish.underway")
	ErrNothingToRetry = fault.New(fault.Conflict, "publish.nothing_to_retry")
	ErrHow            = fault.New(fault.Invalid, "publish.how")
	ErrHowNow         = fault.New(fault.Conflict, "publish.how_not_now")
	ErrTakeDownReason = fault.New(fault.Invalid, "publish.take_down_reason")
	ErrTakeDownNote   = fault.New(fault.Invalid, "publish.take_down_note")
	ErrTakeDownOpen   = fault.New(fault.Conflict, "publish.take_down_open")
	ErrTakeDownNone   = fault.New(fault.Conflict, "publish.take_down_none")
	ErrTakeDownSame   = fault.New(fault.Forbidden, "publish.take_down_same_person")
	ErrTakeDownState  = fault.New(fault.Conflict, "publish.take_down_state")
	ErrAlreadyActive  = fault.New(fault.Conflict, "publish.already_active")
	ErrFrozen         = fault.New(fault.Conflict, "publish.frozen")
	ErrNotFrozen      = fault.New(fault.Conflict, "publish.not_frozen")
	ErrFreezeReason   = fault.New(fault.Invalid, "publish.freeze_reason")
	ErrFrozenAll      = fault.New(fault.Conflict, "publish.frozen_all")
	ErrThawTwo        = fault.New(fault.Conflict, "publish.thaw_two")
	ErrThawSamePerson = fault.New(fault.Forbidden, "publish.thaw_same_person")
	ErrEdge           = fault.New(fault.Conflict, "publish.edge")
	ErrChannelUnknown = fault.New(fault.Invalid, "publish.channel_unknown")
)
