// Package progress is work that takes longer than a page may: an errand somebody
// sent off. How far it is stands in SQL, so the page shows it, may be left and
// come back to, and a node that dies leaves the errand to another.
package progress

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/outbox"
)

// Topic is what the outbox calls errands.
const Topic = "errand"

// State is where an errand stands.
type State string

const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Over says that nothing more will happen.
func (s State) Over() bool { return s == Done || s == Failed }

// Errand is one piece of long work.
type Errand struct {
	ID             int64
	OrganisationID int64
	PersonID       int64 // who sent it off
	Kind           string
	State          State
	Total, Done    int
	Wrong          int    // of those done
	Input          string // hash of the file it works on
	Name           string // of that file
	About          string // what its kind must know besides, the year of a report for instance
	ResultName     string // of the file it made; empty for none
	Code           string // why it failed: a fault's code
	CreatedAt      time.Time
	StartedAt      time.Time
	EndedAt        time.Time
	Tries          int

	fence  int64
	result string
}

// Percent is how far it is, 0…100.
func (e *Errand) Percent() int {
	if e.Total <= 0 {
		return 0
	}
	return min(100, e.Done*100/e.Total)
}

// Subject names the errand in the outbox and in audit entries.
func (e *Errand) Subject() string { return fmt.Sprintf("errand:%d", e.ID) }

// Result is the file an errand made.
type Result struct {
	Name  string
	Bytes []byte
}

// Work does errands of one kind. It says how far it is by the meter, and may be
// begun again from the start after a node died: what is done already it must
// find done.
type Work func(ctx context.Context, e *Errand, m *Meter) (Result, error)

// Key seals results: they may hold what nobody else may read.
type Key interface {
	Seal(text, about string) string
	Open(sealed, about string) (string, error)
}

var (
	ErrNotFound = fault.New(fault.NotFound, "progress.not_found")
	ErrStopped  = fault.New(fault.Unavailable, "progress.stopped") // tried too often
	errLost     = errors.New("progress: another worker has taken the errand")
)

const (
	lease     = 30 * time.Second
	mostTries = 3
	// KeepResult is how long a result can be fetched.
	KeepResult = 24 * time.Hour
)

// Start sends an errand off when tx commits.
func Start(tx *db.Tx, e *Errand) error {
	e.State, e.CreatedAt = Waiting, tx.Now()
	if err := insert(tx, e); err != nil {
		return err
	}
	return outbox.Add(tx, Topic, e.Subject(), tx.Now())
}

// Runner does errands.
type Runner struct {
	db    *db.DB
	key   Key
	kinds map[string]Work
	log   *slog.Logger
}

// NewRunner knows the kinds of errands; it is safe for concurrent use.
func NewRunner(d *db.DB, key Key, kinds map[string]Work, log *slog.Logger) *Runner {
	return &Runner{d, key, kinds, log}
}

// Handle does the errand an outbox message is about. Whoever has it already is
// left alone.
func (r *Runner) Handle(ctx context.Context, subject string) error {
	id, err := strconv.ParseInt(strings.TrimPrefix(subject, "errand:"), 10, 64)
	if err != nil {
		return err
	}
	return r.do(ctx, id)
}

// Overdue does what no worker was woken for, or what one left behind.
func (r *Runner) Overdue(ctx context.Context) error {
	var ids []int64
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) { ids, err = left(tx, tx.Now().Add(-lease)); return err })
	for _, id := range ids {
		err = errors.Join(err, r.do(ctx, id))
	}
	return err
}

func (r *Runner) do(ctx context.Context, id int64) error {
	var e *Errand
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		e, err = claim(tx, id, tx.Now().Add(lease))
		if err != nil || e == nil {
			return err
		}
		if e.Tries > mostTries {
			e.State, e.Code, e.EndedAt = Failed, ErrStopped.Code, tx.Now()
			if err := save(tx, e, time.Time{}); err != nil {
				return err
			}
			e, err = nil, outbox.Done(tx, Topic, e.Subject())
		}
		return err
	})
	if err != nil || e == nil {
		return err
	}
	work, known := r.kinds[e.Kind]
	if !known {
		return fmt.Errorf("progress: no work for %q", e.Kind)
	}
	m := &Meter{r: r, e: e, said: r.db.Now()}
	result, err := work(ctx, e, m)
	if errors.Is(err, errLost) || ctx.Err() != nil {
		return nil // it goes on elsewhere
	}
	return r.end(ctx, e, result, err)
}

func (r *Runner) end(ctx context.Context, e *Errand, result Result, failed error) error {
	e.State = Done
	if failed != nil {
		e.State, e.Code = Failed, "progress.failed"
		if f, ok := fault.From(failed); ok {
			e.Code = f.Code
		}
		r.log.WarnContext(ctx, "errand", "id", e.ID, "kind", e.Kind, "err", failed)
	}
	var parts []string
	if result.Name != "" {
		e.ResultName = result.Name
		e.result, parts = r.sealed(e, result.Bytes)
	}
	return r.db.Write(ctx, func(tx *db.Tx) error {
		e.EndedAt = tx.Now()
		if err := save(tx, e, time.Time{}); err != nil {
			return err
		}
		if err := keepParts(tx, e.ID, parts); err != nil {
			return err
		}
		return outbox.Done(tx, Topic, e.Subject())
	})
}

// Fetch is the result of an errand, for who sent it off and nobody else, while
// it is kept.
func (r *Runner) Fetch(ctx context.Context, organisation, person, id int64) (f Result, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		e, err := load(tx, id)
		if err != nil {
			return err
		}
		if e.OrganisationID != organisation || e.PersonID != person || e.result == "" || tx.Now().After(e.EndedAt.Add(KeepResult)) {
			return ErrNotFound
		}
		f.Name = e.ResultName
		f.Bytes, err = r.opened(tx, e)
		return err
	})
	return f, err
}

// partBytes is how much of a result stands in one row at most: with what sealing
// adds it stays below the usual limits of a statement.
const partBytes = 512 << 10

// inParts is what the result's own row says of one that stands in parts.
const inParts = "parts"

// sealed is a result as it is kept: in its row, or in parts.
func (r *Runner) sealed(e *Errand, b []byte) (row string, parts []string) {
	if len(b) <= partBytes {
		return r.key.Seal(base64.StdEncoding.EncodeToString(b), e.Subject()), nil
	}
	for n := 0; n*partBytes < len(b); n++ {
		part := b[n*partBytes : min((n+1)*partBytes, len(b))]
		parts = append(parts, r.key.Seal(base64.StdEncoding.EncodeToString(part), fmt.Sprintf("%s/%d", e.Subject(), n)))
	}
	return r.key.Seal(inParts+" "+strconv.Itoa(len(parts)), e.Subject()), parts
}

func (r *Runner) opened(tx *db.Tx, e *Errand) ([]byte, error) {
	text, err := r.key.Open(e.result, e.Subject())
	if err != nil {
		return nil, err
	}
	count, split := strings.CutPrefix(text, inParts+" ")
	if !split {
		return base64.StdEncoding.DecodeString(text)
	}
	parts, err := partsOf(tx, e.ID)
	if err != nil {
		return nil, err
	}
	if strconv.Itoa(len(parts)) != count {
		return nil, ErrNotFound
	}
	var all []byte
	for n, part := range parts {
		text, err := r.key.Open(part, fmt.Sprintf("%s/%d", e.Subject(), n))
		if err != nil {
			return nil, err
		}
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		all = append(all, b...)
	}
	return all, nil
}

// Meter says how far an errand is.
type Meter struct {
	r    *Runner
	e    *Errand
	said time.Time
}

// Total says how much there is to do.
func (m *Meter) Total(n int) { m.e.Total = n }

// Step counts one more as done, wrong or not. It is written at most twice a
// second, and keeps the errand this worker's; an error means to stop.
func (m *Meter) Step(ctx context.Context, wrong bool) error {
	m.e.Done++
	if wrong {
		m.e.Wrong++
	}
	if m.e.Done < m.e.Total && m.r.db.Now().Sub(m.said) < 500*time.Millisecond {
		return ctx.Err()
	}
	m.said = m.r.db.Now()
	return m.r.db.Write(ctx, func(tx *db.Tx) error { return save(tx, m.e, tx.Now().Add(lease)) })
}
