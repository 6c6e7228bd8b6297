package staff_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/url"
	pathpkg "path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
	"gongkai/internal/org"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// concrete fills the holes of a route's path.
func concrete(p string) string {
	return strings.NewReplacer(":id/drawing", "policy/drawing", ":id", "1", ":hash", "sha256:0", "*name", "css/none.css").Replace(p)
}

func TestAnonymousPeopleGetNowhere(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	w.Draft("不给外人看")
	b := open(t, w)
	for _, r := range w.App.Staff.Routes() {
		if r.Act == "-" {
			continue
		}
		p := concrete(r.Path)
		if r.Method == "GET" {
			if a := b.get(p); a.Status != 303 || !strings.HasPrefix(a.Location, "/login?next=") {
				t.Errorf("GET %s answers %d to %s", p, a.Status, a.Location)
			}
			continue
		}
		a := b.post(p, url.Values{"key": {"0123456789"}, "note": {"x"}})
		if r.Path == "/logout" {
			continue // leaving twice is no fault
		}
		if a.Status != 401 && a.Status != 403 {
			t.Errorf("POST %s answers %d", p, a.Status)
		}
		a.hasNot(t, "不给外人看")
	}
}

func TestStateChangesByPostOnly(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	pages := map[string]bool{}
	for _, r := range w.App.Staff.Routes() {
		if r.Method == "GET" {
			pages[r.Path] = true
		}
	}
	posts := 0
	b := as(t, w, w.Own.People["signing_leader"])
	for _, r := range w.App.Staff.Routes() {
		if r.Method != "POST" || pages[r.Path] {
			continue
		}
		posts++
		if a := b.get(concrete(r.Path)); a.Status != 405 && a.Status != 404 {
			t.Errorf("GET %s answers %d", r.Path, a.Status)
		} else {
			a.has(t, "请求编号")
		}
	}
	if posts < 20 {
		t.Errorf("only %d routes walked", posts)
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("跨站"), "first")
	for _, r := range w.App.Staff.Routes() {
		if r.Method != "POST" {
			continue
		}
		b := as(t, w, w.Own.People["section_head"])
		p := strings.ReplaceAll(concrete(r.Path), "/1/", "/"+itoa(m.ID)+"/")
		form := url.Values{"key": {"0123456789"}, "version": {itoa(m.Version)}, "hash": {m.Hash}, "verb": {"approve"}, "checklist": {"0", "1"}}
		b.headers["Origin"] = "https://evil.example"
		if a := b.post(p, form); a.Status != 403 {
			t.Errorf("POST %s from elsewhere answers %d", p, a.Status)
		}
		b.headers["Origin"] = ""
		b.headers["Sec-Fetch-Site"] = "cross-site"
		if a := b.post(p, form); a.Status != 403 {
			t.Errorf("POST %s cross-site answers %d", p, a.Status)
		}
		delete(b.headers, "Sec-Fetch-Site")
		delete(b.headers, "Origin")
		b.headers["Content-Type"] = "text/plain"
		if a := b.post(p, form); a.Status != 415 {
			t.Errorf("POST %s as text answers %d", p, a.Status)
		}
	}
	if now := w.Get(m.ID); now.Version != m.Version {
		t.Error("something changed")
	}
}

// leftover finds codes that no catalogue has.
var leftover = regexp.MustCompile(`\b(staff|word|http|org|workflow|manuscript|review|publish|check|notice|body|proof|annual|foi)\.[a-z_]+(\.[a-zA-Z_0-9.]+)?\b`)
var harmless = regexp.MustCompile(`/static/[^"]*|name="[^"]*"|id="[^"]*"|for="[^"]*"|href="[^"]*"|placeholder="[a-z.]+"|data-when="[^"]*"|<code>[^<]*(<br>[^<]*)*</code>|<option value="[^"]*"|data-copy="[^"]*"|<textarea id="f-(?:lead|head[1-5]|problems|other)"[^<]*</textarea>|<meta name="htmx-config"[^>]*>|<script type="application/json"[^>]*>[^<]*</script>`)

func complete(t *testing.T, what string, p page) {
	t.Helper()
	if p.Status != 200 {
		t.Errorf("%s answers %d", what, p.Status)
	}
	for _, s := range leftover.FindAllString(harmless.ReplaceAllString(p.Body, ""), -1) {
		t.Errorf("%s says %q", what, s)
	}
	if i := strings.Index(harmless.ReplaceAllString(p.Body, ""), "{"); i >= 0 {
		t.Errorf("%s has a hole: %s", what, p.Body[max(0, i-30):min(len(p.Body), i+40)])
	}
	if strings.Contains(p.Body, "ZgotmplZ") || strings.Contains(p.Body, " style=") || strings.Contains(p.Body, "<script>") || strings.Contains(p.Body, " onclick=") {
		t.Errorf("%s has markup the policy forbids", what)
	}
	if m := regexp.MustCompile(`\b0x[0-9a-f]{5,}`).FindString(p.Body); m != "" {
		t.Errorf("%s shows an address, %s: a field of the page hides one of the frame", what, m)
	}
	if !strings.HasSuffix(strings.TrimSpace(p.Body), "</html>") {
		t.Errorf("%s ends early", what)
	}
	for _, tag := range []string{"form", "section", "div", "details", "fieldset", "table", "aside", "main", "ul", "ol", "select"} {
		if a, z := strings.Count(p.Body, "<"+tag+" ")+strings.Count(p.Body, "<"+tag+">"), strings.Count(p.Body, "</"+tag+">"); a != z {
			t.Errorf("%s opens <%s> %d times, closes %d", what, tag, a, z)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(p.Body, -1) {
		if ids[m[1]] {
			t.Errorf("%s has the id %s twice", what, m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`<label[^>]* for="([^"]+)"`).FindAllStringSubmatch(p.Body, -1) {
		if !ids[m[1]] {
			t.Errorf("%s has a label for %s, which is not there", what, m[1])
		}
	}
}

func TestEveryPageIsCompleteInBothLanguages(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	pages := []string{"/tasks", "/mine", "/register", "/register?state=draft", "/search", "/search?q=%E7%A8%BF%E4%BB%B6", "/search?q=%E6%B2%A1%E6%9C%89%E7%9A%84&state=draft&section=news&year=2026", "/notices", "/manuscripts/new", "/publications", "/audit", "/people", "/workflows", "/workflows?id=urgent", "/password"}
	walk := func(kind string, more ...string) {
		for _, lang := range []string{"zh-CN", "en"} {
			for _, who := range []string{"drafter", "section_head", "confidentiality_officer", "signing_leader", "publisher", "system_admin", "security_admin", "auditor"} {
				b := as(t, w, w.Own.People[who])
				b.cookies["lang"] = lang
				for _, p := range append(pages, more...) {
					a := b.get(p)
					if a.Status == 403 || a.Status == 409 || a.Status == 404 {
						a.Status = 200 // not for this post; the error page has to be complete too
					}
					complete(t, kind+" "+lang+" "+who+" "+p, a)
				}
			}
		}
	}
	walk("empty", "/manuscripts/9", "/nowhere")
	if t.Failed() {
		return
	}
	draft := w.Draft("草稿一份")
	review := w.UpTo(w.Draft("审核中"), "second")
	secrecy := w.UpTo(w.Draft("保密审查中"), "confidentiality")
	sign := w.UpTo(w.Draft("待签发"), "sign")
	returned := w.Must(w.Own.People["section_head"], w.UpTo(w.Draft("退回的"), "first"), "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "数字不对")
	live := w.Wait(w.Approve(w.UpTo(w.Draft("已发布的"), "sign")), "publication", func(m apptest.Item) bool { return m.State == "published" })
	asked := w.Wait(w.Approve(w.UpTo(w.Draft("申请下线的"), "sign")), "publication", func(m apptest.Item) bool { return m.State == "published" })
	asked = w.Must(w.Own.People["publisher"], asked, "take-down", "reason", "error", "note", "内容有误")
	gone := w.Wait(w.Approve(w.UpTo(w.Draft("已下线的"), "sign")), "publication", func(m apptest.Item) bool { return m.State == "published" })
	gone = w.Must(w.Own.People["publisher"], gone, "take-down", "reason", "privacy", "note", "含个人信息")
	gone = w.Must(w.Own.People["signing_leader"], gone, "take-down/confirm")
	closed := w.Draft("不予公开的", "disclosure", map[string]any{"attribute": "withheld", "ground": "N7", "reason": "属于过程性信息，尚未形成正式文件"})
	reprint := w.Draft("转载的", "kind", "reprint", "reprint", map[string]any{"source": "新华社", "url": "https://example.cn/1", "date": "2026-01-02"})
	if a := w.Call(w.Own.People["signing_leader"], "POST", "/api/v1/publishing/freeze", map[string]any{"reason": "演练冻结"}); a.Status != 200 {
		t.Fatalf("%s", a.Body)
	}
	if a := w.Call(w.Own.People["signing_leader"], "POST", "/api/v1/publishing/thaw", map[string]any{}); a.Status != 200 {
		t.Fatalf("%s", a.Body)
	}
	err := w.App.DB.Write(context.Background(), func(tx *db.Tx) error {
		now := tx.Now()
		for i, from := range []string{"section_head", "office_editor"} {
			d := org.Delegation{From: w.Own.People[from].ID, To: w.Own.People["deputy_director"].ID, Posts: []org.Post{org.Post(from)}, StartsAt: now.AddDate(0, 0, i), EndsAt: now.AddDate(0, 0, 9)}
			if _, err := w.App.Org.Delegate(tx.Context(), org.System(w.Own.ID), d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var more []string
	for _, m := range []apptest.Item{draft, review, secrecy, sign, returned, live, asked, gone, closed, reprint} {
		more = append(more, path(m, ""), path(m, "/slip"))
	}
	about := remarked(w)
	more = append(more, path(about, ""), path(about, "?revision=1"), path(draft, "/edit"), path(returned, "/edit"), path(returned, "?revision=1"), path(review, "/proof"), path(review, "/compare"))
	walk("full", more...)
}

func TestPagesAreLight(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	w.HTTP.Transport = nil
	m := w.UpTo(w.Draft("稿件", "body", "<p>"+strings.Repeat("有序开展公共信用信息归集与修复，明确办理时限。", 80)+"</p>"), "first")
	for i := range 60 {
		w.UpTo(w.Draft("关于公布第"+itoa(int64(i))+"批项目进展情况的公告"), "first")
	}
	b := as(t, w, w.Own.People["section_head"])
	zip := func(s string) int {
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		_, _ = g.Write([]byte(s))
		_ = g.Close()
		return z.Len()
	}
	for _, p := range []string{"/tasks", path(m, ""), "/register", "/search?q=%E5%85%AC%E5%91%8A", "/manuscripts/new", path(m, "/slip"), "/publications"} {
		a := b.get(p)
		sum := zip(a.Body)
		files := regexp.MustCompile(`/static/[^"]+`).FindAllString(a.Body, -1)
		for i := 0; i < len(files); i++ {
			f := files[i]
			asset := b.get(f)
			for _, m := range regexp.MustCompile(`from '([^']+)'`).FindAllStringSubmatch(asset.Body, -1) {
				if module := pathpkg.Join(pathpkg.Dir(f), m[1]); !slices.Contains(files, module) {
					files = append(files, module)
				}
			}
			if asset.Status != 200 || !strings.Contains(asset.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s answers %d, %s", f, asset.Status, asset.Header.Get("Cache-Control"))
			}
			sum += zip(asset.Body)
			if strings.HasSuffix(f, "staff.js") && len(asset.Body) > 3072 {
				t.Errorf("the script has %d bytes", len(asset.Body))
			}
		}
		most := 30 << 10
		if p == "/manuscripts/new" {
			most = 115 << 10
		}
		if t.Logf("%s: %d bytes compressed", p, sum); sum > most {
			t.Errorf("%s weighs %d bytes compressed", p, sum)
		}
	}
	tasks := b.get("/tasks")
	next := regexp.MustCompile(`/tasks\?page=2`).FindString(tasks.Body)
	if rows := strings.Count(tasks.Body, `class="t"`); rows != 50 || next == "" {
		t.Fatalf("%d tasks, next %q", rows, next)
	}
	if rows := strings.Count(b.get(unescape(next)).Body, `class="t"`); rows != 11 {
		t.Errorf("%d tasks on the second page", rows)
	}
	css := regexp.MustCompile(`/static/[^"]+\.css`).FindString(tasks.Body)
	b.headers["Accept-Encoding"] = "gzip"
	a := b.get(css)
	b.headers["If-None-Match"] = a.Header.Get("ETag")
	if again := b.get(css); a.Header.Get("Content-Encoding") != "gzip" || again.Status != 304 {
		t.Errorf("coding %q, again %d", a.Header.Get("Content-Encoding"), again.Status)
	}
	if a := b.get(strings.Replace(css, css[8:20], "000000000000", 1)); strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
		t.Error("an older address is immutable")
	}
	if a := b.get("/static/x/i18n/en.json"); a.Status != 404 {
		t.Errorf("another file answers %d", a.Status)
	}
}

func TestTheMenuHasWhatAPersonMayOpen(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	link := regexp.MustCompile(`(?s)<nav class="side".*?</nav>`)
	href := regexp.MustCompile(`href="(/[a-z/]*)"`)
	for _, who := range everybody() {
		b := as(t, w, w.Own.People[who])
		nav := link.FindString(b.get("/notices").Body)
		inMenu := map[string]bool{}
		for _, m := range href.FindAllStringSubmatch(nav, -1) {
			inMenu[m[1]] = true
			if a := b.get(m[1]); a.Status != 200 {
				t.Errorf("%s: the menu leads to %s, which answers %d", who, m[1], a.Status)
			}
		}
		for _, p := range []string{"/publications", "/people", "/audit", "/workflows", "/register", "/manuscripts/new"} {
			if a := b.get(p); (a.Status == 200) != inMenu[p] {
				t.Errorf("%s: %s answers %d, in the menu: %v", who, p, a.Status, inMenu[p])
			}
		}
	}
}

func TestOtherOfficesDoNotExist(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("甲局的稿件"), "first")
	for _, who := range []string{"drafter", "section_head", "signing_leader", "publisher", "auditor"} {
		b := as(t, w, w.Other.People[who])
		for _, p := range []string{path(m, ""), path(m, "/edit"), path(m, "/slip"), path(m, "/proof"), "/register", "/tasks", "/audit", "/publications", "/people"} {
			b.get(p).hasNot(t, "甲局的稿件")
		}
		for _, p := range []string{"/decide", "/edit", "/withdraw", "/take-down"} {
			a := b.post(path(m, p), url.Values{"key": {"0123456789"}, "version": {itoa(m.Version)}, "hash": {m.Hash}, "verb": {"approve"}, "do": {"save"}})
			if a.Status != 404 && a.Status != 403 {
				t.Errorf("%s posts %s: %d", who, p, a.Status)
			}
			a.hasNot(t, "甲局的稿件")
		}
	}
}
