package staff_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/org"
)

const good = "Plum-tower-9x"

// oneTime resets somebody's password and answers the new one.
func oneTime(t testing.TB, w *apptest.World, p *apptest.Person) string {
	t.Helper()
	once, err := org.NewOneTime(context.Background())
	if err == nil {
		err = w.App.Org.ResetPassword(context.Background(), org.System(w.Own.ID), p.Login, once)
	}
	if err != nil {
		t.Fatal(err)
	}
	return once.Password
}

func login(who, password, next string) url.Values {
	return url.Values{"login": {who}, "password": {password}, "next": {next}}
}

func TestFirstSignInChangesTheOneTimePasswordAndGoesOn(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	p := w.Own.People["drafter"]
	password := oneTime(t, w, p)
	b := open(t, w)
	b.get("/mine").leads(t, 303, "/login?next=%2Fmine")
	b.get("/login?next=/mine").has(t, `name="next" value="/mine"`)
	b.post("/login", login(p.Login, password, "/mine")).leads(t, 303, "/password?next=%2Fmine")
	b.get("/tasks").leads(t, 303, "/password?next=%2Ftasks")
	b.get("/").leads(t, 303, "/password?next=%2F")
	b.get("/password?next=/mine").has(t, "这是一次性口令，或口令已经过期，请先修改口令。", `value="/mine"`)
	change := func(old, one, two string) page {
		return b.post("/password", url.Values{"old_password": {old}, "password": {one}, "repeat": {two}, "next": {"/mine"}})
	}
	if r := change(password, good, good+"1"); r.Status != 400 {
		t.Errorf("two different passwords: %d", r.Status)
	} else {
		r.has(t, "两次输入的新口令不一致", `href="#f-repeat"`)
	}
	change(password, "short", "short").has(t, "口令太弱", `href="#f-password"`)
	change("wrong", good, good).has(t, "原口令不对", `href="#f-old_password"`)
	change(password, good, good).leads(t, 303, "/mine")
	b.get("/mine").has(t, "口令已修改", "您还没有起草过稿件")
	b.get("/mine").hasNot(t, "口令已修改")
	b.get("/login").leads(t, 303, "/")
	b.get("/").leads(t, 303, "/tasks")
	b.send("/mine", "/logout").leads(t, 303, "/login")
	b.get("/login").has(t, "已退出")
	if _, ok := b.cookies["gongkai"]; ok {
		t.Error("the cookie is still there")
	}
	b.post("/login", login(p.Login, good, "")).leads(t, 303, "/")
}

func TestEveryWrongSignInSaysTheSame(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	p := w.Own.People["drafter"]
	password := oneTime(t, w, p)
	b := open(t, w)
	say := func(r page) string {
		t.Helper()
		if r.Status != 401 {
			t.Fatalf("answers %d", r.Status)
		}
		_, rest, _ := strings.Cut(r.Body, `id="oops"`)
		words, _, _ := strings.Cut(rest, "</div>")
		return words
	}
	unknown := say(b.post("/login", login("nobody", password, "")))
	if !strings.Contains(unknown, "账号或口令不对，或账号暂时锁定") {
		t.Errorf("says %s", unknown)
	}
	for range org.MaxFailures {
		r := b.post("/login", login(p.Login, "wrong", ""))
		if say(r) != unknown {
			t.Error("a wrong password is told apart from an unknown account")
		}
		r.has(t, `value="`+p.Login+`"`)
		r.hasNot(t, `value="wrong"`)
	}
	if say(b.post("/login", login(p.Login, password, ""))) != unknown {
		t.Error("a locked account is told apart")
	}
}

func TestNextLeadsToPagesOfOursOnly(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	p := w.Own.People["drafter"]
	b := as(t, w, p)
	for _, next := range []string{"//evil.com", "https://evil.com/", `/\evil.com`, `\\evil.com`, "/\t/evil.com", "javascript:alert(1)", "evil.com", "/%0d%0aSet-Cookie:x", "//evil.com@ours/", "/..//evil.com/%5c"} {
		r := b.get("/login?next=" + url.QueryEscape(next))
		u, err := url.Parse(r.Location)
		if r.Status != 303 || err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(r.Location, "//") || strings.ContainsAny(r.Location, "\\\r\n") {
			t.Errorf("next=%q leads to %q", next, r.Location)
		}
		open(t, w).get("/login?next="+url.QueryEscape(next)).hasNot(t, `value="//`, `value="javascript`, `value="https:`)
	}
	b.get("/login?next="+url.QueryEscape("/manuscripts/1?revision=2")).leads(t, 303, "/manuscripts/1?revision=2")
	if r := b.post("/lang", url.Values{"to": {"en"}, "next": {"//evil.com"}}); r.Location != "/" {
		t.Errorf("the language switch leads to %q", r.Location)
	}
}

func TestASessionThatEndedWhileTypingLosesNothing(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	p := w.Own.People["drafter"]
	password := oneTime(t, w, p)
	b := open(t, w)
	b.post("/login", login(p.Login, password, ""))
	b.post("/password", url.Values{"old_password": {password}, "password": {good}, "repeat": {good}})
	form := b.get("/manuscripts/new").fill(t, "/manuscripts/new", "do", "save", "unit", itoa(w.Own.UnitA), "title", "写了很久的稿件", "format", "text", "body", "第一段。\n第二段“引号”<b>。", "kind", "news", "section", "news", "disclosure.attribute", "proactive")
	b.cookies["gongkai"] = "ended"
	r := b.post("/manuscripts/new", form)
	if r.Status != 401 {
		t.Fatalf("answers %d", r.Status)
	}
	r.has(t, "您填写的内容没有丢失", "您刚才填写的内容已保留", `name="kept.title" value="写了很久的稿件"`)
	r = b.post("/login", r.fill(t, "/login", "login", p.Login, "password", good))
	if r.Status != 200 {
		t.Fatalf("after sign-in: %d", r.Status)
	}
	r = b.post("/manuscripts/new", r.fill(t, "/manuscripts/new"))
	if r.Status != 303 {
		t.Fatalf("sent again: %d %s", r.Status, alert(r.Body))
	}
	b.get(r.Location).has(t, "写了很久的稿件", "第一段。", "第二段“引号”&lt;b&gt;。", "已保存。")
}
