// Package foi is requests for information (依申请公开): their register, the
// statutory clock, the answer and its letters, fees and disputes.
//
// What happened to a request is a list of events that is only ever added to.
// Every date the law gives (due, paused, extended, overdue) is read from the
// events and the calendar when somebody asks; none is stored.
package foi

import (
	"fmt"
	"time"
)

// Channel is the way a request reached the office; it decides which day counts
// as the day of receipt (收到申请之日, TL31).
type Channel string

const (
	InPerson   Channel = "in_person"   // handed in: that day
	SignedMail Channel = "signed_mail" // EMS, registered: the day the office signs for it
	Letter     Channel = "letter"      // no signature: the day the office confirms with the applicant
	Internet   Channel = "internet"    // site form, e-mail: the day both sides confirm
	Fax        Channel = "fax"         // likewise
	Oral       Channel = "oral"        // the office fills in the form: the day it is signed (TL29)
)

// Channels lists all ways in, in the order of domain 4.3.
var Channels = []Channel{InPerson, SignedMail, Letter, Internet, Fax, Oral}

// NeedsConfirmation says that the request counts as received only on the day
// the office confirms it with the applicant (TL31(2)-(3)).
func (c Channel) NeedsConfirmation() bool { return c == Letter || c == Internet || c == Fax }

// ApplicantKind is the column of table 三 a request is counted in (domain 4.4):
// the principal's, not the agent's.
type ApplicantKind string

const (
	NaturalPerson ApplicantKind = "natural_person" // 自然人
	Company       ApplicantKind = "company"        // 商业企业
	Research      ApplicantKind = "research"       // 科研机构
	Charity       ApplicantKind = "charity"        // 社会公益组织
	LegalService  ApplicantKind = "legal_service"  // 法律服务机构
	OtherBody     ApplicantKind = "other"          // 其他
)

// ApplicantKinds are the six kinds in the order of the columns C1…C6.
var ApplicantKinds = []ApplicantKind{NaturalPerson, Company, Research, Charity, LegalService, OtherBody}

// Column is the number of the kind's column in table 三, 1…6, or 0.
func (k ApplicantKind) Column() int {
	for i, x := range ApplicantKinds {
		if x == k {
			return i + 1
		}
	}
	return 0
}

// Party is whose opinion a round asks for; the time until it answers is not
// counted (TL32–34).
type Party string

const (
	ThirdParty Party = "third_party" // whose secrets or privacy it touches (TL32)
	JointMaker Party = "joint_maker" // an organ that made the information too; silence agrees (TL34)
	OtherOrgan Party = "other_organ" // asked for help (TL33)
)

// Parties lists them all.
var Parties = []Party{ThirdParty, JointMaker, OtherOrgan}

// EventKind is what happened.
type EventKind string

const (
	Arrived         EventKind = "arrived"          // with its Channel
	Confirmed       EventKind = "confirmed"        // with the applicant
	CorrectionAsked EventKind = "correction_asked" // 补正告知, once; Until is the reasonable time given (TL30)
	Corrected       EventKind = "corrected"        // the period begins again
	OpinionAsked    EventKind = "opinion_asked"    // letter sent: Round, Party
	LetterServed    EventKind = "letter_served"    // the Round's party has it
	OpinionGiven    EventKind = "opinion_given"    // the Round's party answered
	Extended        EventKind = "extended"         // by 20 working days, once (TL33)
	FeeAsked        EventKind = "fee_asked"        // the applicant has the notice of the fee (domain 6)
	FeePaid         EventKind = "fee_paid"         // the period begins again
	Delayed         EventKind = "delayed"          // 延迟答复 until Until (TL35)
	Answered        EventKind = "answered"         // or closed: with its Code
	Delivered       EventKind = "delivered"        // the answer was served
	Struck          EventKind = "struck"           // event Ref was entered wrongly and does not count
)

// Medium is how the applicant wants the information, Route how it should reach
// them (TL29).
type Wish struct {
	Medium string // one of Media
	Route  string // one of Routes
}

var (
	Media  = []string{"paper", "electronic", "disk", "read_here"}
	Routes = []string{"post", "email", "fax", "collect", "online"}
)

// Request is one request and its place in the register.
type Request struct {
	ID             int64
	OrganisationID int64
	Number         string // register number, "2026-0001"; never given twice
	Channel        Channel
	Kind           ApplicantKind // of the principal; the column of table 三
	ApplicantID    int64
	Wanted         string // what is asked for, in the applicant's words
	Features       string // name, 文号 or other feature that helps to find it
	Wish           Wish
	UnitID         int64 // that handles it; 0 while unassigned
	MergedInto     int64 // the same request came twice: this one is not counted
	Once           string
	ReceiptKey     string // id of the office's key its receipt was made under
	CreatedAt      time.Time
	Version        int64

	// Read from the events whenever one is added, for the register and the annual
	// report: facts, no deadlines.
	ReceivedOn time.Time
	ClosedOn   time.Time
	Code       Code
}

// Subject names the request in audit entries and notices.
func (r *Request) Subject() string { return fmt.Sprintf("foi_request:%d", r.ID) }

// Event is one thing that happened to a request, on a day in calendar.Zone.
type Event struct {
	No       int // 1, 2, … within its request
	Kind     EventKind
	On       time.Time // midnight in calendar.Zone of the day it happened
	Until    time.Time // a date it sets, see the kinds; zero for none
	Channel  Channel
	Round    int // 1, 2, … of an opinion
	Party    Party
	Code     Code
	Amount   int // yuan of a fee
	Scale    FeeScale
	Pages    int    // of a fee by volume; kept in the note
	Ref      int    // the event struck
	Doc      string // number of the letter it went with
	Note     string
	Entered  time.Time // when it was entered
	PersonID int64     // who entered it; 0 for the applicant's own act
}
