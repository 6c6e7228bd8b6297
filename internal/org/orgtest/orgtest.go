// Package orgtest founds offices for the tests of the desks.
package orgtest

import (
	"context"
	"fmt"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/org"
)

// Founder makes organisations and people.
type Founder struct {
	t    testing.TB
	desk *org.Desk
}

// New works in a migrated database and leaves no audit entries.
func New(t testing.TB, d *db.DB) *Founder {
	return &Founder{t, org.NewDesk(d, func(*db.Tx, org.Actor, string, string, map[string]any) error { return nil })}
}

// Office is a new organisation.
func (f *Founder) Office(name, code string) org.Unit {
	f.t.Helper()
	u, err := f.desk.AddOrganisation(context.Background(), org.System(0), org.Unit{Name: name, Code: code, FullName: name + "全称"})
	f.must(err)
	return u
}

// Holder is a new established person who holds one post in all of the office; the
// name is the post's and the office's code.
func (f *Founder) Holder(u org.Unit, post org.Post) org.Actor {
	f.t.Helper()
	ctx := context.Background()
	once, err := org.NewOneTime(ctx)
	f.must(err)
	name := fmt.Sprintf("%s-%s", post, u.Code)
	p, err := f.desk.AddPerson(ctx, org.System(u.ID), org.Person{Name: name, StaffNo: name, Established: true}, name, once)
	f.must(err)
	f.must(f.desk.Grant(ctx, org.System(u.ID), p.ID, post, u.ID))
	return org.Actor{PersonID: p.ID, OrganisationID: u.ID, Established: true, Holdings: []org.Holding{{Post: post, OrganisationID: u.ID, UnitID: u.ID}}}
}

func (f *Founder) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}
