package checker

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A checker that shared code with the program would share its mistakes.
func TestCheckerImportsNothingOfTheProgram(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") && path != "github.com/go-sql-driver/mysql" && path != "modernc.org/sqlite" || first == "gongkai" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
