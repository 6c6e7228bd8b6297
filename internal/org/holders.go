package org

import (
	"slices"

	"gongkai/internal/db"
)

// HoldersOf is Holders of several posts anywhere in the organisation, each person
// once.
func HoldersOf(tx *db.Tx, organisationID int64, posts ...Post) (all []int64, err error) {
	for _, post := range posts {
		held, err := Holders(tx, organisationID, post, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, held...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
