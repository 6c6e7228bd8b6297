package db

import (
	"context"
	"database/sql"
	"sync"
)

// shared is SQLite's one writing connection. Writers take turns at it. While
// others wait, a writer leaves its work in the open transaction to the next, and
// the last of a round commits for all of them: one fsync, and a page that several
// changed is written once. Each writer's work is a savepoint of its own, and
// nobody is answered before the commit.
type shared struct {
	mu    sync.Mutex
	taken bool
	queue []chan struct{} // who waits, first come first; closed when it is their turn
	open  *round          // left by the writer before; the holder's alone
}

// largestRound bounds how long the first of a round waits for its answer.
const largestRound = 32

// round is a transaction that several writers share.
type round struct {
	conn   *sql.Conn
	tx     *sql.Tx
	size   int
	broken error // SQLite gave up the whole transaction
	over   chan struct{}
	err    error // of the commit; read after over
}

func (d *DB) inTurn(ctx context.Context, fn func(tx *Tx) error) (tx *Tx, err error) {
	s := &d.shared
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	if s.open == nil {
		if s.open, err = d.openRound(ctx); err != nil {
			s.leave()
			return nil, err
		}
	}
	r := s.open
	finished := false
	defer func() {
		if !finished { // fn panics
			r.undo()
			s.pass()
		}
	}()
	tx, err = d.inRound(context.WithoutCancel(ctx), r, fn)
	finished = true
	s.pass()
	<-r.over
	if r.err != nil {
		return nil, r.err
	}
	return tx, err
}

func (d *DB) openRound(ctx context.Context) (*round, error) {
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &round{conn: conn, tx: tx, over: make(chan struct{})}, nil
}

func (d *DB) inRound(ctx context.Context, r *round, fn func(tx *Tx) error) (*Tx, error) {
	r.size++
	if _, err := r.tx.ExecContext(ctx, "SAVEPOINT mine"); err != nil {
		r.broken = err
		return nil, err
	}
	tx := d.tx(ctx, r.tx)
	if err := fn(tx); err != nil {
		r.undo()
		return nil, err
	}
	if _, err := r.tx.ExecContext(ctx, "RELEASE mine"); err != nil {
		r.broken = err
		return nil, err
	}
	return tx, nil
}

// undo takes back one writer's work and leaves that of the others.
func (r *round) undo() {
	for _, text := range []string{"ROLLBACK TO mine", "RELEASE mine"} {
		if _, err := r.tx.ExecContext(context.Background(), text); err != nil {
			r.broken = err
			return
		}
	}
}

// enter waits for one's turn.
func (s *shared) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if !s.taken {
		s.taken = true
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	s.queue = append(s.queue, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for i, t := range s.queue {
		if t == turn {
			s.queue = append(s.queue[:i:i], s.queue[i+1:]...)
			s.mu.Unlock()
			return ctx.Err()
		}
	}
	s.mu.Unlock()
	s.pass() // it has just become our turn
	return ctx.Err()
}

// pass hands the open round to whoever waits, or commits it.
func (s *shared) pass() {
	r := s.open
	if r == nil {
		s.leave()
		return
	}
	if r.broken == nil && r.size < largestRound && s.next() {
		return
	}
	s.open = nil
	if r.broken != nil {
		_ = r.tx.Rollback()
		r.err = ErrUnavailable.Because(r.broken)
	} else if r.err = r.tx.Commit(); r.err != nil {
		_ = r.tx.Rollback()
	}
	r.conn.Close()
	s.leave()
	close(r.over)
}

// leave gives the connection to whoever waits, or to nobody.
func (s *shared) leave() {
	for !s.next() {
		s.mu.Lock()
		if len(s.queue) == 0 {
			s.taken = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

func (s *shared) next() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return false
	}
	close(s.queue[0])
	s.queue = s.queue[1:]
	return true
}
