package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"gongkai/internal/audit"
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
	if _, err := sealer(2).Once(context.Background()); err != nil {
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
