package workflow

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
)

func write(t testing.TB, d *db.DB, f func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// stored starts a run of the chain and writes it.
func stored(t testing.TB, d *db.DB, def *Definition, unit int64, now time.Time) *Run {
	t.Helper()
	r, err := Start(def, Subject{OrganisationID: 1, UnitID: unit, Subject: "manuscript:42", Drafter: 1, Actor: Actor{Person: 1}, Hash: "h1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	write(t, d, func(tx *db.Tx) error { return Save(tx, r) })
	return r
}

func reload(t testing.TB, d *db.DB, id int64) *Run {
	t.Helper()
	var r *Run
	err := d.Read(context.Background(), func(tx *db.Tx) (err error) { r, err = Load(tx, id); return err })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// approval is what a holder of the open step's post sends.
func approval(r *Run, def *Definition, who int64) Request {
	s, _ := def.StepByID(r.Step)
	q := Request{Verb: Approve, Actor: Actor{Person: who, Established: true, Post: s.Post}, Version: r.Version, Hash: r.Hash, Checklist: every(s)}
	if s.Does(ActSign) {
		q.Verb = Sign
	}
	return q
}

func TestRunsSurviveTheTable(t *testing.T) {
	def := chain(t, "three-reviews")
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		r := stored(t, d, def, 2, clock.Now())
		script := []Request{
			{Verb: Edit, Actor: Actor{Person: 2, For: 12, Established: true, Post: "section_head"}, NewHash: "h2", Note: "改“的”为“地”"},
			{Verb: Approve, Actor: Actor{Person: 2, Established: true, Post: "section_head"}, Checklist: []int{1, 0}, Note: "同意"},
			{Verb: Return, Actor: Actor{Person: 3, Established: true, Post: "office_editor"}, Target: Draft, Gate: "law", Note: strings.Repeat("引", noteMax)},
			{Verb: Resubmit, Actor: Actor{Person: 1}, Resume: true},
			{Verb: Approve, Actor: Actor{Person: 3, Established: true, Post: "office_editor"}, Checklist: []int{0, 1}},
			{Verb: Refer, Actor: Actor{Person: 5, Established: true, Post: "confidentiality_officer"}, Note: "报保密局"},
			{Verb: Consult, Actor: Actor{Person: 5, Established: true, Post: "confidentiality_officer"}, Note: "征求第三方意见"},
			{Verb: Approve, Actor: Actor{Person: 5, Established: true, Post: "confidentiality_officer"}, Checklist: []int{0, 1}},
			{Verb: Approve, Actor: Actor{Person: 4, Established: true, Post: "deputy_director"}, Checklist: []int{0}},
			{Verb: Sign, Actor: Actor{Person: 6, Established: true, Post: "signing_leader"}},
		}
		for i, q := range script {
			clock.Advance(time.Hour)
			write(t, d, func(tx *db.Tx) error {
				got, err := LoadForUpdate(tx, r.ID)
				if err != nil {
					return err
				}
				q.Version, q.Hash = got.Version, got.Hash
				if _, err := got.Do(def, q, tx.Now()); err != nil {
					return err
				}
				r = got
				return Save(tx, got)
			})
			if got := reload(t, d, r.ID); !reflect.DeepEqual(got, r) {
				t.Fatalf("after act %d\n got %+v\nwant %+v", i, got, r)
			}
		}
		if r.State != StateFinished || r.Version != 11 || len(r.Acts) != 11 {
			t.Fatalf("%+v", r)
		}
		err := d.Read(context.Background(), func(tx *db.Tx) error { _, err := Load(tx, 404); return err })
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("an unknown run: %v", err)
		}
	})
}

func TestSeveralActsInOneSave(t *testing.T) {
	def := chain(t, "three-reviews")
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		r := stored(t, d, def, 2, clock.Now())
		edit := Request{Verb: Edit, Actor: Actor{Person: 2, Post: "section_head"}, Version: 1, Hash: "h1", NewHash: "h2", Note: "错字"}
		if _, err := r.Do(def, edit, clock.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Do(def, approval(r, def, 2), clock.Now()); err != nil {
			t.Fatal(err)
		}
		write(t, d, func(tx *db.Tx) error { return Save(tx, r) })
		write(t, d, func(tx *db.Tx) error { return Save(tx, r) }) // nothing new: nothing written
		if got := reload(t, d, r.ID); !reflect.DeepEqual(got, r) || got.Version != 3 {
			t.Fatalf("got %+v, want %+v", got, r)
		}
	})
}

// TestParallelDecisions: of many who decide on what they all saw, one wins and
// the others are told it changed (I15).
func TestParallelDecisions(t *testing.T) {
	def := chain(t, "three-reviews")
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		r := stored(t, d, def, 2, clock.Now())
		const people = 8
		errs := make([]error, people)
		seen := make([]*Run, people)
		for i := range seen {
			seen[i] = reload(t, d, r.ID)
		}
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() {
				mine := seen[i]
				if _, err := mine.Do(def, approval(mine, def, int64(10+i)), clock.Now()); err != nil {
					errs[i] = err
					return
				}
				errs[i] = d.Write(context.Background(), func(tx *db.Tx) error { return Save(tx, mine) })
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			f, ok := fault.From(err)
			if !ok || !errors.Is(err, ErrChanged) || f.Kind != fault.Conflict || f.Args["version"] != int64(2) || f.Args["hash"] != "h1" {
				t.Errorf("loser: %v", err)
			}
		}
		got := reload(t, d, r.ID)
		if won != 1 || got.Version != 2 || got.Step != "second" || len(got.Acts) != 2 {
			t.Errorf("%d won, run %+v", won, got)
		}
	})
}

// TestParallelDecisionsUnderLock is the way desks take: lock, decide, save. The
// losers are refused by the run itself.
func TestParallelDecisionsUnderLock(t *testing.T) {
	def := chain(t, "three-reviews")
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		r := stored(t, d, def, 2, clock.Now())
		q := approval(r, def, 0)
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				mine := q
				mine.Actor.Person = int64(10 + i)
				errs[i] = d.Write(context.Background(), func(tx *db.Tx) error {
					run, err := LoadForUpdate(tx, r.ID)
					if err != nil {
						return err
					}
					if _, err := run.Do(def, mine, tx.Now()); err != nil {
						return err
					}
					return Save(tx, run)
				})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, ErrChanged) {
				t.Errorf("loser: %v", err)
			}
		}
		if got := reload(t, d, r.ID); won != 1 || got.Version != 2 || len(got.Acts) != 2 {
			t.Errorf("%d won, %+v", won, got)
		}
	})
}

func TestDecisionsAreAppendOnly(t *testing.T) {
	def := chain(t, "three-reviews")
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		stored(t, d, def, 2, clock.Now())
		for _, sql := range []string{"UPDATE decisions SET note = 'x'", "DELETE FROM decisions"} {
			err := d.Write(context.Background(), func(tx *db.Tx) error { return tx.G.Exec(sql).Error })
			if err == nil {
				t.Errorf("%s: done", sql)
			}
		}
	})
}

func TestWorkList(t *testing.T) {
	def := chain(t, "three-reviews")
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		var all []*Run
		for i := range 6 { // units 2, 3, 2, 3, 2, 3; the later ones wait at the office
			r := stored(t, d, def, int64(2+i%2), clock.Now())
			if i >= 4 {
				if _, err := r.Do(def, approval(r, def, 9), clock.Now()); err != nil {
					t.Fatal(err)
				}
				write(t, d, func(tx *db.Tx) error { return Save(tx, r) })
			}
			all = append(all, r)
			if i%2 == 1 {
				clock.Advance(time.Minute)
			}
		}
		back := all[3]
		q := approval(back, def, 9)
		q.Verb, q.Target, q.Gate, q.Note, q.Checklist = Return, Draft, "facts", "数据有误", nil
		if _, err := back.Do(def, q, clock.Now()); err != nil {
			t.Fatal(err)
		}
		write(t, d, func(tx *db.Tx) error { return Save(tx, back) })

		list := func(q Query) []int64 {
			t.Helper()
			var out []int64
			err := d.Read(context.Background(), func(tx *db.Tx) error {
				runs, err := OpenRuns(tx, q)
				for _, r := range runs {
					out = append(out, r.ID)
					if r.Acts != nil || r.Hash == "" {
						t.Errorf("run %+v", r)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		id := func(which ...int) []int64 {
			var out []int64
			for _, i := range which {
				out = append(out, all[i].ID)
			}
			return out
		}
		head := Seat{"section_head", 2}
		for _, x := range []struct {
			what string
			q    Query
			want []int64
		}{
			{"a head sees the unit's", Query{OrganisationID: 1, Seats: []Seat{head}}, id(0, 2)},
			{"a returned run waits for nobody's post", Query{OrganisationID: 1, Seats: []Seat{{"section_head", 3}}}, id(1)},
			{"two units, and no run twice", Query{OrganisationID: 1, Seats: []Seat{head, {"section_head", 3}, head}}, id(0, 1, 2)},
			{"the whole organisation", Query{OrganisationID: 1, Seats: []Seat{{"section_head", 0}, head}}, id(0, 1, 2)},
			{"an office step ignores the unit", Query{OrganisationID: 1, Seats: []Seat{{"office_editor", 77}}}, id(4, 5)},
			{"both posts", Query{OrganisationID: 1, Seats: []Seat{{"office_editor", 2}, head}}, id(0, 2, 4, 5)},
			{"a first page", Query{OrganisationID: 1, Seats: []Seat{{"office_editor", 2}, head}, Limit: 3}, id(0, 2, 4)},
			{"the next page", Query{OrganisationID: 1, Seats: []Seat{{"office_editor", 2}, head}, Limit: 3, After: all[4].Cursor()}, id(5)},
			{"another organisation", Query{OrganisationID: 2, Seats: []Seat{head}}, nil},
			{"no seat", Query{OrganisationID: 1}, nil},
			{"an empty post is no seat", Query{OrganisationID: 1, Seats: []Seat{{"", 2}}}, nil},
		} {
			if got := list(x.q); !reflect.DeepEqual(got, x.want) {
				t.Errorf("%s: %v, want %v", x.what, got, x.want)
			}
		}
		var many []Seat
		for u := range int64(250) {
			many = append(many, Seat{"section_head", u + 1})
		}
		if got := list(Query{OrganisationID: 1, Seats: many}); !reflect.DeepEqual(got, id(0, 1, 2)) {
			t.Errorf("250 units: %v", got)
		}
	})
}

// TestWorkListUsesItsIndex reads the plan, which does not depend on luck or load.
func TestWorkListUsesItsIndex(t *testing.T) {
	def := chain(t, "three-reviews")
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for range 64 {
			stored(t, d, def, 2, clock.Now())
		}
		// 16,384 runs in 50 units, nine of ten of them closed.
		const columns = "organisation_id, unit_id, subject, definition, def_version, drafter_id, state, step, post, seat_unit, scope, round, hash, returned, started_at, opened_at, referred_at, signed_at, ended_at, version"
		write(t, d, func(tx *db.Tx) error {
			for range 8 {
				if err := tx.G.Exec("INSERT INTO runs (" + columns + ") SELECT " + columns + " FROM runs").Error; err != nil {
					return err
				}
			}
			if err := tx.G.Exec("UPDATE runs SET unit_id = id % 50, seat_unit = id % 50, opened_at = opened_at + id, post = CASE WHEN id % 10 = 0 THEN 'section_head' ELSE '' END").Error; err != nil {
				return err
			}
			if tx.MySQL() {
				return tx.G.Exec("ANALYZE TABLE runs").Error
			}
			return nil
		})
		for index, where := range map[string]string{
			"runs_open": "organisation_id = 1 AND post = 'section_head' AND seat_unit = 10",
			"runs_post": "organisation_id = 1 AND post = 'section_head'",
		} {
			err := d.Read(context.Background(), func(tx *db.Tx) error {
				explain := "EXPLAIN QUERY PLAN "
				if tx.MySQL() {
					explain = "EXPLAIN "
				}
				var plan []map[string]any
				sql := explain + "SELECT " + runColumns + " FROM runs" + through(tx, index) + " WHERE " + where + " ORDER BY opened_at, id LIMIT 50"
				if err := tx.G.Raw(sql).Scan(&plan).Error; err != nil {
					return err
				}
				text := fmt.Sprintf("%s", plan)
				if !strings.Contains(text, index) || strings.Contains(text, "TEMP B-TREE") || strings.Contains(text, "filesort") {
					t.Errorf("plan for %s: %s", index, text)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			runs, err := OpenRuns(tx, Query{OrganisationID: 1, Seats: []Seat{{"section_head", 10}}, Limit: 20})
			if len(runs) != 20 {
				t.Errorf("%d runs", len(runs))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
