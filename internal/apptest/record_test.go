package apptest_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/internal/audit"
)

// entries asks for audit entries as the auditor.
func entries(w *apptest.World, query string) (out []audit.Entry, next int64) {
	w.T.Helper()
	a := w.Call(w.Own.People["auditor"], "GET", "/api/v1/audit?"+query, nil)
	if a.Status != 200 {
		w.T.Fatalf("audit?%s: %d %s", query, a.Status, a.Body)
	}
	var in struct {
		Entries []audit.Entry
		Next    int64
	}
	a.Into(w.T, &in)
	return in.Entries, in.Next
}

// export answers the sealed chain as the auditor downloads it, once it holds an
// entry with that text.
func export(w *apptest.World, with string) []byte {
	w.T.Helper()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		a := w.Call(w.Own.People["auditor"], "GET", "/api/v1/audit/export", nil)
		if a.Status != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/x-ndjson") {
			w.T.Fatalf("export: %d %s", a.Status, a.Header)
		}
		if strings.Contains(string(a.Body), with) {
			return a.Body
		}
		if time.Now().After(until) {
			w.T.Fatalf("%s was never sealed", with)
		}
	}
}

func TestEachDecisionIsOnRecordOnceAndTheRecordVerifies(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		li := w.Own.People["drafter"]
		m := w.UpTo(w.Draft("留痕"), "second")
		m = w.Must(w.Judge(m), m, "proof", "body", "<p>留痕：改过一个字。</p>", "note", "改错字")
		m = w.UpTo(m, "third")
		m = w.Must(w.Judge(m), m, "decide", "verb", "return", "target", "draft", "gate", "facts", "note", "请补充出处")
		m = w.Must(li, m, "resubmit")
		m = w.UpTo(m, "confidentiality")
		m = w.Must(w.Judge(m), m, "decide", "verb", "refer", "note", "报上级主管部门确定")
		m = w.Must(w.Judge(m), m, "decide", "verb", "consult", "note", "征求第三方意见")
		m = w.Live(w.UpTo(m, ""))

		for who, codes := range map[string]map[string]int{
			"section_head": {"notice.task": 2}, "office_editor": {"notice.task": 2}, "confidentiality_officer": {"notice.task": 2}, "deputy_director": {"notice.task": 2},
			"signing_leader": {"notice.task": 1}, "drafter": {"notice.returned": 1, "notice.signed": 1, "notice.task": 0}, "section_head_b": {"notice.task": 0}, "publisher": {"notice.publication_stuck": 0},
		} {
			for code, n := range codes {
				if got := told(w, who, code, m); got != n {
					t.Errorf("%s has %d times %s, want %d", who, got, code, n)
				}
			}
		}

		all, _ := entries(w, fmt.Sprintf("object=manuscript:%d", m.ID))
		count := map[string]int{}
		for _, e := range all {
			if strings.HasPrefix(e.Action, "review.") {
				count[fmt.Sprintf("%v/%v %s", e.Details["run"], e.Details["n"], strings.TrimPrefix(e.Action, "review."))]++
			}
			if e.PersonID == 0 || e.Object != fmt.Sprintf("manuscript:%d", m.ID) || e.OrganisationID != w.Own.ID || e.Result != "done" {
				t.Errorf("entry %+v", e)
			}
		}
		for _, a := range m.Run.Acts {
			if n := count[fmt.Sprintf("%d/%d %s", m.Run.ID, a.N, a.Verb)]; n != 1 {
				t.Errorf("decision %d (%s at %s) is on record %d times", a.N, a.Verb, a.Step, n)
			}
		}
		if len(count) != len(m.Run.Acts) {
			t.Errorf("%d review entries for %d decisions: %v", len(count), len(m.Run.Acts), count)
		}
		for _, p := range m.Publications {
			live, _ := entries(w, fmt.Sprintf("action=publish.live&object=publication:%d", p.ID))
			if len(live) != 1 || live[0].Hash != m.Hash || live[0].PersonID != 0 {
				t.Errorf("%s is on record as live %d times, by the system (S-19)", p.Channel, len(live))
			}
		}

		chain := export(w, fmt.Sprintf(`publication:%d`, m.Channel("wechat").ID))
		rep, err := audit.Verify(bytes.NewReader(chain), audit.Trust{Keys: []ed25519.PublicKey{w.App.AuditKey.Public().(ed25519.PublicKey)}})
		if err != nil || rep.OrganisationID != w.Own.ID || rep.Entries < int64(len(all)) || rep.Rooted == 0 {
			t.Errorf("the export does not verify: %+v %v", rep, err)
		}
		for what, forged := range map[string][]byte{"a changed word": bytes.Replace(chain, []byte("review.refer"), []byte("review.tefer"), 1), "a missing line": cutLine(chain, 3)} {
			if _, err := audit.Verify(bytes.NewReader(forged), audit.Trust{}); err == nil {
				t.Errorf("%s goes unnoticed", what)
			}
		}
		if bytes.Contains(chain, []byte("留痕：")) {
			t.Error("the record carries the text")
		}
		if exports, _ := entries(w, "action=audit.exported"); len(exports) == 0 || exports[0].PersonID != w.Own.People["auditor"].ID {
			t.Errorf("the export is not on record: %+v", exports)
		}
		for query, want := range map[string]func(audit.Entry) bool{
			"action=review.approve":                                    func(e audit.Entry) bool { return e.Action == "review.approve" },
			fmt.Sprintf("person_id=%d", li.ID):                         func(e audit.Entry) bool { return e.PersonID == li.ID },
			fmt.Sprintf("object=person:%d", li.ID):                     func(e audit.Entry) bool { return e.Object == fmt.Sprintf("person:%d", li.ID) },
			"action=review.edit&object=manuscript:" + fmt.Sprint(m.ID): func(e audit.Entry) bool { return e.Details["note"] == "改错字" },
		} {
			list, _ := entries(w, query)
			if len(list) == 0 {
				t.Errorf("%s finds nothing", query)
			}
			for _, e := range list {
				if !want(e) {
					t.Errorf("%s finds %+v", query, e)
				}
			}
		}
		for _, who := range []string{"publisher", "system_admin", "security_admin"} {
			refused(t, who+" reads the record", w.Call(w.Own.People[who], "GET", "/api/v1/audit", nil), "authz.forbidden")
			refused(t, who+" takes the record away", w.Call(w.Own.People[who], "GET", "/api/v1/audit/export", nil), "authz.forbidden")
		}
		if a := w.Call(w.Other.People["auditor"], "GET", fmt.Sprintf("/api/v1/audit?object=manuscript:%d", m.ID), nil); strings.Contains(string(a.Body), "review.") {
			t.Errorf("another organisation's auditor sees %s", a.Body)
		}
	})
}

// cutLine leaves the nth line out.
func cutLine(b []byte, n int) []byte {
	var out bytes.Buffer
	in := bufio.NewScanner(bytes.NewReader(b))
	in.Buffer(nil, 1<<20)
	for i := 0; in.Scan(); i++ {
		if i != n {
			out.Write(append(in.Bytes(), '\n'))
		}
	}
	return out.Bytes()
}

func TestAuditorTurnsThePagesOfTheRecord(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	for range 120 {
		w.Call(w.Own.People["auditor"], "GET", "/api/v1/audit/export", nil)
	}
	seen := map[string]bool{}
	pages, next := 0, int64(0)
	for pages = 1; pages < 9; pages++ {
		page, more := entries(w, fmt.Sprintf("before=%d", next))
		for _, e := range page {
			if seen[e.EventID] {
				t.Fatalf("entry %s stands on two pages", e.EventID)
			}
			seen[e.EventID] = true
		}
		if next = more; next == 0 {
			break
		}
	}
	if pages < 2 || len(seen) < 150 {
		t.Errorf("%d entries on %d pages", len(seen), pages)
	}
}
