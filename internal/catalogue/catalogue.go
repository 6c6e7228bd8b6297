// Package catalogue turns codes into the sentences people read: Chinese first,
// English second. No other package holds sentences.
package catalogue

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"gongkai/internal/fault"
)

// Lang is a language of the interface.
type Lang string

const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// Catalogue holds all sentences. It never changes once loaded.
type Catalogue struct {
	text map[Lang]map[string]string
}

// Load reads zh-CN.json and en.json, flat objects from code to sentence.
func Load(f fs.FS) (*Catalogue, error) {
	c := &Catalogue{map[Lang]map[string]string{}}
	for _, lang := range []Lang{Chinese, English} {
		b, err := fs.ReadFile(f, string(lang)+".json")
		if err != nil {
			return nil, err
		}
		m := map[string]string{}
		if err := json.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("%s.json: %w", lang, err)
		}
		c.text[lang] = m
	}
	return c, nil
}

// Say fills the sentence of a code with values for its {name} placeholders; a
// value that names a word, or a reason that is a code, is said too. An
// English sentence that is missing is said in Chinese; an unknown code is said
// as itself.
func (c *Catalogue) Say(lang Lang, code string, args map[string]any) string {
	s, ok := c.text[lang][code]
	if !ok {
		if s, ok = c.text[Chinese][code]; !ok {
			return code
		}
	}
	if !strings.Contains(s, "{") {
		return s
	}
	var holes []string
	for k, v := range args {
		word := fmt.Sprint(v)
		if named, ok := v.(string); ok && !typed[k] {
			switch {
			case c.Has("word." + named):
				word = c.Say(lang, "word."+named, nil)
			case k == "reason" && c.Has(named):
				word = c.Say(lang, named, nil)
			}
		}
		holes = append(holes, "{"+k+"}", word)
	}
	return strings.NewReplacer(holes...).Replace(s)
}

// typed are the arguments that hold what somebody wrote: never a code, though it
// may look like one.
var typed = map[string]bool{"title": true, "name": true, "by": true, "note": true, "text": true, "quote": true, "near": true, "say": true, "q": true,
	"login": true, "staff_no": true, "slug": true, "file": true, "path": true, "url": true, "href": true, "doc_no": true, "found": true, "wanted": true, "character": true, "font": true}

// Fault says a fault in words.
func (c *Catalogue) Fault(lang Lang, f *fault.Fault) string { return c.Say(lang, f.Code, f.Args) }

// Has says whether the code has a Chinese sentence.
func (c *Catalogue) Has(code string) bool {
	_, ok := c.text[Chinese][code]
	return ok
}

// Codes lists all codes of a language.
func (c *Catalogue) Codes(lang Lang) []string { return slices.Sorted(maps.Keys(c.text[lang])) }

// Prefer picks the language from an Accept-Language header.
func Prefer(header string) Lang {
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch {
		case strings.HasPrefix(tag, "zh"):
			return Chinese
		case strings.HasPrefix(tag, "en"):
			return English
		}
	}
	return Chinese
}
