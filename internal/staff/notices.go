package staff

import (
	"regexp"
	"strings"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

type noticesPage struct {
	frame
	Lines  []noticeLine
	Unread int
	Mail   bool   // the office sends mail
	Box    string // this person's address
}

type noticeLine struct {
	Say, Link string
	At        time.Time
	New       bool
	Class     string
}

var requestObject = regexp.MustCompile(`^foi_request:(\d+)$`)

var letterObject = regexp.MustCompile(`^foi_letter:(\d+)$`)

var publicationObject = regexp.MustCompile(`^publication:(\d+)$`)

// noticeClass colours what cannot wait.
var noticeClass = map[string]string{"notice.returned": "r", "notice.overdue": "r", "notice.publication_stuck": "r", "notice.publication_late": "r", "notice.publication_parked": "r", "notice.publishing_frozen": "r", "notice.objected": "r", "notice.audit_unsealed": "r",
	"notice.foi_overdue": "r", "notice.foi_due": "a", "notice.foi_unconfirmed": "a", "notice.foi_arrived": "b",
	"notice.foi_dispute_overdue": "r", "notice.foi_dispute_due": "a", "notice.foi_returned": "r", "notice.foi_task": "b", "notice.foi_signed": "g",
	"notice.duty_due": "a", "notice.duty_overdue": "r", "notice.annual_due": "a", "notice.annual_overdue": "r", "notice.calendar_missing": "a", "notice.calendar_proposed": "b", "notice.calendar_confirmed": "a",
	"notice.post_proposed": "b", "notice.delegated": "a",
	"notice.due_soon": "a", "notice.task": "b", "notice.signed": "g"}

func (s *Staff) notices(v *visit) error {
	all, err := s.Desk.Notices(v.ctx, v.actor)
	if err != nil {
		return err
	}
	var p noticesPage
	for _, n := range all {
		l := noticeLine{Say: s.say(v.lang, n.Code, n.Args), At: n.At, New: n.ReadAt.IsZero(), Class: noticeClass[n.Code]}
		if m := manuscriptObject.FindStringSubmatch(n.Subject); m != nil && s.mayAny(v, "manuscript.read") {
			l.Link = "/manuscripts/" + m[1]
		} else if m := requestObject.FindStringSubmatch(n.Subject); m != nil && s.mayAll(v, "foi.read") {
			l.Link = "/foi/" + m[1]
		} else if m := letterObject.FindStringSubmatch(n.Subject); m != nil && s.mayAll(v, "foi.read") {
			l.Link = "/foi/letters/" + m[1]
		} else if strings.HasPrefix(n.Subject, "foi_dispute:") && s.mayAll(v, "foi.read") {
			l.Link = "/foi/disputes"
		} else if year, ok := strings.CutPrefix(n.Subject, "annual_report:"); ok && s.mayAll(v, "annual.read") {
			l.Link = "/annual/" + year
		} else if strings.HasPrefix(n.Subject, "duty:") && s.mayAll(v, "duty.read") {
			l.Link = "/duties"
		} else if strings.HasPrefix(n.Subject, "calendar:") && s.mayAll(v, "calendar.read") {
			l.Link = "/calendar"
		} else if n.Code == "notice.post_proposed" || n.Code == "notice.posts_proposed" {
			l.Link = "/people"
		} else if publicationObject.MatchString(n.Subject) && s.mayAny(v, "publication.read") {
			l.Link = "/publications"
		}
		if l.New {
			p.Unread++
		}
		p.Lines = append(p.Lines, l)
	}
	if p.Mail = s.Messenger.On(); p.Mail {
		if p.Box, err = s.Messenger.Address(v.ctx, v.actor.PersonID); err != nil {
			return err
		}
		if v.refused != nil {
			p.Box = v.form.Get("address")
		}
	}
	if p.frame, err = s.frame(v, "staff.notices"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "notices", p)
	return nil
}

func (s *Staff) setMail(v *visit) (done, error) {
	if !s.Messenger.On() {
		return done{}, httpserver.ErrNoRoute
	}
	address := strings.TrimSpace(v.form.Get("address"))
	said := "mail_on"
	if address == "" {
		said = "mail_off"
	}
	return done{"/notices", said}, s.Messenger.SetAddress(v.ctx, v.actor.OrganisationID, v.actor.PersonID, address)
}

func (s *Staff) readNotices(v *visit) (done, error) {
	return done{"/notices", "read"}, s.DB.Write(v.ctx, func(tx *db.Tx) error {
		a, err := org.Enter(tx, v.actor)
		if err != nil {
			return err
		}
		return notify.Read(tx, a.PersonID)
	})
}
