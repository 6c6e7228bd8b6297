package checker

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// exported is one entry of the audit export.
type exported struct {
	EventID string `json:"event_id"`
	Action  string
	Object  string
	Before  string
	After   string
	Result  string
	Hash    string
	Person  int64 `json:"person_id"`
	Details struct {
		Run, N int64
		Fence  int64
	}
}

// exportLine is a line of the export: the key first, then entries and
// checkpoints in the order of the chain.
type exportLine struct {
	Key        string
	Seq        int64
	Org        int64 `json:"organisation_id"`
	Algorithm  string
	Prev, Hash string
	Body       string
	Checkpoint json.RawMessage
}

// decodeExport reads the export and checks the chain (I22): the link of an entry
// is SHA-256 over a zero byte, the organisation and the sequence number as eight
// bytes each, the hash before, and the body; a checkpoint is signed over its
// JSON without the signature, and its root is the Merkle tree hash of RFC 6962
// over the links so far.
func (j *judge) decodeExport() {
	prev := strings.Repeat("0", 64)
	var key ed25519.PublicKey
	var seq int64
	var leaves [][]byte
	for raw := range bytes.Lines(j.Export) {
		var l exportLine
		if err := json.Unmarshal(raw, &l); err != nil {
			j.say("I22", "the export cannot be read after entry %d", seq)
			return
		}
		switch {
		case l.Key != "":
			key, _ = base64.StdEncoding.DecodeString(l.Key)
		case l.Checkpoint != nil:
			if why := badCheckpoint(l.Checkpoint, key, leaves, prev); why != "" {
				j.say("I22", "the checkpoint after entry %d %s", seq, why)
			}
		default:
			before, _ := hex.DecodeString(l.Prev)
			b := binary.BigEndian.AppendUint64([]byte{0}, uint64(l.Org))
			b = binary.BigEndian.AppendUint64(b, uint64(l.Seq))
			sum := sha256.Sum256(append(append(b, before...), l.Body...))
			if l.Seq != seq+1 || l.Prev != prev || l.Algorithm != "sha256" || hex.EncodeToString(sum[:]) != l.Hash {
				j.say("I22", "entry %d does not follow entry %d in the chain", l.Seq, seq)
			}
			seq, prev, leaves = l.Seq, l.Hash, append(leaves, sum[:])
			var e exported
			if err := json.Unmarshal([]byte(l.Body), &e); err != nil {
				j.say("I22", "entry %d cannot be read", l.Seq)
			}
			j.export = append(j.export, e)
		}
	}
	if len(j.export) == 0 {
		j.say("I22", "there is no audit export")
	}
}

func badCheckpoint(raw json.RawMessage, key ed25519.PublicKey, leaves [][]byte, head string) string {
	var c struct {
		Size                  int64
		Head, Root, Signature string
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return "cannot be read"
	}
	sig, _ := base64.StdEncoding.DecodeString(c.Signature)
	unsigned := strings.Replace(string(raw), fmt.Sprintf(`,"signature":%q`, c.Signature), "", 1)
	switch {
	case len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, []byte("gongkai audit checkpoint\n"+unsigned), sig):
		return "has no valid signature"
	case c.Size != int64(len(leaves)) || c.Head != head:
		return "does not agree with the chain"
	case c.Size == 0 || c.Root != "sha256:"+hex.EncodeToString(treeHash(leaves)):
		return "does not agree with the tree"
	}
	return ""
}

// treeHash splits at the largest power of two below the number of leaves.
func treeHash(leaves [][]byte) []byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	sum := sha256.Sum256(slices.Concat([]byte{1}, treeHash(leaves[:k]), treeHash(leaves[k:])))
	return sum[:]
}

// edges are the changes of a publication's status the audit record may show.
// Claims are not audited: whoever works on one finds it planned or waiting and
// leaves it as one of these.
var edges = map[string][]string{
	"":           {"planned"},
	"planned":    {"held", "cancelled"},
	"delivering": {"live", "rejected", "held", "gone", "retracting", "cancelled"},
	"waiting":    {"held", "cancelled", "retracting"},
	"held":       {"waiting", "retracting", "cancelled"}, // waiting: its platform had news
	"rejected":   {"retracting", "cancelled"},
	"live":       {"retracting", "gone", "held"},
	"retracting": {"gone", "held"},
}

// auditTrail matches decisions and entries one to one (I21), the table with the
// export (I22), and follows the status of every publication (I5).
func (j *judge) auditTrail() {
	type place struct{ run, n int64 }
	entries := map[place]int{}
	sealed := map[string]bool{}
	state := map[string]string{}
	for _, e := range j.export {
		sealed[e.EventID] = true
		if strings.HasPrefix(e.Action, "review.") && e.Details.Run != 0 {
			at := place{e.Details.Run, e.Details.N}
			entries[at]++
			if !slices.ContainsFunc(j.acts[at.run], func(d Decision) bool {
				return d.N == at.n && d.PersonID == e.Person && "review."+d.Verdict == e.Action
			}) {
				j.say("I21", "the entry %s of run %d, act %d, has no such decision", e.Action, at.run, at.n)
			}
		}
		if !strings.HasPrefix(e.Object, "publication:") || !strings.HasPrefix(e.Action, "publish.") || e.After == "" {
			continue
		}
		if !slices.Contains(edges[e.Before], e.After) {
			j.say("I5", "%s went from %s to %s", e.Object, e.Before, e.After)
		}
		if last := state[e.Object]; last == "gone" || last == "cancelled" || (last == "live" && e.Before != "live") {
			j.say("I5", "%s was %s and changed from %s to %s", e.Object, last, e.Before, e.After)
		}
		state[e.Object] = e.After
	}
	for _, d := range j.Decisions {
		switch n := entries[place{d.RunID, d.N}]; {
		case n == 0:
			j.say("I21", "decision %d of run %d (%s) has no audit entry", d.N, d.RunID, d.Verdict)
		case n > 1:
			j.say("I21", "decision %d of run %d has %d audit entries", d.N, d.RunID, n)
		}
	}
	for _, e := range j.Entries { // an export does not hold the entry about itself
		if !sealed[e.EventID] && e.OrganisationID != 0 && e.Action != "audit.exported" {
			j.say("I22", "the entry %s (%s) is not in the export", e.EventID, e.Action)
		}
	}
	for i := range j.Publications {
		p := &j.Publications[i]
		if got := state[fmt.Sprintf("publication:%d", p.ID)]; got != p.State && p.State != "cancelled" && (got != "" || p.State == "live" || p.State == "gone") {
			j.say("I5", "publication %d is %s, its last audit entry says %q", p.ID, p.State, got)
		}
	}
}

// acks holds every answer 2xx against the tables (I13), and every decision
// against the answers: an act asked for until it was answered is done once.
func (j *judge) acks() {
	type act struct {
		manuscript, person int64
		verdict, hash      string
	}
	said, done := map[act]int{}, map[act]int{}
	j.doneOnce()
	for _, a := range j.Journal.Acks {
		switch a.Act {
		case "create":
			if j.manuscript[a.Manuscript] == nil {
				j.say("I13", "manuscript %d was acknowledged and is not there", a.Manuscript)
			}
		case "edit_draft":
			if !slices.ContainsFunc(j.byHash[a.Hash], func(r *Revision) bool { return r.ManuscriptID == a.Manuscript }) {
				j.say("I13", "the edit of manuscript %d to %s was acknowledged and is not there", a.Manuscript, a.Hash)
			}
		case "take_down.ask", "take_down.confirm", "correct":
			if !slices.ContainsFunc(j.TakeDowns, func(t TakeDown) bool {
				return t.ManuscriptID == a.Manuscript && ((a.Act == "take_down.ask" || a.Act == "correct" && t.Reason == "corrected") && t.AskedBy == a.Person || t.ConfirmedBy == a.Person && t.ConfirmedAt != 0)
			}) {
				j.say("I13", "%s of manuscript %d was acknowledged and is not there", a.Act, a.Manuscript)
			}
		default:
			said[act{a.Manuscript, a.Person, a.Act, a.Hash}]++
		}
	}
	for _, d := range j.Decisions {
		if r := j.run[d.RunID]; r != nil {
			done[act{subjectID(r.Subject), d.PersonID, d.Verdict, d.Hash}]++
		}
	}
	for a, n := range said {
		if done[a] < n {
			j.say("I13", "%d times %s of manuscript %d by %d was acknowledged, %d decisions are there", n, a.verdict, a.manuscript, a.person, done[a])
		}
	}
	for a, n := range done {
		if said[a] < n {
			j.say("I13", "%d decisions %s on manuscript %d by %d, %d were acknowledged: one was made twice", n, a.verdict, a.manuscript, a.person, said[a])
		}
	}
}

// doneOnce says that every draft, edition and take-down was asked for: one more
// than was acknowledged is one made twice (I13).
func (j *judge) doneOnce() {
	texts, asks := map[int64]int{}, map[int64]int{}
	for _, a := range j.Journal.Acks {
		switch a.Act {
		case "create", "edit_draft":
			texts[a.Manuscript]++
		case "take_down.ask", "correct":
			asks[a.Manuscript]++
		}
	}
	for _, m := range j.Manuscripts {
		n := 0
		for _, r := range j.Revisions {
			if r.ManuscriptID == m.ID && r.Step == "" {
				n++
			}
		}
		if n > texts[m.ID] || texts[m.ID] == 0 {
			j.say("I13", "manuscript %d has %d editions of its drafter, %d were acknowledged", m.ID, n, texts[m.ID])
		}
	}
	for _, t := range j.TakeDowns {
		if asks[t.ManuscriptID]--; asks[t.ManuscriptID] < 0 {
			j.say("I13", "take-down %d of manuscript %d was asked for once more than was acknowledged", t.ID, t.ManuscriptID)
		}
	}
}

// ends compares the final states with those a run without faults ends in (I11).
func (j *judge) ends() {
	for id, want := range j.Journal.Expected {
		if m := j.manuscript[id]; m == nil || m.State != want {
			got := "missing"
			if m != nil {
				got = m.State
			}
			j.say("I11", "manuscript %d ended %s, without faults it is %s", id, got, want)
		}
	}
}

func subjectOf(manuscript int64) string { return fmt.Sprintf("manuscript:%d", manuscript) }
