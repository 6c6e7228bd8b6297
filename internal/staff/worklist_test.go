package staff_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"gongkai/internal/apptest"
)

var titles = regexp.MustCompile(`class="t" href="/manuscripts/\d+">([^<]*)<`)

func listed(p page) (all []string) {
	for _, m := range titles.FindAllStringSubmatch(p.Body, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestTheWorkListHasPartsAFilterAndAnOrder(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	head, drafter := as(t, w, person(w, "section_head")), as(t, w, person(w, "drafter"))
	head.get("/tasks").has(t, "没有待办")
	w.UpTo(w.Draft("先到的通知", "kind", "notice"), "first")
	w.UpTo(w.Draft("后到的急件", "kind", "news"), "first")
	back := w.UpTo(w.Draft("退回的简讯", "kind", "news"), "first")
	w.Must(w.Judge(back), back, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请核对")

	all := head.get("/tasks")
	if got := listed(all); !slices.Equal(got, []string{"先到的通知", "后到的急件"}) {
		t.Errorf("by due time: %v", got)
	}
	all.hasNot(t, "待我审核", "待我校对", "退回修改", "即将超时") // one part is everything
	complete(t, "the work list", all)
	for address, want := range map[string][]string{
		"?kind=notice": {"先到的通知"}, "?q=急件": {"后到的急件"}, "?q=没有": nil, "?show=soon": nil, "?show=proof": nil, "?show=review&sort=arrival": {"先到的通知", "后到的急件"},
		"?show=nonsense": {"先到的通知", "后到的急件"}, "?unit=999999": nil, fmt.Sprintf("?unit=%d", w.Own.UnitA): {"先到的通知", "后到的急件"}, "?page=4": {"先到的通知", "后到的急件"},
	} {
		p := head.get("/tasks" + address)
		if got := listed(p); !slices.Equal(got, want) {
			t.Errorf("%s lists %v, want %v", address, got, want)
		}
		if want == nil {
			p.has(t, "这里没有待办")
		}
	}
	if p := head.get("/tasks?unit=x"); p.Status != 400 {
		t.Errorf("no number answers %d", p.Status)
	}
	mine := drafter.get("/tasks?show=returned")
	mine.has(t, "退回修改", `aria-current="true"`)
	if got := listed(mine); !slices.Equal(got, []string{"退回的简讯"}) {
		t.Errorf("returned: %v", got)
	}
	complete(t, "what was returned", mine)

	// As if they had waited for a fortnight.
	if _, err := w.App.DB.SQL().Exec("UPDATE runs SET opened_at = opened_at - ?", (14 * 24 * time.Hour).Microseconds()); err != nil {
		t.Fatal(err)
	}
	late := head.get("/tasks?show=soon")
	if got := listed(late); len(got) != 2 {
		t.Errorf("late: %v", got)
	}
	late.has(t, "即将超时", "待我审核", "/tasks?show=review")
}
