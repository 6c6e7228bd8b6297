package httpapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestDocumentAndRoutesAreTheSame fails when a route is not documented, or a
// documented one is not there.
func TestDocumentAndRoutesAreTheSame(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("the document is OpenAPI %s", doc.OpenAPI)
	}
	var documented, routed []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	for _, r := range (&API{}).Routes() {
		routed = append(routed, r.Method+" "+strings.ReplaceAll(r.Path, ":id", "{id}"))
	}
	for _, r := range routed {
		if !slices.Contains(documented, r) {
			t.Errorf("%s is not documented", r)
		}
	}
	for _, d := range documented {
		if !slices.Contains(routed, d) {
			t.Errorf("%s is documented but not there", d)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			if o.Summary == "" || o.Description == "" || len(o.Tags) != 1 {
				t.Errorf("%s %s: summary, description and one tag are needed", method, path)
			}
		}
	}
}
