package foi

import (
	"context"
	"html"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/notify"
	"gongkai/internal/org"
)

// Candidate is an answer that may serve everybody: information that was given to
// one applicant and can be published on the office's own initiative (TL44). A
// clerk suggests it; who writes for the website drafts it, or says why not.
type Candidate struct {
	RequestID      int64
	OrganisationID int64
	Number, Wanted string // of the request
	Note           string
	SuggestedBy    int64
	SuggestedAt    time.Time
	ManuscriptID   int64  // drafted from it; 0 for none
	State          string // of the manuscript
	Reason         string // why not
	EndedBy        int64
	EndedAt        time.Time // zero while it waits
}

// Waits says that nobody has decided yet.
func (c Candidate) Waits() bool { return c.EndedAt.IsZero() }

var (
	ErrNotGiven      = fault.New(fault.Conflict, "foi.not_given") // code
	ErrSuggested     = fault.New(fault.Conflict, "foi.suggested")
	ErrNotSuggested  = fault.New(fault.NotFound, "foi.not_suggested")
	ErrCandidateDone = fault.New(fault.Conflict, "foi.candidate_done")
)

// given says that information was given which is not public yet.
func given(c Code) bool { return c == "D02" || c == "D03" }

// Suggest says that what was answered may serve everybody.
func (k *Desk) Suggest(ctx context.Context, actor org.Actor, request int64, note string) error {
	note, err := manuscript.Note("candidate_note", note, 500)
	if err != nil {
		return err
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.handle")
		if err != nil {
			return err
		}
		if _, err := a.lettering(request); err != nil {
			return err
		}
		if !given(a.r.Code) || a.r.ClosedOn.IsZero() {
			return ErrNotGiven
		}
		l, err := lastAnswer(tx, request)
		if err != nil {
			return err
		}
		if l == nil {
			return ErrNotGiven
		}
		c := Candidate{RequestID: request, OrganisationID: a.r.OrganisationID, Note: note, SuggestedBy: a.actor.PersonID, SuggestedAt: tx.Now()}
		if err := insertCandidate(tx, c); err != nil {
			return err
		}
		who, err := org.Holders(tx, a.r.OrganisationID, org.OfficeEditor, 0)
		if err != nil {
			return err
		}
		if err := notify.Add(tx, who, notify.Notice{OrganisationID: a.r.OrganisationID, Code: "notice.foi_candidate", Subject: a.r.Subject(), Args: map[string]any{"number": a.r.Number, "by": a.actor.Name}}); err != nil {
			return err
		}
		return a.record("foi.candidate", map[string]any{"note": note})
	})
}

// Candidates lists those of an organisation that wait, the oldest first, and then
// those that are decided, the newest first.
func (k *Desk) Candidates(ctx context.Context, actor org.Actor) (all []Candidate, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.read")
		if err != nil {
			return err
		}
		all, err = candidates(tx, "c.organisation_id = ?", a.actor.OrganisationID)
		return err
	})
	return all, err
}

// Public is what of an answer can stand on the website.
type Public struct {
	Title, HTML string
	Hidden      int // places where something of the applicant was taken out
}

// Promote takes a candidate and answers a first text made of its last answer,
// without the applicant: salutation, remedies and every mention of what is known
// of the person are gone. The text is a draft for somebody to read and for the
// checks of its chain, which find numbers of papers and cards (PIPL28); drafted is
// called in the same transaction and answers the manuscript's id.
func (k *Desk) Promote(ctx context.Context, actor org.Actor, request int64, drafted func(p Public) (int64, error)) error {
	return k.onCandidate(ctx, actor, request, func(a *act, own envelope, c *Candidate) error {
		row, err := lastAnswerRow(a.tx, request)
		if err != nil {
			return err
		}
		l, err := k.openLetter(own, row)
		if err != nil {
			return err
		}
		who, err := k.keys.open(own)
		if err != nil {
			return err
		}
		if c.ManuscriptID, err = drafted(public(a.r, l, who)); err != nil {
			return err
		}
		return a.record("foi.candidate_drafted", map[string]any{"manuscript": c.ManuscriptID, "letter": l.ID})
	})
}

// Decline ends a candidate with the reason why it is not published.
func (k *Desk) Decline(ctx context.Context, actor org.Actor, request int64, reason string) error {
	reason, err := manuscript.Note("candidate_reason", reason, 500)
	if err != nil {
		return err
	}
	if reason == "" {
		return ErrNeeded.On("candidate_reason")
	}
	return k.onCandidate(ctx, actor, request, func(a *act, _ envelope, c *Candidate) error {
		c.Reason = reason
		return a.record("foi.candidate_declined", map[string]any{"reason": reason})
	})
}

func (k *Desk) onCandidate(ctx context.Context, actor org.Actor, request int64, fn func(a *act, own envelope, c *Candidate) error) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.promote")
		if err != nil {
			return err
		}
		own, err := a.lettering(request)
		if err != nil {
			return err
		}
		all, err := candidates(tx, "c.request_id = ?", request)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return ErrNotSuggested
		}
		c := all[0]
		if !c.Waits() {
			return ErrCandidateDone
		}
		if err := fn(a, own, &c); err != nil {
			return err
		}
		c.EndedBy, c.EndedAt = a.actor.PersonID, tx.Now()
		return endCandidate(tx, c)
	})
}

// public makes the text.
func public(r *Request, l *Document, who Applicant) (p Public) {
	taken := func(s string) string {
		for _, known := range who.known() {
			if n := strings.Count(s, known); n > 0 {
				p.Hidden += n
				s = strings.ReplaceAll(s, known, "〔略〕")
			}
		}
		return s
	}
	var b strings.Builder
	add := func(text string) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				b.WriteString("<p>" + html.EscapeString(taken(line)) + "</p>\n")
			}
		}
	}
	wanted := taken(strings.Join(strings.Fields(r.Wanted), " "))
	if utf8.RuneCountInString(wanted) > 40 {
		wanted = string([]rune(wanted)[:40]) + "……"
	}
	p.Title = "依申请公开转主动公开：" + wanted
	p.Hidden = 0 // the title is part of the text below
	add("根据《中华人民共和国政府信息公开条例》第四十四条的规定，现将下列依申请公开的政府信息主动公开。")
	b.WriteString("<h2>申请公开的内容</h2>\n")
	add(r.Wanted)
	b.WriteString("<h2>公开的信息</h2>\n")
	// The salutation, the number of the request, what was asked for again, and how
	// to challenge the answer are for the applicant.
	asked := strings.Split(r.Wanted, "\n")
	lines := slices.DeleteFunc(strings.Split(l.Text, "\n"), func(s string) bool {
		return strings.Contains(s, r.Number) || strings.Contains(s, "如对本答复不服") || slices.Contains(asked, s)
	})
	if len(lines) > 0 && strings.HasSuffix(strings.TrimSpace(lines[0]), "：") {
		lines = lines[1:]
	}
	add(strings.Join(lines, "\n"))
	p.HTML = b.String()
	return p
}

// known is what is known of the person, the longest first: what is part of
// something else goes with it.
func (a Applicant) known() (all []string) {
	for _, s := range []string{a.Name, a.IDNumber, strings.ToLower(a.IDNumber), a.Phone, a.Email, a.Address, a.Head, a.Contact, a.Agent, a.AgentID} {
		if s = strings.TrimSpace(s); utf8.RuneCountInString(s) >= 2 && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(x, y string) int { return len(y) - len(x) })
	return all
}
