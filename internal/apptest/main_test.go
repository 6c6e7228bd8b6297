package apptest_test

import (
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

func TestReportIsReviewedSignedAndPublishedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.Live(w.UpTo(w.Draft("关于开展科普活动的通知"), ""))
		if m.IndexNo == "" {
			t.Error("no index number")
		}
		for _, p := range m.Publications {
			page := w.Fetch(p.URL)
			if page.Status != 200 {
				t.Errorf("%s: %s answers %d", p.Channel, p.URL, page.Status)
			}
			if p.Channel == "website" && !strings.Contains(string(page.Body), `data-hash="`+m.Hash+`">`+m.Content.Body+`</article>`) {
				t.Error("the page is not what was signed")
			}
		}
		for _, l := range w.Sim.Ledger() {
			if l.Ever != 1 || l.Now != 1 {
				t.Errorf("%s was visible %d times, is %d", l.Marker, l.Ever, l.Now)
			}
		}
		if n := len(w.Sim.Ledger()); n != 1 {
			t.Errorf("%d articles in the ledger", n)
		}
	})
}

func TestTakeDownNeedsTwoPersonsAndHidesThePageAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.Live(w.UpTo(w.Draft("将要下线的消息"), ""))
		url := m.Publications[0].URL
		leader, publisher := w.Own.People["signing_leader"], w.Own.People["publisher"]
		m = w.Must(publisher, m, "take-down", "reason", "error", "note", "日期有误")
		if a := w.Act(publisher, m, "take-down/confirm"); a.Code() != "publish.take_down_same_person" {
			t.Errorf("the asker confirmed: %d %s", a.Status, a.Body)
		}
		m = w.Must(leader, m, "take-down/confirm")
		if m.State != "taken_down" {
			t.Errorf("state %s", m.State)
		}
		if a := w.Fetch(url); a.Status != 410 {
			t.Errorf("the page answers %d after the take-down", a.Status)
		}
		w.Wait(m, "WeChat take-down", func(m apptest.Item) bool {
			return m.Publications[1].State == "gone" && w.Sim.Ledger()[0].Now == 0
		})
	})
}

func TestWithheldItemsNeverGetAPublication(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.UpTo(w.Draft("内部管理办法", "disclosure", map[string]any{"attribute": "withheld", "ground": "N6", "reason": "属于内部人事管理信息，不予公开"}), "")
		if m.State != "signed" || len(m.Publications) != 0 {
			t.Errorf("state %s, %d publications", m.State, len(m.Publications))
		}
		if a := w.Act(w.Own.People["publisher"], m, "schedule"); a.Code() != "publish.withheld" {
			t.Errorf("scheduled: %d %s", a.Status, a.Body)
		}
	})
}

func TestStaleDecisionIsRefusedWithWhatChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		seen := w.UpTo(w.Draft("被修改的消息"), "second")
		w.Must(w.Judge(seen), seen, "proof", "body", "<p>被修改的消息：正文第一段。</p><p>第二段，共计 43 条。</p>", "note", "改错字")
		a := w.Act(w.Judge(seen), seen, "decide", "verb", "approve", "checklist", []int{0, 1})
		var p struct {
			Version int64
			Code    string
			Details map[string]any
		}
		a.Into(t, &p)
		if a.Status != 409 || p.Code != "manuscript.changed" || p.Version <= seen.Version || p.Details["text_changed"] != true {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		now := w.Get(seen.ID)
		if now.Run.Step.ID != "second" || now.Revision != 2 {
			t.Errorf("at %s, revision %d", now.Run.Step.ID, now.Revision)
		}
		if m := w.Live(w.UpTo(now, "")); m.Hash != now.Hash {
			t.Error("published another text than the corrected one")
		}
	})
}

func TestScheduledItemCanBeStoppedAndIsNeverEarly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.UpTo(w.Draft("定时发布的消息"), "sign")
		m = w.Approve(m, "publish_at", w.App.DB.Now().Add(1500e6).Format("2006-01-02T15:04:05.000Z07:00"))
		if m.State != "scheduled" {
			t.Fatalf("state %s", m.State)
		}
		publisher := w.Own.People["publisher"]
		m = w.Must(publisher, m, "unschedule", "note", "再核一遍")
		if m.State != "signed" || m.Publications[0].State != "cancelled" {
			t.Errorf("state %s, %s", m.State, m.Publications[0].State)
		}
		at := w.App.DB.Now().Add(1e9)
		m = w.Must(publisher, m, "schedule", "publish_at", at.Format("2006-01-02T15:04:05.000Z07:00"))
		url := fmt.Sprintf("%s/art/%d/%d.html", w.Config.Public.URL, at.Year(), m.ID)
		for w.App.DB.Now().Before(at.Add(-50e6)) {
			if a := w.Fetch(url); a.Status == 200 && w.App.DB.Now().Before(at) {
				t.Fatal("visible before its time")
			}
		}
		w.Wait(m, "publication", func(m apptest.Item) bool { return m.State == "published" })
		if a := w.Fetch(url); a.Status != 200 {
			t.Errorf("answers %d", a.Status)
		}
	})
}

func TestOnePersonsTwoClicksAreOneDecision(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		m := w.UpTo(w.Draft("只批一次"), "first")
		in := map[string]any{"version": m.Version, "hash": m.Hash, "verb": "approve", "checklist": []int{0, 1}}
		path := fmt.Sprintf("/api/v1/manuscripts/%d/decide", m.ID)
		answers := make(chan apptest.Answer, 4)
		for range 4 {
			go func() {
				answers <- w.Call(w.Judge(m), "POST", path, in, "Idempotency-Key", "the-same-key-twice")
			}()
		}
		first := <-answers
		for range 3 {
			if a := <-answers; a.Status != 200 || string(a.Body) != string(first.Body) {
				t.Errorf("%d %s, first %s", a.Status, a.Body, first.Body)
			}
		}
		if now := w.Get(m.ID); now.Run.Step.ID != "second" || len(now.Run.Acts) != 2 {
			t.Errorf("at %s after %d acts", now.Run.Step.ID, len(now.Run.Acts))
		}
		if a := w.Call(w.Judge(m), "POST", path, map[string]any{"version": m.Version, "hash": m.Hash, "verb": "return"}, "Idempotency-Key", "the-same-key-twice"); a.Status != 422 {
			t.Errorf("another body under the same key: %d", a.Status)
		}
	})
}
