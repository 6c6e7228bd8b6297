package messenger

import (
	"time"

	"gorm.io/gorm/clause"

	"gongkai/internal/db"
)

type mailboxRow struct {
	PersonID       int64 `gorm:"primaryKey;autoIncrement:false"`
	OrganisationID int64
	Address        string
	SetAt          int64
	Told           int64
	SentAt         int64
	Digest         string
}

func (mailboxRow) TableName() string { return "mailboxes" }

type groupChatRow struct {
	OrganisationID int64 `gorm:"primaryKey;autoIncrement:false"`
	Told           int64
	SentAt         int64
	Digest         string
}

func (groupChatRow) TableName() string { return "group_chats" }

// kinds sorts notices by what they ask for.
const kinds = `SUM(CASE WHEN code = 'notice.task' THEN 1 ELSE 0 END) AS tasks,
SUM(CASE WHEN code IN ('notice.returned', 'notice.rejected') THEN 1 ELSE 0 END) AS returns,
SUM(CASE WHEN code IN ('notice.overdue', 'notice.publication_late', 'notice.publication_parked', 'notice.publication_stuck', 'notice.publishing_frozen', 'notice.audit_unsealed', 'notice.objected') THEN 1 ELSE 0 END) AS alarms,
COUNT(*) AS total, MAX(id) AS newest`

// dueMailboxes are those with unread notices nobody was told of, who have not
// heard from us for a while, and on a day of digests those still without one.
func dueMailboxes(tx *db.Tx, before, heard time.Time, day string, limit int) ([]mailboxRow, error) {
	var rows []mailboxRow
	q := tx.G.Where(`address <> '' AND ((sent_at <= ? AND EXISTS (SELECT 1 FROM notices n WHERE n.person_id = mailboxes.person_id AND n.read_at = 0 AND n.id > mailboxes.told AND n.at <= ?))
OR (? <> '' AND digest <> ? AND EXISTS (SELECT 1 FROM notices n WHERE n.person_id = mailboxes.person_id AND n.read_at = 0 AND n.at <= ?)))`, db.Micros(heard), db.Micros(before), day, day, db.Micros(before))
	return rows, q.Order("person_id").Limit(limit).Find(&rows).Error
}

func unread(tx *db.Tx, person int64, before time.Time) (c counts, err error) {
	err = tx.G.Raw("SELECT "+kinds+" FROM notices WHERE person_id = ? AND read_at = 0 AND at <= ?", person, db.Micros(before)).Scan(&c).Error
	return c, err
}

// office counts an organisation's unread notices, each subject and kind once;
// alarms only those after a notice.
func office(tx *db.Tx, organisation, told int64, before time.Time) (c counts, err error) {
	err = tx.G.Raw("SELECT "+kinds+" FROM (SELECT MAX(id) AS id, code FROM notices WHERE organisation_id = ? AND read_at = 0 AND at <= ? AND (id > ? OR code IN ('notice.task', 'notice.returned')) GROUP BY code, subject) once",
		organisation, db.Micros(before), told).Scan(&c).Error
	return c, err
}

// claimMailbox is true for the one node that tells now.
func claimMailbox(tx *db.Tx, box mailboxRow, told int64, day string) (bool, error) {
	res := tx.G.Exec("UPDATE mailboxes SET told = ?, sent_at = ?, digest = CASE WHEN ? = '' THEN digest ELSE ? END WHERE person_id = ? AND address = ? AND told = ? AND sent_at = ? AND digest = ?",
		told, db.Micros(tx.Now()), day, day, box.PersonID, box.Address, box.Told, box.SentAt, box.Digest)
	return res.RowsAffected == 1, res.Error
}

// untold lets the next message, after a while, count again what did not go out.
func untold(tx *db.Tx, box mailboxRow) error {
	return tx.G.Exec("UPDATE mailboxes SET told = ? WHERE person_id = ? AND address = ?", box.Told, box.PersonID, box.Address).Error
}

func setMailbox(tx *db.Tx, organisation, person int64, address string) error {
	var newest *int64
	if err := tx.G.Raw("SELECT MAX(id) FROM notices WHERE person_id = ?", person).Scan(&newest).Error; err != nil {
		return err
	}
	row := mailboxRow{PersonID: person, OrganisationID: organisation, Address: address, SetAt: db.Micros(tx.Now())}
	if newest != nil {
		row.Told = *newest
	}
	return tx.G.Clauses(clause.OnConflict{DoUpdates: clause.AssignmentColumns([]string{"address", "set_at", "told"})}).Create(&row).Error
}

func mailboxOf(tx *db.Tx, person int64) (string, error) {
	var row mailboxRow
	return row.Address, tx.G.Where("person_id = ?", person).Limit(1).Find(&row).Error
}

func organisations(tx *db.Tx) ([]int64, error) {
	var ids []int64
	return ids, tx.G.Raw("SELECT id FROM units WHERE parent_id = 0 ORDER BY id").Scan(&ids).Error
}

func chatOf(tx *db.Tx, organisation int64) (groupChatRow, error) {
	row := groupChatRow{OrganisationID: organisation}
	return row, tx.G.Where("organisation_id = ?", organisation).Limit(1).Find(&row).Error
}

func saveChat(tx *db.Tx, row groupChatRow) error {
	return tx.G.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}
