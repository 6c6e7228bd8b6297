// Package notify keeps messages to staff: tasks, returns, reminders, alarms.
package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

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
	var rows []string
	var with []any
	for _, p := range persons {
		rows = append(rows, "(?,?,?,?,?,?,?,0)")
		with = append(with, n.OrganisationID, p, n.Code, n.Subject, fmt.Sprintf("%d/%s", p, once), string(args), db.Micros(tx.Now()))
	}
	twice := " ON CONFLICT DO NOTHING"
	if tx.MySQL() {
		twice = " ON DUPLICATE KEY UPDATE once = once"
	}
	return tx.Queue("INSERT INTO notices (organisation_id, person_id, code, subject, once, args, at, read_at) VALUES "+strings.Join(rows, ",")+twice, with...)
}

// AddUnread is Add for those who have no unread notice of the same code about the
// same subject: news that repeats itself is said once until it is read.
func AddUnread(tx *db.Tx, persons []int64, n Notice) error {
	if len(persons) == 0 {
		return nil
	}
	var told []int64
	if err := tx.G.Raw("SELECT DISTINCT person_id FROM notices WHERE person_id IN ? AND read_at = 0 AND code = ? AND subject = ?", persons, n.Code, n.Subject).Scan(&told).Error; err != nil {
		return err
	}
	persons = slices.DeleteFunc(slices.Clone(persons), func(p int64) bool { return slices.Contains(told, p) })
	return Add(tx, persons, n)
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

// Subjects counts the things an organisation was told one code about from one
// moment to before another.
func Subjects(tx *db.Tx, organisation int64, code string, from, to time.Time) (int64, error) {
	var n int64
	return n, tx.G.Raw("SELECT COUNT(DISTINCT subject) FROM notices WHERE organisation_id = ? AND code = ? AND at >= ? AND at < ?", organisation, code, db.Micros(from), db.Micros(to)).Scan(&n).Error
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
