package checker

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

var textOfPage = regexp.MustCompile(`(?s)<article id="content" data-hash="([^"]*)">(.*?)</article>`)

// pages compares the bytes readers get with what was signed (I2), and the pages
// there are with the publications (I1, I4, I9).
func (j *judge) pages() {
	shown := map[int64]string{}
	for path, page := range j.Pages {
		m := textOfPage.FindStringSubmatch(page.Body)
		if page.Status != 200 || m == nil {
			continue
		}
		var rev *Revision
		for _, r := range j.byHash[m[1]] {
			if j.sound[r.Hash] && r.Body == m[2] {
				rev = r
			}
		}
		if rev == nil {
			j.say("I2", "%s shows under %s a text nobody signed", path, m[1])
			continue
		}
		if at := pathID(path); at != rev.ManuscriptID {
			j.say("I2", "%s shows manuscript %d", path, rev.ManuscriptID)
		}
		if other := shown[rev.ManuscriptID]; other != "" {
			j.say("I1", "manuscript %d is at %s and at %s", rev.ManuscriptID, other, path)
		}
		shown[rev.ManuscriptID] = path
		if !slices.ContainsFunc(j.Publications, func(p Publication) bool {
			return p.ManuscriptID == rev.ManuscriptID && p.Channel == "website" && p.State == "live" && p.Hash == rev.Hash
		}) {
			j.say("I4", "%s is visible and no live publication says so", path)
		}
	}
	for _, p := range j.Publications {
		if p.Channel != "website" || p.State != "live" {
			continue
		}
		it := p.item()
		if j.Pages[it.Path].Status != 200 {
			j.say("I4", "publication %d is live, %s answers %d", p.ID, it.Path, j.Pages[it.Path].Status)
		}
		i := slices.IndexFunc(j.SitePages, func(s SitePage) bool { return s.ManuscriptID == p.ManuscriptID })
		if i < 0 || j.SitePages[i].PublicationID != p.ID || j.SitePages[i].ContentHash != p.Hash {
			j.say("I9", "the page of manuscript %d is not that of its live publication %d", p.ManuscriptID, p.ID)
		}
	}
}

// pathID reads the manuscript from "/art/2026/42.html".
func pathID(path string) int64 {
	name := path[strings.LastIndexByte(path, '/')+1:]
	return subjectID(":" + strings.TrimSuffix(name, ".html"))
}

// late is how long after its time a publication may be invisible without an
// alarm.
const late = 120 * time.Second

// moments compares when things became visible with when they might (I10).
func (j *judge) moments() {
	for _, d := range j.Deliveries {
		p := j.publication[d.PublicationID]
		for _, l := range j.Ledger {
			if l.Marker != d.Marker || p == nil {
				continue
			}
			for _, c := range l.Copies {
				if c.Since.Before(moment(p.PublishAt)) {
					j.say("I10", "the article of publication %d was visible %s early", p.ID, moment(p.PublishAt).Sub(c.Since))
				}
			}
		}
	}
	for _, s := range j.SitePages {
		if p := j.publication[s.PublicationID]; p != nil && max(s.PublishedAt, s.RevisedAt) < p.PublishAt {
			j.say("I10", "%s was visible %s early", s.Path, moment(p.PublishAt).Sub(moment(s.PublishedAt)))
		}
	}
	for _, p := range j.Publications {
		if p.After == "" && p.State == "live" && p.AlarmedAt == 0 && moment(p.LiveAt).Sub(moment(p.PublishAt)) > late+time.Minute {
			j.say("I10", "publication %d appeared %s late without an alarm", p.ID, moment(p.LiveAt).Sub(moment(p.PublishAt)))
		}
	}
}

// sightings follows what a reader saw over time: never early (I10), never an
// older edition after a newer one (I9), never back after a take-down (I8).
func (j *judge) sightings() {
	no, gone := map[string]int64{}, map[string]bool{}
	for _, s := range j.Journal.Seen {
		if s.Status == 410 || s.Status == 301 {
			gone[s.Path] = true
		}
		if s.Status != 200 || s.Hash == "" {
			continue
		}
		if gone[s.Path] {
			j.say("I8", "%s came back after it was gone at %s", s.Path, s.At.Format(time.TimeOnly))
		}
		id := pathID(s.Path)
		i := slices.IndexFunc(j.byHash[s.Hash], func(r *Revision) bool { return r.ManuscriptID == id })
		if i < 0 {
			j.say("I2", "%s showed %s, which no revision of manuscript %d has", s.Path, s.Hash, id)
			continue
		}
		rev := j.byHash[s.Hash][i]
		if rev.No < no[s.Path] {
			j.say("I9", "%s went back from revision %d to %d", s.Path, no[s.Path], rev.No)
		}
		no[s.Path] = rev.No
		for _, p := range j.Publications {
			if p.ManuscriptID == id && p.Channel == "website" && p.Hash == s.Hash && p.State != "cancelled" && s.At.Before(moment(p.PublishAt)) {
				j.say("I10", "%s was seen %s before its time", s.Path, moment(p.PublishAt).Sub(s.At))
			}
		}
	}
}

// takeDowns says that what two persons took down is nowhere (I8).
func (j *judge) takeDowns() {
	for _, t := range j.TakeDowns {
		if t.ConfirmedAt == 0 {
			continue
		}
		if t.AskedBy == t.ConfirmedBy {
			j.say("I3", "take-down %d was asked for and confirmed by one person", t.ID)
		}
		for _, s := range j.SitePages {
			if s.ManuscriptID != t.ManuscriptID {
				continue
			}
			if s.GoneAt == 0 || s.GoneAt > t.ConfirmedAt {
				j.say("I8", "%s was not hidden when take-down %d committed", s.Path, t.ID)
			}
			want := 410
			if t.Reason == "corrected" {
				want = 301
			}
			if got := j.Pages[s.Path].Status; got != want {
				j.say("I8", "%s answers %d after take-down %d", s.Path, got, t.ID)
			}
		}
		for _, d := range j.Deliveries {
			p := j.publication[d.PublicationID]
			if p == nil || p.ManuscriptID != t.ManuscriptID {
				continue
			}
			for _, l := range j.Ledger {
				if l.Marker == d.Marker && l.Now != 0 {
					j.say("I8", "publication %d is still visible on the platform after take-down %d", p.ID, t.ID)
				}
			}
		}
	}
}

// canary marks every text of the driver, one for each edition.
var canary = regexp.MustCompile(`canary[a-p]{12}`)

// secrets looks for texts nobody cleared where they must not be (I3, I24), and
// for texts that were taken down or corrected on the public site (I8); a correction
// names the title of the other.
func (j *judge) secrets() {
	cleared, hidden := map[string]bool{}, map[string]bool{}
	for i := range j.Revisions {
		r := &j.Revisions[i]
		m := j.manuscript[r.ManuscriptID]
		for _, c := range canary.FindAllString(r.Title+" "+r.Body, -1) {
			cleared[c] = cleared[c] || j.sound[r.Hash] && m != nil && m.Disclosure == "proactive"
			hidden[c] = hidden[c] || m != nil && (m.State == "taken_down" || m.State == "corrected" && !strings.Contains(r.Title, c))
		}
	}
	look := func(id, where, text string) {
		for _, c := range canary.FindAllString(text, -1) {
			if !cleared[c] {
				j.say(id, "%s holds %s, which nobody cleared", where, c)
			}
		}
	}
	for path, page := range j.Pages {
		look("I3", "the public "+path, page.Body)
		for _, c := range canary.FindAllString(page.Body, -1) {
			if hidden[c] {
				j.say("I8", "the public %s holds %s, which was taken down", path, c)
			}
		}
	}
	for _, l := range j.Ledger {
		for _, c := range l.Copies {
			look("I3", "the article "+c.ArticleID, c.Title+" "+c.Content)
		}
	}
	for _, d := range j.Drafts {
		look("I3", "the draft box", d)
	}
	for _, a := range j.Attempts {
		look("I3", "a publish attempt", a.Marker+" "+a.Detail)
	}
	for _, p := range j.Publications {
		look("I3", "a publication", p.Item+p.Detail)
	}
	look("I24", "the log", j.Logs)
	for _, e := range j.Entries {
		look("I24", "the audit record", e.Body)
	}
}
