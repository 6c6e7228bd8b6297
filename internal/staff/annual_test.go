package staff_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"gongkai/internal/annual"
	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
	"gongkai/internal/db"
)

// The year's report from its first figure to its manuscript, in the pages.
func TestTheAnnualReportIsPutTogetherInThePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		editor, clerk := as(t, w, person(w, "office_editor")), as(t, w, person(w, "foi_officer"))
		year := w.App.DB.Now().In(calendar.Zone).Year() - 1
		at := fmt.Sprintf("/annual/%d", year)
		first := editor.get(at)
		first.has(t, fmt.Sprintf("%d年政府信息公开工作年度报告", year), "编制中", "还缺11个数字", "没有填报或不是整数", "还没有上年的报告")
		complete(t, "the empty report", first)
		editor.get("/annual").has(t, "年度报告")
		tables := editor.get(at + "/tables")
		tables.has(t, `name="T2.B1"`, `rowspan="22"`, at+"/cells/T3.R01.C7", `name="followers"`)
		tables.hasNot(t, `name="T3.R01.C1"`, "<th>", `<th class`)
		complete(t, "the tables", tables)
		complete(t, "the prose", editor.get(at+"/text"))
		complete(t, "a counted figure", editor.get(at+"/cells/T3.R01.C7"))
		complete(t, "a figure of disputes", editor.get(at+"/cells/G4"))
		complete(t, "a figure nobody attested", editor.get(at+"/cells/T2.D1"))

		figures := func(b *browser, note string, given ...string) page {
			return b.post(at+"/tables", b.get(at+"/tables").fill(t, at+"/tables", append(given, "note", note)...))
		}
		figures(editor, "", "T2.B1", "两件").has(t, "请填写数字", `value="两件"`, `aria-invalid="true"`)
		zero := []string{}
		for _, c := range annual.Attested {
			if c != annual.Followers {
				zero = append(zero, string(c), "0")
			}
		}
		figures(clerk, "", append(zero, "followers", "807")...).leads(t, 303, at+"/tables")
		figures(editor, "", "T2.B1", "2").has(t, "请写明理由")
		figures(editor, "规范性文件清单", "T2.B1", "2", "T2.B3", "2").leads(t, 303, at+"/tables")
		editor.get(at+"/cells/T2.B1").has(t, "规范性文件清单", "<b>2</b>", "<b>0</b>")

		// Last year's report, out of a file.
		b, err := os.ReadFile("../annual/testdata/annual-report-2025.txt")
		if err != nil {
			t.Fatal(err)
		}
		last := strings.NewReplacer("2025", fmt.Sprint(year-1), "行政许可\t0", "行政许可\t/").Replace(string(b))
		if last, err = simplifiedchinese.GB18030.NewEncoder().String(last); err != nil {
			t.Fatal(err)
		}
		form := editor.get(at).fill(t, at+"/import")
		editor.post(at+"/import", form).has(t, "请选择文件")
		got := editor.upload(at+"/import", editor.get(at).fill(t, at+"/import"), sent{"report", "去年.txt", last})
		got.leads(t, 303, fmt.Sprintf("/annual/%d/tables", year-1))
		editor.get(got.Location).has(t, "导入的报告")
		checked := editor.get(strings.TrimSuffix(got.Location, "/tables"))
		checked.has(t, "按0读取")
		checked.hasNot(t, "<small>read")
		complete(t, "an imported report", editor.get(got.Location))
		editor.get(at).hasNot(t, "还没有上年的报告")

		prose := editor.get(at + "/text")
		prose.has(t, "{year}", "未收到政府信息公开申请", "807人")
		if _, found, _ := strings.Cut(editor.get(at).Body, `id="findings"`); strings.Contains(found, `<li class="block"`) {
			t.Errorf("against it: %.1500s", found)
		}
		if r := clerk.post(at+"/freeze", editor.get(at).fill(t, at+"/freeze")); r.Status != 403 {
			t.Errorf("the clerk freezes it: %d", r.Status)
		}
		// An office with one editor has a drafter freeze it: the editor then reviews.
		drafter := as(t, w, person(w, "drafter"))
		drafter.get(at+"/tables").hasNot(t, `name="T2.B1"`)
		frozen := drafter.post(at+"/freeze", drafter.get(at).fill(t, at+"/freeze"))
		if frozen.Status != 303 || !strings.HasPrefix(frozen.Location, "/manuscripts/") {
			t.Fatalf("freezing: %d %s", frozen.Status, alert(frozen.Body))
		}
		m := editor.get(frozen.Location)
		m.has(t, "政府信息公开工作年度报告", "本年新收政府信息公开申请数量", "行政规范性文件2件")
		page := editor.get(at)
		page.has(t, "已定稿", frozen.Location, "重新打开")
		complete(t, "the frozen report", page)
		editor.get(at+"/print").has(t, "/css/official.css")
		if d := editor.get(at + "/xlsx"); d.Status != 200 || !strings.HasPrefix(d.Body, "PK") {
			t.Errorf("as a workbook: %d", d.Status)
		}
		if d := editor.get(at + "/docx"); d.Status != 200 || !strings.HasPrefix(d.Body, "PK") {
			t.Errorf("as a Word file: %d", d.Status)
		}
		editor.get(at+"/tables").hasNot(t, `name="T2.B1"`)
		editor.post(at+"/reopen", editor.get(at).fill(t, at+"/reopen", "reason", "补登")).leads(t, 303, at)

		// The manuscript is held to the frozen figures, and there is one of a year.
		own := w.Own.People["drafter"]
		id, _ := strconv.ParseInt(strings.TrimPrefix(frozen.Location, "/manuscripts/"), 10, 64)
		text := w.Get(id)
		submit := func() apptest.Answer { return w.Act(own, w.Get(id), "submit") }
		write := func(body string) {
			w.Must(own, w.Get(id), "edit", "content", apptest.Content(text.Content.Title, "kind", "annual_report", "body", body))
		}
		write(text.Content.Body)
		if a := submit(); a.Status != 400 || !strings.Contains(string(a.Body), "annual.text_reopened") {
			t.Errorf("submitted while it is reopened: %d %s", a.Status, a.Body)
		}
		editor.get(frozen.Location).has(t, "年年报已重新打开")
		drafter.post(at+"/freeze", drafter.get(at).fill(t, at+"/freeze")).leads(t, 303, frozen.Location)
		text = w.Get(id)
		wrong := regexp.MustCompile(`(<td[^>]*>)2</td>`).ReplaceAllString(text.Content.Body, "${1}3</td>")
		if wrong == text.Content.Body {
			t.Fatal("nothing to plant an error in")
		}
		write(wrong)
		if a := submit(); a.Status != 400 || !strings.Contains(string(a.Body), "annual.text_cell") {
			t.Errorf("submitted with another figure: %d %s", a.Status, a.Body)
		}
		editor.get(frozen.Location).has(t, "在稿件中是3，定稿数据是2")
		write(strings.ReplaceAll(text.Content.Body, "未收到政府信息公开申请", "没有收到政府信息公开申请")) // wording is the drafter's
		if a := submit(); a.Status != 200 {
			t.Errorf("submitted: %d %s", a.Status, a.Body)
		}
		editor.post(at+"/reopen", editor.get(at).fill(t, at+"/reopen", "reason", "补登")).has(t, "审核")

		// The signature looks once more, whatever happened to the report meanwhile.
		waiting := w.UpTo(w.Get(id), "sign")
		err = w.App.DB.Write(t.Context(), func(tx *db.Tx) error {
			return tx.G.Exec("UPDATE annual_reports SET state = 'working' WHERE manuscript_id = ?", id).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if a := w.Act(w.Judge(waiting), waiting, "decide", waiting.Yes()...); a.Status != 400 || !strings.Contains(string(a.Body), "annual.text_reopened") {
			t.Errorf("signed though the report was reopened: %d %s", a.Status, a.Body)
		}
		as(t, w, person(w, "auditor")).get("/audit").has(t, "<td>年报定稿", "<td>确认年报数字", "<td>重新打开年报", "<td>导入年报")
		english := as(t, w, person(w, "office_editor"))
		english.cookies["lang"] = "en"
		for _, tab := range []string{"", "/tables", "/text", "/cells/T2.B1", "/cells/T3.R01.C1"} {
			complete(t, tab+" in English", english.get(at+tab))
		}
	})
}
