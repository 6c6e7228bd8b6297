package checker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// revisions recomputes every hash (I14): what the tables call a text's hash is
// the hash of that text.
func (j *judge) revisions() {
	for i := range j.Revisions {
		r := &j.Revisions[i]
		if h, err := canonicalHash(r); err != nil || h != r.Hash {
			j.say("I14", "revision %d of manuscript %d is stored under %s, its text has %s", r.No, r.ManuscriptID, r.Hash, h)
		}
	}
	for _, m := range j.Manuscripts {
		if !slices.ContainsFunc(j.byHash[m.Hash], func(r *Revision) bool { return r.ManuscriptID == m.ID && r.No == m.RevisionNo }) {
			j.say("I14", "manuscript %d names %s, which is not its revision %d", m.ID, m.Hash, m.RevisionNo)
		}
	}
	for _, r := range j.Runs {
		id := subjectID(r.Subject)
		for i, d := range j.acts[r.ID] {
			if d.N != int64(i+1) {
				j.say("I15", "decision %d of run %d is missing", i+1, r.ID)
			}
			if !slices.ContainsFunc(j.byHash[d.Hash], func(rev *Revision) bool { return rev.ManuscriptID == id }) {
				j.say("I14", "decision %d of run %d names %s, which no revision of manuscript %d has", d.N, r.ID, d.Hash, id)
			}
		}
	}
}

// subjectID reads "manuscript:42".
func subjectID(subject string) int64 {
	_, n, _ := strings.Cut(subject, ":")
	id, _ := strconv.ParseInt(n, 10, 64)
	return id
}

// step is one step of a chain, as far as completeness goes.
type step struct {
	id   string
	acts string
}

// steps reads the steps before publication from a chain's YAML: the list items
// under the top-level key steps.
func steps(text string) (out []step) {
	inside := false
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		if line[0] != ' ' {
			inside = strings.HasPrefix(line, "steps:")
			continue
		}
		if !inside {
			continue
		}
		if id, ok := strings.CutPrefix(line, "  - id:"); ok {
			id, _, _ = strings.Cut(id, "#")
			out = append(out, step{id: strings.TrimSpace(id)})
		} else if acts, ok := strings.CutPrefix(strings.TrimSpace(line), "acts:"); ok && len(out) > 0 {
			out[len(out)-1].acts = acts
		}
	}
	return out
}

// complete says what the decision set for a text lacks, "" for nothing (I3):
// every step approved in the chain's order in the round of the signature, each
// approval on the lineage of the signed hash, confidentiality among them.
func (j *judge) complete(manuscript int64, hash string) (lacks string, signed int64) {
	lacks = "no review"
	for _, r := range j.Runs {
		if subjectID(r.Subject) != manuscript {
			continue
		}
		acts := j.acts[r.ID]
		i := slices.IndexFunc(acts, func(d Decision) bool { return d.Verdict == "sign" && d.Hash == hash })
		if i < 0 {
			lacks = "not signed"
			continue
		}
		def := slices.IndexFunc(j.Definitions, func(d Definition) bool { return d.ID == r.Definition && d.Version == r.DefVersion })
		if def < 0 {
			return "no chain " + r.Definition, 0
		}
		return j.counted(acts[:i+1], steps(j.Definitions[def].Text), hash, manuscript), acts[i].At
	}
	return lacks, 0
}

func (j *judge) counted(acts []Decision, chain []step, hash string, manuscript int64) string {
	sign := acts[len(acts)-1]
	authors := map[int64]bool{}
	for _, r := range j.Revisions {
		if r.ManuscriptID == manuscript && r.Step == "" {
			authors[r.AuthorID] = true
			authors[r.ForID] = r.ForID != 0
		}
	}
	last, cleared := int64(0), false
	for _, s := range chain {
		d := sign
		if s.id != sign.Step {
			found := false
			for _, a := range slices.Backward(acts) {
				if a.Step == s.id && a.Verdict == "approve" && a.Round == sign.Round {
					d, found = a, true
					break
				}
			}
			if !found {
				return fmt.Sprintf("step %s is not approved", s.id)
			}
		}
		if d.N <= last {
			return fmt.Sprintf("step %s was approved before its predecessor", s.id)
		}
		last = d.N
		now := d.Hash
		for _, a := range acts {
			if a.N > d.N && a.Verdict == "edit" && a.Hash == now {
				now = a.NewHash
			}
		}
		if now != hash {
			return fmt.Sprintf("step %s approved %s, not the signed text", s.id, d.Hash)
		}
		if authors[d.PersonID] || authors[d.ForID] {
			return fmt.Sprintf("step %s was approved by an author", s.id)
		}
		cleared = cleared || strings.Contains(s.acts, "confidentiality") && d.Outcome == "S_OK"
	}
	if !cleared {
		return "no confidentiality review cleared it"
	}
	return ""
}

// decisionSets holds every publication against the decisions on its text.
func (j *judge) decisionSets() {
	for i := range j.Publications {
		p := &j.Publications[i]
		lacks, signed := j.complete(p.ManuscriptID, p.Hash)
		if m := j.manuscript[p.ManuscriptID]; m == nil || m.Disclosure != "proactive" {
			lacks = "the manuscript is not open to everybody"
		}
		if lacks != "" {
			j.say("I3", "publication %d of manuscript %d on %s: %s", p.ID, p.ManuscriptID, p.Channel, lacks)
			continue
		}
		j.sound[p.Hash] = true
		stopped := j.stopped(p)
		for _, a := range j.Attempts {
			if a.PublicationID != p.ID {
				continue
			}
			if a.StartedAt < signed {
				j.say("I3", "attempt %d (%s) of publication %d began before the signature", a.ID, a.Step, p.ID)
			}
			if stopped != 0 && a.Fence >= stopped && (a.Step == "wechat.submit" || a.Step == "wechat.draft_add") {
				j.say("I3", "attempt %d (%s) of publication %d began after it was stopped", a.ID, a.Step, p.ID)
			}
		}
	}
}

// stopped is the fence at which a publication was cancelled or taken down, 0 if
// it was not. The act raises the fence under the row lock every intent takes, so
// the fence of an attempt says on which side it committed; moments do not,
// because a transaction's is its beginning.
func (j *judge) stopped(p *Publication) int64 {
	if p.State == "cancelled" {
		return p.Fence
	}
	for _, e := range j.export {
		if e.Object == fmt.Sprintf("publication:%d", p.ID) && e.After == "retracting" {
			return e.Details.Fence
		}
	}
	return 0
}
