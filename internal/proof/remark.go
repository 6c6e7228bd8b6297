package proof

import (
	"strings"
	"time"

	"gongkai/internal/fault"
)

// Kind is what a remark asks for.
type Kind string

const (
	Comment    Kind = "comment"    // 批注
	Suggestion Kind = "suggestion" // 修改建议: replace this by that
)

// RemarkState is what became of a remark. Only an open one is shown in the text.
type RemarkState string

const (
	Open     RemarkState = "open"
	Taken    RemarkState = "taken"    // 已采纳: the suggested words are in a revision
	Declined RemarkState = "declined" // 不采纳
	Closed   RemarkState = "closed"   // 已关闭: settled, or taken back
)

// Remark is what somebody has to say about words of a manuscript. It is no part
// of what is judged, hashed and signed.
type Remark struct {
	ID, ManuscriptID int64

	Revision    int // whose text the anchor speaks of
	Anchor      Anchor
	Kind        Kind
	Text        string // the comment, or why the suggestion is made
	Replacement string // of a suggestion; "" takes the words out
	By, For     int64
	At          time.Time

	State                 RemarkState
	DecidedBy, DecidedFor int64 // who took, declined or closed it
	DecidedAt             time.Time
	Reason                string // why it was declined
	Replies               []Reply

	Version int64
}

// Reply is a line under a remark.
type Reply struct {
	By   int64     `json:"by"`
	For  int64     `json:"for,omitempty"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

var (
	ErrRemarkUnknown  = fault.New(fault.NotFound, "proof.remark_unknown")
	ErrRemarkChanged  = fault.New(fault.Conflict, "proof.remark_changed")
	ErrRemarkState    = fault.New(fault.Conflict, "proof.remark_state")
	ErrRemarkGone     = fault.New(fault.Conflict, "proof.remark_gone")
	ErrRemarkKind     = fault.New(fault.Invalid, "proof.remark_kind")
	ErrRemarkText     = fault.New(fault.Invalid, "proof.remark_text")
	ErrRemarksFull    = fault.New(fault.Conflict, "proof.remarks_full")
	ErrNoneChosen     = fault.New(fault.Invalid, "proof.none_chosen")
	ErrSameWords      = fault.New(fault.Invalid, "proof.same_words")
	ErrQuoteUnknown   = fault.New(fault.Invalid, "proof.quote_unknown")
	ErrQuoteAmbiguous = fault.New(fault.Invalid, "proof.quote_ambiguous")
)

const (
	// MostRemarks is how many remarks one manuscript takes.
	MostRemarks = 500
	// MostReplies is how many lines one remark takes.
	MostReplies = 50
)

// Sound refuses a remark that says nothing.
func (r *Remark) Sound() error {
	switch {
	case r.Kind != Comment && r.Kind != Suggestion:
		return ErrRemarkKind.On("kind").With("kind", string(r.Kind))
	case r.Kind == Comment && r.Text == "":
		return ErrRemarkText.On("text")
	case r.Kind == Suggestion && r.Replacement == r.Anchor.Quote:
		return ErrSameWords.On("replacement")
	}
	return nil
}

// Decide ends an open remark.
func (r *Remark) Decide(to RemarkState, by, forID int64, reason string, now time.Time) error {
	if r.State != Open {
		return ErrRemarkState.With("state", string(r.State))
	}
	if r.Kind == Comment && to != Closed {
		return ErrRemarkKind.On("remark").With("kind", string(r.Kind))
	}
	r.State, r.DecidedBy, r.DecidedFor, r.DecidedAt, r.Reason = to, by, forID, now, reason
	return nil
}

// Reply adds a line to an open remark.
func (r *Remark) Reply(x Reply) error {
	switch {
	case r.State != Open:
		return ErrRemarkState.With("state", string(r.State))
	case x.Text == "":
		return ErrRemarkText.On("text")
	case len(r.Replies) >= MostReplies:
		return ErrRemarksFull.With("max", MostReplies)
	}
	r.Replies = append(r.Replies, x)
	return nil
}

// Brief quotes the first characters of what a remark is about.
func (r *Remark) Brief() string {
	const most = 12
	q := []rune(strings.ReplaceAll(r.Anchor.Quote, "\n", " "))
	if len(q) > most {
		return string(q[:most]) + "…"
	}
	return string(q)
}

// OpenSuggestions are those of the remarks that nobody has decided on.
func OpenSuggestions(all []*Remark) (out []*Remark) {
	for _, r := range all {
		if r.Kind == Suggestion && r.State == Open {
			out = append(out, r)
		}
	}
	return out
}
