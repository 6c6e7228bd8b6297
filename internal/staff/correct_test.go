package staff_test

import (
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

func TestAPublishedTextIsCorrectedFromItsPage(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	m := w.Live(w.UpTo(w.Draft("数字有误的通知"), ""))
	b := as(t, w, person(w, "drafter"))
	b.send(path(m, ""), path(m, "/correct"), "reason", "改").has(t, "请写明更正了什么", ">改</textarea>")
	begun := b.send(path(m, ""), path(m, "/correct"), "reason", "受理件数应为43件")
	if begun.Status != 303 || !strings.HasSuffix(begun.Location, "/edit") {
		t.Fatalf("begun: %d %s %s", begun.Status, begun.Location, alert(begun.Body))
	}
	own := strings.TrimSuffix(begun.Location, "/edit")
	b.get(own).has(t, "更正：", "受理件数应为43件", "按信息类型自动选择（更正）")
	b.get(own).hasNot(t, `<option value="three-reviews"`)
	b.get(path(m, "")).has(t, "正在更正：", own)
	b.get(path(m, "")).hasNot(t, path(m, "/correct")+`"`)
	if a := as(t, w, person(w, "publisher")).send(path(m, ""), path(m, "/take-down"), "reason", "error", "note", "先撤下来"); a.Status != 303 {
		t.Errorf("a text that is being corrected can still be taken down: %d", a.Status)
	}
}

func TestAPinTakesTwoAndStandsAtTheHead(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	first := w.Live(w.UpTo(w.Draft("先发布的要闻"), ""))
	second := w.Live(w.UpTo(w.Draft("后发布的要闻"), ""))
	site, _, _ := strings.Cut(second.Channel("website").URL, "/art/")
	leads := func(m apptest.Item) {
		t.Helper()
		list := string(w.Fetch(site + "/list/news/").Body)
		if other := "先发布的要闻"; m.ID == second.ID && strings.Index(list, m.Content.Title) > strings.Index(list, other) || m.ID == first.ID && strings.Index(list, m.Content.Title) > strings.Index(list, "后发布的要闻") {
			t.Errorf("%s does not lead the list", m.Content.Title)
		}
	}
	leads(second)
	editor, leader := as(t, w, person(w, "office_editor")), as(t, w, person(w, "signing_leader"))
	until := w.App.DB.Now().In(calendar.Zone).AddDate(0, 0, 7).Format(time.DateOnly)
	editor.send(path(first, ""), path(first, "/pin"), "until", "2020-01-01", "reason", "重要工作").has(t, "置顶到期日应在今天之后", `value="重要工作"`)
	editor.send(path(first, ""), path(first, "/pin"), "until", until, "reason", "重要工作").leads(t, 303, path(first, ""))
	leads(second)
	editor.get(path(first, "")).hasNot(t, "/pin/confirm")
	leader.get("/notices").has(t, "申请将《先发布的要闻》置顶")
	leader.send(path(first, ""), path(first, "/pin/confirm")).leads(t, 303, path(first, ""))
	leads(first)
	if list := string(w.Fetch(site + "/list/news/").Body); !strings.Contains(list, `<b class="pinned">置顶</b>`) {
		t.Error("the list does not say what is pinned")
	}
	editor.send(path(first, ""), path(first, "/pin/end")).leads(t, 303, path(first, ""))
	leads(second)
}

func TestPublicationsAreSearched(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	w.Live(w.UpTo(w.Draft("关于放假的通知"), ""))
	w.Live(w.UpTo(w.Draft("100%完成任务"), ""))
	b := as(t, w, person(w, "publisher"))
	b.get("/publications").has(t, "关于放假的通知", "100%完成任务")
	for at, want := range map[string][2]string{"?q=放假": {"关于放假的通知", "100%完成任务"}, "?q=0%25完": {"100%完成任务", "关于放假的通知"}, "?state=live&q=任务": {"100%完成任务", "关于放假的通知"}} {
		p := b.get("/publications" + at)
		p.has(t, ">"+want[0]+"<")
		p.hasNot(t, ">"+want[1]+"<")
	}
	b.get("/publications?state=held").has(t, "没有符合条件")
	b.get("/publications?q=_").has(t, "没有符合条件")
}
