package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Trust is what the reader of an export brings along, from elsewhere than the
// export.
type Trust struct {
	// Keys are the office's: the export's must be among them. Without any an
	// export can only be called consistent. Keys of earlier years check the
	// checkpoints they signed.
	Keys []ed25519.PublicKey
	// Kept are checkpoints copied out of earlier exports. The chain must still
	// pass through each: this finds what was rewritten and signed anew by
	// somebody with the database and the key.
	Kept []Checkpoint
}

// keys are the trusted ones and the one a file brings along, by id; they answer
// also the id of that one.
func (t Trust) keys(text string) (map[string]ed25519.PublicKey, string, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, "", errors.New("bad key")
	}
	key := ed25519.PublicKey(b)
	if len(t.Keys) > 0 && !slices.ContainsFunc(t.Keys, func(k ed25519.PublicKey) bool { return key.Equal(k) }) {
		return nil, "", fmt.Errorf("it is signed with key %s, which is not trusted", KeyID(key))
	}
	keys := map[string]ed25519.PublicKey{}
	for _, k := range append(slices.Clone(t.Keys), key) {
		keys[KeyID(k)] = k
	}
	return keys, KeyID(key), nil
}

// ReadKept reads kept checkpoints, one a line, alone or as they stand in an
// export; an older export is taken whole.
func ReadKept(r io.Reader) ([]Checkpoint, error) {
	var kept []Checkpoint
	for d := json.NewDecoder(r); ; {
		var raw json.RawMessage
		if err := d.Decode(&raw); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		var l line
		var c Checkpoint
		if err := errors.Join(json.Unmarshal(raw, &l), json.Unmarshal(raw, &c)); err != nil {
			return nil, err
		}
		if l.Checkpoint != nil {
			c = *l.Checkpoint
		}
		if c.Signature != "" {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return nil, errors.New("the file holds no checkpoint")
	}
	return kept, nil
}

// Report is what Verify found in a good export.
type Report struct {
	OrganisationID int64
	Entries        int64
	Checkpoints    int
	Rooted         int   // checkpoints with a Merkle root
	Kept           int   // kept checkpoints, all agreeing
	KeptTo         int64 // entries the last of them covers
	Head           string
	Last           time.Time
	Key            string
}

// clockTolerance is how far back an entry's moment may lie behind the one
// before it: entries are chained in the order they become visible.
const clockTolerance = 2 * time.Minute

// Verify reads an export and answers the first thing that is wrong: a changed,
// missing, added, swapped or moved entry, or a checkpoint, of the export or
// kept, that is not signed by a known key or disagrees with the chain or its
// Merkle root. As every checkpoint is held against one chain, each is consistent
// with all the others (I22).
func Verify(r io.Reader, trust Trust) (Report, error) { return verify(r, trust, nil) }

// verify hands each good line to each.
func verify(r io.Reader, trust Trust, each func(line)) (Report, error) {
	v := verifier{trust: trust, prev: genesis, events: map[string]int64{}, kept: slices.Clone(trust.Kept), trees: map[Algorithm]*tree{SHA256: {}, SM3: {}}}
	slices.SortStableFunc(v.kept, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		raw, err := in.ReadBytes('\n')
		if err == io.EOF && len(raw) == 0 {
			break
		}
		if err != nil && err != io.EOF {
			return v.rep, err
		}
		var l line
		bad := json.Unmarshal(raw, &l)
		if bad == nil {
			bad = v.line(l)
		}
		if bad != nil {
			return v.rep, fmt.Errorf("line %d, after entry %d: %w", n, v.rep.Entries, bad)
		}
		if each != nil {
			each(l)
		}
	}
	if v.rep.Key == "" {
		return v.rep, errors.New("the file is not an audit export")
	}
	if len(v.kept) > 0 {
		return v.rep, fmt.Errorf("the kept checkpoint of %d entries is of a longer chain: this one has %d, entries are missing", v.kept[0].Size, v.rep.Entries)
	}
	return v.rep, nil
}

// verifier decodes by itself: of the writer's code it shares the hashes of one
// link and one node, which known answers hold.
type verifier struct {
	rep      Report
	trust    Trust
	keys     map[string]ed25519.PublicKey // by id
	prev     string
	events   map[string]int64
	signedTo int64
	trees    map[Algorithm]*tree
	kept     []Checkpoint // not yet reached, by size
}

func (v *verifier) line(l line) (err error) {
	switch {
	case l.Key != "" && v.rep.Key != "":
		return errors.New("a second key")
	case l.Key != "":
		v.keys, v.rep.Key, err = v.trust.keys(l.Key)
		return err
	case v.rep.Key == "":
		return errors.New("the export does not begin with its key")
	case l.Checkpoint != nil:
		return v.checkpoint(*l.Checkpoint)
	}
	return v.entry(l)
}

func (v *verifier) checkpoint(c Checkpoint) error {
	if c.Size != v.rep.Entries {
		return fmt.Errorf("the checkpoint says %d entries, the chain has %d: entries are missing or misplaced", c.Size, v.rep.Entries)
	}
	if c.PrevSize != v.signedTo {
		return fmt.Errorf("the checkpoint of %d entries follows one of %d, which is not here", c.Size, c.PrevSize)
	}
	if err := v.agrees(c); err != nil {
		return fmt.Errorf("the checkpoint of %d entries %w", c.Size, err)
	}
	v.signedTo = c.Size
	v.rep.Checkpoints++
	if c.Root != "" {
		v.rep.Rooted++
	}
	return nil
}

// agrees holds a checkpoint against the chain so far.
func (v *verifier) agrees(c Checkpoint) error {
	if err := c.check(v.keys); err != nil {
		return err
	}
	if c.OrganisationID != v.rep.OrganisationID {
		return fmt.Errorf("is of organisation %d", c.OrganisationID)
	}
	if c.Head != v.prev {
		return errors.New("does not agree with the chain")
	}
	if c.Root == "" {
		return nil
	}
	a, want, err := splitRoot(c.Root)
	if err != nil {
		return err
	}
	if got := v.trees[a].root(a); !bytes.Equal(got, want) {
		return fmt.Errorf("does not agree with the Merkle root of the chain, %s", a.rootOf(got))
	}
	return nil
}

// check says whether one of keys signed c.
func (c Checkpoint) check(keys map[string]ed25519.PublicKey) error {
	key, ok := keys[c.KeyID]
	if !ok {
		return fmt.Errorf("has no valid signature: key %s is not known here", c.KeyID)
	}
	sig, err := base64.StdEncoding.DecodeString(c.Signature)
	if err != nil || !ed25519.Verify(key, c.signed(), sig) {
		return errors.New("has no valid signature")
	}
	return nil
}

func splitRoot(root string) (Algorithm, []byte, error) {
	name, text, _ := strings.Cut(root, ":")
	hash, err := hex.DecodeString(text)
	if _, unknown := Algorithm(name).Sum(nil); unknown != nil || err != nil {
		return "", nil, fmt.Errorf("has a root that cannot be read, %q", root)
	}
	return Algorithm(name), hash, nil
}

func (v *verifier) entry(l line) error {
	var e Entry
	if err := json.Unmarshal([]byte(l.Body), &e); err != nil {
		return fmt.Errorf("entry %d cannot be read: %w", l.Seq, err)
	}
	if v.rep.Entries == 0 {
		v.rep.OrganisationID = l.Org
	}
	if l.Seq != v.rep.Entries+1 {
		return fmt.Errorf("entry %d follows entry %d", l.Seq, v.rep.Entries)
	}
	if l.Org != v.rep.OrganisationID || e.OrganisationID != l.Org {
		return fmt.Errorf("entry %d belongs to another organisation", l.Seq)
	}
	if l.Prev != v.prev {
		return fmt.Errorf("entry %d does not continue the chain", l.Seq)
	}
	want, err := linkHash(l.Algorithm, l.Org, l.Seq, l.Prev, l.Body)
	if err != nil {
		return fmt.Errorf("entry %d: %w", l.Seq, err)
	}
	if want != l.Hash {
		return fmt.Errorf("entry %d was changed: its hash is %s, the chain says %s", l.Seq, want, l.Hash)
	}
	if first, again := v.events[e.EventID]; again {
		return fmt.Errorf("entry %d repeats entry %d", l.Seq, first)
	}
	if e.At.Before(v.rep.Last.Add(-clockTolerance)) {
		return fmt.Errorf("entry %d is dated %s, before its predecessor", l.Seq, e.At)
	}
	v.events[e.EventID] = l.Seq
	v.prev = l.Hash
	v.rep.Entries, v.rep.Head = l.Seq, l.Hash
	if e.At.After(v.rep.Last) {
		v.rep.Last = e.At
	}
	leaf, _ := hex.DecodeString(l.Hash) // equals what linkHash answered
	for a, t := range v.trees {
		t.add(a, leaf)
	}
	for len(v.kept) > 0 && v.kept[0].Size <= l.Seq {
		c := v.kept[0]
		if err := v.agrees(c); err != nil {
			return fmt.Errorf("the kept checkpoint of %d entries %w", c.Size, err)
		}
		v.kept, v.rep.KeptTo = v.kept[1:], c.Size
		v.rep.Kept++
	}
	return nil
}

// tree holds the roots of the full subtrees from the left, each larger than the
// next.
type tree struct {
	sizes []int64
	roots [][]byte
}

func (t *tree) add(a Algorithm, leaf []byte) {
	size := int64(1)
	for n := len(t.sizes); n > 0 && t.sizes[n-1] == size; n = len(t.sizes) {
		leaf, size = a.node(t.roots[n-1], leaf), 2*size
		t.sizes, t.roots = t.sizes[:n-1], t.roots[:n-1]
	}
	t.sizes, t.roots = append(t.sizes, size), append(t.roots, leaf)
}

func (t *tree) root(a Algorithm) []byte {
	var root []byte
	for i, r := range slices.Backward(t.roots) {
		if i == len(t.roots)-1 {
			root = r
		} else {
			root = a.node(r, root)
		}
	}
	return root
}
