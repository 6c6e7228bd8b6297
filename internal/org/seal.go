package org

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Key seals what the program has to read again, the secrets of second factors,
// and marks what it need only recognise, recovery codes. It is the same on every
// node and never in the database (A54).
type Key struct {
	id   string
	aead cipher.AEAD
	mac  []byte
}

// NewKey makes the key from 32 secret bytes.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != 32 {
		return nil, errors.New("org: a key has 32 bytes")
	}
	derive := func(use string) []byte {
		b, err := hkdf.Key(sha256.New, secret, nil, "gongkai sign-in "+use, 32)
		if err != nil {
			panic(err) // only for lengths no hash has
		}
		return b
	}
	block, err := aes.NewCipher(derive("seal"))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Key{hex.EncodeToString(derive("id")[:4]), aead, derive("mark")}, err
}

// seal hides text; about binds it to its place, so no row can take another's.
func (k *Key) seal(text, about string) string {
	return k.id + "." + base64.RawStdEncoding.EncodeToString(k.aead.Seal(nil, nil, []byte(text), []byte(about)))
}

func (k *Key) open(sealed, about string) (string, error) {
	if k == nil {
		return "", errors.New("org: no key to open a sealed secret with")
	}
	id, text, _ := strings.Cut(sealed, ".")
	if id != k.id {
		return "", fmt.Errorf("org: a secret is sealed with the key %s, this one is %s: set the sign_in.key_file it was sealed with", id, k.id)
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return "", err
	}
	b, err = k.aead.Open(nil, nil, b, []byte(about))
	return string(b), err
}

// mark is by what a secret is recognised; whoever reads the database cannot try
// secrets against it.
func (k *Key) mark(parts ...string) string {
	h := hmac.New(sha256.New, k.mac)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h.Sum(nil))
}

// Seal and Open are seal and open for other packages' secrets; what is sealed
// here is opened by no other use of the key.
func (k *Key) Seal(text, about string) string { return k.seal(text, "other/"+about) }

// Open reads what Seal hid.
func (k *Key) Open(sealed, about string) (string, error) { return k.open(sealed, "other/"+about) }
