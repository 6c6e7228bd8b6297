package wechat

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var codePattern = regexp.MustCompile(`"((?:channel\.)?wechat\.[a-z_]+)"`)

// TestEveryCodeHasSentences finds the codes in the source, so that none is
// shown without words.
func TestEveryCodeHasSentences(t *testing.T) {
	b, err := os.ReadFile("testdata/sentences.json")
	if err != nil {
		t.Fatal(err)
	}
	var sentences map[string]map[string]string
	if err := json.Unmarshal(b, &sentences); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range codePattern.FindAllStringSubmatch(string(src), -1) {
			used[m[1]] = true
		}
	}
	for _, rule := range []string{"title_length", "author_length", "digest_length"} {
		used["channel.wechat."+rule] = true
	}
	for _, step := range steps {
		delete(used, step)
	}
	for _, field := range []string{"title", "author", "digest", "form"} {
		delete(used, "wechat."+field)
	}
	for code := range used {
		for _, lang := range []string{"zh", "en"} {
			if sentences[code][lang] == "" {
				t.Errorf("%s has no %s sentence", code, lang)
			}
		}
	}
	for code := range sentences {
		if !used[code] {
			t.Errorf("%s is not used", code)
		}
	}
}
