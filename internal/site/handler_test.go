package site_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/site"
)

func TestEveryAnswerCarriesItsSecurityHeaders(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	page, file, image := withFiles(t, d)
	put(t, d, s, page, news(2, "二"))
	write(t, d, func(tx *db.Tx) error { return s.Remove(tx, 2, "error", tx.Now()) })
	for path, status := range map[string]int{
		"/": 200, "/list/": 200, "/list/gzdt/": 200, "/list/gzdt": 301, "/search": 200, page.Path: 200, "/art/2026/2.html": 410, "/art/2026/3.html": 404,
		file: 200, image: 200, "/files/x/y": 404, "/blob/x": 404, "/feed.xml": 200, "/sitemap.xml": 200, "/robots.txt": 200, "/favicon.ico": 200, "/healthz": 200,
		"/view?look=big&back=/": 303, "/view.css": 200, stylesheet(t, h): 200, "/s/0/css/app.css": 404, "/.git/config": 404, "/debug/pprof/": 404, "/metrics": 404,
		"/api/v1/manuscripts": 404, "//evil.com": 404, "//evil.com/list/gzdt": 404, "/list//evil.com/": 404, "/%2fevil.com": 404, "/..%2f..%2fetc/passwd": 404,
		"/s/0/..%2f..%2fembed.go": 404, "/templates/public/home.html": 404,
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"} {
			w := ask(h, method, path)
			want := status
			if method != "GET" && method != "HEAD" {
				want = 405
				if w.Header().Get("Allow") != "GET, HEAD" {
					t.Errorf("%s %s: no Allow", method, path)
				}
			}
			if w.Code != want {
				t.Errorf("%s %s: %d, want %d", method, path, w.Code, want)
			}
			if method == "HEAD" && w.Body.Len() != 0 {
				t.Errorf("HEAD %s has a body", path)
			}
			head := w.Header()
			for name, part := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin", "X-Frame-Options": "DENY", "Strict-Transport-Security": "31536000"} {
				if !strings.Contains(head.Get(name), part) {
					t.Errorf("%s %s: %s is %q", method, path, name, head.Get(name))
				}
			}
			for _, part := range []string{"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
				if !strings.Contains(head.Get("Content-Security-Policy"), part) {
					t.Errorf("%s %s: no %s", method, path, part)
				}
			}
			if strings.Contains(head.Get("Content-Security-Policy"), "unsafe") {
				t.Errorf("%s: unsafe policy", path)
			}
			if kind := head.Get("Content-Type"); (w.Body.Len() > 0) && kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "charset=utf-8") {
				t.Errorf("%s %s: content type %q", method, path, kind)
			}
			if to := head.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
				t.Errorf("%s redirects to %q", path, to)
			}
		}
	}
}

func withFiles(t testing.TB, d *db.DB) (p site.Page, file, image string) {
	t.Helper()
	var pdf, png, svg string
	write(t, d, func(tx *db.Tx) (err error) {
		if pdf, err = blob.Put(tx, "application/pdf", []byte("%PDF-1.7 附件")); err != nil {
			return err
		}
		if png, err = blob.Put(tx, "image/png", []byte("\x89PNG\r\n\x1a\n")); err != nil {
			return err
		}
		svg, err = blob.Put(tx, "image/svg+xml", []byte("<svg/>"))
		return err
	})
	p = news(1, "带附件")
	p.Body = `<p><img src="/blob/` + png + `" alt="图"></p>` + "\n" + `<p><img src="/blob/` + svg + `" alt="图"></p>` + "\n"
	p.Files = []site.File{{Name: "附件 1：\"申报表\"\r\n.pdf", MediaType: "application/pdf", Size: 15, Hash: pdf}, {Name: "同一文件.pdf", MediaType: "application/pdf", Size: 15, Hash: pdf}}
	return p, "/files/" + pdf + "/%E9%99%84%E4%BB%B6%201%EF%BC%9A_%E7%94%B3%E6%8A%A5%E8%A1%A8___.pdf", "/blob/" + png
}

func TestFilesAndImagesOfVisiblePagesOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		s := open(t, d)
		h := s.Handler()
		page, file, image := withFiles(t, d)
		for _, path := range []string{file, image} {
			if w := get(h, path); w.Code != 404 {
				t.Fatalf("%s before the page: %d", path, w.Code)
			}
		}
		put(t, d, s, page)
		w := get(h, file)
		if w.Code != 200 || w.Body.String() != "%PDF-1.7 附件" {
			t.Fatalf("file: %d", w.Code)
		}
		if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename*=utf-8''") || strings.ContainsAny(got, "\r\n\"") {
			t.Errorf("disposition %q", got)
		}
		if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, "sandbox") {
			t.Errorf("policy %q", got)
		}
		if !strings.Contains(get(h, page.Path).Body.String(), `href="`+file+`"`) {
			t.Error("the page does not link the file")
		}
		if w := get(h, file, "Range", "bytes=0-3"); w.Code != 206 || w.Body.String() != "%PDF" {
			t.Errorf("range: %d", w.Code)
		}
		if w := get(h, image); w.Code != 200 || w.Header().Get("Content-Type") != "image/png" {
			t.Errorf("image: %d", w.Code)
		}
		if w := get(h, image, "If-None-Match", get(h, image).Header().Get("ETag")); w.Code != 304 {
			t.Errorf("image again: %d", w.Code)
		}
		for _, path := range []string{strings.Replace(file, "/files/", "/blob/", 1)[:len("/blob/")+71], strings.Replace(image, "/blob/", "/files/", 1) + "/x.png",
			file[:len("/files/")+71] + "/other.pdf", "/blob/" + strings.Split(strings.Split(page.Body, "/blob/")[2], `"`)[0]} {
			if w := get(h, path); w.Code != 404 {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
		write(t, d, func(tx *db.Tx) error { return s.Remove(tx, 1, "secret", tx.Now()) })
		for _, path := range []string{file, image} {
			if w := get(h, path); w.Code != 404 {
				t.Errorf("%s after the take-down: %d", path, w.Code)
			}
		}
	})
}

func TestArticleCachingHeaders(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	p := annualPage(t)
	put(t, d, s, p)
	plain, packed := get(h, p.Path), get(h, p.Path, "Accept-Encoding", "br, gzip")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= plain.Body.Len()/2 || plain.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("gzip: %d of %d bytes", packed.Body.Len(), plain.Body.Len())
	}
	if w := get(h, p.Path, "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("gzip although refused")
	}
	for _, w := range []*httptest.ResponseRecorder{plain, packed} {
		again := get(h, p.Path, "If-None-Match", w.Header().Get("ETag"))
		if again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("known page: %d with %d bytes", again.Code, again.Body.Len())
		}
	}
	if w := get(h, p.Path); w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("caching %q", w.Header().Get("Cache-Control"))
	}
	css := stylesheet(t, h)
	if w := get(h, css); !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Error("the style sheet is not immutable")
	}
	if w := get(h, "/s/anything/css/public.css"); w.Code != 200 || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Error("pages of an older program do not find their style sheet")
	}
}

func TestLooks(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	h := open(t, d).Handler()
	for back, want := range map[string]string{
		"/art/2026/42.html": "/art/2026/42.html", "/list/gzdt/?page=2": "/list/gzdt/?page=2", "": "/", "//evil.com": "/", "/\\evil.com": "/", "https://evil.com/": "/",
		"/%5cevil.com": "/", "/%2fevil.com": "/", "/%252fevil.com": "/", "javascript:alert(1)": "/", "///evil.com": "/", "/%09/evil.com": "/", "\\\\evil.com": "/",
	} {
		r := httptest.NewRequest("GET", "/view", nil)
		q := r.URL.Query()
		q.Set("look", "big")
		q.Set("back", back)
		r.URL.RawQuery = q.Encode()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 303 || w.Header().Get("Location") != want {
			t.Errorf("back to %q goes to %q (%d)", back, w.Header().Get("Location"), w.Code)
		}
		if c := w.Header().Get("Set-Cookie"); !strings.HasPrefix(c, "look=big; Path=/") || !strings.Contains(c, "HttpOnly; Secure; SameSite=Lax") {
			t.Errorf("cookie %q", c)
		}
	}
	normal, big := get(h, "/view.css"), get(h, "/view.css", "Cookie", "look=big")
	if normal.Body.String() == big.Body.String() || !strings.Contains(big.Body.String(), "24px") || big.Header().Get("Vary") != "Accept-Encoding, Cookie" {
		t.Error("large type")
	}
	if w := get(h, "/view.css", "Cookie", "look=../../etc"); w.Body.String() != normal.Body.String() {
		t.Error("an unknown look")
	}
	if w := get(h, "/view?look=normal&back=/"); !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Error("back to normal")
	}
}

func TestSiteWithoutDatabase(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	put(t, d, s, news(1, "一"))
	if w := get(h, "/art/2026/1.html"); w.Code != 200 {
		t.Fatal(w.Code)
	}
	d.Close()
	clock.Advance(10 * time.Second)
	if w := get(h, "/art/2026/1.html"); w.Code != 200 {
		t.Errorf("ten seconds without a database: %d", w.Code)
	}
	clock.Advance(time.Minute)
	if w := get(h, "/art/2026/1.html"); w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "sql") {
		t.Errorf("a minute without a database: %d", w.Code)
	}
	if w := get(h, "/healthz"); w.Code != 503 {
		t.Errorf("health %d", w.Code)
	}
}

func TestManyReadersOneTakeDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		s := open(t, d)
		h := s.Handler()
		put(t, d, s, news(1, "一"))
		stop := make(chan struct{})
		done := make(chan struct{})
		for range 4 {
			go func() {
				defer func() { done <- struct{}{} }()
				for {
					select {
					case <-stop:
						return
					default:
						if w := get(h, "/art/2026/1.html"); w.Code != 200 && w.Code != 410 {
							t.Errorf("status %d", w.Code)
						}
					}
				}
			}()
		}
		write(t, d, func(tx *db.Tx) error { return s.Remove(tx, 1, "error", tx.Now()) })
		for range 200 {
			if w := get(h, "/art/2026/1.html"); w.Code != 410 {
				t.Fatalf("after the commit: %d", w.Code)
			}
		}
		close(stop)
		for range 4 {
			<-done
		}
	})
}

// staleFor is how often a busy node asks the database what is visible.
const staleFor = 50 * time.Millisecond

// BenchmarkArticle compares the article page over a real connection with a bare
// handler that writes the same bytes; the speed bar is a ratio of 0.8.
func BenchmarkArticle(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	s := open(b, d)
	p := annualPage(b)
	put(b, d, s, p)
	tick := time.NewTicker(staleFor)
	defer tick.Stop()
	go func() {
		for range tick.C {
			clock.Advance(staleFor)
		}
	}()
	h := s.Handler()
	bytes := get(h, p.Path).Body.Bytes()
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"text/html; charset=utf-8"}
		_, _ = w.Write(bytes)
	})
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}
	var urls [2]string
	for i, handler := range []http.Handler{bare, h} {
		server := httptest.NewServer(handler)
		defer server.Close()
		urls[i] = server.URL + p.Path
	}
	var spent [2]atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			for k := range 2 {
				i := (n + k) % 2 // in turn, so a busy machine slows both
				start := time.Now()
				r, err := client.Get(urls[i])
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				r.Body.Close()
				spent[i].Add(int64(time.Since(start)))
			}
		}
	})
	b.ReportMetric(float64(spent[0].Load())/float64(spent[1].Load()), "×bare")
}
