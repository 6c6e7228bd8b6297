package staff

import (
	"errors"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"gongkai/internal/authz"
	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/word"
)

// editPage is both the new and the changed manuscript: the form of everything
// that is judged and signed.
type editPage struct {
	frame
	editor
	found
	ID       int64 // 0 for a new one
	Version  int64
	Hash     string
	State    string
	Units    []org.Unit
	Unit     int64
	C        manuscript.Content
	Keywords string
	Format   string
	Formats  []string
	Kinds    []string
	Sections []manuscript.Section
	Grounds  []string
	Note     string
	Remarks  []remark       // of an import
	Preview  template.HTML  // of an import, or because it was asked for
	Chars    int            // of the preview
	Returned string         // why it came back
	Conflict *conflict      // somebody saved in between
	Sheet    string         // tells the new manuscripts of one person apart
	From     time.Time      // of the working copy the form was filled from
	Copies   []copyLine     // there are besides
	Limits   map[string]int // of the WeChat draft API, in characters
	Measure  int            // characters of what was saved, as the official account measures them
}

type remark struct{ Where, Say string }

var (
	formats = []string{"text", "markdown", "html"}
	grounds = []string{"N0", "N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9"}
	limits  = map[string]int{"title": 32, "author": 16, "digest": 128}
)

func (s *Staff) editOf(v *visit, id int64, head string) (p editPage, err error) {
	if p.frame, err = s.frame(v, head); err != nil {
		return p, err
	}
	if p.Units, err = s.Desk.DraftUnits(v.ctx, v.actor); err != nil {
		return p, err
	}
	if p.Sections, err = s.Desk.Sections(v.ctx, v.actor); err != nil {
		return p, err
	}
	p.Formats, p.Kinds, p.Grounds, p.Limits, p.Format, p.editor = formats, manuscript.Kinds, grounds, limits, "text", s.editor(v.lang, id)
	return p, nil
}

// errNoUnit is answered to people whose posts allow no drafting anywhere.
var errNoUnit = fault.New(fault.Forbidden, "staff.no_unit")

func (s *Staff) newPage(v *visit) error {
	if !s.mayAny(v, "manuscript.create") {
		return authz.ErrForbidden.With("act", "manuscript.create")
	}
	p, err := s.editOf(v, 0, "staff.new")
	if err != nil {
		return err
	}
	if len(p.Units) == 0 {
		return errNoUnit
	}
	p.Unit, p.C.Disclosure.Attribute, p.Sheet = p.Units[0].ID, manuscript.Proactive, org.NewSecret()
	if err := s.offer(v, &p); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "edit", p)
	return nil
}

func (s *Staff) editPage(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	open, err := s.Desk.Open(v.ctx, v.actor, id, 0)
	if err != nil {
		return err
	}
	if why := open.WhyNot["edit"]; why != nil {
		return why
	}
	p, err := s.editOf(v, id, "staff.edit")
	if err != nil {
		return err
	}
	p.ID, p.Version, p.Hash, p.State, p.Unit = id, open.Version, open.Hash, string(open.State), open.UnitID
	p.findings(s, v, open.Findings)
	p.C, p.Format, p.Returned = open.Revision.Content, "html", lastReturn(open)
	p.Keywords = strings.Join(p.C.Keywords, "，")
	if p.C.Section != "" {
		if shown, err := s.Desk.Preview(v.ctx, v.actor, id, 0, viewWeChat); err == nil {
			p.Measure = shown.Characters
		}
	}
	if err := s.offer(v, &p); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "edit", p)
	return nil
}

// typed reads the form into content. The body stays as it was typed; rendered
// turns it into HTML.
func (v *visit) typed() manuscript.Content {
	f := v.form.Get
	c := manuscript.Content{Title: f("title"), Body: f("body"), Kind: f("kind"), Section: f("section"),
		Disclosure: manuscript.Disclosure{Attribute: manuscript.Attribute(f("disclosure.attribute")), Ground: f("disclosure.ground"), Reason: f("disclosure.reason")},
		Author:     f("author"), Source: f("source"), Summary: f("summary"), DocNo: f("doc_no"), DocDate: f("doc_date"),
		WeChat: manuscript.WeChat{Title: f("wechat.title"), Author: f("wechat.author"), Digest: f("wechat.digest"), Form: f("wechat.form")}}
	if c.Kind == "reprint" {
		c.Reprint = manuscript.Reprint{Source: f("reprint.source"), URL: f("reprint.url"), Date: f("reprint.date")}
	}
	c.Keywords = strings.FieldsFunc(f("keywords"), func(r rune) bool { return strings.ContainsRune(",，、;； \t\r\n", r) })
	for i, hash := range v.form["attachment.hash"] {
		if name := v.form["attachment.name"]; i < len(name) && !v.Dropped(hash) {
			c.Attachments = append(c.Attachments, manuscript.Attachment{Hash: hash, Name: name[i]})
		}
	}
	return c
}

// Dropped says that an attachment is to be left out.
func (v *visit) Dropped(hash string) bool { return slices.Contains(v.form["attachment.drop"], hash) }

// rendered turns the typed body into canonical HTML. Plain text and Markdown go
// the way of an import, under the title.
func rendered(title, typed, format string) (string, error) {
	if format == "html" {
		return typed, nil
	}
	ending := ".txt"
	if format == "markdown" {
		ending = ".md"
	}
	doc, err := body.Import("typed"+ending, []byte("#\n"+typed))
	if f, ok := fault.From(err); ok {
		return "", f.On("body")
	}
	return doc.Body, err
}

// known fills in what is stored of the attachments: a form only names them.
func (s *Staff) known(v *visit, c *manuscript.Content) error {
	return s.DB.Read(v.ctx, func(tx *db.Tx) error {
		for i := range c.Attachments {
			a := &c.Attachments[i]
			b, err := blob.Get(tx, a.Hash)
			if err != nil {
				return manuscript.ErrAttachments.On("attachments").With("name", a.Name)
			}
			a.MediaType, a.Size = b.MediaType, int64(len(b.Bytes))
		}
		return nil
	})
}

// attach stores the files that came with the form, so a refused form keeps them.
func (s *Staff) attach(v *visit, unit int64, c *manuscript.Content) error {
	for _, f := range v.files["attach"] {
		media, ok := httpserver.MediaType(f.name, f.bytes)
		if !ok {
			return manuscript.ErrAttachments.On("attachments").With("name", f.name)
		}
		a, err := s.Desk.Attach(v.ctx, v.actor, unit, f.name, media, f.bytes)
		if err != nil {
			return err
		}
		c.Attachments = append(c.Attachments, a)
		v.form.Add("attachment.hash", a.Hash)
		v.form.Add("attachment.name", a.Name)
	}
	delete(v.files, "attach")
	return nil
}

func (s *Staff) saveNew(v *visit) error { return s.saveForm(v, 0) }

func (s *Staff) saveEdit(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	return s.saveForm(v, id)
}

// saveForm does what the pressed button says: import a file, show a preview, keep
// attachments, or save. An imported text is always shown before it is saved.
func (s *Staff) saveForm(v *visit, id int64) error {
	c, format, unit := v.typed(), v.form.Get("format"), v.whole("unit")
	if !slices.Contains(formats, format) {
		format = "html"
	}
	var page editPage
	err := s.attach(v, unit, &c)
	if err == nil {
		err = s.known(v, &c)
	}
	if err == nil && len(v.files["import"]) > 0 {
		var doc word.Document
		if doc, err = s.imported(v, unit, v.files["import"][0]); err == nil {
			page.Remarks, page.Preview, page.Chars = s.remarks(v, doc.Document), pictured(text(doc.Body), id, 0), body.CountRunes(doc.Body)
			if c.Title == "" {
				c.Title = doc.Title
			}
			c.Body, format = doc.Body, "html"
			v.form.Set("title", c.Title)
			v.form.Set("body", c.Body)
			v.form.Set("format", format)
			if len(doc.Images) > 0 {
				_, _ = s.keep(v, id) // who has the text before them sees its pictures; without a copy they see the words
			}
			return s.editAgain(v, id, unit, c, format, page)
		}
		if f, ok := fault.From(err); ok {
			err = f.On("import")
		}
	}
	typed := c.Body
	if err == nil {
		c.Body, err = rendered(c.Title, c.Body, format)
	}
	if err == nil && v.form.Get("do") != "save" && v.form.Get("looked") == "" {
		if v.form.Get("do") == "preview" {
			var clean string
			if clean, err = body.Sanitise(c.Body); err == nil {
				page.Preview, page.Chars = pictured(template.HTML(clean), id, 0), body.CountRunes(clean)
			} else if f, ok := fault.From(err); ok {
				err = f.On("body")
			}
		}
		if err == nil {
			c.Body = typed
			return s.editAgain(v, id, unit, c, format, page)
		}
	}
	if err == nil {
		err = s.once(v, func(v *visit) (done, error) {
			var m *manuscript.Manuscript
			var err error
			if id == 0 {
				m, err = s.Desk.Create(v.ctx, v.actor, unit, c, v.form.Get("note"))
			} else {
				m, err = s.Desk.Edit(v.ctx, v.actor, id, v.seenNow(), c, v.form.Get("note"))
			}
			if err != nil {
				return done{}, err
			}
			return done{"/manuscripts/" + strconv.FormatInt(m.ID, 10), "saved"}, s.Desk.DropCopy(v.ctx, v.actor, id, v.form.Get("sheet"))
		})
		if err == nil || unauthenticated(err) {
			return err
		}
	}
	v.refuse(s, err)
	if id != 0 && errors.Is(err, manuscript.ErrChanged) {
		page.Conflict = s.conflict(v, id)
	}
	c.Body = typed
	if lost := s.editAgain(v, id, unit, c, format, page); lost != nil {
		return err
	}
	return nil
}

// seenNow is what the form's reader had before them, or what they say they have
// looked at since.
func (v *visit) seenNow() manuscript.Seen {
	version, hash, ok := strings.Cut(v.form.Get("looked"), " ")
	if n, err := strconv.ParseInt(version, 10, 64); ok && err == nil {
		return manuscript.Seen{Version: n, Hash: hash}
	}
	return v.seen()
}

func (s *Staff) editAgain(v *visit, id, unit int64, c manuscript.Content, format string, with editPage) error {
	head := "staff.new"
	if id != 0 {
		head = "staff.edit"
	}
	p, err := s.editOf(v, id, head)
	if err != nil {
		return err
	}
	seen := v.seen()
	p.Sheet = v.form.Get("sheet")
	p.ID, p.Unit, p.Version, p.Hash = id, unit, seen.Version, seen.Hash
	p.C, p.Format, p.Note, p.Keywords = c, format, v.form.Get("note"), v.form.Get("keywords")
	p.C.Reprint = manuscript.Reprint{Source: v.form.Get("reprint.source"), URL: v.form.Get("reprint.url"), Date: v.form.Get("reprint.date")}
	p.Remarks, p.Preview, p.Chars, p.Conflict = with.Remarks, with.Preview, with.Chars, with.Conflict
	s.render(v.Context, v.status(), "edit", p)
	return nil
}

func (s *Staff) remarks(v *visit, doc body.Document) []remark {
	out := []remark{{Say: s.say(v.lang, "staff.edit.imported", map[string]any{"name": path.Base(v.files["import"][0].name), "chars": body.CountRunes(doc.Body)})}}
	for _, r := range doc.Report {
		args := map[string]any{"line": r.Line}
		for k, x := range r.Args {
			args[k] = x
		}
		out = append(out, remark{s.place(v, r), s.say(v.lang, r.Code, args)})
	}
	return out
}

// place says where in a file a remark is.
func (s *Staff) place(v *visit, r body.Remark) string {
	switch {
	case r.Near != "":
		return s.say(v.lang, "staff.paragraph_near", map[string]any{"n": r.Paragraph, "near": r.Near})
	case r.Paragraph > 0:
		return s.say(v.lang, "staff.paragraph", map[string]any{"n": r.Paragraph})
	case r.Line > 0:
		return s.say(v.lang, "staff.line", map[string]any{"n": r.Line})
	}
	return ""
}

// imported reads a file and stores its pictures, as attachments are.
func (s *Staff) imported(v *visit, unit int64, f upload) (word.Document, error) {
	doc, err := word.Import(f.name, f.bytes)
	for _, i := range doc.Images {
		if err == nil {
			_, err = s.Desk.Attach(v.ctx, v.actor, unit, "", i.MediaType, i.Bytes)
		}
	}
	return doc, err
}

// Files are the attachments for the form, with what a reader wants to know.
func (p editPage) Files() []manuscript.Attachment { return p.C.Attachments }

// Looked is what "I have looked at the newest" says.
func (c *conflict) Looked() string { return fmt.Sprint(c.Version, " ", c.Hash) }
