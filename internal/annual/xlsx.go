package annual

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"gongkai/internal/body"
	"gongkai/internal/check"
	"gongkai/internal/fault"
)

// ErrWorkbook is answered for a file that is no workbook, or has too much in it.
var ErrWorkbook = fault.New(fault.Invalid, "annual.workbook")

var sheets = []string{"二、主动公开", "三、申请", "四、复议诉讼"}

// Workbook is the three tables as an .xlsx, one a sheet, with the merged cells
// of the format; figures are numbers.
func (r Report) Workbook() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	style, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true},
		Border: []excelize.Border{{Type: "left", Style: 1}, {Type: "right", Style: 1}, {Type: "top", Style: 1}, {Type: "bottom", Style: 1}}})
	if err != nil {
		return nil, err
	}
	for i, name := range sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err != nil {
			return nil, err
		}
		if err := writeSheet(f, name, body.AnnualTable(i+2, r.Figures.Text()), style); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	err = f.Write(&b)
	return b.Bytes(), err
}

func writeSheet(f *excelize.File, name, table string, style int) error {
	var rows []*body.Node
	for _, t := range body.Nodes(table) {
		for _, part := range t.Kids {
			rows = append(rows, part.Kids...)
		}
	}
	taken := map[[2]int]bool{}
	width := 0
	for y, row := range rows {
		x := 0
		for _, cell := range row.Kids {
			for taken[[2]int{x, y}] {
				x++
			}
			w, h := max(cell.Colspan, 1), max(cell.Rowspan, 1)
			for dy := range h {
				for dx := range w {
					taken[[2]int{x + dx, y + dy}] = true
				}
			}
			if err := writeCell(f, name, x, y, w, h, words(cell)); err != nil {
				return err
			}
			x += w
			width = max(width, x)
		}
	}
	last, err := excelize.CoordinatesToCellName(max(width, 1), max(len(rows), 1))
	if err != nil {
		return err
	}
	if err := f.SetCellStyle(name, "A1", last, style); err != nil {
		return err
	}
	return f.SetColWidth(name, "A", "C", 22)
}

func words(n *body.Node) (s string) {
	for _, r := range n.Runs {
		s += r.Text
	}
	for _, k := range n.Kids {
		s += words(k)
	}
	return s
}

func writeCell(f *excelize.File, name string, x, y, w, h int, text string) error {
	at, err := excelize.CoordinatesToCellName(x+1, y+1)
	if err != nil {
		return err
	}
	if a, ok := ParseAmount(text); ok {
		n, err := strconv.ParseFloat(a.String(), 64)
		if err != nil {
			return err
		}
		err = f.SetCellValue(name, at, n)
		if err != nil {
			return err
		}
	} else if err := f.SetCellStr(name, at, text); err != nil {
		return err
	}
	if w == 1 && h == 1 {
		return nil
	}
	to, err := excelize.CoordinatesToCellName(x+w, y+h)
	if err != nil {
		return err
	}
	return f.MergeCell(name, at, to)
}

// Bounds of a workbook that is read.
const (
	maxWorkbook = 10 << 20
	maxSheets   = 20
	maxRows     = 500
)

// ImportWorkbook reads the tables of an .xlsx.
func ImportWorkbook(b []byte) (Imported, error) {
	if len(b) > maxWorkbook {
		return Imported{}, ErrWorkbook
	}
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: 4 * maxWorkbook, UnzipXMLSizeLimit: 2 * maxWorkbook, RawCellValue: true})
	if err != nil {
		return Imported{}, ErrWorkbook.Because(err)
	}
	defer f.Close()
	names, hidden, err := visible(f)
	if err != nil || len(names) > maxSheets {
		return Imported{}, ErrWorkbook.Because(errors.Join(err, fmt.Errorf("%d sheets", len(names))))
	}
	var all []line
	for i, name := range names {
		if title := sheetTitle(name, i, len(names)); title > 0 {
			all = append(all, row2line([]string{string([]rune(ordinals)[title]) + "、" + Titles[title]}))
		}
		rows, err := f.Rows(name)
		if err != nil {
			return Imported{}, ErrWorkbook.Because(err)
		}
		for n := 0; rows.Next(); n++ {
			cells, err := rows.Columns()
			if err != nil || n == maxRows {
				return Imported{}, ErrWorkbook.Because(err)
			}
			for x, c := range cells {
				cells[x] = rounded(c)
			}
			all = append(all, row2line(cells))
		}
	}
	got := importLines("", all)
	for _, name := range hidden {
		got.Notes = append(got.Notes, check.Finding{Rule: "annual.read_hidden", Level: check.Hint, Args: map[string]any{"sheet": name}})
	}
	return got, nil
}

// visible are the sheets a reader of the workbook sees, and those hidden.
func visible(f *excelize.File) (seen, hidden []string, err error) {
	for _, name := range f.GetSheetList() {
		shown, err := f.GetSheetVisible(name)
		if err != nil {
			return nil, nil, err
		}
		if shown {
			seen = append(seen, name)
		} else {
			hidden = append(hidden, name)
		}
	}
	return seen, hidden, nil
}

// sheetTitle is the part of the report whose table a sheet holds, as its name
// says, or its place among three; 0 for none.
func sheetTitle(name string, at, of int) int {
	for _, c := range []struct {
		word string
		part int
	}{{"主动公开", 1}, {"复议", 3}, {"诉讼", 3}, {"申请", 2}} {
		if strings.Contains(name, c.word) {
			return c.part
		}
	}
	if of == len(sheets) {
		return at + 1
	}
	return 0
}

var binary = regexp.MustCompile(`^[0-9]+(?:\.[0-9]{7,}|(?:\.[0-9]+)?[Ee][+-]?[0-9]{1,2})$`)

// rounded is a figure as it was typed; workbooks keep the nearest binary one.
func rounded(c string) string {
	if !binary.MatchString(c) {
		return c
	}
	v, err := strconv.ParseFloat(c, 64)
	if err != nil {
		return c
	}
	s := strconv.FormatFloat(v, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
