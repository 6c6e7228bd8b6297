package staff_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gongkai/internal/apptest"
)

func TestStatisticsSayWhatHappenedInThreeForms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		leader := as(t, w, person(w, "signing_leader"))
		leader.get("/statistics").has(t, "本期无数据")
		for range 3 {
			w.Live(w.UpTo(w.Draft("发布一件"), ""))
		}
		m := w.UpTo(w.Draft("退回一件"), "first")
		w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请核对")
		w.UpTo(w.Draft("等在二审"), "second")
		leader.get("/workflows").has(t, "在办 1 件")
		p := leader.get("/statistics")
		p.has(t, "<dd>3</dd>", "<dd>5</dd>", "20.0%", `<th scope="row">一审一校</th><td>4</td><td>1</td>`, `<th scope="row">签发</th><td>3</td><td>0</td>`, "<svg", `>3</text>`)
		if strings.Index(p.Body, "二审二校") > strings.Index(p.Body, "签发</th>") {
			t.Error("the steps are not in the order of the chain")
		}
		book := leader.get("/statistics.xlsx")
		f, err := excelize.OpenReader(bytes.NewReader([]byte(book.Body)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows("各环节办理")
		if err != nil || len(rows) < 6 || rows[1][1] != "一审一校" || rows[1][2] != "4" || rows[1][3] != "1" {
			t.Errorf("%v %v", rows, err)
		}
		if total, _ := f.GetCellValue("每月发布", "B14"); total != "3" {
			t.Errorf("the year's total is %q", total)
		}
		for _, path := range []string{"/statistics?year=1999", "/statistics?year=2999", "/statistics?year=x", "/statistics.xlsx?year=-1"} {
			if p := leader.get(path); p.Status != 400 {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
		for _, who := range []string{"drafter", "auditor", "system_admin"} {
			if p := as(t, w, person(w, who)).get("/statistics"); p.Status != 403 {
				t.Errorf("%s: %d", who, p.Status)
			}
		}
		as(t, w, w.Other.People["signing_leader"]).get("/statistics").has(t, "本期无数据")
	})
}
