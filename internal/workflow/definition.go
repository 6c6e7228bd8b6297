// Package workflow is the engine of 三审三校: definitions, runs, decisions,
// separation of duty and deadlines. It knows nothing of manuscripts; a run's
// subject is a string such as "manuscript:42".
package workflow

import (
	"slices"
	"strconv"

	"gongkai/internal/calendar"
)

// Draft is the place before the first step, a target of returns; no step may
// have this id.
const Draft = "draft"

// AnswerKind is what chains call the answer to a request for information; no
// manuscript is of this kind, and nothing on such a chain is published.
const AnswerKind = "foi_answer"

// Ordinary is the chain for kinds that no file names in applies_to.
const Ordinary = "three-reviews"

// What an act at a step does is Go; a step only names its acts.
const (
	ActReview          = "review"          // 审: judge the content
	ActProof           = "proof"           // 校: judge the wording; the only act under which text may change
	ActConfidentiality = "confidentiality" // 保密审查: one of the S_ outcomes
	ActSign            = "sign"            // 签发: binds the hash, last and once
)

// Scopes of a step: the post is held in the subject's unit, or anywhere in the
// organisation.
const (
	ScopeUnit         = "unit"
	ScopeOrganisation = "organisation"
)

// Posts are the posts a definition may name. The three administrative posts are
// known so that a file naming them gets a precise refusal: they never judge
// (SOD-8).
var Posts = []string{
	"drafter", "section_head", "office_editor", "proofreader", "confidentiality_officer",
	"deputy_director", "signing_leader", "publisher", "foi_officer",
	"system_admin", "security_admin", "auditor",
}

var neverJudges = []string{"system_admin", "security_admin", "auditor"}

// Channels and Checks are the ids a definition may name.
var (
	Channels = []string{"website", "wechat"}
	Checks   = []string{"required_fields", "sensitive_words", "secret_markings", "typos", "leader_names", "personal_data"}
)

// Definition is one chain, read from one file. It never changes once loaded;
// runs keep the version they started with.
type Definition struct {
	ID        string
	Version   int
	Title     string
	Basis     string   // the law or rule served
	AppliesTo []string // kinds of subject, empty when chosen by hand
	Gates     []Gate

	SubmitPost   string
	SubmitChecks StepChecks

	Separate           [][]string        // different people within each line
	DrafterMayActAt    map[string]string // step → reason, the only opening in SOD-1
	ConfidentialityMay map[string]string // review step → reason, the only opening in SOD-4

	Steps        []Step
	AfterPublish []Step // 补签: they open when the run is signed
	Publish      []Outlet

	Digest string // of Text
	Text   string
	File   string

	separateLines []int
	lines         map[string]int // field → line, for lint
}

// Gate (关) is what a return or a checklist line is about.
type Gate struct{ ID, Title string }

// StepChecks are ids of automatic checks: what one of Block finds refuses the
// approval of the step or, for submit, the submission; what one of Warn finds is
// shown to who decides.
type StepChecks struct{ Block, Warn []string }

// ChecklistItem is one line the judge ticks.
type ChecklistItem struct{ Gate, Text string }

// Outlet is one channel a signed subject goes to. After names the channel that
// must be live before; an optional one may be left out at submission.
type Outlet struct {
	Channel, After string
	Optional       bool
}

// Step is one station of the chain.
type Step struct {
	ID, Title  string
	Acts       []string
	Post       string
	Scope      string
	ReturnTo   []string // Draft or ids of earlier steps
	Deadline   calendar.Span
	Remind     calendar.Span // before the deadline
	EscalateTo string        // a post, told when the deadline has passed
	Checklist  []ChecklistItem
	Checks     StepChecks

	line int
}

// Does says whether the act is one of the step's.
func (s *Step) Does(act string) bool { return slices.Contains(s.Acts, act) }

// StepByID finds a step, also among those after publishing.
func (d *Definition) StepByID(id string) (*Step, bool) {
	for i := range d.Steps {
		if d.Steps[i].ID == id {
			return &d.Steps[i], true
		}
	}
	for i := range d.AfterPublish {
		if d.AfterPublish[i].ID == id {
			return &d.AfterPublish[i], true
		}
	}
	return nil, false
}

// GateTitle is the Chinese name of a gate.
func (d *Definition) GateTitle(id string) (string, bool) {
	for _, g := range d.Gates {
		if g.ID == id {
			return g.Title, true
		}
	}
	return "", false
}

// all are the steps in order, those after publishing last.
func (d *Definition) all() []*Step {
	out := make([]*Step, 0, len(d.Steps)+len(d.AfterPublish))
	for i := range d.Steps {
		out = append(out, &d.Steps[i])
	}
	for i := range d.AfterPublish {
		out = append(out, &d.AfterPublish[i])
	}
	return out
}

// index is the place of a step before sign-off, -1 for any other id.
func (d *Definition) index(id string) int {
	return slices.IndexFunc(d.Steps, func(s Step) bool { return s.ID == id })
}

// clearance is the confidentiality review before a step, if there is one.
func (d *Definition) clearance(before string) (*Step, bool) {
	for i := range d.index(before) {
		if d.Steps[i].Does(ActConfidentiality) {
			return &d.Steps[i], true
		}
	}
	return nil, false
}

// ChecksUpTo are the checks of the submission and of every step up to this one,
// each once; what blocks anywhere blocks.
func (d *Definition) ChecksUpTo(step string) StepChecks {
	var out StepChecks
	add := func(c StepChecks) {
		for _, id := range c.Block {
			if !slices.Contains(out.Block, id) {
				out.Block = append(out.Block, id)
			}
		}
		for _, id := range c.Warn {
			if !slices.Contains(out.Warn, id) {
				out.Warn = append(out.Warn, id)
			}
		}
	}
	add(d.SubmitChecks)
	all := d.all()
	for _, s := range all[:slices.IndexFunc(all, func(s *Step) bool { return s.ID == step })+1] {
		add(s.Checks)
	}
	out.Warn = slices.DeleteFunc(out.Warn, func(id string) bool { return slices.Contains(out.Block, id) })
	return out
}

// level tells which steps belong to one level: the n-th review and the n-th
// proof do (SOD-3), every other step is a level of its own.
func (d *Definition) level(id string) string {
	reviews, proofs := 0, 0
	for _, s := range d.all() {
		n := 0
		if s.Does(ActProof) {
			proofs++
			n = proofs
		}
		if s.Does(ActReview) {
			reviews++
			n = reviews
		}
		if s.ID == id {
			if n > 0 {
				return strconv.Itoa(n)
			}
			return id
		}
	}
	return id
}

// lastReview is the id of 终审, empty when no step reviews.
func (d *Definition) lastReview() string {
	id := ""
	for _, s := range d.all() {
		if s.Does(ActReview) {
			id = s.ID
		}
	}
	return id
}

// separated says whether one line keeps the two steps apart.
func (d *Definition) separated(a, b string) bool {
	for _, line := range d.Separate {
		if slices.Contains(line, a) && slices.Contains(line, b) {
			return true
		}
	}
	return false
}
