package staff_test

import (
	"net/url"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

func TestSearchPageShowsTheWordsAndNothingElse(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.Draft(`关于防汛<script>alert(1)</script>的通知`, "body", `<p>请各科室做好 防汛 工作，检查 1&lt;2 的堤坝。</p>`)
	w.Draft("别的稿件")
	b := as(t, w, person(w, "drafter"))
	ask := func(pairs ...string) page {
		q := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		return b.get("/search?" + q.Encode())
	}
	b.get("/tasks").has(t, `action="/search"`, "data-find")
	p := ask("q", "防汛")
	p.has(t, `关于<mark>防汛</mark>&lt;script&gt;alert(1)&lt;/script&gt;的通知`, `做好 <mark>防汛</mark> 工作，检查 1&lt;2`, `href="`+path(m, "")+`"`, "甲科", `value="防汛"`)
	p.hasNot(t, "别的稿件", "<script>alert")
	if n := strings.Count(p.Body, "data-find"); n != 1 {
		t.Errorf("%d search boxes", n)
	}
	ask("q", "防汛", "state", "published").has(t, "没有找到", "更短的词")
	ask("q", "防汛", "state", "draft", "section", "news").has(t, "<mark>防汛</mark>")
	ask("q", "防汛", "year", "2001").has(t, "没有找到")
	ask().has(t, "别的稿件", "最近修改的在前")
	if long := ask("q", strings.Repeat("长", 101)); long.Status != 400 {
		t.Errorf("101 characters answer %d", long.Status)
	} else {
		long.has(t, "查找内容过长", `href="#f-q"`)
	}
	ask("q", `"><script>`, "section", "nowhere").has(t, `value="&#34;&gt;&lt;script&gt;"`)
	as(t, w, person(w, "drafter_b")).get("/search?q="+url.QueryEscape("防汛")).hasNot(t, "<mark>")
	as(t, w, person(w, "auditor")).get("/tasks").hasNot(t, `action="/search"`)
	for range 20 {
		w.Draft("很多很多")
	}
	first := ask("q", "很多")
	first.hasNot(t, "/search?before=")
	w.Draft("很多很多")
	_, next, ok := strings.Cut(ask("q", "很多").Body, `class="btn" href="/search?`)
	if !ok {
		t.Fatal("no second page")
	}
	next, _, _ = strings.Cut(next, `"`)
	if n := strings.Count(b.get("/search?"+unescape(next)).Body, `class="t"`); n != 1 {
		t.Errorf("%d on the second page", n)
	}
}
