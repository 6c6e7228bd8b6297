package apptest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/calendar"
)

// A program reads the register, a file and every day of the clock; it sees no more
// of the applicant than the pages show.
func TestRequestsAreReadThroughTheAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		w.DraftLetter("D13")
		clerk := w.Own.People["foi_officer"]
		var list struct {
			Requests []struct {
				ID                            int64
				Number, Applicant, State, Due string
			}
		}
		a := w.Call(clerk, "GET", "/api/v1/requests?open=true", nil)
		a.Into(t, &list)
		if len(list.Requests) != 1 || list.Requests[0].Applicant != "张**" || list.Requests[0].State != "processing" || strings.Contains(string(a.Body), "11010519491231002X") {
			t.Fatalf("the register: %s", a.Body)
		}
		at := fmt.Sprintf("/api/v1/requests/%d", list.Requests[0].ID)
		var file struct {
			Due    string `json:"due_on"`
			Events []struct{ Kind, On string }
		}
		w.Call(clerk, "GET", at, nil).Into(t, &file)
		if len(file.Events) != 1 || file.Events[0].Kind != "arrived" {
			t.Errorf("the file: %+v", file)
		}
		var days struct {
			Due  string `json:"due_on"`
			Days []struct {
				On, Reason string
				No         int
			}
		}
		w.Call(clerk, "GET", at+"/days", nil).Into(t, &days)
		counted := 0
		for i, d := range days.Days {
			on, err := time.ParseInLocation(time.DateOnly, d.On, calendar.Zone)
			if first := calendar.Midnight(w.App.DB.Now()); err != nil || !on.Equal(first.AddDate(0, 0, i+1)) || d.Reason == "" {
				t.Errorf("day %d: %+v", i, d)
			}
			if d.No > 0 {
				counted++
			}
		}
		// Near a new year whose holidays are not announced there is no due date.
		if days.Due != file.Due || days.Due != "" && counted != 20 {
			t.Errorf("due %s, file %s, %d days count", days.Due, file.Due, counted)
		}
		for who, want := range map[string]int{"signing_leader": 200, "drafter": 403, "auditor": 403} {
			if a := w.Call(w.Own.People[who], "GET", at, nil); a.Status != want {
				t.Errorf("%s gets %d", who, a.Status)
			}
		}
		if a := w.Call(w.Other.People["foi_officer"], "GET", at+"/days", nil); a.Status != 404 {
			t.Errorf("another organisation gets %d", a.Status)
		}
	})
}
