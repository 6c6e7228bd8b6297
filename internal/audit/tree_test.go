package audit

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/testonly"
)

// TestRootsAreThoseOfTheRFC: both trees, the sealer's and the verifier's, answer
// the roots every RFC 6962 log answers for these leaves.
func TestRootsAreThoseOfTheRFC(t *testing.T) {
	f := compact.RangeFactory{Hash: SHA256.node}
	grown, own := f.NewEmptyRange(0), tree{}
	for i, data := range testonly.LeafInputs() {
		leaf := sha256.Sum256(append([]byte{0}, data...))
		if err := grown.Append(leaf[:], nil); err != nil {
			t.Fatal(err)
		}
		own.add(SHA256, leaf[:])
		root, err := grown.GetRootHash(nil)
		if want := testonly.RootHashes()[i+1]; err != nil || !bytes.Equal(root, want) || !bytes.Equal(own.root(SHA256), want) {
			t.Errorf("%d leaves: %x and %x, want %x: %v", i+1, root, own.root(SHA256), want, err)
		}
	}
}

// TestOldCheckpointsKeepTheirSignedBytes: what was signed before there were
// roots must verify for ever.
func TestOldCheckpointsKeepTheirSignedBytes(t *testing.T) {
	c := Checkpoint{OrganisationID: 1, Size: 1000, PrevSize: 7, Head: genesis, At: time.Date(2025, 12, 31, 16, 0, 0, 1000, time.UTC), KeyID: "0011223344556677", Signature: "x"}
	want := `gongkai audit checkpoint
{"organisation_id":1,"size":1000,"prev_size":7,"head":"` + genesis + `","at":"2025-12-31T16:00:00.000001Z","key_id":"0011223344556677"}`
	if got := string(c.signed()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
