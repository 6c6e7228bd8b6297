// Package messenger takes word of notices to where people are: their mailbox and
// the group chat of the office. A message says how many notices wait and where,
// never what they are about: titles of what is not yet public stay inside.
package messenger

import (
	"context"
	"log/slog"
	"time"

	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
)

// How often somebody may hear from us at most, how long a notice waits for being
// read on the page first, and when in the morning of a working day the digest
// comes.
const (
	quiet  = 30 * time.Minute
	wait   = 2 * time.Minute
	digest = 8*time.Hour + 30*time.Minute
	batch  = 200
)

// Message is what leaves. Its words come from the catalogue.
type Message struct{ Subject, Text string }

// Sender takes messages to one kind of place. To is a mail address, or empty for
// the one group chat there is.
type Sender interface {
	Send(ctx context.Context, to string, m Message) error
}

// Say answers a sentence of the catalogue.
type Say func(code string, args map[string]any) string

// Config is what a messenger needs. Mail and Chat are nil where the office has
// none.
type Config struct {
	DB       *db.DB
	Calendar *calendar.Calendar
	Mail     Sender
	Chat     Sender
	Domains  []string // addresses may end in; empty for any
	Say      Say
	URL      string // of the staff pages
	Log      *slog.Logger
}

// Messenger sends what is due. Every node may run one: who tells whom is settled
// in SQL. A message is sent at most once; the notice itself stays on the page,
// and the next digest counts it again.
type Messenger struct{ Config }

// New answers a messenger.
func New(c Config) *Messenger { return &Messenger{c} }

// counts are the unread notices of somebody, by what they ask for.
type counts struct {
	Tasks, Returns, Alarms, Total int64
	Newest                        int64
}

// Once sends what is due now.
func (m *Messenger) Once(ctx context.Context) error {
	if m.Mail != nil {
		if err := m.mails(ctx); err != nil {
			return err
		}
	}
	if m.Chat != nil {
		return m.chat(ctx)
	}
	return nil
}

func (m *Messenger) mails(ctx context.Context) error {
	day, err := m.digestDay(ctx)
	if err != nil {
		return err
	}
	var due []mailboxRow
	if err := m.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = dueMailboxes(tx, tx.Now().Add(-wait), tx.Now().Add(-quiet), day, batch)
		return err
	}); err != nil {
		return err
	}
	for _, box := range due {
		var c counts
		kind := "mail.news"
		if day != "" && box.Digest != day {
			kind = "mail.digest"
		}
		mine := false
		if err := m.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if c, err = unread(tx, box.PersonID, tx.Now().Add(-wait)); err != nil {
				return err
			}
			mine, err = claimMailbox(tx, box, max(c.Newest, box.Told), day)
			return err
		}); err != nil {
			return err
		}
		if !mine || c.Total == 0 {
			continue
		}
		if err := m.Mail.Send(ctx, box.Address, m.message(kind, c)); err != nil {
			m.Log.WarnContext(ctx, "mail", "person", box.PersonID, "err", err)
			if err := m.DB.Write(ctx, func(tx *db.Tx) error { return untold(tx, box) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// chat tells the group chat of alarms, and each morning how much is open.
func (m *Messenger) chat(ctx context.Context) error {
	day, err := m.digestDay(ctx)
	if err != nil {
		return err
	}
	var orgs []int64
	if err := m.DB.Read(ctx, func(tx *db.Tx) (err error) { orgs, err = organisations(tx); return err }); err != nil {
		return err
	}
	for _, org := range orgs {
		var kind string
		var c counts
		if err := m.DB.Write(ctx, func(tx *db.Tx) (err error) {
			kind = ""
			row, err := chatOf(tx, org)
			if err != nil {
				return err
			}
			if c, err = office(tx, org, row.Told, tx.Now().Add(-wait)); err != nil {
				return err
			}
			switch {
			case day != "" && row.Digest != day:
				row.Digest = day
				if c.Tasks+c.Returns+c.Alarms > 0 {
					kind = "chat.digest"
				}
			case c.Alarms > 0 && tx.Now().Sub(db.Time(row.SentAt)) >= quiet:
				kind = "chat.alarm"
			default:
				return nil
			}
			row.Told, row.SentAt = max(c.Newest, row.Told), db.Micros(tx.Now())
			return saveChat(tx, row)
		}); err != nil {
			return err
		}
		if kind == "" {
			continue
		}
		if err := m.Chat.Send(ctx, "", m.message(kind, c)); err != nil {
			m.Log.WarnContext(ctx, "group chat", "organisation", org, "err", err)
		}
	}
	return nil
}

// digestDay is today once its digest may go out, "" on other days and before.
// Without the year's calendar there are no digests; the messages go on.
func (m *Messenger) digestDay(ctx context.Context) (string, error) {
	var now time.Time
	if err := m.DB.Read(ctx, func(tx *db.Tx) error { now = tx.Now().In(calendar.Zone); return nil }); err != nil {
		return "", err
	}
	open, err := m.Calendar.IsWorkday(now)
	if err != nil || !open || now.Sub(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, calendar.Zone)) < digest {
		return "", nil
	}
	return now.Format(time.DateOnly), nil
}

func (m *Messenger) message(kind string, c counts) Message {
	args := map[string]any{"tasks": c.Tasks, "returns": c.Returns, "alarms": c.Alarms, "all": c.Total, "url": m.URL}
	return Message{m.Say(kind+".subject", args), m.Say(kind, args)}
}

// ErrAddress refuses what is no mail address, or none of the office's domains
// ("domains").
var ErrAddress = fault.New(fault.Invalid, "messenger.address")

// SetAddress keeps where a person wants to hear of notices; empty for nowhere.
// What is unread now is not mailed.
func (m *Messenger) SetAddress(ctx context.Context, organisation, person int64, address string) error {
	if address != "" {
		if err := m.checkAddress(address); err != nil {
			return err
		}
	}
	return m.DB.Write(ctx, func(tx *db.Tx) error { return setMailbox(tx, organisation, person, address) })
}

// Address is where a person hears of notices, "" for nowhere.
func (m *Messenger) Address(ctx context.Context, person int64) (address string, err error) {
	err = m.DB.Read(ctx, func(tx *db.Tx) (err error) { address, err = mailboxOf(tx, person); return err })
	return address, err
}

// On says that the office sends mail.
func (m *Messenger) On() bool { return m != nil && m.Mail != nil }
