package site_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/site"
	"gongkai/web"
)

var office = site.Organisation{ID: 1, FullName: "中卫市沙坡头区科学技术局", SiteName: "沙坡头区科学技术局", Domain: "kjj.spt.gov.cn", SiteIDCode: "6405020009",
	ICP: "宁ICP备00000000号-1", Address: "中卫市沙坡头区中央西大道36号305室", Postcode: "755000", Phone: "0955-8812012", Email: "sptqkxjsj@163.com"}

var sections = []site.Section{
	{"gzdt", "工作动态", "本局工作动态", "科技,动态", "工作动态"},
	{"tzgg", "通知公告", "", "", "通知公告"},
	{"zcwj", "政策文件", "规范性文件和其他文件", "政策,文件", "政策文件"},
	{"nb", "政府信息公开年报", "历年政府信息公开工作年度报告", "年报,政府信息公开", "信息公开目录"},
}

func sub(t testing.TB, dir string) fs.FS {
	t.Helper()
	f, err := fs.Sub(web.FS, dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func sentences(t testing.TB, language string) map[string]string {
	t.Helper()
	b, err := fs.ReadFile(web.FS, "i18n/"+language+".json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// open answers a site on a database; two sites on one database are two nodes.
func open(t testing.TB, d *db.DB) *site.Site {
	t.Helper()
	zh := sentences(t, "zh-CN")
	s, err := site.New(site.Config{DB: d, Organisation: func(*db.Tx) (site.Organisation, error) { return office, nil }, BaseURL: "https://kjj.spt.gov.cn",
		Sections: func(*db.Tx, int64) ([]site.Section, error) { return sections, nil },
		Say: func(code string, args map[string]any) string {
			say, ok := zh[code]
			if !ok {
				t.Errorf("no sentence for %q", code)
			}
			for k, v := range args {
				say = strings.ReplaceAll(say, "{"+k+"}", fmt.Sprint(v))
			}
			return say
		},
		Templates: sub(t, "templates/public"), Static: sub(t, "static")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func realReport(t testing.TB) body.Document {
	t.Helper()
	b, err := os.ReadFile("../body/testdata/annual-report-2025.txt")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := body.Import("r.txt", b)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func annualPage(t testing.TB) site.Page {
	doc := realReport(t)
	return site.Page{Path: "/art/2026/42.html", OrganisationID: 1, ManuscriptID: 42, PublicationID: 7, RevisionNo: 3, Hash: blob.Hash([]byte("signed")), Title: doc.Title, Body: doc.Body,
		Source: "沙坡头区科学技术局", Summary: "2025年政府信息公开工作年度报告。", Keywords: []string{"政府信息公开", "年度报告"}, Section: sections[3],
		IndexNo: "11640502MB1B37366Q/2026-00042", DocDate: "2026-01-20"}
}

func news(id int64, title string) site.Page {
	return site.Page{Path: fmt.Sprintf("/art/2026/%d.html", id), OrganisationID: 1, ManuscriptID: id, PublicationID: id * 10, RevisionNo: 1, Hash: blob.Hash([]byte(title)),
		Title: title, Body: "<p>" + title + "。</p>\n", Section: sections[0], IndexNo: fmt.Sprintf("11640502MB1B37366Q/2026-%05d", id)}
}

func write(t testing.TB, d *db.DB, f func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, d *db.DB, s *site.Site, pages ...site.Page) {
	t.Helper()
	for _, p := range pages {
		write(t, d, func(tx *db.Tx) error { return s.Put(tx, p) })
	}
}

func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	return ask(h, "GET", path, headers...)
}

func signedPart(page string) (hash, body string) {
	m := regexp.MustCompile(`(?s)<article id="content" data-hash="([^"]*)">(.*)</article>`).FindStringSubmatch(page)
	if m == nil {
		return "", ""
	}
	return m[1], m[2]
}

func TestPageIsWhatWasSigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		s := open(t, d)
		h := s.Handler()
		p := annualPage(t)
		if w := get(h, p.Path); w.Code != 404 {
			t.Fatalf("before it is put: %d", w.Code)
		}
		put(t, d, s, p)
		w := get(h, p.Path)
		hash, text := signedPart(w.Body.String())
		if w.Code != 200 || hash != p.Hash || text != p.Body {
			t.Fatalf("status %d, hash %s, text equal %v", w.Code, hash, text == p.Body)
		}
		if cells, err := body.AnnualCells(text); err != nil || len(cells) != 200 {
			t.Errorf("%d cells, %v", len(cells), err)
		}
		clock.Advance(time.Hour)
		put(t, d, s, p)
		if again := get(h, p.Path); again.Body.String() != w.Body.String() {
			t.Error("the same publication again changed the page")
		}
	})
}

func TestPutRefuses(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	good := news(5, "一")
	for name, bad := range map[string]site.Page{
		"a path of another kind":     {Path: "/etc/passwd", ManuscriptID: 1},
		"a body that is not clean":   {Path: "/art/2026/1.html", ManuscriptID: 1, Body: `<p onclick="x">a</p>`},
		"a body with a script":       {Path: "/art/2026/1.html", ManuscriptID: 1, Body: `<script>alert(1)</script>`},
		"a body that is not in form": {Path: "/art/2026/1.html", ManuscriptID: 1, Body: `<p>a</p>`},
		"an attachment nobody stored": {Path: "/art/2026/1.html", ManuscriptID: 1, Body: good.Body,
			Files: []site.File{{Name: "a.pdf", Hash: blob.Hash([]byte("none"))}}},
		"a page of another organisation": {Path: "/art/2026/1.html", OrganisationID: 2, ManuscriptID: 1, Body: good.Body},
	} {
		bad.OrganisationID = cmp.Or(bad.OrganisationID, good.OrganisationID)
		if err := d.Write(context.Background(), func(tx *db.Tx) error { return s.Put(tx, bad) }); err == nil {
			t.Errorf("%s was put", name)
		}
	}
	if w := get(s.Handler(), "/sitemap.xml"); strings.Contains(w.Body.String(), "/art/") {
		t.Error("something became visible")
	}
}

func TestTakeDownIsVisibleAtCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		here, there := open(t, d), open(t, d)
		h, other := here.Handler(), there.Handler()
		p := news(1, "某某同志个人信息")
		put(t, d, here, p, news(2, "另一条"))
		for _, n := range []http.Handler{h, other} {
			if w := get(n, p.Path); w.Code != 200 {
				t.Fatalf("status %d", w.Code)
			}
		}
		write(t, d, func(tx *db.Tx) error {
			if err := here.Remove(tx, 1, "privacy", tx.Now()); err != nil {
				return err
			}
			if w := get(h, p.Path); w.Code != 200 {
				t.Errorf("gone before the commit: %d", w.Code)
			}
			return nil
		})
		gone := get(h, p.Path)
		if gone.Code != 410 {
			t.Fatalf("this node answers %d after the commit", gone.Code)
		}
		clock.Advance(50 * time.Millisecond)
		if w := get(other, p.Path); w.Code != 410 {
			t.Errorf("the other node answers %d after 50 ms", w.Code)
		}
		text := gone.Body.String()
		if !strings.Contains(text, "涉及个人信息保护") || !strings.Contains(text, "2026-03-11") || strings.Contains(text, "某某同志") {
			t.Error("the 410 page lacks reason or date, or names the title")
		}
		for _, path := range []string{"/", "/list/", "/list/gzdt/", "/feed.xml", "/sitemap.xml", "/search?q=某某"} {
			if b := get(h, path).Body.String(); strings.Contains(b, "某某同志") || strings.Contains(b, p.Path) {
				t.Errorf("%s still shows the page", path)
			}
		}
		write(t, d, func(tx *db.Tx) error { return here.Remove(tx, 1, "error", tx.Now()) })
		if w := get(h, p.Path); !strings.Contains(w.Body.String(), "涉及个人信息保护") {
			t.Error("a second take-down changed the reason")
		}
		if err := d.Write(context.Background(), func(tx *db.Tx) error { return here.Put(tx, p) }); err == nil {
			t.Error("the old publication brought the page back")
		}
		p.PublicationID, p.RevisionNo, p.Title, p.Body = 99, 2, "已更正", "<p>已更正</p>\n"
		put(t, d, here, p)
		if w := get(h, p.Path); w.Code != 200 || !strings.Contains(w.Body.String(), "已更正") {
			t.Errorf("the corrected revision: %d", w.Code)
		}
	})
}

func TestRolledBackTakeDownChangesNothing(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	put(t, d, s, news(1, "一"))
	_ = d.Write(context.Background(), func(tx *db.Tx) error {
		_ = s.Remove(tx, 1, "error", tx.Now())
		return fmt.Errorf("no")
	})
	if w := get(h, "/art/2026/1.html"); w.Code != 200 {
		t.Errorf("status %d", w.Code)
	}
}

func TestOutdatedPageKeepsItsTitleIn410(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	put(t, d, s, news(1, "某办法"))
	write(t, d, func(tx *db.Tx) error { return s.Remove(tx, 1, "outdated", tx.Now()) })
	if w := get(s.Handler(), "/art/2026/1.html"); w.Code != 410 || !strings.Contains(w.Body.String(), "某办法") {
		t.Errorf("%d", w.Code)
	}
}

func TestCorrectionKeepsTheFirstReleaseAndNamesItsOwn(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	p := news(1, "一")
	put(t, d, s, p)
	clock.Advance(26 * time.Hour)
	p.PublicationID, p.RevisionNo, p.Body, p.Hash = 11, 2, "<p>改</p>\n", blob.Hash([]byte("2"))
	put(t, d, s, p)
	text := get(h, p.Path).Body.String()
	for _, want := range []string{`<meta name="PubDate" content="2026-03-11 09:00">`, "已更正：2026-03-12 11:00（第 2 版）", "<p>改</p>"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	p.PublicationID, p.RevisionNo = 12, 1
	if err := d.Write(context.Background(), func(tx *db.Tx) error { return s.Put(tx, p) }); err == nil {
		t.Error("an older revision replaced a newer one")
	}
}
