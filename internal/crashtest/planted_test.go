package crashtest

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/crashtest/checker"
)

// A plant is a fault put into the facts of a sound run, by SQL or by hand, and
// the invariant that must be reported.
type plant struct {
	name string
	want string
	sql  string
	hand func(f *checker.Facts)
}

// Words of the plants' SQL: the manuscripts of the sound run by their fate.
const (
	onlySite   = ` channel = 'website' AND state = 'live' `
	onlyWeChat = ` channel = 'wechat' AND state = 'live' `
	signedRun  = ` (SELECT MIN(run_id) FROM decisions WHERE verdict = 'sign' AND run_id IN (SELECT m.run_id FROM manuscripts m WHERE m.state = 'published')) `
)

var bySQL = []plant{
	{name: "a second live row", want: "I1", sql: `UPDATE publications SET manuscript_id = (SELECT manuscript_id FROM publications WHERE` + onlySite + `ORDER BY id LIMIT 1)
		WHERE id = (SELECT MAX(id) FROM publications WHERE` + onlySite + `)`},
	{name: "no active row", want: "I1", sql: `DELETE FROM active_publications WHERE publication_id = (SELECT MIN(id) FROM publications WHERE` + onlySite + `)`},
	{name: "an active row too many", want: "I1", sql: `INSERT INTO active_publications (manuscript_id, channel, publication_id) SELECT manuscript_id, channel, id FROM publications WHERE state = 'gone' LIMIT 1`},
	{name: "a swapped hash", want: "I14", sql: `UPDATE publications SET hash = (SELECT MAX(r.hash) FROM revisions r WHERE r.hash <> publications.hash) WHERE id = (SELECT MIN(id) FROM publications WHERE` + onlySite + `)`},
	{name: "a text changed after signing", want: "I14", sql: `UPDATE revisions SET body = body || ' ' WHERE id = (SELECT MIN(revision_id) FROM publications WHERE` + onlySite + `)`},
	{name: "a frozen text that differs", want: "I14", sql: `UPDATE publications SET item = REPLACE(item, '43', '44') WHERE id = (SELECT MIN(id) FROM publications WHERE` + onlySite + `)`},
	{name: "a decision on a text nobody wrote", want: "I14", sql: `UPDATE decisions SET hash = 'sha256:00' WHERE step = 'second' AND run_id =` + signedRun},
	{name: "a decision on another text", want: "I3", sql: `UPDATE decisions SET hash = 'sha256:00' WHERE step = 'second' AND run_id =` + signedRun},
	{name: "a missing decision", want: "I15", sql: `DELETE FROM decisions WHERE step = 'second' AND run_id =` + signedRun},
	{name: "no confidentiality review", want: "I3", sql: `DELETE FROM decisions WHERE step = 'confidentiality' AND run_id =` + signedRun},
	{name: "confidentiality not cleared", want: "I3", sql: `UPDATE decisions SET outcome = 'S_NO' WHERE step = 'confidentiality' AND run_id =` + signedRun},
	{name: "no signature", want: "I3", sql: `UPDATE decisions SET verdict = 'approve' WHERE verdict = 'sign' AND run_id =` + signedRun},
	{name: "the drafter as judge", want: "I3", sql: `UPDATE decisions SET person_id = (SELECT MIN(drafter_id) FROM manuscripts) WHERE step = 'third' AND run_id =` + signedRun},
	{name: "steps out of order", want: "I3", sql: `UPDATE decisions SET step = CASE step WHEN 'first' THEN 'third' WHEN 'third' THEN 'first' ELSE step END WHERE run_id =` + signedRun},
	{name: "a withheld item with a publication", want: "I3", sql: `UPDATE manuscripts SET disclosure = 'withheld' WHERE id = (SELECT MIN(manuscript_id) FROM publications WHERE` + onlySite + `)`},
	{name: "an attempt before the signature", want: "I3", sql: `UPDATE publish_attempts SET started_at = 1 WHERE step = 'wechat.submit'`},
	{name: "an attempt after the take-down", want: "I3", sql: `UPDATE publish_attempts SET fence = (SELECT p.fence FROM publications p WHERE p.id = publication_id) WHERE step = 'wechat.submit'`},
	{name: "a take-down by one person", want: "I3", sql: `UPDATE take_downs SET confirmed_by = asked_by`},
	{name: "a publication left waiting", want: "I4", sql: `UPDATE publications SET state = 'waiting' WHERE` + onlyWeChat},
	{name: "a publication left claimed", want: "I4", sql: `UPDATE publications SET state = 'delivering' WHERE` + onlySite},
	{name: "held and nobody told", want: "I4", sql: `UPDATE publications SET state = 'held' WHERE` + onlyWeChat},
	{name: "live over there, cancelled here", want: "I4", sql: `UPDATE publications SET state = 'cancelled' WHERE` + onlyWeChat},
	{name: "a falling fence", want: "I5", sql: `UPDATE publish_attempts SET fence = fence + 1 WHERE step = 'wechat.draft_add'`},
	{name: "gone and live again", want: "I5", sql: `UPDATE publications SET state = 'live' WHERE state = 'gone'`},
	{name: "a call without its attempt row", want: "I6", sql: `DELETE FROM publish_attempts WHERE step = 'wechat.submit' AND id = (SELECT MIN(id) FROM publish_attempts WHERE step = 'wechat.submit')`},
	{name: "an attempt row written after its call", want: "I6", sql: `UPDATE publish_attempts SET started_at = started_at + 60000000 WHERE step = 'wechat.draft_add'`},
	{name: "a delete without its attempt row", want: "I6", sql: `DELETE FROM publish_attempts WHERE step = 'wechat.delete'`},
	{name: "a page not hidden", want: "I8", sql: `UPDATE site_pages SET gone_at = 0`},
	{name: "a page hidden late", want: "I8", sql: `UPDATE site_pages SET gone_at = gone_at + 1 WHERE gone_at > 0`},
	{name: "the page of an older publication", want: "I9", sql: `UPDATE site_pages SET publication_id = 0`},
	{name: "a page released early", want: "I10", sql: `UPDATE site_pages SET published_at = (SELECT publish_at - 1 FROM publications p WHERE p.id = site_pages.publication_id)`},
	{name: "late without an alarm", want: "I10", sql: `UPDATE publications SET live_at = live_at + 600000000 WHERE` + onlySite},
	{name: "another final state", want: "I11", sql: `UPDATE manuscripts SET state = 'signed' WHERE state = 'published'`},
	{name: "an event about nothing", want: "I12", sql: `UPDATE wechat_inbox SET article_id = 'forged' WHERE id = (SELECT MIN(id) FROM wechat_inbox)`},
	{name: "an event stored twice", want: "I12", sql: `INSERT INTO wechat_inbox (account, digest, event, publish_id, article_id, raw, at, used_at) SELECT account, 'x', event, publish_id, article_id, raw, at, used_at FROM wechat_inbox LIMIT 1`},
	{name: "a lost decision", want: "I13", sql: `DELETE FROM decisions WHERE id = (SELECT MAX(d.id) FROM decisions d JOIN manuscripts m ON m.run_id = d.run_id WHERE m.state = 'in_review')`},
	{name: "a decision of somebody else", want: "I13", sql: `UPDATE decisions SET person_id = person_id + 1 WHERE step = 'first' AND run_id =` + signedRun},
	{name: "a lost draft", want: "I13", sql: `DELETE FROM manuscripts WHERE state = 'withdrawn'`},
	{name: "a draft made twice", want: "I13", sql: `UPDATE manuscripts SET id = 999 WHERE state = 'withdrawn'`},
	{name: "an edition made twice", want: "I13", sql: `INSERT INTO revisions (manuscript_id, no, hash, author_id, for_id, step, note, title, body, fields, created_at)
		SELECT manuscript_id, 99, hash, author_id, for_id, step, note, title, body, fields, created_at FROM revisions LIMIT 1`},
	{name: "a take-down asked twice", want: "I13", sql: `UPDATE take_downs SET manuscript_id = (SELECT MIN(manuscript_id) FROM take_downs)`},
	{name: "a lost edit", want: "I13", sql: `DELETE FROM revisions WHERE id = (SELECT revision_id FROM manuscripts WHERE state = 'signed')`},
	{name: "the wrong text and its correction at once", want: "I1", sql: `UPDATE publications SET state = 'live' WHERE manuscript_id IN (SELECT corrects_id FROM corrections)`},
	{name: "a correction that is forgotten", want: "I4", sql: `UPDATE publications SET state = 'planned' WHERE channel = 'wechat' AND manuscript_id IN (SELECT manuscript_id FROM corrections)`},
	{name: "a corrected page that stayed", want: "I8", sql: `UPDATE site_pages SET gone_at = 0 WHERE gone_reason = 'corrected'`},
	{name: "a correction of something else", want: "I14", sql: `UPDATE revisions SET fields = REPLACE(fields, '应为43条', '应为44条') WHERE manuscript_id IN (SELECT manuscript_id FROM corrections)`},
	{name: "a lost take-down", want: "I13", sql: `DELETE FROM take_downs`},
	{name: "a decision the record does not know", want: "I21", sql: `INSERT INTO decisions (run_id, n, round, step, verdict, target, gate, note, outcome, ground, checklist, person_id, for_id, hash, new_hash, at)
		SELECT run_id, n + 1, round, step, verdict, target, gate, note, outcome, ground, checklist, person_id, for_id, hash, new_hash, at FROM decisions ORDER BY run_id DESC, n DESC LIMIT 1`},
	{name: "an uncleared text in the record", want: "I24", sql: `UPDATE audit_entries SET body = body || (SELECT r.body FROM revisions r JOIN manuscripts m ON m.revision_id = r.id WHERE m.state = 'in_review') WHERE id = 1`},
	{name: "an entry the export lacks", want: "I22", sql: `UPDATE audit_entries SET event_id = 'another' WHERE id = (SELECT MAX(id) FROM audit_entries WHERE action = 'review.sign')`},
}

var byHand = []plant{
	{name: "a second article", want: "I1", hand: func(f *checker.Facts) { f.Ledger[0].Ever++ }},
	{name: "a second article under another marker", want: "I1", hand: func(f *checker.Facts) {
		twin := f.Ledger[visible(f)]
		twin.Marker += "0"
		f.Ledger = append(f.Ledger, twin)
	}},
	{name: "a page at two addresses", want: "I1", hand: func(f *checker.Facts) { f.Pages["/art/1999/1.html"] = f.Pages[page(f)] }},
	{name: "another body", want: "I2", hand: func(f *checker.Facts) { change(f, page(f), "共 43 条", "共 44 条") }},
	{name: "another hash in the page", want: "I2", hand: func(f *checker.Facts) { change(f, page(f), `data-hash="sha256:`, `data-hash="sha256:0`) }},
	{name: "another article body", want: "I2", hand: func(f *checker.Facts) {
		f.Ledger[0].Copies[0].Content = strings.ReplaceAll(f.Ledger[0].Copies[0].Content, "43", "44")
	}},
	{name: "an unsigned edition seen", want: "I2", hand: func(f *checker.Facts) {
		f.Journal.Seen = append(f.Journal.Seen, checker.Sighting{Path: page(f), At: time.Now(), Status: 200, Hash: "sha256:0"})
	}},
	{name: "a withheld text on the site", want: "I3", hand: func(f *checker.Facts) { f.Pages["/list/"] = checker.Page{Status: 200, Body: textOf(f, "signed")} }},
	{name: "an unsigned title in the feed", want: "I3", hand: func(f *checker.Facts) { f.Pages["/feed.xml"] = checker.Page{Status: 200, Body: textOf(f, "in_review")} }},
	{name: "an unsigned text on the platform", want: "I3", hand: func(f *checker.Facts) { f.Ledger[0].Copies[0].Content += textOf(f, "in_review") }},
	{name: "a withdrawn text in the draft box", want: "I3", hand: func(f *checker.Facts) { f.Drafts = append(f.Drafts, textOf(f, "withdrawn")) }},
	{name: "a withheld text in a publish attempt", want: "I3", hand: func(f *checker.Facts) { f.Attempts[0].Detail = textOf(f, "signed") }},
	{name: "a live page that is not there", want: "I4", hand: func(f *checker.Facts) { f.Pages[page(f)] = checker.Page{Status: 404} }},
	{name: "an article of nobody", want: "I6", hand: func(f *checker.Facts) { f.Ledger[0].Marker = "http://127.0.0.1/elsewhere" }},
	{name: "a repeat without a read", want: "I7", hand: func(f *checker.Facts) {
		for i := range f.Attempts {
			if f.Attempts[i].Step == "wechat.draft_add" {
				f.Attempts[i].Outcome = ""
			}
		}
		f.Requests = slices.DeleteFunc(f.Requests, func(r checker.Request) bool { return r.Reads })
	}},
	{name: "an article after its take-down", want: "I8", hand: func(f *checker.Facts) {
		for i := range f.Ledger {
			f.Ledger[i].Now = 1
		}
	}},
	{name: "a page after its take-down", want: "I8", hand: func(f *checker.Facts) {
		for path, p := range f.Pages {
			if p.Status == 410 {
				f.Pages[path] = checker.Page{Status: 200}
			}
		}
	}},
	{name: "a text taken down, in the search", want: "I8", hand: func(f *checker.Facts) { f.Pages["/search"] = checker.Page{Status: 200, Body: textOf(f, "taken_down")} }},
	{name: "a page that comes back", want: "I8", hand: func(f *checker.Facts) {
		for _, s := range f.Journal.Seen {
			if s.Status == 200 {
				f.Journal.Seen = append(f.Journal.Seen, checker.Sighting{Path: s.Path, Status: 410}, s)
				return
			}
		}
	}},
	{name: "an older edition after a newer", want: "I9", hand: func(f *checker.Facts) {
		for _, s := range f.SitePages {
			if s.RevisionNo == 3 {
				for _, hash := range []string{s.ContentHash, first(f, s.ManuscriptID)} {
					f.Journal.Seen = append(f.Journal.Seen, checker.Sighting{Path: s.Path, At: time.Now(), Status: 200, Hash: hash})
				}
			}
		}
	}},
	{name: "an early article", want: "I10", hand: func(f *checker.Facts) { f.Ledger[0].Copies[0].Since = time.UnixMicro(1) }},
	{name: "a page seen early", want: "I10", hand: func(f *checker.Facts) {
		for i := range f.Journal.Seen {
			f.Journal.Seen[i].At = time.UnixMicro(1)
		}
	}},
	{name: "an answer the tables do not know", want: "I13", hand: func(f *checker.Facts) {
		i := slices.IndexFunc(f.Journal.Acks, func(a checker.Ack) bool { return a.Act == "approve" })
		f.Journal.Acks = append(f.Journal.Acks, f.Journal.Acks[i])
	}},
	{name: "a decision nobody was told of", want: "I13", hand: func(f *checker.Facts) {
		f.Journal.Acks = slices.DeleteFunc(f.Journal.Acks, func(a checker.Ack) bool { return a.Act == "sign" })
	}},
	{name: "a missing audit line", want: "I21", hand: export(func(lines []string) []string {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "review.approve") })
		return slices.Delete(lines, i, i+1)
	})},
	{name: "an audit line twice", want: "I21", hand: export(func(lines []string) []string {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "review.approve") })
		return slices.Insert(lines, i, lines[i])
	})},
	{name: "a changed audit line", want: "I22", hand: export(func(lines []string) []string {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "review.sign") })
		lines[i] = strings.Replace(lines[i], "review.sign", "review.edit", 1)
		return lines
	})},
	{name: "two audit lines swapped", want: "I22", hand: export(func(lines []string) []string {
		lines[5], lines[6] = lines[6], lines[5]
		return lines
	})},
	{name: "a forged checkpoint", want: "I22", hand: export(func(lines []string) []string {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "checkpoint") })
		lines[i] = strings.Replace(lines[i], `"prev_size":0`, `"prev_size":1`, 1)
		return lines
	})},
	{name: "a checkpoint signed over another root", want: "I22", hand: export(func(lines []string) []string {
		key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		lines[0] = fmt.Sprintf("{\"key\":%q}\n", base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)))
		for i, l := range lines {
			if c, ok := strings.CutPrefix(l, `{"checkpoint":`); ok {
				c = strings.Replace(c[:strings.Index(c, `,"signature":`)]+"}", `"root":"sha256:`, `"root":"sha256:00`, 1)
				signature := ed25519.Sign(key, []byte("gongkai audit checkpoint\n"+c))
				lines[i] = fmt.Sprintf("{\"checkpoint\":%s,\"signature\":%q}}\n", strings.TrimSuffix(c, "}"), base64.StdEncoding.EncodeToString(signature))
			}
		}
		return lines
	})},
	{name: "no export", want: "I22", hand: func(f *checker.Facts) { f.Export = nil }},
	{name: "a forbidden edge", want: "I5", hand: export(func(lines []string) []string {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "publish.gone") })
		lines[i] = strings.Replace(lines[i], `\"before\":\"live\"`, `\"before\":\"planned\"`, 1)
		return lines
	})},
	{name: "an uncleared text in the log", want: "I24", hand: func(f *checker.Facts) { f.Logs += textOf(f, "in_review") }},
}

func visible(f *checker.Facts) int {
	return slices.IndexFunc(f.Ledger, func(l checker.Line) bool { return l.Now > 0 })
}

// page is the address of one visible page.
func page(f *checker.Facts) string {
	for _, s := range f.SitePages {
		if s.GoneAt == 0 {
			return s.Path
		}
	}
	return ""
}

func change(f *checker.Facts, path, from, to string) {
	p := f.Pages[path]
	p.Body = strings.Replace(p.Body, from, to, 1)
	f.Pages[path] = p
}

// textOf is a text of a manuscript in a state.
func textOf(f *checker.Facts, state string) string {
	for _, m := range f.Manuscripts {
		for _, r := range f.Revisions {
			if m.State == state && r.ManuscriptID == m.ID && r.Hash == m.Hash {
				return r.Title + r.Body
			}
		}
	}
	return ""
}

func first(f *checker.Facts, manuscript int64) string {
	for _, r := range f.Revisions {
		if r.ManuscriptID == manuscript && r.No == 1 {
			return r.Hash
		}
	}
	return ""
}

func export(f func(lines []string) []string) func(*checker.Facts) {
	return func(facts *checker.Facts) {
		facts.Export = []byte(strings.Join(f(strings.SplitAfter(string(facts.Export), "\n")), ""))
	}
}

func TestCheckerFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	w := start(t, options{driver: "sqlite", seed: 1})
	if err := w.web.start(""); err != nil {
		t.Fatal(err)
	}
	w.round(fates)
	if n := w.judge(quietFor); n > 0 {
		t.Fatalf("the sound run has %d violations", n)
	}
	sound := w.facts()
	w.web.stop()
	for i, p := range append(slices.Clone(bySQL), byHand...) {
		t.Run(strings.ReplaceAll(p.name, " ", "-"), func(t *testing.T) {
			f := copyOf(t, sound)
			if p.sql != "" {
				f.Tables = spoil(t, w, filepath.Join(w.data, fmt.Sprintf("planted-%d.db", i)), p.sql)
			} else {
				p.hand(&f)
			}
			all := checker.Judge(f)
			if !slices.ContainsFunc(all, func(v checker.Violation) bool { return v.ID == p.want }) {
				t.Errorf("not reported as %s, only %v", p.want, all)
			}
		})
	}
	t.Logf("%d faults planted", len(bySQL)+len(byHand))
}

func copyOf(t *testing.T, f checker.Facts) (c checker.Facts) {
	t.Helper()
	b, err := json.Marshal(f)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// spoil runs a statement on a copy of the database that refuses nothing, and
// reads that.
func spoil(t *testing.T, w *World, path, statement string) checker.Tables {
	t.Helper()
	from := w.open("")
	defer from.Close()
	if _, err := from.Exec("VACUUM INTO ?", path); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"revisions", "decisions", "audit_entries", "audit_links"} {
		for _, verb := range []string{"update", "delete"} {
			if _, err := db.Exec("DROP TRIGGER " + table + "_no_" + verb); err != nil {
				t.Fatal(err)
			}
		}
	}
	res, err := db.Exec(statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		t.Fatal("the plant changed nothing")
	}
	tables, err := checker.Read(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}
