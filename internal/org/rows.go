package org

import (
	"slices"
	"strings"

	"gongkai/internal/db"
)

type unitRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	ParentID       int64
	Name           string
	FullName       string
	ShortName      string
	Code           string
	Version        int64
}

type personRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	StaffNo        string
	Name           string
	Established    bool
}

type accountRow struct {
	ID           int64 `gorm:"primaryKey"`
	PersonID     int64
	Login        string
	PasswordHash string
	MustChange   bool
	DisabledAt   int64
	Failures     int
	LockedUntil  int64
	Version      int64
	PasswordAt   int64
	ActiveAt     int64
}

type postRow struct {
	ID             int64 `gorm:"primaryKey"`
	PersonID       int64
	OrganisationID int64
	Post           string
	UnitID         int64
	GrantedBy      int64
	GrantedAt      int64
	RevokedBy      int64
	RevokedAt      int64
}

type delegationRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	FromPerson     int64
	ToPerson       int64
	Posts          string
	StartsAt       int64
	EndsAt         int64
	GrantedBy      int64
	GrantedAt      int64
	RevokedAt      int64
}

type sessionRow struct {
	Hash      string `gorm:"primaryKey"`
	AccountID int64
	PersonID  int64
	Kind      string
	Label     string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	SeenAt    int64
	EndsAt    int64
	RevokedAt int64

	IdleSeconds int64
	MustEnrol   bool
}

func (unitRow) TableName() string       { return "units" }
func (personRow) TableName() string     { return "people" }
func (accountRow) TableName() string    { return "accounts" }
func (postRow) TableName() string       { return "posts" }
func (delegationRow) TableName() string { return "delegations" }
func (sessionRow) TableName() string    { return "sessions" }

func insertUnit(tx *db.Tx, u *Unit) error {
	row := unitRow(*u)
	if err := tx.G.Create(&row).Error; err != nil {
		return err
	}
	u.ID = row.ID
	if u.ParentID == 0 {
		u.OrganisationID = u.ID
		return tx.G.Exec("UPDATE units SET organisation_id = id WHERE id = ?", u.ID).Error
	}
	return nil
}

// FindUnit reads one unit.
func FindUnit(tx *db.Tx, id int64) (Unit, error) {
	var row unitRow
	if err := tx.G.Where("id = ?", id).Take(&row).Error; err != nil {
		if db.IsNotFound(err) {
			return Unit{}, ErrUnitUnknown.With("unit", id)
		}
		return Unit{}, err
	}
	return Unit(row), nil
}

// Units lists an organisation and its units, the organisation first.
func Units(tx *db.Tx, organisationID int64) ([]Unit, error) {
	var rows []unitRow
	if err := tx.G.Where("organisation_id = ?", organisationID).Order("parent_id, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Unit, len(rows))
	for i, r := range rows {
		out[i] = Unit(r)
	}
	return out, nil
}

// Organisations lists all organisations in this database.
func Organisations(tx *db.Tx) ([]Unit, error) {
	var rows []unitRow
	if err := tx.G.Where("parent_id = 0").Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Unit, len(rows))
	for i, r := range rows {
		out[i] = Unit(r)
	}
	return out, nil
}

// firstOffice is the row whoever founds the first organisation holds.
const firstOffice = "first-organisation"

// readyFirst makes that row, in a transaction of its own.
func readyFirst(tx *db.Tx) error {
	err := tx.G.Exec("INSERT INTO leases (name, owner, until, fence) VALUES (?, '', 0, 0)", firstOffice).Error
	if db.IsDuplicate(err) {
		return nil
	}
	return err
}

// holdFirst makes whoever founds the first organisation wait for whoever else
// does; an empty table has no row to lock.
func holdFirst(tx *db.Tx) error {
	return tx.G.Exec("UPDATE leases SET fence = fence + 1 WHERE name = ?", firstOffice).Error
}

func insertPerson(tx *db.Tx, p *Person) error {
	row := personRow(*p)
	if err := tx.G.Create(&row).Error; err != nil {
		if db.IsDuplicate(err) {
			return ErrStaffNoTaken.On("staff_no").With("staff_no", p.StaffNo)
		}
		return err
	}
	p.ID = row.ID
	return nil
}

// FindPerson reads one person.
func FindPerson(tx *db.Tx, id int64) (Person, error) {
	var row personRow
	if err := tx.G.Where("id = ?", id).Take(&row).Error; err != nil {
		if db.IsNotFound(err) {
			return Person{}, ErrPersonUnknown.With("person", id)
		}
		return Person{}, err
	}
	return Person(row), nil
}

// People lists the people of an organisation.
func People(tx *db.Tx, organisationID int64) ([]Person, error) {
	var rows []personRow
	if err := tx.G.Where("organisation_id = ?", organisationID).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = Person(r)
	}
	return out, nil
}

// Known is a person as lists of other origin know them.
type Known struct {
	PersonID    int64
	Name, Login string
}

// KnownPeople are the people of an organisation by their staff number.
func KnownPeople(tx *db.Tx, organisationID int64) (map[string]Known, error) {
	var rows []struct {
		ID                   int64
		StaffNo, Name, Login string
	}
	err := tx.G.Raw("SELECT p.id, p.staff_no, p.name, a.login FROM people p JOIN accounts a ON a.person_id = p.id WHERE p.organisation_id = ?", organisationID).Scan(&rows).Error
	all := map[string]Known{}
	for _, r := range rows {
		all[r.StaffNo] = Known{r.ID, r.Name, r.Login}
	}
	return all, err
}

// Names maps persons to their names for pages and records.
func Names(tx *db.Tx, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []personRow
	if err := tx.G.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r.Name
	}
	return out, nil
}

func insertAccount(tx *db.Tx, a *Account) error {
	row := toAccountRow(a)
	if err := tx.G.Create(&row).Error; err != nil {
		if db.IsDuplicate(err) {
			return ErrLoginTaken.On("login").With("login", a.Login)
		}
		return err
	}
	a.ID = row.ID
	return nil
}

func toAccountRow(a *Account) accountRow {
	return accountRow{a.ID, a.PersonID, a.Login, a.PasswordHash, a.MustChange, db.Micros(a.DisabledAt), a.Failures, db.Micros(a.LockedUntil), a.Version,
		db.Micros(a.PasswordAt), db.Micros(a.ActiveAt)}
}

func (r accountRow) account() Account {
	return Account{r.ID, r.PersonID, r.Login, r.PasswordHash, r.MustChange, db.Time(r.DisabledAt), r.Failures, db.Time(r.LockedUntil), r.Version,
		db.Time(r.PasswordAt), db.Time(r.ActiveAt)}
}

func findAccount(tx *db.Tx, where string, arg any) (Account, bool, error) {
	var row accountRow
	if err := tx.G.Where(where, arg).Take(&row).Error; err != nil {
		if db.IsNotFound(err) {
			return Account{}, false, nil
		}
		return Account{}, false, err
	}
	return row.account(), true, nil
}

// accountOf finds the account of a staff number, or of that name; 0 for none.
func accountOf(tx *db.Tx, who string) (id int64, err error) {
	if who == "" {
		return 0, nil
	}
	err = tx.G.Raw("SELECT a.id FROM accounts a JOIN people p ON p.id = a.person_id WHERE a.disabled_at = 0 AND (p.staff_no = ? OR a.login = ?) ORDER BY CASE WHEN p.staff_no = ? THEN 0 ELSE 1 END, a.id LIMIT 1", who, who, who).Scan(&id).Error
	return id, err
}

func saveAccount(tx *db.Tx, a *Account) error {
	row := toAccountRow(a)
	row.Version++
	res := tx.G.Model(&accountRow{}).Where("id = ? AND version = ?", a.ID, a.Version).Select("*").Omit("id").Updates(&row)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return db.ErrUnavailable
	}
	a.Version = row.Version
	return nil
}

// lockPerson makes changes of somebody's rights and the decisions they take
// wait for each other (I18).
func lockPerson(tx *db.Tx, person int64) error {
	var id int64
	if err := tx.G.Raw("SELECT id FROM people WHERE id = ?"+tx.ForUpdate(), person).Scan(&id).Error; err != nil {
		return err
	}
	if id == 0 {
		return ErrPersonUnknown.With("person", person)
	}
	return nil
}

func insertPost(tx *db.Tx, person int64, h Holding, by int64) error {
	return tx.G.Create(&postRow{PersonID: person, OrganisationID: h.OrganisationID, Post: string(h.Post), UnitID: h.UnitID,
		GrantedBy: by, GrantedAt: db.Micros(tx.Now())}).Error
}

func endPost(tx *db.Tx, person int64, h Holding, by int64) (bool, error) {
	res := tx.G.Exec("UPDATE posts SET revoked_at = ?, revoked_by = ? WHERE person_id = ? AND post = ? AND unit_id = ? AND revoked_at = 0",
		db.Micros(tx.Now()), by, person, string(h.Post), h.UnitID)
	return res.RowsAffected > 0, res.Error
}

// enter reads an actor's session, own posts, and whether they stand in for
// somebody now. Changes of that person's rights wait until this transaction
// ends.
func enter(tx *db.Tx, a Actor) (who identityRow, own []holdingRow, standsIn bool, err error) {
	lock := ""
	if tx.MySQL() {
		lock = " LOCK IN SHARE MODE"
	}
	now := db.Micros(tx.Now())
	var rows []identityRow // one per delegation, and one without any
	err = tx.Ask(
		db.Question{Into: &rows, SQL: "SELECT " + identityColumns + ", COALESCE(d.from_person, 0) AS stands_for FROM " + identityTables + `
LEFT JOIN delegations d ON d.to_person = s.person_id AND d.revoked_at = 0 AND d.starts_at <= ? AND d.ends_at > ? WHERE s.hash = ?` + lock, Args: []any{now, now, a.Session}},
		db.Question{Into: &own, SQL: "SELECT post, organisation_id, unit_id FROM posts WHERE person_id = ? AND revoked_at = 0", Args: []any{a.PersonID}})
	if err != nil || len(rows) == 0 {
		return identityRow{}, nil, false, err
	}
	return rows[0], own, rows[0].StandsFor != 0, nil
}

type holdingRow struct {
	Post           string
	OrganisationID int64
	UnitID         int64
	ForPerson      int64
	Allowed        string
}

// HoldingsOf lists what a person may act as now: own posts first, then those of
// the people they stand in for. A delegation never carries a delegation on.
func HoldingsOf(tx *db.Tx, person int64) ([]Holding, error) {
	now := db.Micros(tx.Now())
	var rows []holdingRow
	err := tx.G.Raw(`SELECT post, organisation_id, unit_id, 0 AS for_person, '' AS allowed FROM posts WHERE person_id = ? AND revoked_at = 0
UNION ALL
SELECT p.post, p.organisation_id, p.unit_id, d.from_person, d.posts FROM delegations d JOIN posts p ON p.person_id = d.from_person AND p.revoked_at = 0
WHERE d.to_person = ? AND d.revoked_at = 0 AND d.starts_at <= ? AND d.ends_at > ?`, person, person, now, now).Scan(&rows).Error
	return holdings(rows), err
}

func holdings(rows []holdingRow) []Holding {
	var out []Holding
	for _, r := range rows {
		if r.ForPerson == 0 || contains(r.Allowed, r.Post) {
			out = append(out, Holding{Post(r.Post), r.OrganisationID, r.UnitID, r.ForPerson})
		}
	}
	return out
}

func contains(list, post string) bool {
	for p := range strings.SplitSeq(list, ",") {
		if p == post {
			return true
		}
	}
	return false
}

// Holders lists the persons who may act in a post now: those who hold it, in the
// unit or anywhere in the organisation when unit is 0, and those who stand in
// for one of them.
func Holders(tx *db.Tx, organisationID int64, post Post, unit int64) ([]int64, error) {
	held := db.Question{SQL: "SELECT person_id FROM posts WHERE organisation_id = ? AND post = ? AND revoked_at = 0", Args: []any{organisationID, string(post)}}
	if unit != 0 {
		held.SQL, held.Args = held.SQL+" AND unit_id = ?", append(held.Args, unit)
	}
	now := db.Micros(tx.Now())
	var ids []int64
	var standIns []delegationRow
	held.Into = &ids
	err := tx.Ask(held, db.Question{Into: &standIns, SQL: "SELECT from_person, to_person, posts FROM delegations WHERE organisation_id = ? AND ends_at > ? AND starts_at <= ? AND revoked_at = 0",
		Args: []any{organisationID, now, now}})
	own := ids
	for _, d := range standIns {
		if slices.Contains(own, d.FromPerson) && contains(d.Posts, string(post)) {
			ids = append(ids, d.ToPerson)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}
