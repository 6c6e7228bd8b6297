package staff_test

import (
	"compress/gzip"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/progress"
)

func TestTheAuditorVerifiesTheRecordOnThePage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		auditor := as(t, w, person(w, "auditor"))
		w.Live(w.UpTo(w.Draft("留痕"), ""))
		verify := func(wrong int) {
			t.Helper()
			auditor.send("/audit", "/audit/verify").leads(t, 303, "/errands")
			e := doneErrand(t, w, person(w, "auditor"))
			if e.State != progress.Done || e.Wrong != wrong || wrong == 0 && e.Done != e.Total {
				t.Fatalf("%+v", e)
			}
			says := []string{fmt.Sprintf("核验通过：%d 条记录", e.Done), "审计记录核验通过"}
			if wrong > 0 {
				says = []string{fmt.Sprintf("核验未通过：前 %d 条相符", e.Done), fmt.Sprintf("从第 %d 条起有不符", e.Done+1)}
			}
			auditor.get("/audit").has(t, says[0])
			auditor.get("/errands").has(t, says[0])
			auditor.get(fmt.Sprintf("/errands/%d/result", e.ID)).has(t, says[1])
		}
		verify(0)
		// Somebody with the database changes what was said.
		err := w.App.DB.Write(t.Context(), func(tx *db.Tx) error {
			for _, sql := range []string{"DROP TRIGGER audit_entries_no_update", "UPDATE audit_entries SET body = REPLACE(body, 'review.sign', 'review.sigh') WHERE action = 'review.sign'"} {
				if err := tx.G.Exec(sql).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		verify(1)
		for _, who := range []string{"drafter", "system_admin"} {
			if a := as(t, w, person(w, who)).post("/audit/verify", map[string][]string{"key": {"0123456789abcdef01234567"}}); a.Status != 403 {
				t.Errorf("%s lets the record be verified: %d", who, a.Status)
			}
		}
	})
}

func TestTheAuditorExportsTheRecordInTheBackground(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		auditor := as(t, w, person(w, "auditor"))
		w.Live(w.UpTo(w.Draft("留痕"), ""))
		auditor.send("/audit", "/audit/export").leads(t, 303, "/errands")
		e := doneErrand(t, w, person(w, "auditor"))
		if e.State != progress.Done || e.Done != e.Total || e.Done == 0 {
			t.Fatalf("%+v", e)
		}
		auditor.get("/errands").has(t, "导出审计记录")
		got := auditor.get(fmt.Sprintf("/errands/%d/result", e.ID))
		if got.Header.Get("Content-Type") != "application/gzip" {
			t.Errorf("answered as %s", got.Header.Get("Content-Type"))
		}
		z, err := gzip.NewReader(strings.NewReader(got.Body))
		if err != nil {
			t.Fatal(err)
		}
		report, err := audit.Verify(z, audit.Trust{Keys: []ed25519.PublicKey{w.App.AuditKey.Public().(ed25519.PublicKey)}})
		if err != nil || int(report.Entries) < e.Total {
			t.Errorf("the export holds %d entries, %v", report.Entries, err)
		}
		for _, who := range []string{"drafter", "system_admin", "security_admin"} {
			if a := as(t, w, person(w, who)).post("/audit/export", map[string][]string{"key": {"0123456789abcdef01234567"}}); a.Status != 403 {
				t.Errorf("%s exports the record: %d", who, a.Status)
			}
		}
		if p := as(t, w, person(w, "drafter")).get(fmt.Sprintf("/errands/%d/result", e.ID)); p.Status != 404 {
			t.Errorf("another person fetches it: %d", p.Status)
		}
	})
}
