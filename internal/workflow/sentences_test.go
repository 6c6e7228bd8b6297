package workflow

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestEveryFaultHasItsSentences: both languages, the same placeholders, and no
// sentence without a fault.
func TestEveryFaultHasItsSentences(t *testing.T) {
	text, err := os.ReadFile("testdata/sentences.json")
	if err != nil {
		t.Fatal(err)
	}
	var sentences map[string]struct{ ZH, EN string }
	if err := json.Unmarshal(text, &sentences); err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`fault\.New\(fault\.\w+, "([\w.]+)"\)`)
	placeholder := regexp.MustCompile(`\{\w+\}`)
	codes := map[string]bool{}
	for _, dir := range []string{".", "../calendar"} {
		files, _ := filepath.Glob(dir + "/*.go")
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllSubmatch(src, -1) {
				codes[string(m[1])] = true
			}
		}
	}
	for code := range codes {
		s := sentences[code]
		if s.ZH == "" || s.EN == "" {
			t.Errorf("%s has no sentence", code)
		}
		zh, en := placeholder.FindAllString(s.ZH, -1), placeholder.FindAllString(s.EN, -1)
		slices.Sort(zh)
		slices.Sort(en)
		if !slices.Equal(zh, en) {
			t.Errorf("%s: placeholders %v and %v", code, zh, en)
		}
	}
	for code := range sentences {
		if !codes[code] {
			t.Errorf("%s has sentences and no fault", code)
		}
	}
	t.Logf("%d codes", len(codes))
}
