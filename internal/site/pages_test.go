package site_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gongkai/internal/dbtest"
	"gongkai/web"
)

func metas(page string) map[string]string {
	m := map[string]string{}
	for _, x := range regexp.MustCompile(`<meta name="([A-Z][A-Za-z]+)" content="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		m[x[1]] = x[2]
	}
	return m
}

func TestMetaTags(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	plain := news(1, "只有必填项")
	put(t, d, s, annualPage(t), plain)
	every := []string{"SiteName", "SiteDomain", "SiteIDCode"}
	column := append([]string{"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"}, every...)
	article := append([]string{"ArticleTitle", "PubDate", "ContentSource", "Url"}, column...)
	for path, want := range map[string][]string{
		"/": append([]string{"ColumnName"}, every...), "/list/": column, "/list/tzgg/": column, "/list/nb/": column, "/search?q=x": column,
		plain.Path: article, "/art/2026/42.html": append([]string{"Keywords", "Description"}, article...), "/nowhere": every,
	} {
		got := metas(get(h, path).Body.String())
		for _, name := range want {
			if got[name] == "" {
				t.Errorf("%s lacks %s", path, name)
			}
		}
		for name, v := range got {
			if v == "" || strings.Contains(v, "null") || strings.Contains(v, "nil") {
				t.Errorf("%s: %s is %q", path, name, v)
			}
		}
	}
	got := metas(get(h, "/art/2026/42.html").Body.String())
	for name, want := range map[string]string{"SiteIDCode": "6405020009", "SiteDomain": "kjj.spt.gov.cn", "ColumnName": "政府信息公开年报", "ColumnType": "信息公开目录",
		"ArticleTitle": "沙坡头区科学技术局 2025 年政府信息公开工作年度报告", "PubDate": "2026-03-11 09:00", "Url": "https://kjj.spt.gov.cn/art/2026/42.html", "Keywords": "政府信息公开,年度报告"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if metas(get(h, plain.Path).Body.String())["ContentSource"] != office.FullName {
		t.Error("a page without a source does not name the organ")
	}
}

// A reprint names its source with a link to the original and the original's date
// (domain 1.7, X-4); only a web address becomes a link.
func TestReprintLinksItsOriginal(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	p := news(1, "转载")
	p.Source, p.OriginalURL, p.OriginalDate = "省人民政府", "https://www.example.gov.cn/a?x=1&y=2", "2026-03-01"
	script := news(2, "脚本")
	script.Source, script.OriginalURL = "某人", "javascript:alert(1)"
	put(t, d, s, p, script, news(3, "自采"))
	text := get(h, p.Path).Body.String()
	if want := `信息来源：<a href="https://www.example.gov.cn/a?x=1&amp;y=2" rel="noopener">省人民政府</a>（2026-03-01）</span>`; !strings.Contains(text, want) {
		t.Errorf("no %s in %s", want, text)
	}
	if got := metas(text)["ContentSource"]; got != "省人民政府" {
		t.Errorf("ContentSource is %q", got)
	}
	if text := get(h, script.Path).Body.String(); strings.Contains(text, "javascript:") || !strings.Contains(text, "信息来源：某人</span>") {
		t.Errorf("a script became a link: %s", text)
	}
	if text := get(h, "/art/2026/3.html").Body.String(); !strings.Contains(text, "信息来源："+office.FullName+"</span>") {
		t.Errorf("an own text looks otherwise: %s", text)
	}
}

func TestHomeListAndPaging(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	if w := get(h, "/"); w.Code != 200 || !strings.Contains(w.Body.String(), "该栏目暂无信息") {
		t.Errorf("empty home: %d", w.Code)
	}
	for i := range 45 {
		clock.Advance(time.Minute)
		put(t, d, s, news(int64(100+i), fmt.Sprintf("动态第%d条", i)))
	}
	w := get(h, "/list/gzdt/")
	if b := w.Body.String(); strings.Count(b, `<a href="/art/`) != 20 || !strings.Contains(b, "第 1 页 / 共 3 页，45 条") || !strings.Contains(b, "动态第44条") {
		t.Error("first page")
	}
	if b := get(h, "/list/gzdt/?page=3").Body.String(); strings.Count(b, `<a href="/art/`) != 5 || !strings.Contains(b, "动态第0条") {
		t.Error("last page")
	}
	for _, path := range []string{"/list/gzdt/?page=4", "/list/gzdt/?page=0", "/list/gzdt/?page=x", "/list/none/", "/list/none", "/art/2026/1.htm", "/art/2026/999.html"} {
		if w := get(h, path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(h, "/list/gzdt"); w.Code != 301 || w.Header().Get("Location") != "/list/gzdt/" {
		t.Errorf("slash: %d", w.Code)
	}
	if b := get(h, "/search?q=%E7%AC%AC44").Body.String(); strings.Count(b, `<a href="/art/`) != 1 {
		t.Error("search")
	}
	if b := get(h, "/search?q=%3Cscript%3E").Body.String(); strings.Contains(b, "<script") {
		t.Error("search echoes markup")
	}
	feed := get(h, "/feed.xml").Body.String()
	if strings.Count(feed, "<entry>") != 30 || !strings.Contains(feed, "2026-03-11T09:45:00+08:00") {
		t.Error("feed")
	}
	if n := strings.Count(get(h, "/sitemap.xml").Body.String(), "<loc>https://kjj.spt.gov.cn/art/"); n != 45 {
		t.Errorf("sitemap has %d", n)
	}
}

func TestCataloguesHaveEverySentence(t *testing.T) {
	zh, en := sentences(t, "zh-CN"), sentences(t, "en")
	var codes []string
	for code := range zh {
		codes = append(codes, code)
		if en[code] == "" {
			t.Errorf("no English sentence for %q", code)
		}
	}
	files, err := fs.Glob(web.FS, "templates/public/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, _ := fs.ReadFile(web.FS, f)
		for _, m := range regexp.MustCompile(`T "([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
			if !slices.Contains(codes, m[1]) {
				t.Errorf("%s: no sentence for %q", f, m[1])
			}
		}
		if regexp.MustCompile(`\p{Han}`).Match(regexp.MustCompile(`；`).ReplaceAll(b, nil)) {
			t.Errorf("%s holds Chinese words; they belong into the catalogue", f)
		}
	}
	for _, reason := range []string{"error", "outdated", "privacy", "secret", "law", "duplicate", "other"} {
		if zh["site.gone."+reason] == "" {
			t.Errorf("no sentence for reason %q", reason)
		}
	}
}

func TestPagesStaySmallAndHaveNoScript(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	s := open(t, d)
	h := s.Handler()
	put(t, d, s, annualPage(t))
	for i := range 60 {
		clock.Advance(time.Minute)
		p := news(int64(100+i), fmt.Sprintf("关于做好第%d批科技型中小企业入库登记和研发费用补助申报工作的通知", i))
		p.Section = sections[i%4]
		put(t, d, s, p)
	}
	css := get(h, stylesheet(t, h), "Accept-Encoding", "gzip").Body.Len()
	for _, path := range []string{"/", "/list/", "/list/gzdt/", "/art/2026/42.html", "/nowhere"} {
		w := get(h, path, "Accept-Encoding", "gzip")
		n := w.Body.Len()
		text := w.Body.String()
		if w.Header().Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(z)
			text = string(b)
		}
		t.Logf("%s: %d + %d bytes of style", path, n, css)
		if n+css > 15<<10 {
			t.Errorf("%s needs %d bytes", path, n+css)
		}
		for _, no := range []string{"<script", "javascript:", " onclick", " style=", "<style", "http://localhost"} {
			if strings.Contains(text, no) {
				t.Errorf("%s contains %q", path, no)
			}
		}
	}
}

func stylesheet(t testing.TB, h http.Handler) string {
	t.Helper()
	m := regexp.MustCompile(`href="(/s/[0-9a-f]+/css/public\.css)"`).FindStringSubmatch(get(h, "/").Body.String())
	if m == nil {
		t.Fatal("no style sheet")
	}
	return m[1]
}
