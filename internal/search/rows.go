package search

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"gongkai/internal/db"
)

type entryRow struct {
	Edition        int64 `gorm:"primaryKey;autoIncrement:false"`
	ManuscriptID   int64
	OrganisationID int64
	UnitID         int64
	SectionID      int64
	At             int64
	Text           []byte
	Unread         bool
}

type segmentRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	Oldest, Newest int64
	Docs           []byte
}

// bucketRow: the bucket comes first, so one of all segments lies together.
type bucketRow struct {
	Bucket    int   `gorm:"primaryKey;autoIncrement:false"`
	SegmentID int64 `gorm:"primaryKey;autoIncrement:false"`
	Places    []byte
}

func (entryRow) TableName() string   { return "search_entries" }
func (segmentRow) TableName() string { return "search_segments" }
func (bucketRow) TableName() string  { return "search_buckets" }

func (r *entryRow) entry() Entry {
	return Entry{r.Edition, r.ManuscriptID, r.OrganisationID, r.UnitID, r.SectionID, db.Time(r.At)}
}

// Add puts a manuscript's newest text into the index, in the place of one that is
// not sealed yet. The manuscript is found by it from this commit on. The text is
// one that Text made.
func Add(tx *db.Tx, e Entry, text string) error {
	if err := tx.Queue("DELETE FROM search_entries WHERE manuscript_id = ?", e.ManuscriptID); err != nil {
		return err
	}
	return tx.Queue("INSERT INTO search_entries (edition, manuscript_id, organisation_id, unit_id, section_id, at, text, unread) VALUES (?,?,?,?,?,?,?,0)",
		e.Edition, e.ManuscriptID, e.OrganisationID, e.UnitID, e.SectionID, db.Micros(e.At), []byte(text))
}

// Unread lists entries whose text is still to be read: those of manuscripts that
// are older than the index.
func Unread(tx *db.Tx, limit int) ([]Entry, error) {
	var rows []entryRow
	err := tx.G.Raw("SELECT edition, manuscript_id, organisation_id, unit_id, section_id, at FROM search_entries WHERE unread = 1 LIMIT ?", limit).Scan(&rows).Error
	return entries(rows), err
}

// Fill gives an unread entry its text. One that was replaced meanwhile is left
// alone.
func Fill(tx *db.Tx, edition int64, text string) error {
	return tx.G.Exec("UPDATE search_entries SET text = ?, unread = 0 WHERE edition = ?", []byte(text), edition).Error
}

func entries(rows []entryRow) []Entry {
	out := make([]Entry, len(rows))
	for i := range rows {
		out[i] = rows[i].entry()
	}
	return out
}

// keepAtOnce is how many hits the caller is asked about together.
const keepAtOnce = 100

// Find lists what matches, the newest first. keep is given some of it and answers
// what of that is up to date and wanted.
func Find(tx *db.Tx, q Query, keep func([]Entry) ([]Entry, error)) ([]Entry, error) {
	fresh, err := unsealed(tx, q)
	if err != nil {
		return nil, err
	}
	var out []Entry
	take := func(hits []Entry) error {
		slices.SortFunc(hits, newestFirst)
		taken := 0
		for some := range slices.Chunk(hits, keepAtOnce) {
			kept, err := keep(some)
			if err != nil {
				return err
			}
			out = append(out, kept...)
			if taken += len(kept); taken >= q.Limit {
				break
			}
		}
		slices.SortFunc(out, newestFirst)
		// What was sealed between two looks is seen in both.
		out = slices.CompactFunc(out, func(a, b Entry) bool { return a.Edition == b.Edition })
		return nil
	}
	if err := take(fresh); err != nil {
		return nil, err
	}
	segments, err := segmentsFor(tx, q)
	if err != nil {
		return nil, err
	}
	for n := 1; len(segments) > 0; n = min(4*n, 64) {
		if len(out) >= q.Limit && db.Micros(out[q.Limit-1].At) > segments[0].Newest {
			break
		}
		n := min(n, len(segments))
		hits, err := sealed(tx, q, segments[:n])
		if err != nil {
			return nil, err
		}
		if err := take(hits); err != nil {
			return nil, err
		}
		segments = segments[n:]
	}
	return out[:min(len(out), q.Limit)], nil
}

// unsealed looks through the texts that are in no segment yet. Go does it: INSTR
// takes four times as long on SQLite.
func unsealed(tx *db.Tx, q Query) ([]Entry, error) {
	rows, err := tx.G.Raw("SELECT edition, manuscript_id, unit_id, section_id, at, text FROM search_entries WHERE organisation_id = ? AND unread = 0", q.OrganisationID).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		r := entryRow{OrganisationID: q.OrganisationID}
		var text sql.RawBytes
		if err := rows.Scan(&r.Edition, &r.ManuscriptID, &r.UnitID, &r.SectionID, &r.At, &text); err != nil {
			return nil, err
		}
		if e := r.entry(); q.takes(e) && !slices.ContainsFunc(q.Terms, func(t Term) bool { return !t.in(text) }) {
			out = append(out, e)
		}
	}
	return out, rows.Err()
}

func segmentsFor(tx *db.Tx, q Query) ([]segmentRow, error) {
	to := db.Micros(q.To)
	if after := db.Micros(q.After.At); after != 0 && (to == 0 || after < to) {
		to = after
	}
	if to == 0 {
		to = 1 << 62
	}
	var rows []segmentRow
	err := tx.G.Raw("SELECT id, oldest, newest FROM search_segments WHERE organisation_id = ? AND oldest <= ? AND newest >= ? ORDER BY newest DESC", q.OrganisationID, to, db.Micros(q.From)).Scan(&rows).Error
	return rows, err
}

// sealed looks into segments.
func sealed(tx *db.Tx, q Query, segments []segmentRow) ([]Entry, error) {
	ids := make([]int64, len(segments))
	for i, s := range segments {
		ids[i] = s.ID
	}
	found := map[int64][][]uint32{}
	if len(q.Terms) > 0 {
		in, err := bucketsOf(tx, ids, q.Terms)
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool {
			for _, t := range q.Terms {
				places := t.find(func(n int) []byte { return in[bucketRow{SegmentID: id, Bucket: n}.at()] })
				if len(places) == 0 {
					return true
				}
				found[id] = append(found[id], places)
			}
			return false
		})
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []segmentRow
	if err := tx.G.Raw("SELECT id, docs FROM search_segments WHERE id IN ?", padded(ids)).Scan(&rows).Error; err != nil {
		return nil, err
	}
	var out []Entry
	for _, r := range rows {
		for _, e := range among(documents(r.Docs, q.OrganisationID), found[r.ID]) {
			if q.takes(e) {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

func (r bucketRow) at() [2]int64 { return [2]int64{r.SegmentID, int64(r.Bucket)} }

func bucketsOf(tx *db.Tx, segments []int64, terms []Term) (map[[2]int64][]byte, error) {
	var which []int64
	for _, t := range terms {
		all, _ := t.grams()
		for _, g := range all {
			if n := int64(g.bucket()); !slices.Contains(which, n) {
				which = append(which, n)
			}
		}
	}
	var rows []bucketRow
	if err := tx.G.Raw("SELECT segment_id, bucket, places FROM search_buckets WHERE segment_id IN ? AND bucket IN ?", padded(segments), padded(which)).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make(map[[2]int64][]byte, len(rows))
	for _, r := range rows {
		out[r.at()] = r.Places
	}
	return out, nil
}

// padded repeats the last until the length is a power of two: the texts of
// statements stay few.
func padded(ids []int64) []int64 {
	out := slices.Clone(ids)
	for len(out)&(len(out)-1) != 0 {
		out = append(out, ids[len(ids)-1])
	}
	return out
}

// A segment is made of so many texts, or of fewer once they are so large.
const (
	sealCount = 512
	sealBytes = 4 << 20
)

// Seal makes at most one segment of each organisation's fresh texts and answers
// whether it made any. A text that changes meanwhile is sealed another time: what
// Seal takes away is what it read, or nothing.
func Seal(ctx context.Context, d *db.DB) (made bool, err error) {
	var full []int64
	err = d.Read(ctx, func(tx *db.Tx) error {
		return tx.G.Raw("SELECT organisation_id FROM search_entries WHERE unread = 0 GROUP BY organisation_id HAVING COUNT(*) >= ? OR SUM(LENGTH(text)) >= ?", sealCount, sealBytes).Scan(&full).Error
	})
	for _, organisation := range full {
		if err == nil {
			err = seal(ctx, d, organisation)
			made = made || err == nil
		}
		if errors.Is(err, errMoved) {
			err = nil
		}
	}
	return made, err
}

var errMoved = errors.New("a text changed while it was sealed")

func seal(ctx context.Context, d *db.DB, organisation int64) error {
	var rows []entryRow
	err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.G.Raw("SELECT * FROM search_entries WHERE organisation_id = ? AND unread = 0 ORDER BY at, edition LIMIT ?", organisation, sealCount).Scan(&rows).Error
	})
	if err != nil {
		return err
	}
	var all []entryText
	var editions []int64
	size := 0
	for i := range rows {
		if size += len(rows[i].Text); size > sealBytes && i > 0 {
			break
		}
		all, editions = append(all, entryText{rows[i].entry(), string(rows[i].Text)}), append(editions, rows[i].Edition)
	}
	s := build(all)
	return d.Write(ctx, func(tx *db.Tx) error {
		gone := tx.G.Exec("DELETE FROM search_entries WHERE edition IN ?", editions)
		if gone.Error != nil {
			return gone.Error
		}
		if int(gone.RowsAffected) != len(all) {
			return errMoved
		}
		row := segmentRow{OrganisationID: organisation, Oldest: db.Micros(all[0].At), Newest: db.Micros(all[len(all)-1].At), Docs: s.docs}
		if err := tx.G.Create(&row).Error; err != nil {
			return err
		}
		var parts []bucketRow
		for n, b := range s.buckets {
			if len(b) > 0 {
				parts = append(parts, bucketRow{n, row.ID, b})
			}
		}
		return tx.G.CreateInBatches(parts, 512).Error
	})
}
