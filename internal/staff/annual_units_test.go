package staff_test

import (
	"strings"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/annual"
	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

func unitReport(unit, year string) string {
	f := annual.Figures{}
	for _, c := range annual.Codes {
		f[c] = 0
	}
	f["T2.B1"] = annual.Whole(3)
	return "<h1>" + unit + year + "年政府信息公开工作年度报告</h1>" + annual.Report{Organ: unit, Year: year, Figures: f}.HTML()
}

func TestUnitsReportsAreReadInTheBackground(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Set: func(c *config.Config) { c.Annual.Government = true }})
			editor := as(t, w, person(w, "office_editor"))
			year := w.App.DB.Now().In(calendar.Zone).Format("2006")
			at := "/annual/" + year + "/units"
			empty := editor.get(at)
			complete(t, "no reports of units", empty)
			empty.has(t, "还没有单位报告", "单位报告")
			as(t, w, person(w, "signing_leader")).get(at).hasNot(t, `action="`+at)
			editor.post(at, empty.fill(t, at)).has(t, "没有找到报告文件")
			editor.upload(at, editor.get(at).fill(t, at), sent{"reports", "坏.zip", "PK"}).has(t, "这个 ZIP 打不开")
			editor.upload(at, editor.get(at).fill(t, at), sent{"reports", "甲.html", unitReport("水务局", year)}, sent{"reports", "乙.html", unitReport("林草局", year)}, sent{"reports", "丙.html", unitReport("教育局", "2021")}).leads(t, 303, "/errands")
			for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				p := editor.get("/errands")
				if strings.Contains(p.Body, `tag g">`) {
					p.has(t, "导入单位报告", "甲.html")
					break
				}
				if time.Now().After(end) {
					t.Fatalf("never done:\n%s", p.Body)
				}
			}
			list := editor.get(at)
			complete(t, "reports of units", list)
			list.has(t, "水务局", "林草局", "200/200", "汇总")
			list.hasNot(t, "教育局")
			editor.get("/annual/"+year+"/cells/T2.B1").has(t, "由各单位合计", "水务局")
			editor.post(at+"/remove", list.fill(t, at+"/remove")).leads(t, 303, at)
			if p := editor.post(at+"/remove", list.fill(t, at+"/remove")); p.Status != 303 && p.Status != 404 {
				t.Errorf("removed twice: %d", p.Status)
			}
			if p := as(t, w, person(w, "proofreader")).get(at); p.Status != 403 {
				t.Errorf("a proofreader: %d", p.Status)
			}
		})
	}
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	editor := as(t, w, person(w, "office_editor"))
	editor.get("/annual").hasNot(t, "/units")
	if p := editor.get("/annual/2025/units"); p.Status != 409 {
		t.Errorf("an office that sums up nothing: %d", p.Status)
	}
}
