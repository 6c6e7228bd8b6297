package manuscript

import (
	"time"

	"gongkai/internal/fault"
)

var (
	ErrCorrecting     = fault.New(fault.Conflict, "manuscript.correcting")      // another correction of it is under way
	ErrCorrectedState = fault.New(fault.Conflict, "manuscript.corrected_state") // only what readers can see is corrected
	ErrCorrectReason  = fault.New(fault.Invalid, "manuscript.correct_reason")
	ErrSuperseded     = fault.New(fault.Conflict, "manuscript.correction_superseded")
)

// CorrectionKind is what chains call the review of a correction; no manuscript
// is of this kind.
const CorrectionKind = "correction"

// Correction says that one manuscript takes another's place before readers (更正,
// domain 1.5). At most one of a manuscript is under way.
type Correction struct {
	ManuscriptID   int64 // the correcting one
	Of             int64 // the published one it corrects
	OrganisationID int64
	Reason         string // readers see it
	StartedBy      int64
	StartedFor     int64
	StartedAt      time.Time
	SignedBy       int64
	DoneAt         time.Time // it is before readers, the other no more
}

// Corrects is what the signed content of a correction says of itself.
type Corrects struct {
	Of     int64  `json:"of"`
	Reason string `json:"reason"`
}
