package platform

import (
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func TestOneProcessForcesATokenAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		one, other := quotas{db: d, account: "wx1"}, quotas{db: d, account: "wx1"}
		foreign := quotas{db: d, account: "wx2"}
		ask := func(q quotas, want bool) {
			t.Helper()
			if err := q.spend(t.Context(), PathForcedToken, true); (err == nil) != want {
				t.Errorf("%v", err)
			}
		}
		ask(one, true)
		ask(other, false)
		ask(one, false)
		ask(foreign, true)
		clock.Advance(31 * time.Second)
		ask(other, true)
		ask(one, false)
	})
}
