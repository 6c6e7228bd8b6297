package app

import (
	"bytes"
	"compress/gzip"
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
	"gongkai/internal/fault"
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

// mostExport bounds an export that waits to be fetched, packed.
const mostExport = 200 << 20

var errExportLarge = fault.New(fault.TooMany, "audit.export_large")

// exportRecord is the errand that writes the whole audit record into a file, packed,
// which gongkai audit verify reads without the database.
func exportRecord(d *db.DB, e *authz.Enforcer, own ed25519.PublicKey) progress.Work {
	return func(ctx context.Context, errand *progress.Errand, m *progress.Meter) (progress.Result, error) {
		total, err := entitledTo(ctx, d, e, errand, "audit.export")
		if err != nil {
			return progress.Result{}, err
		}
		m.Total(int(total))
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		// What is entered while it is written belongs to it, but not to its percentage.
		err = audit.ExportEach(ctx, d, errand.OrganisationID, own, z, func() error {
			if b.Len() > mostExport {
				return errExportLarge
			}
			if errand.Done >= int(total) {
				return ctx.Err()
			}
			return m.Step(ctx, false)
		})
		if err == nil {
			err = z.Close()
		}
		return progress.Result{Name: "审计记录-" + d.Now().In(calendar.Zone).Format("20060102") + ".ndjson.gz", Bytes: b.Bytes()}, err
	}
}

// entitledTo makes sure that who sent an errand off may still have it done, and
// answers how long the record is.
func entitledTo(ctx context.Context, d *db.DB, e *authz.Enforcer, errand *progress.Errand, act string) (total int64, err error) {
	return total, d.Read(ctx, func(tx *db.Tx) (err error) {
		if _, err := e.Still(tx, errand.OrganisationID, errand.PersonID, act); err != nil {
			return err
		}
		total, err = audit.Length(tx, errand.OrganisationID)
		return err
	})
}

// verifyRecord is the errand that holds the whole audit record against itself and
// its signatures. What it finds is a report in words; a record that does not hold
// counts as one wrong.
func verifyRecord(d *db.DB, e *authz.Enforcer, own ed25519.PublicKey, t audit.Trust, words *catalogue.Catalogue) progress.Work {
	return func(ctx context.Context, errand *progress.Errand, m *progress.Meter) (progress.Result, error) {
		total, err := entitledTo(ctx, d, e, errand, "audit.read")
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
