package org

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonKeySize = 32
)

// argonSlots bounds the memory that many sign-ins at once may take.
var argonSlots = make(chan struct{}, 2)

func argon(ctx context.Context, password string, salt []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case argonSlots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-argonSlots }()
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonKeySize), nil
}

func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	sum, err := argon(ctx, password, salt)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", argonMemory, argonTime, enc.EncodeToString(salt), enc.EncodeToString(sum)), err
}

// checkPassword takes as long for an empty hash as for a real one (A45).
func checkPassword(ctx context.Context, password, hash string) (bool, error) {
	parts := strings.Split(hash, "$")
	salt, want := make([]byte, 16), []byte(nil)
	if len(parts) == 6 {
		salt, _ = base64.RawStdEncoding.DecodeString(parts[4])
		want, _ = base64.RawStdEncoding.DecodeString(parts[5])
	}
	sum, err := argon(ctx, password, salt)
	return subtle.ConstantTimeCompare(sum, want) == 1 && len(want) == argonKeySize, err
}

// OneTime is a fresh one-time password with its hash, which takes long to make:
// make it before the transaction that uses it. The zero OneTime lets nobody in.
type OneTime struct {
	Password string
	hash     string
}

// NewOneTime makes a one-time password; it waits its turn, until ctx ends.
func NewOneTime(ctx context.Context) (o OneTime, err error) {
	o.Password = NewPassword()
	o.hash, err = hashPassword(ctx, o.Password)
	return o, err
}

// weak says why a password is refused: 8 characters of three kinds at least,
// and none of those tried first (D1, A40).
func weak(password, login string) error {
	kinds := map[string]bool{}
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			kinds["lower"] = true
		case unicode.IsUpper(r):
			kinds["upper"] = true
		case unicode.IsDigit(r):
			kinds["digit"] = true
		default:
			kinds["other"] = true
		}
	}
	if n := utf8.RuneCountInString(password); n < 8 || n > 128 || len(kinds) < 3 ||
		(login != "" && strings.Contains(strings.ToLower(password), strings.ToLower(login))) {
		return ErrPasswordWeak.On("password")
	}
	if guessable(password, login) {
		return ErrPasswordGuess.On("password")
	}
	return nil
}

// NewSecret makes a random secret of 160 bits for people to type or programs to
// send: one-time passwords and session tokens.
func NewSecret() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// NewPassword makes a one-time password that satisfies the policy.
func NewPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz"
	const upper = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	const digits = "23456789"
	b := make([]byte, 12)
	_, _ = rand.Read(b)
	out := make([]byte, 12)
	for i, set := range []string{upper, letters, letters, digits, letters, upper, digits, letters, letters, digits, letters, upper} {
		out[i] = set[int(b[i])%len(set)]
	}
	return string(out[:4]) + "-" + string(out[4:8]) + "-" + string(out[8:])
}
