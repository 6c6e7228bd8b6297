package foi

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
)

// Applicant is who asks (TL29). What it holds is personal: it is stored sealed
// and shown masked.
type Applicant struct {
	Kind       ApplicantKind `json:"kind"`
	Name       string        `json:"name"`
	IDKind     string        `json:"id_kind"` // one of IDKinds
	IDNumber   string        `json:"id_number"`
	Phone      string        `json:"phone,omitempty"`
	Email      string        `json:"email,omitempty"`
	Address    string        `json:"address,omitempty"`
	Postcode   string        `json:"postcode,omitempty"`
	Head       string        `json:"head,omitempty"`    // 法定代表人, of an organisation
	Contact    string        `json:"contact,omitempty"` // person to speak to, of an organisation
	Agent      string        `json:"agent,omitempty"`   // 代理人
	AgentID    string        `json:"agent_id,omitempty"`
	AgentPaper string        `json:"agent_paper,omitempty"` // what the authorisation is
}

// IDKinds are the proofs of identity: a resident's card, another document, an
// organisation's credit code (统一社会信用代码).
var IDKinds = []string{"resident_card", "other_document", "credit_code"}

// What is wrong with an applicant.
var (
	ErrNeeded     = fault.New(fault.Invalid, "foi.needed")      // a field that TL29 requires; the field says which
	ErrKind       = fault.New(fault.Invalid, "foi.kind")        //
	ErrIDCard     = fault.New(fault.Invalid, "foi.id_card")     // check digit of GB 11643
	ErrCreditCode = fault.New(fault.Invalid, "foi.credit_code") // check character of GB 32100
	ErrPhone      = fault.New(fault.Invalid, "foi.phone")
	ErrEmail      = fault.New(fault.Invalid, "foi.email")
	ErrReachable  = fault.New(fault.Invalid, "foi.reachable") // no phone, e-mail or address
)

var (
	phone = regexp.MustCompile(`^(\+?86)?1[3-9]\d{9}$|^0\d{2,3}-?\d{7,8}(-\d{1,6})?$`)
	email = regexp.MustCompile(`^[^\s@<>"',;:]+@[^\s@<>"',;:]+\.[^\s@<>"',;:.]+$`)
)

// clean cleans what was typed and refuses what the law needs and is not there.
// It never asks what the information is for: that must not be asked (TL29).
func (a *Applicant) clean() error {
	for _, f := range []struct {
		name string
		text *string
		max  int
	}{
		{"name", &a.Name, 100}, {"id_kind", &a.IDKind, 20}, {"id_number", &a.IDNumber, 40}, {"phone", &a.Phone, 30}, {"email", &a.Email, 100},
		{"address", &a.Address, 200}, {"postcode", &a.Postcode, 10}, {"head", &a.Head, 100}, {"contact", &a.Contact, 100},
		{"agent", &a.Agent, 100}, {"agent_id", &a.AgentID, 40}, {"agent_paper", &a.AgentPaper, 200},
	} {
		s, err := manuscript.Line(f.name, *f.text, f.max)
		if err != nil {
			return err
		}
		*f.text = s
	}
	if a.Kind.Column() == 0 {
		return ErrKind.On("kind")
	}
	a.IDNumber, a.Phone = canonical(byIdentity, a.IDNumber), strings.ReplaceAll(norm.NFKC.String(a.Phone), " ", "")
	switch {
	case a.Name == "":
		return ErrNeeded.On("name")
	case a.IDNumber == "":
		return ErrNeeded.On("id_number")
	case a.IDKind == IDKinds[0] && !residentCard(a.IDNumber):
		return ErrIDCard.On("id_number")
	case a.IDKind == IDKinds[2] && !creditCode(a.IDNumber):
		return ErrCreditCode.On("id_number")
	case a.IDKind != IDKinds[0] && a.IDKind != IDKinds[1] && a.IDKind != IDKinds[2]:
		return ErrNeeded.On("id_kind")
	case a.Phone != "" && !phone.MatchString(a.Phone):
		return ErrPhone.On("phone")
	case a.Email != "" && !email.MatchString(a.Email):
		return ErrEmail.On("email")
	case a.Phone == "" && a.Email == "" && a.Address == "":
		return ErrReachable.On("phone")
	case a.Kind != NaturalPerson && a.Head == "":
		return ErrNeeded.On("head")
	case a.Agent != "" && a.AgentID == "":
		return ErrNeeded.On("agent_id")
	}
	return nil
}

// Masked is the applicant as lists and files show it.
func (a Applicant) Masked() Applicant {
	a.IDNumber, a.AgentID = middle(a.IDNumber, 3, 4), middle(a.AgentID, 3, 4)
	a.Phone, a.Address = middle(a.Phone, 3, 4), middle(a.Address, 6, 0)
	if at := strings.LastIndexByte(a.Email, '@'); at > 0 {
		a.Email = middle(a.Email[:at], 1, 0) + a.Email[at:]
	}
	if a.Kind == NaturalPerson {
		a.Name = middle(a.Name, 1, 0)
	}
	a.Agent, a.Contact, a.Head = middle(a.Agent, 1, 0), middle(a.Contact, 1, 0), middle(a.Head, 1, 0)
	return a
}

// middle keeps the first and last characters and hides the rest; of a text too
// short for that it keeps one.
func middle(s string, first, last int) string {
	all := []rune(s)
	if len(all) == 0 {
		return ""
	}
	if len(all) <= first+last {
		first, last = 1, 0
	}
	return string(all[:first]) + strings.Repeat("*", max(len(all)-first-last, 1)) + string(all[len(all)-last:])
}

// canonical is a value as it is compared: however it was typed, the same
// number is the same.
func canonical(field int, s string) string {
	s = strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(s)), ""))
	if field == byPhone {
		s = strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(s, "-", ""), "+86"), "86")
	}
	return s
}

// residentCard checks an 18-digit resident number: its date and its check digit
// (GB 11643).
func residentCard(s string) bool {
	if len(s) != 18 {
		return false
	}
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * w
	}
	_, err := time.Parse("20060102", s[6:14])
	return err == nil && s[17] == "10X98765432"[sum%11]
}

// creditCode checks an organisation's 18 characters (GB 32100).
func creditCode(s string) bool {
	const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if utf8.RuneCountInString(s) != 18 || len(s) != 18 {
		return false
	}
	sum := 0
	for i, w := range [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28} {
		at := strings.IndexByte(letters, s[i])
		if at < 0 {
			return false
		}
		sum += at * w
	}
	return strings.IndexByte(letters, s[17]) == (31-sum%31)%31
}
