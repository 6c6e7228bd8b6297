package check

import (
	"fmt"
	"slices"

	"gongkai/internal/body"
)

// Text is what the text rules look at. Body is whitelisted HTML.
type Text struct {
	Title, Body, Summary, Source, DocNo string
	WeChatTitle, WeChatDigest           string
}

// Rule is one automatic check. Find sees one field at a time as plain text and
// answers the offending words by their place in runes.
type Rule struct {
	ID    string // the name used in workflows/*.yaml
	Basis string // the law or practice behind it
	Find  func(field, plain string) []Hit
}

// Hit is one place in a text.
type Hit struct {
	Code  string // catalogue code of the finding
	Quote string
	Args  map[string]any
}

// Rules is a set of rules to run by name.
type Rules struct{ byID map[string]Rule }

// All lists every rule there is.
func All() Rules {
	r := Rules{map[string]Rule{}}
	for _, rule := range []Rule{RequiredFields, SecretMarkings, SensitiveWords, PersonalData, Typos, LeaderNames} {
		r.byID[rule.ID] = rule
	}
	return r
}

// Run applies the named rules: what block rules find blocks, what warn rules
// find is a hint. The findings are in the order of rules, fields and places.
func (r Rules) Run(block, warn []string, t Text) ([]Finding, error) {
	fields := []struct{ name, plain string }{
		{"title", t.Title}, {"body", body.Text(t.Body)}, {"summary", t.Summary}, {"source", t.Source},
		{"wechat.title", t.WeChatTitle}, {"wechat.digest", t.WeChatDigest},
	}
	var out []Finding
	for _, set := range []struct {
		ids   []string
		level Level
	}{{block, Block}, {warn, Hint}} {
		for _, id := range set.ids {
			rule, ok := r.byID[id]
			if !ok {
				return nil, fmt.Errorf("check: no rule %q", id)
			}
			for _, f := range fields {
				for _, h := range rule.Find(f.name, f.plain) {
					found := Finding{Rule: h.Code, Level: set.level, Where: f.name, Quote: clip(h.Quote), Args: h.Args}
					if !slices.ContainsFunc(out, func(o Finding) bool { return o.Rule == found.Rule && o.Where == found.Where && o.Quote == found.Quote }) {
						out = append(out, found)
					}
				}
			}
		}
	}
	return out, nil
}

func clip(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
