package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnAnnualReportIsReadAndChecked(t *testing.T) {
	seed, err := filepath.Abs("../../internal/annual/testdata/annual-report-2025.txt") // the program runs in a folder of its own
	if err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "report.xlsx")
	has(t, good(t, "annual", "import", seed, "--last", seed, "--xlsx", book), "2025年", "200/200", "0 个不为0", "政务公开平台管理维护")
	has(t, good(t, "annual", "import", book), "200/200")

	b, err := os.ReadFile(seed)
	if err != nil {
		t.Fatal(err)
	}
	wrong := write(t, "wrong.txt", strings.Replace(string(b), "一、本年新收政府信息公开申请数量\t\t0\t", "一、本年新收政府信息公开申请数量\t\t3\t", 1))
	bad(t, []string{"annual", "import", wrong}, "T3.R01.C7", "第1行的总计是0", "不符合勾稽关系", "must be put right")
	bad(t, []string{"annual", "import", write(t, "part.txt", "某局2025年政府信息公开工作年度报告\n二、主动公开政府信息情况\n规章\t0\t0\t0\n")}, "3/200", "没有找到这一行的名称", "must be put right")
	bad(t, []string{"annual", "import", "missing.txt"}, "no such file")
	bad(t, []string{"annual"}, "annual import FILE")
}
