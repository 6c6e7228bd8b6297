package manuscript

import (
	"time"

	"gongkai/internal/db"
)

// Appearance is a manuscript that became visible.
type Appearance struct {
	SectionID int64
	At        time.Time
}

// AppearedBetween lists what of an organisation became visible from one moment to
// before another, whether or not it still is.
func AppearedBetween(tx *db.Tx, organisation int64, from, to time.Time) ([]Appearance, error) {
	var rows []struct{ SectionID, PublishedAt int64 }
	if err := tx.G.Raw("SELECT section_id, published_at FROM manuscripts WHERE organisation_id = ? AND published_at >= ? AND published_at < ?", organisation, db.Micros(from), db.Micros(to)).
		Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Appearance, len(rows))
	for i, r := range rows {
		out[i] = Appearance{r.SectionID, db.Time(r.PublishedAt)}
	}
	return out, nil
}
