package staff_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

var wanted = []string{"channel", "in_person", "kind", "natural_person", "name", "张三丰", "id_kind", "resident_card", "id_number", "11010519491231002X", "phone", "13800138000", "address", "甲市乙区丙街道一号",
	"wanted", "2025年科技项目清单", "medium", "paper", "route", "post"}

// asked registers a request and answers its address.
func asked(t *testing.T, w *apptest.World, clerk *browser) string {
	t.Helper()
	r := clerk.post("/foi/new", clerk.get("/foi/new").fill(t, "/foi/new", append(append([]string{}, wanted...), "on", "2026-03-02")...))
	if r.Status != 303 || !strings.HasPrefix(r.Location, "/foi/") {
		t.Fatalf("%d %s", r.Status, alert(r.Body))
	}
	return r.Location
}

func TestARequestIsRegisteredWorkedOnAndAnsweredInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		clerk, leader := as(t, w, person(w, "foi_officer")), as(t, w, person(w, "signing_leader"))
		today := w.App.DB.Now().In(calendar.Zone)
		empty := clerk.get("/foi")
		empty.has(t, "没有申请", "登记申请", "依申请公开")
		complete(t, "the empty register", empty)
		complete(t, "the form", clerk.get("/foi/new"))

		bad := clerk.post("/foi/new", clerk.get("/foi/new").fill(t, "/foi/new", append(append([]string{}, wanted...), "on", today.AddDate(0, 0, 1).Format(time.DateOnly))...))
		bad.has(t, "日期不能晚于今天", `value="张三丰"`, "2025年科技项目清单")
		at := asked(t, w, clerk)
		file := clerk.get(at)
		file.has(t, "张**", "138****8000", "办理中", "2026-03-30", "共20个工作日", "逐日说明", "个工作日")
		file.hasNot(t, "张三丰", "11010519491231002X", `<option value="extended"`)
		complete(t, "the file", file)
		list := clerk.get("/foi")
		list.has(t, "2025年科技项目清单", "张**", "超期")
		complete(t, "the register", list)
		for query, there := range map[string]bool{"name=张三丰": true, "name=张三": false, "phone=138-0013-8000": true, "number=2020": false, "wanted=科技": true, "wanted=科技&name=李四": false} {
			form, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			found := clerk.post("/foi/find", form)
			complete(t, "what was found", found)
			if got := strings.Contains(found.Body, at+`"`); got != there {
				t.Errorf("%s finds it: %v", query, got)
			}
		}
		if strings.Contains(clerk.get("/foi?name=李四").Body, "没有申请") {
			t.Error("a name in the address is looked for")
		}

		shown := clerk.post(at+"/reveal", clerk.get(at).fill(t, at+"/reveal", "reason", "电话联系补正"))
		shown.has(t, "张三丰", "11010519491231002X")
		clerk.get(at).hasNot(t, "张三丰")
		clerk.post(at+"/reveal", clerk.get(at).fill(t, at+"/reveal", "reason", "")).has(t, "请填写这一项")

		act := func(b *browser, on string, fields ...string) page {
			t.Helper()
			return b.post(at+"/events", b.get(at).fill(t, at+"/events", append(fields, "on", on)...))
		}
		if r := act(clerk, "2026-03-20", "kind", "extended"); r.Status != 403 {
			t.Errorf("the clerk prolongs: %d", r.Status)
		}
		leader.get(at).has(t, `<option value="extended"`)
		act(leader, "2026-03-20", "kind", "extended").leads(t, 303, at)
		clerk.get(at).has(t, "共40个工作日", "2026-04-28")
		act(leader, "2026-03-21", "kind", "extended").has(t, "答复只能延期一次")
		act(clerk, "2026-03-23", "kind", "opinion_asked", "party", "third_party", "doc", "甲公开〔2026〕1号").leads(t, 303, at)
		clerk.get(at).has(t, "征求意见中", "甲公开〔2026〕1号")
		act(clerk, "2026-03-25", "kind", "opinion_given", "round", "1").leads(t, 303, at)
		clerk.get(at).has(t, "2026-04-30", "征求意见，不计入")
		act(clerk, "2026-04-10", "kind", "answered", "code", "D09").has(t, "还没有签发的答复书")
		signedAnswer(t, w, clerk, at, "D09")
		act(clerk, "2026-04-10", "kind", "answered", "code", "D09").has(t, "不能早于答复书")
		act(clerk, today.Format(time.DateOnly), "kind", "answered", "code", "D09", "note", "属于内部事务信息").leads(t, 303, at)
		answered := clerk.get(at)
		answered.has(t, "已答复", "内部事务信息", "先申请行政复议")
		complete(t, "the answered file", answered)
		clerk.get("/foi").has(t, "没有申请")
		clerk.get("/foi?all=1").has(t, "2025年科技项目清单", "已答复")
		strike := leader.get(at)
		_, rest, _ := strings.Cut(strike.Body, `name="kind" value="struck"`)
		if rest == "" {
			t.Fatal("the leader cannot strike a record")
		}
		form := leader.get(at).fill(t, at+"/events")
		for name, value := range map[string]string{"kind": "struck", "ref": "5", "note": "登记错了申请", "on": today.Format(time.DateOnly)} {
			form.Set(name, value)
		}
		leader.post(at+"/events", form).leads(t, 303, at)
		clerk.get(at).has(t, "已撤销", "办理中", "超期")

		for who, want := range map[*apptest.Person]int{person(w, "drafter"): 403, person(w, "auditor"): 403, person(w, "section_head"): 200, w.Other.People["foi_officer"]: 404} {
			if r := as(t, w, who).get(at); r.Status != want {
				t.Errorf("%s gets %d", who.Login, r.Status)
			}
		}
		english := as(t, w, person(w, "foi_officer"))
		english.cookies["lang"] = "en"
		for _, page := range []string{"/foi", "/foi/new", at} {
			complete(t, fmt.Sprint(page, " in English"), english.get(page))
		}
	})
}

func TestADisputeIsRegisteredAnsweredAndEndedInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		clerk, at := as(t, w, person(w, "foi_officer")), "/foi/disputes"
		today := w.App.DB.Now().In(calendar.Zone).Format(time.DateOnly)
		complete(t, "no disputes", clerk.get(at))
		file := asked(t, w, clerk)
		number := strings.TrimSpace(between(clerk.get(file).Body, "<h1", "</h1>"))
		clerk.post(at, clerk.get(at).fill(t, at, "kind", "review", "number", "", "served_on", today)).has(t, "请填写案号")
		clerk.post(at, clerk.get(at).fill(t, at, "kind", "review", "number", "区复〔2026〕1号", "served_on", "昨天")).has(t, `value="区复〔2026〕1号"`)
		form := clerk.get(at).fill(t, at, "kind", "review", "number", "区复〔2026〕1号", "served_on", today, "request", number, "about", "对答复不服")
		clerk.post(at, form).leads(t, 303, at)
		list := clerk.get(at)
		list.has(t, "区复〔2026〕1号", file, "还剩", "尚未审结")
		complete(t, "the disputes", list)
		as(t, w, person(w, "signing_leader")).get(at).hasNot(t, `action="/foi/disputes`)
		clerk.post(at+"/1/answer", clerk.get(at).fill(t, at+"/1/answer", "on", today)).leads(t, 303, at)
		clerk.post(at+"/1/end", clerk.get(at).fill(t, at+"/1/end", "on", today, "result", "")).has(t, "请选择结果")
		clerk.post(at+"/1/end", clerk.get(at).fill(t, at+"/1/end", "on", today, "result", "upheld")).leads(t, 303, at)
		complete(t, "an ended dispute", clerk.get(at))
		year := w.App.DB.Now().In(calendar.Zone).Year()
		as(t, w, person(w, "office_editor")).get(fmt.Sprintf("/annual/%d/cells/F1", year)).has(t, "区复〔2026〕1号", "<b class=\"big\">1</b>")
	})
}
