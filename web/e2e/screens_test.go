package e2e_test

import (
	"fmt"
	"net/url"
	"testing"

	"gongkai/config"
	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

// Every screen, empty and full, at the desk and on the phone.
func TestEveryScreenIsSound(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Set: func(c *config.Config) { c.Annual.Government = true }})
	people := w.Own.People
	type screen struct{ name, who, path string }
	look := func(kind string, screens []screen) {
		for _, s := range []size{desk, phone} {
			tabs := map[string]*tab{}
			for _, sc := range screens {
				if tabs[sc.who] == nil {
					tabs[sc.who] = open(t, w, people[sc.who], s)
				}
				b := tabs[sc.who]
				b.to(sc.path)
				b.sound(kind + "-" + sc.name)
			}
		}
	}
	always := []screen{{"login", "", "/login"}, {"tasks", "section_head", "/tasks"}, {"mine", "drafter", "/mine"}, {"new", "drafter", "/manuscripts/new"}, {"register", "office_editor", "/register"},
		{"publications", "publisher", "/publications"}, {"notices", "drafter", "/notices"}, {"statistics", "signing_leader", "/statistics"}, {"workflows", "office_editor", "/workflows?id=three-reviews"}, {"foi", "foi_officer", "/foi"}, {"foi-new", "foi_officer", "/foi/new"}, {"disputes", "foi_officer", "/foi/disputes"}, {"calendar", "foi_officer", "/calendar"}, {"duties", "office_editor", "/duties"}, {"candidates", "foi_officer", "/foi/candidates"}, {"annual", "office_editor", "/annual/2026"}, {"annual-tables", "office_editor", "/annual/2026/tables"}, {"annual-text", "office_editor", "/annual/2026/text"}, {"annual-units", "office_editor", "/annual/2026/units"}, {"annual-cell", "office_editor", "/annual/2026/cells/T3.R01.C7"}, {"lint", "office_editor", "/workflows/lint?id=urgent"}, {"people", "system_admin", "/people"}, {"errands", "system_admin", "/errands"}, {"audit", "auditor", "/audit"},
		{"forbidden", "auditor", "/manuscripts/new"}, {"missing", "drafter", "/manuscripts/999999"}, {"password", "drafter", "/password"}}
	look("empty", always)

	long := "<h2>一、总体情况</h2>"
	for i := range 30 {
		long += fmt.Sprintf("<p>（%d）严格落实政府信息公开管理责任制和“三审三校”制度，把好发布信息的政治、政策、法律、文字、格式关，共发布信息 %d 条。</p>", i+1, i*7)
	}
	long += "<table><thead><tr><th>项目</th><th>网站</th><th>微信</th></tr></thead><tbody><tr><td>发布</td><td>43</td><td>205</td></tr></tbody></table>"
	draft := w.Draft("关于公布二〇二六年度科学技术普及活动周安排的通知", "body", long)
	first := w.UpTo(w.Draft("沙坡头区科技特派员服务工作简报", "body", long), "first")
	secret := w.UpTo(w.Draft("高新技术企业培育名单公示", "body", long), "confidentiality")
	sign := w.UpTo(w.Draft("科技创新后补助资金管理办法", "body", long), "sign")
	live := w.Live(w.UpTo(w.Draft("区科技局召开年度工作会议", "body", long), ""))
	returned := w.UpTo(w.Draft("待补充的简讯", "body", long), "first")
	returned = w.Must(w.Judge(returned), returned, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请补充数据来源，并核对第三段的条数。")
	returned = w.Must(people["drafter"], returned, "edit", "content", apptest.Content("待补充的简讯", "body", long+"<p>数据来自区统计局。</p>"))
	wrong := w.Live(w.UpTo(w.Draft("科普活动人次统计", "body", long), ""))
	var right apptest.Item
	w.Act(people["drafter"], wrong, "correct", "reason", "第三段的条数应为43条，特此更正。").Into(t, &right)
	right = w.Live(w.UpTo(w.Get(right.ID), ""))
	at := func(m apptest.Item, more string) string { return fmt.Sprintf("/manuscripts/%d%s", m.ID, more) }
	look("full", append(always,
		screen{"search", "office_editor", "/search?q=" + url.QueryEscape("三审三校")}, screen{"search-none", "office_editor", "/search?q=" + url.QueryEscape("没有这句话")}, screen{"account", "drafter", "/account"},
		screen{"together", "section_head", fmt.Sprintf("/tasks/approve?id=%d", first.ID)},
		screen{"draft", "drafter", at(draft, "")}, screen{"edit", "drafter", at(draft, "/edit")},
		screen{"review", "section_head", at(first, "")}, screen{"proof", "section_head", at(first, "/proof")},
		screen{"confidentiality", "confidentiality_officer", at(secret, "")}, screen{"sign", "signing_leader", at(sign, "")},
		screen{"published", "publisher", at(live, "")}, screen{"to-correct", "office_editor", at(live, "")}, screen{"corrected", "office_editor", at(wrong, "")}, screen{"correction", "drafter", at(right, "")},
		screen{"waiting", "drafter", at(first, "")}, screen{"slip", "publisher", at(live, "/slip")}, screen{"print", "drafter", at(returned, "/print")}, screen{"wechat", "publisher", at(live, "?view=wechat")}, screen{"website", "publisher", at(live, "?view=website")},
		screen{"redline", "section_head", at(returned, "?view=redline")}, screen{"side", "section_head", at(returned, "?view=side")}, screen{"keys", "drafter", "/keys"},
		screen{"returned-list", "drafter", "/tasks?show=returned"},
		screen{"returned", "drafter", at(returned, "")}, screen{"compare", "drafter", at(returned, "/compare")}))

	drafted, letter := w.DraftLetter("D09"), w.Letter("D13")
	w.AddDuty("budget", "2025年部门决算")
	w.AddDuty("penalty", "撤销行政处罚决定")
	w.KeepUnits(2026, "区水务局", "区林业和草原局")
	w.ProposeNotice("关于2027年部分节假日安排的通知\n国办发明电〔2026〕9号\n一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月20日（周六）上班。")
	look("full", []screen{{"letter-draft", "foi_officer", drafted}, {"letter-sent", "foi_officer", letter}, {"letter-judge", "section_head", letter}, {"tasks-letter", "section_head", "/tasks"}, {"foi-file", "foi_officer", "/foi/1"}, {"foi-list", "foi_officer", "/foi"}, {"calendar-waits", "signing_leader", "/calendar"}, {"units", "office_editor", "/annual/2026/units"}, {"duties", "office_editor", "/duties"}})

	for name, path := range map[string]string{"home": "/", "list": "/list/news/", "catalogue": "/list/", "article": fmt.Sprintf("/art/%d/%d.html", w.App.DB.Now().In(calendar.Zone).Year(), live.ID),
		"correction": fmt.Sprintf("/art/%d/%d.html", w.App.DB.Now().In(calendar.Zone).Year(), right.ID), "search": "/search?q=" + url.QueryEscape("会议"), "search-none": "/search?q=x", "gone-or-missing": "/art/2026/999999.html"} {
		keep(t, "public-"+name, w.Fetch(w.Config.Public.URL+path).Body)
	}
}
