package staff_test

import (
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

func TestAdministratorsKeepPeopleAndPosts(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	system, security, auditor := as(t, w, person(w, "system_admin")), as(t, w, person(w, "security_admin")), as(t, w, person(w, "auditor"))
	system.send("/people", "/people/units", "name", "丙科").leads(t, 303, "/people")
	system.get("/people").has(t, "丙科", "科室已新增")
	system.send("/people", "/people/units", "name", "").has(t, "请填写单位名称")
	added := system.send("/people", "/people", "name", "新人", "staff_no", "N1", "login", "xinren", "established", "1")
	added.has(t, "一次性口令")
	password := strings.Split(strings.Split(added.Body, `<p class="pass"><code>`)[1], "</code>")[0]
	open(t, w).post("/login", login("xinren", password, "")).leads(t, 303, "/password")
	system.send("/people", "/people", "name", "新人", "staff_no", "N1", "login", "other").has(t, "工号 N1 已经登记过", `value="新人"`)
	reset := system.send("/people", "/people/reset", "login", "xinren")
	reset.has(t, "一次性口令")
	reset.hasNot(t, password)
	system.get("/people").hasNot(t, "action=\"/people/posts/proposals\"", "/people/delegations")
	system.send("/people", "/people/reset", "login", "nobody").has(t, "没有这个人")

	p := security.get("/people")
	p.hasNot(t, "/people/units", "/people/reset")
	drafter, head := person(w, "drafter"), person(w, "section_head")
	propose := func(post string) page {
		return security.send("/people", "/people/posts/proposals", "person_id", itoa(drafter.ID), "unit_id", itoa(w.Own.UnitB), "post", post)
	}
	propose("drafter").leads(t, 303, "/people")
	p = security.get("/people")
	p.has(t, "待确认的岗位", "乙科 · 拟稿人", "security_admin 提出", "/people/posts/proposals/1/drop")
	p.hasNot(t, "/people/posts/proposals/1/confirm")
	as(t, w, drafter).get("/manuscripts/new").hasNot(t, "乙科")
	propose("drafter").has(t, "已经提出")
	auditor.get("/people").has(t, "待确认的岗位")
	system.send("/people", "/people/posts/proposals/1/drop").leads(t, 303, "/people")
	propose("drafter").leads(t, 303, "/people")
	system.send("/people", "/people/posts/proposals/2/confirm").leads(t, 303, "/people")
	security.get("/people").hasNot(t, "待确认的岗位")
	as(t, w, drafter).get("/manuscripts/new").has(t, "乙科")
	propose("auditor").has(t, "三员分立")
	revoke := security.get("/people").fill(t, "/people/posts/revoke")
	revoke.Set("person_id", itoa(drafter.ID))
	revoke.Set("unit_id", itoa(w.Own.UnitB))
	revoke.Set("post", "drafter")
	security.post("/people/posts/revoke", revoke).leads(t, 303, "/people")
	as(t, w, drafter).get("/manuscripts/new").hasNot(t, "乙科")

	day := func(n int) string { return w.App.DB.Now().In(calendar.Zone).AddDate(0, 0, n).Format(time.DateOnly) }
	security.send("/people", "/people/delegations", "from", itoa(head.ID), "to", itoa(person(w, "deputy_director").ID), "posts", "section_head", "starts", day(0), "ends", day(0)).leads(t, 303, "/people")
	security.get("/people").has(t, "section_head", "进行中", "结束")
	as(t, w, person(w, "deputy_director")).get("/tasks").has(t, "科室负责人")
	security.send("/people", "/people/delegations", "from", itoa(head.ID), "to", itoa(head.ID), "posts", "section_head", "starts", day(0), "ends", day(1)).has(t, "不能委托给本人")
	security.send("/people", "/people/delegations/1/end", "x", "y").leads(t, 303, "/people")
	security.get("/people").hasNot(t, "进行中")

	auditor.get("/people").hasNot(t, "<form method=\"post\" action=\"/people")
	log := auditor.get("/audit")
	log.has(t, "<td>新增人员", "<td>授予岗位", "<td>登记委托", "/audit/export")
	auditor.get("/audit?action=org.unit_added").has(t, "<td>新增科室")
	auditor.get("/audit?action=org.unit_added").hasNot(t, "<td>授予岗位")
	auditor.get("/audit?from=2999-01-01").has(t, "没有符合条件的记录")
	if r := auditor.get("/audit?from=x"); r.Status != 400 {
		t.Errorf("a bad date answers %d", r.Status)
	}
	older := auditor.get("/audit")
	_, rest, ok := strings.Cut(older.Body, `class="btn" href="/audit?before=`)
	if !ok {
		t.Fatal("no second page of the log")
	}
	before, _, _ := strings.Cut(rest, `"`)
	if r := auditor.get("/audit?before=" + before); r.Status != 200 || !strings.Contains(r.Body, "甲局") {
		t.Errorf("the second page answers %d", r.Status)
	}
	for _, who := range []string{"drafter", "signing_leader", "system_admin", "security_admin"} {
		if r := as(t, w, person(w, who)).get("/audit"); r.Status != 403 {
			t.Errorf("%s reads the log: %d", who, r.Status)
		}
	}
}

func TestFreezingNeedsOneAndThawingTwo(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	one, two := as(t, w, person(w, "publisher")), as(t, w, person(w, "signing_leader"))
	one.get("/publications").has(t, "微信公众号为模拟环境")
	one.send("/publications", "/publishing/freeze", "reason", "").has(t, "请写明冻结原因")
	one.send("/publications", "/publishing/freeze", "reason", "网站被篡改，紧急冻结").leads(t, 303, "/publications")
	two.get("/publications").has(t, "发布已冻结", "网站被篡改，紧急冻结")
	one.send("/publications", "/publishing/thaw").leads(t, 303, "/publications")
	one.get("/publications").hasNot(t, "/publishing/thaw")
	two.send("/publications", "/publishing/thaw").leads(t, 303, "/publications")
	two.get("/publications").hasNot(t, "发布已冻结。</b>")
	if r := as(t, w, person(w, "drafter")).get("/publications"); r.Status != 403 {
		t.Errorf("a drafter sees the queue: %d", r.Status)
	}
}

func TestNoticesAreReadOnce(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("有消息"), "first")
	b := as(t, w, person(w, "section_head"))
	b.get("/notices").has(t, "送来《有消息》", `href="`+path(m, "")+`"`, `<span class="tag b">新</span>`)
	b.send("/notices", "/notices/read").leads(t, 303, "/notices")
	b.get("/notices").hasNot(t, `<span class="tag b">新</span>`)
}

func TestChainsAreDrawn(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	b := as(t, w, person(w, "drafter"))
	b.get("/workflows").has(t, `src="/workflows/three-reviews/drawing.svg"`, "三审三校")
	svg := b.get("/workflows/policy/drawing.svg")
	if svg.Status != 200 || !strings.HasPrefix(svg.Header.Get("Content-Type"), "image/svg+xml") || strings.Contains(svg.Body, "<script") {
		t.Errorf("%d %s", svg.Status, svg.Header.Get("Content-Type"))
	}
	if r := b.get("/workflows/none/drawing.svg"); r.Status != 404 {
		t.Errorf("no such chain: %d", r.Status)
	}
}
