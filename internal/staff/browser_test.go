package staff_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/org"
)

// browser is a person at a browser without JavaScript: a cookie jar, pages and
// forms.
type browser struct {
	t       testing.TB
	w       *apptest.World
	cookies map[string]string
	headers map[string]string
}

type page struct {
	Status   int
	Header   http.Header
	Body     string
	Location string
}

func open(t testing.TB, w *apptest.World) *browser {
	return &browser{t: t, w: w, cookies: map[string]string{}, headers: map[string]string{"Accept-Language": "zh-CN"}}
}

// as is a browser with the session of a person. Tokens of programs open pages
// as well, and have no password to change.
func as(t testing.TB, w *apptest.World, p *apptest.Person) *browser {
	b := open(t, w)
	b.cookies["gongkai"] = p.Token
	return b
}

func (b *browser) do(method, path string, form url.Values) page {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, b.w.Config.Staff.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.w.Config.Staff.URL)
	}
	for k, v := range b.headers {
		req.Header.Set(k, v)
	}
	for k, v := range b.cookies {
		req.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	res, err := b.w.HTTP.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return page{res.StatusCode, res.Header, string(out), res.Header.Get("Location")}
}

func (b *browser) get(path string) page { b.t.Helper(); return b.do("GET", path, nil) }

func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	return b.do("POST", path, form)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// fill takes the hidden fields of the form that goes to action and adds fields.
func (p page) fill(t testing.TB, action string, fields ...string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(p.Body, `action="`+action+`"`)
	if !ok {
		t.Fatalf("no form to %s on the page (%d)", action, p.Status)
	}
	form := url.Values{}
	inner, _, _ := strings.Cut(rest, "</form>")
	for _, m := range hidden.FindAllStringSubmatch(inner, -1) {
		form.Add(m[1], unescape(m[2]))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return form
}

func unescape(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&").Replace(s)
}

// send fills a form on a page and posts it.
func (b *browser) send(at, action string, fields ...string) page {
	b.t.Helper()
	return b.post(action, b.get(at).fill(b.t, action, fields...))
}

func (p page) has(t testing.TB, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(p.Body, w) {
			t.Errorf("the page (%d) does not say %q", p.Status, w)
		}
	}
}

func (p page) hasNot(t testing.TB, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(p.Body, w) {
			t.Errorf("the page (%d) says %q", p.Status, w)
		}
	}
}

func (p page) leads(t testing.TB, status int, to string) {
	t.Helper()
	if p.Status != status || p.Location != to {
		t.Fatalf("answers %d to %q, want %d to %q\n%s", p.Status, p.Location, status, to, alert(p.Body))
	}
}

func alert(body string) string {
	if i := strings.Index(body, `role="alert"`); i >= 0 {
		return body[i:min(len(body), i+400)]
	}
	return body[:min(len(body), 300)]
}

func path(m apptest.Item, more string) string { return fmt.Sprintf("/manuscripts/%d%s", m.ID, more) }

// everybody are the people of the own office by post.
func everybody() (all []string) {
	for _, p := range org.Posts {
		all = append(all, string(p))
	}
	return append(all, "drafter_b", "section_head_b")
}
