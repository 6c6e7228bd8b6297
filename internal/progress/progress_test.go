package progress

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

// cover is a key that only turns a text round.
type cover struct{}

func (cover) Seal(text, about string) string { return about + "|" + text }
func (cover) Open(sealed, about string) (string, error) {
	text, ok := strings.CutPrefix(sealed, about+"|")
	if !ok {
		return "", errors.New("another's")
	}
	return text, nil
}

func send(t *testing.T, d *db.DB, kind string) *Errand {
	t.Helper()
	e := &Errand{OrganisationID: 1, PersonID: 7, Kind: kind, Name: "人员.xlsx"}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return Start(tx, e) }); err != nil {
		t.Fatal(err)
	}
	return e
}

func see(t *testing.T, d *db.DB, id int64) (e *Errand) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *db.Tx) (err error) { e, err = load(tx, id); return err }); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnErrandIsDoneAndItsResultIsItsSendersOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		seen := 0
		r := NewRunner(d, cover{}, map[string]Work{"count": func(ctx context.Context, e *Errand, m *Meter) (Result, error) {
			m.Total(10)
			for i := range 10 {
				clock.Advance(time.Second)
				if err := m.Step(ctx, i == 3); err != nil {
					return Result{}, err
				}
				if i == 4 {
					now := see(t, d, e.ID)
					seen = now.Done
					if now.Percent() != 50 || now.Wrong != 1 || now.State != Running {
						t.Errorf("half way it stands at %+v", now)
					}
				}
			}
			return Result{"结果.xlsx", []byte("file")}, nil
		}}, slog.New(slog.DiscardHandler))
		e := send(t, d, "count")
		if err := r.Handle(t.Context(), e.Subject()); err != nil {
			t.Fatal(err)
		}
		now := see(t, d, e.ID)
		if seen != 5 || now.State != Done || now.Done != 10 || now.Wrong != 1 || now.Percent() != 100 {
			t.Errorf("%+v", now)
		}
		f, err := r.Fetch(t.Context(), 1, 7, e.ID)
		if err != nil || string(f.Bytes) != "file" || f.Name != "结果.xlsx" {
			t.Errorf("%+v %v", f, err)
		}
		if _, err := r.Fetch(t.Context(), 1, 8, e.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody else fetches it: %v", err)
		}
		clock.Advance(KeepResult + time.Minute)
		if _, err := r.Fetch(t.Context(), 1, 7, e.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("a day later: %v", err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return Forget(tx, tx.Now().Add(-KeepResult)) }); err != nil {
			t.Fatal(err)
		}
		if see(t, d, e.ID).result != "" {
			t.Error("the result is still there")
		}
	})
}

func TestAnErrandIsOneWorkersAndIsTakenUpWhenItDies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		began := 0
		var r *Runner
		r = NewRunner(d, cover{}, map[string]Work{"nested": func(ctx context.Context, e *Errand, m *Meter) (Result, error) {
			began++
			m.Total(2)
			if began == 1 {
				// The same message again, while this one works.
				if err := r.Handle(ctx, e.Subject()); err != nil || began != 1 {
					t.Errorf("handed out twice it began %d times, %v", began, err)
				}
				// It sleeps past its lease; another takes over and finishes.
				clock.Advance(lease + time.Second)
				if err := r.Overdue(ctx); err != nil {
					t.Error(err)
				}
			}
			_ = m.Step(ctx, false)
			return Result{}, m.Step(ctx, false)
		}}, slog.New(slog.DiscardHandler))
		e := send(t, d, "nested")
		if err := r.Handle(t.Context(), e.Subject()); err != nil {
			t.Fatal(err)
		}
		if now := see(t, d, e.ID); began != 2 || now.State != Done || now.Done != 2 || now.Tries != 2 {
			t.Errorf("began %d times: %+v", began, now)
		}
	})
}

func TestAnErrandThatKillsItsWorkersIsGivenUp(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := NewRunner(d, cover{}, map[string]Work{"die": func(ctx context.Context, _ *Errand, _ *Meter) (Result, error) { return Result{}, errLost }}, slog.New(slog.DiscardHandler))
	e := send(t, d, "die")
	for range mostTries + 2 {
		if err := r.Handle(t.Context(), e.Subject()); err != nil {
			t.Fatal(err)
		}
		clock.Advance(lease + time.Second)
	}
	if now := see(t, d, e.ID); now.State != Failed || now.Code != ErrStopped.Code {
		t.Errorf("%+v", now)
	}
}

// TestALargeResultIsKeptInParts: it comes back byte for byte, for its sender only,
// and is thrown away with its parts.
func TestALargeResultIsKeptInParts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for _, size := range []int{0, 1, partBytes, partBytes + 1, 3*partBytes - 1, 3 * partBytes} {
			want := bytes.Repeat([]byte{0, 'x', 0xff}, size/3+1)[:size]
			r := NewRunner(d, cover{}, map[string]Work{"big": func(context.Context, *Errand, *Meter) (Result, error) {
				return Result{Name: "大.bin", Bytes: want}, nil
			}}, slog.Default())
			e := send(t, d, "big")
			if err := r.Handle(t.Context(), e.Subject()); err != nil {
				t.Fatal(err)
			}
			got, err := r.Fetch(t.Context(), 1, 7, e.ID)
			if err != nil || !bytes.Equal(got.Bytes, want) {
				t.Errorf("%d bytes come back as %d, %v", size, len(got.Bytes), err)
			}
			if _, err := r.Fetch(t.Context(), 1, 8, e.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("another person: %v", err)
			}
		}
		clock.Advance(KeepResult + time.Hour)
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return Forget(tx, clock.Now().Add(-KeepResult)) }); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := d.SQL().QueryRow("SELECT COUNT(*) FROM errand_parts").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d parts are left, %v", left, err)
		}
	})
}
