package staff

import (
	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/foi"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// candidatesPage lists answers that may serve everybody (TL44).
type candidatesPage struct {
	frame
	Lines []foi.Candidate
	Names map[int64]string
	Reads bool // manuscripts
}

func (s *Staff) candidates(v *visit) error {
	p := candidatesPage{Reads: s.mayAny(v, "manuscript.read")}
	var err error
	if p.Lines, err = s.FOI.Candidates(v.ctx, v.actor); err != nil {
		return err
	}
	var who []int64
	for _, c := range p.Lines {
		who = append(who, c.SuggestedBy, c.EndedBy)
	}
	if err = s.DB.Read(v.ctx, func(tx *db.Tx) (err error) { p.Names, err = org.Names(tx, who); return err }); err != nil {
		return err
	}
	if p.frame, err = s.frame(v, "staff.candidates"); err != nil {
		return err
	}
	s.render(v.Context, v.status(), "candidates", p)
	return nil
}

func (s *Staff) suggest(v *visit, id int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.handle"); err != nil {
		return done{}, err
	}
	return done{foiAt(id), "foi_suggested"}, s.FOI.Suggest(v.ctx, v.actor, id, v.form.Get("candidate_note"))
}

// promote drafts a manuscript, whose own chain decides.
func (s *Staff) promote(v *visit, id int64) (done, error) {
	at := ""
	err := s.FOI.Promote(v.ctx, v.actor, id, func(p foi.Public) (int64, error) {
		units, err := s.Desk.DraftUnits(v.ctx, v.actor)
		if err != nil {
			return 0, err
		}
		if len(units) == 0 {
			return 0, errNoUnit
		}
		c := manuscript.Content{Title: p.Title, Body: p.HTML, Kind: "news", Disclosure: manuscript.Disclosure{Attribute: manuscript.Proactive}}
		m, err := s.Desk.Create(v.ctx, v.actor, units[0].ID, c, s.say(catalogue.Chinese, "staff.candidates.drafted", map[string]any{"n": p.Hidden}))
		if err != nil {
			return 0, err
		}
		at = "/manuscripts/" + itoa(m.ID)
		return m.ID, nil
	})
	return done{at, "foi_promoted"}, err
}

func (s *Staff) decline(v *visit, id int64) (done, error) {
	if _, err := s.entitled(v.ctx, v.actor, "foi.promote"); err != nil {
		return done{}, err
	}
	return done{foiAt(id), "foi_declined"}, s.FOI.Decline(v.ctx, v.actor, id, v.form.Get("candidate_reason"))
}
