package staff

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"time"

	"gongkai/internal/manuscript"
	"gongkai/internal/proof"
	"gongkai/internal/review"
)

// remarkLine is a remark as one reader sees it.
type remarkLine struct {
	*proof.Remark
	Label    string // its number on the manuscript, as in the text
	Place    proof.Place
	Who, On  string // On is for whom
	Replies  []replyLine
	Decider  string
	MayTake  bool
	MayRefer bool // to other words
	MayNot   bool // decline
	MayClose bool
	MayReply bool
}

type replyLine struct {
	Who, Text string
	At        time.Time
}

// Orphan says that the words it was about are not found any more.
func (r remarkLine) Orphan() bool { return r.Place.How == proof.Orphan }

// Moved says that other words stand where it was.
func (r remarkLine) Moved() bool { return r.Place.How == proof.Near }

// remarked fills in the remarks, open ones in the order of the text with orphans
// first, and marks them in the text.
func (p *manuscriptPage) remarked(v *visit, open *review.View) {
	var marks []proof.Mark
	now := p.Shown == p.M.RevisionNo
	for i, r := range open.Remarks {
		l := remarkLine{Remark: r.Remark, Label: strconv.Itoa(i + 1), Place: r.Place, Who: open.Names[r.By], On: forName(open, r.For), Decider: open.Names[r.DecidedBy]}
		for _, x := range r.Replies {
			l.Replies = append(l.Replies, replyLine{open.Names[x.By], x.Text, x.At})
		}
		if r.State != proof.Open {
			p.Settled = append(p.Settled, l)
			continue
		}
		mine := r.By == v.actor.PersonID || r.For == v.actor.PersonID
		suggestion := r.Kind == proof.Suggestion
		if suggestion {
			p.Suggested++
		}
		if now {
			l.MayTake = suggestion && r.Place.Stands() && p.Can["remark.take"]
			l.MayNot = suggestion && p.Can["remark.decline"]
			l.MayClose = mine || !suggestion && p.Can["remark.decline"]
			l.MayReply = mine || p.Can["remark"]
			l.MayRefer = l.MayReply && !r.Place.Stands()
		}
		p.Remarks = append(p.Remarks, l)
		marks = append(marks, proof.Mark{Place: r.Place, ID: r.ID, Label: l.Label})
	}
	slices.SortStableFunc(p.Remarks, func(a, b remarkLine) int {
		place := func(r remarkLine) int {
			if r.Orphan() {
				return -1
			}
			return r.Place.Block
		}
		return cmp.Or(place(a)-place(b), a.Place.Start-b.Place.Start)
	})
	if len(marks) > 0 {
		p.Text = pictured(template.HTML(proof.Marked(p.C.Body, marks)), p.M.ID, p.Shown)
	}
}

// Warns says that suggestions wait for somebody who can still settle them.
func (p manuscriptPage) Warns() bool {
	return p.Suggested > 0 && slices.Contains([]manuscript.State{manuscript.Draft, manuscript.Returned, manuscript.InReview}, p.M.State)
}

// Takes says that this person may take a suggestion, Settles that they may end a
// remark in some way.
func (p manuscriptPage) Takes() bool {
	return slices.ContainsFunc(p.Remarks, func(r remarkLine) bool { return r.MayTake })
}

func (p manuscriptPage) Settles() bool {
	return slices.ContainsFunc(p.Remarks, func(r remarkLine) bool { return r.MayTake || r.MayNot || r.MayClose })
}

func backToRemarks(id int64, flash string, err error) (done, error) {
	return done{"/manuscripts/" + itoa(id) + "#remarks", flash}, err
}

func (v *visit) quote() review.Quote {
	return review.Quote{Revision: int(v.whole("revision")), Words: v.form.Get("quote"), Prefix: v.form.Get("prefix"), Suffix: v.form.Get("suffix")}
}

// remarks are those that are ticked, or the one whose button was pressed.
func (v *visit) remarks() (ids []int64) {
	if only := v.whole("only"); only != 0 {
		return []int64{only}
	}
	for _, s := range v.form["remark"] {
		n, _ := strconv.ParseInt(s, 10, 64)
		ids = append(ids, n)
	}
	return ids
}

func (s *Staff) remark(v *visit, id int64) (done, error) {
	_, err := s.Desk.Remark(v.ctx, v.actor, id, v.quote(), proof.Remark{Kind: proof.Kind(v.form.Get("kind")), Text: v.form.Get("text"), Replacement: v.form.Get("replacement")})
	return backToRemarks(id, "remarked", err)
}

func (s *Staff) answerRemark(v *visit, id int64) (done, error) {
	return backToRemarks(id, "remark_answered", s.Desk.Answer(v.ctx, v.actor, id, v.whole("remark"), v.form.Get("text")))
}

func (s *Staff) reanchor(v *visit, id int64) (done, error) {
	return backToRemarks(id, "remark_reanchored", s.Desk.Reanchor(v.ctx, v.actor, id, v.whole("remark"), v.quote()))
}

func (s *Staff) takeRemarks(v *visit, id int64) (done, error) {
	ids, note := v.remarks(), v.form.Get("note")
	if note == "" {
		note = s.say(v.lang, "staff.remark.taken_note", map[string]any{"n": len(ids)})
	}
	_, err := s.Desk.Take(v.ctx, v.actor, id, v.seen(), ids, note)
	return backToRemarks(id, "remark_taken", err)
}

func (s *Staff) declineRemarks(v *visit, id int64) (done, error) {
	return backToRemarks(id, "remark_declined", s.Desk.Decline(v.ctx, v.actor, id, v.remarks(), v.form.Get("note")))
}

func (s *Staff) closeRemarks(v *visit, id int64) (done, error) {
	return backToRemarks(id, "remark_closed", s.Desk.Close(v.ctx, v.actor, id, v.remarks()))
}
