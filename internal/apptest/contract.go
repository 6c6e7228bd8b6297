package apptest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contract is the OpenAPI document the program serves. Every call of a test is
// held against it: the answer always, the request unless it was refused.
type contract struct {
	once   sync.Once
	router routers.Router
}

func (k *contract) load(w *World) {
	k.once.Do(func() {
		a := w.Fetch(w.Config.Staff.URL + "/api/v1/openapi.yaml")
		doc, err := openapi3.NewLoader().LoadFromData(a.Body)
		if err == nil {
			k.router, err = gorillamux.NewRouter(doc)
		}
		if err != nil {
			w.T.Errorf("the OpenAPI document: %v", err)
		}
	})
}

func (k *contract) check(w *World, req *http.Request, sent []byte, a Answer) {
	t := w.T
	t.Helper()
	if !strings.HasPrefix(req.URL.Path, "/api/") {
		return
	}
	k.load(w)
	if k.router == nil {
		return
	}
	again := req.Clone(context.Background())
	again.Body = io.NopCloser(bytes.NewReader(sent))
	route, params, err := k.router.FindRoute(again)
	if err != nil {
		if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s answered %d but is not documented: %v", req.Method, req.URL.Path, a.Status, err)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	if a.Status/100 == 2 {
		k.report(t, req, "took a request outside the document", openapi3filter.ValidateRequest(context.Background(), in))
	}
	if strings.Contains(a.Header.Get("Content-Type"), "yaml") || strings.Contains(a.Header.Get("Content-Type"), "ndjson") {
		return
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.Status, Header: a.Header, Options: in.Options}
	out.SetBodyBytes(a.Body)
	k.report(t, req, "answered outside the document", openapi3filter.ValidateResponse(context.Background(), out))
}

func (k *contract) report(t testing.TB, req *http.Request, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s %s %s: %v", req.Method, req.URL.Path, what, err)
	}
}
