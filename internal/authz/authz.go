// Package authz answers "may this actor do this act on this thing in this
// unit". The matrix of posts and acts is casbin's (config/authz); the posts come
// with the actor, read from SQL in the deciding transaction, so there is
// nothing to reload when somebody's post changes.
package authz

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	stringadapter "github.com/casbin/casbin/v2/persist/string-adapter"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
)

// ErrForbidden says that no post of the actor allows the act here.
var ErrForbidden = fault.New(fault.Forbidden, "authz.forbidden")

// Domain is where a thing belongs. Unit 0 stands for the whole organisation.
type Domain struct{ OrganisationID, UnitID int64 }

func (d Domain) String() string { return fmt.Sprintf("o:%d/u:%d", d.OrganisationID, d.UnitID) }

// Enforcer holds the policy. It is never changed while it runs and safe for
// concurrent use.
type Enforcer struct {
	casbin *casbin.Enforcer
	acts   map[string]bool
	asked  sync.Map // question → bool: the policy never changes, and who holds a post is no part of it
}

// question is all that the policy's answer depends on.
type question struct {
	post               org.Post
	act                string
	sameUnit, sameOrgs bool
}

// New reads the model and the policy in casbin's formats. A policy that names an
// unknown post or scope is refused.
func New(modelText, policyText string) (*Enforcer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("authz model: %w", err)
	}
	e, err := casbin.NewEnforcer(m, stringadapter.NewAdapter(policyText))
	if err != nil {
		return nil, fmt.Errorf("authz policy: %w", err)
	}
	e.AddFunction("within", func(args ...any) (any, error) {
		if len(args) != 3 {
			return false, errors.New("within takes scope, held and dom")
		}
		return within(args[0].(string), args[1].(string), args[2].(string)), nil
	})
	rules, err := e.GetPolicy()
	if err != nil {
		return nil, err
	}
	// casbin leaves a line with too few fields out without a word.
	if lines := strings.Count("\n"+policyText, "\np,"); lines != len(rules) {
		return nil, fmt.Errorf("authz policy: %d of %d lines could be read", len(rules), lines)
	}
	acts := map[string]bool{}
	for _, r := range rules {
		if len(r) != 4 || !org.Post(r[0]).Known() || (r[1] != "unit" && r[1] != "organisation") {
			return nil, fmt.Errorf("authz policy: rule %q: need a known post, scope unit or organisation, kind and act", strings.Join(r, ", "))
		}
		acts[r[2]+"."+r[3]] = true
	}
	return &Enforcer{casbin: e, acts: acts}, nil
}

// within compares domains: a unit's own, or anything in the same organisation.
func within(scope, held, dom string) bool {
	if held == "" || dom == "" {
		return false
	}
	if scope == "unit" {
		return held == dom
	}
	h, _, _ := strings.Cut(held, "/")
	d, _, _ := strings.Cut(dom, "/")
	return scope == "organisation" && h == d
}

// Known says that some post may do the act ("manuscript.submit").
func (e *Enforcer) Known(act string) bool { return e.acts[act] }

// Allows asks for one post held in one domain. An error of the policy is a no.
func (e *Enforcer) Allows(post org.Post, held, dom Domain, act string) bool {
	kind, verb, ok := strings.Cut(act, ".")
	if !ok || held.OrganisationID == 0 || dom.OrganisationID == 0 {
		return false
	}
	q := question{post, act, held == dom, held.OrganisationID == dom.OrganisationID}
	if yes, ok := e.asked.Load(q); ok {
		return yes.(bool)
	}
	yes, err := e.casbin.Enforce(string(post), held.String(), dom.String(), kind, verb)
	if err != nil {
		return false
	}
	e.asked.Store(q, yes)
	return yes
}

// Require answers the holding under which the actor may do the act in the
// domain: one's own before a delegated one. Without any it is ErrForbidden.
func (e *Enforcer) Require(a org.Actor, dom Domain, act string) (org.Holding, error) {
	return e.require(a, dom, act, func(org.Holding) bool { return true })
}

// Enter brings an actor into a transaction for an act on their organisation as a
// whole, and answers the holding they act under.
func (e *Enforcer) Enter(tx *db.Tx, actor org.Actor, act string) (org.Actor, org.Holding, error) {
	who, err := org.Enter(tx, actor)
	if err != nil {
		return who, org.Holding{}, err
	}
	as, err := e.Require(who, Domain{OrganisationID: who.OrganisationID}, act)
	return who, as, err
}

// Still answers a person as they are now, if they may still do an act on the
// organisation: work that was sent off asks again when it is done.
func (e *Enforcer) Still(tx *db.Tx, organisation, person int64, act string) (org.Actor, error) {
	a := org.Actor{PersonID: person, OrganisationID: organisation}
	var err error
	if a.Holdings, err = org.HoldingsOf(tx, person); err != nil {
		return a, err
	}
	_, err = e.Require(a, Domain{OrganisationID: organisation}, act)
	return a, err
}

// RequireAs is Require by holders of one post in a step's scope: "unit" means
// that the post is held in the very unit of the thing.
func (e *Enforcer) RequireAs(a org.Actor, dom Domain, act string, post org.Post, scope string) (org.Holding, error) {
	return e.require(a, dom, act, func(h org.Holding) bool {
		return h.Post == post && (scope != "unit" || h.UnitID == dom.UnitID)
	})
}

func (e *Enforcer) require(a org.Actor, dom Domain, act string, fits func(org.Holding) bool) (org.Holding, error) {
	for _, own := range []bool{true, false} {
		for _, h := range a.Holdings {
			if (h.For == 0) == own && fits(h) && e.Allows(h.Post, Domain{h.OrganisationID, h.UnitID}, dom, act) {
				return h, nil
			}
		}
	}
	return org.Holding{}, ErrForbidden.With("act", act)
}
