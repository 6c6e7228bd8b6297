package checker

import (
	"html"
	"slices"
	"strings"
	"unicode"
)

// publications looks at the tables by themselves: I1, I4 and I14.
func (j *judge) publications() {
	live := map[string]int{}
	for i := range j.Publications {
		p := &j.Publications[i]
		if rev := j.textOf(p); rev == nil || rev.Hash != p.Hash {
			j.say("I14", "publication %d names %s, its revision does not", p.ID, p.Hash)
		} else if it := p.item(); it.Body != rev.Body || it.Title != rev.Title || it.Hash != rev.Hash {
			j.say("I14", "publication %d froze another text than its revision %d", p.ID, rev.No)
		}
		active := slices.ContainsFunc(j.Active, func(a Active) bool { return a.PublicationID == p.ID })
		if over := p.State == "cancelled" || p.State == "gone"; over == active {
			j.say("I1", "publication %d is %s and in active_publications: %v", p.ID, p.State, active)
		}
		switch p.State {
		case "live":
			if key := p.Channel + subjectOf(p.ManuscriptID); live[key] > 0 {
				j.say("I1", "manuscript %d is live twice on %s", p.ManuscriptID, p.Channel)
			} else {
				live[key]++
			}
			if q := j.corrected(p); q != nil && q.State == "live" {
				j.say("I1", "publication %d corrects %d and both are live on %s", p.ID, q.ID, p.Channel)
			}
		case "gone", "cancelled":
		case "planned": // a correction waits for the wrong text to go, and that for a person
			if q := j.corrected(p); q == nil || q.State != "held" {
				j.say("I4", "publication %d on %s rests as planned, what it corrects: %+v", p.ID, p.Channel, q)
			}
		case "held", "rejected":
			if !slices.Contains(j.Notices, Notice{"notice.publication_stuck", subjectOf(p.ManuscriptID)}) {
				j.say("I4", "publication %d is %s (%s) and nobody was told", p.ID, p.State, p.Reason)
			}
		default:
			j.say("I4", "publication %d on %s rests as %s (%s %s)", p.ID, p.Channel, p.State, p.Reason, p.Detail)
		}
	}
}

// acting are the calls that need an attempt row of their own, and its step.
var acting = map[string]string{
	"/cgi-bin/freepublish/submit": "wechat.submit", "/cgi-bin/freepublish/delete": "wechat.delete", "/cgi-bin/draft/add": "wechat.draft_add",
}

// refusedToken are answers to a call that had no effect and is sent again under
// the same attempt.
var refusedToken = []int{40001, 40014, 41001, 42001}

// attempts matches the simulator's log with the attempt rows (I6): the n-th call
// of a kind for a marker needs n rows that began before it. Fences never fall
// (I5).
func (j *judge) attempts() {
	calls := map[string]int{}
	for _, r := range j.Requests {
		step, acts := acting[r.Path]
		if !acts || slices.Contains(refusedToken, r.Errcode) {
			continue
		}
		marker := j.markerOf(r)
		// A call the platform dropped unread names nothing; it is counted with all
		// others of its kind.
		dropped := marker == "" && r.Fault != ""
		key := step + " " + marker
		calls[key]++
		rows, earlier := 0, 0
		for _, a := range j.Attempts {
			if a.Step != step || moment(a.StartedAt).After(r.At) {
				continue
			}
			earlier++
			if a.Marker == marker {
				rows++
			}
		}
		if calls[step]++; dropped {
			if earlier < calls[step] {
				j.say("I6", "call %d to %s has %d attempt rows before it", calls[step], r.Path, earlier)
			}
			continue
		}
		if rows < calls[key] {
			j.say("I6", "call %d to %s for %q has %d attempt rows before it", calls[key], r.Path, marker, rows)
		}
	}
	fence := map[int64]int64{}
	for _, a := range j.Attempts {
		p := j.publication[a.PublicationID]
		if p == nil {
			j.say("I6", "attempt %d belongs to no publication", a.ID)
			continue
		}
		if a.Fence < fence[p.ID] || a.Fence > p.Fence {
			j.say("I5", "attempt %d of publication %d has fence %d after %d, the publication %d", a.ID, p.ID, a.Fence, fence[p.ID], p.Fence)
		}
		fence[p.ID] = a.Fence
	}
}

func (j *judge) markerOf(r Request) string {
	if r.Marker != "" || r.ID == "" {
		return r.Marker
	}
	for _, d := range j.Deliveries {
		if d.MediaID == r.ID || d.ArticleID == r.ID {
			return d.Marker
		}
	}
	return ""
}

// unclear demands a read between an attempt whose outcome is not known and the
// next attempt of the same delivery that acts (I7).
func (j *judge) unclear() {
	for i, a := range j.Attempts {
		if !acts(a) || a.Outcome != "" && a.Outcome != "unknown" {
			continue
		}
		for _, next := range j.Attempts[i+1:] {
			if next.PublicationID != a.PublicationID || !acts(next) {
				continue
			}
			read := slices.ContainsFunc(j.Requests, func(r Request) bool {
				list := strings.HasSuffix(r.Path, "/batchget")
				return r.Reads && (list || j.markerOf(r) == a.Marker) && !r.At.Before(moment(a.StartedAt)) && !r.At.After(moment(next.StartedAt))
			})
			if !read {
				j.say("I7", "attempt %d (%s) of publication %d ended unclear and attempt %d (%s) followed without a read", a.ID, a.Step, a.PublicationID, next.ID, next.Step)
			}
			break
		}
	}
}

func acts(a Attempt) bool {
	return a.Step == "wechat.submit" || a.Step == "wechat.delete" || a.Step == "wechat.draft_add"
}

// articles holds the simulator's ledger against the publications: one copy per
// marker for ever (I1), the words that were signed (I2), and the same opinion of
// what is visible (I4).
func (j *judge) articles() {
	known := map[string]*Publication{}
	for _, d := range j.Deliveries {
		known[d.Marker] = j.publication[d.PublicationID]
	}
	visible := map[string]int{}
	byMarker := map[string]Line{}
	for _, l := range j.Ledger {
		byMarker[l.Marker] = l
		if l.Ever > 1 {
			j.say("I1", "%d articles carry the marker %s", l.Ever, l.Marker)
		}
		path, _, _ := strings.Cut(l.Marker, "?")
		if visible[path] += l.Now; visible[path] > 1 && l.Now > 0 {
			j.say("I1", "%d articles of %s are visible at once", visible[path], path)
		}
		p := known[l.Marker]
		if p == nil {
			j.say("I6", "an article carries the marker %q, which no delivery has", l.Marker)
			continue
		}
		rev := j.textOf(p)
		for _, c := range l.Copies {
			if rev == nil || html.UnescapeString(c.Title) != rev.Title || !strings.Contains(words(c.Content), words(rev.Body)) {
				j.say("I2", "the article %s does not say what publication %d signed", c.ArticleID, p.ID)
			}
		}
	}
	for _, d := range j.Deliveries {
		p := j.publication[d.PublicationID]
		if p == nil {
			continue
		}
		now := byMarker[d.Marker].Now
		if (p.State == "live") != (now > 0) && p.State != "held" {
			j.say("I4", "publication %d is %s, the platform shows %d", p.ID, p.State, now)
		}
	}
}

// words is what a reader reads: no tags, no white space.
func words(s string) string {
	var b strings.Builder
	for s != "" {
		text, rest, tag := strings.Cut(s, "<")
		for _, c := range html.UnescapeString(text) {
			if !unicode.IsSpace(c) {
				b.WriteRune(c)
			}
		}
		if !tag {
			break
		}
		_, s, _ = strings.Cut(rest, ">")
	}
	return b.String()
}

// letters says that events were stored once and were about something that
// happened, and that what became of a delivery is in the ledger (I12).
func (j *judge) letters() {
	known := map[string]bool{}
	for _, l := range j.Ledger {
		for _, c := range l.Copies {
			known[c.ArticleID] = true
		}
	}
	seen := map[string]bool{}
	for _, l := range j.Letters {
		if l.ArticleID != "" && !known[l.ArticleID] {
			j.say("I12", "event %d is about the article %s, which never was", l.ID, l.ArticleID)
		}
		if key := l.Event + l.PublishID; seen[key] {
			j.say("I12", "the event about publish id %s is stored twice", l.PublishID)
		} else {
			seen[key] = true
		}
	}
	owner := map[string]int64{}
	for _, d := range j.Deliveries {
		if d.ArticleID == "" {
			continue
		}
		if !known[d.ArticleID] {
			j.say("I12", "the delivery of publication %d names the article %s, which never was", d.PublicationID, d.ArticleID)
		}
		if other := owner[d.ArticleID]; other != 0 {
			j.say("I12", "publications %d and %d claim the same article", other, d.PublicationID)
		}
		owner[d.ArticleID] = d.PublicationID
	}
}
