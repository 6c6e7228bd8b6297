package word

import (
	"encoding/xml"

	"gongkai/internal/body"
)

// A grid is a table being read. Word merges downwards by marking each cell of a
// column; a text says once how many rows a cell takes.
type grid struct {
	node   *body.Node
	last   *body.Node               // section rows are added to
	head   bool                     // only header rows so far
	open   map[int]*gridCell        // cells that go on downwards, by column
	parted map[*ownBlock]*body.Node // sections of ours
}

type gridCell struct {
	node  *body.Node
	merge string // "restart", "continue", "left" or ""
	width int
	fixed bool // its spans are written down
}

// table reads w:tbl.
func (r *reader) table(d *xml.Decoder) (*body.Node, error) {
	g := &grid{node: &body.Node{Kind: "table"}, head: true, open: map[int]*gridCell{}, parted: map[*ownBlock]*body.Node{}}
	return g.node, r.rows(d, g, nil, "")
}

func (r *reader) rows(d *xml.Decoder, g *grid, section *ownBlock, class string) error {
	return each(d, func(el string, e *xml.StartElement) error {
		switch el {
		case "w:tr":
			return r.row(d, g, section, class)
		case "w:sdt":
			return r.control(d, func(own *ownBlock) error {
				switch {
				case own == nil:
					return r.rows(d, g, section, class)
				case own.kind == "tr":
					return r.rows(d, g, section, own.class)
				}
				return r.rows(d, g, own, class)
			})
		case "w:ins", "w:moveTo", "w:customXml", "w:smartTag":
			return r.rows(d, g, section, class)
		case "w:del", "w:moveFrom":
			return r.drop(d, "docx.deleted")
		}
		return d.Skip()
	})
}

func (r *reader) row(d *xml.Decoder, g *grid, section *ownBlock, class string) error {
	row := &body.Node{Kind: "tr", Class: class}
	var cells []*gridCell
	before, head, from := 0, false, r.no
	change := ""
	var read func(el string, e *xml.StartElement) error
	read = func(el string, e *xml.StartElement) error {
		switch el {
		case "w:trPr":
			return each(d, func(el string, e *xml.StartElement) error {
				switch el {
				case "w:gridBefore":
					before = min(max(number(attr(e, "val")), 0), 100)
				case "w:tblHeader":
					head = on(e)
				case "w:ins":
					change = "docx.inserted"
				case "w:del":
					change = "docx.deleted"
				case "w:hidden":
					change = "docx.hidden"
				}
				return d.Skip()
			})
		case "w:tc":
			if change == "docx.deleted" || change == "docx.hidden" {
				return r.drop(d, change)
			}
			c, err := r.cell(d, head)
			if n := len(cells); c.merge == "left" && n > 0 && cells[n-1].node != nil {
				cells[n-1].widen(r, c)
				return err
			}
			cells = append(cells, c)
			return err
		case "w:sdt":
			return r.control(d, func(*ownBlock) error { return each(d, read) })
		case "w:customXml", "w:smartTag":
			return each(d, read)
		}
		return d.Skip()
	}
	if err := each(d, read); err != nil {
		return err
	}
	if change == "docx.inserted" {
		r.remark(change, placed{from + 1, ""}, map[string]any{"text": wordsOf(cells)})
	}
	if g.place(r, row, cells, before); len(row.Kids) == 0 {
		return nil
	}
	g.section(section, head).Kids = append(g.last.Kids, row)
	return nil
}

// place puts cells into a row and lengthens those that go on from above. A row
// in which nothing begins is no row of a text.
func (g *grid) place(r *reader, row *body.Node, cells []*gridCell, before int) {
	begins := false
	x := before
	for _, c := range cells {
		if c.merge == "continue" && g.open[x] == nil {
			c.merge = "" // goes on from nothing
		}
		begins = begins || c.node != nil && c.merge != "continue"
		x += c.width
	}
	if before > 0 && begins {
		row.Kids = append(row.Kids, &body.Node{Kind: "td", Colspan: before})
	}
	next := map[int]*gridCell{}
	x = before
	for _, c := range cells {
		switch {
		case c.node == nil:
		case c.merge == "continue":
			above := g.open[x]
			next[x] = above
			if begins && !above.fixed {
				above.node.Rowspan = max(above.node.Rowspan, 1) + 1
			}
			if said := textOf(c.node.Kids); said != "" {
				r.remark("docx.hidden", placed{no: r.no}, map[string]any{"text": said})
			}
		default:
			row.Kids = append(row.Kids, c.node)
			if c.merge == "restart" {
				next[x] = c
			}
		}
		x += c.width
	}
	g.open = next
}

// section is where the next row belongs.
func (g *grid) section(own *ownBlock, head bool) *body.Node {
	kind, class := "tbody", ""
	g.head = g.head && head
	switch {
	case own != nil:
		kind, class = own.kind, own.class
		if s := g.parted[own]; s != nil {
			g.last = s
			return s
		}
	case g.head:
		kind = "thead"
	}
	if g.last == nil || own != nil || g.last.Kind != kind {
		g.last = &body.Node{Kind: kind, Class: class}
		g.node.Kids = append(g.node.Kids, g.last)
	}
	if own != nil {
		g.parted[own] = g.last
	}
	return g.last
}

func (r *reader) cell(d *xml.Decoder, head bool) (*gridCell, error) {
	c := &gridCell{node: &body.Node{Kind: "td"}, width: 1}
	if head {
		c.node.Kind = "th"
	}
	property := func(el string, e *xml.StartElement) error {
		switch el {
		case "w:gridSpan":
			c.width = min(max(number(attr(e, "val")), 1), 100)
		case "w:vMerge":
			if c.merge = attr(e, "val"); c.merge != "restart" {
				c.merge = "continue"
			}
		case "w:hMerge":
			if attr(e, "val") != "restart" {
				c.merge = "left"
			}
		case "w:cellIns", "w:cellDel", "w:cellMerge", "w:tcPrChange":
			r.remark("docx.format_changed", placed{r.no + 1, ""}, nil)
		}
		return d.Skip()
	}
	items, err := r.blocksAnd(d, func(el string) (bool, error) {
		if el != "w:tcPr" {
			return false, nil
		}
		return true, each(d, property)
	})
	if err != nil {
		return c, err
	}
	c.node.Colspan = c.width
	for _, x := range items {
		if x.own != nil && (x.own.kind == "td" || x.own.kind == "th") {
			c.node, c.fixed = x.node, x.own.colspan > 0 || x.own.rowspan > 0
			if !c.fixed {
				c.node.Colspan = c.width
			}
			return c, nil
		}
		if x.own != nil && x.own.kind == "none" {
			c.node = nil
			return c, nil
		}
	}
	if len(items) > 0 && items[0].cell != "" {
		c.node.Kind = items[0].cell
	}
	c.node.Kids = r.group(items, false)
	if len(c.node.Kids) == 0 && len(items) > 0 {
		c.node.Class = items[0].node.Class
	}
	return c, nil
}

// widen takes in the next cell, merged to the left as Word 97 wrote it.
func (c *gridCell) widen(r *reader, with *gridCell) {
	c.width += with.width
	c.node.Colspan = c.width
	if said := textOf(with.node.Kids); said != "" {
		r.remark("docx.hidden", placed{no: r.no}, map[string]any{"text": said})
	}
}

func wordsOf(cells []*gridCell) string {
	s := ""
	for _, c := range cells {
		if c.node != nil {
			s += textOf(c.node.Kids) + " "
		}
	}
	return s
}

func textOf(nodes []*body.Node) string {
	s := ""
	for _, n := range nodes {
		s += lineOf(n) + textOf(n.Kids)
	}
	return s
}
