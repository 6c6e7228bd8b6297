package app

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gongkai/config"
)

func TestAnEmptyDatabaseIsSetUpOnAPageThatThenCloses(t *testing.T) {
	ctx := context.Background()
	c := config.Default()
	c.Data = t.TempDir()
	a, err := Build(ctx, c, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	staff, err := a.staffHandler()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := a.Org.SetUpSecret(ctx)
	if err != nil {
		t.Fatal(err)
	}
	send := func(method string, form url.Values) (int, string) {
		r := httptest.NewRequest(method, c.Staff.URL+"/set-up", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		staff.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	form := url.Values{"secret": {"wrong"}, "name": {"某局"}, "code": {"640502"}}
	if code, page := send("GET", nil); code != 200 || strings.Contains(page, secret) {
		t.Errorf("the page: %d", code)
	}
	if code, page := send("POST", form); code != 403 || !strings.Contains(page, `value="某局"`) || strings.Contains(page, `value="wrong"`) {
		t.Errorf("a wrong secret: %d\n%s", code, page)
	}
	form.Set("secret", secret)
	if code, page := send("POST", form); code != 200 || strings.Count(page, "<td><code>") != 3 || !strings.Contains(page, "auditor-1") {
		t.Errorf("set up: %d\n%s", code, page)
	}
	for _, method := range []string{"GET", "POST"} {
		if code, _ := send(method, form); code != 404 {
			t.Errorf("%s afterwards: %d", method, code)
		}
	}
}
