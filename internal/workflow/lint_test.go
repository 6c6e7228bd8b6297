package workflow

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func TestGoodFilesHaveNoProblem(t *testing.T) {
	for _, p := range Lint(os.DirFS("testdata/good")) {
		t.Error(p)
	}
}

// TestBrokenFilesNameLineAndField: the first line of each file names the
// problem that must be among those found, "# expect: line: field: words". Line
// 0 is a thing that is not there.
func TestBrokenFilesNameLineAndField(t *testing.T) {
	catalogue, err := os.ReadFile("../../web/i18n/zh-CN.json")
	if err != nil {
		t.Fatal(err)
	}
	sentences := map[string]string{}
	if err := json.Unmarshal(catalogue, &sentences); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/broken/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		want := strings.SplitN(strings.TrimPrefix(first, "# expect: "), ":", 3)
		line, _ := strconv.Atoi(want[0])
		field, say := strings.TrimSpace(want[1]), strings.TrimSpace(want[2])
		problems := Lint(fstest.MapFS{filepath.Base(file): {Data: text}})
		found := false
		for _, p := range problems {
			if sentences[p.Code] == "" || p.Code == "workflow.lint.other" && !strings.HasPrefix(filepath.Base(file), "bad-yaml") && !strings.HasPrefix(filepath.Base(file), "empty") {
				t.Errorf("%s: %s has no sentence in the catalogue (%s)", file, p.Say, p.Code)
			}
		}
		for _, p := range problems {
			found = found || p.Line == line && p.Field == field && strings.Contains(p.Say, say) && p.File == filepath.Base(file)
		}
		if !found {
			t.Errorf("%s: want %s, got %v", file, first, problems)
		}
		if _, err := LoadLibrary(fstest.MapFS{filepath.Base(file): {Data: text}}); err == nil {
			t.Errorf("%s: loaded", file)
		}
	}
	t.Logf("%d broken files", len(files))
}

func TestLintAcrossFiles(t *testing.T) {
	text, err := os.ReadFile("testdata/good/shortest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	one := strings.Replace(string(text), "basis: 示例", "basis: 示例\napplies_to: [reply]", 1)
	two := strings.Replace(one, "id: shortest", "id: shorter", 1)
	problems := Lint(fstest.MapFS{"shortest.yaml": {Data: []byte(one)}, "shorter.yaml": {Data: []byte(two)}})
	if len(problems) != 1 || problems[0].Field != "applies_to" || problems[0].File != "shortest.yaml" {
		t.Errorf("one kind in two files: %v", problems)
	}
	if problems := Lint(fstest.MapFS{}); len(problems) != 1 {
		t.Errorf("no file: %v", problems)
	}
	if problems := Lint(fstest.MapFS{"a.yaml/b": {}}); len(problems) != 1 {
		t.Errorf("a folder: %v", problems)
	}
	if _, problems := Parse("x.yaml", []byte("steps: *nobody")); len(problems) == 0 {
		t.Error("an alias without an anchor is accepted")
	}
	if _, problems := Parse("x.yaml", []byte("applies_to: [&a news, *a]")); len(problems) != 2 {
		t.Errorf("anchors in a list: %v", problems)
	}
}

// FuzzParse: whatever the file holds, the answer is a usable chain or problems,
// never a panic.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/broken/*.yaml", "../../workflows/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, problems := Parse("x.yaml", text)
		if len(problems) > 0 {
			return
		}
		if len(d.Lint()) > 0 {
			return
		}
		_ = d.DrawText() + d.DrawSVG()
		if _, err := Start(d, Subject{Drafter: 1, Actor: Actor{Person: 1}, Hash: "h"}, morning); err != nil {
			t.Error(err)
		}
	})
}
