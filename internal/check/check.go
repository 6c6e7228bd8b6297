// Package check holds the automatic checks: what a text, a channel or a report
// must not carry. A check finds; it never changes anything.
package check

// Level says what a finding means for the next act.
type Level string

const (
	Block Level = "block" // the act is refused
	Hint  Level = "hint"  // shown, no more
)

// Finding is one thing a rule found. Rule is also the catalogue code of its
// sentence.
type Finding struct {
	Rule  string         `json:"rule"` // "channel.wechat.title_length"
	Level Level          `json:"level"`
	Where string         `json:"where,omitempty"` // field or place: "title", "body: paragraph 3"
	Quote string         `json:"quote,omitempty"` // the words at fault, at most 40 characters
	Args  map[string]any `json:"args,omitempty"`  // values for the sentence's placeholders
}

// Blocking are the findings that refuse the act.
func Blocking(all []Finding) []Finding {
	var out []Finding
	for _, f := range all {
		if f.Level == Block {
			out = append(out, f)
		}
	}
	return out
}
