package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"

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
	return ExportEach(ctx, d, organisation, key, w, func() error { return nil })
}

// ExportEach is Export that calls each after every entry; its error ends the work.
func ExportEach(ctx context.Context, d *db.DB, organisation int64, key ed25519.PublicKey, w io.Writer, each func() error) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line{Key: base64.StdEncoding.EncodeToString(key)}); err != nil {
		return err
	}
	var points []checkpointRow
	if err := d.Read(ctx, func(tx *db.Tx) (err error) { points, err = checkpoints(tx, organisation); return err }); err != nil {
		return err
	}
	write := func(upTo int64) error {
		for len(points) > 0 && points[0].Size <= upTo {
			c := points[0].checkpoint()
			if err := enc.Encode(line{Checkpoint: &c}); err != nil {
				return err
			}
			points = points[1:]
		}
		return nil
	}
	var seq int64
	for {
		var rows []sealedRow
		if err := d.Read(ctx, func(tx *db.Tx) (err error) { rows, err = sealedAfter(tx, organisation, seq, 1000); return err }); err != nil {
			return err
		}
		if len(rows) == 0 {
			return write(math.MaxInt64) // of entries that are not there
		}
		for _, r := range rows {
			seq = r.Seq
			err := enc.Encode(line{Seq: seq, Org: organisation, Algorithm: Algorithm(r.Algorithm), Prev: r.Prev, Hash: r.Hash, Body: r.Body})
			if err == nil {
				err = write(seq)
			}
			if err == nil {
				err = each()
			}
			if err != nil {
				return err
			}
		}
	}
}

// Length answers how many entries of an organisation are sealed.
func Length(tx *db.Tx, organisation int64) (int64, error) {
	last, err := lastLink(tx, organisation)
	return last.Seq, err
}

// VerifyRecord verifies an organisation's record as it stands in the database, as
// Verify does an export of it. each is called for every entry that holds; its
// error ends the work.
func VerifyRecord(ctx context.Context, d *db.DB, organisation int64, key ed25519.PublicKey, trust Trust, each func() error) (Report, error) {
	in, out := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		out.CloseWithError(Export(ctx, d, organisation, key, out))
	}()
	rep, err := verify(in, trust, func(l line) {
		if l.Seq == 0 {
			return
		}
		if err := each(); err != nil {
			in.CloseWithError(err)
		}
	})
	in.CloseWithError(err)
	<-done
	return rep, err
}
