package org

import "gongkai/internal/db"

type proposalRow struct {
	ID             int64 `gorm:"primaryKey"`
	OrganisationID int64
	PersonID       int64
	Post           string
	UnitID         int64
	ProposedBy     int64
	ProposedAt     int64
	EndedBy        int64
	EndedAt        int64
	Confirmed      bool
}

func (proposalRow) TableName() string { return "post_proposals" }

func (r proposalRow) proposal() Proposal {
	return Proposal{r.ID, r.OrganisationID, r.PersonID, Post(r.Post), r.UnitID, r.ProposedBy, db.Time(r.ProposedAt)}
}

func insertProposal(tx *db.Tx, p *Proposal) error {
	row := proposalRow{OrganisationID: p.OrganisationID, PersonID: p.PersonID, Post: string(p.Post), UnitID: p.UnitID, ProposedBy: p.ProposedBy, ProposedAt: db.Micros(p.ProposedAt)}
	err := tx.G.Create(&row).Error
	p.ID = row.ID
	return err
}

// findProposal reads an open proposal; ErrProposalGone when it is not there.
func findProposal(tx *db.Tx, organisationID, id int64) (Proposal, error) {
	var rows []proposalRow
	if err := tx.G.Raw("SELECT * FROM post_proposals WHERE id = ? AND organisation_id = ? AND ended_at = 0", id, organisationID).Scan(&rows).Error; err != nil {
		return Proposal{}, err
	}
	if len(rows) == 0 {
		return Proposal{}, ErrProposalGone
	}
	return rows[0].proposal(), nil
}

// endProposal closes an open proposal; false when somebody else just did.
func endProposal(tx *db.Tx, id, by int64, confirmed bool) (bool, error) {
	res := tx.G.Exec("UPDATE post_proposals SET ended_at = ?, ended_by = ?, confirmed = ? WHERE id = ? AND ended_at = 0", db.Micros(tx.Now()), by, confirmed, id)
	return res.RowsAffected == 1, res.Error
}

// Proposals lists the open ones of an organisation, oldest first.
func Proposals(tx *db.Tx, organisationID int64) ([]Proposal, error) {
	var rows []proposalRow
	if err := tx.G.Where("organisation_id = ? AND ended_at = 0", organisationID).Order("id").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Proposal, len(rows))
	for i, r := range rows {
		out[i] = r.proposal()
	}
	return out, nil
}
