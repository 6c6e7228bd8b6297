package authz_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"gongkai/config"
	"gongkai/internal/authz"
	"gongkai/internal/org"
)

func enforcer(t testing.TB) *authz.Enforcer {
	t.Helper()
	e, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var (
	own    = authz.Domain{OrganisationID: 1, UnitID: 3}
	beside = authz.Domain{OrganisationID: 1, UnitID: 4}
	other  = authz.Domain{OrganisationID: 2, UnitID: 3}
	near   = authz.Domain{OrganisationID: 10, UnitID: 3} // o:10 begins like o:1
)

func TestUnitPostsEndAtTheirUnitAndNoPostCrossesOrganisations(t *testing.T) {
	e := enforcer(t)
	cases := 0
	for _, post := range org.Posts {
		for _, act := range acts() {
			for range 2 { // the second time from memory
				if e.Allows(post, own, other, act) || e.Allows(post, own, near, act) || e.Allows(post, near, own, act) {
					t.Errorf("%s may %s in another organisation", post, act)
				}
				if e.Allows(post, own, beside, act) && !e.Allows(post, own, own, act) {
					t.Errorf("%s may %s only outside the unit", post, act)
				}
				cases += 5
			}
		}
	}
	if !e.Allows(org.SectionHead, own, own, "manuscript.review") || e.Allows(org.SectionHead, own, beside, "manuscript.review") {
		t.Error("a section head reviews the own unit's manuscripts and no others")
	}
	t.Logf("%d cases", cases)
}

func acts() []string {
	seen := map[string]bool{}
	for line := range strings.SplitSeq(config.AuthzPolicy, "\n") {
		f := strings.Split(line, ", ")
		if len(f) == 5 && f[0] == "p" {
			seen[f[3]+"."+f[4]] = true
		}
	}
	var out []string
	for a := range seen {
		out = append(out, a)
	}
	return out
}

func TestAdministratorsDecideNothing(t *testing.T) {
	e := enforcer(t)
	for _, post := range []org.Post{org.SystemAdmin, org.SecurityAdmin, org.Auditor} {
		for _, act := range acts() {
			if (strings.HasPrefix(act, "manuscript.") || strings.HasPrefix(act, "take_down.") || strings.HasPrefix(act, "publi")) && e.Allows(post, own, own, act) {
				t.Errorf("%s may %s (SOD-8)", post, act)
			}
		}
	}
}

func TestOwnHoldingComesBeforeADelegatedOne(t *testing.T) {
	e := enforcer(t)
	a := org.Actor{Holdings: []org.Holding{{Post: org.SectionHead, OrganisationID: 1, UnitID: 3, For: 9}, {Post: org.SectionHead, OrganisationID: 1, UnitID: 3}}}
	h, err := e.RequireAs(a, own, "manuscript.review", org.SectionHead, "unit")
	if err != nil || h.For != 0 {
		t.Errorf("%+v %v", h, err)
	}
	if _, err := e.RequireAs(a, own, "manuscript.review", org.OfficeEditor, "unit"); !errors.Is(err, authz.ErrForbidden) {
		t.Errorf("a step of another post: %v", err)
	}
	if _, err := e.Require(org.Actor{}, own, "manuscript.read"); !errors.Is(err, authz.ErrForbidden) {
		t.Errorf("nobody: %v", err)
	}
}

func TestUnknownActsAndBrokenPoliciesAreRefused(t *testing.T) {
	e := enforcer(t)
	for _, act := range []string{"", "manuscript", "manuscript.", "manuscript.review.x", "*.*"} {
		if e.Allows(org.SectionHead, own, own, act) {
			t.Errorf("%q is allowed", act)
		}
	}
	for _, policy := range []string{"p, king, unit, manuscript, sign", "p, drafter, world, manuscript, sign", "p, drafter, unit, manuscript"} {
		if _, err := authz.New(config.AuthzModel, policy); err == nil {
			t.Errorf("%q is taken", policy)
		}
	}
}

func TestManyAskAtOnce(t *testing.T) {
	e := enforcer(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, act := range acts() {
				for _, post := range org.Posts {
					e.Allows(post, own, own, act)
				}
			}
		})
	}
	wg.Wait()
}
