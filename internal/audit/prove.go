package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/transparency-dev/merkle"
	"github.com/transparency-dev/merkle/proof"
)

// Proof shows that one entry is in the chain a checkpoint signs, without any of
// the other entries.
type Proof struct {
	Key        string     `json:"key"` // Ed25519 public key, base64
	Entry      line       `json:"entry"`
	Path       []string   `json:"path"` // hashes beside the way to the root, hexadecimal (RFC 6962, 2.1.1)
	Checkpoint Checkpoint `json:"checkpoint"`
}

// Prove verifies an export and proves entry seq of it, against the checkpoint of
// size entries, or the last one when size is 0.
func Prove(r io.Reader, trust Trust, seq, size int64) (Proof, error) {
	var p Proof
	var leaves [][]byte
	_, err := verify(r, trust, func(l line) {
		switch c := l.Checkpoint; {
		case l.Key != "":
			p.Key = l.Key
		case c == nil:
			leaf, _ := hex.DecodeString(l.Hash)
			leaves = append(leaves, leaf)
			if l.Seq == seq {
				p.Entry = l
			}
		case c.Root != "" && c.Size >= seq && (size == 0 || size == c.Size):
			p.Checkpoint = *c
		}
	})
	if err != nil {
		return Proof{}, err
	}
	if p.Entry.Seq == 0 {
		return Proof{}, fmt.Errorf("entry %d is not in the export, which has %d", seq, len(leaves))
	}
	if p.Checkpoint.Size == 0 {
		return Proof{}, fmt.Errorf("no checkpoint with a Merkle root covers entry %d yet: one follows within %s of an entry", seq, checkpointAfter)
	}
	a, _, err := splitRoot(p.Checkpoint.Root)
	if err != nil {
		return Proof{}, err
	}
	ids, err := proof.Inclusion(uint64(seq-1), uint64(p.Checkpoint.Size))
	if err != nil {
		return Proof{}, err
	}
	hashes := make([][]byte, len(ids.IDs))
	for i, id := range ids.IDs {
		begin, end := id.Coverage()
		var t tree
		for _, leaf := range leaves[begin:end] {
			t.add(a, leaf)
		}
		hashes[i] = t.root(a)
	}
	if hashes, err = ids.Rehash(hashes, a.node); err != nil {
		return Proof{}, err
	}
	for _, h := range hashes {
		p.Path = append(p.Path, hex.EncodeToString(h))
	}
	return p, nil
}

// Verify says whether the entry is in the chain that the checkpoint signs, and
// answers it. With kept checkpoints the proof's must be one of them.
func (p Proof) Verify(trust Trust) (Entry, error) {
	var e Entry
	keys, _, err := trust.keys(p.Key)
	if err != nil {
		return e, err
	}
	c := p.Checkpoint
	if err := c.check(keys); err != nil {
		return e, fmt.Errorf("the checkpoint of %d entries %w", c.Size, err)
	}
	if len(trust.Kept) > 0 && !slices.ContainsFunc(trust.Kept, func(k Checkpoint) bool { return bytes.Equal(k.signed(), c.signed()) }) {
		return e, fmt.Errorf("the checkpoint of %d entries is none of those kept", c.Size)
	}
	if err := json.Unmarshal([]byte(p.Entry.Body), &e); err != nil {
		return e, fmt.Errorf("the entry cannot be read: %w", err)
	}
	if p.Entry.Org != c.OrganisationID || e.OrganisationID != c.OrganisationID {
		return e, fmt.Errorf("the entry is not of organisation %d, whose checkpoint this is", c.OrganisationID)
	}
	a, root, err := splitRoot(c.Root)
	if err != nil {
		return e, fmt.Errorf("the checkpoint of %d entries %w", c.Size, err)
	}
	text, err := linkHash(p.Entry.Algorithm, p.Entry.Org, p.Entry.Seq, p.Entry.Prev, p.Entry.Body)
	if err != nil {
		return e, fmt.Errorf("the entry: %w", err)
	}
	leaf, _ := hex.DecodeString(text)
	path := make([][]byte, len(p.Path))
	for i, h := range p.Path {
		if path[i], err = hex.DecodeString(h); err != nil {
			return e, fmt.Errorf("the path: %w", err)
		}
	}
	if err := proof.VerifyInclusion(nodes{a: a}, uint64(p.Entry.Seq-1), uint64(c.Size), leaf, path, root); err != nil {
		return e, fmt.Errorf("entry %d is not in the chain of %d entries that the checkpoint signs", p.Entry.Seq, c.Size)
	}
	return e, nil
}

// nodes is what the proof needs of a hasher; its leaves are hashed already.
type nodes struct {
	merkle.LogHasher
	a Algorithm
}

func (n nodes) HashChildren(l, r []byte) []byte { return n.a.node(l, r) }
func (n nodes) Size() int                       { return sha256.Size }
