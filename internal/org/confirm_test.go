package org_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
)

// confirm is a signature, as far as this package sees it.
func (o *office) confirm(a org.Actor, code string) error {
	c, err := o.desk.PrepareConfirmation(context.Background(), a, code)
	if err != nil {
		return err
	}
	return o.d.Write(context.Background(), func(tx *db.Tx) error { return c.Use(tx, a) })
}

func TestASignatureIsConfirmedByPINOrCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		_, a := o.settled("wang")
		if err := o.confirm(a, "123456"); !errors.Is(err, org.ErrConfirmUnset) {
			t.Errorf("with nothing set: %v", err)
		}
		for _, bad := range []string{"", "12345", "1234567", "111111", "123456", "987654", "12a456", "１２３４５６"} {
			if err := o.desk.SetPIN(ctx, a, longGood, bad); !errors.Is(err, org.ErrPIN) {
				t.Errorf("PIN %q: %v", bad, err)
			}
		}
		if err := o.desk.SetPIN(ctx, a, "wrong", "271828"); !errors.Is(err, org.ErrPassword) {
			t.Errorf("without the password: %v", err)
		}
		o.must(o.desk.SetPIN(ctx, a, longGood, "271828"))
		if err := o.confirm(a, ""); !errors.Is(err, org.ErrConfirmNeeded) {
			t.Errorf("empty: %v", err)
		}
		o.must(o.confirm(a, "271828"))
		for range org.MaxFailures {
			if err := o.confirm(a, "271829"); !errors.Is(err, org.ErrConfirm) {
				t.Fatalf("got %v", err)
			}
		}
		for _, code := range []string{"271828", "271829"} {
			if err := o.confirm(a, code); !errors.Is(err, org.ErrConfirmLocked) {
				t.Errorf("locked, %s: %v", code, err)
			}
		}
		if _, _, err := o.desk.SignIn(ctx, "wang", longGood, home); err != nil {
			t.Errorf("wrong PINs lock the account: %v", err)
		}
		clock.Advance(org.Lockout)
		o.must(o.confirm(a, "271828"))

		stale, err := o.desk.PrepareConfirmation(ctx, a, "271828")
		o.must(err)
		o.must(o.desk.SetPIN(ctx, a, longGood, "314159"))
		if err := d.Write(ctx, func(tx *db.Tx) error { return stale.Use(tx, a) }); !errors.Is(err, org.ErrConfirm) {
			t.Errorf("a PIN that was changed meanwhile: %v", err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return org.Confirmation{}.Use(tx, a) }); !errors.Is(err, org.ErrConfirmNeeded) {
			t.Errorf("an empty confirmation: %v", err)
		}
		_, b := o.settled("other")
		mine, err := o.desk.PrepareConfirmation(ctx, a, "314159")
		o.must(err)
		if err := d.Write(ctx, func(tx *db.Tx) error { return mine.Use(tx, b) }); !errors.Is(err, org.ErrConfirmNeeded) {
			t.Errorf("somebody else's confirmation: %v", err)
		}
	})
}

func TestACodeConfirmsOneSignature(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		_, secret, _ := o.enrolled("wang")
		_, a, err := o.desk.SignInCode(ctx, o.half("wang"), o.code(secret), home)
		o.must(err)
		if err := o.confirm(a, o.code(secret)); !errors.Is(err, org.ErrCodeUsed) {
			t.Errorf("the code of the sign-in signs too: %v", err)
		}
		clock.Advance(30 * time.Second)
		code := o.code(secret)
		undone := errors.New("the signature failed")
		c, err := o.desk.PrepareConfirmation(ctx, a, code)
		o.must(err)
		err = d.Write(ctx, func(tx *db.Tx) error {
			if err := c.Use(tx, a); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		o.must(o.confirm(a, code)) // what was undone used nothing up
		for range org.MaxFailures + 1 {
			if err := o.confirm(a, code); !errors.Is(err, org.ErrCodeUsed) {
				t.Fatalf("sent again: %v", err)
			}
		}
		clock.Advance(30 * time.Second)
		o.must(o.confirm(a, o.code(secret)))
	})
}
