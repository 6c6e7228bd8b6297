package audit

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"gongkai/internal/db"
)

// line is one line of an export: the key first, then links and checkpoints of
// one organisation in the order of the chain.
type line struct {
	Key        string      `json:"key,omitempty"` // Ed25519 public key, base64
	Seq        int64       `json:"seq,omitempty"`
	Org        int64       `json:"organisation_id,omitempty"`
	Algorithm  Algorithm   `json:"algorithm,omitempty"`
	Prev       string      `json:"prev,omitempty"`
	Hash       string      `json:"hash,omitempty"`
	Body       string      `json:"body,omitempty"` // exactly the hashed bytes
	Checkpoint *Checkpoint `json:"checkpoint,omitempty"`
}

// Export writes an organisation's sealed chain as NDJSON that Verify reads
// without a database.
func Export(ctx context.Context, d *db.DB, organisation int64, key ed25519.PublicKey, w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line{Key: base64.StdEncoding.EncodeToString(key)}); err != nil {
		return err
	}
	var points []checkpointRow
	if err := d.Read(ctx, func(tx *db.Tx) (err error) { points, err = checkpoints(tx, organisation); return err }); err != nil {
		return err
	}
	var seq int64
	for {
		var rows []sealedRow
		if err := d.Read(ctx, func(tx *db.Tx) (err error) { rows, err = sealedAfter(tx, organisation, seq, 1000); return err }); err != nil {
			return err
		}
		for _, r := range rows {
			err := enc.Encode(line{Seq: r.Seq, Org: organisation, Algorithm: Algorithm(r.Algorithm), Prev: r.Prev, Hash: r.Hash, Body: r.Body})
			if err != nil {
				return err
			}
			seq = r.Seq
			for len(points) > 0 && points[0].Size <= seq {
				p := points[0]
				points = points[1:]
				c := Checkpoint{organisation, p.Size, p.PrevSize, p.Head, db.Time(p.At), p.KeyID, p.Signature}
				if err := enc.Encode(line{Checkpoint: &c}); err != nil {
					return err
				}
			}
		}
		if len(rows) == 0 {
			break
		}
	}
	for _, p := range points {
		c := Checkpoint{organisation, p.Size, p.PrevSize, p.Head, db.Time(p.At), p.KeyID, p.Signature}
		if err := enc.Encode(line{Checkpoint: &c}); err != nil {
			return err
		}
	}
	return nil
}

// Report is what Verify found in a good export.
type Report struct {
	OrganisationID int64
	Entries        int64
	Checkpoints    int
	Head           string
	Last           time.Time
	Key            string
}

// clockTolerance is how far back an entry's moment may lie behind the one
// before it: entries are chained in the order they become visible.
const clockTolerance = 2 * time.Minute

// Verify reads an export and answers the first thing that is wrong: a changed,
// missing, added, swapped or moved entry, or a checkpoint that is not signed by
// the key or disagrees with the chain. trusted, when given, must be the export's
// key.
func Verify(r io.Reader, trusted ed25519.PublicKey) (Report, error) {
	var rep Report
	var key ed25519.PublicKey
	prev, events := genesis, map[string]int64{}
	var signedUpTo int64
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		raw, err := in.ReadBytes('\n')
		if err == io.EOF && len(raw) == 0 {
			break
		}
		if err != nil && err != io.EOF {
			return rep, err
		}
		bad := func(format string, args ...any) (Report, error) {
			return rep, fmt.Errorf("line %d, after entry %d: %s", n, rep.Entries, fmt.Sprintf(format, args...))
		}
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			return bad("cannot be read: %v", err)
		}
		switch {
		case l.Key != "":
			b, err := base64.StdEncoding.DecodeString(l.Key)
			if err != nil || len(b) != ed25519.PublicKeySize || key != nil {
				return bad("bad key")
			}
			key, rep.Key = b, KeyID(b)
			if trusted != nil && !key.Equal(trusted) {
				return bad("the export is signed with key %s, not with the trusted key %s", rep.Key, KeyID(trusted))
			}
		case key == nil:
			return bad("the export does not begin with its key")
		case l.Checkpoint != nil:
			c := *l.Checkpoint
			sig, err := base64.StdEncoding.DecodeString(c.Signature)
			if err != nil || c.KeyID != rep.Key || !ed25519.Verify(key, c.signed(), sig) {
				return bad("the checkpoint of %d entries has no valid signature", c.Size)
			}
			if c.Size != rep.Entries || c.OrganisationID != rep.OrganisationID {
				return bad("the checkpoint says %d entries, the chain has %d: entries are missing or misplaced", c.Size, rep.Entries)
			}
			if c.PrevSize != signedUpTo {
				return bad("the checkpoint of %d entries follows one of %d, which is not here", c.Size, c.PrevSize)
			}
			if prev != c.Head {
				return bad("the checkpoint of %d entries does not agree with the chain", c.Size)
			}
			rep.Checkpoints++
			signedUpTo = c.Size
		default:
			var e Entry
			if err := json.Unmarshal([]byte(l.Body), &e); err != nil {
				return bad("entry %d cannot be read: %v", l.Seq, err)
			}
			if rep.OrganisationID == 0 {
				rep.OrganisationID = l.Org
			}
			if l.Seq != rep.Entries+1 {
				return bad("entry %d follows entry %d", l.Seq, rep.Entries)
			}
			if l.Org != rep.OrganisationID || e.OrganisationID != l.Org {
				return bad("entry %d belongs to another organisation", l.Seq)
			}
			if l.Prev != prev {
				return bad("entry %d does not continue the chain", l.Seq)
			}
			want, err := linkHash(l.Algorithm, l.Org, l.Seq, l.Prev, l.Body)
			if err != nil {
				return bad("entry %d: %v", l.Seq, err)
			}
			if want != l.Hash {
				return bad("entry %d was changed: its hash is %s, the chain says %s", l.Seq, want, l.Hash)
			}
			if first, again := events[e.EventID]; again {
				return bad("entry %d repeats entry %d", l.Seq, first)
			}
			if e.At.Before(rep.Last.Add(-clockTolerance)) {
				return bad("entry %d is dated %s, before its predecessor", l.Seq, e.At)
			}
			events[e.EventID] = l.Seq
			prev = l.Hash
			rep.Entries, rep.Head = l.Seq, l.Hash
			if e.At.After(rep.Last) {
				rep.Last = e.At
			}
		}
		if err == io.EOF {
			break
		}
	}
	if key == nil {
		return rep, fmt.Errorf("the file is not an audit export")
	}
	return rep, nil
}
