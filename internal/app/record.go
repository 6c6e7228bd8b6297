package app

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"

	"gongkai/config"
	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/catalogue"
	"gongkai/internal/db"
	"gongkai/internal/org"
	"gongkai/internal/progress"
)

// trust are the keys the audit record of this office may be signed with.
func trust(c config.Config, own ed25519.PublicKey) (audit.Trust, error) {
	t := audit.Trust{Keys: []ed25519.PublicKey{own}}
	for _, text := range strings.FieldsFunc(c.Audit.OldKeys, func(r rune) bool { return r == ',' || r == ' ' }) {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) != ed25519.PublicKeySize {
			return t, fmt.Errorf("audit.old_keys: %q is not an Ed25519 public key in base64", text)
		}
		t.Keys = append(t.Keys, b)
	}
	return t, nil
}

// verifyRecord is the errand that holds the whole audit record against itself and
// its signatures. What it finds is a report in words; a record that does not hold
// counts as one wrong.
func verifyRecord(d *db.DB, e *authz.Enforcer, own ed25519.PublicKey, t audit.Trust, words *catalogue.Catalogue) progress.Work {
	return func(ctx context.Context, errand *progress.Errand, m *progress.Meter) (progress.Result, error) {
		var total int64
		err := d.Read(ctx, func(tx *db.Tx) (err error) {
			a := org.Actor{PersonID: errand.PersonID, OrganisationID: errand.OrganisationID}
			if a.Holdings, err = org.HoldingsOf(tx, errand.PersonID); err != nil {
				return err
			}
			if _, err := e.Require(a, authz.Domain{OrganisationID: errand.OrganisationID}, "audit.read"); err != nil {
				return err
			}
			total, err = audit.Length(tx, errand.OrganisationID)
			return err
		})
		if err != nil {
			return progress.Result{}, err
		}
		m.Total(int(total))
		var stopped error
		rep, wrong := audit.VerifyRecord(ctx, d, errand.OrganisationID, own, t, func() error {
			stopped = m.Step(ctx, false)
			return stopped
		})
		if stopped != nil {
			return progress.Result{}, stopped
		}
		errand.Done, errand.Wrong = int(rep.Entries), 0
		code, detail := "audit.verified", ""
		if wrong != nil {
			code, detail, errand.Wrong = "audit.not_verified", wrong.Error(), 1
		}
		say := func(lang catalogue.Lang) string {
			return words.Say(lang, code, map[string]any{"entries": rep.Entries, "checkpoints": rep.Checkpoints, "last": rep.Last.In(calendar.Zone).Format("2006-01-02 15:04"), "next": rep.Entries + 1,
				"key": audit.KeyID(own), "head": rep.Head, "detail": detail, "at": d.Now().In(calendar.Zone).Format("2006-01-02 15:04")})
		}
		return progress.Result{Name: "审计核验.txt", Bytes: []byte(say(catalogue.Chinese) + "\n\n" + say(catalogue.English) + "\n")}, nil
	}
}
