package db

import (
	"context"
	"database/sql/driver"
)

// prepared is a SQLite driver whose connections keep their compiled statements:
// compiling costs more than running most of ours.
type prepared struct{ driver.Connector }

// keep is how many compiled statements a connection holds on to; the program has
// fewer texts, lists with IN (…) aside.
const keep = 300

func (p prepared) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparedConn{liteConn: c.(liteConn), free: map[string]liteStmt{}}, nil
}

// liteConn, liteStmt and liteRows are what the driver's own types can do.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type liteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

type preparedConn struct {
	liteConn
	free map[string]liteStmt // compiled and not in use, by text
}

func (c *preparedConn) take(ctx context.Context, text string) (liteStmt, error) {
	if s, ok := c.free[text]; ok {
		delete(c.free, text)
		return s, nil
	}
	s, err := c.liteConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.(liteStmt), nil
}

func (c *preparedConn) give(text string, s liteStmt) error {
	if _, twice := c.free[text]; twice || len(c.free) >= keep {
		return s.Close()
	}
	c.free[text] = s
	return nil
}

func (c *preparedConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return res, c.give(text, s)
}

func (c *preparedConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return &preparedRows{rows.(liteRows), c, s, text}, nil
}

func (c *preparedConn) Close() error {
	for _, s := range c.free {
		_ = s.Close()
	}
	c.free = nil
	return c.liteConn.Close()
}

// preparedRows gives the statement back once it is read.
type preparedRows struct {
	liteRows
	conn *preparedConn
	stmt liteStmt
	text string
}

func (r *preparedRows) Close() error {
	err := r.liteRows.Close()
	if r.stmt == nil {
		return err
	}
	s := r.stmt
	r.stmt = nil
	if err != nil {
		_ = s.Close()
		return err
	}
	return r.conn.give(r.text, s)
}
