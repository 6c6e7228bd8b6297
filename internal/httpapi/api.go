// Package httpapi is the JSON API /api/v1 for programs: a handler parses, calls
// one desk method, answers. openapi.yaml beside it says the same for people.
package httpapi

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"gongkai/internal/foi"
	"gongkai/internal/httpserver"
	"gongkai/internal/org"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
)

//go:embed openapi.yaml
var openapi []byte

// API is the JSON face of the desks.
type API struct {
	*httpserver.Server
	Desk     *review.Desk
	FOI      *foi.Desk
	Library  *workflow.Library
	Exporter AuditExporter
	tries    httpserver.Tries
}

// Route is one endpoint and the act it asks the policy for; "" asks only for a
// session, "-" for nothing.
type Route struct {
	Method, Path, Act string
	handler           gin.HandlerFunc
}

// Routes lists every endpoint, once. Tests walk it.
func (s *API) Routes() []Route {
	return []Route{
		{"GET", "/api/v1/openapi.yaml", "-", func(c *gin.Context) { c.Data(http.StatusOK, "application/yaml; charset=utf-8", openapi) }},
		{"POST", "/api/v1/session", "-", s.signIn},
		{"GET", "/api/v1/session", "", get(s, s.me)},
		{"DELETE", "/api/v1/session", "", s.signOut},
		{"POST", "/api/v1/password", "", prepared(s, s.preparePassword, s.changePassword)},
		{"GET", "/api/v1/tasks", "", get(s, s.tasks)},
		{"GET", "/api/v1/notices", "", get(s, s.notices)},
		{"POST", "/api/v1/notices/read", "", post(s, s.readNotices)},

		{"GET", "/api/v1/manuscripts", "manuscript.read", get(s, s.manuscripts)},
		{"GET", "/api/v1/search", "manuscript.read", get(s, s.search)},
		{"POST", "/api/v1/manuscripts", "manuscript.create", post(s, s.create)},
		{"GET", "/api/v1/manuscripts/:id", "manuscript.read", get(s, s.manuscript)},
		{"GET", "/api/v1/manuscripts/:id/docx", "manuscript.read", s.docx},
		{"GET", "/api/v1/manuscripts/:id/wechat", "manuscript.read", get(s, s.wechat)},
		{"POST", "/api/v1/manuscripts/:id/edit", "manuscript.edit", post(s, s.edit)},
		{"POST", "/api/v1/manuscripts/:id/submit", "manuscript.submit", post(s, s.submit)},
		{"POST", "/api/v1/manuscripts/:id/resubmit", "manuscript.submit", post(s, s.resubmit)},
		{"POST", "/api/v1/manuscripts/:id/withdraw", "manuscript.withdraw", post(s, s.withdraw)},
		{"POST", "/api/v1/manuscripts/:id/urge", "manuscript.submit", post(s, s.urge)},
		{"POST", "/api/v1/manuscripts/:id/decide", "step", prepared(s, s.confirm, s.decide)},
		{"POST", "/api/v1/manuscripts/:id/proof", "step", post(s, s.proof)},
		{"POST", "/api/v1/manuscripts/:id/schedule", "manuscript.schedule", post(s, s.schedule)},
		{"POST", "/api/v1/manuscripts/:id/unschedule", "manuscript.schedule", post(s, s.unschedule)},
		{"POST", "/api/v1/manuscripts/:id/correct", "manuscript.create", post(s, s.correct)},
		{"POST", "/api/v1/manuscripts/:id/take-down", "take_down.ask", post(s, s.askTakeDown)},
		{"POST", "/api/v1/manuscripts/:id/take-down/confirm", "take_down.confirm", post(s, s.confirmTakeDown)},
		{"POST", "/api/v1/manuscripts/:id/take-down/drop", "take_down.confirm", post(s, s.dropTakeDown)},
		{"POST", "/api/v1/manuscripts/:id/remarks", "manuscript.remark", post(s, s.remark)},
		{"POST", "/api/v1/manuscripts/:id/remarks/answer", "manuscript.remark", post(s, s.answerRemark)},
		{"POST", "/api/v1/manuscripts/:id/remarks/reanchor", "manuscript.remark", post(s, s.reanchor)},
		{"POST", "/api/v1/manuscripts/:id/remarks/take", "manuscript.edit", post(s, s.takeRemarks)},
		{"POST", "/api/v1/manuscripts/:id/remarks/decline", "manuscript.remark", post(s, s.declineRemarks)},
		{"POST", "/api/v1/manuscripts/:id/remarks/close", "manuscript.remark", post(s, s.closeRemarks)},
		{"POST", "/api/v1/imports", "", s.importFile},
		{"POST", "/api/v1/units/:id/files", "manuscript.create", s.attach},

		{"GET", "/api/v1/requests", "foi.read", get(s, s.requests)},
		{"GET", "/api/v1/requests/:id", "foi.read", get(s, s.request)},
		{"GET", "/api/v1/requests/:id/days", "foi.read", get(s, s.requestDays)},

		{"GET", "/api/v1/publications", "publication.read", get(s, s.publications)},
		{"POST", "/api/v1/publications/:id/retry", "publication.retry", post(s, s.retry)},
		{"POST", "/api/v1/publishing/freeze", "publishing.freeze", post(s, s.freeze)},
		{"POST", "/api/v1/publishing/thaw", "publishing.freeze", post(s, s.thaw)},

		{"GET", "/api/v1/sections", "section.read", get(s, s.sections)},
		{"POST", "/api/v1/sections", "section.write", post(s, s.addSection)},
		{"GET", "/api/v1/workflows", "workflow.read", get(s, s.workflows)},

		{"GET", "/api/v1/units", "org.read", get(s, s.units)},
		{"POST", "/api/v1/units", "org.write", post(s, s.addUnit)},
		{"GET", "/api/v1/people", "org.read", get(s, s.people)},
		{"POST", "/api/v1/people", "org.write", prepared(s, oneTime[addPersonBody](s), s.addPerson)},
		{"POST", "/api/v1/accounts/reset", "org.write", prepared(s, oneTime[loginBody](s), s.resetAccount)},
		{"POST", "/api/v1/accounts/disable", "org.write", post(s, s.disableAccount)},
		{"GET", "/api/v1/posts/proposals", "org.read", get(s, s.proposals)},
		{"POST", "/api/v1/posts/proposals", "org.grant", post(s, s.propose)},
		{"POST", "/api/v1/posts/proposals/:id/confirm", "org.confirm", post(s, s.confirmPost)},
		{"POST", "/api/v1/posts/proposals/:id/drop", "org.confirm", post(s, s.dropPost)},
		{"POST", "/api/v1/posts/revoke", "org.grant", post(s, s.revoke)},
		{"GET", "/api/v1/delegations", "org.delegate", get(s, s.delegations)},
		{"POST", "/api/v1/delegations", "org.delegate", post(s, s.delegate)},
		{"POST", "/api/v1/delegations/:id/end", "org.delegate", post(s, s.endDelegation)},

		{"GET", "/api/v1/audit", "audit.read", get(s, s.audit)},
		{"GET", "/api/v1/audit/export", "audit.export", s.auditExport},
	}
}

// Mount puts the routes on an engine.
func (s *API) Mount(e *gin.Engine) {
	for _, r := range s.Routes() {
		e.Handle(r.Method, r.Path, r.handler)
	}
}

// request is one call of a signed-in account.
type request struct {
	*gin.Context
	ctx   context.Context
	actor org.Actor
}

// id reads the path's :id.
func (r *request) id() (int64, error) {
	n, err := strconv.ParseInt(r.Param("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, httpserver.ErrID.On("id")
	}
	return n, nil
}

// number reads a whole number from the query; absent is 0.
func (r *request) number(name string) (int64, error) {
	v := r.Query(name)
	if v == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return 0, httpserver.ErrQuery.On(name).With("name", name)
	}
	return n, nil
}

// get answers a read.
func get(s *API, fn func(r *request) (any, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		actor, err := s.Who(c)
		if err != nil {
			s.Problem(c, err)
			return
		}
		out, err := fn(&request{c, c.Request.Context(), actor})
		if err != nil {
			s.Problem(c, err)
			return
		}
		b, err := json.Marshal(out)
		if err != nil {
			s.Problem(c, err)
			return
		}
		c.Data(http.StatusOK, "application/json; charset=utf-8", b)
	}
}

// post answers an act: strict JSON in, one transaction with the stored answer.
func post[In any](s *API, fn func(r *request, in In) (httpserver.Answer, error)) gin.HandlerFunc {
	return prepared(s, func(*request, In) (struct{}, error) { return struct{}{}, nil },
		func(r *request, in In, _ struct{}) (httpserver.Answer, error) { return fn(r, in) })
}

// prepared is post for an act with something slow to do, such as hashing, before
// its transaction. A refusal there is answered as one of the act.
func prepared[In, P any](s *API, prepare func(r *request, in In) (P, error), fn func(r *request, in In, p P) (httpserver.Answer, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		actor, err := s.Who(c)
		if err != nil {
			s.Problem(c, err)
			return
		}
		var in In
		raw, err := httpserver.ReadJSON(c, &in)
		if err != nil {
			s.Problem(c, err)
			return
		}
		key, err := httpserver.Key(c)
		if err != nil {
			s.Problem(c, err)
			return
		}
		p, before := prepare(&request{c, c.Request.Context(), actor}, in)
		status, out, err := s.Once(c.Request.Context(), actor, key, c.Request.Method+" "+c.Request.URL.Path, raw, func(ctx context.Context) (httpserver.Answer, error) {
			if before != nil {
				return httpserver.Answer{}, before
			}
			return fn(&request{c, ctx, actor}, in, p)
		})
		if err != nil {
			s.Problem(c, err)
			return
		}
		c.Data(status, "application/json; charset=utf-8", out)
	}
}

func ok(body any) (httpserver.Answer, error) {
	return httpserver.Answer{Status: http.StatusOK, Body: body}, nil
}
func created(body any) (httpserver.Answer, error) {
	return httpserver.Answer{Status: http.StatusCreated, Body: body}, nil
}

// nothing is the body of an act without input.
type nothing struct{}
