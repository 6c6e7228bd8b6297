package staff_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// Each of those approved together is ticked, checked and recorded by itself; one
// that cannot be approved keeps none of the others.
func TestSeveralAreApprovedTogetherEachByItself(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		head := as(t, w, person(w, "section_head"))
		var all []apptest.Item
		for i := range 4 {
			all = append(all, w.UpTo(w.Draft(fmt.Sprintf("一并审核之%d", i)), "first"))
		}
		secret := w.UpTo(w.Draft("保密审查须逐件"), "confidentiality")
		head.get("/tasks").has(t, "一并审核所选", fmt.Sprintf(`name="id" value="%d" form="together"`, all[0].ID))
		as(t, w, person(w, "confidentiality_officer")).get("/tasks").hasNot(t, "一并审核所选")

		query := url.Values{}
		for _, m := range all {
			query.Add("id", fmt.Sprint(m.ID))
		}
		page := head.get("/tasks/approve?" + query.Encode())
		page.has(t, "一并审核之0", "一并审核之3", "通过 4 件", "事实、数据、引文已核对原件")

		form := page.fill(t, "/tasks/approve")
		form["id"] = query["id"]
		for i, m := range all {
			of := fmt.Sprint(m.ID)
			form.Set("version-"+of, fmt.Sprint(m.Version))
			form.Set("hash-"+of, m.Hash)
			form["checklist-"+of] = []string{"0", "1"}
			if i == 1 {
				form["checklist-"+of] = []string{"0"}
			}
		}
		w.Must(person(w, "drafter"), all[2], "withdraw")
		answer := head.post("/tasks/approve", form)
		answer.has(t, "请逐项核对并勾选全部2项要点", "通过 1 件")
		for i, want := range []string{"second", "first", "", "second"} {
			step := ""
			if m := w.Get(all[i].ID); m.Run.Step != nil {
				step = m.Run.Step.ID
			}
			if step != want {
				t.Errorf("number %d stands at %q, want %q", i, step, want)
			}
		}
		if again := head.post("/tasks/approve", form); strings.Count(again.Body, "已通过") < 2 {
			t.Error("the form sent again does not say what was done")
		}
		if n := len(w.Get(all[0].ID).Run.Acts); n != 2 {
			t.Errorf("%d acts after the form was sent twice", n)
		}

		officer := as(t, w, person(w, "confidentiality_officer"))
		officer.get("/tasks/approve?id="+fmt.Sprint(secret.ID)).has(t, "保密审查须逐件办理")
		of := fmt.Sprint(secret.ID)
		officer.post("/tasks/approve", url.Values{"key": {"own-key-1"}, "id": {of}, "version-" + of: {fmt.Sprint(secret.Version)}, "hash-" + of: {secret.Hash}, "checklist-" + of: {"0", "1"}}).has(t, "保密审查须逐件办理")
		if got := w.Get(secret.ID).Run.Step.ID; got != "confidentiality" {
			t.Errorf("the confidentiality review was passed in bulk: %s", got)
		}
		for _, path := range []string{"/tasks/approve", "/tasks/approve?id=x", "/tasks/approve?id=-1"} {
			if p := head.get(path); p.Status != 400 {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
		head.get("/tasks/approve?id=999999").has(t, "999999")
	})
}
