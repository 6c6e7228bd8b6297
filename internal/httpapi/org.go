package httpapi

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/org"
)

// AuditExporter holds the public key exports are signed under.
type AuditExporter struct{ Key ed25519.PublicKey }

// entitled enters the actor for an administrative act in the transaction of ctx.
func (s *API) entitled(ctx context.Context, a org.Actor, act string) (who org.Actor, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		who, err = s.Require(tx, a, act)
		return err
	})
	return who, err
}

type unitBody struct {
	ID        int64  `json:"id,omitempty"`
	ParentID  int64  `json:"parent_id,omitempty"`
	Name      string `json:"name"`
	FullName  string `json:"full_name"`
	ShortName string `json:"short_name"`
	Code      string `json:"code"`
}

func unitOf(u org.Unit) unitBody {
	return unitBody{u.ID, u.ParentID, u.Name, u.FullName, u.ShortName, u.Code}
}

func (s *API) units(r *request) (any, error) {
	out := struct {
		Units []unitBody `json:"units"`
	}{[]unitBody{}}
	err := s.DB.Read(r.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, r.actor, "org.read")
		if err != nil {
			return err
		}
		all, err := org.Units(tx, a.OrganisationID)
		for _, u := range all {
			out.Units = append(out.Units, unitOf(u))
		}
		return err
	})
	return out, err
}

func (s *API) addUnit(r *request, in unitBody) (httpserver.Answer, error) {
	a, err := s.entitled(r.ctx, r.actor, "org.write")
	if err != nil {
		return httpserver.Answer{}, err
	}
	u, err := s.Org.AddUnit(r.ctx, a, org.Unit{Name: in.Name, FullName: in.FullName, ShortName: in.ShortName, Code: in.Code})
	if err != nil {
		return httpserver.Answer{}, err
	}
	return created(unitOf(u))
}

type personRow struct {
	ID          int64         `json:"id"`
	StaffNo     string        `json:"staff_no"`
	Name        string        `json:"name"`
	Established bool          `json:"established"`
	Posts       []holdingBody `json:"posts"`
}

func (s *API) people(r *request) (any, error) {
	out := struct {
		People []personRow `json:"people"`
	}{[]personRow{}}
	err := s.DB.Read(r.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, r.actor, "org.read")
		if err != nil {
			return err
		}
		all, err := org.People(tx, a.OrganisationID)
		if err != nil {
			return err
		}
		for _, p := range all {
			row := personRow{p.ID, p.StaffNo, p.Name, p.Established, []holdingBody{}}
			held, err := org.HoldingsOf(tx, p.ID)
			if err != nil {
				return err
			}
			for _, h := range held {
				row.Posts = append(row.Posts, holdingBody{string(h.Post), h.UnitID, h.For})
			}
			out.People = append(out.People, row)
		}
		return nil
	})
	return out, err
}

type addPersonBody struct {
	StaffNo     string `json:"staff_no"`
	Name        string `json:"name"`
	Established bool   `json:"established"`
	Login       string `json:"login"`
}

type secretBody struct {
	PersonID int64  `json:"person_id,omitempty"`
	Login    string `json:"login"`
	Password string `json:"one_time_password,omitempty"` // in the first answer only
	Say      string `json:"say,omitempty"`               // instead of it, when repeated
}

// secretOnce answers a one-time password that is not kept for a repeat.
func (s *API) secretOnce(r *request, status int, b secretBody) (httpserver.Answer, error) {
	stored := b
	stored.Password, stored.Say = "", s.Words.Say(httpserver.Lang(r.Context), "http.secret_once", nil)
	return httpserver.Answer{Status: status, Body: b, Stored: stored}, nil
}

// oneTime makes a one-time password for those who may give one.
func oneTime[In any](s *API) func(r *request, _ In) (org.OneTime, error) {
	return func(r *request, _ In) (org.OneTime, error) {
		if _, err := s.entitled(r.ctx, r.actor, "org.write"); err != nil {
			return org.OneTime{}, err
		}
		return org.NewOneTime(r.ctx)
	}
}

func (s *API) addPerson(r *request, in addPersonBody, once org.OneTime) (httpserver.Answer, error) {
	a, err := s.entitled(r.ctx, r.actor, "org.write")
	if err != nil {
		return httpserver.Answer{}, err
	}
	p, err := s.Org.AddPerson(r.ctx, a, org.Person{StaffNo: in.StaffNo, Name: in.Name, Established: in.Established}, in.Login, once)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return s.secretOnce(r, http.StatusCreated, secretBody{PersonID: p.ID, Login: in.Login, Password: once.Password})
}

type loginBody struct {
	Login string `json:"login"`
}

func (s *API) resetAccount(r *request, in loginBody, once org.OneTime) (httpserver.Answer, error) {
	a, err := s.entitled(r.ctx, r.actor, "org.write")
	if err != nil {
		return httpserver.Answer{}, err
	}
	if err := s.Org.ResetPassword(r.ctx, a, in.Login, once); err != nil {
		return httpserver.Answer{}, err
	}
	return s.secretOnce(r, http.StatusOK, secretBody{Login: in.Login, Password: once.Password})
}

func (s *API) disableAccount(r *request, in loginBody) (httpserver.Answer, error) {
	a, err := s.entitled(r.ctx, r.actor, "org.write")
	if err == nil {
		err = s.Org.DisableAccount(r.ctx, a, in.Login)
	}
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}

type postBody struct {
	PersonID int64  `json:"person_id"`
	Post     string `json:"post"`
	UnitID   int64  `json:"unit_id"`
}

func (s *API) revoke(r *request, in postBody) (httpserver.Answer, error) {
	a, err := s.entitled(r.ctx, r.actor, "org.grant")
	if err == nil {
		err = s.Org.Revoke(r.ctx, a, in.PersonID, org.Post(in.Post), in.UnitID)
	}
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}

type delegationBody struct {
	ID       int64      `json:"id,omitempty"`
	From     int64      `json:"from_person"`
	To       int64      `json:"to_person"`
	Posts    []string   `json:"posts"`
	StartsAt time.Time  `json:"starts_at"`
	EndsAt   time.Time  `json:"ends_at"`
	Revoked  *time.Time `json:"revoked_at,omitempty"`
}

func delegationOf(d org.Delegation) delegationBody {
	b := delegationBody{d.ID, d.From, d.To, []string{}, d.StartsAt, d.EndsAt, when(d.RevokedAt)}
	for _, p := range d.Posts {
		b.Posts = append(b.Posts, string(p))
	}
	return b
}

func (s *API) delegations(r *request) (any, error) {
	out := struct {
		Delegations []delegationBody `json:"delegations"`
	}{[]delegationBody{}}
	err := s.DB.Read(r.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, r.actor, "org.delegate")
		if err != nil {
			return err
		}
		all, err := org.Delegations(tx, a.OrganisationID)
		for _, d := range all {
			out.Delegations = append(out.Delegations, delegationOf(d))
		}
		return err
	})
	return out, err
}

func (s *API) delegate(r *request, in delegationBody) (httpserver.Answer, error) {
	a, err := s.entitled(r.ctx, r.actor, "org.delegate")
	if err != nil {
		return httpserver.Answer{}, err
	}
	d := org.Delegation{From: in.From, To: in.To, StartsAt: in.StartsAt.UTC(), EndsAt: in.EndsAt.UTC()}
	for _, p := range in.Posts {
		d.Posts = append(d.Posts, org.Post(p))
	}
	if d, err = s.Org.Delegate(r.ctx, a, d); err != nil {
		return httpserver.Answer{}, err
	}
	return created(delegationOf(d))
}

func (s *API) endDelegation(r *request, _ nothing) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	a, err := s.entitled(r.ctx, r.actor, "org.delegate")
	if err == nil {
		err = s.Org.EndDelegation(r.ctx, a, id)
	}
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}

type auditEntryBody struct {
	Seq int64 `json:"seq,omitempty"`
	audit.Entry
}

func (s *API) audit(r *request) (any, error) {
	q := audit.Query{Object: r.Query("object"), Action: r.Query("action"), Limit: 100}
	var err error
	if q.PersonID, err = r.number("person_id"); err != nil {
		return nil, err
	}
	if q.Before, err = r.number("before"); err != nil {
		return nil, err
	}
	out := struct {
		Entries []auditEntryBody `json:"entries"`
		Next    int64            `json:"next,omitempty"` // as ?before= for the next page
	}{Entries: []auditEntryBody{}}
	err = s.DB.Read(r.ctx, func(tx *db.Tx) error {
		a, err := s.Require(tx, r.actor, "audit.read")
		if err != nil {
			return err
		}
		q.OrganisationID = a.OrganisationID
		all, err := audit.List(tx, q)
		for _, e := range all {
			out.Entries = append(out.Entries, auditEntryBody{e.Seq, e.Entry})
		}
		if len(all) == q.Limit {
			out.Next = all[q.Limit-1].ID
		}
		return err
	})
	return out, err
}

// auditExport streams the sealed chain; the export itself is audited.
func (s *API) auditExport(c *gin.Context) {
	actor, err := s.Who(c)
	if err == nil {
		err = s.DB.Write(c.Request.Context(), func(tx *db.Tx) error {
			if actor, err = s.Require(tx, actor, "audit.export"); err != nil {
				return err
			}
			return audit.Record(tx, audit.Entry{OrganisationID: actor.OrganisationID, PersonID: actor.PersonID, AccountID: actor.AccountID, Session: actor.Session,
				Address: actor.Address, Action: "audit.exported", Object: fmt.Sprintf("organisation:%d", actor.OrganisationID)})
		})
	}
	if err != nil {
		s.Problem(c, err)
		return
	}
	c.Header("Content-Type", "application/x-ndjson")
	c.Header("Content-Disposition", `attachment; filename="audit.ndjson"`)
	c.Status(http.StatusOK)
	if err := audit.Export(c.Request.Context(), s.DB, actor.OrganisationID, s.Exporter.Key, io.Writer(c.Writer)); err != nil {
		s.Log.ErrorContext(c.Request.Context(), "audit export cut short", "err", err)
	}
}
