package word

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"gongkai/internal/fault"
)

// What an archive may unpack to (A36). An annual report has 20 entries and
// 2 MiB; a ratio is judged only beyond what costs nothing.
const (
	maxEntries = 2000
	maxTotal   = 200 << 20
	maxXML     = 32 << 20
	maxMedia   = 24 << 20 // of all pictures: they do not get smaller by packing
	maxRatio   = 100
	costless   = 4 << 20
	maxDepth   = 400
)

// An archive is the parts of a document by lower-case name.
type archive struct {
	parts map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

var (
	ole       = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	encrypted = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	rtf       = []byte(`{\rtf`)
	entry     = []byte("PK\x01\x02")
)

func open(b []byte) (*archive, error) {
	switch {
	case bytes.HasPrefix(b, ole) && bytes.Contains(b, encrypted):
		return nil, ErrEncrypted
	case bytes.HasPrefix(b, ole), bytes.HasPrefix(b, rtf):
		return nil, ErrOld
	case !bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return nil, ErrNotWord
	case bytes.Count(b, entry) > 2*maxEntries: // before the directory is read into memory
		return nil, ErrBomb
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, ErrNotWord.Because(err)
	}
	if len(z.File) > maxEntries {
		return nil, ErrBomb
	}
	a := &archive{parts: map[string]*zip.File{}, left: maxTotal}
	var total uint64
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		name := strings.ToLower(f.Name)
		_, twice := a.parts[name]
		if twice || !safe(name) || f.Flags&1 != 0 {
			return nil, ErrUnsafe.With("entry", quote(f.Name))
		}
		if total += f.UncompressedSize64; total > maxTotal || f.UncompressedSize64 > costless && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return nil, ErrBomb
		}
		if strings.Contains(name, "vbaproject") || strings.Contains(name, "vbadata") {
			return nil, ErrMacros
		}
		a.parts[name] = f
	}
	types, err := a.read("[content_types].xml", maxXML)
	if err == nil && bytes.Contains(bytes.ToLower(types), []byte("macroenabled")) {
		err = ErrMacros
	}
	return a, err
}

// safe says that a name means one place everywhere.
func safe(name string) bool {
	return !strings.ContainsAny(name, "\\:\x00") && path.Clean("/"+name) == "/"+name
}

// read answers a part, or ErrNotWord when there is none.
func (a *archive) read(name string, most int64) ([]byte, error) {
	r, err := a.open(name, most)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return b, broken(name, err)
}

func (a *archive) open(name string, most int64) (io.ReadCloser, error) {
	f := a.parts[strings.ToLower(name)]
	if f == nil {
		return nil, ErrNotWord
	}
	r, err := f.Open()
	if err != nil {
		return nil, broken(name, err)
	}
	return &meter{r, a, 0, int64(f.CompressedSize64), most}, nil
}

// A meter stops an entry that unpacks to more than it may, whatever its header
// says.
type meter struct {
	io.ReadCloser
	a                  *archive
	read, packed, most int64
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	m.read += int64(n)
	m.a.left -= int64(n)
	if m.a.left < 0 || m.read > m.most || m.read > costless && m.read/maxRatio > m.packed {
		return 0, ErrBomb
	}
	return n, err
}

// broken is err as a fault.
func broken(name string, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := fault.From(err); ok {
		return f
	}
	return ErrBroken.With("part", name).Because(err)
}

// parse reads a part as XML; one that is not there is empty. f gets the root,
// just opened.
func (a *archive) parse(name string, f func(d *xml.Decoder, root *xml.StartElement) error) error {
	if a.parts[strings.ToLower(name)] == nil {
		return nil
	}
	r, err := a.open(name, maxXML)
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewTokenDecoder(&tokens{d: xml.NewDecoder(r)})
	for {
		t, err := d.Token()
		if err != nil {
			return broken(name, err)
		}
		if root, ok := t.(xml.StartElement); ok {
			return broken(name, f(d, &root))
		}
	}
}

// tokens refuses what no document needs: declarations of entities and deep
// nesting.
type tokens struct {
	d     *xml.Decoder
	depth int
}

var errDeclaration = errors.New("a document type is declared")

func (t *tokens) Token() (xml.Token, error) {
	tok, err := t.d.RawToken()
	switch tok.(type) {
	case xml.Directive:
		return nil, errDeclaration
	case xml.StartElement:
		if t.depth++; t.depth > maxDepth {
			return nil, ErrTooDeep.With("max", maxDepth)
		}
	case xml.EndElement:
		t.depth--
	}
	return tok, err
}

// A relation is what one part of a document refers to.
type relation struct {
	kind     string // last word of its type: "image", "hyperlink"
	target   string // part name, or an address when external
	external bool
}

func (a *archive) relations(part string) (map[string]relation, error) {
	dir, file := path.Split(part)
	out := map[string]relation{}
	err := a.parse(dir+"_rels/"+file+".rels", func(d *xml.Decoder, root *xml.StartElement) error {
		var raw struct {
			R []struct {
				Attrs []xml.Attr `xml:",any,attr"`
			} `xml:"Relationship"`
		}
		if err := d.DecodeElement(&raw, root); err != nil {
			return err
		}
		for _, x := range raw.R {
			get := func(name string) string { return attrOf(x.Attrs, name) }
			r := relation{path.Base(get("Type")), get("Target"), get("TargetMode") == "External"}
			if !r.external {
				if !strings.HasPrefix(r.target, "/") {
					r.target = "/" + dir + r.target
				}
				r.target = strings.TrimPrefix(path.Clean(r.target), "/")
			}
			out[get("Id")] = r
		}
		return nil
	})
	return out, err
}

// related is the first part of a kind that a part refers to.
func related(all map[string]relation, kind string) string {
	var found []string
	for _, r := range all {
		if r.kind == kind && !r.external {
			found = append(found, r.target)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}

func attrOf(attrs []xml.Attr, name string) string {
	for _, a := range attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
