package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
)

// packet is the connection of one MySQL transaction as gorm sees it. Statements
// whose answer nobody waits for travel with the next one that somebody does wait
// for, in one packet and in their order, so a decision costs six round trips and
// not fourteen. The transaction's beginning is the first such statement, its end
// takes along what is left. Every text is constant and every value a placeholder
// (ADR 9): several statements in a packet are never a caller's doing.
type packet struct {
	conn *sql.Conn
	text []string
	args []any
	sent bool // the server knows of the transaction
}

func beginPacket(conn *sql.Conn) *packet {
	return &packet{conn: conn, text: []string{"START TRANSACTION"}}
}

// queue adds a statement to the next packet. The server stops a packet at its
// first error, which whoever sends the packet is told.
func (p *packet) queue(text string, args []any) {
	p.text, p.args = append(p.text, text), append(p.args, args...)
}

// take empties the queue into one text that ends with the statement.
func (p *packet) take(text string, args []any) (string, []any) {
	p.sent = true
	if len(p.text) == 0 {
		return text, args
	}
	all, with := strings.Join(append(p.text, text), ";\n"), append(p.args, args...)
	p.text, p.args = nil, nil
	return all, with
}

func (p *packet) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	text, args = p.take(text, args)
	return p.conn.ExecContext(ctx, text, args...)
}

func (p *packet) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	text, args = p.take(text, args)
	return p.conn.QueryContext(ctx, text, args...)
}

func (p *packet) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	text, args = p.take(text, args)
	return p.conn.QueryRowContext(ctx, text, args...)
}

func (p *packet) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	if len(p.text) > 0 {
		if _, err := p.ExecContext(ctx, "DO 0"); err != nil {
			return nil, err
		}
	}
	return p.conn.PrepareContext(ctx, text)
}

func (p *packet) commit(ctx context.Context) error {
	_, err := p.ExecContext(ctx, "COMMIT")
	return err
}

// abandon rolls back and gives the connection up to the pool. One that may still
// be inside a transaction is closed instead.
func (p *packet) abandon(ctx context.Context) {
	if !p.sent {
		return
	}
	if _, err := p.conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		_ = p.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}
