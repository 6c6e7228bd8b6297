package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func key(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

var trust = audit.Trust{Keys: []ed25519.PublicKey{key(1).Public().(ed25519.PublicKey)}}

func record(t *testing.T, d *db.DB, org int64, n int) {
	t.Helper()
	for i := range n {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			return audit.Record(tx, audit.Entry{OrganisationID: org, PersonID: 7, Action: "review.approve", Object: fmt.Sprintf("manuscript:%d", i), Hash: "sha256:x"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func seal(t *testing.T, d *db.DB, alg audit.Algorithm) int {
	t.Helper()
	s, err := audit.NewSealer(d, alg, key(1), "test")
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Once(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func export(t *testing.T, d *db.DB, org int64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := audit.Export(context.Background(), d, org, key(1).Public().(ed25519.PublicKey), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSealedChainVerifiesPerOrganisation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		record(t, d, 1, 5)
		record(t, d, 2, 3)
		if n := seal(t, d, audit.SHA256); n != 8 {
			t.Errorf("sealed %d", n)
		}
		clock.Advance(10 * time.Minute)
		record(t, d, 1, 4)
		if n := seal(t, d, audit.SM3); n != 4 {
			t.Errorf("sealed %d", n)
		}
		if n := seal(t, d, audit.SM3); n != 0 {
			t.Errorf("sealed %d again", n)
		}
		rep, err := audit.Verify(bytes.NewReader(export(t, d, 1)), trust)
		if err != nil || rep.Entries != 9 || rep.Checkpoints != 2 || rep.Rooted != 2 || rep.OrganisationID != 1 {
			t.Errorf("%+v %v", rep, err)
		}
		if rep, err := audit.Verify(bytes.NewReader(export(t, d, 2)), audit.Trust{}); err != nil || rep.Entries != 3 {
			t.Errorf("%+v %v", rep, err)
		}
	})
}

func TestManySealersLinkEachEntryOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		record(t, d, 1, 40)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				s, err := audit.NewSealer(d, audit.SHA256, key(1), fmt.Sprint("node", i))
				if err == nil {
					_, err = s.Once(context.Background())
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if rep, err := audit.Verify(bytes.NewReader(export(t, d, 1)), audit.Trust{}); err != nil || rep.Entries != 40 {
			t.Errorf("%+v %v", rep, err)
		}
	})
}

// TestVerifierFindsEveryManipulation is I23: whatever is done to an export, the
// verifier says so.
func TestVerifierFindsEveryManipulation(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	for range 3 {
		record(t, d, 1, 6)
		record(t, d, 2, 2)
		clock.Advance(10 * time.Minute)
		seal(t, d, audit.SHA256)
	}
	good := strings.Split(strings.TrimSuffix(string(export(t, d, 1)), "\n"), "\n")
	other := strings.Split(strings.TrimSuffix(string(export(t, d, 2)), "\n"), "\n")
	check := func(lines []string) error {
		_, err := audit.Verify(strings.NewReader(strings.Join(lines, "\n")+"\n"), trust)
		return err
	}
	if err := check(good); err != nil {
		t.Fatal(err)
	}
	tried := 0
	refuse := func(what string, lines []string) {
		t.Helper()
		tried++
		if check(lines) == nil {
			t.Errorf("not found: %s", what)
		}
	}
	edit := func(i int, change func(m map[string]any)) []string {
		var m map[string]any
		if err := json.Unmarshal([]byte(good[i]), &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		b, _ := json.Marshal(m)
		out := slices.Clone(good)
		out[i] = string(b)
		return out
	}
	for i := 1; i < len(good); i++ {
		last := i == len(good)-1
		if !last { // the tail after the last checkpoint is what only the next checkpoint covers
			refuse(fmt.Sprintf("deleted line %d", i), slices.Delete(slices.Clone(good), i, i+1))
		}
		if i+1 < len(good) {
			swapped := slices.Clone(good)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			refuse(fmt.Sprintf("swapped %d", i), swapped)
		}
		refuse(fmt.Sprintf("inserted twice %d", i), slices.Insert(slices.Clone(good), i, good[i]))
		if !strings.Contains(good[i], `"body"`) {
			for _, f := range []string{"size", "head", "at", "key_id", "signature", "organisation_id", "root"} {
				refuse(fmt.Sprintf("checkpoint %d %s", i, f), edit(i, func(m map[string]any) {
					c := m["checkpoint"].(map[string]any)
					switch v := c[f].(type) {
					case float64:
						c[f] = v + 1
					case string:
						c[f] = "0" + v[1:]
						if v[0] == '0' {
							c[f] = "1" + v[1:]
						}
					}
				}))
			}
			continue
		}
		for _, f := range []string{"seq", "organisation_id", "algorithm", "prev", "hash", "body"} {
			refuse(fmt.Sprintf("changed %s of %d", f, i), edit(i, func(m map[string]any) {
				switch v := m[f].(type) {
				case float64:
					m[f] = v + 1
				case string:
					m[f] = strings.Replace(v, v[len(v)/2:len(v)/2+1], "~", 1)
				}
			}))
		}
		refuse(fmt.Sprintf("moved in from another organisation at %d", i), slices.Insert(slices.Clone(good), i, other[1]))
	}
	refuse("re-chained after a change", rechain(t, good))
	forged := slices.Clone(good)
	forged[0] = fmt.Sprintf(`{"key":%q}`, base64.StdEncoding.EncodeToString(key(2).Public().(ed25519.PublicKey)))
	refuse("another key", forged)
	refuse("no key", good[1:])
	refuse("truncated before the last checkpoint", append(slices.Clone(good[:len(good)-4]), good[len(good)-1]))
	t.Logf("%d manipulations, all found", tried)
}

// rechain changes the third entry and links everything after it anew, as
// somebody with the database but without the key could.
func rechain(t *testing.T, lines []string) []string {
	t.Helper()
	out := slices.Clone(lines)
	prev := ""
	for i, raw := range out {
		var m map[string]any
		if err := json.Unmarshal([]byte(raw), &m); err != nil {
			t.Fatal(err)
		}
		if m["body"] == nil {
			continue
		}
		if i == 3 {
			m["body"] = strings.Replace(m["body"].(string), `"person_id":7`, `"person_id":8`, 1)
		}
		if i > 3 {
			m["prev"] = prev
		}
		hash, err := audit.LinkHash(audit.SHA256, int64(m["organisation_id"].(float64)), int64(m["seq"].(float64)), m["prev"].(string), m["body"].(string))
		if err != nil {
			t.Fatal(err)
		}
		m["hash"], prev = hash, hash
		b, _ := json.Marshal(m)
		out[i] = string(b)
	}
	return out
}

func TestListIsNewestFirstAndNarrowed(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	record(t, d, 1, 3)
	record(t, d, 2, 3)
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		all, err := audit.List(tx, audit.Query{OrganisationID: 1})
		if err != nil || len(all) != 3 || all[0].Object != "manuscript:2" || all[0].Result != "done" {
			t.Errorf("%v %v", all, err)
		}
		one, err := audit.List(tx, audit.Query{OrganisationID: 1, Object: "manuscript:1"})
		if err != nil || len(one) != 1 {
			t.Errorf("%v %v", one, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
