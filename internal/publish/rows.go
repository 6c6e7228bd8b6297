package publish

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gongkai/internal/db"
)

type publicationRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	ManuscriptID   int64
	RevisionID     int64
	Channel        string
	After          string
	Hash           string
	State          string
	NextAt         int64
	PublishAt      int64
	Fence          int64
	LeaseUntil     int64
	Attempt        int
	ConfirmedAt    int64
	Optional       bool
	TakeDownID     int64
	Item           string
	Remote         string
	URL            string
	Reason         string
	Detail         string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	LiveAt         int64
	EndedAt        int64
	AlarmedAt      int64
	Version        int64
}

func (publicationRow) TableName() string { return "publications" }

func toRow(p *Publication) (publicationRow, error) {
	item, err := json.Marshal(p.Item)
	return publicationRow{p.ID, p.OrganisationID, p.ManuscriptID, p.RevisionID, p.Channel, p.After, p.Hash, string(p.Status), db.Micros(p.NextAt),
		db.Micros(p.PublishAt), p.Fence, db.Micros(p.LeaseUntil), p.Attempt, db.Micros(p.ConfirmedAt), p.Optional, p.TakeDownID, string(item),
		p.Remote, p.URL, p.Reason, p.Detail, db.Micros(p.CreatedAt), db.Micros(p.LiveAt), db.Micros(p.EndedAt), db.Micros(p.AlarmedAt), p.Version}, err
}

func (r *publicationRow) publication() (*Publication, error) {
	p := &Publication{r.ID, r.OrganisationID, r.ManuscriptID, r.RevisionID, r.Channel, r.After, r.Hash, Status(r.State), db.Time(r.NextAt),
		db.Time(r.PublishAt), r.Fence, db.Time(r.LeaseUntil), r.Attempt, db.Time(r.ConfirmedAt), r.Optional, r.TakeDownID, Item{},
		r.Remote, r.URL, r.Reason, r.Detail, db.Time(r.CreatedAt), db.Time(r.LiveAt), db.Time(r.EndedAt), db.Time(r.AlarmedAt), r.Version}
	if r.Item == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(r.Item), &p.Item); err != nil {
		return nil, fmt.Errorf("publication %d: %w", r.ID, err)
	}
	p.Item.PublicationID, p.Item.Fence = p.ID, p.Fence
	return p, nil
}

func insert(tx *db.Tx, p *Publication) error {
	p.Version = 1
	row, err := toRow(p)
	if err != nil {
		return err
	}
	if err := tx.G.Create(&row).Error; err != nil {
		if db.IsDuplicate(err) {
			return ErrAlreadyActive.With("channel", p.Channel)
		}
		return err
	}
	p.ID = row.ID
	err = tx.G.Exec("INSERT INTO active_publications (manuscript_id, channel, publication_id) VALUES (?,?,?)", p.ManuscriptID, p.Channel, p.ID).Error
	if db.IsDuplicate(err) {
		return ErrAlreadyActive.With("channel", p.Channel)
	}
	return err
}

func deactivate(tx *db.Tx, p *Publication) error {
	return tx.G.Exec("DELETE FROM active_publications WHERE manuscript_id = ? AND channel = ? AND publication_id = ?", p.ManuscriptID, p.Channel, p.ID).Error
}

// claim takes a publication for one worker until the lease ends. Nobody gets it
// while it is leased, not due by either clock, or publishing is frozen.
func claim(tx *db.Tx, id int64, lease time.Duration) (bool, error) {
	now := tx.Now()
	moment, err := earliest(tx)
	if err != nil {
		return false, err
	}
	res := tx.G.Exec(`UPDATE publications SET fence = fence + 1, lease_until = ?, attempt = attempt + 1, version = version + 1,
state = CASE WHEN state = 'retracting' THEN state ELSE 'delivering' END
WHERE id = ? AND next_at <= ? AND lease_until < ? AND (state = 'retracting' OR (state IN ('planned','delivering','waiting') AND publish_at <= ?
AND NOT EXISTS (SELECT 1 FROM publishing_freezes f WHERE f.organisation_id IN (0, publications.organisation_id))))`,
		db.Micros(now.Add(lease)), id, db.Micros(now), db.Micros(now), db.Micros(moment))
	return res.RowsAffected == 1, res.Error
}

// takeForInspection hands out the live publication of a channel that was not
// read again for longest, once; nil when none is due. While it is live, next_at
// is when it is read again.
func takeForInspection(tx *db.Tx, channel string, next time.Time) (*Publication, error) {
	found, err := loadMany(tx, "state = 'live' AND channel = ? AND next_at <= ? ORDER BY next_at, id LIMIT 1"+tx.ForUpdate(), channel, db.Micros(tx.Now()))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], inspectLater(tx, found[0], next)
}

func inspectLater(tx *db.Tx, p *Publication, next time.Time) error {
	return tx.G.Exec("UPDATE publications SET next_at = ?, version = version + 1 WHERE id = ? AND state = 'live' AND fence = ?", db.Micros(next), p.ID, p.Fence).Error
}

// inspected puts off the next reading of live publications.
func inspected(tx *db.Tx, channel string, ids []int64, next time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	return tx.G.Exec("UPDATE publications SET next_at = ?, version = version + 1 WHERE id IN ? AND state = 'live' AND channel = ?", db.Micros(next), ids, channel).Error
}

// renew makes a claim last a lease from now, if it still holds.
func renew(tx *db.Tx, p *Publication, lease time.Duration) error {
	return tx.G.Exec("UPDATE publications SET lease_until = ? WHERE id = ? AND fence = ? AND lease_until > 0", db.Micros(tx.Now().Add(lease)), p.ID, p.Fence).Error
}

// settle writes how a claimed delivery stands, if the claim still holds.
func settle(tx *db.Tx, p *Publication) (bool, error) {
	res := tx.G.Exec(`UPDATE publications SET state = ?, next_at = ?, lease_until = 0, remote = ?, url = ?, reason = ?, detail = ?, live_at = ?, ended_at = ?, alarmed_at = ?, version = version + 1
WHERE id = ? AND fence = ?`, string(p.Status), db.Micros(p.NextAt), p.Remote, p.URL, p.Reason, clip(p.Detail, 2000), db.Micros(p.LiveAt), db.Micros(p.EndedAt), db.Micros(p.AlarmedAt), p.ID, p.Fence)
	return res.RowsAffected == 1, res.Error
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n])
	}
	return s
}

// save writes a change made by a person, under the row lock of lockActive; it
// takes the delivery away from whoever works on it.
func save(tx *db.Tx, p *Publication) error {
	p.Fence++
	row, err := toRow(p)
	if err != nil {
		return err
	}
	res := tx.G.Exec(`UPDATE publications SET state = ?, next_at = ?, publish_at = ?, fence = ?, lease_until = ?, attempt = ?, take_down_id = ?, item = ?, reason = ?, detail = ?, ended_at = ?, alarmed_at = ?, version = version + 1
WHERE id = ? AND version = ?`, row.State, row.NextAt, row.PublishAt, row.Fence, row.LeaseUntil, row.Attempt, row.TakeDownID, row.Item, row.Reason, row.Detail, row.EndedAt, row.AlarmedAt, row.ID, p.Version)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return ErrFenced
	}
	p.Version++
	return nil
}

// Confirm is asked by a channel in the transaction that makes something visible
// or writes the intent to: it locks the publication and refuses when the claim
// was lost (ErrFenced) or nothing may go out any more (ErrStopped). From its
// commit on the publication can be taken down but not cancelled.
func Confirm(tx *db.Tx, it Item) error {
	var row struct {
		Fence       int64
		State       string
		ConfirmedAt int64
		Frozen      int
		Withheld    int
	}
	err := tx.G.Raw(`SELECT p.fence, p.state, p.confirmed_at,
(SELECT COUNT(*) FROM publishing_freezes f WHERE f.organisation_id IN (0, p.organisation_id)) AS frozen,
(SELECT COUNT(*) FROM manuscripts m WHERE m.id = p.manuscript_id AND (m.disclosure <> 'proactive' OR m.hash <> p.hash OR m.state NOT IN ('publishing','scheduled','published'))) AS withheld
FROM publications p WHERE p.id = ?`+tx.ForUpdate(), it.PublicationID).Scan(&row).Error
	if err != nil {
		return err
	}
	if row.Fence != it.Fence {
		return ErrFenced
	}
	moment, err := earliest(tx)
	if err != nil {
		return err
	}
	if Status(row.State) != Delivering || row.Frozen > 0 || row.Withheld > 0 || moment.Before(it.PublishAt) {
		return ErrStopped
	}
	if row.ConfirmedAt != 0 {
		return nil
	}
	return tx.G.Exec("UPDATE publications SET confirmed_at = ?, version = version + 1 WHERE id = ? AND fence = ?", db.Micros(tx.Now()), it.PublicationID, it.Fence).Error
}

// Begin records the intent of an outside call that cannot be undone, before it
// is made (I6).
func Begin(tx *db.Tx, it Item, step, marker string) (int64, error) {
	row := struct {
		ID            int64 `gorm:"primaryKey"`
		PublicationID int64
		Fence         int64
		Step          string
		Marker        string
		StartedAt     int64
		EndedAt       int64
		Outcome       string
		Detail        string
	}{PublicationID: it.PublicationID, Fence: it.Fence, Step: step, Marker: marker, StartedAt: db.Micros(tx.Now())}
	err := tx.G.Table("publish_attempts").Create(&row).Error
	return row.ID, err
}

// End records how the call ended. A call without an end is Unknown.
func End(tx *db.Tx, attempt int64, out Outcome, detail string) error {
	return tx.G.Exec("UPDATE publish_attempts SET ended_at = ?, outcome = ?, detail = ? WHERE id = ?", db.Micros(tx.Now()), string(out), clip(detail, 2000), attempt).Error
}

// Ledger offers Confirm, Begin and End to the channels.
type Ledger struct{}

func (Ledger) Confirm(tx *db.Tx, it Item) error { return Confirm(tx, it) }
func (Ledger) Begin(tx *db.Tx, it Item, step, marker string) (int64, error) {
	return Begin(tx, it, step, marker)
}
func (Ledger) End(tx *db.Tx, attempt int64, out Outcome, detail string) error {
	return End(tx, attempt, out, detail)
}

// Load reads a publication.
func Load(tx *db.Tx, id int64) (*Publication, error) {
	var row publicationRow
	res := tx.G.Raw("SELECT * FROM publications WHERE id = ?", id).Scan(&row)
	if res.Error != nil {
		return nil, res.Error
	}
	if res.RowsAffected == 0 {
		return nil, ErrNotFound.With("id", id)
	}
	return row.publication()
}

// lock reads a publication and keeps others from changing it until the
// transaction ends.
func lock(tx *db.Tx, id int64) (*Publication, error) {
	found, err := loadMany(tx, "id = ?"+tx.ForUpdate(), id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound.With("id", id)
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func loadMany(tx *db.Tx, where string, args ...any) ([]*Publication, error) {
	var rows []publicationRow
	if err := tx.G.Raw("SELECT * FROM publications WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]*Publication, len(rows))
	for i := range rows {
		p, err := rows[i].publication()
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// lockActive reads the publications of a manuscript that are or may become
// visible, and keeps channels from confirming until the transaction ends.
func lockActive(tx *db.Tx, manuscript int64) ([]*Publication, error) {
	return loadMany(tx, "manuscript_id = ? AND state NOT IN ('cancelled','gone') ORDER BY id"+tx.ForUpdate(), manuscript)
}

// OfManuscript lists the publications of a manuscript, oldest first.
func OfManuscript(tx *db.Tx, manuscript int64) ([]*Publication, error) {
	return loadMany(tx, "manuscript_id = ? ORDER BY id", manuscript)
}

// Which narrows the publications that are listed; zero fields do not.
type Which struct {
	Before int64  // id of the last one seen
	Title  string // the title of the manuscript holds it
	Status Status
}

// Recent lists the publications of an organisation, newest first.
func Recent(tx *db.Tx, organisation int64, w Which, limit int) ([]*Publication, error) {
	if w.Before == 0 {
		w.Before = 1 << 62
	}
	where, with := "organisation_id = ? AND id < ?", []any{organisation, w.Before}
	if w.Status != "" {
		where, with = where+" AND state = ?", append(with, string(w.Status))
	}
	if w.Title != "" {
		where += " AND manuscript_id IN (SELECT id FROM manuscripts WHERE organisation_id = ? AND title LIKE ? ESCAPE '!')"
		with = append(with, organisation, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w.Title)+"%")
	}
	var rows []publicationRow
	err := tx.G.Raw(`SELECT id, organisation_id, manuscript_id, revision_id, channel, hash, state, next_at, publish_at, attempt, optional, url, reason, detail, created_at, live_at, ended_at,
remote, item FROM publications WHERE `+where+` ORDER BY id DESC LIMIT ?`, append(with, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]*Publication, len(rows))
	for i := range rows {
		if out[i], err = rows[i].publication(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lateOnes could have been visible by then: their time had come, and the channel
// they follow showed the same text.
func lateOnes(tx *db.Tx, by time.Time) ([]*Publication, error) {
	return loadMany(tx, `state IN ('planned','delivering','waiting') AND live_at = 0 AND alarmed_at = 0 AND publish_at < ? AND (after = '' OR EXISTS
(SELECT 1 FROM publications q WHERE q.manuscript_id = publications.manuscript_id AND q.channel = publications.after AND q.hash = publications.hash AND q.live_at > 0 AND q.live_at < ?))
ORDER BY id LIMIT 100`, db.Micros(by), db.Micros(by))
}

func setAlarmed(tx *db.Tx, id int64) (bool, error) {
	res := tx.G.Exec("UPDATE publications SET alarmed_at = ? WHERE id = ? AND alarmed_at = 0", db.Micros(tx.Now()), id)
	return res.RowsAffected == 1, res.Error
}

// restless lists publications that should be worked on but for which no worker
// and no outbox message is at hand.
func restless(tx *db.Tx) ([]int64, error) {
	now := db.Micros(tx.Now())
	var ids []int64
	err := tx.G.Raw(`SELECT p.id FROM publications p WHERE p.state IN ('planned','delivering','waiting','retracting') AND p.next_at <= ? AND p.lease_until < ?
AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.subject = CONCAT('publication:', p.id) AND o.topic = 'publish' AND o.done_at = 0) LIMIT 200`, now, now).Scan(&ids).Error
	return ids, err
}

// giveBack ends a claim early.
func giveBack(tx *db.Tx, p *Publication, next time.Time) error {
	return tx.G.Exec("UPDATE publications SET lease_until = 0, next_at = ?, version = version + 1 WHERE id = ? AND fence = ?", db.Micros(next), p.ID, p.Fence).Error
}

// makeDue lets a publication go whose predecessor has appeared.
func makeDue(tx *db.Tx, id int64) error {
	return tx.G.Exec("UPDATE publications SET next_at = ?, version = version + 1 WHERE id = ? AND state = 'planned'", db.Micros(tx.Now()), id).Error
}

// freeRevision lets the revision of a cancelled publication be planned again.
func freeRevision(tx *db.Tx, id int64) error {
	return tx.G.Exec("UPDATE publications SET revision_id = -id WHERE id = ?", id).Error
}

// dueSince lists what a claim would get, take-downs first.
func dueSince(tx *db.Tx, by time.Time) ([]int64, error) {
	var ids []int64
	err := tx.G.Raw(`SELECT id FROM publications p WHERE next_at <= ? AND lease_until < ? AND (state = 'retracting' OR (state IN ('planned','delivering','waiting')
AND NOT EXISTS (SELECT 1 FROM publishing_freezes f WHERE f.organisation_id IN (0, p.organisation_id))))
ORDER BY CASE WHEN state = 'retracting' THEN 0 ELSE 1 END, next_at LIMIT 50`, db.Micros(by), db.Micros(tx.Now())).Scan(&ids).Error
	return ids, err
}

// CountYear counts what an organisation published first in a time, by channel:
// a correction of something published is not counted again.
func CountYear(tx *db.Tx, organisation int64, from, to time.Time) (map[string]int, error) {
	var rows []struct {
		Channel string
		N       int
	}
	err := tx.G.Raw(`SELECT channel, COUNT(DISTINCT manuscript_id) AS n FROM publications p WHERE organisation_id = ? AND live_at >= ? AND live_at < ?
AND NOT EXISTS (SELECT 1 FROM corrections c WHERE c.manuscript_id = p.manuscript_id) GROUP BY channel`, organisation, db.Micros(from), db.Micros(to)).Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		out[r.Channel] = r.N
	}
	return out, err
}
