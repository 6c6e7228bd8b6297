package manuscript_test

import (
	"context"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
)

// Many manuscripts may change in one moment, as when a program sends them; each
// is on one page.
func TestPagesShowEveryManuscriptOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		moment := time.Date(2026, 3, 11, 1, 0, 0, 0, time.UTC)
		const all = 25
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			for i := range all {
				m := &manuscript.Manuscript{OrganisationID: 1, UnitID: 1, DrafterID: 1, State: manuscript.Draft, CreatedAt: moment, UpdatedAt: moment.Add(time.Duration(i/10) * time.Second)}
				if err := manuscript.Insert(tx, m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		last := manuscript.Cursor{UpdatedAt: moment.Add(time.Hour)}
		for q := (manuscript.Query{OrganisationID: 1, Limit: 4}); ; {
			var page []*manuscript.Manuscript
			if err := d.Read(context.Background(), func(tx *db.Tx) (err error) { page, err = manuscript.Find(tx, q); return err }); err != nil {
				t.Fatal(err)
			}
			for _, m := range page {
				if at := m.Cursor(); seen[m.ID] || at.UpdatedAt.After(last.UpdatedAt) || (at.UpdatedAt.Equal(last.UpdatedAt) && at.ID > last.ID) {
					t.Errorf("%v after %v, or twice", at, last)
				}
				seen[m.ID], last = true, m.Cursor()
			}
			if len(page) < q.Limit {
				break
			}
			q.After = last
		}
		if len(seen) != all {
			t.Errorf("%d of %d were shown", len(seen), all)
		}
	})
}
