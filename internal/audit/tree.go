package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/transparency-dev/merkle/compact"

	"gongkai/internal/db"
)

// A chain is also the leaves of a Merkle tree after RFC 6962: a checkpoint signs
// the root, so one entry can be proved without the others, and a longer record
// can be held against an older root. The leaf is the link's hash: like a leaf
// hash of the RFC it is over a zero byte first, its data being organisation,
// sequence, the hash before and the body. Nodes use the sealer's algorithm,
// which the root names ("sm3:…"); when the setting changes, the tree is grown
// anew over the same leaves.

// node is H(0x01 ‖ left ‖ right).
func (a Algorithm) node(left, right []byte) []byte {
	sum, _ := a.Sum(append(append([]byte{1}, left...), right...)) // NewSealer and the verifier refuse unknown names
	return sum[:]
}

func (a Algorithm) rootOf(hash []byte) string { return string(a) + ":" + hex.EncodeToString(hash) }

// treeBatch bounds what one transaction reads. It is above what comes between
// two checkpoints, so only the first after an upgrade, or after a change of
// algorithm, waits for several.
const treeBatch = 10_000

// grow adds leaves to the stored tree of head's chain and answers its root, or
// "" while it has not reached head.
func (s *Sealer) grow(tx *db.Tx, head linkRow, signed checkpointRow) (string, error) {
	row, err := storedTree(tx, head.OrganisationID, s.alg)
	if err != nil {
		return "", err
	}
	f := compact.RangeFactory{Hash: s.alg.node}
	tree, root, err := row.tree(&f)
	// A stored tree that is not the signed one is not built upon.
	if err != nil || row.Size == signed.Size && strings.HasPrefix(signed.Root, s.alg.rootOf(nil)) && s.alg.rootOf(root) != signed.Root {
		tree = f.NewEmptyRange(0)
	}
	leaves, err := linkHashes(tx, head.OrganisationID, int64(tree.End()), treeBatch)
	if err != nil {
		return "", err
	}
	for _, leaf := range leaves {
		b, err := hex.DecodeString(leaf)
		if err != nil {
			return "", err
		}
		if err := tree.Append(b, nil); err != nil {
			return "", err
		}
	}
	row = treeRow{head.OrganisationID, string(s.alg), int64(tree.End()), hex.EncodeToString(bytes.Join(tree.Hashes(), nil))}
	if err := storeTree(tx, row); err != nil || row.Size != head.Seq {
		return "", err
	}
	root, err = tree.GetRootHash(nil)
	return s.alg.rootOf(root), err
}

func (r treeRow) tree(f *compact.RangeFactory) (*compact.Range, []byte, error) {
	b, err := hex.DecodeString(r.Hashes)
	if err != nil {
		return nil, nil, err
	}
	tree, err := f.NewRange(0, uint64(r.Size), slices.Collect(slices.Chunk(b, sha256.Size)))
	if err != nil {
		return nil, nil, err
	}
	root, err := tree.GetRootHash(nil)
	return tree, root, err
}
