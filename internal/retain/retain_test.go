package retain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/fault"
	"gongkai/internal/retain"
)

type night struct {
	t     *testing.T
	d     *db.DB
	clock *dbtest.Clock
}

func (n *night) do(sql string, args ...any) {
	n.t.Helper()
	if err := n.d.Write(context.Background(), func(tx *db.Tx) error { return tx.G.Exec(sql, args...).Error }); err != nil {
		n.t.Fatal(err)
	}
}

func (n *night) count(from string) (rows int64) {
	n.t.Helper()
	err := n.d.Read(context.Background(), func(tx *db.Tx) error { return tx.G.Raw("SELECT COUNT(*) FROM " + from).Scan(&rows).Error })
	if err != nil {
		n.t.Fatal(err)
	}
	return rows
}

func (n *night) put(media, text string) (hash string) {
	n.t.Helper()
	err := n.d.Write(context.Background(), func(tx *db.Tx) (err error) {
		hash, err = blob.Put(tx, media, []byte(text))
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return hash
}

func (n *night) has(hash string) bool {
	err := n.d.Read(context.Background(), func(tx *db.Tx) error { _, err := blob.Get(tx, hash); return err })
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		n.t.Fatal(err)
	}
	return err == nil
}

func (n *night) revision(no int, body, fields string) {
	n.t.Helper()
	n.do("INSERT INTO revisions (manuscript_id, no, hash, author_id, for_id, step, note, title, body, fields, created_at) VALUES (1,?,'',1,0,'','','',?,?,?)", no, body, fields, db.Micros(n.d.Now()))
}

func TestOnlyWhatIsOverIsRemoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		n := &night{t, d, clock}
		cleaner := retain.New(d)
		once := func() {
			t.Helper()
			if err := cleaner.Once(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		n.do("INSERT INTO units (organisation_id, parent_id, name, full_name, short_name, code, version) VALUES (1,0,'甲局','甲局','甲局','1',1)")
		now := d.Now()
		at := func(ago time.Duration) int64 { return db.Micros(now.Add(-ago)) }
		year, month := 367*24*time.Hour, 31*24*time.Hour
		for hash, ended := range map[string][2]int64{"over": {at(year), 0}, "revoked long ago": {at(-year), at(year)}, "revoked": {at(-year), at(month)}, "lately over": {at(month), 0}, "open": {at(-month), 0}} {
			n.do("INSERT INTO sessions (hash, account_id, person_id, kind, label, created_at, seen_at, ends_at, revoked_at) VALUES (?,1,1,'browser','',0,0,?,?)", hash, ended[0], ended[1])
		}
		for i := range 450 { // more than two batches
			n.do("INSERT INTO outbox (topic, subject, due_at, sent_at, done_at, tries, created_at) VALUES ('t',?,0,0,?,1,0)", fmt.Sprint("old", i), at(month))
		}
		n.do("INSERT INTO outbox (topic, subject, due_at, sent_at, done_at, tries, created_at) VALUES ('t','lately',0,0,?,1,0), ('t','open since long',1,0,0,1,0)", at(time.Hour))
		n.do("INSERT INTO notices (organisation_id, person_id, code, subject, once, args, at, read_at) VALUES (1,1,'c','s','a','{}',0,?), (1,1,'c','s','b','{}',0,?), (1,1,'c','s','c','{}',0,0)", at(year), at(month))
		n.do("INSERT INTO upload_budgets (person_id, day, bytes) VALUES (1,'2026-03-10',5), (1,'2026-03-12',5)")

		attached, shown, orphan, page, oldPage := n.put("application/pdf", "附件"), n.put("image/png", "图"), n.put("application/pdf", "没有人用"), n.put("text/html", "网页"), n.put("text/html", "旧网页")
		public := n.put("application/pdf", "公开的附件")
		for no := range 250 {
			n.revision(no+1, "<p>文</p>", "{}")
		}
		n.revision(251, `<p><img src="/blob/`+shown+`" alt=""></p>`, `{"attachments":[{"hash":"`+attached+`"}]}`)
		for no := range 250 {
			n.revision(no+252, "<p>文</p>", "{}")
		}
		n.do("INSERT INTO site_pages (path, organisation_id, section_slug, manuscript_id, publication_id, revision_no, content_hash, artefact, title, summary, index_no, doc_no, doc_date, published_at, revised_at, gone_at, gone_reason, version) VALUES ('/a',1,'',1,1,1,'',?,'','','','','',0,0,5,'',1)", page)
		n.do("INSERT INTO site_files (manuscript_id, hash, name, media_type, size) VALUES (1,?,'a.pdf','application/pdf',1)", public)

		once() // 09:00: the first night is to come
		clock.Advance(16 * time.Hour)
		fresh := n.put("application/pdf", "今天传的")
		once() // 01:00
		if n.count("sessions") != 5 || !n.has(orphan) || n.count("audit_entries") != 0 {
			t.Error("something was removed before the hour")
		}
		clock.Advance(90 * time.Minute)
		once() // 02:30: everything but fresh is less than a day old
		if !n.has(orphan) || n.count("sessions") != 3 || n.count("outbox") != 2 || n.count("notices") != 2 || n.count("upload_budgets") != 1 {
			t.Errorf("after the first night: %d sessions, %d messages, %d notices", n.count("sessions"), n.count("outbox"), n.count("notices"))
		}
		clock.Advance(24 * time.Hour)
		once()
		once()
		for what, c := range map[string]struct {
			hash string
			kept bool
		}{"an attachment": {attached, true}, "a picture": {shown, true}, "a page": {page, true}, "a public file": {public, true},
			"nobody's": {orphan, false}, "a replaced page": {oldPage, false}, "nobody's, a day later": {fresh, false}} {
			if n.has(c.hash) != c.kept {
				t.Errorf("%s: kept %v", what, !c.kept)
			}
		}
		if n.count("blob_chunks") != 4 || n.count("revisions") != 501 {
			t.Errorf("%d chunks, %d revisions", n.count("blob_chunks"), n.count("revisions"))
		}
		var entries []string
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			return tx.G.Raw("SELECT body FROM audit_entries ORDER BY id").Scan(&entries).Error
		})
		if err != nil || len(entries) != 2 || !strings.Contains(entries[0], "retention.cleaned") || !strings.Contains(entries[0], `"messages":450`) || !strings.Contains(entries[1], `"files":3`) {
			t.Errorf("%v %s", err, entries)
		}
	})
}

func TestSavedMeanwhileKeepsItsFile(t *testing.T) {
	d, clock := dbtest.MySQL(t)
	n := &night{t, d, clock}
	hash := n.put("application/pdf", "刚要用")
	n.revision(1, "", "{}")
	clock.Advance(48 * time.Hour)
	using, saved := make(chan struct{}), make(chan error)
	go func() {
		saved <- d.Write(context.Background(), func(tx *db.Tx) error {
			if _, err := blob.Use(tx, hash); err != nil {
				return err
			}
			close(using)
			for waits, looks := 0, 0; waits == 0 && looks < 5000; looks++ { // until the clean-up waits for the row
				if err := tx.G.Raw("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%blobs%'").Scan(&waits).Error; err != nil {
					return err
				}
			}
			return tx.G.Exec("INSERT INTO revisions (manuscript_id, no, hash, author_id, for_id, step, note, title, body, fields, created_at) VALUES (1,2,'',1,0,'','','','',?,0)", hash).Error
		})
	}()
	<-using
	if err := retain.New(d).Clean(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-saved; err != nil || !n.has(hash) {
		t.Errorf("%v, the file is there: %v", err, n.has(hash))
	}
}

func TestUploadsOfADayAreBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		charge := func(person int64, bytes int) error {
			return d.Write(context.Background(), func(tx *db.Tx) error { return blob.Charge(tx, person, bytes) })
		}
		for range 5 {
			if err := charge(1, blob.Budget/5); err != nil {
				t.Fatal(err)
			}
		}
		err := charge(1, 1)
		if f, ok := fault.From(err); !ok || !f.Is(blob.ErrBudget) {
			t.Errorf("one byte more: %v", err)
		}
		if err := charge(2, 1); err != nil {
			t.Errorf("another person: %v", err)
		}
		clock.Advance(24 * time.Hour)
		if err := charge(1, 1); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}
