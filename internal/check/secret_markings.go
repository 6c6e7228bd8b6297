package check

import (
	"regexp"
	"strings"
)

// A marking is a level with a star or a term (密级★期限), or a level alone on a
// line or among the first five lines. Words such as 国家秘密 or 保守秘密 are none.
var (
	starred = regexp.MustCompile(`(绝密|机密|秘密)\s*[★☆·]\s*(\d+\s*(年|个月|月)|长期)?|[★☆]\s*(绝密|机密|秘密)`)
	alone   = regexp.MustCompile(`^\s*[【\[（(]?\s*(绝密|机密|秘密)\s*[】\]）)]?\s*(\d+\s*年|长期)?\s*$`)
)

// SecretMarkings finds classification marks: such a text must not be in this
// system at all (BM-1, BM-11).
var SecretMarkings = Rule{
	ID:    "secret_markings",
	Basis: "《中华人民共和国保守国家秘密法》",
	Find: func(_, plain string) []Hit {
		var out []Hit
		for _, q := range starred.FindAllString(plain, 5) {
			out = append(out, Hit{Code: "check.secret_marking", Quote: q})
		}
		for line := range strings.SplitSeq(plain, "\n") {
			if alone.MatchString(line) {
				out = append(out, Hit{Code: "check.secret_marking", Quote: strings.TrimSpace(line)})
			}
		}
		return out
	},
}
