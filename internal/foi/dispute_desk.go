package foi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// DisputeKind is a group of columns of table 四.
type DisputeKind string

const (
	Reconsideration DisputeKind = "review"            // 行政复议
	DirectSuit      DisputeKind = "suit"              // 未经复议直接起诉
	SuitAfterReview DisputeKind = "suit_after_review" // 复议后起诉
)

// DisputeKinds lists them in the order of table 四: F, G, H.
var DisputeKinds = []DisputeKind{Reconsideration, DirectSuit, SuitAfterReview}

// Result is how a dispute ended (domain 5.4).
type Result string

const (
	Upheld   Result = "upheld"    // 维持: on the merits
	Righted  Result = "corrected" // 纠正: revoked, changed, declared unlawful, ordered to act
	OtherEnd Result = "other"     // withdrawn, refused at the door, mediated
)

// Results lists them in the order of table 四.
var Results = []Result{Upheld, Righted, OtherEnd}

// Dispute is a reconsideration or a suit about the disclosure of information.
type Dispute struct {
	ID             int64
	OrganisationID int64
	RequestID      int64 // 0 when it is about no request
	Kind           DisputeKind
	Number         string // of the case, as its organ gave it
	About          string
	ServedOn       time.Time // the office has the copy
	Simplified     bool      // 简易程序 of a reconsideration
	AnsweredOn     time.Time
	Result         Result
	ClosedOn       time.Time
	CreatedAt      time.Time
	Version        int64
}

// Subject names it in audit entries and notices.
func (d *Dispute) Subject() string { return fmt.Sprintf("foi_dispute:%d", d.ID) }

// AnswerBy is the last day the office may answer (DL-18, DL-19).
func (d *Dispute) AnswerBy(c *calendar.Calendar) (time.Time, error) {
	if d.Kind == Reconsideration {
		return AnswerReviewBy(c, d.ServedOn, d.Simplified)
	}
	return AnswerCourtBy(c, d.ServedOn)
}

var (
	ErrDisputeKind   = fault.New(fault.Invalid, "foi.dispute_kind")
	ErrDisputeNumber = fault.New(fault.Invalid, "foi.dispute_number")
	ErrDisputeTwice  = fault.New(fault.Conflict, "foi.dispute_twice") // number
	ErrDisputeDay    = fault.New(fault.Invalid, "foi.dispute_day")    // before it was served, or after today
	ErrDisputeResult = fault.New(fault.Invalid, "foi.dispute_result")
	ErrDisputeDone   = fault.New(fault.Conflict, "foi.dispute_done")
)

// Dispute registers one, from the copy the office was served.
func (k *Desk) Dispute(ctx context.Context, actor org.Actor, d Dispute, request string) (*Dispute, error) {
	var err error
	if d.Number, err = manuscript.Line("number", d.Number, 60); err != nil {
		return nil, err
	}
	if d.About, err = manuscript.Note("about", d.About, 1000); err != nil {
		return nil, err
	}
	d.ServedOn, d.AnsweredOn, d.ClosedOn, d.Result = calendar.Midnight(d.ServedOn), time.Time{}, time.Time{}, ""
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.handle")
		if err != nil {
			return err
		}
		switch {
		case !slices.Contains(DisputeKinds, d.Kind):
			return ErrDisputeKind.On("kind")
		case d.Number == "":
			return ErrDisputeNumber.On("number")
		case d.ServedOn.After(calendar.Midnight(tx.Now())):
			return ErrDisputeDay.On("served_on")
		}
		d.Simplified = d.Simplified && d.Kind == Reconsideration
		if request != "" {
			r, err := oneRequest(tx, "number = ? AND organisation_id = ?", request, a.actor.OrganisationID)
			if err != nil {
				return onField(err, "request")
			}
			d.RequestID = r.ID
		}
		d.OrganisationID, d.CreatedAt, d.Version = a.actor.OrganisationID, tx.Now(), 1
		if err := insertDispute(tx, &d, a.actor.PersonID); err != nil {
			return err
		}
		return a.recordDispute("foi.dispute", &d, nil)
	})
	if db.IsDuplicate(err) {
		return nil, ErrDisputeTwice.On("number").With("number", d.Number)
	}
	return &d, err
}

func onField(err error, field string) error {
	if f, ok := fault.From(err); ok {
		return f.On(field)
	}
	return err
}

func (a *act) recordDispute(action string, d *Dispute, details map[string]any) error {
	if details == nil {
		details = map[string]any{}
	}
	details["kind"], details["number"] = string(d.Kind), d.Number
	return audit.Record(a.tx, audit.Entry{OrganisationID: d.OrganisationID, PersonID: a.actor.PersonID, ForID: a.as.For, AccountID: a.actor.AccountID,
		Session: a.actor.Session, Address: a.actor.Address, Action: action, Object: d.Subject(), Details: details})
}

// AnswerDispute enters the day the office answered.
func (k *Desk) AnswerDispute(ctx context.Context, actor org.Actor, id, seen int64, on time.Time) (*Dispute, error) {
	return k.onDispute(ctx, actor, id, seen, on, func(a *act, d *Dispute, on time.Time) error {
		if !d.AnsweredOn.IsZero() {
			return ErrDisputeDone
		}
		d.AnsweredOn = on
		return a.recordDispute("foi.dispute_answered", d, map[string]any{"on": date(on)})
	})
}

// EndDispute enters how a dispute ended, and when.
func (k *Desk) EndDispute(ctx context.Context, actor org.Actor, id, seen int64, on time.Time, result Result) (*Dispute, error) {
	return k.onDispute(ctx, actor, id, seen, on, func(a *act, d *Dispute, on time.Time) error {
		if !slices.Contains(Results, result) {
			return ErrDisputeResult.On("result")
		}
		d.Result, d.ClosedOn = result, on
		return a.recordDispute("foi.dispute_ended", d, map[string]any{"on": date(on), "result": string(result)})
	})
}

func (k *Desk) onDispute(ctx context.Context, actor org.Actor, id, seen int64, on time.Time, fn func(a *act, d *Dispute, on time.Time) error) (d *Dispute, err error) {
	on = calendar.Midnight(on)
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.handle")
		if err != nil {
			return err
		}
		if d, err = oneDispute(tx, "id = ? AND organisation_id = ?"+tx.ForUpdate(), id, a.actor.OrganisationID); err != nil {
			return err
		}
		switch {
		case d.Version != seen:
			return ErrChanged.With("version", d.Version)
		case !d.ClosedOn.IsZero():
			return ErrDisputeDone
		case on.Before(d.ServedOn) || on.After(calendar.Midnight(tx.Now())):
			return ErrDisputeDay.On("on")
		}
		if err := fn(a, d, on); err != nil {
			return err
		}
		return saveDispute(tx, d)
	})
	return d, err
}

// DisputeLine is a dispute with its clock.
type DisputeLine struct {
	*Dispute
	Request  string    // register number
	AnswerBy time.Time // zero when answered or over, or the calendar of that year is not known
	Left     int       // calendar days to it, less than 0 when it is over
}

// Disputes lists an organisation's disputes, those that are open first. cell, if
// its year is set, narrows them to a cell of table 四.
func (k *Desk) Disputes(ctx context.Context, actor org.Actor, cell DisputeCell) (all []DisputeLine, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.read")
		if err != nil {
			return err
		}
		found, err := disputes(tx, a.actor.OrganisationID, cell)
		if err != nil {
			return err
		}
		numbers, err := requestNumbers(tx, found)
		if err != nil {
			return err
		}
		for _, d := range found {
			line := DisputeLine{Dispute: d, Request: numbers[d.RequestID]}
			if d.AnsweredOn.IsZero() && d.ClosedOn.IsZero() {
				by, err := d.AnswerBy(k.calendar)
				if err != nil && !errors.Is(err, calendar.ErrYearUnknown) {
					return err
				}
				if err == nil {
					line.AnswerBy = by
					line.Left = int(by.Sub(calendar.Midnight(tx.Now())) / (24 * time.Hour))
				}
			}
			all = append(all, line)
		}
		return nil
	})
	return all, err
}

// disputeAlarms are how many calendar days before its last day an answer to a
// dispute is asked for.
var disputeAlarms = []int{0, 2, 5}

// remindDisputes tells the two who answer for requests of disputes the office has
// to answer: five and two days before the last, on it, and once when it is over.
func (k *Desk) remindDisputes(ctx context.Context) error {
	var open []*Dispute
	if err := k.db.Read(ctx, func(tx *db.Tx) (err error) { open, err = unansweredDisputes(tx); return err }); err != nil {
		return err
	}
	today := calendar.Midnight(k.db.Now())
	for _, d := range open {
		by, err := d.AnswerBy(k.calendar)
		if errors.Is(err, calendar.ErrYearUnknown) {
			continue
		}
		if err != nil {
			return err
		}
		left, level := int(by.Sub(today)/(24*time.Hour)), ""
		code := "notice.foi_dispute_due"
		if left < 0 {
			code, level = "notice.foi_dispute_overdue", "over"
		} else if i := slices.IndexFunc(disputeAlarms, func(n int) bool { return left <= n }); i >= 0 {
			level = fmt.Sprint(disputeAlarms[i])
		} else {
			continue
		}
		n := notify.Notice{OrganisationID: d.OrganisationID, Subject: d.Subject(), Code: code, Once: fmt.Sprintf("%s/%d/%s", code, d.ID, level),
			Args: map[string]any{"number": d.Number, "due": date(by), "left": left}}
		if err := k.db.Write(ctx, func(tx *db.Tx) error { return tellTwo(tx, n) }); err != nil {
			return err
		}
	}
	return nil
}
