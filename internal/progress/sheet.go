package progress

import (
	"bytes"

	"github.com/xuri/excelize/v2"
)

// Sheet is the workbook by which an errand says what became of each line; every
// cell is text, also one that begins with an equals sign.
func Sheet(name string, lines [][]string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	widest := 1
	for y, line := range lines {
		widest = max(widest, len(line))
		for x, text := range line {
			at, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				return nil, err
			}
			if err := f.SetCellStr(name, at, text); err != nil {
				return nil, err
			}
		}
	}
	last, err := excelize.ColumnNumberToName(widest)
	if err != nil {
		return nil, err
	}
	if err := f.SetColWidth(name, "A", last, 24); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = f.Write(&b)
	return b.Bytes(), err
}
