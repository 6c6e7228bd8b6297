package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gongkai/internal/annual"
	"gongkai/internal/catalogue"
	"gongkai/internal/check"
	"gongkai/internal/word"
	"gongkai/web"
)

// mostReport bounds the file of a report.
const mostReport = 20 << 20

// runAnnual reads a report somebody made elsewhere and says what it found, what
// it could not read, and what does not tie out.
func runAnnual(_ context.Context, args []string) error {
	f, _ := flags("annual import FILE")
	last := f.String("last", "", "上年的报告 last year's report, for what was carried over")
	out := f.String("xlsx", "", "把表格写成 .xlsx write the tables as a workbook")
	rules := f.Bool("makes-rules", false, "有规章制定权 the body may make rules (规章)")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) != 2 || rest[0] != "import" {
		return errors.New("gongkai annual import FILE (.txt, .md, .html, .docx, .xlsx)")
	}
	words, err := sentences()
	if err != nil {
		return err
	}
	got, err := readReport(rest[1])
	if err != nil {
		return err
	}
	s := annual.Subject{Year: got.Year, Figures: got.Figures, Text: got.Text, MayMakeRule: *rules}
	if *last != "" {
		before, err := readReport(*last)
		if err != nil {
			return err
		}
		s.LastYear = before.Figures
	}
	found := append(got.Notes, annual.Tie(s)...)
	sum := 0
	for _, v := range got.Figures {
		if v != 0 {
			sum++
		}
	}
	fmt.Printf("%s: %d年 year, %d/%d 个单元格 cells, %d 个不为0 not zero\n", filepath.Base(rest[1]), got.Year, len(got.Figures), len(annual.Codes), sum)
	for _, x := range found {
		fmt.Printf("%-6s %-12s %s\n", x.Level, x.Where, words.Say(catalogue.Chinese, x.Rule, x.Args))
	}
	if *out != "" {
		b, err := annual.Report{Figures: got.Figures}.Workbook()
		if err == nil {
			err = os.WriteFile(*out, b, 0o644)
		}
		if err != nil {
			return err
		}
	}
	if n := len(check.Blocking(found)); n > 0 {
		return fmt.Errorf("%d 处须更正 must be put right", n)
	}
	return nil
}

func sentences() (*catalogue.Catalogue, error) {
	sub, err := fs.Sub(web.FS, "i18n")
	if err != nil {
		return nil, err
	}
	return catalogue.Load(sub)
}

func readReport(path string) (annual.Imported, error) {
	info, err := os.Stat(path)
	if err != nil {
		return annual.Imported{}, err
	}
	if info.Size() > mostReport {
		return annual.Imported{}, fmt.Errorf("%s: 超过 20 MB more than 20 MB", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return annual.Imported{}, err
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".docx":
		d, err := word.Import(filepath.Base(path), b)
		if err != nil {
			return annual.Imported{}, err
		}
		return annual.ImportDocument(d.Document), nil
	case ".xlsx":
		return annual.ImportWorkbook(b)
	}
	return annual.Import(filepath.Base(path), b)
}
