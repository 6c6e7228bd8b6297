package staff_test

import (
	"testing"

	"gongkai/internal/apptest"
)

func TestADrafterSeesWhereAManuscriptStandsAndUrges(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	m := w.UpTo(w.Draft("等着审核的通知"), "first")
	page := "/manuscripts/" + itoa(m.ID)
	b := as(t, w, person(w, "drafter"))
	b.get("/mine").has(t, "一审一校", "等待科室负责人")
	b.get(page).has(t, "现在在哪里", "section_head", ">催办</button>")
	form := b.get(page).fill(t, page+"/urge")
	if a := b.post(page+"/urge", form); a.Status != 303 {
		t.Fatalf("urging: %d %s", a.Status, alert(a.Body))
	}
	after := b.get(page)
	after.has(t, "已催办", "今天已经催办过")
	after.hasNot(t, ">催办</button>")
	form.Set("key", "another-key-of-24-bytes-")
	again := b.post(page+"/urge", form)
	if again.Status != 409 {
		t.Errorf("urging twice a day: %d", again.Status)
	}
	again.has(t, "今天已经催办过")
	as(t, w, person(w, "section_head")).get("/notices").has(t, "催办：《等着审核的通知》等待您一审一校")

	if a := w.Act(person(w, "office_editor"), m, "urge"); a.Status != 403 {
		t.Errorf("somebody else's manuscript: %d %s", a.Status, a.Body)
	}
	m = w.Approve(m)
	if a := w.Act(person(w, "drafter"), m, "urge"); a.Status != 200 {
		t.Errorf("the next step: %d %s", a.Status, a.Body)
	}
}
