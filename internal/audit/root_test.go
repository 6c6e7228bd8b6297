package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func exec(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if err := d.Write(context.Background(), func(tx *db.Tx) error { return tx.G.Exec(sql).Error }); err != nil {
			t.Fatal(err)
		}
	}
}

// checkpoints reads those of an export.
func checkpoints(t *testing.T, export []byte) []audit.Checkpoint {
	t.Helper()
	kept, err := audit.ReadKept(bytes.NewReader(export))
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// TestRootIsGrownOnceAfterAnUpgrade: a long chain whose checkpoints have no root
// gets its tree in bounded steps, and the old checkpoints stay good.
func TestRootIsGrownOnceAfterAnUpgrade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			for i := range 20_500 {
				if err := audit.Record(tx, audit.Entry{OrganisationID: 1, Action: "a", Object: fmt.Sprint(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		seal(t, d, audit.SM3)
		// As the version before left it.
		old := slices.DeleteFunc(checkpoints(t, export(t, d, 1)), func(c audit.Checkpoint) bool { return c.Size != 20_500 })[0]
		old.Root, old.PrevSize = "", 0
		old.Sign(key(1))
		exec(t, d, "DELETE FROM audit_trees", "DROP TRIGGER audit_checkpoints_no_delete", "DELETE FROM audit_checkpoints",
			fmt.Sprintf("INSERT INTO audit_checkpoints (organisation_id, size, prev_size, head, at, key_id, signature) VALUES (1, 20500, 0, '%s', %d, '%s', '%s')", old.Head, db.Micros(old.At), old.KeyID, old.Signature))

		clock.Advance(10 * time.Minute)
		for range 3 {
			if n := len(checkpoints(t, export(t, d, 1))); n != 1 {
				t.Fatalf("%d checkpoints before the tree is grown", n)
			}
			record(t, d, 1, 1)
			seal(t, d, audit.SM3)
		}
		rep, err := audit.Verify(bytes.NewReader(export(t, d, 1)), trust)
		if err != nil || rep.Entries != 20_503 || rep.Checkpoints != 2 || rep.Rooted != 1 {
			t.Errorf("%+v %v", rep, err)
		}
	})
}

func TestSpoiltTreeIsNotBuiltUpon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for _, spoil := range []string{"hashes = REPLACE(hashes, 'a', 'b')", "hashes = 'x'", "size = 3", "size = size + 100", "size = -1"} {
			record(t, d, 1, 5)
			clock.Advance(10 * time.Minute)
			seal(t, d, audit.SHA256)
			exec(t, d, "UPDATE audit_trees SET "+spoil)
		}
		if rep, err := audit.Verify(bytes.NewReader(export(t, d, 1)), trust); err != nil || rep.Rooted != 5 {
			t.Errorf("%+v %v", rep, err)
		}
	})
}

// TestKeptCheckpointsFindWhatWasSignedAnew: with the database and the key a
// record can be rewritten so that it verifies; copies kept elsewhere tell (I23).
func TestKeptCheckpointsFindWhatWasSignedAnew(t *testing.T) {
	year := func(hash string, rounds int) []byte {
		d, clock := dbtest.SQLite(t)
		for i := range rounds {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				return audit.Record(tx, audit.Entry{OrganisationID: 1, PersonID: 7, Action: "review.sign", Object: fmt.Sprint(i), Hash: hash})
			})
			if err != nil {
				t.Fatal(err)
			}
			record(t, d, 1, 2)
			record(t, d, 2, 1)
			clock.Advance(10 * time.Minute)
			seal(t, d, audit.SHA256)
		}
		if hash == "other" {
			return export(t, d, 2)
		}
		return export(t, d, 1)
	}
	good := year("sha256:a", 4)
	kept := checkpoints(t, good)
	verify := func(export []byte, kept ...audit.Checkpoint) (audit.Report, error) {
		return audit.Verify(bytes.NewReader(export), audit.Trust{Keys: trust.Keys, Kept: kept})
	}
	slices.Reverse(kept)
	if rep, err := verify(good, kept...); err != nil || rep.Kept != 4 || rep.KeptTo != 12 {
		t.Errorf("%+v %v", rep, err)
	}
	for what, forged := range map[string][]byte{"rewritten": year("sha256:b", 4), "cut short": year("sha256:a", 3), "another organisation": year("other", 20)} {
		if _, err := verify(forged); err != nil {
			t.Fatalf("%s: the forgery is no good one: %v", what, err)
		}
		if _, err := verify(forged, kept[0]); err == nil {
			t.Errorf("not found: %s", what)
		}
	}
	for what, spoil := range map[string]func(c *audit.Checkpoint){
		"root":         func(c *audit.Checkpoint) { c.Root = strings.Replace(c.Root, c.Root[8:12], "0123", 1) },
		"algorithm":    func(c *audit.Checkpoint) { c.Root = strings.Replace(c.Root, "sha256", "sm3", 1) },
		"unknown":      func(c *audit.Checkpoint) { c.Root = strings.Replace(c.Root, "sha256", "md5", 1) },
		"no hash":      func(c *audit.Checkpoint) { c.Root = "sha256:" },
		"head":         func(c *audit.Checkpoint) { c.Head = kept[1].Head },
		"size":         func(c *audit.Checkpoint) { c.Size-- },
		"size 0":       func(c *audit.Checkpoint) { c.Size = 0 },
		"organisation": func(c *audit.Checkpoint) { c.OrganisationID = 2 },
	} {
		c := kept[0]
		spoil(&c)
		c.Sign(key(1))
		if _, err := verify(good, c); err == nil {
			t.Errorf("a kept checkpoint with another %s agrees", what)
		}
		lines := strings.Split(string(good), "\n")
		b, _ := json.Marshal(map[string]any{"checkpoint": c})
		lines[len(lines)-2] = string(b)
		if _, err := verify([]byte(strings.Join(lines, "\n"))); err == nil {
			t.Errorf("a checkpoint signed with another %s agrees", what)
		}
	}
	stranger := kept[0]
	stranger.Sign(key(2))
	if _, err := verify(good, stranger); err == nil {
		t.Error("a kept checkpoint of a strange key agrees")
	}
}

// TestEveryEntryIsProvedAgainstEveryCheckpoint, and nothing else is.
func TestEveryEntryIsProvedAgainstEveryCheckpoint(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	for i, n := range []int{1, 2, 4, 6} {
		record(t, d, 1, n)
		clock.Advance(10 * time.Minute)
		seal(t, d, []audit.Algorithm{audit.SHA256, audit.SM3}[i%2])
	}
	record(t, d, 1, 1)
	seal(t, d, audit.SM3)
	file := export(t, d, 1)
	kept := checkpoints(t, file)
	prove := func(seq, size int64) (audit.Proof, error) {
		return audit.Prove(bytes.NewReader(file), trust, seq, size)
	}
	for seq := int64(1); seq <= 14; seq++ {
		for _, c := range append(kept, audit.Checkpoint{}) {
			p, err := prove(seq, c.Size)
			if seq > 13 || c.Size > 0 && c.Size < seq {
				if err == nil {
					t.Errorf("entry %d is proved by the checkpoint of %d", seq, c.Size)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			b, _ := json.Marshal(p)
			var read audit.Proof
			if err := json.Unmarshal(b, &read); err != nil {
				t.Fatal(err)
			}
			if e, err := read.Verify(audit.Trust{Keys: trust.Keys, Kept: kept}); err != nil || e.PersonID != 7 || c.Size != 0 && p.Checkpoint.Size != c.Size {
				t.Errorf("entry %d of %d: %+v %v", seq, c.Size, e, err)
			}
		}
	}
	if _, err := prove(15, 0); err == nil {
		t.Error("an entry that is not there is proved")
	}
	if _, err := prove(1, 5); err == nil {
		t.Error("a checkpoint that is not there proves")
	}

	p, err := prove(5, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := prove(6, 0)
	for what, spoil := range map[string]func(p *audit.Proof){
		"body": func(p *audit.Proof) {
			p.Entry.Body = strings.Replace(p.Entry.Body, `"person_id":7`, `"person_id":8`, 1)
		},
		"no body":      func(p *audit.Proof) { p.Entry.Body = "" },
		"seq":          func(p *audit.Proof) { p.Entry.Seq++ },
		"seq 0":        func(p *audit.Proof) { p.Entry.Seq = 0 },
		"prev":         func(p *audit.Proof) { p.Entry.Prev = other.Entry.Prev },
		"algorithm":    func(p *audit.Proof) { p.Entry.Algorithm = audit.SM3 },
		"organisation": func(p *audit.Proof) { p.Entry.Org = 2 },
		"entry":        func(p *audit.Proof) { p.Entry = other.Entry },
		"longer path":  func(p *audit.Proof) { p.Path = append(p.Path, p.Path[0]) },
		"shorter path": func(p *audit.Proof) { p.Path = p.Path[1:] },
		"other path":   func(p *audit.Proof) { p.Path = other.Path },
		"broken path":  func(p *audit.Proof) { p.Path[0] = "x" },
		"checkpoint":   func(p *audit.Proof) { p.Checkpoint = kept[2] },
		"rootless":     func(p *audit.Proof) { p.Checkpoint.Root = ""; p.Checkpoint.Sign(key(1)) },
		"signature":    func(p *audit.Proof) { p.Checkpoint.Signature = kept[0].Signature },
		"key":          func(p *audit.Proof) { p.Checkpoint.Sign(key(2)) },
		"no key":       func(p *audit.Proof) { p.Key = "" },
	} {
		c := p
		c.Path = slices.Clone(p.Path)
		spoil(&c)
		if _, err := c.Verify(trust); err == nil {
			t.Errorf("a proof with another %s holds", what)
		}
	}
	if _, err := p.Verify(audit.Trust{Keys: []ed25519.PublicKey{key(2).Public().(ed25519.PublicKey)}}); err == nil {
		t.Error("a strange key is trusted")
	}
	if _, err := p.Verify(audit.Trust{Keys: trust.Keys, Kept: kept[:3]}); err == nil {
		t.Error("a checkpoint that was not kept is believed")
	}
}
