// Package roster is the list of people an office brings along as a workbook:
// its template, what is wrong in it line by line, and the two errands that take
// it over. The system administrator's makes people and accounts; the security
// administrator's proposes their posts, which a second one confirms (D6).
package roster

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"gongkai/internal/fault"
	"gongkai/internal/org"
)

// Bounds of a workbook.
const (
	MaxBytes = 5 << 20
	MaxRows  = 2000
)

var (
	ErrWorkbook = fault.New(fault.Invalid, "roster.workbook")   // no .xlsx, or damaged
	ErrMacros   = fault.New(fault.Invalid, "roster.macros")     // .xlsm
	ErrHead     = fault.New(fault.Invalid, "roster.head")       // the columns are not those of the template: wanted
	ErrTooMany  = fault.New(fault.Invalid, "roster.too_many")   // max
	ErrNobody   = fault.New(fault.Invalid, "roster.nobody")     // no line at all
	errNeeded   = fault.New(fault.Invalid, "roster.needed")     // column
	errLong     = fault.New(fault.Invalid, "roster.long")       // column
	errFormula  = fault.New(fault.Invalid, "roster.formula")    // column
	errYesNo    = fault.New(fault.Invalid, "roster.yes_no")     //
	errUnit     = fault.New(fault.Invalid, "roster.unit")       // unit
	errPost     = fault.New(fault.Invalid, "roster.post")       // name
	errUnitless = fault.New(fault.Invalid, "roster.unitless")   // posts without a unit
	errTwice    = fault.New(fault.Invalid, "roster.twice")      // column, line
	errExclude  = fault.New(fault.Invalid, "org.posts_exclude") // of the three administrators
)

// Columns are the template's, in order. The last two are written into what comes
// back.
var Columns = []string{"姓名", "工号", "账号", "在编", "科室", "岗位"}

// Words are how people write posts; Posts reads them.
type Words struct {
	Post func(post org.Post) string         // in Chinese, for the template
	Read func(word string) (org.Post, bool) // in either language, or the code
	Say  func(code string, args map[string]any) string
}

// Row is one line of the workbook.
type Row struct {
	Line        int // in the workbook, from 1
	Cells       []string
	Name        string
	StaffNo     string
	Login       string
	Established bool
	Unit        org.Unit
	Posts       []org.Post
	Wrong       *fault.Fault // why the line cannot be taken
}

// Template is an empty workbook with the units and posts there are.
func Template(units []org.Unit, w Words) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	const people, help = "人员", "说明"
	if err := f.SetSheetName("Sheet1", people); err != nil {
		return nil, err
	}
	if _, err := f.NewSheet(help); err != nil {
		return nil, err
	}
	if err := f.SetSheetRow(people, "A1", &Columns); err != nil {
		return nil, err
	}
	if err := f.SetColWidth(people, "A", "F", 18); err != nil {
		return nil, err
	}
	var posts []string
	for _, p := range org.Posts {
		posts = append(posts, w.Post(p))
	}
	var names []string
	for _, u := range units {
		names = append(names, u.Name)
	}
	for i, line := range []string{"每人一行，从第2行开始；在编填“是”或“否”；一人多个岗位用顿号隔开。", "科室：" + strings.Join(names, "、"), "岗位：" + strings.Join(posts, "、")} {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return nil, err
		}
		if err := f.SetCellStr(help, at, line); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	err := f.Write(&b)
	return b.Bytes(), err
}

// Read reads a workbook and judges each of its lines by itself and against the
// others.
func Read(b []byte, units []org.Unit, w Words) ([]Row, error) {
	if len(b) > MaxBytes {
		return nil, ErrWorkbook
	}
	if bytes.Contains(b, []byte("vbaProject.bin")) {
		return nil, ErrMacros
	}
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: 8 * MaxBytes, UnzipXMLSizeLimit: 4 * MaxBytes, RawCellValue: true})
	if err != nil {
		return nil, ErrWorkbook.Because(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	lines, err := f.Rows(sheet)
	if err != nil {
		return nil, ErrWorkbook.Because(err)
	}
	defer lines.Close()
	var all []Row
	for n := 1; lines.Next(); n++ {
		cells, err := lines.Columns()
		if err != nil {
			return nil, ErrWorkbook.Because(err)
		}
		for i := range cells {
			cells[i] = strings.Join(strings.Fields(norm.NFC.String(cells[i])), " ")
		}
		if n == 1 {
			if len(cells) < len(Columns) || !slices.Equal(cells[:len(Columns)], Columns) {
				return nil, ErrHead.With("wanted", strings.Join(Columns, "、"))
			}
			continue
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return c != "" }) {
			continue
		}
		if len(all) == MaxRows {
			return nil, ErrTooMany.With("max", MaxRows)
		}
		all = append(all, row(n, cells, units, w, func(column int) bool {
			at, err := excelize.CoordinatesToCellName(column+1, n)
			if err != nil {
				return false
			}
			formula, err := f.GetCellFormula(sheet, at)
			return err == nil && formula != ""
		}))
	}
	if len(all) == 0 {
		return nil, ErrNobody
	}
	twice(all)
	return all, nil
}

func row(n int, cells []string, units []org.Unit, w Words, formula func(column int) bool) Row {
	for len(cells) < len(Columns) {
		cells = append(cells, "")
	}
	r := Row{Line: n, Cells: cells[:len(Columns)], Name: cells[0], StaffNo: cells[1], Login: cells[2]}
	wrong := func(f *fault.Fault) {
		if r.Wrong == nil {
			r.Wrong = f
		}
	}
	for i, c := range r.Cells {
		switch {
		case formula(i):
			wrong(errFormula.With("column", Columns[i]))
		case i < 3 && c == "":
			wrong(errNeeded.With("column", Columns[i]))
		case len(c) > 60 && i < 3 || utf8.RuneCountInString(c) > 200:
			wrong(errLong.With("column", Columns[i]))
		}
	}
	switch cells[3] {
	case "是", "yes", "1":
		r.Established = true
	case "否", "no", "0":
	default:
		wrong(errYesNo)
	}
	if cells[4] != "" {
		i := slices.IndexFunc(units, func(u org.Unit) bool { return u.Name == cells[4] || u.ShortName == cells[4] || u.FullName == cells[4] })
		if i < 0 {
			wrong(errUnit.With("unit", cells[4]))
		} else {
			r.Unit = units[i]
		}
	}
	for _, word := range strings.FieldsFunc(cells[5], func(c rune) bool { return strings.ContainsRune("、，,；;", c) }) {
		p, ok := w.Read(strings.TrimSpace(word))
		if !ok {
			wrong(errPost.With("name", word))
			continue
		}
		if !slices.Contains(r.Posts, p) {
			r.Posts = append(r.Posts, p)
		}
	}
	if len(r.Posts) > 0 && r.Unit.ID == 0 {
		wrong(errUnitless)
	}
	if len(r.Posts) > 1 && slices.ContainsFunc(r.Posts, org.Post.Administers) {
		wrong(errExclude.With("post", string(r.Posts[1])).With("held", string(r.Posts[0])))
	}
	return r
}

// twice finds numbers and accounts that two lines have.
func twice(all []Row) {
	for column := 1; column <= 2; column++ {
		seen := map[string]int{}
		for i := range all {
			key := strings.ToLower(all[i].Cells[column])
			if first := seen[key]; first != 0 && key != "" && all[i].Wrong == nil {
				all[i].Wrong = errTwice.With("column", Columns[column]).With("line", first)
			} else if first == 0 {
				seen[key] = all[i].Line
			}
		}
	}
}

// Wrong counts the lines that cannot be taken.
func Wrong(all []Row) (n int) {
	for _, r := range all {
		if r.Wrong != nil {
			n++
		}
	}
	return n
}
