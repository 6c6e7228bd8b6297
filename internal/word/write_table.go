package word

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"gongkai/internal/body"
)

// maxGoingOn bounds the cells that merging downwards may add to a table.
const maxGoingOn = 100_000

// A slot is a cell of a row as Word has it.
type slot struct {
	cell  *body.Node // nil for one that goes on from above, or for a gap
	x     int
	width int
	rows  int  // from here downwards
	fixed bool // its spans are not those of the text
	goes  bool // on from above
}

// layout places the cells of rows as a browser does. Spans that Word cannot
// have, because they leave the table or meet, are shortened and written down.
func layout(rows []*body.Node) (lines [][]slot, width int) {
	var above []slot // that go on into the next row, by column
	added := 0
	for y, row := range rows {
		var line []slot
		x := 0
		down := func() {
			for len(above) > 0 && above[0].x == x {
				s := above[0]
				above = above[1:]
				line = append(line, slot{x: x, width: s.width, rows: s.rows - 1, goes: true})
				x += s.width
			}
		}
		for _, cell := range row.Kids {
			down()
			s := slot{cell: cell, x: x, width: max(cell.Colspan, 1), rows: max(cell.Rowspan, 1)}
			if len(above) > 0 && s.width > above[0].x-x {
				s.width, s.fixed = above[0].x-x, true
			}
			if s.rows > len(rows)-y {
				s.rows, s.fixed = len(rows)-y, true
			}
			if added += s.rows - 1; added > maxGoingOn {
				s.rows, s.fixed = 1, true
			}
			line = append(line, s)
			x += s.width
		}
		for len(above) > 0 {
			if gap := above[0].x - x; gap > 0 {
				line = append(line, slot{x: x, width: gap, rows: 1})
				x += gap
			}
			down()
		}
		width = max(width, x)
		for _, s := range line {
			if s.rows > 1 {
				above = append(above, s)
			}
		}
		slices.SortFunc(above, func(a, b slot) int { return a.x - b.x })
		lines = append(lines, line)
	}
	return lines, width
}

func (w *writer) table(n *body.Node) {
	sections := n.Kids
	if sections[0].Kind == "caption" {
		w.line("Caption", sections[0].Class, sections[0].Runs, "")
		sections = sections[1:]
	}
	var rows []*body.Node
	for _, s := range sections {
		rows = append(rows, s.Kids...)
	}
	lines, width := layout(rows)
	w.put(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/></w:tblPr><w:tblGrid>`)
	columns := columnWidths(lines, width)
	for _, c := range columns {
		w.put(`<w:gridCol w:w="%d"/>`, c)
	}
	w.put(`</w:tblGrid>`)
	for _, s := range sections {
		write := func() {
			for i, row := range s.Kids {
				tr := func() { w.row(lines[i], columns, s.Kind == "thead") }
				if row.Class != "" {
					w.own(ownBlock{kind: "tr", class: row.Class}, tr)
				} else {
					tr()
				}
			}
		}
		if usual(sections) {
			write()
		} else {
			w.own(ownBlock{kind: s.Kind, class: s.Class}, write)
		}
		lines = lines[len(s.Kids):]
	}
	w.put(`</w:tbl>`)
}

// usual says that header rows, then the others, are all the parts of a table.
func usual(sections []*body.Node) bool {
	for i, s := range sections {
		if s.Class != "" || i > 1 || i == 1 && sections[0].Kind != "thead" {
			return false
		}
	}
	return true
}

// columnWidths shares the width of the text among columns by the longest words
// in each, from 4 to 16 characters.
func columnWidths(lines [][]slot, width int) []int {
	want, sum := make([]int, width), 0
	for _, line := range lines {
		for _, s := range line {
			if s.cell != nil && s.width == 1 {
				want[s.x] = max(want[s.x], min(utf8.RuneCountInString(textOf(s.cell.Kids)), 16))
			}
		}
	}
	for i := range want {
		want[i] = max(want[i], 4)
		sum += want[i]
	}
	for i := range want {
		want[i] = max(textWidth*want[i]/sum, 1)
	}
	return want
}

func (w *writer) row(line []slot, columns []int, head bool) {
	w.put(`<w:tr><w:trPr>`)
	if last := line[len(line)-1]; last.x+last.width < len(columns) {
		w.put(`<w:gridAfter w:val="%d"/>`, len(columns)-last.x-last.width)
	}
	if w.put(`<w:cantSplit/>`); head {
		w.put(`<w:tblHeader/>`)
	}
	w.put(`</w:trPr>`)
	for _, s := range line {
		wide := 0
		for _, c := range columns[s.x : s.x+s.width] {
			wide += c
		}
		w.put(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>`, wide)
		if s.width > 1 {
			w.put(`<w:gridSpan w:val="%d"/>`, s.width)
		}
		switch {
		case s.goes:
			w.put(`<w:vMerge/>`)
		case s.rows > 1:
			w.put(`<w:vMerge w:val="restart"/>`)
		}
		w.put(`<w:vAlign w:val="center"/></w:tcPr>`)
		switch {
		case s.goes:
			w.put(`<w:p><w:pPr><w:pStyle w:val="GKText"/></w:pPr></w:p>`)
		case s.cell == nil:
			w.own(ownBlock{kind: "none"}, func() { w.put(`<w:p/>`) })
		default:
			w.cell(s)
		}
		w.put(`</w:tc>`)
	}
	w.put(`</w:tr>`)
}

func (w *writer) cell(s slot) {
	c := s.cell
	style := "GKText"
	if c.Kind == "th" {
		style = "GKHead"
	}
	only := len(c.Kids) == 0 || len(c.Kids) == 1 && c.Kids[0].Kind == ""
	paragraphs := c.Class == "" && !slices.ContainsFunc(c.Kids, func(k *body.Node) bool { return k.Kind != "p" })
	write := func() {
		switch {
		case len(c.Kids) == 0:
			w.line(style, c.Class, nil, "")
		case only:
			w.line(style, c.Class, c.Kids[0].Runs, "")
		default:
			w.blocks(c.Kids, style)
			if !paragraphs {
				w.put(`<w:p/>`) // a cell ends with a paragraph
			}
		}
	}
	if !s.fixed && (only || paragraphs) {
		write()
		return
	}
	own := ownBlock{kind: c.Kind, class: c.Class}
	if s.fixed {
		own.colspan, own.rowspan = max(c.Colspan, 1), max(c.Rowspan, 1)
	}
	w.own(own, write)
}

// numbering is the numbering part: two looks, and each list on its own.
func (w *writer) numbering() []byte {
	var b bytes.Buffer
	b.WriteString(numberingHead)
	for i, l := range w.lists {
		look := 1
		if l.kind == "ol" {
			look = 2
		}
		fmt.Fprintf(&b, `<w:num w:numId="%d"><w:abstractNumId w:val="%d"/><w:lvlOverride w:ilvl="%d"><w:startOverride w:val="1"/></w:lvlOverride></w:num>`, i+1, look, l.level)
	}
	b.WriteString(`</w:numbering>`)
	return b.Bytes()
}
