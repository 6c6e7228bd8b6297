package db

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Tx is one transaction, or one read. Loads and saves of every package take it
// explicitly; only rows.go files look at G.
type Tx struct {
	G *gorm.DB // bound to the context; start every chain from it

	ctx   context.Context
	now   time.Time
	after []func()
	db    *DB
}

// Now is the one moment of this transaction, in UTC to the microsecond.
func (t *Tx) Now() time.Time { return t.now }

// Context carries the transaction: a Write with it joins this one.
func (t *Tx) Context() context.Context { return context.WithValue(t.ctx, txKey{}, t) }

// MySQL says whether row locks exist; SQLite has one writer instead.
func (t *Tx) MySQL() bool { return t.db.driver == "mysql" }

// ForUpdate is the locking clause of a SELECT, empty on SQLite, where the
// transaction already holds the only write lock.
func (t *Tx) ForUpdate() string {
	if t.MySQL() {
		return " FOR UPDATE"
	}
	return ""
}

// AfterCommit runs f once the transaction is durable, and not at all if it is
// rolled back. f must not fail the caller: it wakes somebody, no more.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Wake lets whoever waits on Woken know, once the transaction is durable, that
// it left work to do.
func (t *Tx) Wake() {
	t.AfterCommit(func() {
		select {
		case t.db.woken <- struct{}{}:
		default:
		}
	})
}

// Woken receives after a commit of this process that called Wake. Commits of
// other nodes are not seen here: whoever waits also looks from time to time.
func (d *DB) Woken() <-chan struct{} { return d.woken }

type txKey struct{}

// Write runs fn in one transaction: all of it is durable when Write returns
// nil, none of it otherwise. A transaction that lost a deadlock is run again,
// so fn must have no effect outside tx. Within fn use tx only; a Write whose
// context carries a transaction joins it.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if outer, ok := ctx.Value(txKey{}).(*Tx); ok && outer.db == d {
		return fn(outer)
	}
	var err error
	for try := range 10 {
		if try > 0 {
			pause := time.NewTimer(time.Duration(1+rand.IntN(4<<try)) * time.Millisecond)
			select {
			case <-ctx.Done():
				pause.Stop()
				return ctx.Err()
			case <-pause.C:
			}
		}
		var tx *Tx
		tx, err = d.once(ctx, fn)
		if err == nil {
			for _, f := range tx.after {
				f()
			}
			return nil
		}
		if !passing(err) {
			break
		}
	}
	if passing(err) || broken(err) {
		return ErrUnavailable.Because(err)
	}
	return err
}

func (d *DB) once(ctx context.Context, fn func(tx *Tx) error) (tx *Tx, err error) {
	if d.driver == "sqlite" {
		return d.inTurn(ctx, fn)
	}
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// Whoever asked may be gone before the end: what was begun is finished or
	// fails by itself, it is not cut short between two statements.
	ctx = context.WithoutCancel(ctx)
	p := beginPacket(conn)
	durable := false
	defer func() {
		if !durable {
			p.abandon(ctx)
		}
	}()
	tx = d.tx(ctx, p)
	if err = fn(tx); err != nil {
		return nil, err
	}
	if err = p.commit(ctx); err != nil {
		return nil, err
	}
	durable = true
	return tx, nil
}

// tx is a transaction on a connection that is inside one.
func (d *DB) tx(ctx context.Context, c gorm.ConnPool) *Tx {
	g := d.write.Session(&gorm.Session{Context: ctx, NewDB: true})
	g.Statement.ConnPool = c
	return &Tx{G: g, ctx: ctx, now: d.Now(), db: d}
}

// Queue runs a statement of which the transaction needs no answer, at the latest
// before the next statement that it does. On MySQL it costs no round trip of its
// own; its error then comes from that next statement or from the commit.
func (t *Tx) Queue(text string, args ...any) error {
	if p, ok := t.G.Statement.ConnPool.(*packet); ok {
		p.queue(text, args)
		return nil
	}
	return t.G.Exec(text, args...).Error
}

// Question is one of several SELECTs asked together.
type Question struct {
	Into any // pointer to a slice of row structs
	SQL  string
	Args []any
}

// Ask reads the answers to several questions, on MySQL in one round trip.
func (t *Tx) Ask(questions ...Question) error {
	if !t.MySQL() {
		for _, q := range questions {
			if err := t.G.Raw(q.SQL, q.Args...).Scan(q.Into).Error; err != nil {
				return err
			}
		}
		return nil
	}
	var texts []string
	var args []any
	for _, q := range questions {
		texts, args = append(texts, q.SQL), append(args, q.Args...)
	}
	rows, err := t.G.Raw(strings.Join(texts, ";\n"), args...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for i, q := range questions {
		if i > 0 && !rows.NextResultSet() {
			return cmp.Or(rows.Err(), io.ErrUnexpectedEOF)
		}
		if !rows.Next() {
			continue
		}
		if err := t.G.ScanRows(rows, q.Into); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Read runs fn outside a transaction, on connections that cannot write to
// SQLite. Within a Write it sees that transaction.
func (d *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	if outer, ok := ctx.Value(txKey{}).(*Tx); ok && outer.db == d {
		return fn(outer)
	}
	err := fn(&Tx{G: d.read.WithContext(ctx), ctx: ctx, now: d.Now(), db: d})
	if err != nil && (broken(err) || passing(err)) {
		return ErrUnavailable.Because(err)
	}
	return err
}

func sqlOpen(c driver.Connector) *sql.DB { return sql.OpenDB(c) }

// Micros is how rows keep a moment: microseconds since 1970 UTC, 0 for none.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time reads what Micros wrote.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Changes lists the columns whose value differs as "a = ?, b = ?", and the new
// values: an UPDATE of what changed costs a third less than one of everything.
func Changes(columns []string, was, now []any) (set string, args []any) {
	for i, c := range columns {
		if was[i] != now[i] {
			set, args = set+", "+c+" = ?", append(args, now[i])
		}
	}
	return strings.TrimPrefix(set, ", "), args
}
