// Package word reads what an office writes and writes what it prints: .docx in
// both directions. What Write wrote, Read reads back as the same text. A file
// from Word or WPS loses only what the report names, with its place.
package word

import (
	"errors"
	"path"
	"strings"

	"gongkai/internal/body"
	"gongkai/internal/fault"
)

var (
	// ErrNotWord refuses what is no .docx file inside.
	ErrNotWord = fault.New(fault.Unsupported, "docx.not_word")
	// ErrOld refuses files of Word 97–2003, WPS and RTF, whatever their name.
	ErrOld = fault.New(fault.Unsupported, "docx.old")
	// ErrEncrypted refuses files that open with a password.
	ErrEncrypted = fault.New(fault.Invalid, "docx.encrypted")
	// ErrMacros refuses files with programs in them.
	ErrMacros = fault.New(fault.Invalid, "docx.macros")
	// ErrBomb refuses files that unpack to more than a document needs.
	ErrBomb = fault.New(fault.TooLarge, "docx.bomb")
	// ErrUnsafe refuses archives made to be read in two ways ("entry").
	ErrUnsafe = fault.New(fault.Invalid, "docx.unsafe")
	// ErrBroken refuses files whose XML cannot be read ("part").
	ErrBroken = fault.New(fault.Invalid, "docx.broken")
	// ErrTooDeep refuses elements nested deeper than any text needs.
	ErrTooDeep = fault.New(fault.Invalid, "docx.too_deep")
	// ErrControlCharacter names a character that turns the reading direction
	// ("character", "paragraph", "near").
	ErrControlCharacter = fault.New(fault.Invalid, "docx.control_character")
)

// A Document is what was read from a file.
type Document struct {
	body.Document
	Images []Image // each once, in order; the body names them by their hash
}

// An Image is a picture of a text, PNG or JPEG.
type Image struct {
	Hash      string
	MediaType string
	Bytes     []byte
}

// Formats are the file name endings Import reads.
const Formats = ".docx, " + body.Formats

// MediaType is that of .docx files.
const MediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// FileName is a name for the file of a text, which no system takes for a path.
func FileName(title string) string {
	name := []rune(strings.Map(func(r rune) rune {
		if turns(r) || r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return -1
		}
		return r
	}, body.Line(title)))
	s := strings.Trim(string(name[:min(len(name), 80)]), " .")
	if s == "" {
		s = "文稿"
	}
	return s + ".docx"
}

// Import reads a file by the ending of its name: Word documents here, texts as
// body.Import does.
func Import(name string, b []byte) (Document, error) {
	switch ending := strings.ToLower(path.Ext(name)); ending {
	case ".docx":
		d, err := Read(b)
		if f, ok := fault.From(err); ok {
			return d, f.With("name", path.Base(name))
		}
		d.RecogniseAnnual()
		return d, err
	case ".doc", ".wps", ".rtf", ".dot", ".wpt":
		return Document{}, ErrOld.With("name", path.Base(name))
	case ".docm", ".dotm":
		return Document{}, ErrMacros
	}
	d, err := body.Import(name, b)
	if errors.Is(err, body.ErrFormat) {
		err = body.ErrFormat.With("name", path.Base(name)).With("accepted", Formats)
	}
	return Document{Document: d}, err
}
