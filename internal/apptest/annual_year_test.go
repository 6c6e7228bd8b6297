package apptest_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"gongkai/internal/annual"
	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
	"gongkai/internal/check"
	"gongkai/internal/foi"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// TestAnOfficesYearYieldsItsReport is bar 1 of the annual report: the office's
// year goes through the desks, text by text, and its report is what happened.
// GONGKAI_ANNUAL_YEAR=full takes the office's own figures, 43 on the website and
// 205 on the official account.
func TestAnOfficesYearYieldsItsReport(t *testing.T) {
	onSite, posts, patience := 3, 4, 2*time.Minute
	if os.Getenv("GONGKAI_ANNUAL_YEAR") == "full" {
		onSite, posts, patience = 43, 205-43, time.Hour
	}
	text, err := os.ReadFile("../annual/testdata/annual-report-2025.txt")
	if err != nil {
		t.Fatal(err)
	}
	told := annual.ImportText(string(text))
	office := func(t *testing.T, driver string) {
		// A day's hundred calls would spread the year over days of the wall clock.
		w := apptest.Start(t, apptest.Options{Driver: driver, Calls: 10_000})
		var all []apptest.Item
		for i := range onSite {
			all = append(all, w.UpTo(w.Draft(fmt.Sprintf("科技工作动态第%d期", i+1)), ""))
		}
		for i := range posts {
			all = append(all, w.UpTo(w.Draft(fmt.Sprintf("科普微信第%d期", i+1), "kind", manuscript.WeChatPost), ""))
		}
		end := time.Now().Add(patience)
		for _, m := range all {
			for m = w.Get(m.ID); m.State != "published"; m = w.Get(m.ID) {
				if time.Now().After(end) {
					t.Fatalf("never published: %+v", m)
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
		year := w.App.DB.Now().In(calendar.Zone).Year()
		ctx, desk := context.Background(), w.App.Staff.Annual
		editor := org.Actor{PersonID: w.Own.People["office_editor"].ID, OrganisationID: w.Own.ID, Established: true, Holdings: []org.Holding{{Post: org.OfficeEditor, OrganisationID: w.Own.ID, UnitID: w.Own.UnitA}}}
		var given []annual.Given
		for _, c := range annual.Attested {
			value := "0"
			if c == annual.Followers {
				value = "807"
			}
			given = append(given, annual.Given{Cell: c, Value: value})
		}
		if _, err := desk.Attest(ctx, editor, year, 0, given, ""); err != nil {
			t.Fatal(err)
		}
		s, err := desk.Open(ctx, editor, year)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Figures.Same(told.Figures) || len(s.Figures) != 200 {
			t.Errorf("%d figures, other than the office's own report", len(s.Figures))
		}
		if bad := check.Blocking(s.Findings); len(bad) != 0 {
			t.Errorf("against it: %+v", bad)
		}
		r, err := desk.Freeze(ctx, editor, year, s.Version)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"通过政府网站发布信息" + strconv.Itoa(onSite) + "条", "通过微信公众号发布信息" + strconv.Itoa(onSite+posts) + "条", "未收到政府信息公开申请", "累计关注量807人", "全年经审核签发信息" + strconv.Itoa(onSite+posts) + "件", "没有因政府信息公开申请引起的行政复议和行政诉讼", "未收取政府信息公开信息处理费"} {
			if !strings.Contains(r.HTML(), want) {
				t.Errorf("the report does not say %q", want)
			}
		}
		b, err := r.Workbook()
		if err != nil {
			t.Fatal(err)
		}
		back, err := annual.ImportWorkbook(b)
		if err != nil || !back.Figures.Same(told.Figures) {
			t.Errorf("read back from its workbook: %d figures, %v", len(back.Figures), err)
		}
		if home := w.Fetch(w.Config.Public.URL + "/?article=1"); home.Status != 200 {
			t.Errorf("阅读原文 of a post leads to %d", home.Status)
		}
		if none, err := w.App.Staff.FOI.List(ctx, editor, foi.Filter{}); err != nil || len(none) != 0 {
			t.Errorf("%d requests, %v", len(none), err)
		}
	}
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) { office(t, driver) })
	}
}
