package annual

import (
	"context"
	"regexp"
	"strings"
	"time"

	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
)

var (
	ErrNoPart         = fault.New(fault.NotFound, "annual.no_part")
	ErrNoParts        = fault.New(fault.Invalid, "annual.no_parts")        // no file in what was sent
	ErrPartsMany      = fault.New(fault.Invalid, "annual.parts_many")      // max
	ErrPartsLarge     = fault.New(fault.Invalid, "annual.parts_large")     // max, in megabytes
	ErrPartsArchive   = fault.New(fault.Invalid, "annual.parts_archive")   // cannot be opened
	ErrPartYear       = fault.New(fault.Invalid, "annual.part_year")       // year, want
	ErrPartUnit       = fault.New(fault.Invalid, "annual.part_unit")       // a report that names nobody
	ErrNotGovernment  = fault.New(fault.Conflict, "annual.not_government") // annual.government is off
	ErrPartUnreadable = fault.New(fault.Invalid, "annual.part_unreadable")
)

// UnitReport is the report of a unit that a government's consolidated report sums
// up, as it was read from the unit's file.
type UnitReport struct {
	ID       int64
	Unit     string
	Name     string // of the file
	Figures  Figures
	Notes    []check.Finding // what could not be read, or was read with a guess
	PersonID int64
	At       time.Time
}

// Blocking are what the checks have against a unit's report by itself.
func (u UnitReport) Blocking(year int) []check.Finding {
	return check.Blocking(Tie(Subject{Year: year, Figures: u.Figures}))
}

// Sum adds reports cell by cell. A cell that one of them does not report is not
// reported in the sum (V-01): nobody knows it.
func Sum(all ...Figures) Figures {
	out := Figures{}
	for _, c := range Codes {
		sum, known := Amount(0), len(all) > 0
		for _, f := range all {
			v, ok := f[c]
			sum, known = sum+v, known && ok
		}
		if known {
			out[c] = sum
		}
	}
	return out
}

var unitTitle = regexp.MustCompile(`^(?:关于)?(.{2,60}?)(?:关于)?20\d\d年(?:度)?(?:政府信息公开|信息公开)`)

// unitOf is the unit a report names in its title, or its file.
func unitOf(got Imported, name string) string {
	title := ""
	if got.Text != nil {
		title = strings.Join(strings.Fields(got.Text.Title), "")
	}
	if m := unitTitle.FindStringSubmatch(title); m != nil {
		return m[1]
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	name = strings.Join(strings.Fields(name), "")
	if m := unitTitle.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// UnitPage is the units' reports of a year.
type UnitPage struct {
	*Sheet
	Late []string // units that handed in for the year before only
}

// Units lists the reports of the units of a year.
func (k *Desk) Units(ctx context.Context, actor org.Actor, year int) (p UnitPage, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "annual.read", year)
		if err != nil {
			return err
		}
		if !k.Rules.Government {
			return ErrNotGovernment
		}
		if p.Sheet, err = k.sheet(a); err != nil {
			return err
		}
		p.Late, err = lateUnits(tx, a.actor.OrganisationID, year)
		return err
	})
	return p, err
}

// keepUnit takes a unit's report in.
func (k *Desk) keepUnit(ctx context.Context, actor org.Actor, year int, name string, got Imported) (u UnitReport, again bool, err error) {
	u = UnitReport{Unit: unitOf(got, name), Name: name, Figures: got.Figures, Notes: got.Notes}
	switch {
	case len(got.Figures) == 0:
		return u, false, ErrNoImport
	case got.Year != 0 && got.Year != year:
		return u, false, ErrPartYear.With("year", got.Year).With("want", year)
	case u.Unit == "" || len([]rune(u.Unit)) > 60:
		return u, false, ErrPartUnit
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "annual.edit", year)
		if err != nil {
			return err
		}
		if a.f.State == Frozen {
			return ErrFrozen
		}
		u.PersonID, u.At = a.actor.PersonID, tx.Now()
		if again, err = keepPart(tx, a.actor.OrganisationID, year, u); err != nil {
			return err
		}
		return a.record("annual.part", map[string]any{"year": year, "unit": u.Unit, "cells": len(u.Figures), "again": again})
	})
	return u, again, err
}

// RemoveUnit takes a unit's report out again.
func (k *Desk) RemoveUnit(ctx context.Context, actor org.Actor, year int, id int64) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "annual.edit", year)
		if err != nil {
			return err
		}
		if a.f.State == Frozen {
			return ErrFrozen
		}
		unit, err := removePart(tx, a.actor.OrganisationID, year, id)
		if err != nil {
			return err
		}
		return a.record("annual.part_removed", map[string]any{"year": year, "unit": unit})
	})
}

// consolidate adds the units' figures to the office's own.
func (s *Sheet) consolidate() {
	if len(s.Units) == 0 {
		return
	}
	all := make([]Figures, 0, len(s.Units)+1)
	for _, u := range s.Units {
		all = append(all, u.Figures)
	}
	s.Own = s.Figures
	sum := Sum(append(all, s.Own)...)
	for c := range s.Ledger {
		if v, ok := sum[c]; ok {
			s.Ledger[c] = v
		} else {
			delete(s.Ledger, c)
		}
	}
	s.Figures = sum
}

// parts are what a consolidated report sums up: the units and, for one made here,
// the office itself.
func (s *Sheet) parts() (all []Figures) {
	for _, u := range s.Units {
		all = append(all, u.Figures)
	}
	if len(all) > 0 && s.State != Elsewhere {
		all = append(all, s.Own)
	}
	return all
}
