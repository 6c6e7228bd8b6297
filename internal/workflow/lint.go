package workflow

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var idForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,38}$`)

// Lint reads every *.yaml at the top of f and answers what is wrong, file by
// file. Nothing wrong is an empty answer.
func Lint(f fs.FS) []Problem {
	_, problems := readAll(f)
	return problems
}

func readAll(f fs.FS) ([]*Definition, []Problem) {
	names, err := fs.Glob(f, "*.yaml")
	if err != nil || len(names) == 0 {
		return nil, []Problem{problem(".", 0, "", "other|there is no *.yaml file")}
	}
	var all []*Definition
	var problems []Problem
	kinds := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(f, name)
		if err != nil {
			problems = append(problems, problem(name, 0, "", "other|%s", err))
			continue
		}
		d, found := Parse(name, text)
		if len(found) == 0 {
			found = d.Lint()
		}
		if len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		for _, kind := range d.AppliesTo {
			if other, taken := kinds[kind]; taken {
				problems = append(problems, problem(name, d.lines["applies_to"], "applies_to", "kind_taken|%q already goes through %s", kind, other))
			}
			kinds[kind] = name
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *Definition) int { return strings.Compare(a.ID, b.ID) })
	return all, problems
}

type linter struct {
	d        *Definition
	problems []Problem
}

func (l *linter) bad(line int, field, say string, args ...any) {
	l.problems = append(l.problems, problem(l.d.File, line, field, say, args...))
}

// Lint holds one parsed definition against the laws of the engine.
func (d *Definition) Lint() []Problem {
	l := &linter{d: d}
	l.head()
	l.stations("steps", d.Steps)
	l.stations("after_publish", d.AfterPublish)
	l.once()
	l.sign()
	l.cleared()
	l.separation()
	l.openings()
	l.outlets()
	return l.problems
}

func (l *linter) head() {
	d := l.d
	if !idForm.MatchString(d.ID) {
		l.bad(d.lines["id"], "id", "id_form|ids are lower-case letters, digits, - and _")
	} else if want := strings.TrimSuffix(path.Base(d.File), ".yaml"); want != d.ID {
		l.bad(d.lines["id"], "id", "id_file|must be the file's name, %q", want)
	}
	if d.Version < 1 {
		l.bad(d.lines["version"], "version", "version|must be 1 or more")
	}
	if !chinese(d.Title) {
		l.bad(d.lines["title"], "title", "title|a Chinese title is required")
	}
	if d.Basis == "" {
		l.bad(d.lines["basis"], "basis", "basis|name the law or rule this chain serves")
	}
	for _, kind := range d.AppliesTo {
		if !idForm.MatchString(kind) {
			l.bad(d.lines["applies_to"], "applies_to", "kind_form|%q: kinds are lower-case letters, digits, - and _", kind)
		}
	}
	if len(d.Gates) == 0 {
		l.bad(d.lines["gates"], "gates", "gates|at least one gate is required: a return names one")
	}
	if d.SubmitPost == "" {
		l.bad(d.lines["submit"], "submit.role", "submits|who submits is required")
	} else if slices.Contains(neverJudges, d.SubmitPost) {
		l.bad(d.lines["submit"], "submit.role", "administrator|%s takes no part in a chain (SOD-8)", d.SubmitPost)
	}
}

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// actSets are what one step may do: what else would be judged by two verbs.
var actSets = [][]string{{ActReview}, {ActProof}, {ActReview, ActProof}, {ActConfidentiality}, {ActSign}}

func (l *linter) stations(list string, steps []Step) {
	earlier := []string{Draft}
	for i, s := range steps {
		at := func(field string) string { return fmt.Sprintf("%s[%d].%s", list, i, field) }
		if !idForm.MatchString(s.ID) || s.ID == Draft {
			l.bad(s.line, at("id"), "step_id|ids are lower-case letters, digits, - and _, and not %q", Draft)
		}
		if !chinese(s.Title) {
			l.bad(s.line, at("title"), "title|a Chinese title is required")
		}
		if !slices.ContainsFunc(actSets, func(set []string) bool { return slices.Equal(set, s.Acts) }) {
			l.bad(s.line, at("acts"), "acts|must be [review], [proof], [review, proof], [confidentiality] or [sign]")
		}
		if s.Post == "" {
			l.bad(s.line, at("role"), "judges|who judges is required")
		}
		for _, post := range []struct{ field, id string }{{"role", s.Post}, {"escalate_to", s.EscalateTo}} {
			if slices.Contains(neverJudges, post.id) {
				l.bad(s.line, at(post.field), "administrator|%s takes no part in a chain (SOD-8)", post.id)
			}
		}
		if s.Post == "drafter" {
			l.bad(s.line, at("role"), "drafter|the drafter never judges (SOD-1); see drafter_may_act_at")
		}
		if s.Scope == "" {
			l.bad(s.line, at("scope"), "scope|unit or organisation is required, here or in defaults")
		}
		if s.Deadline.IsZero() {
			l.bad(s.line, at("deadline"), "deadline|a deadline is required, here or in defaults")
		} else if s.Remind.Work() >= s.Deadline.Work() {
			l.bad(s.line, at("remind"), "remind|must be shorter than the deadline")
		}
		for _, item := range s.Checklist {
			if _, ok := l.d.GateTitle(item.Gate); !ok {
				l.bad(s.line, at("checklist"), "gate|unknown gate %q", item.Gate)
			}
			if item.Text == "" {
				l.bad(s.line, at("checklist"), "line_text|a line needs a text")
			}
		}
		if len(s.Checklist) > 40 {
			l.bad(s.line, at("checklist"), "lines|at most 40 lines")
		}
		if list == "after_publish" {
			if len(s.ReturnTo) > 0 {
				l.bad(s.line, at("return_to"), "after_return|what is published is not returned: object, then correct or take down")
			}
			if !slices.Equal(s.Acts, []string{ActReview}) {
				l.bad(s.line, at("acts"), "after_acts|only [review] may follow publishing, never confidentiality, and no text changes")
			}
			continue
		}
		if len(s.ReturnTo) == 0 {
			l.bad(s.line, at("return_to"), "targets|at least one target is required, here or in defaults")
		}
		for _, target := range s.ReturnTo {
			if !slices.Contains(earlier, target) {
				l.bad(s.line, at("return_to"), "target|%q is neither draft nor an earlier step", target)
			}
		}
		earlier = append(earlier, s.ID)
	}
}

func (l *linter) once() {
	seen := map[string]bool{}
	for _, s := range l.d.all() {
		if seen[s.ID] {
			l.bad(s.line, "id", "step_twice|step %q is there twice", s.ID)
		}
		seen[s.ID] = true
	}
}

// sign: last among the steps, once.
func (l *linter) sign() {
	n := 0
	for i, s := range l.d.Steps {
		if !s.Does(ActSign) {
			continue
		}
		n++
		if i != len(l.d.Steps)-1 {
			l.bad(s.line, fmt.Sprintf("steps[%d].acts", i), "sign_last|sign comes last: it binds the text of all steps before")
		}
	}
	if n != 1 {
		l.bad(l.d.lines["steps"], "steps", "sign_once|exactly one step signs, here %d", n)
	}
}

// cleared: no path to sign-off without a confidentiality outcome, on every
// track, emergency included (BM-1, fact 45).
func (l *linter) cleared() {
	reviews := false
	secret := false
	for _, s := range l.d.all() {
		reviews = reviews || s.Does(ActReview)
	}
	for _, s := range l.d.Steps {
		secret = secret || s.Does(ActConfidentiality)
	}
	if !secret {
		l.bad(l.d.lines["steps"], "steps", "cleared|a confidentiality step before sign is required on every track (BM-1)")
	}
	if !reviews {
		l.bad(l.d.lines["steps"], "steps", "reviewed|at least one step must review")
	}
}

// separation: SOD-2, SOD-3, SOD-4, and two persons on the emergency track.
func (l *linter) separation() {
	d := l.d
	for i, line := range d.Separate {
		field := fmt.Sprintf("separate[%d]", i)
		if len(line) < 2 {
			l.bad(d.separateLines[i], field, "separate_two|a line names two steps or more")
		}
		for _, id := range line {
			if _, ok := d.StepByID(id); !ok {
				l.bad(d.separateLines[i], field, "step|unknown step %q", id)
			}
		}
	}
	need := func(a, b *Step, why string) {
		if !d.separated(a.ID, b.ID) {
			l.bad(d.lines["separate"], "separate", "separate|%s and %s need different people: put them in one line (%s)", a.ID, b.ID, why)
		}
	}
	steps := d.all()
	last := d.lastReview()
	for i, a := range steps {
		for _, b := range steps[i+1:] {
			switch {
			case a.Does(ActReview) && b.Does(ActReview):
				need(a, b, "SOD-2")
			case a.Does(ActProof) && b.Does(ActProof):
				need(a, b, "SOD-3")
			case a.Does(ActReview) && b.Does(ActProof) || a.Does(ActProof) && b.Does(ActReview):
				if d.level(a.ID) != d.level(b.ID) {
					need(a, b, "SOD-3")
				}
			case a.Does(ActConfidentiality) && b.ID == last || b.Does(ActConfidentiality) && a.ID == last:
				if _, opened := d.ConfidentialityMay[last]; !opened {
					need(a, b, "SOD-4")
				} else if d.separated(a.ID, b.ID) {
					l.bad(d.lines["confidentiality_may_be"], "confidentiality_may_be", "contradiction|separate keeps %s and %s apart: take one of the two away", a.ID, b.ID)
				}
			case len(d.AfterPublish) > 0 && a.Does(ActConfidentiality) && b.Does(ActSign):
				need(a, b, "two persons before an urgent release")
			}
		}
	}
}

// openings: where the file relaxes a law it says why, and only so far.
func (l *linter) openings() {
	d := l.d
	for _, id := range slices.Sorted(maps.Keys(d.DrafterMayActAt)) {
		field := "drafter_may_act_at." + id
		s, ok := d.StepByID(id)
		if !ok {
			l.bad(d.lines["drafter_may_act_at"], field, "step|unknown step %q", id)
		} else if d.level(id) != "1" || d.lastReview() == id && !onlyProof(s) {
			l.bad(d.lines["drafter_may_act_at"], field, "opening_first|only the first of several levels may be opened to the drafter (SOD-1)")
		}
		l.reason(d.lines["drafter_may_act_at"], field, d.DrafterMayActAt[id])
	}
	for _, id := range slices.Sorted(maps.Keys(d.ConfidentialityMay)) {
		field := "confidentiality_may_be." + id
		if _, ok := d.StepByID(id); !ok {
			l.bad(d.lines["confidentiality_may_be"], field, "step|unknown step %q", id)
		} else if id != d.lastReview() {
			l.bad(d.lines["confidentiality_may_be"], field, "opening_last|only the last review may be opened (SOD-4)")
		}
		l.reason(d.lines["confidentiality_may_be"], field, d.ConfidentialityMay[id])
	}
}

func (l *linter) reason(line int, field, reason string) {
	if len([]rune(strings.TrimSpace(reason))) < 5 {
		l.bad(line, field, "why|say why in five characters or more")
	}
}

func (l *linter) outlets() {
	d := l.d
	if answers := slices.Contains(d.AppliesTo, AnswerKind); answers && len(d.Publish) > 0 {
		l.bad(d.lines["publish"], "publish", "channels_none|an answer goes to the applicant and to no channel")
	} else if !answers && len(d.Publish) == 0 {
		l.bad(d.lines["publish"], "publish", "channels|at least one channel is required")
	}
	var before []string
	for i, o := range d.Publish {
		field := fmt.Sprintf("publish[%d]", i)
		if o.Channel == "" {
			l.bad(d.lines["publish"], field+".channel", "channel|a channel is required")
		}
		if slices.Contains(before, o.Channel) {
			l.bad(d.lines["publish"], field+".channel", "channel_twice|%q is there twice: a subject goes to a channel once", o.Channel)
		}
		if o.After != "" && !slices.Contains(before, o.After) {
			l.bad(d.lines["publish"], field+".after", "after|%q is no channel further up", o.After)
		}
		if o.Channel == "wechat" && o.After != "website" && slices.ContainsFunc(d.Publish, func(o Outlet) bool { return o.Channel == "website" }) {
			l.bad(d.lines["publish"], field+".after", "wechat_after|wechat needs after: website, where its 阅读原文 leads")
		}
		before = append(before, o.Channel)
	}
}
