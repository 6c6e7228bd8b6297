package staff

import (
	"strings"

	"gongkai/internal/annual"
	"gongkai/internal/check"
)

type finding struct {
	Level, Where, Say string
	Quote             string // words of the body to look for, "" for none
}

// found is what the automatic checks found.
type found struct {
	Findings []finding
	Blocking int
}

// findings are the automatic checks in words, those that block first.
func (p *found) findings(s *Staff, v *visit, all []check.Finding) {
	for _, level := range []check.Level{check.Block, check.Hint} {
		for _, f := range all {
			if f.Level != level {
				continue
			}
			args := map[string]any{"quote": f.Quote}
			for k, x := range f.Args {
				args[k] = x
			}
			if cell, ok := args["cell"].(string); ok {
				args["cell"] = s.annualName(v, annual.Code(cell))
			}
			line := finding{Level: string(f.Level), Where: fieldCode(s, f.Where), Say: s.say(v.lang, f.Rule, args)}
			if f.Where == "body" && !strings.Contains(f.Quote, "***") { // what is masked is not found again
				line.Quote = strings.TrimSuffix(f.Quote, "…")
			}
			p.Findings = append(p.Findings, line)
			if f.Level == check.Block {
				p.Blocking++
			}
		}
	}
}

// fieldCode is the catalogue code of a field's name, "" when it has none.
func fieldCode(s *Staff, where string) string {
	if code := "staff.field." + where; s.Words.Has(code) {
		return code
	}
	return ""
}
