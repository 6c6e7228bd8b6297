package foi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

var (
	ErrNotFound  = fault.New(fault.NotFound, "foi.not_found")
	ErrChanged   = fault.New(fault.Conflict, "foi.changed") // version
	ErrWish      = fault.New(fault.Invalid, "foi.wish")
	ErrMergeNote = fault.New(fault.Invalid, "foi.merge_note")
	ErrMerge     = fault.New(fault.Conflict, "foi.merge") // into itself, a merged one, another organisation's
	ErrMerged    = fault.New(fault.Conflict, "foi.merged")
	ErrOnce      = fault.New(fault.Invalid, "foi.once")
)

// Desk is where requests are registered, worked on and answered. It is safe for
// concurrent use.
type Desk struct {
	db       *db.DB
	authz    *authz.Enforcer
	calendar *calendar.Calendar
	keys     *Keys
	library  *workflow.Library
	checks   check.Rules

	// ConfirmSignatures asks for a code with every signature (A50).
	ConfirmSignatures bool
}

// NewDesk opens the desk. Answers go through the library's chain for
// workflow.AnswerKind.
func NewDesk(d *db.DB, a *authz.Enforcer, c *calendar.Calendar, keys *Keys, l *workflow.Library, checks check.Rules) *Desk {
	return &Desk{db: d, authz: a, calendar: c, keys: keys, library: l, checks: checks}
}

// act is one person, or the applicant, acting inside a transaction.
type act struct {
	desk  *Desk
	tx    *db.Tx
	actor org.Actor
	as    org.Holding
	r     *Request
}

// enter brings an actor into a transaction for an act on the organisation's
// register.
func (k *Desk) enter(tx *db.Tx, actor org.Actor, name string) (*act, error) {
	who, as, err := k.authz.Enter(tx, actor, name)
	return &act{desk: k, tx: tx, actor: who, as: as}, err
}

// on locks a request for an act. One of another organisation does not exist.
func (k *Desk) on(ctx context.Context, actor org.Actor, id, seen int64, name string, fn func(a *act) error) (*Request, error) {
	var r *Request
	err := k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, name)
		if err != nil {
			return err
		}
		if r, err = oneRequest(tx, "id = ? AND organisation_id = ?"+tx.ForUpdate(), id, a.actor.OrganisationID); err != nil {
			return err
		}
		if seen != r.Version {
			return ErrChanged.With("version", r.Version)
		}
		a.r = r
		return fn(a)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (a *act) record(action string, details map[string]any) error {
	return audit.Record(a.tx, audit.Entry{OrganisationID: a.r.OrganisationID, PersonID: a.actor.PersonID, ForID: a.as.For, AccountID: a.actor.AccountID,
		Session: a.actor.Session, Address: a.actor.Address, Action: action, Object: a.r.Subject(), Details: details})
}

// tell tells those who handle requests.
func (a *act) tell(code string, args map[string]any) error {
	who, err := org.Holders(a.tx, a.r.OrganisationID, org.FOIOfficer, 0)
	if err != nil {
		return err
	}
	if args == nil {
		args = map[string]any{}
	}
	args["number"] = a.r.Number
	return notify.Add(a.tx, who, notify.Notice{OrganisationID: a.r.OrganisationID, Code: code, Subject: a.r.Subject(), Args: args})
}

// New is a request as it comes in.
type New struct {
	Channel   Channel
	On        time.Time // the day it arrived; ignored for the site's own form
	Applicant Applicant
	Wanted    string
	Features  string
	Wish      Wish
	UnitID    int64
	// Once is made with the form and sent with it: the same form again is the same
	// request. At least 16 characters.
	Once string
}

func (n *New) clean() (err error) {
	if n.Wanted, err = manuscript.Note("wanted", n.Wanted, 2000); err != nil {
		return err
	}
	if n.Features, err = manuscript.Line("features", n.Features, 300); err != nil {
		return err
	}
	switch {
	case n.Wanted == "":
		return ErrNeeded.On("wanted")
	case !slices.Contains(Media, n.Wish.Medium):
		return ErrWish.On("medium")
	case !slices.Contains(Routes, n.Wish.Route):
		return ErrWish.On("route")
	case !slices.Contains(Channels, n.Channel):
		return ErrChannel.On("channel")
	case len(n.Once) < 16 || len(n.Once) > 64:
		return ErrOnce
	}
	return n.Applicant.clean()
}

// Check cleans a request of the site's own form and says what is missing; nothing
// is stored.
func (n *New) Check() error { return n.clean() }

// Receipt is what the applicant gets: the number and the secret to ask with.
type Receipt struct {
	Request *Request
	Secret  string
	Again   bool // the same form was sent before
}

// Register enters a request that reached the office by any way but its own
// form. It counts as received by the rules of its channel.
func (k *Desk) Register(ctx context.Context, actor org.Actor, n New) (rc Receipt, err error) {
	if err := n.clean(); err != nil {
		return rc, err
	}
	err = k.once(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.register")
		if err != nil {
			return err
		}
		if n.On.After(calendar.Midnight(tx.Now())) {
			return ErrFuture.On("on")
		}
		rc, err = k.file(a, n)
		return err
	})
	return rc, err
}

// Submit enters a request from the site's own form, for an organisation. The
// office still has to confirm it with the applicant (TL31(3)); who handles
// requests is told at once.
func (k *Desk) Submit(ctx context.Context, organisation int64, address string, n New) (rc Receipt, err error) {
	n.Channel = Internet
	if err := n.clean(); err != nil {
		return rc, err
	}
	err = k.once(ctx, func(tx *db.Tx) error {
		a := &act{desk: k, tx: tx, actor: org.Actor{OrganisationID: organisation, Address: address}}
		n.On = calendar.Midnight(tx.Now())
		if rc, err = k.file(a, n); err != nil || rc.Again {
			return err
		}
		return a.tell("notice.foi_arrived", nil)
	})
	return rc, err
}

// once runs fn again when the same form was filed at the same moment: the other
// one is there then.
func (k *Desk) once(ctx context.Context, fn func(tx *db.Tx) error) error {
	err := k.db.Write(ctx, fn)
	if db.IsDuplicate(err) {
		err = k.db.Write(ctx, fn)
	}
	return err
}

func (k *Desk) file(a *act, n New) (Receipt, error) {
	secret := k.keys.token(k.keys.current, n.Once)
	r, err := oneRequest(a.tx, "organisation_id = ? AND once = ?", a.actor.OrganisationID, n.Once)
	if err == nil {
		return Receipt{r, k.secretOf(r), true}, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return Receipt{}, err
	}
	e, err := k.keys.seal(n.Applicant)
	if err != nil {
		return Receipt{}, err
	}
	r = &Request{OrganisationID: a.actor.OrganisationID, Channel: n.Channel, Kind: n.Applicant.Kind, Wanted: n.Wanted, Features: n.Features, Wish: n.Wish,
		UnitID: n.UnitID, Once: n.Once, ReceiptKey: k.keys.current.id, CreatedAt: a.tx.Now()}
	if r.ApplicantID, err = insertApplicant(a.tx, e); err != nil {
		return Receipt{}, err
	}
	no, err := next(a.tx, r.OrganisationID, "request", n.On.Year())
	if err != nil {
		return Receipt{}, err
	}
	r.Number = fmt.Sprintf("%d-%04d", n.On.Year(), no)
	first := Event{No: 1, Kind: Arrived, On: calendar.Midnight(n.On), Channel: n.Channel, Entered: a.tx.Now(), PersonID: a.actor.PersonID}
	c := Read(k.calendar, []Event{first}, a.tx.Now())
	r.ReceivedOn = c.Received
	if err := insertRequest(a.tx, r); err != nil {
		return Receipt{}, err
	}
	if err := insertEvent(a.tx, r.ID, first); err != nil {
		return Receipt{}, err
	}
	a.r = r
	return Receipt{Request: r, Secret: secret}, a.record("foi.register", map[string]any{"channel": string(n.Channel), "kind": string(r.Kind)})
}

// secretOf is the applicant's secret of a request, by whichever of the office's
// keys was current then; by the current one when that is gone.
func (k *Desk) secretOf(r *Request) string {
	if key, ok := k.keys.all[r.ReceiptKey]; ok {
		return k.keys.token(key, r.Once)
	}
	return k.keys.token(k.keys.current, r.Once)
}

// acts are what an event takes; the others take foi.handle. Only who heads the
// office's disclosure work may prolong an answer (DL-3, fact 19).
var acts = map[EventKind]string{Extended: "foi.extend", Delayed: "foi.extend", Answered: "foi.answer", Struck: "foi.strike"}

// Record enters what happened to a request that the actor saw at a version.
func (k *Desk) Record(ctx context.Context, actor org.Actor, id, seen int64, e Event) (*Request, error) {
	if err := e.clean(); err != nil {
		return nil, err
	}
	name, ok := acts[e.Kind]
	if !ok {
		name = "foi.handle"
	}
	return k.on(ctx, actor, id, seen, name, func(a *act) error { return a.add(e) })
}

func (e *Event) clean() (err error) {
	if e.Note, err = manuscript.Note("note", e.Note, 1000); err != nil {
		return err
	}
	if e.Doc, err = manuscript.Line("doc", e.Doc, 60); err != nil {
		return err
	}
	if e.Amount < 0 || e.Amount > 10_000_000 {
		return ErrFeeCount.On("amount")
	}
	e.On = calendar.Midnight(e.On)
	if !e.Until.IsZero() {
		e.Until = calendar.Midnight(e.Until)
	}
	return nil
}

// add enters an event and brings the register's facts in line with all events.
func (a *act) add(e Event) error {
	if a.r.MergedInto != 0 {
		return ErrMerged
	}
	all, err := eventsOf(a.tx, []int64{a.r.ID})
	if err != nil {
		return err
	}
	events := all[a.r.ID]
	e.No, e.Entered, e.PersonID = len(events)+1, a.tx.Now(), a.actor.PersonID
	if err := Follow(a.desk.calendar, events, e, a.tx.Now()); err != nil {
		return err
	}
	switch e.Kind {
	case Answered:
		err = a.answered(&e)
	case FeeAsked, FeePaid:
		err = a.charged(&e, events)
	}
	if err != nil {
		return err
	}
	before := Read(a.desk.calendar, events, a.tx.Now())
	after := Read(a.desk.calendar, append(events, e), a.tx.Now())
	if err := insertEvent(a.tx, a.r.ID, e); err != nil {
		return err
	}
	a.r.ReceivedOn, a.r.ClosedOn, a.r.Code = after.Received, after.ClosedOn, after.Code
	if err := saveRequest(a.tx, a.r); err != nil {
		return err
	}
	return a.record("foi."+string(e.Kind), map[string]any{"no": e.No, "on": e.On.Format(time.DateOnly), "code": string(e.Code), "ref": e.Ref, "note": e.Note,
		"due_before": date(before.Due), "due_after": date(after.Due)})
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
