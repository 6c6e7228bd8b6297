package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
)

// A Sealer links entries into chains and signs checkpoints. One works at a time
// per organisation, whatever the number of nodes.
type Sealer struct {
	db    *db.DB
	alg   Algorithm
	key   ed25519.PrivateKey
	owner string
	looks looks

	replaces string // id of the key that this one takes over from
}

// NewSealer answers a sealer that signs with key. owner names this process in
// the lease. Its Once is for one goroutine.
func NewSealer(d *db.DB, alg Algorithm, key ed25519.PrivateKey, owner string) (*Sealer, error) {
	if _, err := alg.Sum(nil); err != nil {
		return nil, err
	}
	return &Sealer{db: d, alg: alg, key: key, owner: owner, looks: looks{}}, nil
}

// CheckKey refuses a key that is not the one the newest checkpoint of the
// database is signed with: another node's, or one made after the old was lost.
// replaces is the id of the key this one is to take over from. It is asked again
// before every signature: of two nodes that begin with an empty database and two
// keys, one signs.
func (s *Sealer) CheckKey(ctx context.Context, replaces string) error {
	s.replaces = replaces
	return s.db.Read(ctx, s.checkKey)
}

func (s *Sealer) checkKey(tx *db.Tx) error {
	newest, err := newestCheckpoint(tx)
	own := KeyID(s.key.Public().(ed25519.PublicKey))
	if err != nil || newest.Size == 0 || newest.KeyID == own || newest.KeyID == s.replaces {
		return err
	}
	return fmt.Errorf("audit.key_file: this key is %s, the audit record is signed with %s: use that key's file, the same on every node, or set audit.replaces to %s if it is lost", own, newest.KeyID, newest.KeyID)
}

// checkpointEvery and checkpointAfter say when the head is signed again.
const (
	checkpointEvery = 1000
	checkpointAfter = 5 * time.Minute
	sealBatch       = 500
	// sealLease is renewed with every batch. A killed sealer's must end soon:
	// entries are to be sealed within ten seconds.
	sealLease = 3 * time.Second
)

// Once seals what is waiting and answers how many entries it linked.
func (s *Sealer) Once(ctx context.Context) (int, error) {
	var orgs []int64
	if err := s.db.Read(ctx, func(tx *db.Tx) (err error) { orgs, err = organisations(tx); return err }); err != nil {
		return 0, err
	}
	total := 0
	for _, org := range orgs {
		for {
			n, err := s.batch(ctx, org)
			total += n
			if err != nil {
				return total, err
			}
			if n < sealBatch {
				break
			}
		}
	}
	return total, nil
}

func (s *Sealer) batch(ctx context.Context, org int64) (int, error) {
	waiting, due, after := 0, false, int64(0)
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		last, err := lastLink(tx, org)
		if err != nil {
			return err
		}
		var rows []entryRow
		rows, after, err = s.looks.waiting(tx, org, last, 1)
		if waiting = len(rows); err != nil || waiting > 0 {
			return err
		}
		_, due, err = checkpointDue(tx, last)
		return err
	})
	if err != nil || waiting == 0 && !due {
		return 0, err
	}
	n := 0
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n = 0
		mine, err := lease(tx, fmt.Sprintf("audit-seal:%d", org), s.owner, tx.Now().Add(sealLease))
		if err != nil || !mine {
			return err
		}
		last, err := lastLink(tx, org)
		if err != nil {
			return err
		}
		if waiting > 0 {
			rows, err := unsealed(tx, org, after, sealBatch)
			if err != nil {
				return err
			}
			links := make([]linkRow, 0, len(rows))
			for _, e := range rows {
				hash, err := linkHash(s.alg, org, last.Seq+1, last.Hash, e.Body)
				if err != nil {
					return err
				}
				last = linkRow{org, last.Seq + 1, e.ID, string(s.alg), last.Hash, hash, db.Micros(tx.Now())}
				links = append(links, last)
			}
			if len(links) > 0 {
				crashpoint.Here("K24")
				if err := insertLinks(tx, links); err != nil {
					return err
				}
			}
			n = len(links)
		}
		return s.checkpoint(tx, last)
	})
	return n, err
}

// checkpointDue says whether head is to be signed, and what was signed last.
func checkpointDue(tx *db.Tx, head linkRow) (c checkpointRow, due bool, err error) {
	c, err = lastCheckpoint(tx, head.OrganisationID)
	return c, head.Seq != c.Size && (head.Seq-c.Size >= checkpointEvery || tx.Now().Sub(db.Time(c.At)) >= checkpointAfter), err
}

func (s *Sealer) checkpoint(tx *db.Tx, head linkRow) error {
	c, due, err := checkpointDue(tx, head)
	if err == nil && due {
		err = s.checkKey(tx)
	}
	if err != nil || !due {
		return err
	}
	root, err := s.grow(tx, head, c)
	if err != nil || root == "" {
		return err
	}
	next := Checkpoint{OrganisationID: head.OrganisationID, Size: head.Seq, PrevSize: c.Size, Head: head.Hash, At: tx.Now(), KeyID: KeyID(s.key.Public().(ed25519.PublicKey)), Root: root}
	next.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(s.key, next.signed()))
	if err := insertCheckpoint(tx, next); err != nil {
		return err
	}
	crashpoint.Here("K25")
	return nil
}

// Checkpoint is a signed statement of how long a chain is and where it ends.
// Copies kept outside make rewriting history visible.
type Checkpoint struct {
	OrganisationID int64     `json:"organisation_id"`
	Size           int64     `json:"size"`
	PrevSize       int64     `json:"prev_size"` // of the checkpoint before, so none can be left out
	Head           string    `json:"head"`
	At             time.Time `json:"at"`
	KeyID          string    `json:"key_id"`
	Root           string    `json:"root,omitempty"`      // of the Merkle tree, after its algorithm: "sha256:…"; none in checkpoints of old versions
	Signature      string    `json:"signature,omitempty"` // Ed25519, base64
}

func (c Checkpoint) signed() []byte {
	c.Signature = ""
	b, _ := json.Marshal(c)
	return append([]byte("gongkai audit checkpoint\n"), b...)
}

// KeyID names a public key.
func KeyID(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return hex.EncodeToString(sum[:8])
}

// List reads entries for the audit page, newest first.
func List(tx *db.Tx, q Query) ([]Found, error) {
	rows, err := q.rows(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Found, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Body), &out[i].Entry); err != nil {
			return nil, err
		}
		out[i].ID, out[i].Seq = r.ID, r.Seq
	}
	return out, nil
}
