package org

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"gongkai/internal/db"
)

// Demand says whose sign-in needs a second factor (A43, D3).
type Demand string

const (
	DemandOff            Demand = "off"
	DemandAdministrators Demand = "administrators" // and those who sign
	DemandAll            Demand = "all"
)

func (d Demand) of(held []Holding) bool {
	if d == DemandAll {
		return true
	}
	for _, h := range held {
		if d == DemandAdministrators && h.Post.guarded() {
			return true
		}
	}
	return false
}

// guarded posts are those a stolen password must not be enough for.
func (p Post) guarded() bool { return p.Administers() || p == SigningLeader }

const (
	codePeriod = 30 // seconds, RFC 6238
	// enrolmentLimit is how long a shown secret waits for its first code.
	enrolmentLimit = 15 * time.Minute
	recoveryCodes  = 10
	issuer         = "gongkai" // what authenticator apps show
)

// Enrolment is a second factor being set up: what the authenticator app needs,
// shown to its owner alone.
type Enrolment struct {
	Secret string
	key    *otp.Key
}

// QR is the enrolment as a PNG to scan.
func (e Enrolment) QR() ([]byte, error) {
	img, err := e.key.Image(240, 240)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

func enrolment(login string, secret []byte) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: login, Secret: secret, SecretSize: 20})
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{key.Secret(), key}, nil
}

func aboutFactor(account int64) string { return object("second_factor", account) }

// matchStep finds the step of the clock a code belongs to: this one, or one next
// to it for the time typing takes and for clocks that differ. 0 is none.
func matchStep(secret, code string, now time.Time) (found int64) {
	at := now.Unix() / codePeriod
	for step := at - 1; step <= at+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// clean is a code as people type it: with blanks and dashes, in either case.
func clean(code string) string {
	if len(code) > 100 {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "　", "").Replace(code))
}

// useCode takes a code of the second factor, or a recovery code, for one act. It
// answers how, "" for a code that is not right or was used before.
func (k *Desk) useCode(tx *db.Tx, f factorRow, code string) (how string, err error) {
	secret, err := k.Rules.Key.open(f.Secret, aboutFactor(f.AccountID))
	if err != nil {
		return "", err
	}
	code = clean(code)
	if step := matchStep(secret, code, tx.Now()); step != 0 {
		fresh, err := useStep(tx, f.AccountID, step)
		if !fresh {
			return "", err
		}
		return "totp", err
	}
	fresh, err := useRecovery(tx, f.AccountID, k.Rules.Key.mark(object("recovery", f.AccountID), code))
	if !fresh {
		return "", err
	}
	return "recovery_code", err
}

// StartEnrolment shows a new secret to who knows the password (A50). Until its
// first code was typed, a factor that is there stays in force.
func (k *Desk) StartEnrolment(ctx context.Context, a Actor, password string) (e Enrolment, err error) {
	if err := k.reauthenticate(ctx, a, password); err != nil {
		return e, err
	}
	if e, err = enrolment(a.Login, nil); err != nil {
		return e, err
	}
	return e, k.db.Write(ctx, func(tx *db.Tx) error {
		f, err := findFactor(tx, a.AccountID)
		if err != nil {
			return err
		}
		f.Pending, f.PendingSession, f.PendingAt = k.Rules.Key.seal(e.Secret, aboutFactor(a.AccountID)), a.Session, db.Micros(tx.Now())
		if err := saveFactor(tx, f); err != nil {
			return err
		}
		return k.audit(tx, a, "org.second_factor_started", object("account", a.AccountID), nil)
	})
}

// ConfirmEnrolment puts the shown secret in force with its first code. It
// answers the recovery codes, shown this once, and a new session in place of all
// others; the token is empty for a program. With ErrEnrolmentCode the enrolment
// comes back to be shown again.
func (k *Desk) ConfirmEnrolment(ctx context.Context, a Actor, code string) (codes []string, token string, e Enrolment, err error) {
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		codes, token = nil, ""
		f, err := findFactor(tx, a.AccountID)
		if err != nil {
			return err
		}
		if f.Pending == "" || f.PendingSession != a.Session || tx.Now().Sub(db.Time(f.PendingAt)) > enrolmentLimit {
			return ErrEnrolment
		}
		secret, err := k.Rules.Key.open(f.Pending, aboutFactor(a.AccountID))
		if err != nil {
			return err
		}
		step := matchStep(secret, clean(code), tx.Now())
		if step == 0 {
			raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
			if err != nil {
				return err
			}
			if e, err = enrolment(a.Login, raw); err != nil {
				return err
			}
			return ErrEnrolmentCode.On("code")
		}
		acc, _, err := findAccount(tx, "id = ?", a.AccountID)
		if err != nil {
			return err
		}
		if err := saveFactor(tx, factorRow{AccountID: a.AccountID, Secret: f.Pending, ConfirmedAt: db.Micros(tx.Now()), LastStep: step}); err != nil {
			return err
		}
		if codes, err = k.newRecovery(tx, a.AccountID); err != nil {
			return err
		}
		if err := endOtherSessions(tx, a); err != nil {
			return err
		}
		if a.Kind != Token {
			if token, err = k.replaceSession(tx, a, acc); err != nil {
				return err
			}
		}
		return k.audit(tx, a, "org.second_factor_set", object("account", a.AccountID), map[string]any{"replaced": f.ConfirmedAt != 0})
	})
	return codes, token, e, err
}

// newRecovery replaces the recovery codes: 80 random bits each.
func (k *Desk) newRecovery(tx *db.Tx, account int64) (codes []string, err error) {
	var marks []string
	for range recoveryCodes {
		b := make([]byte, 10)
		_, _ = rand.Read(b)
		c := base32.StdEncoding.EncodeToString(b)
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
		marks = append(marks, k.Rules.Key.mark(object("recovery", account), c))
	}
	return codes, replaceRecovery(tx, account, marks)
}

// NewRecoveryCodes replaces all recovery codes, used or not.
func (k *Desk) NewRecoveryCodes(ctx context.Context, a Actor, password string) (codes []string, err error) {
	if err := k.reauthenticate(ctx, a, password); err != nil {
		return nil, err
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		f, err := findFactor(tx, a.AccountID)
		if err != nil {
			return err
		}
		if f.ConfirmedAt == 0 {
			return ErrNoFactor
		}
		if codes, err = k.newRecovery(tx, a.AccountID); err != nil {
			return err
		}
		return k.audit(tx, a, "org.recovery_codes_made", object("account", a.AccountID), nil)
	})
	return codes, err
}

// RemoveFactor gives up one's own second factor where none is demanded.
func (k *Desk) RemoveFactor(ctx context.Context, a Actor, password string) error {
	if err := k.reauthenticate(ctx, a, password); err != nil {
		return err
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		held, err := HoldingsOf(tx, a.PersonID)
		if err != nil {
			return err
		}
		if k.Rules.SecondFactor.of(held) {
			return ErrFactorDemanded
		}
		f, err := findFactor(tx, a.AccountID)
		if err != nil {
			return err
		}
		if f.ConfirmedAt == 0 {
			return ErrNoFactor
		}
		if err := dropFactor(tx, a.AccountID); err != nil {
			return err
		}
		if err := endOtherSessions(tx, a); err != nil {
			return err
		}
		return k.audit(tx, a, "org.second_factor_removed", object("account", a.AccountID), nil)
	})
}
