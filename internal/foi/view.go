package foi

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// Entry is one line of the register.
type Entry struct {
	Request   *Request
	Applicant Applicant // masked; empty when erased
	Erased    bool
	Clock     Clock
}

// View is a request's file.
type View struct {
	Entry
	Events  []Event     // in the order of entry, struck ones included
	Letters []*Document // without their words
	Files   []*File     // without names once the applicant is erased
	Public  *Candidate  // the answer as one that may serve everybody; nil when nobody suggested it
	Same    []*Request  // others of the same applicant, the newest first
}

// Suggestible says that the answer may be suggested for everybody.
func (v View) Suggestible() bool {
	return v.Public == nil && given(v.Request.Code) && !v.Request.ClosedOn.IsZero() && slices.ContainsFunc(v.Letters, func(l *Document) bool { return l.Kind == AnswerLetter && l.Final() })
}

// Open reads a request's file, the applicant masked.
func (k *Desk) Open(ctx context.Context, actor org.Actor, id int64) (v View, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.read")
		if err != nil {
			return err
		}
		r, err := oneRequest(tx, "id = ? AND organisation_id = ?", id, a.actor.OrganisationID)
		if err != nil {
			return err
		}
		v, err = k.view(tx, r)
		return err
	})
	return v, err
}

func (k *Desk) view(tx *db.Tx, r *Request) (v View, err error) {
	entries, events, err := k.entries(tx, []*Request{r})
	if err != nil {
		return v, err
	}
	v = View{Entry: entries[0], Events: events[r.ID]}
	if v.Letters, err = lettersOf(tx, r.ID); err != nil {
		return v, err
	}
	sealed, err := findEnvelopes(tx, []int64{r.ApplicantID})
	if err != nil {
		return v, err
	}
	if v.Same, err = k.same(tx, r, sealed[r.ApplicantID]); err != nil {
		return v, err
	}
	suggested, err := candidates(tx, "c.request_id = ?", r.ID)
	if err != nil {
		return v, err
	}
	if len(suggested) > 0 {
		v.Public = &suggested[0]
	}
	v.Files, err = k.files(tx, r, sealed[r.ApplicantID])
	return v, err
}

func (k *Desk) files(tx *db.Tx, r *Request, own envelope) (all []*File, err error) {
	rows, err := filesOf(tx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		f, err := k.openFile(own, row)
		if err != nil && !errors.Is(err, ErrErased) {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func (k *Desk) entries(tx *db.Tx, all []*Request) ([]Entry, map[int64][]Event, error) {
	ids, people := make([]int64, len(all)), make([]int64, len(all))
	for i, r := range all {
		ids[i], people[i] = r.ID, r.ApplicantID
	}
	if len(all) == 0 {
		return nil, nil, nil
	}
	events, err := eventsOf(tx, ids)
	if err != nil {
		return nil, nil, err
	}
	sealed, err := findEnvelopes(tx, people)
	if err != nil {
		return nil, nil, err
	}
	out := make([]Entry, len(all))
	for i, r := range all {
		who, err := k.keys.open(sealed[r.ApplicantID])
		if err != nil && !errors.Is(err, ErrErased) {
			return nil, nil, err
		}
		out[i] = Entry{r, who.Masked(), err != nil, Read(k.calendar, events[r.ID], tx.Now())}
	}
	return out, events, nil
}

// List lists requests, newest first.
func (k *Desk) List(ctx context.Context, actor org.Actor, f Filter) (all []Entry, err error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.read")
		if err != nil {
			return err
		}
		found, err := list(tx, a.actor.OrganisationID, f, k.keys)
		if err != nil {
			return err
		}
		all, _, err = k.entries(tx, found)
		return err
	})
	return all, err
}

// Reveal answers the applicant in full, for a reason that is recorded.
func (k *Desk) Reveal(ctx context.Context, actor org.Actor, id int64, reason string) (who Applicant, err error) {
	if reason, err = manuscript.Line("reason", reason, 200); err != nil {
		return who, err
	}
	if reason == "" {
		return who, ErrNeeded.On("reason")
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.reveal")
		if err != nil {
			return err
		}
		if a.r, err = oneRequest(tx, "id = ? AND organisation_id = ?", id, a.actor.OrganisationID); err != nil {
			return err
		}
		sealed, err := findEnvelopes(tx, []int64{a.r.ApplicantID})
		if err != nil {
			return err
		}
		if who, err = k.keys.open(sealed[a.r.ApplicantID]); err != nil {
			return err
		}
		return a.record("foi.reveal", map[string]any{"reason": reason})
	})
	return who, err
}

// Erase makes an applicant's data unreadable for ever; the request stays in the
// register and in the counts. Only a closed request's applicant can be erased.
func (k *Desk) Erase(ctx context.Context, actor org.Actor, id, seen int64, reason string) (*Request, error) {
	reason, err := manuscript.Line("erase_reason", reason, 200)
	if err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, ErrNeeded.On("erase_reason")
	}
	return k.on(ctx, actor, id, seen, "foi.erase", func(a *act) error {
		if a.r.ClosedOn.IsZero() && a.r.MergedInto == 0 {
			return ErrEraseOpen
		}
		if err := eraseApplicant(a.tx, a.r.ApplicantID); err != nil {
			return err
		}
		if err := removeFilesOf(a.tx, a.r.ID); err != nil {
			return err
		}
		if err := saveRequest(a.tx, a.r); err != nil {
			return err
		}
		return a.record("foi.erase", map[string]any{"reason": reason})
	})
}

// RewrapAll is Rewrap until nothing is left to do.
func (k *Desk) RewrapAll(ctx context.Context) error {
	for {
		if n, err := k.Rewrap(ctx, 200); err != nil || n == 0 {
			return err
		}
	}
}

// Rewrap brings up to limit applicants under the current key and answers how
// many it did; 0 means that the old keys are not needed any more, but for the
// secrets of receipts given under them.
func (k *Desk) Rewrap(ctx context.Context, limit int) (n int, err error) {
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		n = 0
		all, err := underOtherKeys(tx, k.keys.current.id, limit)
		if err != nil {
			return err
		}
		for id, e := range all {
			e, changed, err := k.keys.rewrap(e)
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			if err := saveEnvelope(tx, id, e); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// Tracked is what an applicant sees of the own request.
type Tracked struct {
	Request *Request
	Clock   Clock
	Events  []Event // that count and concern the applicant
}

// Track finds a request by its number and secret. An unknown number and a wrong
// secret are the same answer, in the same time.
func (k *Desk) Track(ctx context.Context, organisation int64, number, secret string) (t Tracked, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		r, err := k.tracked(tx, organisation, number, secret)
		if err != nil {
			return err
		}
		events, err := eventsOf(tx, []int64{r.ID})
		if err != nil {
			return err
		}
		t = Tracked{r, Read(k.calendar, events[r.ID], tx.Now()), inOrder(events[r.ID])}
		return nil
	})
	return t, err
}

func (k *Desk) tracked(tx *db.Tx, organisation int64, number, secret string) (*Request, error) {
	r, err := oneRequest(tx, "organisation_id = ? AND number = ?", organisation, number)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	once := "no such request"
	if r != nil {
		once = r.Once
	}
	right := 0
	for _, key := range k.keys.order {
		right |= subtle.ConstantTimeCompare([]byte(k.keys.token(key, once)), []byte(secret))
	}
	if r == nil || right == 0 {
		return nil, ErrNotFound
	}
	return r, nil
}

// Withdraw is the applicant's own end of a request (D24).
func (k *Desk) Withdraw(ctx context.Context, organisation int64, number, secret, address string) error {
	return k.byApplicant(ctx, organisation, number, secret, address, "notice.foi_withdrawn", func(today time.Time) Event {
		return Event{Kind: Answered, Code: "D24", On: today}
	})
}

// Supply is the applicant's correction.
func (k *Desk) Supply(ctx context.Context, organisation int64, number, secret, address, text string) error {
	text, err := manuscript.Note("text", text, 1000)
	if err != nil {
		return err
	}
	if text == "" {
		return ErrNeeded.On("text")
	}
	return k.byApplicant(ctx, organisation, number, secret, address, "notice.foi_corrected", func(today time.Time) Event {
		return Event{Kind: Corrected, On: today, Note: text}
	})
}

func (k *Desk) byApplicant(ctx context.Context, organisation int64, number, secret, address, code string, what func(today time.Time) Event) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		r, err := k.tracked(tx, organisation, number, secret)
		if err != nil {
			return err
		}
		if r, err = oneRequest(tx, "id = ?"+tx.ForUpdate(), r.ID); err != nil {
			return err
		}
		a := &act{desk: k, tx: tx, actor: org.Actor{OrganisationID: organisation, Address: address}, r: r}
		e := what(tx.Now())
		if err := e.clean(); err != nil {
			return err
		}
		if err := a.add(e); err != nil {
			return err
		}
		return a.tell(code, nil)
	})
}
