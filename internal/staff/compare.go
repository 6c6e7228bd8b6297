package staff

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"gongkai/internal/manuscript"
	"gongkai/internal/proof"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// comparePage sets two revisions against each other.
type comparePage struct {
	frame
	M         *manuscript.Manuscript
	Compared  *comparison
	Revisions []revisionLine
	All       bool // nothing is folded
	Judges    bool // this person decides on it now
}

// comparison is what differs between two revisions.
type comparison struct {
	ID       int64
	From, To int
	Title    template.HTML
	Fields   []fieldLine
	Files    []proof.File
	Redline  proof.Redline
	Text     template.HTML // of the redline: proof writes nothing but its own elements
}

// Same says that nothing differs.
func (c *comparison) Same() bool { return c.Redline.Same() && len(c.Fields) == 0 && len(c.Files) == 0 }

func (s *Staff) comparison(v *visit, was, now *review.View, fold bool) *comparison {
	c := &comparison{ID: now.ID, From: was.Revision.No, To: now.Revision.No, Files: proof.Files(was.Revision.Content.Attachments, now.Revision.Content.Attachments)}
	o := proof.Options{Fold: fold, Say: func(code string, args map[string]any) string { return s.say(v.lang, code, args) },
		Picture: func(src string, old bool) string {
			no := c.To
			if old {
				no = c.From
			}
			return fmt.Sprintf("/manuscripts/%d/images/%s?revision=%d", now.ID, strings.TrimPrefix(src, "/blob/"), no)
		}}
	c.Redline = proof.Compare(was.Revision.Content.Body, now.Revision.Content.Body, o)
	c.Text = template.HTML(c.Redline.HTML)
	c.Title = template.HTML(proof.Line(was.Revision.Content.Title, now.Revision.Content.Title, o))
	c.Fields = s.fieldLines(v, was, now, o)
	return c
}

// fieldLine is a field that differs: words are marked where they changed, a
// choice is another one as a whole.
type fieldLine struct {
	Name     string
	Marked   template.HTML
	Was, Now string
}

// compare takes the revision before for from, and the current one for to.
func (s *Staff) compare(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	from, err := v.number("from")
	if err != nil {
		return err
	}
	to, err := v.number("to")
	if err != nil {
		return err
	}
	now, err := s.Desk.Open(v.ctx, v.actor, id, int(to))
	if err != nil {
		return err
	}
	if from == 0 {
		from = int64(max(1, now.Revision.No-1))
	}
	was, err := s.Desk.Open(v.ctx, v.actor, id, int(from))
	if err != nil {
		return err
	}
	p := comparePage{M: now.Manuscript, All: v.Query("all") != ""}
	if p.frame, err = s.frame(v, "staff.compare"); err != nil {
		return err
	}
	p.Compared = s.comparison(v, was, now, !p.All)
	for _, r := range now.Revisions {
		p.Revisions = append(p.Revisions, revisionLine{No: r.No, Who: now.Names[r.AuthorID], Step: stepTitle(now, r.Step), At: r.CreatedAt})
	}
	slices.Reverse(p.Revisions)
	p.Judges = now.Step != nil && p.Compared.To == p.M.RevisionNo && s.judgeOf(v, now) != nil
	s.render(v.Context, v.status(), "compare", p)
	return nil
}

func (s *Staff) fieldLines(v *visit, was, now *review.View, o proof.Options) (out []fieldLine) {
	word := func(prefix, code string) string {
		if code == "" || !s.Words.Has(prefix+code) {
			return code
		}
		return s.say(v.lang, prefix+code, nil)
	}
	for _, f := range proof.Fields(&was.Revision.Content, &now.Revision.Content) {
		line := fieldLine{Name: "staff.field." + f.Name}
		switch f.Name {
		case "kind", "disclosure.attribute":
			line.Was, line.Now = word("word.", f.Was), word("word.", f.Now)
		case "disclosure.ground":
			line.Was, line.Now = word("staff.ground.", f.Was), word("staff.ground.", f.Now)
		case "wechat.form":
			line.Was, line.Now = word("staff.form.", f.Was), word("staff.form.", f.Now)
		case "section":
			line.Was, line.Now = was.Section.Title, now.Section.Title
		default:
			line.Marked = template.HTML(proof.Line(f.Was, f.Now, o))
		}
		out = append(out, line)
	}
	return out
}

// changed says that the text is not the one that was judged before.
type changed struct {
	Verb, Step string
	From, To   int
}

// changedSince compares the text with what the open step judged before, or, when
// it never did, with what another step judged last and that was not this text.
func changedSince(open *review.View) *changed {
	if open.Step == nil || open.Run == nil {
		return nil
	}
	var last *workflow.Act
	for i := range open.Run.Acts {
		a := &open.Run.Acts[i]
		if a.Verb != workflow.Approve && a.Verb != workflow.Return {
			continue
		}
		if own := a.Step == open.Step.ID; own || a.Hash != open.Hash && (last == nil || last.Step != open.Step.ID) {
			last = a
		}
	}
	if last == nil || last.Hash == open.Hash {
		return nil
	}
	for _, r := range slices.Backward(open.Revisions) {
		if r.Hash == last.Hash {
			return &changed{string(last.Verb), stepTitle(open, last.Step), r.No, open.RevisionNo}
		}
	}
	return nil
}
