package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"gongkai/internal/calendar"
)

// Problem is one thing wrong in a definition file, said so that the person who
// edits the file can put it right.
type Problem struct {
	File  string
	Line  int
	Field string // "steps[2].role"
	Say   string // in English, for the command line
	Code  string // of the catalogue, for pages
	Args  map[string]any
}

// problem takes "code|words with %s" and what stands for them.
func problem(file string, line int, field, say string, args ...any) Problem {
	code, words, coded := strings.Cut(say, "|")
	if !coded {
		code, words = "other", say
	}
	p := Problem{File: file, Line: line, Field: field, Say: fmt.Sprintf(words, args...), Code: "workflow.lint." + code, Args: map[string]any{}}
	for i, a := range args {
		p.Args[strconv.Itoa(i)] = a
	}
	if !coded {
		p.Args["0"] = p.Say
	}
	return p
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Field, p.Say)
}

// Parse reads one definition strictly: an unknown key, post, check, channel,
// gate or step is a problem. The definition is only usable when there are none.
func Parse(file string, text []byte) (*Definition, []Problem) {
	r := &reader{file: file, d: &Definition{
		File: file, Text: string(text), Digest: digest(text), lines: map[string]int{},
	}}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return nil, []Problem{problem(file, line, "", "other|%s", err)}
	}
	if err := dec.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		r.bad(&doc, "", "one_chain|one file holds one chain: remove the second document")
	}
	r.definition(doc.Content[0])
	return r.d, r.problems
}

// ParseNamed is Parse and Lint for a text without a file: its id names it.
func ParseNamed(text []byte) (*Definition, []Problem) {
	d, found := Parse("", text)
	if len(found) == 0 {
		d.File = d.ID + ".yaml"
		found = d.Lint()
	}
	return d, found
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

type reader struct {
	file     string
	d        *Definition
	problems []Problem
	defaults Step
}

func (r *reader) bad(n *yaml.Node, field, say string, args ...any) {
	r.problems = append(r.problems, problem(r.file, n.Line, field, say, args...))
}

type field struct {
	name string
	read func(n *yaml.Node, path string)
}

// fields reads a mapping whose keys are all known; missing required keys are
// the lint's business.
func (r *reader) fields(n *yaml.Node, path string, known ...field) {
	r.pairs(n, path, func(key, v *yaml.Node, at string) {
		i := slices.IndexFunc(known, func(f field) bool { return f.name == key.Value })
		if i < 0 {
			names := make([]string, len(known))
			for i, f := range known {
				names[i] = f.name
			}
			r.bad(key, at, "key|unknown key; known here: %s", strings.Join(names, ", "))
			return
		}
		if path == "" {
			r.d.lines[at] = key.Line
		}
		known[i].read(v, at)
	})
}

func (r *reader) pairs(n *yaml.Node, path string, each func(key, v *yaml.Node, at string)) {
	if n.Kind != yaml.MappingNode {
		r.bad(n, path, "mapping|must be a mapping")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		at := key.Value
		if path != "" {
			at = path + "." + at
		}
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || v.Kind == yaml.AliasNode || v.Anchor != "" {
			r.bad(key, at, "anchor|anchors, aliases and merges are not used here: write it out")
			continue
		}
		if seen[key.Value] {
			r.bad(key, at, "key_twice|the key is there twice")
			continue
		}
		seen[key.Value] = true
		each(key, v, at)
	}
}

func (r *reader) list(n *yaml.Node, path string, each func(v *yaml.Node, at string)) {
	if n.Kind != yaml.SequenceNode {
		r.bad(n, path, "list|must be a list")
		return
	}
	for i, v := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		if v.Kind == yaml.AliasNode || v.Anchor != "" {
			r.bad(v, at, "anchor|anchors, aliases and merges are not used here: write it out")
			continue
		}
		each(v, at)
	}
}

func (r *reader) text(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || strings.TrimSpace(n.Value) == "" {
			r.bad(n, path, "text|must be a text")
			return
		}
		*to = n.Value
	}
}

func (r *reader) texts(to *[]string, known []string, what string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		*to = []string{}
		r.list(n, path, func(v *yaml.Node, at string) {
			var s string
			r.text(&s)(v, at)
			if s != "" && r.known(v, at, s, known, what) {
				*to = append(*to, s)
			}
		})
	}
}

func (r *reader) known(n *yaml.Node, path, s string, known []string, what string) bool {
	if known == nil || slices.Contains(known, s) {
		return true
	}
	r.bad(n, path, "unknown|unknown %s %q; known: %s", what, s, strings.Join(known, ", "))
	return false
}

func (r *reader) one(to *string, known []string, what string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		var s string
		r.text(&s)(n, path)
		if s != "" && r.known(n, path, s, known, what) {
			*to = s
		}
	}
}

func (r *reader) post(to *string) func(*yaml.Node, string) { return r.one(to, Posts, "role") }

func (r *reader) span(to *calendar.Span) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		s, err := calendar.ParseSpan(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil {
			r.bad(n, path, `span|must be a working time such as "4h", "2d" or "30m"`)
			return
		}
		*to = s
	}
}

func (r *reader) number(to *int) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil {
			r.bad(n, path, "whole|must be a whole number")
			return
		}
		*to = v
	}
}

func (r *reader) yes(to *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
			r.bad(n, path, "true_false|must be true or false")
			return
		}
		*to = strings.EqualFold(n.Value, "true")
	}
}

// reasons reads step → reason.
func (r *reader) reasons(to *map[string]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		*to = map[string]string{}
		r.pairs(n, path, func(key, v *yaml.Node, at string) {
			var reason string
			r.text(&reason)(v, at)
			(*to)[key.Value] = reason
		})
	}
}

func (r *reader) checks(to *StepChecks) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		r.fields(n, path,
			field{"block", r.texts(&to.Block, Checks, "check")},
			field{"warn", r.texts(&to.Warn, Checks, "check")})
	}
}

func (r *reader) definition(n *yaml.Node) {
	d := r.d
	later := map[string]*yaml.Node{}
	keep := func(n *yaml.Node, path string) { later[path] = n }
	r.fields(n, "",
		field{"id", r.text(&d.ID)},
		field{"version", r.number(&d.Version)},
		field{"title", r.text(&d.Title)},
		field{"basis", r.text(&d.Basis)},
		field{"applies_to", r.texts(&d.AppliesTo, nil, "")},
		field{"gates", r.gates},
		field{"submit", func(n *yaml.Node, path string) {
			r.fields(n, path,
				field{"role", r.post(&d.SubmitPost)},
				field{"checks", r.checks(&d.SubmitChecks)})
		}},
		field{"separate", r.separate},
		field{"drafter_may_act_at", r.reasons(&d.DrafterMayActAt)},
		field{"confidentiality_may_be", r.reasons(&d.ConfidentialityMay)},
		field{"defaults", func(n *yaml.Node, path string) {
			s := &r.defaults
			r.fields(n, path,
				field{"scope", r.one(&s.Scope, []string{ScopeUnit, ScopeOrganisation}, "scope")},
				field{"deadline", r.span(&s.Deadline)},
				field{"remind", r.span(&s.Remind)},
				field{"escalate_to", r.post(&s.EscalateTo)},
				field{"return_to", r.texts(&s.ReturnTo, nil, "")})
		}},
		field{"steps", keep},
		field{"after_publish", keep},
		field{"publish", r.publish})
	if steps := later["steps"]; steps != nil {
		d.Steps = r.steps(steps, "steps", r.defaults)
	}
	if steps := later["after_publish"]; steps != nil {
		plain := r.defaults
		plain.ReturnTo = nil // what is published is not returned
		d.AfterPublish = r.steps(steps, "after_publish", plain)
	}
}

func (r *reader) gates(n *yaml.Node, path string) {
	r.pairs(n, path, func(key, v *yaml.Node, at string) {
		g := Gate{ID: key.Value}
		r.text(&g.Title)(v, at)
		if !idForm.MatchString(g.ID) {
			r.bad(key, at, "id_form|ids are lower-case letters, digits, - and _")
		}
		r.d.Gates = append(r.d.Gates, g)
	})
}

func (r *reader) separate(n *yaml.Node, path string) {
	r.list(n, path, func(v *yaml.Node, at string) {
		var line []string
		r.texts(&line, nil, "")(v, at)
		r.d.Separate = append(r.d.Separate, line)
		r.d.separateLines = append(r.d.separateLines, v.Line)
	})
}

func (r *reader) steps(n *yaml.Node, path string, defaults Step) []Step {
	var out []Step
	r.list(n, path, func(v *yaml.Node, at string) {
		s := defaults
		s.line = v.Line
		r.fields(v, at,
			field{"id", r.text(&s.ID)},
			field{"title", r.text(&s.Title)},
			field{"acts", r.texts(&s.Acts, []string{ActReview, ActProof, ActConfidentiality, ActSign}, "act")},
			field{"role", r.post(&s.Post)},
			field{"scope", r.one(&s.Scope, []string{ScopeUnit, ScopeOrganisation}, "scope")},
			field{"return_to", r.texts(&s.ReturnTo, nil, "")},
			field{"deadline", r.span(&s.Deadline)},
			field{"remind", r.span(&s.Remind)},
			field{"escalate_to", r.post(&s.EscalateTo)},
			field{"checks", r.checks(&s.Checks)},
			field{"checklist", func(n *yaml.Node, path string) {
				r.list(n, path, func(v *yaml.Node, at string) {
					var item ChecklistItem
					r.fields(v, at, field{"gate", r.text(&item.Gate)}, field{"text", r.text(&item.Text)})
					s.Checklist = append(s.Checklist, item)
				})
			}})
		out = append(out, s)
	})
	return out
}

func (r *reader) publish(n *yaml.Node, path string) {
	r.list(n, path, func(v *yaml.Node, at string) {
		var o Outlet
		r.fields(v, at,
			field{"channel", r.one(&o.Channel, Channels, "channel")},
			field{"after", r.one(&o.After, Channels, "channel")},
			field{"optional", r.yes(&o.Optional)})
		r.d.Publish = append(r.d.Publish, o)
	})
}
