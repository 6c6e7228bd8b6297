package catalogue_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/catalogue"
)

func load(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load(os.DirFS("../../web/i18n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	declared = regexp.MustCompile(`fault\.New\([^,]+,\s*"([^"]+)"\)`)
	found    = regexp.MustCompile(`"((?:check|notice|publish|channel|docx)\.[a-z_.]+)"`)
)

func TestEveryFaultFindingAndNoticeHasItsSentence(t *testing.T) {
	c := load(t)
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(string(src), -1) {
			n++
			if !c.Has(m[1]) {
				t.Errorf("%s: %s has no sentence", path, m[1])
			}
		}
		for _, m := range found.FindAllStringSubmatch(string(src), -1) {
			if strings.HasPrefix(m[1], "check.") || strings.HasPrefix(m[1], "notice.") || strings.HasPrefix(m[1], "docx.") {
				if !c.Has(m[1]) {
					t.Errorf("%s: %s has no sentence", path, m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 100 {
		t.Errorf("only %d faults found: the pattern no longer fits", n)
	}
}

func TestBothLanguagesHaveTheSameCodes(t *testing.T) {
	c := load(t)
	zh, en := c.Codes(catalogue.Chinese), c.Codes(catalogue.English)
	for _, code := range zh {
		if !slices.Contains(en, code) {
			t.Errorf("%s has no English sentence", code)
		}
	}
	for _, code := range en {
		if !slices.Contains(zh, code) {
			t.Errorf("%s has no Chinese sentence", code)
		}
	}
}

func TestSentencesHaveTheSamePlaceholders(t *testing.T) {
	c := load(t)
	hole := regexp.MustCompile(`\{[a-z_]+\}`)
	for _, code := range c.Codes(catalogue.English) {
		zh := hole.FindAllString(c.Say(catalogue.Chinese, code, nil), -1)
		for _, h := range hole.FindAllString(c.Say(catalogue.English, code, nil), -1) {
			if !slices.Contains(zh, h) {
				t.Errorf("%s: %s only in English", code, h)
			}
		}
	}
}

func TestSayFillsPlaceholdersAndNamesWords(t *testing.T) {
	c := load(t)
	got := c.Say(catalogue.Chinese, "manuscript.state", map[string]any{"state": "in_review"})
	if !strings.Contains(got, "审核中") || strings.Contains(got, "{") {
		t.Errorf("got %q", got)
	}
	if got := c.Say(catalogue.English, "no.such.code", nil); got != "no.such.code" {
		t.Errorf("got %q", got)
	}
}

func TestWhatPeopleWroteIsNoCodeAndNoHole(t *testing.T) {
	c := load(t)
	for range 50 {
		got := c.Say(catalogue.English, "notice.task", map[string]any{"title": "{by} {step} published", "by": "draft", "step": "初审"})
		if !strings.Contains(got, "{by} {step} published") || !strings.Contains(got, "draft") {
			t.Fatalf("%q", got)
		}
	}
}
