package manuscript

import "gongkai/internal/db"

// RevisionsByID reads revisions for a list, in no order.
func RevisionsByID(tx *db.Tx, ids []int64) (map[int64]*Revision, error) {
	out := map[int64]*Revision{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []revisionRow
	if err := tx.G.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	for i := range rows {
		r, err := rows[i].revision()
		if err != nil {
			return nil, err
		}
		out[r.ID] = r
	}
	return out, nil
}

// InState lists the manuscripts of an organisation that are in a state, or
// answers false when there are more than limit.
func InState(tx *db.Tx, organisation int64, s State, limit int) (map[int64]bool, bool, error) {
	var ids []int64
	if err := tx.G.Raw("SELECT id FROM manuscripts WHERE organisation_id = ? AND state = ? LIMIT ?", organisation, string(s), limit+1).Scan(&ids).Error; err != nil || len(ids) > limit {
		return nil, false, err
	}
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, true, nil
}
