package apptest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/wechatsim"
)

// retry asks for another try on WeChat, in one of its ways.
func retry(w *apptest.World, m apptest.Item, how string) apptest.Answer {
	var body any = map[string]any{"how": how}
	if how == "" {
		body = map[string]any{}
	}
	return w.Call(w.Own.People["publisher"], "POST", fmt.Sprintf("/api/v1/publications/%d/retry", m.Channel("wechat").ID), body)
}

// stands waits until the WeChat publication of m is in a state for a reason.
func stands(w *apptest.World, m apptest.Item, state, reason string) apptest.Item {
	w.T.Helper()
	return w.Wait(m, "WeChat "+state+" "+reason, func(m apptest.Item) bool {
		p := m.Channel("wechat")
		return p.State == state && p.Reason == reason
	})
}

// takenDown lets two persons take m down.
func takenDown(w *apptest.World, m apptest.Item) apptest.Item {
	w.T.Helper()
	m = w.Must(w.Own.People["publisher"], m, "take-down", "reason", "error", "note", "日期有误")
	return w.Must(w.Own.People["signing_leader"], m, "take-down/confirm")
}

func told(w *apptest.World, who, code string, m apptest.Item) int {
	w.T.Helper()
	var in struct {
		Notices []struct{ Code, Subject, Say string }
	}
	w.Call(w.Own.People[who], "GET", "/api/v1/notices", nil).Into(w.T, &in)
	n := 0
	for _, x := range in.Notices {
		if strings.Contains(x.Say, "{") || x.Say == x.Code {
			w.T.Errorf("a notice is not in words: %s: %s", x.Code, x.Say)
		}
		if x.Code == code && x.Subject == fmt.Sprintf("manuscript:%d", m.ID) {
			n++
		}
	}
	return n
}

func TestTroubleAtWeChatNeverKeepsTheWebsiteAndIsSaidInWords(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", FirstPoll: 80e6})
	arm := func(f wechatsim.Fault) {
		t.Helper()
		if err := w.Sim.Arm(f); err != nil {
			t.Fatal(err)
		}
	}
	const submit = "/cgi-bin/freepublish/submit"
	signed := func(title string) apptest.Item {
		t.Helper()
		return w.Wait(w.UpTo(w.Draft(title, "kind", "urgent"), ""), "website", func(m apptest.Item) bool {
			return m.State == "published" && m.Channel("website").State == "live"
		})
	}
	arm(wechatsim.Fault{Kind: wechatsim.RejectBefore, Path: submit})
	unsure := signed("提交时连接被切断")
	stands(w, unsure, "waiting", "wechat.reconciling")

	for status, reason := range map[int]string{2: "wechat.rejected_original", 3: "wechat.rejected_failed", 4: "wechat.rejected_platform"} {
		arm(wechatsim.Fault{Kind: wechatsim.Verdict, Status: status})
		m := stands(w, signed(fmt.Sprintf("平台不收第 %d 篇", status)), "rejected", reason)
		if p := m.Channel("wechat"); p.Say == "" || p.Say == p.Reason || !strings.Contains(p.Detail, fmt.Sprint(status)) {
			t.Errorf("not said in words: %+v", p)
		}
		if told(w, "publisher", "notice.publication_stuck", m) != 1 {
			t.Errorf("the publisher was not told once of %s", reason)
		}
		if a := retry(w, m, ""); a.Code() != "publish.nothing_to_retry" {
			t.Errorf("retry of a refused text: %d %s", a.Status, a.Body)
		}
		if status == 4 {
			stands(w, takenDown(w, m), "gone", "")
		}
	}

	for _, kind := range []string{wechatsim.AcceptThen500, wechatsim.CutJSON} {
		arm(wechatsim.Fault{Kind: kind, Path: submit})
		w.Live(signed("答复丢失 " + kind))
	}
	w.Sim.Configure(func(o *wechatsim.Options) { o.Hold = 100e6 })
	arm(wechatsim.Fault{Kind: wechatsim.AcceptThenTimeout, Path: submit})
	w.Live(signed("答复超时"))

	unsure = stands(w, unsure, "held", "wechat.submit_unsure")
	if told(w, "publisher", "notice.publication_stuck", unsure) != 1 {
		t.Error("the publisher was not told that WeChat is stuck")
	}
	if a := retry(w, unsure, "third_way"); a.Status != 400 || a.Code() != "publish.how" || !strings.Contains(string(a.Body), `"field":"how"`) {
		t.Errorf("an unknown way: %d %s", a.Status, a.Body)
	}
	site := w.Call(w.Own.People["publisher"], "POST", fmt.Sprintf("/api/v1/publications/%d/retry", unsure.Channel("website").ID), map[string]any{"how": "same_draft"})
	if site.Code() != "publish.nothing_to_retry" {
		t.Errorf("the website has drafts now: %d %s", site.Status, site.Body)
	}
	if now := w.Get(unsure.ID).Channel("wechat"); now.State != "held" {
		t.Errorf("a refused retry moved it to %s", now.State)
	}
	if a := retry(w, unsure, "same_draft"); a.Status != 200 {
		t.Errorf("same draft: %d %s", a.Status, a.Body)
	}
	w.Live(unsure)

	arm(wechatsim.Fault{Kind: wechatsim.DraftVanish})
	gone := stands(w, signed("草稿不见了"), "held", "wechat.draft_vanished")
	if a := retry(w, gone, "new_draft"); a.Status != 200 {
		t.Errorf("new draft: %d %s", a.Status, a.Body)
	}
	w.Live(gone)

	arm(wechatsim.Fault{Kind: wechatsim.IPDeny, Times: -1})
	denied := stands(w, signed("地址不在白名单"), "waiting", "wechat.ip")
	if p := denied.Channel("wechat"); !strings.Contains(p.Say, "白名单") {
		t.Errorf("not said in words: %+v", p)
	}
	for _, who := range []string{"publisher", "system_admin"} {
		if n := told(w, who, "notice.publication_parked", denied); n != 1 {
			t.Errorf("the %s was told %d times that it is parked", who, n)
		}
	}
	w.Sim.Disarm()
	if a := retry(w, denied, ""); a.Status != 200 {
		t.Errorf("retry: %d %s", a.Status, a.Body)
	}
	denied = w.Live(denied)
	arm(wechatsim.Fault{Kind: wechatsim.IPDeny, Times: -1})
	denied = stands(w, takenDown(w, denied), "retracting", "wechat.ip")
	if a := retry(w, denied, "new_draft"); a.Status != 409 || a.Code() != "publish.how_not_now" {
		t.Errorf("a new draft of what is taken down: %d %s", a.Status, a.Body)
	}
	w.Sim.Disarm()
	if a := retry(w, denied, ""); a.Status != 200 {
		t.Errorf("retry of a take-down: %d %s", a.Status, a.Body)
	}
	stands(w, denied, "gone", "")

	arm(wechatsim.Fault{Kind: wechatsim.ErrCode, Path: submit, Code: 45028})
	quota := stands(w, signed("今天次数用完"), "waiting", "wechat.quota")
	if a := retry(w, quota, "same_draft"); a.Status != 409 || a.Code() != "publish.how_not_now" {
		t.Errorf("another way for what only waits: %d %s", a.Status, a.Body)
	}
	if a := retry(w, quota, ""); a.Status != 200 {
		t.Errorf("retry: %d %s", a.Status, a.Body)
	}
	stands(w, quota, "waiting", "wechat.quota")

	for _, l := range w.Sim.Ledger() {
		if l.Ever != 1 {
			t.Errorf("%s was visible %d times", l.Marker, l.Ever)
		}
	}
	audited := w.Call(w.Own.People["auditor"], "GET", fmt.Sprintf("/api/v1/audit?action=publication.retry&object=publication:%d", unsure.Channel("wechat").ID), nil)
	if !strings.Contains(string(audited.Body), `"how":"same_draft"`) {
		t.Errorf("the way is not on record: %s", audited.Body)
	}
}

// shows says which of the public lists mention a text.
func shows(w *apptest.World, text string) (where []string) {
	w.T.Helper()
	for _, path := range []string{"/", "/list/", "/list/news/", "/feed.xml", "/sitemap.xml", "/search?q=" + url.QueryEscape(text)} {
		a := w.Fetch(w.Config.Public.URL + path)
		if a.Status != 200 {
			w.T.Errorf("%s answers %d", path, a.Status)
		}
		_, results, _ := strings.Cut(string(a.Body), `<main`)
		if !strings.HasPrefix(path, "/search") {
			results = string(a.Body)
		}
		if n := strings.Count(results, text); n > 1 || n == 1 && !strings.HasPrefix(path, "/search") {
			where = append(where, path)
		}
	}
	return where
}

func TestReadersSeeWhatWasSignedWithItsFilesUntilItIsTakenDown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		const canary = "金丝雀七四一"
		people := w.Own.People
		png := "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\x00\x00\x00\x0e\x49\x44\x41\x54\x78\x9c\x62\x62\x00\x04\x00\x00\xff\xff\x00\x06\x00\x03\xfa\xd0\x59\xae\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82"
		file, picture := uploaded(w, "附件 一.pdf", pdf), uploaded(w, "图.png", png)
		fileURL := fmt.Sprintf("%s/files/%s/%s", w.Config.Public.URL, file["hash"], url.PathEscape("附件 一.pdf"))
		pictureURL := w.Config.Public.URL + "/blob/" + fmt.Sprint(picture["hash"])
		body := fmt.Sprintf(`<p>附件和图片。</p><p><img src="/blob/%s" alt="一个点"></p>`, picture["hash"])

		secret := w.Draft(canary+"标题", "body", "<p>"+canary+"正文</p>", "summary", canary, "attachments", []any{file})
		held := w.UpTo(w.Draft(canary+"依申请", "disclosure", map[string]any{"attribute": "on_request", "ground": "N0", "reason": canary + "不属于主动公开范围"}), "")
		for what, lie := range map[string]map[string]any{
			"another type":   {"name": "附件 一.pdf", "media_type": "text/html", "size": file["size"], "hash": file["hash"]},
			"another ending": {"name": "附件 一.html", "media_type": "application/pdf", "size": file["size"], "hash": file["hash"]},
			"another size":   {"name": "附件 一.pdf", "media_type": "application/pdf", "size": 1, "hash": file["hash"]},
			"nobody's file":  {"name": "附件 一.pdf", "media_type": "application/pdf", "size": 1, "hash": "sha256:" + strings.Repeat("0", 64)},
		} {
			a := w.Act(people["drafter"], secret, "edit", "content", apptest.Content("假附件", "attachments", []any{lie}))
			refused(t, what, a, "manuscript.attachments")
		}
		if held.State != "signed" || len(held.Publications) != 0 {
			t.Errorf("an item open on request is %s with %d publications", held.State, len(held.Publications))
		}
		refused(t, "an item open on request is scheduled", w.Act(people["publisher"], held, "schedule"), "publish.withheld")

		m := w.UpTo(w.Draft("有附件的通知", "body", body, "attachments", []any{file}), "sign")
		for _, u := range []string{fileURL, pictureURL, w.Config.Public.URL + fmt.Sprintf("/art/%d/%d.html", w.App.DB.Now().Year(), m.ID)} {
			if a := w.Fetch(u); a.Status != 404 {
				t.Errorf("before the signature %s answers %d", u, a.Status)
			}
		}
		w.Sim.Configure(func(o *wechatsim.Options) { o.Review = 1500 * time.Millisecond })
		m = stands(w, w.Approve(m), "waiting", "wechat.in_review")
		if m.State != "published" || m.Channel("website").State != "live" {
			t.Errorf("with WeChat in review it is %s, website %s", m.State, m.Channel("website").State)
		}
		if where := shows(w, "有附件的通知"); len(where) != 5 && len(where) != 6 {
			t.Errorf("shown in %v", where)
		}
		page := w.Fetch(m.Channel("website").URL)
		if !strings.Contains(string(page.Body), fmt.Sprint(file["hash"])) || !strings.Contains(string(page.Body), "/blob/"+fmt.Sprint(picture["hash"])) {
			t.Error("the page lacks its attachment or its picture")
		}
		if a := w.Fetch(fileURL); a.Status != 200 || string(a.Body) != pdf || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") || a.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("the attachment: %d %v", a.Status, a.Header)
		}
		if a := w.Fetch(pictureURL); a.Status != 200 || string(a.Body) != png {
			t.Errorf("the picture: %d %v", a.Status, a.Header)
		}
		if a := w.Fetch(strings.Replace(fileURL, ".pdf", ".html", 1)); a.Status != 404 {
			t.Errorf("the attachment under another name: %d", a.Status)
		}
		for _, act := range []string{"edit", "submit", "withdraw", "resubmit"} {
			refused(t, act+" of a published one (S-28)", w.Act(people["drafter"], m, act, contentFor(act, "更正")...), "manuscript.state")
		}
		refused(t, "published again", w.Act(people["publisher"], m, "schedule"), "manuscript.state")

		refused(t, "a take-down for no known reason", w.Act(people["publisher"], m, "take-down", "reason", "whim", "note", "日期有误"), "publish.take_down_reason")
		refused(t, "a take-down without a word", w.Act(people["publisher"], m, "take-down", "reason", "error", "note", ""), "publish.take_down_note")
		m = w.Must(people["publisher"], m, "take-down", "reason", "error", "note", "日期有误")
		refused(t, "asked for twice", w.Act(people["publisher"], m, "take-down", "reason", "error", "note", "日期有误"), "publish.take_down_open")
		m = w.Must(people["signing_leader"], m, "take-down/confirm")
		if p := m.Channel("wechat"); m.State != "taken_down" || p.State != "retracting" {
			t.Errorf("taken down during WeChat's review it is %s, WeChat %s", m.State, p.State)
		}
		for u, status := range map[string]int{m.Channel("website").URL: 410, fileURL: 404, pictureURL: 404} {
			if a := w.Fetch(u); a.Status != status {
				t.Errorf("after the take-down %s answers %d", u, a.Status)
			}
		}
		if where := shows(w, "有附件的通知"); len(where) != 0 {
			t.Errorf("after the take-down still shown in %v", where)
		}
		m = stands(w, m, "gone", "")
		for _, l := range w.Sim.Ledger() {
			if l.Now != 0 {
				t.Errorf("%s is still visible on WeChat", l.Marker)
			}
		}
		refused(t, "taken down twice", w.Act(people["publisher"], m, "take-down", "reason", "error", "note", "日期有误"), "publish.take_down_state")
		refused(t, "confirmed twice", w.Act(people["signing_leader"], m, "take-down/confirm"), "publish.take_down_none")
		refused(t, "published again after the take-down", w.Act(people["publisher"], m, "schedule"), "manuscript.state")
		w.Sim.Configure(func(o *wechatsim.Options) { o.Review = 50 * time.Millisecond })
		again := w.Live(w.UpTo(w.Draft("有附件的通知", "body", body, "attachments", []any{file}), ""))
		if again.ID == m.ID || again.IndexNo == m.IndexNo || again.Channel("website").URL == m.Channel("website").URL {
			t.Error("the new manuscript took the old one's place")
		}
		if a := w.Fetch(fileURL); a.Status != 200 {
			t.Errorf("its attachment: %d", a.Status)
		}

		if where := shows(w, canary); len(where) != 0 {
			t.Errorf("a draft is shown in %v", where)
		}
		if strings.Contains(w.Heard(), canary) || !strings.Contains(w.Heard(), "有附件的通知") {
			t.Error("WeChat was sent a draft, or nothing was overheard")
		}
		if record := export(w, fmt.Sprintf("publication:%d", again.Channel("wechat").ID)); strings.Contains(string(record), canary) {
			t.Error("the audit export carries a draft's words")
		}
	})
}

func TestFreezeStopsEverythingButTakeDownsUntilTwoPersonsThawIt(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite"})
	people := w.Own.People
	post := func(who, path string, body map[string]any) apptest.Answer {
		return w.Call(people[who], "POST", "/api/v1/publishing/"+path, body)
	}
	old := w.Live(w.UpTo(w.Draft("冻结前已发布"), ""))
	frozen := w.UpTo(w.Draft("冻结时签发"), "sign")
	later := w.UpTo(w.Draft("改期的消息"), "sign")

	refused(t, "frozen without a reason", post("publisher", "freeze", map[string]any{"reason": "。"}), "publish.freeze_reason")
	refused(t, "thawed without a freeze", post("publisher", "thaw", map[string]any{}), "publish.not_frozen")
	if a := post("publisher", "freeze", map[string]any{"reason": "核查一条线索"}); a.Status != 200 {
		t.Fatalf("freeze: %d %s", a.Status, a.Body)
	}
	refused(t, "frozen twice", post("signing_leader", "freeze", map[string]any{"reason": "核查一条线索"}), "publish.frozen")
	refused(t, "frozen by a drafter", post("drafter", "freeze", map[string]any{"reason": "核查一条线索"}), "authz.forbidden")
	frozen = w.Approve(frozen)
	old = w.Must(people["publisher"], old, "take-down", "reason", "outdated", "note", "内容已过时")
	stands(w, w.Must(people["signing_leader"], old, "take-down/confirm"), "gone", "")
	if now := w.Get(frozen.ID); now.State != "publishing" || now.Channel("website").State != "planned" || now.Channel("wechat").State != "planned" {
		t.Errorf("while frozen: %+v", now.Publications)
	}
	if where := shows(w, "冻结时签发"); len(where) != 0 {
		t.Errorf("while frozen shown in %v", where)
	}
	if a := post("publisher", "thaw", map[string]any{}); a.Status != 200 || !strings.Contains(string(a.Body), "false") {
		t.Errorf("one person thaws: %d %s", a.Status, a.Body)
	}
	refused(t, "the same person thaws again", post("publisher", "thaw", map[string]any{}), "publish.thaw_same_person")
	if a := post("deputy_director", "thaw", map[string]any{}); a.Status != 200 || !strings.Contains(string(a.Body), "true") {
		t.Errorf("two persons thaw: %d %s", a.Status, a.Body)
	}
	w.Live(frozen)

	at := func(d time.Duration) string { return w.App.DB.Now().Add(d).Format(time.RFC3339Nano) }
	for what, when := range map[string]string{"in the past": at(-time.Minute), "in two years": at(2 * 366 * 24 * time.Hour), "in the year 1": "0001-01-01T00:00:00Z"} {
		refused(t, "signed for a time "+what, w.Act(w.Judge(later), later, "decide", append(later.Yes(), "publish_at", when)...), "review.time")
	}
	later = w.Approve(later, "publish_at", at(time.Hour))
	planned := later.Channel("website").ID
	refused(t, "edited while scheduled (S-07)", w.Act(people["drafter"], later, "edit", "content", apptest.Content("改一改")), "manuscript.state")
	refused(t, "scheduled for the year 1", w.Act(people["publisher"], later, "schedule", "publish_at", "0001-01-01T00:00:00Z"), "review.time")
	later = w.Must(people["publisher"], later, "schedule", "publish_at", at(2*time.Hour))
	if later.State != "scheduled" || later.Channel("website").ID == planned {
		t.Errorf("rescheduled it is %s as publication %d", later.State, planned)
	}
	later = w.Must(people["publisher"], later, "unschedule", "note", "再核一遍")
	refused(t, "unscheduled twice", w.Act(people["publisher"], later, "unschedule"), "manuscript.state")
	later = w.Wait(w.Must(people["publisher"], later, "schedule"), "publication", func(m apptest.Item) bool {
		return m.Channel("website").State == "live" && m.Channel("wechat").State == "live"
	})
	n := 0
	for _, p := range later.Publications {
		if p.State == "live" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d live publications: %+v", n, later.Publications)
	}
}

func TestSecondOrganisationsPageIsNotShownUnderTheFirstOnesName(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		w.Own, w.Other = w.Other, w.Own
		m := w.UpTo(w.Draft("乙局的通知"), "")
		w.Wait(m, "refusal of the website", func(m apptest.Item) bool { return m.Publications[0].State == "held" })
		m = w.Get(m.ID)
		if p := m.Publications[0]; p.Reason != "website.organisation" || !strings.Contains(p.Say, "网站") {
			t.Errorf("%+v", p)
		}
		if a := w.Fetch(fmt.Sprintf("%s/art/%d/%d.html", w.Config.Public.URL, w.App.DB.Now().Year(), m.ID)); a.Status != 404 {
			t.Errorf("the page answers %d", a.Status)
		}
		if a := w.Fetch(w.Config.Public.URL + "/sitemap.xml"); strings.Contains(string(a.Body), "/art/") {
			t.Error("it stands in the site map")
		}
	})
}
