package staff

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/calendar"
	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/org"
	"gongkai/internal/progress"
)

type auditPage struct {
	frame
	Lines     []auditLine
	People    []org.Person
	Person    int64
	Object    string
	Action    string
	From      string
	Until     string
	MayExport bool
	Next      string
	Actions   []actionChoice
	Verified  *errandLine // the last time this reader let the record be verified
}

// actionChoice is an action with its words.
type actionChoice struct{ Code, Say string }

// actions are all there are words for, in the order of the words.
func (s *Staff) actions(v *visit) (all []actionChoice) {
	for _, code := range s.Words.Codes(catalogue.Chinese) {
		if action, ok := strings.CutPrefix(code, "staff.action."); ok {
			all = append(all, actionChoice{action, s.say(v.lang, code, nil)})
		}
	}
	slices.SortStableFunc(all, func(a, b actionChoice) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// VerifyRecord is the errand that verifies the audit record.
const VerifyRecord = "audit.verify"

// ExportRecord is the errand that writes it into a file.
const ExportRecord = "audit.export"

func (s *Staff) verifyRecord(v *visit) (done, error) {
	return s.sendRecord(v, VerifyRecord, "audit.read", "audit.verify")
}

func (s *Staff) exportRecord(v *visit) (done, error) {
	return s.sendRecord(v, ExportRecord, "audit.export", "audit.exported")
}

// sendRecord sends an errand about the record off, which is recorded itself.
func (s *Staff) sendRecord(v *visit, kind, act, action string) (done, error) {
	return done{"/errands", "errand_sent"}, s.DB.Write(v.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, v.actor, act)
		if err != nil {
			return err
		}
		if err := progress.Start(tx, &progress.Errand{OrganisationID: a.OrganisationID, PersonID: a.PersonID, Kind: kind}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{OrganisationID: a.OrganisationID, PersonID: a.PersonID, AccountID: v.actor.AccountID, Session: v.actor.Session, Address: v.actor.Address,
			Action: action, Object: "audit"})
	})
}

type auditLine struct {
	Seq           int64
	At            time.Time
	Who, For      string
	Action        string
	Object, Link  string
	Named         string // the object in words
	Before, After string
	Refused       bool
	Address       string
	Hash          string
	Revision      int
	Details       string
	EventID       string
}

var manuscriptObject = regexp.MustCompile(`^manuscript:(\d+)$`)

func (s *Staff) auditPage(v *visit) error {
	q := audit.Query{Object: v.Query("object"), Action: v.Query("action"), Limit: pageSize}
	var err error
	if q.PersonID, err = v.number("person_id"); err != nil {
		return err
	}
	if q.Before, err = v.number("before"); err != nil {
		return err
	}
	if q.From, err = day(v.Query("from"), "from", 0); err != nil {
		return err
	}
	if q.Until, err = day(v.Query("until"), "until", 1); err != nil {
		return err
	}
	p := auditPage{Person: q.PersonID, Object: q.Object, Action: q.Action, From: v.Query("from"), Until: v.Query("until"), MayExport: s.mayAll(v, "audit.export")}
	err = s.DB.Read(v.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, v.actor, "audit.read")
		if err != nil {
			return err
		}
		q.OrganisationID = a.OrganisationID
		found, err := audit.List(tx, q)
		if err != nil {
			return err
		}
		sent, err := progress.Of(tx, a.OrganisationID, a.PersonID, 30)
		if err != nil {
			return err
		}
		for _, e := range sent {
			if e.Kind == VerifyRecord && p.Verified == nil {
				p.Verified = &errandLine{Errand: e, Percent: e.Percent()}
			}
		}
		if p.People, err = org.People(tx, a.OrganisationID); err != nil {
			return err
		}
		names := map[int64]string{}
		for _, person := range p.People {
			names[person.ID] = person.Name
		}
		for _, e := range found {
			p.Lines = append(p.Lines, s.auditLine(v, e, names))
		}
		if len(found) == pageSize {
			next := v.Request.URL.Query()
			next.Set("before", itoa(found[pageSize-1].ID))
			p.Next = "/audit?" + next.Encode()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.frame, err = s.frame(v, "staff.audit"); err != nil {
		return err
	}
	p.Actions = s.actions(v)
	s.render(v.Context, v.status(), "audit", p)
	return nil
}

func (s *Staff) auditLine(v *visit, e audit.Found, names map[int64]string) auditLine {
	l := auditLine{Seq: e.Seq, At: e.At, Who: names[e.PersonID], For: names[e.ForID], Object: e.Object, Before: e.Before, After: e.After, Refused: e.Result == "refused",
		Address: e.Address, Hash: e.Hash, Revision: e.Revision, EventID: e.EventID, Action: e.Action}
	if code := "staff.action." + e.Action; s.Words.Has(code) {
		l.Action = s.say(v.lang, code, nil)
	}
	kind, id, _ := strings.Cut(e.Object, ":")
	if l.Named = e.Object; s.Words.Has("staff.object." + kind) {
		l.Named = s.say(v.lang, "staff.object."+kind, map[string]any{"id": id})
	}
	if e.PersonID == 0 {
		l.Who = s.say(v.lang, "staff.system", nil)
	}
	if m := manuscriptObject.FindStringSubmatch(e.Object); m != nil && s.mayAny(v, "manuscript.read") {
		l.Link = "/manuscripts/" + m[1]
	}
	if len(e.Details) > 0 {
		b, _ := json.Marshal(e.Details)
		l.Details = string(b)
	}
	return l
}

// day reads the beginning of a day in the office's time zone, or of the one
// after it.
func day(typed, name string, after int) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, typed, calendar.Zone)
	if err != nil {
		return time.Time{}, httpserver.ErrQuery.On(name).With("name", name)
	}
	return t.AddDate(0, 0, after).UTC(), nil
}

// Only narrows the list to one object, keeping nothing else.
func (p auditPage) Only(object string) string {
	return "/audit?" + url.Values{"object": {object}}.Encode()
}
