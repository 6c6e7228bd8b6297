// Package audit keeps the append-only, hash-chained record of who did what. An
// entry is written in the transaction of the act it records; a sealer links the
// entries of an organisation into a chain within a second; checkpoints sign the
// chain's head.
package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"gongkai/internal/db"
)

// Algorithm names the hash of the chain; each link carries its own, so a
// setting may change from one link to the next.
type Algorithm string

const (
	SHA256 Algorithm = "sha256"
	SM3    Algorithm = "sm3" // 国密
)

// Sum hashes with a or fails for an unknown name.
func (a Algorithm) Sum(b []byte) ([32]byte, error) {
	switch a {
	case SHA256:
		return sha256.Sum256(b), nil
	case SM3:
		return sm3.Sum(b), nil
	}
	return [32]byte{}, fmt.Errorf("audit: algorithm %q is not sha256 or sm3", a)
}

// Entry is one recorded act. The JSON of its fields, in this order, is what the
// chain hashes.
type Entry struct {
	EventID        string         `json:"event_id"`
	OrganisationID int64          `json:"organisation_id"`
	At             time.Time      `json:"at"` // UTC, to the microsecond
	PersonID       int64          `json:"person_id"`
	ForID          int64          `json:"for_id,omitempty"` // the person stood in for
	AccountID      int64          `json:"account_id,omitempty"`
	Session        string         `json:"session,omitempty"` // first half of the session's hash
	Address        string         `json:"address,omitempty"`
	Action         string         `json:"action"` // "review.approve"
	Object         string         `json:"object"` // "manuscript:42"
	Revision       int            `json:"revision,omitempty"`
	Hash           string         `json:"hash,omitempty"` // of the content judged
	Before         string         `json:"before,omitempty"`
	After          string         `json:"after,omitempty"`
	Result         string         `json:"result"` // "done" or "refused"
	Details        map[string]any `json:"details,omitempty"`
}

// Record writes the entry in the transaction of its act. It fills the event id
// and the moment; an empty result means "done".
func Record(tx *db.Tx, e Entry) error {
	e.EventID, e.At = newEventID(), tx.Now()
	if e.Result == "" {
		e.Result = "done"
	}
	if len(e.Session) > 32 {
		e.Session = e.Session[:32]
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return insertEntry(tx, e, string(body))
}

func newEventID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Link is an entry's place in its organisation's chain.
type Link struct {
	OrganisationID int64
	Seq            int64 // 1, 2, 3 … without a gap
	EntryID        int64
	Algorithm      Algorithm
	Prev, Hash     string // hexadecimal
	SealedAt       time.Time
}

// linkHash is H(0x00 ‖ organisation ‖ seq ‖ prev ‖ body).
func linkHash(a Algorithm, organisation, seq int64, prev, body string) (string, error) {
	p, err := hex.DecodeString(prev)
	if err != nil {
		return "", err
	}
	buf := make([]byte, 0, 17+len(p)+len(body))
	buf = append(buf, 0)
	buf = binary.BigEndian.AppendUint64(buf, uint64(organisation))
	buf = binary.BigEndian.AppendUint64(buf, uint64(seq))
	buf = append(append(buf, p...), body...)
	sum, err := a.Sum(buf)
	return hex.EncodeToString(sum[:]), err
}

// genesis is the link before the first.
const genesis = "0000000000000000000000000000000000000000000000000000000000000000"
