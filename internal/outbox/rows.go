// Package outbox keeps work that must happen because a transaction committed.
// A message is done when its handler says so; Redis only wakes workers.
package outbox

import (
	"time"

	"gongkai/internal/db"
)

// Message is one piece of work. Subject names what it is about ("publication:7").
type Message struct {
	ID      int64
	Topic   string
	Subject string
	DueAt   time.Time
	Tries   int // how often it was handed out
}

type messageRow struct {
	ID        int64 `gorm:"primaryKey"`
	Topic     string
	Subject   string
	DueAt     int64
	SentAt    int64
	DoneAt    int64
	Tries     int
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

func (messageRow) TableName() string { return "outbox" }

// Add leaves work to be done once tx has committed, not before due.
func Add(tx *db.Tx, topic, subject string, due time.Time) error {
	if due.IsZero() {
		due = tx.Now()
	}
	if !due.After(tx.Now()) {
		tx.Wake()
	}
	return tx.Queue("INSERT INTO outbox (topic, subject, due_at, sent_at, done_at, tries, created_at) VALUES (?,?,?,0,0,0,?)",
		topic, subject, db.Micros(due), db.Micros(tx.Now()))
}

// Take hands out due messages that nobody was given for the time resend and
// marks them as handed out. They are polled by state, never by id: ids are given
// at insert and visible at commit.
func Take(tx *db.Tx, resend time.Duration, limit int) ([]Message, error) {
	now := db.Micros(tx.Now())
	var rows []messageRow
	q := "SELECT * FROM outbox WHERE done_at = 0 AND due_at <= ? AND sent_at <= ? ORDER BY due_at LIMIT ?"
	if tx.MySQL() {
		q += " FOR UPDATE SKIP LOCKED"
	}
	if err := tx.G.Raw(q, now, db.Micros(tx.Now().Add(-resend)), limit).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, out := make([]int64, len(rows)), make([]Message, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		out[i] = Message{r.ID, r.Topic, r.Subject, db.Time(r.DueAt), r.Tries + 1}
	}
	return out, tx.G.Exec("UPDATE outbox SET sent_at = ?, tries = tries + 1 WHERE id IN ?", now, ids).Error
}

// Waiting says whether Take would find something, without writing.
func Waiting(tx *db.Tx, resend time.Duration) (bool, error) {
	var n int
	err := tx.G.Raw("SELECT 1 FROM outbox WHERE done_at = 0 AND due_at <= ? AND sent_at <= ? LIMIT 1",
		db.Micros(tx.Now()), db.Micros(tx.Now().Add(-resend))).Scan(&n).Error
	return n == 1, err
}

// Done finishes all open messages of a subject.
func Done(tx *db.Tx, topic, subject string) error {
	return tx.G.Exec("UPDATE outbox SET done_at = ? WHERE subject = ? AND topic = ? AND done_at = 0", db.Micros(tx.Now()), subject, topic).Error
}

// Later puts the open messages of a subject off, and makes sure there is one.
func Later(tx *db.Tx, topic, subject string, due time.Time) error {
	if !due.After(tx.Now()) {
		tx.Wake()
	}
	res := tx.G.Exec("UPDATE outbox SET due_at = ?, sent_at = 0 WHERE subject = ? AND topic = ? AND done_at = 0", db.Micros(due), subject, topic)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	return Add(tx, topic, subject, due)
}

// Forget removes messages that were done before a moment.
func Forget(tx *db.Tx, before time.Time, limit int) (int64, error) {
	res := tx.G.Exec("DELETE FROM outbox WHERE id IN (SELECT id FROM (SELECT id FROM outbox WHERE done_at <> 0 AND done_at < ? LIMIT ?) old)", db.Micros(before), limit)
	return res.RowsAffected, res.Error
}
