// Package search finds manuscripts by any phrase of their text. It knows phrases,
// places and moments; who may see what is found is the caller's to say.
//
// The index is ours and the same on both databases (ADR 10): a new text is a row
// that is looked through as it is, from the very commit that saved it. Once there
// are many such rows, Seal turns them into a segment, which never changes: for
// every two neighbouring characters the places where they stand.
package search

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"gongkai/internal/fault"
)

// ErrTooLong is answered for more than anybody looks for.
var ErrTooLong = fault.New(fault.Invalid, "search.too_long")

const (
	mostTerms = 8
	// MostRunes is how much anybody may look for at once.
	MostRunes = 100
)

// Term is a phrase without blanks, folded. One of a single character is looked
// for in titles only.
type Term []rune

// Terms splits what was typed at its blanks; all of them must be found. Blanks
// within a text count for nothing, so 2025年 finds 2025 年.
func Terms(typed string) ([]Term, error) {
	if len(typed) > 4*MostRunes {
		return nil, ErrTooLong.On("q").With("max", MostRunes)
	}
	var out []Term
	n := 0
	for word := range strings.FieldsSeq(norm.NFC.String(typed)) {
		if t, _ := fold(word); len(t) > 0 {
			out = append(out, t)
			n += len(t)
		}
	}
	if n > MostRunes || len(out) > mostTerms {
		return nil, ErrTooLong.On("q").With("max", MostRunes)
	}
	return out, nil
}

// fold takes away what makes no difference: width, case, compatibility forms,
// blanks and control characters. Ends of lines and cells stay: no phrase goes across. at has
// the byte of s each rune came from.
func fold(s string) (out []rune, at []int) {
	out, at = make([]rune, 0, len(s)/2), make([]int, 0, len(s)/2)
	for i, r := range s {
		switch {
		case r >= 0x4e00 && r <= 0x9fff:
			out, at = append(out, r), append(at, i)
		case r == '\n' || r == '\t':
			out, at = append(out, '\n'), append(at, i)
		case r > ' ' && r < 0x7f:
			out, at = append(out, unicode.ToLower(r)), append(at, i)
		default:
			for _, c := range norm.NFKC.String(string(r)) {
				if !unicode.IsSpace(c) && !unicode.IsControl(c) {
					out, at = append(out, unicode.ToLower(c)), append(at, i)
				}
			}
		}
	}
	return out, at
}

// Text folds what a manuscript can be found by: its title, and lines of anything
// else.
func Text(title string, lines ...string) string {
	out, _ := fold(strings.Join(append([]string{title}, lines...), "\n") + "\n")
	return string(out)
}

// in says whether a folded text has the term.
func (t Term) in(text []byte) bool {
	if len(t) == 1 {
		text, _, _ = bytes.Cut(text, []byte("\n"))
	}
	return bytes.Contains(text, []byte(string(t)))
}

// Part is a piece of a text, a Hit when it was looked for.
type Part struct {
	Text string
	Hit  bool
}

// Title marks the terms in a title.
func Title(s string, terms []Term) []Part {
	_, at := fold(s)
	return parts(s, at, marks(s, terms), 0, len(at))
}

// Snippet is the text around the first place of a term, or its beginning.
func Snippet(s string, terms []Term) []Part {
	const before, whole = 24, 120
	_, at := fold(s)
	found := marks(s, slices.DeleteFunc(slices.Clone(terms), func(t Term) bool { return len(t) == 1 }))
	from := max(0, slices.Index(found, true)-before)
	return parts(s, at, found, from, min(len(at), from+whole))
}

// marks says of every folded rune of s whether a term covers it.
func marks(s string, terms []Term) []bool {
	text, _ := fold(s)
	found := make([]bool, len(text))
	for _, t := range terms {
		for i := 0; i+len(t) <= len(text); i++ {
			if text[i] == t[0] && slices.Equal(text[i:i+len(t)], t) {
				for j := range t {
					found[i+j] = true
				}
			}
		}
	}
	return found
}

func parts(s string, at []int, found []bool, from, to int) (out []Part) {
	if from >= to {
		return nil
	}
	start := at[from]
	for i := from; i < to; {
		j := i + 1
		for j < to && found[j] == found[i] {
			j++
		}
		end := len(s)
		if found[i] || j == to && j < len(at) { // what follows, blanks say, is no part of it
			_, size := utf8.DecodeRuneInString(s[at[j-1]:])
			end = at[j-1] + size
		} else if j < len(at) {
			end = at[j]
		}
		if start < end {
			out = append(out, Part{s[start:end], found[i]})
		}
		start, i = end, j
	}
	return out
}

// Entry is a place in the index: one text of one manuscript.
type Entry struct {
	Edition        int64 // see Edition
	ManuscriptID   int64
	OrganisationID int64
	UnitID         int64
	SectionID      int64
	At             time.Time
}

// Edition names what a manuscript can be found by: a revision, before and after
// the manuscript got its index number. An entry of another edition than the
// manuscript's own is out of date and counts for nothing.
func Edition(revision int64, numbered bool) int64 {
	if numbered {
		return revision*2 + 1
	}
	return revision * 2
}

// Cursor is a place in what was found, the newest first.
type Cursor struct {
	At      time.Time
	Edition int64
}

// Cursor is the entry's own place.
func (e Entry) Cursor() Cursor { return Cursor{e.At, e.Edition} }

func newestFirst(a, b Entry) int {
	if c := b.At.Compare(a.At); c != 0 {
		return c
	}
	return int(b.Edition - a.Edition)
}

// Query says what is looked for, and where; zero fields do not narrow.
type Query struct {
	OrganisationID int64
	UnitIDs        []int64 // nil for all
	SectionID      int64
	From, To       time.Time      // from and before, of the entry's moment
	Manuscripts    map[int64]bool // nil for all
	Terms          []Term
	After          Cursor // of the last entry of the page before
	Limit          int
}

func (q *Query) takes(e Entry) bool {
	return (q.UnitIDs == nil || slices.Contains(q.UnitIDs, e.UnitID)) && (q.SectionID == 0 || q.SectionID == e.SectionID) &&
		(q.From.IsZero() || !e.At.Before(q.From)) && (q.To.IsZero() || e.At.Before(q.To)) &&
		(q.Manuscripts == nil || q.Manuscripts[e.ManuscriptID]) &&
		(q.After.At.IsZero() || newestFirst(e, Entry{At: q.After.At, Edition: q.After.Edition}) > 0)
}
