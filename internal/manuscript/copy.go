package manuscript

import (
	"time"

	"gongkai/internal/fault"
)

// WorkingCopy is what a person typed into the form of a manuscript and has not
// saved: it is no revision, nobody else sees it and nothing is decided on it.
type WorkingCopy struct {
	PersonID     int64
	ManuscriptID int64  // 0 while there is none
	Sheet        string // tells new manuscripts of one person apart, "" for one there is
	Title        string // as typed so far
	Form         string // the fields, URL-encoded
	At           time.Time
}

// MostCopies is how many new manuscripts a person may leave unsaved; the oldest
// goes.
const MostCopies = 20

// maxForm is above the longest text there may be, encoded.
const maxForm = 7 << 20

// ErrCopyTooLarge refuses to keep a form longer than any text that could be
// saved.
var ErrCopyTooLarge = fault.New(fault.TooLarge, "manuscript.copy_too_large")
