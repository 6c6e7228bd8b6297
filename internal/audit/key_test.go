package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

// TestAnotherKeySignsOnlyWhenAsked: two keys at once make a record nobody can
// verify; a key that took over makes one that verifies with both.
func TestAnotherKeySignsOnlyWhenAsked(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	sealer := func(n byte) *audit.Sealer {
		s, err := audit.NewSealer(d, audit.SHA256, key(n), "test")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	public := func(n byte) ed25519.PublicKey { return key(n).Public().(ed25519.PublicKey) }
	may := func(n byte, replaces string, want bool) {
		t.Helper()
		if err := sealer(n).CheckKey(context.Background(), replaces); (err == nil) != want {
			t.Errorf("key %d, replacing %q: %v", n, replaces, err)
		}
	}
	may(2, "", true) // nothing is signed yet
	record(t, d, 1, 2)
	record(t, d, 2, 1)
	seal(t, d, audit.SHA256)
	may(1, "", true)
	may(2, "", false)
	may(2, audit.KeyID(public(3)), false)
	if err := sealer(2).CheckKey(context.Background(), ""); err == nil || !strings.Contains(err.Error(), audit.KeyID(public(1))) {
		t.Errorf("the refusal does not name the key: %v", err)
	}
	may(2, audit.KeyID(public(1)), true)

	clock.Advance(10 * time.Minute)
	record(t, d, 1, 2)
	other := sealer(2)
	if _, err := other.Once(context.Background()); err == nil {
		t.Error("a key signed that was not asked to take over")
	}
	if err := other.CheckKey(context.Background(), audit.KeyID(public(1))); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Once(context.Background()); err != nil {
		t.Fatal(err)
	}
	may(2, "", true)
	may(1, "", false)
	var b bytes.Buffer
	if err := audit.Export(context.Background(), d, 1, public(2), &b); err != nil {
		t.Fatal(err)
	}
	for want, keys := range map[bool][]ed25519.PublicKey{false: {public(2)}, true: {public(2), public(1)}} {
		if rep, err := audit.Verify(bytes.NewReader(b.Bytes()), audit.Trust{Keys: keys}); (err == nil) != want {
			t.Errorf("%d keys: %+v %v", len(keys), rep, err)
		}
	}
}

// Two nodes may begin with an empty database and a key each: one of them signs.
func TestOfTwoKeysOnAnEmptyDatabaseOneSigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		nodes := make([]*audit.Sealer, 2)
		for i := range nodes {
			var err error
			if nodes[i], err = audit.NewSealer(d, audit.SHA256, key(byte(i+1)), "node"); err == nil {
				err = nodes[i].CheckKey(ctx, "")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		record(t, d, 1, 1)
		record(t, d, 2, 1)
		if _, err := nodes[0].Once(ctx); err != nil {
			t.Fatal(err)
		}
		record(t, d, 3, 1)
		if _, err := nodes[1].Once(ctx); err == nil || !strings.Contains(err.Error(), "audit.key_file") {
			t.Errorf("the second node signs as well: %v", err)
		}
		if n, err := nodes[0].Once(ctx); err != nil || n != 1 {
			t.Errorf("what the second node refused: %d %v", n, err)
		}
	})
}
