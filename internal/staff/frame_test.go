package staff

import (
	"net/http"
	"strings"
	"testing"
)

// TestTheLanguageSwitchLeadsToAPage: after a refused form the page has the address
// the form was sent to, which is often no page.
func TestTheLanguageSwitchLeadsToAPage(t *testing.T) {
	pages := map[string]bool{}
	all := (&Staff{}).Routes()
	for _, r := range all {
		pages[r.Path] = pages[r.Path] || r.Method == http.MethodGet
	}
	none := map[string]bool{ // these never come back with a page of their own
		"/logout": true, "/lang": true, "/manuscripts/images": true, "/manuscripts/attachments": true, "/manuscripts/new/copy/drop": true, "/people/import": true, "/people/reset": true,
	}
	for _, r := range all {
		if r.Method == http.MethodGet || none[r.Path] {
			continue
		}
		at := strings.Replace(r.Path, ":id", "7", 1)
		id := ""
		if at != r.Path {
			id = "7"
		}
		page := pageOf(at, id)
		if !pages[page] && !pages[strings.Replace(page, "/7", "/:id", 1)] {
			t.Errorf("%s leads to %s, which is no page", r.Path, page)
		}
	}
}
