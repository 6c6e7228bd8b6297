package httpapi

import (
	"context"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/org"
)

type proposalBody struct {
	ID         int64     `json:"id"`
	PersonID   int64     `json:"person_id"`
	Post       string    `json:"post"`
	UnitID     int64     `json:"unit_id"`
	ProposedBy int64     `json:"proposed_by"`
	ProposedAt time.Time `json:"proposed_at"`
}

func proposalOf(p org.Proposal) proposalBody {
	return proposalBody{p.ID, p.PersonID, string(p.Post), p.UnitID, p.ProposedBy, p.ProposedAt}
}

func (s *API) proposals(r *request) (any, error) {
	out := struct {
		Proposals []proposalBody `json:"proposals"`
	}{[]proposalBody{}}
	err := s.DB.Read(r.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, r.actor, "org.read")
		if err != nil {
			return err
		}
		all, err := org.Proposals(tx, a.OrganisationID)
		for _, p := range all {
			out.Proposals = append(out.Proposals, proposalOf(p))
		}
		return err
	})
	return out, err
}

func (s *API) propose(r *request, in postBody) (httpserver.Answer, error) {
	a, err := s.entitled(r.ctx, r.actor, "org.grant")
	if err != nil {
		return httpserver.Answer{}, err
	}
	p, err := s.Org.Propose(r.ctx, a, in.PersonID, org.Post(in.Post), in.UnitID)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return created(proposalOf(p))
}

func (s *API) confirmPost(r *request, _ nothing) (httpserver.Answer, error) {
	return s.endProposal(r, s.Org.Confirm)
}

func (s *API) dropPost(r *request, _ nothing) (httpserver.Answer, error) {
	return s.endProposal(r, s.Org.Drop)
}

func (s *API) endProposal(r *request, end func(ctx context.Context, a org.Actor, id int64) error) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	a, err := s.entitled(r.ctx, r.actor, "org.confirm")
	if err == nil {
		err = end(r.ctx, a, id)
	}
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}
