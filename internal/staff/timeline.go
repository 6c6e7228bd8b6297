package staff

import (
	"slices"

	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

// timeline is everything that happened, newest first.
func timeline(open *review.View) []event {
	var out []event
	for i, r := range open.Revisions {
		if r.Step != "" {
			continue // the act of the proof step says it
		}
		verb := "staff.event.revised"
		if i == 0 {
			verb = "staff.event.drafted"
		}
		out = append(out, event{Verb: verb, Who: open.Names[r.AuthorID], For: forName(open, r.ForID), Note: r.Note, Revision: r.No, At: r.CreatedAt})
	}
	if open.Run != nil {
		for _, a := range open.Run.Acts {
			out = append(out, eventOf(open, a))
		}
	}
	for _, p := range open.Publications {
		if !p.LiveAt.IsZero() {
			out = append(out, event{Class: "p", Verb: "staff.event.live", Step: p.Channel, At: p.LiveAt})
		}
		if p.Status == publish.Retracted {
			out = append(out, event{Class: "x", Verb: "staff.event.gone", Step: p.Channel, At: p.EndedAt})
		}
	}
	if t := open.TakeDown; t != nil {
		out = append(out, event{Class: "x", Verb: "staff.event.take_down_asked", Who: open.Names[t.AskedBy], For: forName(open, t.AskedFor), Note: t.Note, At: t.AskedAt})
		if !t.ConfirmedAt.IsZero() {
			out = append(out, event{Class: "x", Verb: "staff.event.take_down_confirmed", Who: open.Names[t.ConfirmedBy], For: forName(open, t.ConfirmedFor), At: t.ConfirmedAt})
		}
		if !t.DroppedAt.IsZero() {
			out = append(out, event{Verb: "staff.event.take_down_dropped", At: t.DroppedAt})
		}
	}
	slices.SortStableFunc(out, func(a, b event) int { return a.At.Compare(b.At) })
	slices.Reverse(out)
	return out
}

func eventOf(open *review.View, a workflow.Act) event {
	e := event{Verb: "staff.event." + string(a.Verb), Step: stepTitle(open, a.Step), Who: open.Names[a.By], For: forName(open, a.For), Outcome: a.Outcome,
		Ground: a.Ground, Note: a.Note, At: a.At, Round: a.Round}
	switch a.Verb {
	case workflow.Return, workflow.Reject, workflow.Object:
		e.Class = "x"
	case workflow.Withdraw, workflow.Refer, workflow.Consult:
		e.Class = "w"
	case workflow.Submit, workflow.Resubmit, workflow.Edit:
		e.Class = "b"
	}
	if a.Step == workflow.Draft {
		e.Step = ""
	}
	if a.Target != "" {
		e.Target = "drafter"
		if a.Target != workflow.Draft {
			e.Target = stepTitle(open, a.Target)
		}
	}
	if open.Chain != nil {
		e.Gate, _ = open.Chain.GateTitle(a.Gate)
	}
	return e
}

func forName(open *review.View, id int64) string {
	if id == 0 {
		return ""
	}
	return open.Names[id]
}

// lastAct finds the newest act of these verbs at a step.
func lastAct(open *review.View, step string, verbs ...workflow.Verb) (workflow.Act, bool) {
	if open.Run != nil {
		for i := len(open.Run.Acts) - 1; i >= 0; i-- {
			if a := open.Run.Acts[i]; a.Step == step && slices.Contains(verbs, a.Verb) {
				return a, true
			}
		}
	}
	return workflow.Act{}, false
}

// lastReturn is why the manuscript lies with its drafter, "" when it does not.
func lastReturn(open *review.View) string {
	if open.State != manuscript.Returned || open.Run == nil {
		return ""
	}
	for i := len(open.Run.Acts) - 1; i >= 0; i-- {
		if a := open.Run.Acts[i]; a.Verb == workflow.Return {
			gate, _ := open.Chain.GateTitle(a.Gate)
			if gate != "" {
				gate = "【" + gate + "】"
			}
			return gate + a.Note
		}
	}
	return ""
}

// conflict looks again, for a form that came too late.
func (s *Staff) conflict(v *visit, id int64) *conflict {
	open, err := s.Desk.Open(v.ctx, v.actor, id, 0)
	if err != nil {
		return nil
	}
	return conflictOf(v, open, s)
}

func conflictOf(v *visit, open *review.View, s *Staff) *conflict {
	seen := v.seen()
	c := &conflict{Revision: open.RevisionNo, Version: open.Version, Hash: open.Hash, State: string(open.State), TextChanged: seen.Hash != open.Hash}
	for _, r := range open.Revisions {
		if r.Hash == seen.Hash {
			c.SeenRevision = r.No
		}
	}
	if open.Step != nil {
		c.Step = open.Step.Title
	}
	if all := timeline(open); len(all) > 0 {
		c.Last = &all[0]
	}
	return c
}
