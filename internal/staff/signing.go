package staff

import "slices"

// signing is what a leader on a phone is told before anything else.
type signing struct {
	Approved []event // of this round, oldest first
	Blocking int
	Hints    int
	Returns  int
}

func (p *manuscriptPage) signing() *signing {
	f := &signing{Blocking: p.Blocking, Hints: len(p.Findings) - p.Blocking}
	for _, e := range slices.Backward(p.Timeline) {
		switch {
		case e.Verb == "staff.event.approve" && e.Round == p.M.Round:
			f.Approved = append(f.Approved, e)
		case e.Verb == "staff.event.return":
			f.Returns++
		}
	}
	return f
}
