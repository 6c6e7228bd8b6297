// Package manuscript holds what is to be published: its text and attributes,
// its immutable revisions, and its life from draft to taken down.
package manuscript

import (
	"slices"
	"strconv"
	"time"

	"gongkai/internal/fault"
)

// State is where a manuscript is in its life. Which review step it stands at is
// the run's business, not a state.
type State string

const (
	Draft      State = "draft"      // 草稿
	InReview   State = "in_review"  // 审核中
	Returned   State = "returned"   // 退回
	Withdrawn  State = "withdrawn"  // 撤稿
	Rejected   State = "rejected"   // 不予刊发
	Signed     State = "signed"     // 已签发, and not on its way to readers
	Scheduled  State = "scheduled"  // 定时发布
	Publishing State = "publishing" // 发布中
	Published  State = "published"  // 已发布
	TakenDown  State = "taken_down" // 已下线
	Corrected  State = "corrected"  // 已更正: another manuscript stands in its place
)

// Act is what happens to a manuscript's life.
type Act string

const (
	Submit     Act = "submit"
	Edit       Act = "edit"
	Resubmit   Act = "resubmit"
	Return     Act = "return"
	Reject     Act = "reject"
	Withdraw   Act = "withdraw"
	Hold       Act = "hold"       // signed, but nothing is to be published
	Schedule   Act = "schedule"   // signed for later
	Unschedule Act = "unschedule" // back to signed
	Release    Act = "release"    // signed for now
	Appear     Act = "appear"     // readers can see it
	TakeDown   Act = "take_down"
	Correct    Act = "correct" // its correction appeared
)

// life is the whole life of a manuscript: act, states it fits, state it leads to.
var life = map[Act]struct {
	from []State
	to   State
}{
	Edit:       {[]State{Draft, Returned, Withdrawn}, ""}, // withdrawn becomes draft, the others stay
	Submit:     {[]State{Draft}, InReview},
	Resubmit:   {[]State{Returned}, InReview},
	Return:     {[]State{InReview}, Returned},
	Reject:     {[]State{InReview}, Rejected},
	Withdraw:   {[]State{InReview, Returned, Signed}, Withdrawn},
	Hold:       {[]State{InReview}, Signed},
	Schedule:   {[]State{InReview, Signed, Scheduled}, Scheduled},
	Unschedule: {[]State{Scheduled}, Signed},
	Release:    {[]State{InReview, Signed, Scheduled}, Publishing},
	Appear:     {[]State{Publishing, Scheduled}, Published},
	TakeDown:   {[]State{Scheduled, Publishing, Published}, TakenDown}, // scheduled: one channel may be ahead of another
	Correct:    {[]State{Published}, Corrected},
}

var (
	ErrNotFound = fault.New(fault.NotFound, "manuscript.not_found")
	ErrChanged  = fault.New(fault.Conflict, "manuscript.changed")
	ErrState    = fault.New(fault.Conflict, "manuscript.state")
)

// Manuscript is one item from first draft to archive. Its text is in its
// revisions; it names the current one.
type Manuscript struct {
	ID             int64
	OrganisationID int64
	UnitID         int64
	DrafterID      int64
	State          State
	Title          string
	Kind           string
	SectionID      int64
	RevisionID     int64
	RevisionNo     int
	Hash           string  // of the current revision; what every decision must name
	Authors        []int64 // everybody who wrote text outside the present review's proof steps, and those they did it for (SOD-1)
	RunID          int64   // of the current or last review, 0 before the first
	Round          int
	Disclosure     Attribute
	IndexNo        string // 索引号, given at sign-off and never re-used
	PublishAt      time.Time
	SignedAt       time.Time
	PublishedAt    time.Time
	EndedAt        time.Time // when withdrawn, rejected or taken down
	EndReason      string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int64

	was *manuscriptRow // as the table has it
}

// Subject names a manuscript in runs, notices and the audit record.
func (m *Manuscript) Subject() string { return Subject(m.ID) }

// Subject names the manuscript with this id.
func Subject(id int64) string { return "manuscript:" + strconv.FormatInt(id, 10) }

// Wrote adds persons to the authors, each once; 0 is nobody.
func (m *Manuscript) Wrote(persons ...int64) {
	for _, id := range persons {
		if id != 0 && !slices.Contains(m.Authors, id) {
			m.Authors = append(m.Authors, id)
		}
	}
}

// WhyNot says why an act does not fit the present state; nil means it does.
func (m *Manuscript) WhyNot(act Act) error {
	if !slices.Contains(life[act].from, m.State) {
		return ErrState.With("state", string(m.State)).With("act", string(act))
	}
	return nil
}

// Apply makes the act happen in memory; Save makes it true.
func (m *Manuscript) Apply(act Act, now time.Time) error {
	if err := m.WhyNot(act); err != nil {
		return err
	}
	switch to := life[act].to; {
	case to != "":
		m.State = to
	case m.State == Withdrawn:
		m.State = Draft
	}
	m.UpdatedAt = now
	switch act {
	case Hold, Schedule, Release:
		if m.SignedAt.IsZero() {
			m.SignedAt = now
		}
	case Appear:
		m.PublishedAt = now
	case Withdraw, Reject, TakeDown, Correct:
		m.EndedAt = now
	case Edit:
		m.EndedAt, m.EndReason = time.Time{}, ""
		m.SignedAt, m.PublishAt = time.Time{}, time.Time{} // of a text that was withdrawn
	}
	return nil
}

// Seen is what a person had before them when they acted. An act on anything
// else is refused with what changed.
type Seen struct {
	Version int64
	Hash    string
}

// Same refuses an act on an older version or other content (ErrChanged).
func (m *Manuscript) Same(s Seen) error {
	if s.Version != m.Version || s.Hash != m.Hash {
		return ErrChanged.With("version", m.Version).With("hash", m.Hash).With("state", string(m.State)).
			With("text_changed", s.Hash != m.Hash)
	}
	return nil
}
