package word

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gongkai/internal/body"
	"gongkai/internal/fault"
)

func utf16(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }

// stuffed adds raw entries to a good document.
func stuffed(t testing.TB, add func(z *zip.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := add(z)
	for name, content := range office(p("", r("", "文"))) {
		w, e := z.Create(name)
		if err = errors.Join(err, e); err == nil {
			_, err = w.Write([]byte(content))
		}
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func named(name string) func(z *zip.Writer) error {
	return func(z *zip.Writer) error { _, err := z.Create(name); return err }
}

func hostile(t testing.TB) map[string]struct {
	file []byte
	want error
} {
	doc := func(content string) []byte { return zipped(t, with(office(""), "word/document.xml", content)) }
	open := `<w:document` + spaces + `><w:body>`
	lie := stuffed(t, func(z *zip.Writer) error { // says it is small and is not
		w, err := z.CreateRaw(&zip.FileHeader{Name: "word/media/x.png", Method: zip.Deflate, UncompressedSize64: 10, CompressedSize64: 4})
		if err == nil {
			_, err = w.Write([]byte("\x03\x00\x00\x00"))
		}
		return err
	})
	big := bytes.Repeat([]byte("<w:p/>"), 40<<20/6)
	return map[string]struct {
		file []byte
		want error
	}{
		"nothing":                     {nil, ErrNotWord},
		"words":                       {[]byte("公开"), ErrNotWord},
		"a page":                      {[]byte("<html>"), ErrNotWord},
		"the head of an archive":      {[]byte("PK\x03\x04"), ErrNotWord},
		"a picture before an archive": {append([]byte("GIF89a"), zipped(t, office(""))...), ErrNotWord},
		"a workbook":                  {zipped(t, map[string]string{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}), ErrNotWord},
		"another root":                {doc(`<workbook xmlns="x"/>`), ErrNotWord},
		"Word 97":                     {[]byte(string(ole) + strings.Repeat("\x00", 512) + utf16("WordDocument")), ErrOld},
		"RTF":                         {[]byte(`{\rtf1\ansi x}`), ErrOld},
		"a password":                  {[]byte(string(ole) + strings.Repeat("\x00", 512) + utf16("EncryptedPackage")), ErrEncrypted},
		"macros":                      {zipped(t, with(office(p("", r("", "文"))), "word/vbaProject.bin", "x")), ErrMacros},
		"macros by their type":        {zipped(t, with(office(""), "[Content_Types].xml", `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`)), ErrMacros},
		"a way out":                   {stuffed(t, named("../../etc/passwd")), ErrUnsafe},
		"an absolute name":            {stuffed(t, named("/etc/passwd")), ErrUnsafe},
		"a backslash":                 {stuffed(t, named(`word\..\x.xml`)), ErrUnsafe},
		"a drive":                     {stuffed(t, named(`c:x.xml`)), ErrUnsafe},
		"a NUL":                       {stuffed(t, named("word/document.xml\x00.png")), ErrUnsafe},
		"a part twice":                {stuffed(t, named("word/document.xml")), ErrUnsafe},
		"a part twice in capitals":    {stuffed(t, named("Word/Document.XML")), ErrUnsafe},
		"too many entries": {stuffed(t, func(z *zip.Writer) (err error) {
			for i := 0; i < maxEntries && err == nil; i++ {
				_, err = z.Create(fmt.Sprintf("x/%d.xml", i))
			}
			return err
		}), ErrBomb},
		"a bomb":                   {doc(open + string(big)), ErrBomb},
		"a bomb in a part unread":  {zipped(t, with(office(""), "x.bin", strings.Repeat("\x00", 30<<20))), ErrBomb},
		"a broken part unread":     {lie, nil},
		"an entity":                {doc(`<!DOCTYPE x [<!ENTITY a "b">]>` + open + p("", r("", "&a;"))), ErrBroken},
		"an entity nobody knows":   {doc(open + p("", r("", "&a;"))), ErrBroken},
		"cut off":                  {doc(open + `<w:p><w:r><w:t>公`), ErrBroken},
		"mixed up":                 {doc(open + `<w:p><w:r></w:p></w:r>`), ErrBroken},
		"not UTF-8":                {doc(open + "<w:p><w:r><w:t>\xb9\xab</w:t></w:r></w:p></w:body></w:document>"), ErrBroken},
		"deep":                     {doc(open + strings.Repeat("<w:sdt><w:sdtContent>", 1000)), ErrTooDeep},
		"deep where nothing reads": {doc(open + "<w:p><w:r><w:x>" + strings.Repeat("<w:y>", 100_000)), ErrTooDeep},
		"tables in tables":         {doc(open + strings.Repeat("<w:tbl><w:tr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p>", 60) + strings.Repeat("</w:tc></w:tr></w:tbl>", 60) + "</w:body></w:document>"), body.ErrTooDeep},
		"text that turns":          {doc(open + p("", r("", "公\u202e开")) + "</w:body></w:document>"), ErrControlCharacter},
	}
}

func TestHostileFilesAreRefused(t *testing.T) {
	for name, c := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(c.file); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestAControlCharacterIsRefusedWithItsPlace(t *testing.T) {
	_, err := Read(zipped(t, office(t0+p("", r("", "公\u202e开")))))
	f, _ := fault.From(err)
	if f == nil || f.Args["paragraph"] != 2 || f.Args["near"] != "公开" || f.Args["character"] != "U+202E" {
		t.Errorf("%+v", f)
	}
}

// TestTotalIsCountedWhileUnpacking takes a file whose header says less than
// there is.
func TestTotalIsCountedWhileUnpacking(t *testing.T) {
	a, err := open(zipped(t, office("")))
	if err != nil {
		t.Fatal(err)
	}
	a.left = 100
	if _, err := a.read("word/document.xml", maxXML); !errors.Is(err, ErrBomb) {
		t.Errorf("total: %v", err)
	}
	if a, err = open(zipped(t, office(""))); err != nil {
		t.Fatal(err)
	}
	if _, err := a.read("word/document.xml", 10); !errors.Is(err, ErrBomb) {
		t.Errorf("one part: %v", err)
	}
}

func TestImportByEnding(t *testing.T) {
	for name, want := range map[string]error{"a.doc": ErrOld, "a.WPS": ErrOld, "a.docm": ErrMacros, "a.pdf": body.ErrFormat, "a.docx": ErrNotWord, "a.txt": nil} {
		if _, err := Import(name, []byte("题\n文")); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Import("a.pdf", nil)
	if f, _ := fault.From(err); f == nil || f.Args["accepted"] != Formats {
		t.Errorf("accepted: %v", f)
	}
}

// checkRead says that whatever is read is a fault or a canonical text.
func checkRead(t *testing.T, b []byte) {
	t.Helper()
	d, err := Read(b)
	if err != nil {
		if _, ok := fault.From(err); !ok {
			t.Fatalf("no fault: %v", err)
		}
		return
	}
	if again, err := body.Sanitise(d.Body); err != nil || again != d.Body {
		t.Fatalf("not canonical: %q %v", d.Body, err)
	}
	var out bytes.Buffer
	of := func(hash string) ([]byte, error) {
		for _, i := range d.Images {
			if i.Hash == hash {
				return i.Bytes, nil
			}
		}
		return nil, os.ErrNotExist
	}
	if err := Write(&out, d.Title, d.Body, of); err != nil {
		t.Fatalf("cannot be written: %v\n%s", err, d.Body)
	}
	again, err := Read(out.Bytes())
	if err != nil || again.Body != d.Body || again.Title != d.Title {
		t.Fatalf("came back otherwise: %v\n%q\n%q\n%q\n%q", err, d.Title, again.Title, d.Body, again.Body)
	}
}

// TestDamagedFilesAreFaults is a short, seeded FuzzRead: samples with pieces of
// their XML cut, doubled and moved, and with bytes of the archive changed.
func TestDamagedFilesAreFaults(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	g := rand.New(rand.NewPCG(1, 2))
	for _, s := range samples {
		for range rounds {
			parts := with(office(s.body), s.parts...)
			for name, content := range parts {
				if strings.HasSuffix(name, ".xml") && g.IntN(3) == 0 {
					parts[name] = damaged(g, content)
				}
			}
			b := zipped(t, parts)
			if g.IntN(4) == 0 {
				b[g.IntN(len(b))] ^= byte(1 << g.IntN(8))
			}
			checkRead(t, b)
		}
	}
}

// damaged moves whole tags and words, so that most of it stays XML.
func damaged(g *rand.Rand, content string) string {
	pieces := strings.SplitAfter(content, ">")
	for range 1 + g.IntN(4) {
		i, j := g.IntN(len(pieces)), g.IntN(len(pieces))
		switch g.IntN(4) {
		case 0:
			pieces[i] = ""
		case 1:
			pieces[i] += pieces[j]
		case 2:
			pieces[i], pieces[j] = pieces[j], pieces[i]
		case 3:
			pieces[i] = strings.NewReplacer(`"1"`, `"99999999999"`, `"0"`, `"-7"`, `"2"`, `"restart"`).Replace(pieces[i])
		}
	}
	return strings.Join(pieces, "")
}

func FuzzRead(f *testing.F) {
	for _, s := range samples {
		f.Add(zipped(f, with(office(s.body), s.parts...)))
	}
	f.Fuzz(checkRead)
}

// FuzzDocument spends its time behind the archive.
func FuzzDocument(f *testing.F) {
	for _, s := range samples {
		f.Add(s.body)
	}
	f.Fuzz(func(t *testing.T, content string) { checkRead(t, zipped(t, office(content))) })
}
