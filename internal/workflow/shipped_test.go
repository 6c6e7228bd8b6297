package workflow

import (
	"os"
	"testing"
)

// shipped are the chains of the repository, read as the program does.
func shipped(t testing.TB) *Library {
	t.Helper()
	l, err := LoadLibrary(os.DirFS("../../workflows"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func chain(t testing.TB, id string) *Definition {
	t.Helper()
	d, ok := shipped(t).Latest(id)
	if !ok {
		t.Fatalf("no chain %s", id)
	}
	return d
}

func TestShippedFilesHaveNoProblem(t *testing.T) {
	for _, p := range Lint(os.DirFS("../../workflows")) {
		t.Error(p)
	}
}

func TestKindsFindTheirChain(t *testing.T) {
	l := shipped(t)
	for kind, want := range map[string]string{
		"news": "three-reviews", "notice": "three-reviews", "policy": "policy", "annual_report": "annual-report",
		"urgent": "urgent", "reprint": "reprint", "white_paper": "sequential", "wechat_post": "wechat-post", "nobody knows": "three-reviews",
	} {
		if d, ok := l.For(kind); !ok || d.ID != want {
			t.Errorf("%s goes through %v, want %s", kind, d, want)
		}
	}
	if _, ok := l.Get("three-reviews", 99); ok {
		t.Error("version 99 is there")
	}
}
