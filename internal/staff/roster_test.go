package staff_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
	"gongkai/internal/org"
	"gongkai/internal/progress"
)

func roster(t *testing.T, lines ...[]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for y, line := range append([][]string{{"姓名", "工号", "账号", "在编", "科室", "岗位"}}, lines...) {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", y+1), &line); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sendRoster posts a workbook from the page of people.
func sendRoster(b *browser, name string, file []byte, do string) page {
	b.t.Helper()
	return b.upload("/people/import", b.get("/people").fill(b.t, "/people/import", "do", do), sent{"roster", name, string(file)})
}

// doneErrand waits for the newest errand of a person.
func doneErrand(t *testing.T, w *apptest.World, who *apptest.Person) *progress.Errand {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var all []*progress.Errand
		err := w.App.DB.Read(t.Context(), func(tx *db.Tx) (err error) { all, err = progress.Of(tx, w.Own.ID, who.ID, 1); return err })
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 1 && all[0].State.Over() {
			return all[0]
		}
	}
	t.Fatal("the errand does not end")
	return nil
}

func TestPeopleAreImportedFromAWorkbook(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		system, security := as(t, w, person(w, "system_admin")), as(t, w, person(w, "security_admin"))
		list := roster(t, []string{"王一", "G001", "wangyi", "是", "甲科", "拟稿人"}, []string{"李二", "G002", "lier", "否", "乙科", "科室负责人、拟稿人"},
			[]string{"张三", "G003", "zhangsan", "也许", "甲科", ""}, []string{"赵四", "G004", "zhaosi", "是", "丙科", ""}, []string{"钱五", "G001", "qianwu", "是", "甲科", ""},
			[]string{"孙六", "G006", "sunliu", "是", "甲科", "安全管理员、拟稿人"}, []string{"=1+1", "G007", "x7", "是", "", ""})
		checked := sendRoster(system, "名单.xlsx", list, "check")
		checked.has(t, "共7行", "第4行 张三：“在编”请填", "第5行 赵四：没有科室“丙科”", "第6行 钱五：“工号”与第2行重复", "第7行")
		checked.hasNot(t, "第8行")
		complete(t, "the list that was looked at", checked)
		system.get("/errands").has(t, "没有后台任务")

		sendRoster(system, "名单.xlsx", list, "import").leads(t, 303, "/errands")
		e := doneErrand(t, w, person(w, "system_admin"))
		if e.State != progress.Done || e.Total != 7 || e.Done != 7 || e.Wrong != 4 {
			t.Fatalf("%+v", e)
		}
		shown := system.get("/errands")
		shown.has(t, "完成", "7 / 7 行", "4行有误", "下载结果")
		complete(t, "the errands", shown)
		at := fmt.Sprintf("/errands/%d/result", e.ID)
		result, err := excelize.OpenReader(strings.NewReader(system.get(at).Body))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := result.GetRows("人员")
		if err != nil || len(rows) != 8 || rows[1][6] != "已新增。" || rows[1][7] == "" || !strings.Contains(rows[3][6], "在编") || rows[7][0] != "=1+1" {
			t.Fatalf("%v %v", rows, err)
		}
		if r := security.get(at); r.Status != 404 {
			t.Errorf("another administrator fetches the passwords: %d", r.Status)
		}
		open(t, w).post("/login", login("wangyi", rows[1][7], "")).leads(t, 303, "/password")

		// A second time nothing changes.
		sendRoster(system, "名单.xlsx", list, "import").leads(t, 303, "/errands")
		if again := doneErrand(t, w, person(w, "system_admin")); again.ID == e.ID || again.Wrong != 4 {
			t.Errorf("%+v", again)
		}
		if people := enrolled(t, w); people["G002"].Login != "lier" || people["G003"].Login != "" {
			t.Errorf("%v", people)
		}

		// The security administrator proposes the posts; another one confirms them all.
		sendRoster(security, "名单.xlsx", list, "import").leads(t, 303, "/errands")
		if p := doneErrand(t, w, person(w, "security_admin")); p.State != progress.Done || p.Kind != "posts.propose" {
			t.Fatalf("%+v", p)
		}
		security.get("/people").hasNot(t, "全部确认")
		waiting := system.get("/people")
		waiting.has(t, "全部确认（3个）")
		system.get("/notices").has(t, "有3个岗位等待确认")
		system.post("/people/posts/confirm", waiting.fill(t, "/people/posts/confirm")).leads(t, 303, "/people")
		err = w.App.DB.Read(t.Context(), func(tx *db.Tx) error {
			held, err := org.HoldingsOf(tx, enrolled(t, w)["G002"].PersonID)
			if len(held) != 2 {
				t.Errorf("G002 holds %v", held)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func enrolled(t *testing.T, w *apptest.World) (all map[string]org.Known) {
	t.Helper()
	if err := w.App.DB.Read(t.Context(), func(tx *db.Tx) (err error) { all, err = org.KnownPeople(tx, w.Own.ID); return err }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBadWorkbooksAreRefusedByName(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	system := as(t, w, person(w, "system_admin"))
	many := make([][]string, 2001)
	for i := range many {
		many[i] = []string{"某", fmt.Sprintf("N%d", i), fmt.Sprintf("n%d", i), "是", "", ""}
	}
	for name, x := range map[string]struct {
		file []byte
		want string
	}{
		"no workbook": {[]byte("姓名,工号"), "不是有效的.xlsx"}, "empty file": {nil, "请选择要上传的文件"}, "macros": {append(roster(t), []byte("xl/vbaProject.bin")...), "工作簿中有宏"},
		"nobody": {roster(t), "没有人员"}, "too many": {roster(t, many...), "最多导入2000人"},
	} {
		p := sendRoster(system, "a.xlsx", x.file, "import")
		if p.Status != 400 {
			t.Errorf("%s answers %d", name, p.Status)
		}
		p.has(t, x.want)
	}
	template := system.get("/people/template.xlsx")
	f, err := excelize.OpenReader(strings.NewReader(template.Body))
	if err != nil {
		t.Fatal(err)
	}
	help, err := f.GetRows("说明")
	if err != nil || !strings.Contains(help[1][0], "甲科") || !strings.Contains(help[2][0], "拟稿人") {
		t.Errorf("%v %v", help, err)
	}
	if p := as(t, w, person(w, "drafter")).get("/people/template.xlsx"); p.Status != 403 {
		t.Errorf("a drafter gets the template: %d", p.Status)
	}
}
