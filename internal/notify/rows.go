// Package notify keeps messages to staff: tasks, returns, reminders, alarms.
package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"gongkai/internal/db"
)

// Notice is one message to one person. Code is the catalogue code of its
// sentence.
type Notice struct {
	ID             int64
	OrganisationID int64
	PersonID       int64
	Code           string
	Subject        string // what it is about: "manuscript:42"
	Once           string // the same text is delivered once per person; empty for always
	Args           map[string]any
	At             time.Time
	ReadAt         time.Time
}

type noticeRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	PersonID       int64
	Code           string
	Subject        string
	Once           string
	Args           string
	At             int64
	ReadAt         int64
}

func (noticeRow) TableName() string { return "notices" }

// Add tells several persons the same. A notice whose Once text a person already
// had is left out (reminders are computed again and again, but said once).
func Add(tx *db.Tx, persons []int64, n Notice) error {
	if len(persons) == 0 {
		return nil
	}
	args, err := json.Marshal(n.Args)
	if err != nil {
		return err
	}
	once := n.Once
	if once == "" {
		once = fmt.Sprintf("%s/%s/%d", n.Code, n.Subject, tx.Now().UnixNano())
	}
	rows := make([]noticeRow, len(persons))
	for i, p := range persons {
		rows[i] = noticeRow{OrganisationID: n.OrganisationID, PersonID: p, Code: n.Code, Subject: n.Subject,
			Once: Said{p, once}.text(), Args: string(args), At: db.Micros(tx.Now())}
	}
	return tx.G.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}

// Said is a Once text one person had.
type Said struct {
	PersonID int64
	Once     string
}

func (s Said) text() string { return fmt.Sprintf("%d/%s", s.PersonID, s.Once) }

// WasSaid answers which of these there are.
func WasSaid(tx *db.Tx, asked []Said) (map[Said]bool, error) {
	byText := map[string]Said{}
	texts := make([]string, len(asked))
	for i, s := range asked {
		texts[i] = s.text()
		byText[texts[i]] = s
	}
	out := map[Said]bool{}
	for part := range slices.Chunk(texts, 500) {
		var found []string
		if err := tx.G.Raw("SELECT once FROM notices WHERE once IN ?", part).Scan(&found).Error; err != nil {
			return nil, err
		}
		for _, t := range found {
			out[byText[t]] = true
		}
	}
	return out, nil
}

// AddHolders tells everybody who holds a post, and who stands in for a holder
// now: in the unit, or anywhere in the organisation when unit is 0, except one
// person.
func AddHolders(tx *db.Tx, post string, unit, except int64, n Notice) error {
	args, err := json.Marshal(n.Args)
	if err != nil {
		return err
	}
	// Two plain statements cost a third of one UNION: MariaDB makes temporary
	// tables for that. Who would be told twice has the same Once text.
	held, with := "p.organisation_id = ? AND p.post = ? AND p.revoked_at = 0", []any{n.OrganisationID, post}
	if unit != 0 {
		held, with = held+" AND p.unit_id = ?", append(with, unit)
	}
	now := db.Micros(tx.Now())
	row := []any{n.OrganisationID, n.Code, n.Subject, fmt.Sprintf("/%s/%s/%d", n.Code, n.Subject, tx.Now().UnixNano()), string(args), now}
	tell := func(whom, from string, with ...any) error {
		once := " ON CONFLICT DO NOTHING"
		if tx.MySQL() {
			once = " ON DUPLICATE KEY UPDATE once = notices.once"
		}
		return tx.Queue("INSERT INTO notices (organisation_id, person_id, code, subject, once, args, at, read_at) SELECT ?, "+whom+", ?, ?, CONCAT("+whom+", ?), ?, ?, 0 FROM "+
			from+" AND "+whom+" <> ?"+once, slices.Concat(row, with, []any{except})...)
	}
	if err := tell("p.person_id", "posts p WHERE "+held, with...); err != nil {
		return err
	}
	return tell("d.to_person", "delegations d JOIN posts p ON p.person_id = d.from_person WHERE d.organisation_id = ? AND d.revoked_at = 0 AND d.starts_at <= ? AND d.ends_at > ? AND CONCAT(',', d.posts, ',') LIKE ? AND "+held,
		slices.Concat([]any{n.OrganisationID, now, now, "%," + post + ",%"}, with)...)
}

// For lists a person's notices, newest first.
func For(tx *db.Tx, person int64, limit int) ([]Notice, error) {
	var rows []noticeRow
	if err := tx.G.Where("person_id = ?", person).Order("at DESC, id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Notice, len(rows))
	for i, r := range rows {
		out[i] = Notice{ID: r.ID, OrganisationID: r.OrganisationID, PersonID: r.PersonID, Code: r.Code, Subject: r.Subject, At: db.Time(r.At), ReadAt: db.Time(r.ReadAt)}
		if err := json.Unmarshal([]byte(r.Args), &out[i].Args); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Unread counts what a person has not opened yet.
func Unread(tx *db.Tx, person int64) (int64, error) {
	var n int64
	return n, tx.G.Raw("SELECT COUNT(*) FROM notices WHERE person_id = ? AND read_at = 0", person).Scan(&n).Error
}

// Read marks all notices of a person as read.
func Read(tx *db.Tx, person int64) error {
	return tx.G.Exec("UPDATE notices SET read_at = ? WHERE person_id = ? AND read_at = 0", db.Micros(tx.Now()), person).Error
}

// Forget removes notices that were read before a moment.
func Forget(tx *db.Tx, before time.Time, limit int) (int64, error) {
	res := tx.G.Exec("DELETE FROM notices WHERE id IN (SELECT id FROM (SELECT id FROM notices WHERE read_at <> 0 AND read_at < ? LIMIT ?) old)", db.Micros(before), limit)
	return res.RowsAffected, res.Error
}
