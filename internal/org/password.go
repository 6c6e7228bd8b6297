package org

import (
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

func argon(password string, salt []byte) []byte {
	argonSlots <- struct{}{}
	defer func() { <-argonSlots }()
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonKeySize)
}

func hashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", argonMemory, argonTime,
		enc.EncodeToString(salt), enc.EncodeToString(argon(password, salt)))
}

// checkPassword takes as long for an empty hash as for a real one (A45).
func checkPassword(password, hash string) bool {
	parts := strings.Split(hash, "$")
	salt, want := make([]byte, 16), []byte(nil)
	if len(parts) == 6 {
		salt, _ = base64.RawStdEncoding.DecodeString(parts[4])
		want, _ = base64.RawStdEncoding.DecodeString(parts[5])
	}
	return subtle.ConstantTimeCompare(argon(password, salt), want) == 1 && len(want) == argonKeySize
}

// weak says why a password is refused: 8 characters of three kinds at least (D1).
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
