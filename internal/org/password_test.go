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

const longGood = "Correct-Horse-9"

// Whoever sits at an open session guesses no better there than at the sign-in.
func TestWrongOldPasswordsLockTheAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		_, password := o.add("li")
		ctx := context.Background()
		_, a, err := o.desk.SignIn(ctx, "li", password, "")
		o.must(err)
		for range org.MaxFailures {
			if err := o.change(a, "wrong", longGood); !errors.Is(err, org.ErrSignIn) {
				t.Fatalf("got %v", err)
			}
		}
		if err := o.change(a, password, longGood); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("the password of a locked account was changed: %v", err)
		}
		if _, _, err := o.desk.SignIn(ctx, "li", password, ""); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("a locked account signs in: %v", err)
		}
		clock.Advance(org.Lockout + time.Second)
		o.must(o.change(a, password, longGood))
		if n := count(o.acts, "org.password_change_refused"); n != org.MaxFailures {
			t.Errorf("%d refusals are on record", n)
		}
		for range org.MaxFailures {
			if err := o.change(a, password, longGood); !errors.Is(err, org.ErrSignIn) {
				t.Fatalf("the same change again: %v", err)
			}
		}
		if _, _, err := o.desk.SignIn(ctx, "li", longGood, ""); err != nil {
			t.Errorf("asking again for what was done locked the account: %v", err)
		}
	})
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// A change prepared on a password that was changed meanwhile changes nothing.
func TestAPreparedChangeHoldsForThePasswordItSaw(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		_, password := o.add("li")
		ctx := context.Background()
		_, a, err := o.desk.SignIn(ctx, "li", password, "")
		o.must(err)
		prepared, err := o.desk.PreparePassword(ctx, a, password, longGood)
		o.must(err)
		o.must(o.desk.ResetPassword(ctx, o.boss, "li", o.oneTime()))
		for what, c := range map[string]org.PasswordChange{"an overtaken": prepared, "an empty": {}} {
			if err := o.desk.ChangePassword(ctx, a, c); !errors.Is(err, org.ErrSignIn) {
				t.Errorf("%s change: %v", what, err)
			}
		}
	})
}

func TestHashingWaitsNoLongerThanItsRequest(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := org.NewOneTime(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
