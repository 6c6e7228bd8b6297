package word

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"gongkai/internal/body"
)

// A reader is one file being read.
type reader struct {
	a        *archive
	styles   styles
	numbers  numberings
	links    map[string]relation // of the part being read
	comments map[string]string   // words of those not met yet
	notes    map[noteID]*note    // those referred to
	images   []Image
	pixels   int // of all pictures read
	report   report
	no       int // of the paragraph, from 1
	inNote   bool
	p        *paragraph
	fields   []field
	contents int // lines of tables of contents left out
	ink      bool
	deep     []deep
	deepest  int // heading a text may have, as Word counts
}

// deep is a heading of a level a text may not have.
type deep struct {
	level int
	placed
}

// An item is a block as it stands in the file, before lists, quotations and
// captions are put together.
type item struct {
	node  *body.Node
	role  string    // "title", "caption", "quote", "list"
	cell  string    // "th" or "td" when the style says so
	list  *listed   // of a numbered paragraph
	blank bool      // nothing to show
	level int       // of a heading as Word counts
	place placed    // of a paragraph
	own   *ownBlock // one of our content controls
}

type placed struct {
	no   int
	near string
}

// Read reads a .docx file.
func Read(b []byte) (Document, error) {
	r := &reader{comments: map[string]string{}, notes: map[noteID]*note{}, deepest: 3}
	var d Document
	var err error
	if r.a, err = open(b); err != nil {
		return d, err
	}
	main, err := r.prepare()
	if err != nil {
		return d, err
	}
	var items []item
	if items, err = r.part(main); err != nil {
		return d, err
	}
	title, items := r.title(items)
	nodes := r.group(items, false)
	notes, err := r.readNotes(main)
	if err != nil {
		return d, err
	}
	if err = r.rest(main); err != nil {
		return d, err
	}
	if d.Body, err = body.HTML(append(nodes, notes...)); err != nil {
		return Document{}, err
	}
	d.Title, d.Report, d.Images = body.Line(title), r.report.done(), r.images
	return d, nil
}

// prepare finds the main part and reads what it refers to.
func (r *reader) prepare() (main string, err error) {
	top, err := r.a.relations("")
	if err != nil {
		return "", err
	}
	if main = related(top, "officeDocument"); main == "" {
		main = "word/document.xml"
	}
	if r.a.parts[strings.ToLower(main)] == nil {
		return "", ErrNotWord
	}
	if r.links, err = r.a.relations(main); err != nil {
		return "", err
	}
	if r.styles, err = readStyles(r.a, related(r.links, "styles")); err != nil {
		return "", err
	}
	if r.numbers, err = readNumberings(r.a, related(r.links, "numbering")); err != nil {
		return "", err
	}
	return main, r.a.parse(related(r.links, "comments"), func(d *xml.Decoder, _ *xml.StartElement) error {
		return each(d, func(el string, e *xml.StartElement) error {
			said, err := words(d)
			if el == "w:comment" {
				if who := attr(e, "author"); who != "" {
					said = who + "：" + said
				}
				r.comments[attr(e, "id")] = said
			}
			return err
		})
	})
}

// part reads the blocks of the main part.
func (r *reader) part(name string) (items []item, err error) {
	found := false
	err = r.a.parse(name, func(d *xml.Decoder, root *xml.StartElement) error {
		return each(d, func(el string, e *xml.StartElement) error {
			if el == "w:body" && !found {
				found = true
				items, err = r.blocks(d)
				return err
			}
			return d.Skip()
		})
	})
	if err == nil && !found {
		err = ErrNotWord
	}
	return items, err
}

// blocks reads paragraphs and tables to the end of the element that was just
// opened.
func (r *reader) blocks(d *xml.Decoder) ([]item, error) {
	return r.blocksAnd(d, func(string) (bool, error) { return false, nil })
}

// blocksAnd is blocks with other elements among them, which other takes.
func (r *reader) blocksAnd(d *xml.Decoder, other func(el string) (bool, error)) ([]item, error) {
	var out []item
	var carry []body.Run // of a paragraph whose end was deleted
	var read func(el string, e *xml.StartElement) error
	read = func(el string, e *xml.StartElement) error {
		if taken, err := other(el); taken {
			return err
		}
		switch el {
		case "w:p":
			x, joined, err := r.paragraph(d, carry)
			if carry = joined; joined == nil && err == nil {
				out = append(out, x)
			}
			return err
		case "w:tbl":
			n, err := r.table(d)
			out = append(out, item{node: n})
			return err
		case "w:sdt":
			return r.control(d, func(own *ownBlock) error {
				if own == nil {
					return each(d, read)
				}
				inner, err := r.blocks(d)
				out = append(out, item{node: r.owned(own, inner), own: own})
				return err
			})
		case "w:smartTag", "w:customXml", "w:ins", "w:moveTo":
			return each(d, read)
		case "mc:AlternateContent":
			before := len(out)
			if err := r.alternate(d, func() error { return each(d, read) }, func() bool { return len(out) > before }); err != nil {
				return err
			}
			for _, x := range out[before:] {
				if !x.blank {
					r.remark("docx.alternate", x.place, map[string]any{"text": x.place.near})
				}
			}
			return nil
		case "w:altChunk", "w:subDoc":
			r.remark("docx.chunk", placed{r.no, ""}, nil)
		case "w:del", "w:moveFrom":
			return r.drop(d, "docx.deleted")
		case "m:oMathPara", "m:oMath":
			return r.drop(d, "docx.equation")
		}
		return d.Skip()
	}
	err := each(d, read)
	if len(carry) > 0 {
		out = append(out, item{node: &body.Node{Kind: "p", Runs: carry}, place: placed{no: r.no}})
	}
	return out, err
}

// drop leaves an element between blocks out and says so.
func (r *reader) drop(d *xml.Decoder, code string) error {
	said, err := words(d)
	if said != "" {
		r.remark(code, placed{r.no, ""}, map[string]any{"text": said})
	}
	return err
}

func (r *reader) remark(code string, at placed, args map[string]any) {
	r.report.add(body.Remark{Code: code, Paragraph: at.no, Near: at.near, Args: args})
}

// alternate reads the first choice that has anything for us.
func (r *reader) alternate(d *xml.Decoder, read func() error, had func() bool) error {
	return each(d, func(el string, _ *xml.StartElement) error {
		if (el == "mc:Choice" || el == "mc:Fallback") && !had() {
			return read()
		}
		return d.Skip()
	})
}

// rest reports what is in the file and in no part of the text.
func (r *reader) rest(main string) error {
	links, err := r.a.relations(main)
	if err != nil {
		return err
	}
	for _, d := range r.deep {
		if d.level > r.deepest {
			r.remark("docx.heading_level", d.placed, map[string]any{"level": d.level})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.comments)) {
		r.remark("docx.comment", placed{}, map[string]any{"text": r.comments[id]})
	}
	if r.contents > 0 {
		r.remark("docx.contents", placed{}, map[string]any{"count": r.contents})
	}
	if r.ink {
		r.remark("docx.look", placed{}, nil)
	}
	seen := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(links)) {
		l := links[id]
		if l.kind != "header" && l.kind != "footer" || l.external {
			continue
		}
		err := r.a.parse(l.target, func(d *xml.Decoder, _ *xml.StartElement) error {
			said, err := words(d)
			if said = strings.TrimSpace(said); strings.Trim(said, "0123456789-—–·第页共/ ") != "" && !seen[said] {
				seen[said] = true
				r.remark("docx.header", placed{}, map[string]any{"text": said})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	settings, err := r.a.relations(related(links, "settings"))
	for _, l := range settings {
		if l.kind == "attachedTemplate" && l.external {
			r.remark("docx.template", placed{}, map[string]any{"text": l.target})
		}
	}
	return err
}
