package manuscript

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gongkai/internal/db"
)

type manuscriptRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	UnitID         int64
	DrafterID      int64
	State          string
	Title          string
	Kind           string
	SectionID      int64
	RevisionID     int64
	RevisionNo     int
	Hash           string
	Authors        string
	RunID          int64
	Round          int
	Disclosure     string
	IndexNo        string
	PublishAt      int64
	SignedAt       int64
	PublishedAt    int64
	EndedAt        int64
	EndReason      string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	UpdatedAt      int64 `gorm:"autoUpdateTime:false"`
	Version        int64
}

type revisionRow struct {
	ID           int64 `gorm:"primaryKey"`
	ManuscriptID int64
	No           int
	Hash         string
	AuthorID     int64
	ForID        int64
	Step         string
	Note         string
	Title        string
	Body         string
	Fields       string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
}

type indexCounterRow struct {
	OrganisationID int64 `gorm:"primaryKey;autoIncrement:false"`
	Year           int   `gorm:"primaryKey;autoIncrement:false"`
	Last           int64
}

func (indexCounterRow) TableName() string { return "index_counters" }

type sectionRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Slug           string
	Title          string
	Description    string
	Keywords       string
	ColumnType     string
	Sort           int
}

func (manuscriptRow) TableName() string { return "manuscripts" }
func (revisionRow) TableName() string   { return "revisions" }
func (sectionRow) TableName() string    { return "sections" }

func toRow(m *Manuscript) manuscriptRow {
	return manuscriptRow{m.ID, m.OrganisationID, m.UnitID, m.DrafterID, string(m.State), m.Title, m.Kind, m.SectionID, m.RevisionID, m.RevisionNo,
		m.Hash, joinIDs(m.Authors), m.RunID, m.Round, string(m.Disclosure), m.IndexNo, db.Micros(m.PublishAt), db.Micros(m.SignedAt), db.Micros(m.PublishedAt),
		db.Micros(m.EndedAt), m.EndReason, db.Micros(m.CreatedAt), db.Micros(m.UpdatedAt), m.Version}
}

func (r *manuscriptRow) manuscript() *Manuscript {
	return &Manuscript{r.ID, r.OrganisationID, r.UnitID, r.DrafterID, State(r.State), r.Title, r.Kind, r.SectionID, r.RevisionID, r.RevisionNo,
		r.Hash, splitIDs(r.Authors), r.RunID, r.Round, Attribute(r.Disclosure), r.IndexNo, db.Time(r.PublishAt), db.Time(r.SignedAt), db.Time(r.PublishedAt),
		db.Time(r.EndedAt), r.EndReason, db.Time(r.CreatedAt), db.Time(r.UpdatedAt), r.Version, r}
}

// Insert saves a new manuscript and sets its ID.
func Insert(tx *db.Tx, m *Manuscript) error {
	m.Version = 1
	row := toRow(m)
	if err := tx.G.Create(&row).Error; err != nil {
		return err
	}
	m.ID, m.was = row.ID, &row
	return nil
}

var savedColumns = []string{"state", "title", "kind", "section_id", "revision_id", "revision_no", "hash", "authors", "run_id", "round", "disclosure", "index_no",
	"publish_at", "signed_at", "published_at", "ended_at", "end_reason", "updated_at", "version"}

func (r *manuscriptRow) saved() []any {
	return []any{r.State, r.Title, r.Kind, r.SectionID, r.RevisionID, r.RevisionNo, r.Hash, r.Authors, r.RunID, r.Round, r.Disclosure, r.IndexNo,
		r.PublishAt, r.SignedAt, r.PublishedAt, r.EndedAt, r.EndReason, r.UpdatedAt, r.Version}
}

// Save writes the manuscript if nobody wrote it since it was loaded, and counts
// the version up; otherwise it is ErrChanged.
func Save(tx *db.Tx, m *Manuscript) error {
	row := toRow(m)
	row.Version++
	set, args := db.Changes(savedColumns, m.was.saved(), row.saved())
	res := tx.G.Exec("UPDATE manuscripts SET "+set+" WHERE id = ? AND version = ?", append(args, row.ID, m.was.Version)...)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrChanged
	}
	m.Version, m.was = row.Version, &row
	return nil
}

// Load reads a manuscript.
func Load(tx *db.Tx, id int64) (*Manuscript, error) { return load(tx, id, "") }

// LoadForUpdate reads a manuscript and makes every other act on it wait until
// this transaction ends.
func LoadForUpdate(tx *db.Tx, id int64) (*Manuscript, error) { return load(tx, id, tx.ForUpdate()) }

func load(tx *db.Tx, id int64, lock string) (*Manuscript, error) {
	var row manuscriptRow
	res := tx.G.Raw("SELECT * FROM manuscripts WHERE id = ?"+lock, id).Scan(&row)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return nil, ErrNotFound.With("id", id)
	}
	return row.manuscript(), nil
}

// fields is the part of Content kept as JSON beside title and body.
type fields struct {
	Content
	Title *struct{} `json:"title,omitempty"`
	Body  *struct{} `json:"body,omitempty"`
}

// AddRevision saves a new revision of m, makes it the current one and brings
// the manuscript's own columns in line. The caller saves m.
func AddRevision(tx *db.Tx, m *Manuscript, r *Revision, sectionID int64) error {
	r.ManuscriptID, r.No, r.Hash, r.CreatedAt = m.ID, m.RevisionNo+1, r.Content.Hash(), tx.Now()
	rest, err := json.Marshal(fields{Content: r.Content})
	if err != nil {
		return err
	}
	row := revisionRow{0, r.ManuscriptID, r.No, r.Hash, r.AuthorID, r.ForID, r.Step, r.Note, r.Content.Title, r.Content.Body, string(rest), db.Micros(r.CreatedAt)}
	if err := tx.G.Create(&row).Error; err != nil {
		if db.IsDuplicate(err) {
			return ErrChanged
		}
		return err
	}
	r.ID = row.ID
	m.RevisionID, m.RevisionNo, m.Hash = r.ID, r.No, r.Hash
	if r.Step == "" {
		m.Wrote(r.AuthorID, r.ForID)
	}
	m.Title, m.Kind, m.SectionID, m.Disclosure = r.Content.Title, r.Content.Kind, sectionID, r.Content.Disclosure.Attribute
	return nil
}

func (r *revisionRow) revision() (*Revision, error) {
	var f fields
	if err := json.Unmarshal([]byte(r.Fields), &f); err != nil {
		return nil, fmt.Errorf("revision %d: %w", r.ID, err)
	}
	c := f.Content
	c.Title, c.Body = r.Title, r.Body
	return &Revision{r.ID, r.ManuscriptID, r.No, r.Hash, r.AuthorID, r.ForID, r.Step, r.Note, c, db.Time(r.CreatedAt)}, nil
}

// LoadRevision reads one revision by its number; 0 is no revision.
func LoadRevision(tx *db.Tx, manuscript int64, no int) (*Revision, error) {
	return findRevision(tx, manuscript, "SELECT * FROM revisions WHERE manuscript_id = ? AND no = ?", no)
}

// RevisionOf reads the revision with the content of a hash.
func RevisionOf(tx *db.Tx, manuscript int64, hash string) (*Revision, error) {
	return findRevision(tx, manuscript, "SELECT * FROM revisions WHERE manuscript_id = ? AND hash = ? ORDER BY no DESC LIMIT 1", hash)
}

func findRevision(tx *db.Tx, manuscript int64, sql string, which any) (*Revision, error) {
	var row revisionRow
	res := tx.G.Raw(sql, manuscript, which).Scan(&row)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return nil, ErrNotFound.With("id", manuscript)
	}
	return row.revision()
}

// Revisions lists all revisions, oldest first, without their bodies.
func Revisions(tx *db.Tx, manuscript int64) ([]*Revision, error) {
	var rows []revisionRow
	err := tx.G.Raw("SELECT id, manuscript_id, no, hash, author_id, for_id, step, note, title, '' AS body, fields, created_at FROM revisions WHERE manuscript_id = ? ORDER BY no", manuscript).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]*Revision, len(rows))
	for i := range rows {
		if out[i], err = rows[i].revision(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func joinIDs(ids []int64) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(parts, ",")
}

func splitIDs(s string) []int64 {
	if s == "" {
		return nil
	}
	var out []int64
	for p := range strings.SplitSeq(s, ",") {
		id, _ := strconv.ParseInt(p, 10, 64)
		out = append(out, id)
	}
	return out
}

// NextIndexNo gives the next index number (索引号) of an organisation in a year:
// {code}/{yyyy}-{seq:5}. Numbers are never given twice.
func NextIndexNo(tx *db.Tx, organisation int64, code string, year int) (string, error) {
	raise := func() *gorm.DB {
		return tx.G.Exec("UPDATE index_counters SET last = last + 1 WHERE organisation_id = ? AND year = ?", organisation, year)
	}
	res := raise()
	if res.Error == nil && res.RowsAffected == 0 {
		// Another signature may be making the year's counter at this moment.
		if err := tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&indexCounterRow{OrganisationID: organisation, Year: year}).Error; err != nil {
			return "", err
		}
		res = raise()
	}
	if res.Error != nil {
		return "", res.Error
	}
	var n int64
	if err := tx.G.Raw("SELECT last FROM index_counters WHERE organisation_id = ? AND year = ?", organisation, year).Scan(&n).Error; err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/%d-%05d", code, year, n), nil
}

// Query narrows a list of manuscripts; zero fields do not.
type Query struct {
	OrganisationID int64
	UnitIDs        []int64 // nil for all
	DrafterID      int64
	States         []State
	After          Cursor // of the last manuscript of the page before
	Limit          int
}

// Cursor is a place in a list, the last changed first.
type Cursor struct {
	UpdatedAt time.Time
	ID        int64
}

// Cursor is the manuscript's own place.
func (m *Manuscript) Cursor() Cursor { return Cursor{m.UpdatedAt, m.ID} }

// Find lists manuscripts, the last changed first.
func Find(tx *db.Tx, q Query) ([]*Manuscript, error) {
	g := tx.G.Where("organisation_id = ?", q.OrganisationID)
	if q.UnitIDs != nil {
		g = g.Where("unit_id IN ?", q.UnitIDs)
	}
	if q.DrafterID != 0 {
		g = g.Where("drafter_id = ?", q.DrafterID)
	}
	if len(q.States) > 0 {
		g = g.Where("state IN ?", q.States)
	}
	if !q.After.UpdatedAt.IsZero() {
		at := db.Micros(q.After.UpdatedAt)
		g = g.Where("updated_at <= ? AND (updated_at < ? OR id < ?)", at, at, q.After.ID)
	}
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 50
	}
	var rows []manuscriptRow
	if err := g.Order("updated_at DESC, id DESC").Limit(q.Limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]*Manuscript, len(rows))
	for i := range rows {
		out[i] = rows[i].manuscript()
	}
	return out, nil
}

// ByIDs reads manuscripts for a list, in no order.
func ByIDs(tx *db.Tx, ids []int64) (map[int64]*Manuscript, error) {
	out := map[int64]*Manuscript{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []manuscriptRow
	if err := tx.G.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	for i := range rows {
		out[rows[i].ID] = rows[i].manuscript()
	}
	return out, nil
}

// Section is a column (栏目) of the public site.
type Section struct {
	ID             int64
	OrganisationID int64
	Slug           string
	Title          string
	Description    string
	Keywords       string
	ColumnType     string
	Sort           int
}

// Sections lists the columns of an organisation in their order.
func Sections(tx *db.Tx, organisation int64) ([]Section, error) {
	var rows []sectionRow
	if err := tx.G.Where("organisation_id = ?", organisation).Order("sort, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Section, len(rows))
	for i, r := range rows {
		out[i] = Section(r)
	}
	return out, nil
}

// FindSection reads a column by its slug; ErrSection when there is none.
func FindSection(tx *db.Tx, organisation int64, slug string) (Section, error) {
	var row sectionRow
	err := tx.G.Where("organisation_id = ? AND slug = ?", organisation, slug).Take(&row).Error
	if db.IsNotFound(err) {
		return Section{}, ErrSection.On("section").With("section", slug)
	}
	return Section(row), err
}

// InsertSection adds a column.
func InsertSection(tx *db.Tx, s *Section) error {
	row := sectionRow(*s)
	if err := tx.G.Create(&row).Error; err != nil {
		if db.IsDuplicate(err) {
			return ErrSection.On("slug").With("section", s.Slug)
		}
		return err
	}
	s.ID = row.ID
	return nil
}
