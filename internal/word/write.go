package word

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/xml"
	"fmt"
	"image"
	"io"
	"net/http"
	"strings"

	"gongkai/internal/body"
)

// The page of an official document (GB/T 9704): A4, margins 37, 35, 28 and
// 26 mm, 22 lines of 28 characters. Lengths are twips, 1/1440 inch.
const (
	pageWidth, pageHeight       = 11906, 16838
	marginTop, marginBottom     = 2098, 1984
	marginLeft, marginRight     = 1588, 1474
	textWidth                   = pageWidth - marginLeft - marginRight
	linePitch                   = 579 // (page − margins) / 22
	charSpace                   = -5  // 28 characters of 16 pt are 5.8 pt too wide; a grid of characters would do the same, but only in Word
	emuPerPixel                 = 9525
	widestPicture, highPicture  = textWidth * 635, 20 * linePitch * 635
	unknownWidth, unknownHeight = 400, 300
)

// A writer is one document being written. Parts with words in them, the text
// and its notes, each have their own relations.
type writer struct {
	*part
	text, footnotes *part
	lists           []listKind // one numbering each
	media           []media
	image           func(hash string) ([]byte, error)
	notes           [][]*body.Node
	pictures        int
	err             error
}

type part struct {
	bytes.Buffer
	links []string // relations of the part, from rId1
	ids   map[string]string
}

// listKind is a list's kind and how deep it stands.
type listKind struct {
	kind  string
	level int
}

type media struct {
	hash, ending string
	bytes        []byte
	width        int
	height       int
}

// Write writes a text, in its canonical form, as a .docx file in the layout of
// official documents. image answers the bytes of a picture the text shows. The
// same text gives the same bytes.
func Write(to io.Writer, title, html string, image func(hash string) ([]byte, error)) error {
	w := &writer{text: newPart(), footnotes: newPart(), image: image}
	w.part = w.text
	for _, kind := range []string{"styles", "numbering", "settings", "footnotes"} {
		w.relate(kind, kind+".xml", false)
	}
	odd, even := w.relate("footer", "footer1.xml", false), w.relate("footer", "footer2.xml", false)
	nodes, notes := splitNotes(body.Nodes(html))
	w.notes = notes
	w.line("Title", "", []body.Run{{Text: body.Line(title)}}, "")
	w.blocks(nodes, "")
	for i, n := range notes {
		w.note(i+1, n)
	}
	if w.err != nil {
		return w.err
	}
	z := zip.NewWriter(to)
	for _, f := range w.files(odd, even) {
		out, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: f.method()})
		if err != nil {
			return err
		}
		if _, err = out.Write(f.bytes); err != nil {
			return err
		}
	}
	return z.Close()
}

// method keeps a part that repeats itself from looking like a bomb.
func (f *file) method() uint16 {
	if len(f.bytes) > costless {
		var packed bytes.Buffer
		z, _ := flate.NewWriter(&packed, flate.DefaultCompression)
		_, _ = z.Write(f.bytes)
		_ = z.Close()
		if len(f.bytes)/packed.Len() >= maxRatio-10 {
			return zip.Store
		}
	}
	return zip.Deflate
}

func newPart() *part { return &part{ids: map[string]string{}} }

// relate names something else from the part, once.
func (p *part) relate(kind, target string, external bool) string {
	key := kind + " " + target
	if id := p.ids[key]; id != "" {
		return id
	}
	id := fmt.Sprintf("rId%d", len(p.links)+1)
	mode := ""
	if external {
		mode = ` TargetMode="External"`
	}
	p.links = append(p.links, fmt.Sprintf(`<Relationship Id="%s" Type="%s%s" Target="%s"%s/>`, id, relationTypes, kind, escape(target), mode))
	p.ids[key] = id
	return id
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func (w *writer) put(format string, args ...any) { fmt.Fprintf(w.part, format, args...) }

// blocks writes blocks one below the other. within is the style of paragraphs
// there, "" for that of the text.
func (w *writer) blocks(nodes []*body.Node, within string) {
	for i, n := range nodes {
		if i > 0 && n.Kind == "table" && nodes[i-1].Kind == "table" {
			w.put(`<w:p/>`) // Word takes tables that touch for one
		}
		w.block(n, within)
	}
}

var paragraphStyles = map[string]string{"": "GKLine", "h1": "GKHeading", "h2": "Heading1", "h3": "Heading2", "h4": "Heading3"}

func (w *writer) block(n *body.Node, within string) {
	switch n.Kind {
	case "p":
		if within == "" {
			within = "GKBody"
		}
		w.line(within, n.Class, n.Runs, "")
	case "blockquote":
		w.own(ownBlock{kind: n.Kind, class: n.Class}, func() { w.blocks(n.Kids, "Quote") })
	case "ul", "ol":
		if plainList(n, 0) {
			w.list(n, 0)
			return
		}
		w.own(ownBlock{kind: n.Kind, class: n.Class}, func() {
			for _, li := range n.Kids {
				w.own(ownBlock{kind: "li", class: li.Class}, func() { w.blocks(li.Kids, "") })
			}
		})
	case "table":
		if n.Class != "" {
			w.own(ownBlock{kind: "table", class: n.Class}, func() { w.table(n) })
			return
		}
		w.table(n)
	default:
		w.line(paragraphStyles[n.Kind], n.Class, n.Runs, "")
	}
}

// own writes what Word has no word for into a content control.
func (w *writer) own(o ownBlock, content func()) {
	w.put(`<w:sdt><w:sdtPr><w:tag w:val="%s"/></w:sdtPr><w:sdtContent>`, o.tag())
	content()
	w.put(`</w:sdtContent></w:sdt>`)
}

// plainList says that Word's own numbering says everything about a list.
func plainList(list *body.Node, level int) bool {
	if list.Class != "" || level > 8 {
		return false
	}
	for _, li := range list.Kids {
		if li.Kids[0].Kind != "" {
			return false
		}
		for _, k := range li.Kids[1:] {
			if k.Kind != "ul" && k.Kind != "ol" || !plainList(k, level+1) {
				return false
			}
		}
	}
	return true
}

// list writes each list with a numbering of its own, so that it counts from 1.
func (w *writer) list(list *body.Node, level int) {
	w.lists = append(w.lists, listKind{list.Kind, level})
	num := fmt.Sprintf(`<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, level, len(w.lists))
	for _, li := range list.Kids {
		w.line("GKList", li.Class, li.Kids[0].Runs, num)
		for _, k := range li.Kids[1:] {
			w.list(k, level+1)
		}
	}
}

var aligned = map[string]string{"ta-c": "center", "ta-r": "right"}

// line writes a paragraph.
func (w *writer) line(style, class string, runs []body.Run, num string) {
	w.put(`<w:p><w:pPr><w:pStyle w:val="%s"/>%s`, style, num)
	if pictured(runs) {
		w.put(`<w:spacing w:line="240" w:lineRule="auto"/>`)
	}
	if class != "" {
		if num == "" {
			w.put(`<w:ind w:firstLineChars="0" w:firstLine="0"/>`)
		}
		w.put(`<w:jc w:val="%s"/>`, aligned[class])
	}
	w.put(`</w:pPr>`)
	w.runs(runs)
	w.put(`</w:p>`)
}

func (w *writer) runs(runs []body.Run) {
	for _, r := range runs {
		if r.Link != "" {
			w.put(`<w:hyperlink r:id="%s">`, w.relate("hyperlink", r.Link, true))
		}
		switch {
		case r.Break:
			w.put(`<w:r>%s<w:br/></w:r>`, look(r))
		case r.Image != "":
			w.picture(r)
		default:
			w.words(r)
		}
		if r.Link != "" {
			w.put(`</w:hyperlink>`)
		}
	}
}

// words writes text, with references to notes where they stand.
func (w *writer) words(r body.Run) {
	rest := r.Text
	say := func(s string) {
		if s != "" {
			w.put(`<w:r>%s<w:t xml:space="preserve">%s</w:t></w:r>`, look(r), escape(s))
		}
	}
	if len(w.notes) > 0 && w.part == w.text {
		for m := references.FindStringSubmatchIndex(rest); m != nil; m = references.FindStringSubmatchIndex(rest) {
			say(rest[:m[0]])
			w.put(`<w:r>%s<w:footnoteReference w:id="%s"/></w:r>`, look(r, `<w:rStyle w:val="FootnoteReference"/>`), rest[m[2]:m[3]])
			rest = rest[m[1]:]
		}
	}
	say(rest)
}

func look(r body.Run, more ...string) string {
	s := strings.Join(more, "")
	if r.Strong {
		s += `<w:b/>`
	}
	if r.Emph {
		s += `<w:i/>`
	}
	if r.Underline {
		s += `<w:u w:val="single"/>`
	}
	if s == "" {
		return ""
	}
	return `<w:rPr>` + s + `</w:rPr>`
}

func (w *writer) note(number int, nodes []*body.Node) {
	w.part = w.footnotes
	w.put(`<w:footnote w:id="%d">`, number)
	for i, n := range nodes {
		runs := n.Runs
		w.put(`<w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>`)
		if i == 0 {
			w.put(`<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>`)
			first := runs[0]
			first.Text = strings.TrimPrefix(first.Text, reference(number))
			runs = append([]body.Run{first}, runs[1:]...)
		}
		w.runs(runs)
		w.put(`</w:p>`)
	}
	w.put(`</w:footnote>`)
	w.part = w.text
}

// picture writes an image as wide as it is, or as the page allows.
func (w *writer) picture(r body.Run) {
	m, err := w.stored(strings.TrimPrefix(r.Image, "/blob/"))
	if err != nil {
		w.err = fmt.Errorf("picture %s: %w", r.Image, err)
		return
	}
	wide, high := m.width*emuPerPixel, m.height*emuPerPixel
	if wide > widestPicture {
		wide, high = widestPicture, high*widestPicture/wide
	}
	if high > highPicture {
		wide, high = wide*highPicture/high, highPicture
	}
	wide, high = max(wide, 1), max(high, 1)
	w.pictures++
	id := w.relate("image", "media/"+m.file(), false)
	w.put(`<w:r>%s<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="图片 %[4]d" descr="%s"/>`+
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="%[4]d" name="图片 %[4]d"/><pic:cNvPicPr/></pic:nvPicPr>`+
		`<pic:blipFill><a:blip r:embed="%[6]s"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>`+
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%[2]d" cy="%[3]d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>`,
		look(r), wide, high, w.pictures, escape(r.Alt), id)
}

func (m *media) file() string { return m.hash[len("sha256:"):] + m.ending }

func (w *writer) stored(hash string) (*media, error) {
	for i := range w.media {
		if w.media[i].hash == hash {
			return &w.media[i], nil
		}
	}
	b, err := w.image(hash)
	if err != nil {
		return nil, err
	}
	m := media{hash: hash, ending: ".bin", bytes: b, width: unknownWidth, height: unknownHeight}
	switch http.DetectContentType(b) {
	case "image/png":
		m.ending = ".png"
	case "image/jpeg":
		m.ending = ".jpeg"
	}
	if size, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil && size.Width > 0 && size.Height > 0 {
		m.width, m.height = size.Width, size.Height
	}
	w.media = append(w.media, m)
	return &w.media[len(w.media)-1], nil
}
