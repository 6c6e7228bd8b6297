package staff

import "gongkai/internal/check"

type finding struct {
	Level, Where, Say string
}

// findings are the automatic checks in words, those that block first.
func (p *manuscriptPage) findings(s *Staff, v *visit, all []check.Finding) {
	for _, level := range []check.Level{check.Block, check.Hint} {
		for _, f := range all {
			if f.Level != level {
				continue
			}
			args := map[string]any{"quote": f.Quote}
			for k, x := range f.Args {
				args[k] = x
			}
			p.Findings = append(p.Findings, finding{string(f.Level), fieldCode(s, f.Where), s.say(v.lang, f.Rule, args)})
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
