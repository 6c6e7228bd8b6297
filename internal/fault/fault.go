// Package fault holds the errors people may see. A fault has a kind, which the
// HTTP edge turns into a status, and a code, which the catalogues turn into a
// sentence in the reader's language. Everything else that goes wrong is
// internal: it is logged once at the edge and never shown.
package fault

import (
	"errors"
	"maps"
)

// Kind says whose move it is now. The only place that maps kinds to HTTP status
// codes is httpserver.
type Kind uint8

const (
	Invalid         Kind = iota + 1 // the input is missing or bad
	Unauthenticated                 // nobody is signed in
	Forbidden                       // this person may not
	NotFound                        // no such thing, or not for this person
	Conflict                        // it changed meanwhile, or does not fit its present state
	Gone                            // it was here and was taken down
	TooLarge                        // more bytes than the route takes
	Unsupported                     // a content type or method the route does not take
	TooMany                         // too many tries
	Unavailable                     // a part we need does not answer; nothing was changed
)

// Fault is an error with words for people. Declare faults as package variables
// beside the rule they guard and derive concrete ones with On and With; both
// return copies, so a declared fault is never changed.
type Fault struct {
	Kind  Kind
	Code  string         // English, dotted: "manuscript.changed"
	Field string         // the input field at fault, empty when it is none
	Args  map[string]any // values for the sentence's placeholders
	cause error
}

// New declares a fault. The code must have a sentence in web/i18n.
func New(kind Kind, code string) *Fault { return &Fault{Kind: kind, Code: code} }

// On names the input field at fault.
func (f *Fault) On(field string) *Fault {
	c := *f
	c.Field = field
	return &c
}

// With adds a value for the sentence's {key} placeholder.
func (f *Fault) With(key string, value any) *Fault {
	c := *f
	c.Args = maps.Clone(f.Args)
	if c.Args == nil {
		c.Args = map[string]any{}
	}
	c.Args[key] = value
	return &c
}

// Because keeps the internal error for the log; people do not see it.
func (f *Fault) Because(err error) *Fault {
	c := *f
	c.cause = err
	return &c
}

func (f *Fault) Error() string {
	if f.cause != nil {
		return f.Code + ": " + f.cause.Error()
	}
	return f.Code
}

func (f *Fault) Unwrap() error { return f.cause }

// Is makes errors.Is compare codes, so a derived fault equals its declaration.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Code == f.Code
}

// From finds the fault in an error chain.
func From(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}
