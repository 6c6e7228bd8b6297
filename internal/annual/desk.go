package annual

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

var (
	ErrYear      = fault.New(fault.Invalid, "annual.year")     // first, last
	ErrChanged   = fault.New(fault.Conflict, "annual.changed") // version
	ErrFrozen    = fault.New(fault.Conflict, "annual.frozen")
	ErrNotFrozen = fault.New(fault.Conflict, "annual.not_frozen")
	ErrCell      = fault.New(fault.Invalid, "annual.cell")    // cell
	ErrAmount    = fault.New(fault.Invalid, "annual.amount")  // cell
	ErrNote      = fault.New(fault.Invalid, "annual.note")    // a figure that changes needs a reason
	ErrFindings  = fault.New(fault.Conflict, "annual.checks") // findings, count
	ErrNoImport  = fault.New(fault.Invalid, "annual.no_tables")
	ErrBegun     = fault.New(fault.Conflict, "annual.begun") // year
	ErrReason    = fault.New(fault.Invalid, "annual.reason")
	ErrMoving    = fault.New(fault.Conflict, "annual.moving") // the manuscript is being reviewed or is out
)

// FirstYear is the earliest a report in the present format can be of.
const FirstYear = 2021

// State is where a year's report stands.
type State string

const (
	Working   State = "working"
	Frozen    State = "frozen"
	Elsewhere State = "elsewhere" // made elsewhere: it serves the year after
)

// File is a year's report as the office keeps it.
type File struct {
	ID, OrganisationID int64
	Year               int
	State              State
	Narrative          Narrative // bound, as it is edited
	Snapshot           *Snapshot // frozen or imported
	ManuscriptID       int64     // drafted from it
	FrozenBy           int64
	FrozenAt           time.Time
	Version            int64
}

// Snapshot is everything a frozen report is made of: from the same snapshot come
// the same bytes.
type Snapshot struct {
	Organ     string    `json:"organ"`
	Figures   Figures   `json:"figures"`
	Ledger    Figures   `json:"ledger"`
	Counts    Counts    `json:"counts"`
	Narrative Narrative `json:"narrative"` // filled

	Notes []check.Finding `json:"notes,omitempty"` // of one made elsewhere: what could not be read, or with a guess
}

// Report is the report a snapshot makes.
func (s *Snapshot) Report(year int) Report {
	return Report{Organ: s.Organ, Year: strconv.Itoa(year), Figures: s.Figures, Narrative: s.Narrative}
}

// Entry is a figure somebody attests because no register of ours holds it. The
// last one of a cell counts; one that is not Reported takes the figure back.
type Entry struct {
	ID       int64
	Cell     Code
	Reported bool
	Amount   Amount
	Note     string
	PersonID int64
	ForID    int64
	At       time.Time
}

// Followers is the one figure besides the cells that is attested: who follows the
// official account.
const Followers Code = "followers"

// Attested are the cells whose source lies outside, in the order of the report.
var Attested = slices.Concat(Table2, []Code{Followers})

// Rules are what the office's place in the state decides.
type Rules struct {
	MayMakeRule bool // 规章 (V-11)
	Government  bool // a government's own report: until 31 March (DL-10)
}

// Desk is where a year's report is put together. It is safe for concurrent use.
type Desk struct {
	db       *db.DB
	authz    *authz.Enforcer
	calendar *calendar.Calendar
	Rules    Rules
}

// NewDesk opens the desk.
func NewDesk(d *db.DB, a *authz.Enforcer, c *calendar.Calendar, r Rules) *Desk {
	return &Desk{d, a, c, r}
}

// act is one person acting inside a transaction, on a year's file.
type act struct {
	tx    *db.Tx
	actor org.Actor
	as    org.Holding
	f     *File
}

func (k *Desk) enter(tx *db.Tx, actor org.Actor, name string, year int) (*act, error) {
	who, as, err := k.authz.Enter(tx, actor, name)
	if err != nil {
		return nil, err
	}
	a := &act{tx: tx, actor: who, as: as}
	if last := tx.Now().In(calendar.Zone).Year(); year < FirstYear || year > last {
		return nil, ErrYear.On("year").With("first", FirstYear).With("last", last)
	}
	a.f, err = findFile(tx, who.OrganisationID, year, "")
	return a, err
}

// on locks a year's file for an act that changes it, seen at a version; the
// first one opens it.
func (k *Desk) on(ctx context.Context, actor org.Actor, year int, seen int64, name string, fn func(a *act) error) (f *File, err error) {
	write := func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, name, year)
		if err != nil {
			return err
		}
		if a.f.ID == 0 {
			if err := insertFile(tx, a.f); err != nil {
				return err
			}
			seen += a.f.Version // a page without a file has seen version 0
		} else if a.f, err = findFile(tx, a.actor.OrganisationID, year, tx.ForUpdate()); err != nil {
			return err
		}
		if seen != a.f.Version {
			return ErrChanged.With("version", a.f.Version)
		}
		if err := fn(a); err != nil {
			return err
		}
		f = a.f
		return saveFile(tx, a.f)
	}
	if err = k.db.Write(ctx, write); db.IsDuplicate(err) { // two opened it at once
		err = ErrChanged
	}
	return f, err
}

func (a *act) record(action string, details map[string]any) error {
	return audit.Record(a.tx, audit.Entry{OrganisationID: a.actor.OrganisationID, PersonID: a.actor.PersonID, ForID: a.as.For, AccountID: a.actor.AccountID,
		Session: a.actor.Session, Address: a.actor.Address, Action: action, Object: fmt.Sprintf("annual_report:%d", a.f.Year), Details: details})
}

// Given is a figure as it was typed: empty is not reported, which is something
// else than 0.
type Given struct {
	Cell  Code
	Value string
}

// Attest enters figures whose source lies outside. Only what differs from the
// entry that counts is written; a figure that was attested before changes only
// with a note that says why.
func (k *Desk) Attest(ctx context.Context, actor org.Actor, year int, seen int64, given []Given, note string) (*File, error) {
	note, err := manuscript.Line("note", note, 500)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, g := range given {
		if !slices.Contains(Attested, g.Cell) {
			return nil, ErrCell.On(string(g.Cell)).With("cell", string(g.Cell))
		}
		flat := flatten(g.Value)
		e := Entry{Cell: g.Cell, Reported: flat != ""}
		var ok bool
		if e.Amount, ok = ParseAmount(flat); e.Reported && (!ok || g.Cell != "T2.E1" && !e.Amount.IsWhole()) {
			return nil, ErrAmount.On(string(g.Cell)).With("cell", string(g.Cell))
		}
		entries = append(entries, e)
	}
	return k.on(ctx, actor, year, seen, "annual.edit", func(a *act) error {
		if a.f.State != Working {
			return ErrFrozen
		}
		stand, err := standing(a.tx, a.actor.OrganisationID, year)
		if err != nil {
			return err
		}
		changed := map[string]any{}
		for _, e := range entries {
			was, there := stand[e.Cell]
			if e.Reported == was.Reported && (!e.Reported || e.Amount == was.Amount) {
				continue
			}
			if there && was.Reported && note == "" {
				return ErrNote.On("note").With("cell", string(e.Cell))
			}
			e.Note, e.PersonID, e.ForID, e.At = note, a.actor.PersonID, a.as.For, a.tx.Now()
			if err := insertEntry(a.tx, a.actor.OrganisationID, year, e); err != nil {
				return err
			}
			changed[string(e.Cell)] = said(was) + " → " + said(e)
		}
		if len(changed) == 0 {
			return nil
		}
		return a.record("annual.attest", map[string]any{"year": year, "cells": changed, "note": note})
	})
}

func said(e Entry) string {
	if !e.Reported {
		return "—"
	}
	return e.Amount.String()
}

// Write keeps the prose as it is edited, its names in braces bound to figures.
func (k *Desk) Write(ctx context.Context, actor org.Actor, year int, seen int64, n Narrative) (*File, error) {
	for name, text := range n.parts() {
		clean, err := manuscript.Note(name, *text, 4000)
		if err != nil {
			return nil, err
		}
		*text = clean
	}
	return k.on(ctx, actor, year, seen, "annual.edit", func(a *act) error {
		if a.f.State != Working {
			return ErrFrozen
		}
		a.f.Narrative = n
		return a.record("annual.write", map[string]any{"year": year})
	})
}

// Keep stores the figures of a report made elsewhere, for the year after it. A
// report that is made here, or was begun, is never written over.
func (k *Desk) Keep(ctx context.Context, actor org.Actor, got Imported) (*File, error) {
	if len(got.Figures) == 0 {
		return nil, ErrNoImport.On("file")
	}
	return k.on(ctx, actor, got.Year, k.versionOf(ctx, actor, got.Year), "annual.edit", func(a *act) error {
		if a.f.State == Frozen {
			return ErrFrozen
		}
		if a.f.State == Working && a.f.Version > 1 {
			return ErrBegun.On("report").With("year", got.Year)
		}
		a.f.State, a.f.Snapshot = Elsewhere, &Snapshot{Figures: got.Figures, Notes: got.Notes}
		return a.record("annual.import", map[string]any{"year": got.Year, "cells": len(got.Figures)})
	})
}

// versionOf is the file's version for an act that no page showed it to.
func (k *Desk) versionOf(ctx context.Context, actor org.Actor, year int) (v int64) {
	_ = k.db.Read(ctx, func(tx *db.Tx) error {
		f, err := findFile(tx, actor.OrganisationID, year, "")
		if err == nil {
			v = f.Version
		}
		return err
	})
	return v
}

// Freeze holds the report fast as it stands, if no check is against it: what it
// says does not follow the registers any more. The caller drafts the manuscript
// in the same transaction and links it.
func (k *Desk) Freeze(ctx context.Context, actor org.Actor, year int, seen int64) (r Report, err error) {
	_, err = k.on(ctx, actor, year, seen, "annual.freeze", func(a *act) error {
		if a.f.State != Working {
			return ErrFrozen
		}
		s, err := k.sheet(a)
		if err != nil {
			return err
		}
		if bad := check.Blocking(s.Findings); len(bad) > 0 {
			return ErrFindings.With("findings", s.Findings).With("count", len(bad))
		}
		a.f.State, a.f.FrozenBy, a.f.FrozenAt = Frozen, a.actor.PersonID, a.tx.Now()
		a.f.Snapshot = &Snapshot{Organ: s.Organ, Figures: s.Figures, Ledger: s.Ledger, Counts: *s.Counts, Narrative: s.Filled}
		r = a.f.Snapshot.Report(year)
		return a.record("annual.freeze", map[string]any{"year": year})
	})
	return r, err
}

// Link names the manuscript drafted from a frozen report.
func (k *Desk) Link(ctx context.Context, actor org.Actor, year int, manuscriptID int64) error {
	_, err := k.on(ctx, actor, year, k.versionOf(ctx, actor, year), "annual.freeze", func(a *act) error {
		if a.f.State != Frozen {
			return ErrNotFrozen
		}
		a.f.ManuscriptID = manuscriptID
		return a.record("annual.draft", map[string]any{"year": year, "manuscript": manuscriptID})
	})
	return err
}

// Reopen lets a frozen report follow the registers again, for a reason, as long
// as its manuscript is with its drafter; or lays aside one imported by mistake.
func (k *Desk) Reopen(ctx context.Context, actor org.Actor, year int, seen int64, reason string) (*File, error) {
	reason, err := manuscript.Line("reason", reason, 500)
	if err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, ErrReason.On("reason")
	}
	return k.on(ctx, actor, year, seen, "annual.freeze", func(a *act) error {
		if a.f.State == Working {
			return ErrNotFrozen
		}
		if a.f.ManuscriptID != 0 {
			m, err := manuscript.LoadForUpdate(a.tx, a.f.ManuscriptID) // nobody submits it meanwhile
			if err != nil && !errors.Is(err, manuscript.ErrNotFound) {
				return err
			}
			if m != nil && !slices.Contains([]manuscript.State{manuscript.Draft, manuscript.Returned, manuscript.Withdrawn, manuscript.Rejected}, m.State) {
				return ErrMoving.With("state", string(m.State))
			}
		}
		a.f.State, a.f.Snapshot, a.f.FrozenBy, a.f.FrozenAt = Working, nil, 0, time.Time{}
		return a.record("annual.reopen", map[string]any{"year": year, "reason": reason})
	})
}

// Entries lists what was ever attested for a cell, the last first.
func (k *Desk) Entries(ctx context.Context, actor org.Actor, year int, cell Code) (all []Entry, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "annual.read", year)
		if err != nil {
			return err
		}
		all, err = entriesOf(tx, a.actor.OrganisationID, year, cell)
		return err
	})
	return all, err
}

// organ is the office's name as the report gives it.
func organ(tx *db.Tx, organisation int64) (string, error) {
	u, err := org.FindUnit(tx, organisation)
	return cmp.Or(u.FullName, u.Name), err
}
