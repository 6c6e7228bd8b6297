// Package body holds the text of a manuscript: a small, whitelisted HTML in one
// canonical form, so that equal texts have equal bytes and equal hashes. It
// reads what offices send, and answers questions about a text without anybody
// else having to parse HTML.
//
// The whitelist: p, h1–h4, blockquote, ul, ol, li, table, caption, thead,
// tbody, tr, th, td (rowspan, colspan), strong, em, u, br, a (href), img (src
// of a stored blob, alt), and the classes ta-c and ta-r on blocks and cells.
package body

import (
	"strings"
	"unicode"

	"gongkai/internal/fault"
)

// MaxBytes is the longest text Sanitise takes and the longest it answers.
const MaxBytes = 2 << 20

var (
	// ErrNotUTF8 names the first byte that is not UTF-8 ("position", from 1).
	ErrNotUTF8 = fault.New(fault.Invalid, "body.not_utf8")
	// ErrControlCharacter names a NUL or a character that turns the reading
	// direction ("position" in characters from 1, "character" as U+202E).
	ErrControlCharacter = fault.New(fault.Invalid, "body.control_character")
	// ErrTooDeep refuses elements nested deeper than 100.
	ErrTooDeep = fault.New(fault.Invalid, "body.too_deep")
	// ErrTooLarge refuses more than MaxBytes.
	ErrTooLarge = fault.New(fault.TooLarge, "body.too_large")
	// ErrFormat refuses a file whose kind Import does not read ("accepted").
	ErrFormat = fault.New(fault.Unsupported, "body.format")
	// ErrNoAnnualCells says that a text lacks cells of the statutory annual
	// tables ("found" of "wanted").
	ErrNoAnnualCells = fault.New(fault.Invalid, "body.annual_cells")
)

// Text is the text without markup: one line per block, the cells of a table row
// on one line with tabs between them.
func Text(html string) string {
	var b strings.Builder
	writeText(&b, parse(html).kids)
	return strings.TrimSuffix(b.String(), "\n")
}

func writeText(b *strings.Builder, blocks []*block) {
	for _, x := range blocks {
		switch {
		case x.kind == "tr":
			for i, cell := range x.kids {
				if i > 0 {
					b.WriteByte('\t')
				}
				b.WriteString(strings.Join(leaves(nil, cell), " "))
			}
			b.WriteByte('\n')
		case x.leaf():
			b.WriteString(x.text())
			b.WriteByte('\n')
		default:
			writeText(b, x.kids)
		}
	}
}

// Paragraphs are the texts of all blocks that hold words, in reading order:
// paragraphs, headings, list items and table cells. Line breaks within a block
// are "\n".
func Paragraphs(html string) []string { return leaves(nil, parse(html)) }

func leaves(to []string, b *block) []string {
	if b.leaf() {
		if t := b.text(); t != "" {
			to = append(to, t)
		}
		return to
	}
	for _, k := range b.kids {
		to = leaves(to, k)
	}
	return to
}

// CountRunes counts the characters that are not blank, as the length limits of
// the annual report do.
func CountRunes(html string) int {
	n := 0
	for _, p := range Paragraphs(html) {
		for _, r := range p {
			if !unicode.IsSpace(r) {
				n++
			}
		}
	}
	return n
}

// Blobs are the hashes of the images the text shows, each once, in order.
func Blobs(html string) []string {
	var out []string
	seen := map[string]bool{}
	parse(html).each(func(b *block) {
		for _, r := range b.runs {
			if hash, ok := strings.CutPrefix(r.src, "/blob/"); ok && !seen[hash] {
				seen[hash] = true
				out = append(out, hash)
			}
		}
	})
	return out
}

// maxSlots bounds what spans may blow a table up to.
const maxSlots = 200_000

// Cells are the tables of the text as rectangular grids. A merged cell has its
// words in its upper left place; the other places it covers are empty.
func Cells(html string) [][][]string {
	var out [][][]string
	parse(html).each(func(b *block) {
		if b.kind == "table" {
			out = append(out, grid(b))
		}
	})
	return out
}

func grid(table *block) [][]string {
	var rows []*block
	for _, k := range table.kids {
		if k.kind != "caption" {
			rows = append(rows, k.kids...)
		}
	}
	out := make([][]string, len(rows))
	taken := make([]map[int]bool, len(rows))
	width, slots := 0, 0
	for y, row := range rows {
		x := 0
		for _, cell := range row.kids {
			for taken[y][x] {
				x++
			}
			w, h := max(cell.colspan, 1), min(max(cell.rowspan, 1), len(rows)-y)
			if slots += w * h; slots > maxSlots {
				w, h = 1, 1
			}
			for len(out[y]) < x+w {
				out[y] = append(out[y], "")
			}
			out[y][x] = strings.Join(leaves(nil, cell), "\n")
			for dy := 1; dy < h; dy++ {
				if taken[y+dy] == nil {
					taken[y+dy] = map[int]bool{}
				}
				for dx := range w {
					taken[y+dy][x+dx] = true
				}
			}
			x += w
			width = max(width, x)
		}
	}
	if width*len(rows) > 2*maxSlots {
		return out
	}
	for y := range out {
		for len(out[y]) < width {
			out[y] = append(out[y], "")
		}
	}
	return out
}
