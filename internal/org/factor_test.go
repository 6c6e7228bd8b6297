package org_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/org"
)

const home = "10.0.0.7"

func key(t *testing.T) *org.Key {
	t.Helper()
	k, err := org.NewKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// settled is somebody with a password of their own.
func (o *office) settled(login string) (org.Person, org.Actor) {
	o.t.Helper()
	p, password := o.add(login)
	_, a, err := o.desk.SignIn(context.Background(), login, password, home)
	o.must(err)
	o.must(o.change(a, password, longGood))
	_, a, err = o.desk.SignIn(context.Background(), login, longGood, home)
	o.must(err)
	return p, a
}

func (o *office) code(secret string) string {
	o.t.Helper()
	c, err := totp.GenerateCode(secret, o.clock.Now())
	o.must(err)
	return c
}

// enrolled is somebody with a second factor; their clock has moved past the code
// that set it up.
func (o *office) enrolled(login string) (p org.Person, secret string, recovery []string) {
	o.t.Helper()
	o.desk.Rules.Key = key(o.t)
	p, a := o.settled(login)
	e, err := o.desk.StartEnrolment(context.Background(), a, longGood)
	o.must(err)
	recovery, token, _, err := o.desk.ConfirmEnrolment(context.Background(), a, o.code(e.Secret))
	o.must(err)
	if _, err := o.desk.Identify(context.Background(), token, home); err != nil {
		o.t.Fatalf("the new session: %v", err)
	}
	if _, err := o.enter(a); !errors.Is(err, org.ErrSignedOut) {
		o.t.Errorf("the session from before the second factor: %v", err)
	}
	o.clock.Advance(time.Minute)
	return p, e.Secret, recovery
}

func (o *office) half(login string) string {
	o.t.Helper()
	token, a, err := o.desk.SignIn(context.Background(), login, longGood, home)
	o.must(err)
	if !a.NeedsCode {
		o.t.Fatal("the password was enough")
	}
	return token
}

func TestAPasswordAloneOpensNothingWhereThereIsASecondFactor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		_, secret, recovery := o.enrolled("li")
		if len(recovery) != 10 {
			t.Fatalf("%d recovery codes", len(recovery))
		}
		half := o.half("li")
		if _, err := o.desk.Identify(ctx, half, home); !errors.Is(err, org.ErrCodeNeeded) {
			t.Errorf("half a session identifies: %v", err)
		}
		token, a, err := o.desk.SignInCode(ctx, half, o.code(secret), home)
		o.must(err)
		if token == half {
			t.Error("the token stayed the same")
		}
		if _, err := o.enter(a); err != nil {
			t.Error(err)
		}
		if _, _, err := o.desk.SignInCode(ctx, half, o.code(secret), home); !errors.Is(err, org.ErrSignedOut) {
			t.Errorf("the half was used twice: %v", err)
		}
		if _, _, err := o.desk.SignInCode(ctx, o.half("li"), o.code(secret), home); !errors.Is(err, org.ErrCode) {
			t.Errorf("a code was used twice: %v", err)
		}
		clock.Advance(30 * time.Second)
		late := o.half("li")
		code := o.code(secret)
		clock.Advance(30 * time.Second)
		if _, _, err := o.desk.SignInCode(ctx, late, code, home); err != nil {
			t.Errorf("a code of the step before: %v", err)
		}
		clock.Advance(30 * time.Second)
		code = o.code(secret)
		clock.Advance(time.Minute)
		if _, _, err := o.desk.SignInCode(ctx, o.half("li"), code, home); !errors.Is(err, org.ErrCode) {
			t.Errorf("an old code: %v", err)
		}
		slow := o.half("li")
		clock.Advance(org.CodeLimit)
		if _, _, err := o.desk.SignInCode(ctx, slow, o.code(secret), home); !errors.Is(err, org.ErrSignedOut) {
			t.Errorf("a half session outlived its time: %v", err)
		}

		typed := strings.ToLower(strings.ReplaceAll(recovery[3], "-", " "))
		if _, _, err := o.desk.SignInCode(ctx, o.half("li"), typed, home); err != nil {
			t.Errorf("a recovery code as people type it: %v", err)
		}
		if _, _, err := o.desk.SignInCode(ctx, o.half("li"), recovery[3], home); !errors.Is(err, org.ErrCode) {
			t.Errorf("a recovery code was used twice: %v", err)
		}
		for _, bad := range []string{"", "000000", "12345", "１２３４５６", strings.Repeat("9", 5000), "'; DROP TABLE accounts; --", "\x00"} {
			half := o.half("li")
			if _, _, err := o.desk.SignInCode(ctx, half, bad, home); !errors.Is(err, org.ErrCode) {
				t.Errorf("%.20q: %v", bad, err)
			}
			clock.Advance(org.Lockout)
		}
	})
}

// Who knows the password may try it as often as they like; that must not give
// back the tries at the code.
func TestWrongCodesLockThoughThePasswordIsRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		_, secret, _ := o.enrolled("li")
		for range org.MaxFailures {
			if _, _, err := o.desk.SignInCode(ctx, o.half("li"), "000000", home); !errors.Is(err, org.ErrCode) {
				t.Fatalf("got %v", err)
			}
		}
		if _, _, err := o.desk.SignIn(ctx, "li", longGood, home); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("after %d wrong codes the password is taken: %v", org.MaxFailures, err)
		}
		if n := count(o.acts, "org.code_refused"); n != org.MaxFailures {
			t.Errorf("%d refusals on record", n)
		}
		clock.Advance(org.Lockout + time.Second)
		if _, _, err := o.desk.SignInCode(ctx, o.half("li"), o.code(secret), home); err != nil {
			t.Errorf("after the lock: %v", err)
		}
	})
}

func TestStrangersLockStrangersOutAndNotTheOwner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		o.settled("li")
		for i := range org.MaxFailures {
			_, _, err := o.desk.SignIn(ctx, "li", "wrong", []string{"203.0.113.9", "198.51.100.4"}[i%2])
			if !errors.Is(err, org.ErrSignIn) {
				t.Fatalf("got %v", err)
			}
		}
		for _, from := range []string{"203.0.113.9", "192.0.2.77"} {
			if _, _, err := o.desk.SignIn(ctx, "li", longGood, from); !errors.Is(err, org.ErrSignIn) {
				t.Errorf("from %s the right password is taken: %v", from, err)
			}
		}
		if _, _, err := o.desk.SignIn(ctx, "li", longGood, home); err != nil {
			t.Errorf("the owner is locked out: %v", err)
		}
		for range org.MaxFailures {
			_, _, _ = o.desk.SignIn(ctx, "li", "wrong", home)
		}
		if _, _, err := o.desk.SignIn(ctx, "li", longGood, home); !errors.Is(err, org.ErrSignIn) {
			t.Errorf("guessing from the owner's address is free: %v", err)
		}
	})
}

func TestWhoHasToSetUpASecondFactorDoesNothingElseFirst(t *testing.T) {
	for demand, must := range map[org.Demand]map[org.Post]bool{
		org.DemandOff:            {org.SystemAdmin: false, org.SigningLeader: false, org.Drafter: false},
		org.DemandAdministrators: {org.SystemAdmin: true, org.SecurityAdmin: true, org.Auditor: true, org.SigningLeader: true, org.Drafter: false},
		org.DemandAll:            {org.SystemAdmin: true, org.Drafter: true},
	} {
		t.Run(string(demand), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
				o := open(t, d, clock)
				ctx := context.Background()
				o.desk.Rules = org.Rules{Key: key(t), SecondFactor: demand}
				for post, want := range must {
					p, before := o.settled(string(post))
					o.must(o.desk.Grant(ctx, o.system, p.ID, post, o.unit.ID))
					if _, err := o.enter(before); post != org.Drafter && !errors.Is(err, org.ErrSignedOut) {
						t.Errorf("%s: the session from before the post: %v", post, err)
					}
					token, a, err := o.desk.SignIn(ctx, string(post), longGood, home)
					o.must(err)
					if _, err := o.enter(a); errors.Is(err, org.ErrMustEnrol) != want {
						t.Errorf("%s enters: %v", post, err)
					}
					if a, err = o.desk.Identify(ctx, token, home); err != nil || a.MustEnrol != want {
						t.Errorf("%s: %v %v", post, a.MustEnrol, err)
					}
					if !want {
						continue
					}
					e, err := o.desk.StartEnrolment(ctx, a, longGood)
					o.must(err)
					_, token, _, err = o.desk.ConfirmEnrolment(ctx, a, o.code(e.Secret))
					o.must(err)
					a, err = o.desk.Identify(ctx, token, home)
					o.must(err)
					if _, err := o.enter(a); err != nil {
						t.Errorf("%s after setting it up: %v", post, err)
					}
					if err := o.desk.RemoveFactor(ctx, a, longGood); !errors.Is(err, org.ErrFactorDemanded) {
						t.Errorf("%s gives it up again: %v", post, err)
					}
				}
			})
		})
	}
}

func TestAnEnrolmentIsItsOwnersAndShort(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		o.desk.Rules.Key = key(t)
		_, a := o.settled("li")
		if _, err := o.desk.StartEnrolment(ctx, a, "wrong"); !errors.Is(err, org.ErrPassword) {
			t.Errorf("without the password: %v", err)
		}
		e, err := o.desk.StartEnrolment(ctx, a, longGood)
		o.must(err)
		if png, err := e.QR(); err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
			t.Errorf("%v", err)
		}
		if _, _, again, err := o.desk.ConfirmEnrolment(ctx, a, "000000"); !errors.Is(err, org.ErrEnrolmentCode) || again.Secret != e.Secret {
			t.Errorf("a wrong first code loses the secret: %v", err)
		}
		other := a
		other.Session = "another"
		if _, _, _, err := o.desk.ConfirmEnrolment(ctx, other, o.code(e.Secret)); !errors.Is(err, org.ErrEnrolment) {
			t.Errorf("another session confirms: %v", err)
		}
		clock.Advance(16 * time.Minute)
		if _, _, _, err := o.desk.ConfirmEnrolment(ctx, a, o.code(e.Secret)); !errors.Is(err, org.ErrEnrolment) {
			t.Errorf("too late: %v", err)
		}
		if _, a, err := o.desk.SignIn(ctx, "li", longGood, home); err != nil || a.NeedsCode {
			t.Errorf("an unconfirmed secret is asked for: %v", err)
		}
	})
}

// A reset password does not drop the second factor; that takes two others.
func TestALostSecondFactorIsResetByTwo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		ctx := context.Background()
		p, _, _ := o.enrolled("li")
		o.must(o.desk.ResetPassword(ctx, o.boss, "li", o.oneTime()))
		var account int64
		second := org.Actor{PersonID: 998, OrganisationID: o.boss.OrganisationID}
		owner := org.Actor{PersonID: p.ID, OrganisationID: o.boss.OrganisationID}
		elsewhere := org.Actor{PersonID: 997, OrganisationID: o.boss.OrganisationID + 1}
		if err := o.desk.AskFactorReset(ctx, elsewhere, "li"); !errors.Is(err, org.ErrPersonUnknown) {
			t.Errorf("another organisation asks: %v", err)
		}
		if err := o.desk.AskFactorReset(ctx, owner, "li"); !errors.Is(err, org.ErrResetByOther) {
			t.Errorf("the owner asks: %v", err)
		}
		o.must(o.desk.AskFactorReset(ctx, o.boss, "li"))
		o.must(d.Read(ctx, func(tx *db.Tx) error {
			all, err := org.FactorResets(tx, o.boss.OrganisationID)
			if len(all) != 1 || all[0].Login != "li" || all[0].AskedBy != o.boss.PersonID {
				t.Fatalf("open: %+v", all)
			}
			account = all[0].AccountID
			return err
		}))
		for who, a := range map[string]org.Actor{"who asked": o.boss, "the owner": owner} {
			if err := o.desk.ConfirmFactorReset(ctx, a, account); !errors.Is(err, org.ErrResetByOther) {
				t.Errorf("%s confirms: %v", who, err)
			}
		}
		if err := o.desk.ConfirmFactorReset(ctx, elsewhere, account); !errors.Is(err, org.ErrPersonUnknown) {
			t.Errorf("another organisation confirms: %v", err)
		}
		o.must(o.desk.DropFactorReset(ctx, second, account))
		if err := o.desk.ConfirmFactorReset(ctx, second, account); !errors.Is(err, org.ErrFactorReset) {
			t.Errorf("a dropped one is confirmed: %v", err)
		}
		o.must(o.desk.AskFactorReset(ctx, o.boss, "li"))
		o.must(o.desk.ConfirmFactorReset(ctx, second, account))
		once := o.oneTime()
		o.must(o.desk.ResetPassword(ctx, o.boss, "li", once))
		if _, a, err := o.desk.SignIn(ctx, "li", once.Password, home); err != nil || a.NeedsCode {
			t.Errorf("still asked for: %v", err)
		}
		if err := o.desk.ResetFactor(ctx, o.boss, "li"); !errors.Is(err, org.ErrResetByOther) {
			t.Errorf("a person uses the program's own way: %v", err)
		}
	})
}

func TestASealedSecretNeedsItsKey(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	o := open(t, d, clock)
	_, secret, _ := o.enrolled("li")
	half := o.half("li")
	other, err := org.NewKey(bytes.Repeat([]byte{8}, 32))
	o.must(err)
	for name, k := range map[string]*org.Key{"another key": other, "no key": nil} {
		o.desk.Rules.Key = k
		if _, a, err := o.desk.SignInCode(context.Background(), half, o.code(secret), home); err == nil || a.PersonID != 0 {
			t.Errorf("%s lets in: %v", name, err)
		}
	}
	if _, err := org.NewKey([]byte("short")); err == nil {
		t.Error("a short key passes")
	}
}
