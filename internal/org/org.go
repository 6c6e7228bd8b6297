// Package org knows the office: its units, its people, the posts they hold, who
// stands in for whom, and who is signed in.
package org

import (
	"time"

	"gongkai/internal/fault"
)

// Post is what somebody is in a unit. Who may do what is said of posts, never
// of persons.
type Post string

const (
	Drafter                Post = "drafter"                 // 拟稿人
	SectionHead            Post = "section_head"            // 科室负责人
	OfficeEditor           Post = "office_editor"           // 办公室编辑（公开专干）
	Proofreader            Post = "proofreader"             // 校对
	ConfidentialityOfficer Post = "confidentiality_officer" // 保密员
	DeputyDirector         Post = "deputy_director"         // 分管领导
	SigningLeader          Post = "signing_leader"          // 签发人
	Publisher              Post = "publisher"               // 发布员
	FOIOfficer             Post = "foi_officer"             // 依申请公开专员
	SystemAdmin            Post = "system_admin"            // 系统管理员
	SecurityAdmin          Post = "security_admin"          // 安全管理员
	Auditor                Post = "auditor"                 // 审计员
)

// Posts lists every post there is.
var Posts = []Post{Drafter, SectionHead, OfficeEditor, Proofreader, ConfidentialityOfficer, DeputyDirector,
	SigningLeader, Publisher, FOIOfficer, SystemAdmin, SecurityAdmin, Auditor}

// Administers says that a post is one of the three administrators, who exclude
// one another and every other post (三员分立, D6).
func (p Post) Administers() bool { return p == SystemAdmin || p == SecurityAdmin || p == Auditor }

// Known says that p is one of Posts.
func (p Post) Known() bool {
	for _, q := range Posts {
		if p == q {
			return true
		}
	}
	return false
}

// Unit is a section of an organisation, or the organisation itself (ParentID 0).
type Unit struct {
	ID             int64
	OrganisationID int64 // its own ID for an organisation
	ParentID       int64
	Name           string // standard name: 沙坡头区科学技术局
	FullName       string // 中卫市沙坡头区科学技术局
	ShortName      string // 区科技局
	Code           string // prefix of index numbers
	Version        int64
}

// Person is a natural person: one per staff number, whatever accounts they use.
// Separation of duty counts persons.
type Person struct {
	ID             int64
	OrganisationID int64
	StaffNo        string
	Name           string
	Established    bool // 在编: others may draft and proofread only (SOD-6)
}

// Account is a way for a person to sign in.
type Account struct {
	ID           int64
	PersonID     int64
	Login        string
	PasswordHash string
	MustChange   bool
	DisabledAt   time.Time
	Failures     int
	LockedUntil  time.Time
	Version      int64
	PasswordAt   time.Time // when it was last chosen; zero before that was kept
	ActiveAt     time.Time // of the last sign-in, or of what made one possible
}

// Holding is a post held in a unit, by oneself or for somebody else.
type Holding struct {
	Post           Post
	OrganisationID int64
	UnitID         int64
	For            int64 // the person stood in for; 0 when the post is one's own
}

// Delegation lets one person act for another in some posts, from–to (SOD-7). It
// ends by itself and is never passed on.
type Delegation struct {
	ID             int64
	OrganisationID int64
	From, To       int64 // persons
	Posts          []Post
	StartsAt       time.Time
	EndsAt         time.Time
	GrantedBy      int64
	GrantedAt      time.Time
	RevokedAt      time.Time
}

// Actor is who is acting now. Holdings are filled by Enter, in the transaction
// that decides.
type Actor struct {
	PersonID       int64
	AccountID      int64
	OrganisationID int64
	Name           string
	Login          string
	Established    bool
	MustChange     bool
	MustEnrol      bool   // a second factor has to be set up before anything else
	NeedsCode      bool   // the password was right, the second factor is still asked for
	Session        string // hash of the session token; empty for the system itself
	Kind           SessionKind
	Address        string // network address the request came from
	Holdings       []Holding
}

// System acts for the program itself: jobs and alarms. It holds no post.
func System(organisationID int64) Actor {
	return Actor{OrganisationID: organisationID, Name: "system"}
}

// SessionKind tells a person's browser from a program's token.
type SessionKind string

const (
	Browser SessionKind = "browser"
	Single  SessionKind = "sso" // a browser whose provider of single sign-on vouched: no password of ours
	Token   SessionKind = "token"

	// What was proved so far waits for the second factor.
	half       SessionKind = "half"
	halfSingle SessionKind = "half-sso"
)

func (k SessionKind) half() bool { return k == half || k == halfSingle }

const (
	// IdleLimit ends a browser session nobody used (A48, D2).
	IdleLimit      = 30 * time.Minute
	AdminIdleLimit = 15 * time.Minute // of the three administrators
	// SessionLimit ends every browser session (A48).
	SessionLimit = 12 * time.Hour
	// CodeLimit is how long a right password waits for its second factor.
	CodeLimit = 5 * time.Minute
	// Lockout is how long an account stays locked after MaxFailures wrong
	// passwords or codes (D2).
	Lockout     = 30 * time.Minute
	MaxFailures = 5
)

var (
	ErrUnitName        = fault.New(fault.Invalid, "org.unit_name")
	ErrUnitUnknown     = fault.New(fault.NotFound, "org.unit_unknown")
	ErrPersonUnknown   = fault.New(fault.NotFound, "org.person_unknown")
	ErrPersonFields    = fault.New(fault.Invalid, "org.person_fields")
	ErrStaffNoTaken    = fault.New(fault.Conflict, "org.staff_no_taken")
	ErrLoginTaken      = fault.New(fault.Conflict, "org.login_taken")
	ErrPostUnknown     = fault.New(fault.Invalid, "org.post_unknown")
	ErrPostHeld        = fault.New(fault.Conflict, "org.post_held")
	ErrPostNotHeld     = fault.New(fault.Conflict, "org.post_not_held")
	ErrPostsExclude    = fault.New(fault.Conflict, "org.posts_exclude")
	ErrTwoPersons      = fault.New(fault.Forbidden, "org.two_persons")
	ErrConfirmSecurity = fault.New(fault.Forbidden, "org.confirm_security")
	ErrProposed        = fault.New(fault.Conflict, "org.proposed")
	ErrProposalGone    = fault.New(fault.NotFound, "org.proposal_unknown")
	ErrProposerGone    = fault.New(fault.Conflict, "org.proposer_gone")
	ErrStandsIn        = fault.New(fault.Conflict, "org.stands_in")
	ErrOwnPost         = fault.New(fault.Forbidden, "org.own_post")
	ErrDelegationDates = fault.New(fault.Invalid, "org.delegation_dates")
	ErrDelegationSelf  = fault.New(fault.Invalid, "org.delegation_self")
	ErrDelegationPosts = fault.New(fault.Invalid, "org.delegation_posts")
	ErrDelegationGone  = fault.New(fault.NotFound, "org.delegation_unknown")
	ErrSignIn          = fault.New(fault.Unauthenticated, "org.sign_in_failed")
	ErrSignedOut       = fault.New(fault.Unauthenticated, "org.signed_out")
	ErrPasswordWeak    = fault.New(fault.Invalid, "org.password_weak")
	ErrPasswordGuess   = fault.New(fault.Invalid, "org.password_guess")
	ErrPasswordUsed    = fault.New(fault.Invalid, "org.password_used")
	ErrMustChange      = fault.New(fault.Forbidden, "org.must_change_password")
	ErrMustEnrol       = fault.New(fault.Forbidden, "org.must_enrol")
	ErrCodeNeeded      = fault.New(fault.Unauthenticated, "org.code_needed")
	ErrNobody          = fault.New(fault.Forbidden, "org.nobody")
	ErrCode            = fault.New(fault.Unauthenticated, "org.code_refused")
	ErrPassword        = fault.New(fault.Unauthenticated, "org.password_refused")
	ErrEnrolment       = fault.New(fault.Conflict, "org.enrolment_over")
	ErrEnrolmentCode   = fault.New(fault.Invalid, "org.enrolment_code")
	ErrNoFactor        = fault.New(fault.Conflict, "org.no_second_factor")
	ErrFactorDemanded  = fault.New(fault.Conflict, "org.second_factor_demanded")
	ErrFactorReset     = fault.New(fault.NotFound, "org.second_factor_reset_unknown")
	ErrResetByOther    = fault.New(fault.Forbidden, "org.second_factor_reset_by_other")
	ErrPIN             = fault.New(fault.Invalid, "org.pin_weak")
	ErrConfirmNeeded   = fault.New(fault.Invalid, "org.confirmation_needed")
	ErrConfirmUnset    = fault.New(fault.Conflict, "org.confirmation_unset")
	ErrConfirm         = fault.New(fault.Invalid, "org.confirmation_refused")
	ErrConfirmLocked   = fault.New(fault.TooMany, "org.confirmation_locked")
	ErrCodeUsed        = fault.New(fault.Conflict, "org.code_used")
	ErrNotEmpty        = fault.New(fault.NotFound, "org.set_up_over")
	ErrSetUpSecret     = fault.New(fault.Forbidden, "org.set_up_secret")
)
