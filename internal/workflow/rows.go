package workflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"gongkai/internal/db"
	"gongkai/internal/fault"
)

// ErrNotFound is answered for a run that is not there.
var ErrNotFound = fault.New(fault.NotFound, "workflow.not_found")

type runRow struct {
	ID             int64
	OrganisationID int64
	UnitID         int64
	Subject        string
	Definition     string
	DefVersion     int
	DrafterID      int64
	State          string
	Step           string
	Post           string
	SeatUnit       int64
	Scope          string
	Round          int
	Hash           string
	Returned       string
	StartedAt      int64
	OpenedAt       int64
	ReferredAt     int64
	SignedAt       int64
	EndedAt        int64
	Version        int64
}

func (runRow) TableName() string { return "runs" }

type decisionRow struct {
	ID        int64
	RunID     int64
	N         int64
	Round     int
	Step      string
	Verdict   string
	Target    string
	Gate      string
	Note      string
	Outcome   string
	Ground    string
	Checklist string
	PersonID  int64
	ForID     int64
	Hash      string
	NewHash   string
	At        int64
}

func (decisionRow) TableName() string { return "decisions" }

type definitionRow struct {
	ID      string
	Version int
	Digest  string
	Text    string
	SeenAt  int64
}

func (definitionRow) TableName() string { return "workflow_definitions" }

const runColumns = "id, organisation_id, unit_id, subject, definition, def_version, drafter_id, state, step, post, seat_unit, scope, round, hash, returned, started_at, opened_at, referred_at, signed_at, ended_at, version"

func (r *Run) row() runRow {
	seat := r.UnitID
	if r.Scope == ScopeOrganisation {
		seat = 0
	}
	return runRow{
		r.ID, r.OrganisationID, r.UnitID, r.Subject, r.Definition, r.DefVersion, r.Drafter,
		string(r.State), r.Step, r.Post, seat, r.Scope, r.Round, r.Hash, r.Returned,
		db.Micros(r.StartedAt), db.Micros(r.OpenedAt), db.Micros(r.ReferredAt), db.Micros(r.SignedAt), db.Micros(r.EndedAt),
		r.Version,
	}
}

func (w runRow) run() *Run {
	return &Run{
		ID: w.ID, OrganisationID: w.OrganisationID, UnitID: w.UnitID, Subject: w.Subject,
		Definition: w.Definition, DefVersion: w.DefVersion, Drafter: w.DrafterID,
		State: State(w.State), Step: w.Step, Post: w.Post, Scope: w.Scope, Round: w.Round, Hash: w.Hash, Returned: w.Returned,
		StartedAt: db.Time(w.StartedAt), OpenedAt: db.Time(w.OpenedAt), ReferredAt: db.Time(w.ReferredAt),
		SignedAt: db.Time(w.SignedAt), EndedAt: db.Time(w.EndedAt),
		Version: w.Version, was: &w,
	}
}

// Save writes a new run, or the acts since Load, if any, on condition that nobody else
// wrote meanwhile: then the answer is ErrChanged and nothing is written. After
// an error the run must be loaded again.
func Save(tx *db.Tx, r *Run) error {
	w := r.row()
	if r.was == nil {
		if err := tx.G.Create(&w).Error; err != nil {
			return fmt.Errorf("save run of %s: %w", r.Subject, err)
		}
		r.ID = w.ID
	} else {
		set, args := db.Changes(savedColumns, r.was.saved(), w.saved())
		if set == "" {
			return nil
		}
		res := tx.G.Exec("UPDATE runs SET "+set+" WHERE id = ? AND version = ?", append(args, w.ID, r.was.Version)...)
		if res.Error != nil {
			return fmt.Errorf("save run %d: %w", r.ID, res.Error)
		}
		if res.RowsAffected == 0 {
			return r.changed(tx)
		}
	}
	if err := r.saveActs(tx); err != nil {
		return err
	}
	r.was, r.saved = &w, len(r.Acts)
	return nil
}

var savedColumns = []string{"state", "step", "post", "seat_unit", "scope", "round", "hash", "returned", "opened_at", "referred_at", "signed_at", "ended_at", "version"}

func (w *runRow) saved() []any {
	return []any{w.State, w.Step, w.Post, w.SeatUnit, w.Scope, w.Round, w.Hash, w.Returned, w.OpenedAt, w.ReferredAt, w.SignedAt, w.EndedAt, w.Version}
}

func (r *Run) changed(tx *db.Tx) error {
	var now struct {
		Version int64
		Hash    string
	}
	if err := tx.G.Raw("SELECT version, hash FROM runs WHERE id = ?", r.ID).Scan(&now).Error; err != nil {
		return fmt.Errorf("read run %d: %w", r.ID, err)
	}
	return ErrChanged.With("version", now.Version).With("hash", now.Hash)
}

func (r *Run) saveActs(tx *db.Tx) error {
	acts := r.Acts[r.saved:]
	if len(acts) == 0 {
		return nil
	}
	var sql strings.Builder
	sql.WriteString("INSERT INTO decisions (run_id, n, round, step, verdict, target, gate, note, outcome, ground, checklist, person_id, for_id, hash, new_hash, at) VALUES ")
	args := make([]any, 0, 16*len(acts))
	for i, a := range acts {
		if i > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
		ticked, err := json.Marshal(a.Checklist)
		if err != nil {
			return err
		}
		if len(a.Checklist) == 0 {
			ticked = nil
		}
		args = append(args, r.ID, a.N, a.Round, a.Step, string(a.Verb), a.Target, a.Gate, a.Note, a.Outcome, a.Ground,
			string(ticked), a.By, a.For, a.Hash, a.NewHash, db.Micros(a.At))
	}
	return tx.Queue(sql.String(), args...)
}

// Load reads a run with its acts.
func Load(tx *db.Tx, id int64) (*Run, error) { return load(tx, id, "") }

// LoadForUpdate is Load, and holds the run until the transaction ends.
func LoadForUpdate(tx *db.Tx, id int64) (*Run, error) { return load(tx, id, tx.ForUpdate()) }

func load(tx *db.Tx, id int64, lock string) (*Run, error) {
	var rows []runRow
	var acts []decisionRow
	err := tx.Ask(db.Question{Into: &rows, SQL: "SELECT " + runColumns + " FROM runs WHERE id = ?" + lock, Args: []any{id}},
		db.Question{Into: &acts, SQL: "SELECT n, round, step, verdict, target, gate, note, outcome, ground, checklist, person_id, for_id, hash, new_hash, at FROM decisions WHERE run_id = ? ORDER BY n", Args: []any{id}})
	if err != nil {
		return nil, fmt.Errorf("load run %d: %w", id, err)
	}
	if len(rows) == 0 {
		return nil, ErrNotFound
	}
	r := rows[0].run()
	r.Acts = make([]Act, len(acts))
	for i, w := range acts {
		a := Act{
			N: w.N, Round: w.Round, Step: w.Step, Verb: Verb(w.Verdict), Target: w.Target, Gate: w.Gate, Note: w.Note,
			Outcome: w.Outcome, Ground: w.Ground, By: w.PersonID, For: w.ForID, Hash: w.Hash, NewHash: w.NewHash, At: db.Time(w.At),
		}
		if w.Checklist != "" {
			if err := json.Unmarshal([]byte(w.Checklist), &a.Checklist); err != nil {
				return nil, fmt.Errorf("run %d decision %d: %w", id, w.N, err)
			}
		}
		r.Acts[i] = a
	}
	r.saved = len(r.Acts)
	return r, nil
}

// Seat is a post somebody holds in a unit; UnitID 0 is the whole organisation.
type Seat struct {
	Post   string
	UnitID int64
}

// Query asks for the runs that wait for somebody in one of the seats.
type Query struct {
	OrganisationID int64
	Seats          []Seat
	Of             string // kind of subject, "manuscript"; empty for all
	Limit          int    // 0 means 50
	After          Cursor // of the last run of the page before
}

// Cursor is a place in a work list: the longest waiting come first.
type Cursor struct {
	OpenedAt time.Time
	ID       int64
}

// Cursor is the run's own place.
func (r *Run) Cursor() Cursor { return Cursor{r.OpenedAt, r.ID} }

// branchMax keeps a compound select below SQLite's limit of terms.
const branchMax = 100

// OpenRuns is the work list: open and 补签 runs, and those that wait, longest
// there first, without their acts. Each seat is one range of the index runs_open
// (runs_post for the whole organisation), so the time depends on Limit and
// seats, not on how many runs there are.
func OpenRuns(tx *db.Tx, q Query) ([]*Run, error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	var out []*Run
	for part := range slices.Chunk(branches(q.Seats), branchMax) {
		var terms []string
		var args []any
		for _, s := range part {
			where, index := "organisation_id = ? AND post = ?", "runs_post"
			args = append(args, q.OrganisationID, s.Post)
			if s.UnitID != wholeOrganisation {
				where, index = where+" AND seat_unit = ?", "runs_open"
				args = append(args, s.UnitID)
			}
			if q.Of != "" {
				where, args = where+" AND subject LIKE ?", append(args, q.Of+":%")
			}
			if q.After.ID != 0 {
				at := db.Micros(q.After.OpenedAt)
				where += " AND opened_at >= ? AND (opened_at > ? OR id > ?)"
				args = append(args, at, at, q.After.ID)
			}
			terms = append(terms, fmt.Sprintf("SELECT * FROM (SELECT %s FROM runs%s WHERE %s ORDER BY opened_at, id LIMIT %d) AS b%d", runColumns, through(tx, index), where, q.Limit, len(terms)))
		}
		var rows []runRow
		sql := strings.Join(terms, " UNION ALL ") + fmt.Sprintf(" ORDER BY opened_at, id LIMIT %d", q.Limit)
		if err := tx.G.Raw(sql, args...).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("list open runs: %w", err)
		}
		for _, w := range rows {
			out = append(out, w.run())
		}
	}
	slices.SortFunc(out, func(a, b *Run) int {
		if c := a.OpenedAt.Compare(b.OpenedAt); c != 0 {
			return c
		}
		return int(a.ID - b.ID)
	})
	return out[:min(len(out), q.Limit)], nil
}

// through holds the planner to the index: left alone, MariaDB sorts every run
// of a post rather than read the first page in order.
func through(tx *db.Tx, index string) string {
	if tx.MySQL() {
		return " FORCE INDEX (" + index + ")"
	}
	return " INDEXED BY " + index
}

const wholeOrganisation = -1

// branches are the ranges to read: a seat in a unit sees that unit's runs and
// those any holder in the organisation may take; one for the whole organisation
// sees every run of the post.
func branches(seats []Seat) []Seat {
	var out []Seat
	for _, s := range seats {
		if s.Post != "" && s.UnitID == 0 {
			out = append(out, Seat{s.Post, wholeOrganisation})
		}
	}
	for _, s := range seats {
		if s.Post == "" || slices.Contains(out, Seat{s.Post, wholeOrganisation}) {
			continue
		}
		out = append(out, s, Seat{s.Post, 0})
	}
	slices.SortFunc(out, func(a, b Seat) int {
		if c := strings.Compare(a.Post, b.Post); c != 0 {
			return c
		}
		return int(a.UnitID - b.UnitID)
	})
	return slices.Compact(out)
}

// Pin writes every loaded definition that is not in the table yet, and reads
// the older versions there, so that old runs keep theirs. A file whose text
// changed under a version already pinned is refused by name. Call it at start.
func (l *Library) Pin(tx *db.Tx) error {
	var rows []definitionRow
	if err := tx.G.Raw("SELECT id, version, digest, text, seen_at FROM workflow_definitions").Scan(&rows).Error; err != nil {
		return fmt.Errorf("read pinned definitions: %w", err)
	}
	pinned := map[versioned]definitionRow{}
	for _, w := range rows {
		pinned[versioned{w.ID, w.Version}] = w
	}
	for _, d := range l.All() {
		w, ok := pinned[versioned{d.ID, d.Version}]
		if !ok {
			w = definitionRow{d.ID, d.Version, d.Digest, d.Text, db.Micros(tx.Now())}
			err := tx.G.Create(&w).Error
			if errors.Is(err, gorm.ErrDuplicatedKey) { // another node starts too
				err = tx.G.Raw("SELECT id, version, digest, text, seen_at FROM workflow_definitions WHERE id = ? AND version = ?", d.ID, d.Version).Scan(&w).Error
			}
			if err != nil {
				return fmt.Errorf("pin %s: %w", d.File, err)
			}
		}
		if w.Digest != d.Digest {
			return fmt.Errorf("%s: version %d is in use with another text: restore it, or set version: %d", d.File, d.Version, d.Version+1)
		}
	}
	for _, w := range rows {
		if _, err := l.add(w); err != nil {
			return err
		}
	}
	return nil
}

// Of is the definition a run follows, read from the table when another, newer
// node pinned it.
func (l *Library) Of(tx *db.Tx, r *Run) (*Definition, error) {
	if d, ok := l.Get(r.Definition, r.DefVersion); ok {
		return d, nil
	}
	var rows []definitionRow
	if err := tx.G.Raw("SELECT id, version, digest, text, seen_at FROM workflow_definitions WHERE id = ? AND version = ?", r.Definition, r.DefVersion).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read definition %s version %d: %w", r.Definition, r.DefVersion, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("run %d follows %s version %d, which is not there", r.ID, r.Definition, r.DefVersion)
	}
	return l.add(rows[0])
}

// add keeps a pinned version beside the loaded ones. It was linted when it was
// new; the laws of today do not stop a run of yesterday.
func (l *Library) add(w definitionRow) (*Definition, error) {
	if d, ok := l.Get(w.ID, w.Version); ok {
		return d, nil
	}
	if digest([]byte(w.Text)) != w.Digest {
		return nil, fmt.Errorf("pinned definition %s version %d does not match its digest", w.ID, w.Version)
	}
	d, problems := Parse(fmt.Sprintf("pinned %s version %d", w.ID, w.Version), []byte(w.Text))
	if len(problems) > 0 {
		return nil, errors.New(problems[0].String())
	}
	l.keep(d)
	return d, nil
}
