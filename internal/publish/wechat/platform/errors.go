package platform

import (
	"errors"
	"fmt"
	"strings"

	"gongkai/internal/publish"
)

// Class says what to do about a refusal.
type Class string

// The classes, each with what follows from it.
const (
	Later   Class = "later"   // too often: again in a minute
	Quota   Class = "quota"   // nothing left today: again after midnight in Shanghai
	Token   Class = "token"   // the client has tried a fresh token already
	IP      Class = "ip"      // our address is not on the account's white list
	Setup   Class = "setup"   // AppID, secret, permission or a ban: an administrator must act
	Admin   Class = "admin"   // the account's administrator must confirm on the phone
	Content Class = "content" // this text will never be taken
	Console Class = "console" // only a person in the platform's console can do it
	Absent  Class = "absent"  // what we asked for is not there
	Unclear Class = "unclear" // read before acting again
)

// classes is the platform's error table. A code that is not listed is Unclear.
var classes = map[int]Class{
	45011: Later, 53501: Later, 45066: Later, 61503: Later,
	45009: Quota, 45028: Quota, 48006: Quota,
	40001: Token, 40014: Token, 42001: Token, 41001: Token,
	40164: IP,
	40002: Setup, 40013: Setup, 40125: Setup, 40243: Setup, 41002: Setup, 41004: Setup, 43002: Setup, 48001: Setup, 48004: Setup,
	50002: Setup, 50004: Setup, 50007: Setup, 53500: Setup, 89503: Setup, 89506: Setup, 89507: Setup,
	76021: Setup, 76022: Setup,
	89504: Admin, 89505: Admin,
	40004: Content, 40005: Content, 40007: Content, 40009: Content, 40033: Content, 40114: Content, 41039: Content, 44002: Content,
	44003: Content, 45002: Content, 45003: Content, 45004: Content, 45005: Content, 45008: Content, 45067: Content,
	45110: Content, 45166: Content, 47001: Content, 53404: Content, 53405: Content, 53406: Content, 53503: Content,
	61500: Content, 61501: Content,
	53504: Console, 53505: Console, 48021: Console, 41040: Console, 45062: Console,
	88000: Console, 88002: Console, 88003: Console, 88004: Console, 88005: Console, 88007: Console, 88008: Console, 88010: Console,
	53600: Absent, 40059: Absent, 40060: Absent, 88001: Absent,
	45065: Unclear, // has been seen on a first call that in fact succeeded
	-1:    Unclear,
}

// Error is a call that did not end well. Its text holds no token and no secret.
type Error struct {
	Call    string // path
	Code    int    // errcode, 0 when the platform named none
	Msg     string
	RID     string // the platform's request id, good for seven days
	Outcome publish.Outcome
	Class   Class
	cause   error
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "wechat %s: %s", e.Call, e.Outcome)
	if e.Code != 0 {
		fmt.Fprintf(&b, " %d", e.Code)
	}
	if e.Msg != "" {
		b.WriteString(" " + e.Msg)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.cause }

// Detail is the platform's words of err for an administrator, at most 400
// characters, empty without an error.
func Detail(err error) string {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.detail()
	}
	return cutText(err.Error(), 400)
}

func (e *Error) detail() string {
	s := e.Msg
	if e.Code != 0 {
		s = fmt.Sprintf("%d %s", e.Code, s)
	}
	return cutText(s, 400)
}

// Code answers the errcode of err, 0 when it is none of the platform's.
func Code(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// Outcome is how a call with this error ended, as the intent row records it:
// publish.Accepted without one, publish.Unknown for one that is no *Error.
func Outcome(err error) publish.Outcome {
	var e *Error
	switch {
	case err == nil:
		return publish.Accepted
	case errors.As(err, &e):
		return e.Outcome
	}
	return publish.Unknown
}

func refusal(call string, errcode int, msg string) *Error {
	e := &Error{Call: call, Code: errcode, Msg: msg, Outcome: publish.Refused, Class: Unclear}
	if c, ok := classes[errcode]; ok {
		e.Class = c
	}
	if e.Class == Unclear {
		e.Outcome = publish.Unknown
	}
	if m := ridPattern.FindStringSubmatch(msg); m != nil {
		e.RID = m[1]
	}
	return e
}
