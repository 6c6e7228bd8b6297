package manuscript_test

import (
	"context"
	"sync"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/manuscript"
)

// The first signatures of a year may fall together: each gets a number of its
// own, and none is refused because the year's counter was just made.
func TestFirstIndexNumbersOfAYearAreGivenAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		for year := 2027; year < 2037; year++ {
			const n = 8
			numbers := make([]string, n)
			begin := make(chan struct{})
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() {
					<-begin
					err := d.Write(context.Background(), func(tx *db.Tx) (err error) {
						numbers[i], err = manuscript.NextIndexNo(tx, 1, "100000001", year)
						return err
					})
					if err != nil {
						t.Errorf("%d: %v", year, err)
					}
				})
			}
			close(begin)
			all.Wait()
			seen := map[string]bool{}
			for _, no := range numbers {
				if no != "" && seen[no] {
					t.Errorf("%s was given twice", no)
				}
				seen[no] = true
			}
		}
	})
}
