package audit_test

import (
	"context"
	"testing"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

// BenchmarkIdleLook is what the sealer costs twice a second when nothing
// happens.
func BenchmarkIdleLook(b *testing.B) {
	for name, open := range map[string]func(testing.TB) (*db.DB, *dbtest.Clock){"sqlite": dbtest.SQLite, "mysql": dbtest.MySQL} {
		b.Run(name, func(b *testing.B) {
			d, _ := open(b)
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				for range 20_000 {
					if err := audit.Record(tx, audit.Entry{OrganisationID: 1, Action: "review.approve", Object: "manuscript:1"}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			s, err := audit.NewSealer(d, audit.SHA256, key(1), "test")
			if err != nil {
				b.Fatal(err)
			}
			for range 2 { // the second look is full and finds nothing
				if _, err := s.Once(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := s.Once(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
