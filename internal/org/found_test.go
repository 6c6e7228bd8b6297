package org_test

import (
	"context"
	"errors"
	"testing"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
)

func TestTheFirstSetUpNeedsItsSecretAndEndsForGood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		ctx := context.Background()
		desk := org.NewDesk(d, func(*db.Tx, org.Actor, string, string, map[string]any) error { return nil })
		desk.Rules.Key = key(t)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		secret, err := desk.SetUpSecret(ctx)
		must(err)
		if len(secret) != 32 {
			t.Fatalf("the secret has %d characters", len(secret))
		}
		passwords, err := org.FounderPasswords(ctx)
		must(err)
		u := org.Unit{Name: "甲局", Code: "1"}
		for _, wrong := range []string{"", "x", secret[:31], secret + "0"} {
			if _, err := desk.SetUp(ctx, wrong, u, passwords); !errors.Is(err, org.ErrSetUpSecret) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, err := desk.SetUp(ctx, secret, org.Unit{Name: "甲局"}, passwords); !errors.Is(err, org.ErrUnitName) {
			t.Errorf("without a code: %v", err)
		}
		errs := make(chan error, 2)
		for _, name := range []string{"甲局", "乙局"} {
			go func() {
				_, err := desk.SetUp(ctx, secret, org.Unit{Name: name, Code: name}, passwords)
				errs <- err
			}()
		}
		one, two := <-errs, <-errs
		if (one == nil) == (two == nil) || !errors.Is(errors.Join(one, two), org.ErrNotEmpty) {
			t.Errorf("two at once: %v, %v", one, two)
		}
		must(d.Read(ctx, func(tx *db.Tx) error {
			all, err := org.Organisations(tx)
			if len(all) != 1 {
				t.Errorf("%d organisations", len(all))
			}
			return err
		}))
		if left, err := desk.SetUpSecret(ctx); left != "" || err != nil {
			t.Errorf("afterwards the secret is %q %v", left, err)
		}
		if _, a, err := desk.SignIn(ctx, "security_admin-1", passwords[1].Password, ""); err != nil || !a.MustChange {
			t.Errorf("the security administrator: %v", err)
		}
	})
}
