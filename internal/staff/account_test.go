package staff_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"gongkai/config"
	"gongkai/internal/apptest"
	"gongkai/internal/org"
)

func strict(factor, confirm string) func(*config.Config) {
	return func(c *config.Config) { c.SignIn.TOTP, c.SignIn.ConfirmSignature = factor, confirm }
}

// known signs somebody in at a browser, with a password of their own.
func known(t testing.TB, w *apptest.World, p *apptest.Person) *browser {
	t.Helper()
	password := oneTime(t, w, p)
	b := open(t, w)
	b.post("/login", login(p.Login, password, "/notices")).leads(t, 303, "/password?next=%2Fnotices")
	b.post("/password", url.Values{"old_password": {password}, "password": {good}, "repeat": {good}, "next": {"/notices"}}).leads(t, 303, "/notices")
	return b
}

var shown = regexp.MustCompile(`<code>([A-Z2-7 ]{32,})</code>`)

func codeOf(t testing.TB, w *apptest.World, p page, later time.Duration) string {
	t.Helper()
	m := shown.FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("no secret on the page (%d)\n%s", p.Status, alert(p.Body))
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(m[1], " ", ""), w.App.DB.Now().Add(later))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestAnAdministratorSetsUpTheSecondFactorFirst(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true, Set: strict("administrators", "on")})
	p := person(w, "system_admin")
	b := known(t, w, p)
	b.get("/people").leads(t, 303, "/account?next=%2Fpeople")
	first := b.get("/account?next=/people")
	first.has(t, "您的岗位登录需要动态口令", `name="next" value="/people"`)
	first.hasNot(t, "/account/sessions/end", "/account/pin")
	set := func(password string) page {
		return b.post("/account/second-factor", first.fill(t, "/account/second-factor", "password", password))
	}
	if r := set("wrong"); r.Status != 401 {
		t.Errorf("a wrong password: %d", r.Status)
	} else {
		r.has(t, "当前口令不对", `href="#f-password"`)
		r.hasNot(t, `value="wrong"`)
	}
	shown := set(good)
	shown.has(t, `src="data:image/png;base64,`, "手工输入密钥")
	if got := shown.Header.Get("Content-Security-Policy"); !strings.Contains(got, "img-src 'self' data:") {
		t.Errorf("the picture is forbidden by %q", got)
	}
	again := b.post("/account/second-factor/confirm", shown.fill(t, "/account/second-factor/confirm", "code", "000000"))
	again.has(t, "验证码与手机上的不一致", `href="#f-code"`)
	before := b.cookies["gongkai"]
	codes := b.post("/account/second-factor/confirm", again.fill(t, "/account/second-factor/confirm", "code", codeOf(t, w, again, 0)))
	codes.has(t, "恢复码，只显示这一次", `href="/people"`)
	if n := strings.Count(codes.Body, "<li><code>"); n != 10 {
		t.Errorf("%d recovery codes", n)
	}
	if b.cookies["gongkai"] == before {
		t.Error("the session kept its token")
	}
	b.get("/people").has(t, "人员")
	b.get("/account").has(t, "剩余恢复码 10 个")
	b.get("/account").hasNot(t, "/account/second-factor/remove", "恢复码，只显示这一次")

	c := open(t, w)
	c.post("/login", login(p.Login, good, "/people")).leads(t, 303, "/login/code?next=%2Fpeople")
	c.get("/people").leads(t, 303, "/login/code?next=%2Fpeople")
	c.get("/account").leads(t, 303, "/login/code?next=%2Faccount")
	ask := c.get("/login/code?next=/people")
	ask.has(t, "6 位数字，或一个恢复码", `value="/people"`)
	wrong := c.post("/login/code", ask.fill(t, "/login/code", "code", "000000"))
	if wrong.Status != 401 {
		t.Errorf("a wrong code: %d", wrong.Status)
	}
	wrong.has(t, "验证码不对", `value="/people"`)
	wrong.hasNot(t, `value="000000"`)
	c.post("/login/code", wrong.fill(t, "/login/code", "code", codeOf(t, w, again, 30*time.Second))).leads(t, 303, "/people")
	c.get("/people").has(t, "人员")
	c.get("/login/code").leads(t, 303, "/login")

	signIn := func(more ...any) apptest.Answer {
		in := map[string]any{"login": p.Login, "password": good}
		for i := 0; i+1 < len(more); i += 2 {
			in[more[i].(string)] = more[i+1]
		}
		return w.Call(nil, "POST", "/api/v1/session", in)
	}
	if a := signIn(); a.Status != 401 || a.Code() != "org.code_needed" {
		t.Errorf("the API takes the password alone: %d %s", a.Status, a.Body)
	}
	recovery := regexp.MustCompile(`<li><code>([^<]+)</code>`).FindStringSubmatch(codes.Body)[1]
	if a := signIn("code", recovery); a.Status != 201 {
		t.Errorf("the API with a recovery code: %d %s", a.Status, a.Body)
	}
	if a := signIn("code", recovery); a.Status != 401 || a.Code() != "org.code_refused" {
		t.Errorf("the same again: %d %s", a.Status, a.Body)
	}
	auditor := as(t, w, person(w, "auditor"))
	auditor.get("/audit").has(t, "<td>启用二次验证", "<td>验证码被拒")
	for _, row := range []string{recovery, strings.ReplaceAll(recovery, "-", "")} {
		auditor.get("/audit").hasNot(t, row)
	}
}

func TestALostPhoneTakesTwoAdministrators(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	p := person(w, "drafter")
	b := known(t, w, p)
	e := b.send("/account", "/account/second-factor", "password", good)
	b.post("/account/second-factor/confirm", e.fill(t, "/account/second-factor/confirm", "code", codeOf(t, w, e, 0))).has(t, "恢复码")
	system, security := as(t, w, person(w, "system_admin")), as(t, w, person(w, "security_admin"))
	post := func(who *browser, action string, login string) page {
		return who.post(action, url.Values{"key": {"key-" + action + login}, "login": {login}})
	}
	post(system, "/people/second-factor", "nobody").has(t, "没有这个人")
	post(system, "/people/second-factor", p.Login).leads(t, 303, "/people")
	system.get("/people").has(t, "待确认的二次验证重置")
	system.get("/people").hasNot(t, "/people/second-factor/1/confirm")
	confirm := regexp.MustCompile(`/people/second-factor/\d+/confirm`).FindString(security.get("/people").Body)
	security.send("/people", confirm).leads(t, 303, "/people")
	security.get("/people").hasNot(t, "待确认的二次验证重置")
	open(t, w).post("/login", login(p.Login, good, "/notices")).leads(t, 303, "/notices")
	post(system, "/people/sign-out", p.Login).leads(t, 303, "/people")
}

func TestASignatureOnAPhoneIsConfirmedInThreeSteps(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true, Set: strict("off", "on")})
			m := w.UpTo(w.Draft("手机上签发"), "sign")
			p := person(w, "signing_leader")
			leader := known(t, w, p)
			first := leader.get(path(m, ""))
			first.has(t, "签发要点", "主动公开", `href="#text"`, `id="text"`, "您还没有设置签发 PIN", "/account?next="+path(m, ""))
			if i, j := strings.Index(first.Body, "签发要点"), strings.Index(first.Body, `id="text"`); i < 0 || j < i {
				t.Error("the facts do not come before the text")
			}
			for _, officer := range []string{"section_head", "confidentiality_officer", "deputy_director"} {
				first.has(t, officer)
			}
			sign := func(at browser, p page, fields ...string) page {
				return at.post(path(m, "/decide"), p.fill(t, path(m, "/decide"), append([]string{"verb", "sign"}, fields...)...))
			}
			none := sign(*leader, first, "read", "1", "note", "同意刊发")
			if none.Status != 409 {
				t.Errorf("without anything to confirm with: %d", none.Status)
			}
			none.has(t, "同意刊发</textarea>", "您还没有设置签发 PIN")
			pin := func(pin, repeat string) page {
				return leader.post("/account/pin", leader.get("/account?next="+path(m, "")).fill(t, "/account/second-factor", "password", good, "pin", pin, "pin_repeat", repeat))
			}
			pin("123456", "123456").has(t, "签发 PIN 必须是 6 位数字", `href="#f-pin"`)
			pin("271828", "271829").has(t, `href="#f-pin_repeat"`)
			pin("271828", "271828").leads(t, 303, path(m, ""))

			ready := leader.get(path(m, ""))
			ready.has(t, `name="code"`, `autocomplete="one-time-code"`)
			wrong := sign(*leader, ready, "read", "1", "note", "同意刊发", "code", "999999")
			if wrong.Status != 400 {
				t.Errorf("a wrong PIN: %d", wrong.Status)
			}
			wrong.has(t, "同意刊发</textarea>", `href="#f-code"`, "您的意见没有丢失", `name="read" value="1" required checked`)
			wrong.hasNot(t, `value="999999"`)
			sign(*leader, ready, "read", "1", "code", "").has(t, "签发需要再次确认")

			ended := open(t, w)
			ended.cookies["gongkai"] = "ended"
			lost := sign(*ended, ready, "read", "1", "note", "同意刊发", "code", "271828")
			lost.has(t, `name="kept.note" value="同意刊发"`)
			lost.hasNot(t, "271828")

			form := leader.get(path(m, "")).fill(t, path(m, "/decide"), "verb", "sign", "read", "1", "note", "同意刊发", "code", "271828")
			leader.post(path(m, "/decide"), form).leads(t, 303, path(m, ""))
			leader.post(path(m, "/decide"), form).leads(t, 303, path(m, ""))
			if now := w.Get(m.ID); now.SignedAt == "" {
				t.Errorf("it is %s", now.State)
			}
			as(t, w, person(w, "auditor")).get("/audit").hasNot(t, "271828")
		})
	}
}

func TestOnesSessionsEndTogether(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	p := person(w, "drafter")
	one := known(t, w, p)
	two := open(t, w)
	two.post("/login", login(p.Login, good, "/notices")).leads(t, 303, "/notices")
	one.get("/account").has(t, "登录情况", "当前", "结束其他全部登录")
	one.send("/account", "/account/sessions/end").leads(t, 303, "/account")
	one.get("/account").has(t, "其他登录已全部结束")
	two.get("/notices").leads(t, 303, "/login?next=%2Fnotices&out=1")
	if n := org.MaxFailures; n != 5 {
		t.Errorf("the sentences say five, it is %d", n)
	}
}
