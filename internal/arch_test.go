package internal

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// everywhere may be imported by every package of ours.
var everywhere = []string{"fault", "calendar", "db", "crashpoint", "blob", "body"}

// imports is the table of docs/adr/0001: left may import right, and nothing else
// of ours. Tests may import dbtest, org/orgtest and, for channels, wechatsim.
var imports = map[string][]string{
	"fault": {}, "calendar": {"fault"}, "crashpoint": {}, "db": {"fault", "db/migrations"}, "db/migrations": {},
	"blob": {"fault", "db"}, "body": {"fault"}, "catalogue": {"fault"}, "check": {"body"}, "word": {"body", "picture"}, "picture": {"fault"},
	"org": {}, "authz": {"org"}, "audit": {}, "outbox": {}, "notify": {}, "manuscript": {}, "workflow": {}, "search": {},
	"proof":                   {"manuscript"},
	"publish":                 {"manuscript", "check", "audit", "outbox"},
	"publish/website":         {"publish", "site", "check"},
	"publish/wechat":          {"publish", "publish/wechat/platform", "check"},
	"publish/wechat/platform": {"publish"},
	"wechatsim":               {},
	"site":                    {},
	"review":                  {"manuscript", "workflow", "search", "proof", "check", "publish", "picture", "authz", "org", "audit", "outbox", "notify"},
	"jobs":                    {"publish", "review", "progress", "audit", "outbox", "notify"},
	"foi":                     {"manuscript", "search", "workflow", "check", "authz", "org", "audit", "notify"},
	"duty":                    {"manuscript", "authz", "org", "audit", "notify"},
	"holiday":                 {"foi", "manuscript", "authz", "org", "audit", "notify"},
	"annual":                  {"check", "foi", "notify", "progress", "publish", "manuscript", "workflow", "org", "authz", "audit"},
	"asking":                  {"foi", "site", "httpserver", "catalogue"},
	"progress":                {"outbox"},
	"roster":                  {"org", "authz", "notify", "progress"},
	"sso":                     {"fault"},
	"retain":                  {"manuscript", "site", "org", "audit", "outbox", "notify"},
	"messenger":               {},
	"httpserver":              {"catalogue", "org", "authz", "audit"},
	"httpapi":                 {"httpserver", "foi", "catalogue", "review", "search", "publish", "manuscript", "proof", "workflow", "check", "word", "org", "authz", "audit", "notify"},
	"staff":                   {"httpserver", "foi", "holiday", "duty", "annual", "progress", "roster", "messenger", "catalogue", "review", "search", "publish", "manuscript", "proof", "workflow", "check", "word", "org", "authz", "audit", "notify", "sso"},
	"dbtest":                  {},
	"org/orgtest":             {"org"},
	"crashtest/checker":       {}, // shares no code with the program; its own test says so too
}

// all may import anything: they are where the program is put together.
var all = []string{"app", "demo", "crashtest", "apptest", "loadtest"}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	walk(t, func(t *testing.T, pkg, file string, test bool, imported []string, _ []byte) {
		if slices.Contains(all, pkg) || test {
			return
		}
		allowed, known := imports[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the import table", file, pkg)
		}
		for _, path := range imported {
			name, ours := strings.CutPrefix(path, "gongkai/internal/")
			if strings.HasPrefix(path, "gongkai/") && !ours {
				t.Errorf("%s imports %s: only app does", file, path)
			}
			free := slices.Contains(everywhere, name) && pkg != "db/migrations" && pkg != "fault" && pkg != "wechatsim"
			if ours && !free && !slices.Contains(allowed, name) {
				t.Errorf("%s: %s may not import %s", file, pkg, name)
			}
		}
	})
}

func TestFilesKeepTheirRoom(t *testing.T) {
	walk(t, func(t *testing.T, pkg, file string, test bool, imported []string, src []byte) {
		if test || pkg == "dbtest" {
			return
		}
		base := filepath.Base(file)
		only := func(prefix string, ok bool, where string) {
			for _, path := range imported {
				if strings.HasPrefix(path, prefix) && !ok {
					t.Errorf("%s imports %s: only %s may", file, path, where)
				}
			}
		}
		top, _, _ := strings.Cut(pkg, "/")
		rows := strings.HasPrefix(base, "rows") && top != "db"
		only("gorm.io/", rows || top == "db", "rows.go and db")
		only("github.com/gin-gonic/gin", slices.Contains([]string{"httpserver", "httpapi", "staff", "wechatsim", "app"}, pkg) || (pkg == "site" && strings.HasPrefix(base, "handler")), "the HTTP faces")
		only("github.com/hibiken/asynq", pkg == "jobs", "jobs")
		only("github.com/casbin/", pkg == "authz", "authz")
		text := string(src)
		calls := callsOut.FindString(text)
		channel := pkg == "publish/wechat/platform" || pkg == "messenger" || pkg == "sso" || pkg == "wechatsim" || slices.Contains(all, top)
		if calls != "" && !channel {
			t.Errorf("%s calls out with %s: HTTP clients are in channels, the messenger and sso only", file, calls)
		}
		if strings.Contains(text, "time.Now") && pkg != "app" && pkg != "apptest" && pkg != "crashtest" {
			t.Errorf("%s reads the machine's clock: take it from the transaction or a parameter", file)
		}
		if strings.Contains(text, ".G.") && !rows && top != "db" && pkg != "crashtest" {
			t.Errorf("%s speaks SQL: that belongs in rows.go", file)
		}
		if lines := strings.Count(text, "\n"); lines > 400 && !strings.Contains(firstComment(text), "long because") {
			t.Errorf("%s has %d lines and no reason in its first comment", file, lines)
		}
	})
}

// callsOut is how Go code becomes an HTTP client.
var callsOut = regexp.MustCompile(`\bhttp\.(Client|Get|Head|Post|PostForm|DefaultClient|DefaultTransport|Transport|NewRequest|NewRequestWithContext)\b|\bnet\.Dial|\btls\.Dial`)

func firstComment(src string) string {
	head, _, _ := strings.Cut(src, "\npackage ")
	return head
}

func walk(t *testing.T, each func(t *testing.T, pkg, file string, test bool, imported []string, src []byte)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "nocgo") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || filepath.Dir(path) == "." {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imported []string
		for _, i := range f.Imports {
			imported = append(imported, strings.Trim(i.Path.Value, `"`))
		}
		files++
		each(t, filepath.ToSlash(filepath.Dir(path)), path, strings.HasSuffix(path, "_test.go"), imported, src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files walked", files)
	}
}
