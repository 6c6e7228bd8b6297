package org

import (
	"strings"
	"time"

	"gongkai/internal/db"
)

// lockDelegators makes changes of the rights of those a person stands in for
// wait until this transaction ends: what the person does under such a right may
// not commit after the right was taken away (I18). SQLite has one writer.
func lockDelegators(tx *db.Tx, person int64) error {
	if !tx.MySQL() {
		return nil
	}
	now := db.Micros(tx.Now())
	var ids []int64
	return tx.G.Raw(`SELECT p.id FROM delegations d JOIN people p ON p.id = d.from_person
WHERE d.to_person = ? AND d.revoked_at = 0 AND d.starts_at <= ? AND d.ends_at > ? LOCK IN SHARE MODE`, person, now, now).Scan(&ids).Error
}

func insertDelegation(tx *db.Tx, d *Delegation) error {
	posts := make([]string, len(d.Posts))
	for i, p := range d.Posts {
		posts[i] = string(p)
	}
	row := delegationRow{OrganisationID: d.OrganisationID, FromPerson: d.From, ToPerson: d.To, Posts: strings.Join(posts, ","),
		StartsAt: db.Micros(d.StartsAt), EndsAt: db.Micros(d.EndsAt), GrantedBy: d.GrantedBy, GrantedAt: db.Micros(d.GrantedAt)}
	if err := tx.G.Create(&row).Error; err != nil {
		return err
	}
	d.ID = row.ID
	return nil
}

func (r delegationRow) delegation() Delegation {
	d := Delegation{ID: r.ID, OrganisationID: r.OrganisationID, From: r.FromPerson, To: r.ToPerson, StartsAt: db.Time(r.StartsAt),
		EndsAt: db.Time(r.EndsAt), GrantedBy: r.GrantedBy, GrantedAt: db.Time(r.GrantedAt), RevokedAt: db.Time(r.RevokedAt)}
	for p := range strings.SplitSeq(r.Posts, ",") {
		d.Posts = append(d.Posts, Post(p))
	}
	return d
}

// Delegations lists those of an organisation, newest first.
func Delegations(tx *db.Tx, organisationID int64) ([]Delegation, error) {
	var rows []delegationRow
	if err := tx.G.Where("organisation_id = ?", organisationID).Order("id DESC").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Delegation, len(rows))
	for i, r := range rows {
		out[i] = r.delegation()
	}
	return out, nil
}

func findDelegation(tx *db.Tx, organisationID, id int64) (Delegation, error) {
	var row delegationRow
	if err := tx.G.Where("id = ? AND organisation_id = ?", id, organisationID).Take(&row).Error; err != nil {
		if db.IsNotFound(err) {
			return Delegation{}, ErrDelegationGone
		}
		return Delegation{}, err
	}
	return row.delegation(), nil
}

// StandIns are the persons who hold a person's post by delegation now.
func StandIns(tx *db.Tx, person int64, post Post) ([]int64, error) {
	now := db.Micros(tx.Now())
	var rows []delegationRow
	err := tx.Ask(db.Question{Into: &rows, SQL: "SELECT to_person, posts FROM delegations WHERE from_person = ? AND ends_at > ? AND starts_at <= ? AND revoked_at = 0",
		Args: []any{person, now, now}})
	var ids []int64
	for _, d := range rows {
		if contains(d.Posts, string(post)) {
			ids = append(ids, d.ToPerson)
		}
	}
	return ids, err
}

// standsInUntil is when the last delegation to a person ends, running ones and
// those still to begin; zero when there is none.
func standsInUntil(tx *db.Tx, person int64) (time.Time, error) {
	var last int64
	err := tx.G.Raw("SELECT COALESCE(MAX(ends_at), 0) FROM delegations WHERE to_person = ? AND revoked_at = 0 AND ends_at > ?", person, db.Micros(tx.Now())).Scan(&last).Error
	return db.Time(last), err
}

func endDelegation(tx *db.Tx, id int64) error {
	return tx.G.Exec("UPDATE delegations SET revoked_at = ? WHERE id = ? AND revoked_at = 0", db.Micros(tx.Now()), id).Error
}
