package apptest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
)

// fingerprint counts every row of every table that an act could write.
func fingerprint(t *testing.T, w *apptest.World) string {
	t.Helper()
	var out strings.Builder
	err := w.App.DB.Read(context.Background(), func(tx *db.Tx) error {
		for _, table := range []string{"manuscripts", "revisions", "runs", "decisions", "publications", "take_downs", "notices", "idempotency", "blobs", "people", "posts", "audit_entries", "wechat_inbox"} {
			var n, v int64
			if err := tx.G.Raw("SELECT COUNT(*) FROM " + table).Scan(&n).Error; err != nil {
				return err
			}
			if table == "manuscripts" {
				if err := tx.G.Raw("SELECT COALESCE(SUM(version), 0) FROM manuscripts").Scan(&v).Error; err != nil {
					return err
				}
			}
			fmt.Fprintf(&out, "%s %d %d\n", table, n, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBadInputIsAClearRefusalAndChangesNothing(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true})
			m := w.Draft("等着坏输入的草稿")
			li := w.Own.People["drafter"]
			edit := fmt.Sprintf("/api/v1/manuscripts/%d/edit", m.ID)
			withBody := func(html string) map[string]any {
				return map[string]any{"version": m.Version, "hash": m.Hash, "content": apptest.Content("等着坏输入的草稿", "body", html)}
			}
			withTitle := func(title string) map[string]any {
				c := apptest.Content("x")
				c["title"] = title
				return map[string]any{"version": m.Version, "hash": m.Hash, "content": c}
			}
			raw := func(s string) []byte { return []byte(s) }
			sound := fmt.Sprintf(`{"version":%d,"hash":%q,"note":""}`, m.Version, m.Hash)
			withdraw := fmt.Sprintf("/api/v1/manuscripts/%d/withdraw", m.ID)

			before := fingerprint(t, w)
			for name, c := range map[string]struct {
				method, path string
				body         any
				headers      []string
				status       int
				code, field  string
			}{
				"10,000 nested tags":        {"POST", edit, withBody(strings.Repeat("<table><tr><td>", 10_000)), nil, 400, "body.too_deep", "body"},
				"3 MB of text":              {"POST", edit, withBody("<p>" + strings.Repeat("文", 1<<20) + "</p>"), nil, 413, "body.too_large", "body"},
				"not UTF-8":                 {"POST", edit, raw(fmt.Sprintf("{\"version\":%d,\"hash\":%q,\"content\":{\"title\":\"\xff\xfe\"}}", m.Version, m.Hash)), nil, 400, "http.not_utf8", ""},
				"NUL in the text":           {"POST", edit, withBody("<p>甲\x00乙</p>"), nil, 400, "body.control_character", "body"},
				"bidi override in the text": {"POST", edit, withBody("<p>甲\u202e乙</p>"), nil, 400, "body.control_character", "body"},
				"bidi isolate in the title": {"POST", edit, withTitle("甲\u2066乙"), nil, 400, "manuscript.control_character", "title"},
				"NUL in the title":          {"POST", edit, withTitle("甲\x00乙"), nil, 400, "manuscript.control_character", "title"},
				"title of 201 characters":   {"POST", edit, withTitle(strings.Repeat("题", 201)), nil, 400, "manuscript.too_long", "title"},
				"unknown key":               {"POST", withdraw, raw(strings.Replace(sound, `"note"`, `"state":"published","note"`, 1)), nil, 400, "http.unknown_field", "state"},
				"key in other case":         {"POST", withdraw, raw(strings.Replace(sound, `"note"`, `"NOTE"`, 1)), nil, 400, "http.unknown_field", "NOTE"},
				"key twice":                 {"POST", withdraw, raw(strings.Replace(sound, `"note":""`, `"note":"a","note":"b"`, 1)), nil, 400, "http.unknown_field", "note"},
				"more after the object":     {"POST", withdraw, raw(sound + `{}`), nil, 400, "http.json", ""},
				"no object":                 {"POST", withdraw, raw(`[]`), nil, 400, "http.json", ""},
				"half an object":            {"POST", withdraw, raw(sound[:20]), nil, 400, "http.json", ""},
				"10,000 nested arrays":      {"POST", withdraw, raw(`{"version":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`), nil, 400, "http.json", ""},
				"number too large":          {"POST", withdraw, raw(`{"version":99999999999999999999,"hash":""}`), nil, 400, "http.json", "version"},
				"wrong content type":        {"POST", withdraw, raw(sound), []string{"Content-Type", "text/plain"}, 415, "http.content_type", ""},
				"no content type":           {"POST", withdraw, raw(sound), []string{"Content-Type", ""}, 415, "http.content_type", ""},
				"GET on a POST route":       {"GET", withdraw, nil, nil, 405, "http.method", ""},
				"PUT on a POST route":       {"PUT", withdraw, raw(sound), nil, 405, "http.method", ""},
				"TRACE":                     {"TRACE", withdraw, nil, nil, 405, "http.method", ""},
				"foreign Origin":            {"POST", withdraw, raw(sound), []string{"Origin", "https://evil.example"}, 403, "http.cross_origin", ""},
				"cross-site fetch":          {"POST", withdraw, raw(sound), []string{"Sec-Fetch-Site", "cross-site"}, 403, "http.cross_origin", ""},
				"no Idempotency-Key":        {"POST", withdraw, raw(sound), []string{"Idempotency-Key", ""}, 400, "http.idempotency_key", "Idempotency-Key"},
				"id that is no number":      {"GET", "/api/v1/manuscripts/1%20OR%201=1", nil, nil, 400, "http.id", "id"},
				"id out of range":           {"GET", "/api/v1/manuscripts/99999999999999999999", nil, nil, 400, "http.id", "id"},
				"negative page":             {"GET", "/api/v1/publications?before=-1", nil, nil, 400, "http.query", "before"},
				"unknown address":           {"GET", "/api/v1/nothing", nil, nil, 404, "http.no_route", ""},
				"import of a program":       {"POST", "/api/v1/imports", raw("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.exe\"\r\n\r\nMZ\r\n--x--\r\n"), []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, "body.format", ""},
				"attachment that lies":      {"POST", fmt.Sprintf("/api/v1/units/%d/files", w.Own.UnitA), raw("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n<html><script>\r\n--x--\r\n"), []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "manuscript.attachments", "file"},
				"svg attachment":            {"POST", fmt.Sprintf("/api/v1/units/%d/files", w.Own.UnitA), raw("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.svg\"\r\n\r\n<svg/>\r\n--x--\r\n"), []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "manuscript.attachments", "file"},
			} {
				a := w.Call(li, c.method, c.path, c.body, c.headers...)
				var p struct{ Code, Field, Title string }
				if a.Status != http.StatusMethodNotAllowed || len(a.Body) > 0 {
					a.Into(t, &p)
				}
				if a.Status != c.status || p.Code != c.code || p.Field != c.field || p.Title == "" {
					t.Errorf("%s: %d %s", name, a.Status, a.Body)
				}
				if ct := a.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/problem+json") {
					t.Errorf("%s: content type %q", name, ct)
				}
			}
			if now := fingerprint(t, w); now != before {
				t.Errorf("something changed:\n%s\nwas\n%s", now, before)
			}
		})
	}
}

// TestHundredMegabytesEndIn413 speaks HTTP over a plain connection: a client
// that fails while it writes would hide what was answered.
func TestHundredMegabytesEndIn413(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	before := fingerprint(t, w)
	for name, framing := range map[string]string{"announced": "Content-Length: 104857600", "not announced": "Transfer-Encoding: chunked"} {
		conn, err := net.Dial("tcp", w.Config.Staff.Listen)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /api/v1/manuscripts HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nIdempotency-Key: hundred-megabytes\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n",
			w.Config.Staff.Listen, w.Own.People["drafter"].Token, framing)
		sent := make(chan int64)
		go func() {
			var to io.Writer = conn
			if name == "not announced" {
				to = httputil.NewChunkedWriter(conn)
			}
			n, _ := io.CopyN(to, endless{}, 100<<20) // ends when the server hangs up
			sent <- n
		}()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: no answer: %v", name, err)
			continue
		}
		var p struct{ Code string }
		if err := json.NewDecoder(res.Body).Decode(&p); err != nil || res.StatusCode != http.StatusRequestEntityTooLarge || p.Code != "http.too_large" {
			t.Errorf("%s: %d %s %v", name, res.StatusCode, p.Code, err)
		}
		conn.Close()
		if n := <-sent; n > 32<<20 {
			t.Errorf("%s: %d bytes were taken", name, n)
		}
	}
	if now := fingerprint(t, w); now != before {
		t.Errorf("something changed:\n%s\nwas\n%s", now, before)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, bytes.Repeat([]byte(" "), len(b))), nil }

func TestWeChatTitleOf33CharactersIsRefusedBeforeReview(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		for n, want := range map[int]int{32: 200, 33: 400} {
			m := w.Draft("标题正好", "wechat", map[string]any{"title": strings.Repeat("题", n)})
			a := w.Act(w.Own.People["drafter"], m, "submit")
			if a.Status != want || (want == 400 && (a.Code() != "review.checks" || !strings.Contains(string(a.Body), "channel.wechat.title_length"))) {
				t.Errorf("%d characters: %d %s", n, a.Status, a.Body)
			}
			if now := w.Get(m.ID); want == 400 && (now.State != "draft" || now.Version != m.Version) {
				t.Errorf("state %s", now.State)
			}
		}
	})
}

func TestEndedSessionIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		li := w.Own.People["drafter"]
		m := w.Draft("会话结束之后")
		if a := w.Call(li, "DELETE", "/api/v1/session", nil); a.Status != http.StatusNoContent {
			t.Fatalf("sign out: %d %s", a.Status, a.Body)
		}
		if a := w.Act(li, m, "submit"); a.Status != 401 || a.Code() != "org.signed_out" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := w.Call(&apptest.Person{Token: "forged"}, "GET", "/api/v1/session", nil); a.Status != 401 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

func TestForgedCallbackIsRefusedAndNotKept(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true, Callback: true})
	before := fingerprint(t, w)
	body := "<xml><ToUserName>x</ToUserName><Encrypt>AAAA</Encrypt></xml>"
	for _, query := range []string{"", "?signature=x&timestamp=1&nonce=2&msg_signature=0000&encrypt_type=aes"} {
		res, err := w.HTTP.Post(w.Config.Public.URL+"/wechat/callback"+query, "text/xml", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode/100 != 4 {
			t.Errorf("%q answers %d", query, res.StatusCode)
		}
	}
	if now := fingerprint(t, w); now != before {
		t.Errorf("something changed:\n%s\nwas\n%s", now, before)
	}
}

func TestDoubleSlashIsNoRedirect(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	for _, base := range []string{w.Config.Staff.URL, w.Config.Public.URL} {
		for _, path := range []string{"//evil.com", "//evil.com/", "//evil.com/..", "/\\evil.com", "/%2f/evil.com", "/login?next=//evil.com"} {
			req, err := http.NewRequest("GET", base, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.URL.Opaque = path
			res, err := w.HTTP.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if to := res.Header.Get("Location"); strings.Contains(to, "evil") && !strings.HasPrefix(to, "/login") {
				t.Errorf("%s%s leads to %s", base, path, to)
			}
		}
	}
}
