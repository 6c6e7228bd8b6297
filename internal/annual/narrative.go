package annual

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
)

//go:embed narrative.txt
var narrative string

// Values are the numbers and names the prose is bound to, by the name in its
// braces. A name that is missing is not known.
type Values map[string]string

// Narrative is the prose of a report as it is edited: a {name} stands for its
// number wherever it is said, so that a figure that changes changes everywhere.
type Narrative struct {
	Lead     string
	Heads    [5]string // of part 一, in the order of Heads
	Problems string    // part 五
	Other    string    // part 六
}

// parts are the texts of a narrative with the names they have in the draft.
func (n *Narrative) parts() map[string]*string {
	all := map[string]*string{"lead": &n.Lead, "五": &n.Problems, "六": &n.Other}
	for i, h := range Heads {
		all[h] = &n.Heads[i]
	}
	return all
}

// Bound are the figures and counts as Values; what is not reported is not there.
func Bound(organ, year string, f Figures, c *Counts) Values {
	v := Values{"organ": organ, "year": year}
	for name, code := range map[string]Code{"documents": "T2.B1", "valid": "T2.B3", "received": Cell3(RowNew, Columns), "carried": Cell3(RowCarried, Columns),
		"closed": Cell3(RowSum, Columns), "open": Cell3(RowOpen, Columns), "reviews": "F5"} {
		if a, ok := f[code]; ok {
			v[name] = a.String()
		}
	}
	if f.has("G5", "H5") {
		v["suits"] = f.sum("G5", "H5").String()
		if f.has("F5") {
			v["disputes"] = f.sum("F5", "G5", "H5").String()
		}
	}
	if c != nil {
		for name, n := range map[string]int{"website": c.Website, "wechat": c.WeChat, "followers": c.Followers, "fee": c.FeeYuan, "manuscripts": c.Signed, "returned": c.Returned} {
			v[name] = Whole(n).String()
		}
	}
	return v
}

// Draft writes the first narrative from the numbers; its sentences stay bound.
func Draft(v Values) Narrative {
	var n Narrative
	parts := n.parts()
	var open *string
	for l := range strings.SplitSeq(narrative, "\n") {
		switch {
		case l == "" || l[0] == '#':
			continue
		case l[0] == '[':
			open = parts[strings.Trim(l, "[]")]
			continue
		case l[0] == '?' || l[0] == '!':
			name, text, _ := strings.Cut(l[2:], ": ")
			if known := v[name] != ""; !known || (v[name] == "0") != (l[0] == '!') {
				continue
			}
			l = text
		}
		*open += l
	}
	return n
}

var hole = regexp.MustCompile(`\{([a-z]+)\}`)

// Fill puts the numbers in and answers the names that have none: a sentence
// never shows a number that is not known.
func (n Narrative) Fill(v Values) (_ Narrative, unknown []string) {
	for _, text := range n.parts() {
		*text = hole.ReplaceAllStringFunc(*text, func(h string) string {
			name := h[1 : len(h)-1]
			if v[name] == "" {
				unknown = append(unknown, name)
				return h
			}
			return v[name]
		})
	}
	slices.Sort(unknown)
	return n, slices.Compact(unknown)
}

// NamedText is one text of a narrative with the name its field has.
type NamedText struct{ Name, Title, Text string }

// Texts are the texts in the order of the report: the lead, the five heads of
// part 一, parts 五 and 六.
func (n Narrative) Texts() []NamedText {
	all := []NamedText{{"lead", "", n.Lead}}
	for i, h := range Heads {
		all = append(all, NamedText{"head" + string(rune('1'+i)), h, n.Heads[i]})
	}
	return append(all, NamedText{"problems", Titles[4], n.Problems}, NamedText{"other", Titles[5], n.Other})
}

// Set changes the text of a name.
func (n *Narrative) Set(name, text string) {
	switch {
	case name == "lead":
		n.Lead = text
	case name == "problems":
		n.Problems = text
	case name == "other":
		n.Other = text
	case len(name) == 5 && name[:4] == "head" && name[4] >= '1' && name[4] <= '5':
		n.Heads[name[4]-'1'] = text
	}
}
