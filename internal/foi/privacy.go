package foi

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gongkai/internal/fault"
)

// ErrErased is answered for an applicant whose data was erased.
var ErrErased = fault.New(fault.Gone, "foi.erased")

// Keys seal what is known of applicants. Each applicant has a key of their own,
// wrapped by the office's: erasing an applicant is throwing the wrapped key
// away, backups of the sealed data included. The office's keys are never in the
// database; the first is used for what is new, the others still open what was
// sealed before a change of key.
type Keys struct {
	current *officeKey
	all     map[string]*officeKey
	order   []*officeKey
}

type officeKey struct {
	id   string
	aead cipher.AEAD
	mac  []byte
}

// NewKeys makes the keys from 32 secret bytes each, the current one first.
func NewKeys(secrets ...[]byte) (*Keys, error) {
	k := &Keys{all: map[string]*officeKey{}}
	for _, secret := range secrets {
		if len(secret) != 32 {
			return nil, errors.New("foi: a key has 32 bytes")
		}
		derive := func(use string) []byte {
			b, err := hkdf.Key(sha256.New, secret, nil, "gongkai foi "+use, 32)
			if err != nil {
				panic(err) // only for lengths no hash has
			}
			return b
		}
		aead, err := newAEAD(derive("wrap"))
		if err != nil {
			return nil, err
		}
		key := &officeKey{hex.EncodeToString(derive("id")[:4]), aead, derive("index")}
		if k.all[key.id] == nil {
			k.all[key.id], k.order = key, append(k.order, key)
		}
	}
	if len(k.order) == 0 {
		return nil, errors.New("foi: no key")
	}
	k.current = k.order[0]
	return k, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// envelope is an applicant as the database keeps it: nothing in it can be read
// without the office's key.
type envelope struct {
	ref     string // random; binds the parts together
	wrapped string // the applicant's key; empty once erased
	sealed  string
	indexes [3]string // by name, identity number, phone: see indexes
}

func (k *Keys) seal(a Applicant) (envelope, error) {
	var e envelope
	secret := make([]byte, 48)
	_, _ = rand.Read(secret)
	e.ref = hex.EncodeToString(secret[32:])
	own, err := newAEAD(secret[:32])
	if err != nil {
		return e, err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return e, err
	}
	e.wrapped = k.wrap(secret[:32], e.ref)
	e.sealed = encode(own.Seal(nil, nil, text, []byte(e.ref)))
	e.indexes = k.indexes(k.current, a)
	return e, nil
}

func (k *Keys) wrap(key []byte, ref string) string {
	return k.current.id + "." + encode(k.current.aead.Seal(nil, nil, key, []byte(ref)))
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// unwrap answers the applicant's own key.
func (k *Keys) unwrap(e envelope) ([]byte, error) {
	if e.wrapped == "" {
		return nil, ErrErased
	}
	id, text, _ := strings.Cut(e.wrapped, ".")
	key := k.all[id]
	if key == nil {
		return nil, fmt.Errorf("foi: an applicant is sealed with the key %s: add its file to foi.old_key_files", id)
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return key.aead.Open(nil, nil, b, []byte(e.ref))
}

func (k *Keys) open(e envelope) (a Applicant, err error) {
	b, err := k.openWith(e, e.sealed, "")
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(b, &a)
}

// own answers the applicant's own cipher.
func (k *Keys) own(e envelope) (cipher.AEAD, error) {
	key, err := k.unwrap(e)
	if err != nil {
		return nil, err
	}
	return newAEAD(key)
}

// sealWith seals something else that is personal under the applicant's key: with
// the key it is erased as well. about says what it is.
func (k *Keys) sealWith(e envelope, b []byte, about string) (string, error) {
	sealed, err := k.sealBytes(e, b, about)
	return encode(sealed), err
}

func (k *Keys) openWith(e envelope, sealed, about string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, err
	}
	return k.openBytes(e, b, about)
}

func (k *Keys) sealBytes(e envelope, b []byte, about string) ([]byte, error) {
	own, err := k.own(e)
	if err != nil {
		return nil, err
	}
	return own.Seal(nil, nil, b, []byte(e.ref+about)), nil
}

func (k *Keys) openBytes(e envelope, sealed []byte, about string) ([]byte, error) {
	own, err := k.own(e)
	if err != nil {
		return nil, err
	}
	return own.Open(nil, nil, sealed, []byte(e.ref+about))
}

// markWith tells versions of something personal apart; without the applicant's
// key nobody can try out what it may have said.
func (k *Keys) markWith(e envelope, b []byte, about string) (string, error) {
	own, err := k.unwrap(e)
	if err != nil {
		return "", err
	}
	key, err := hkdf.Key(sha256.New, own, nil, "gongkai foi mark", sha256.Size)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s%s\x00", e.ref, about)
	h.Write(b)
	return "hmac:" + hex.EncodeToString(h.Sum(nil)), nil
}

func newRef() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// rewrap brings an envelope under the current key; changed says whether it was
// under another.
func (k *Keys) rewrap(e envelope) (_ envelope, changed bool, err error) {
	if e.wrapped == "" || strings.HasPrefix(e.wrapped, k.current.id+".") {
		return e, false, nil
	}
	key, err := k.unwrap(e)
	if err != nil {
		return e, false, err
	}
	a, err := k.open(e)
	if err != nil {
		return e, false, err
	}
	e.wrapped, e.indexes = k.wrap(key, e.ref), k.indexes(k.current, a)
	return e, true, nil
}

// What an applicant can be found by.
const (
	byName = iota
	byIdentity
	byPhone
)

// indexes are blind: they only tell whether two values are the same, and only
// to who has the office's key.
func (k *Keys) indexes(key *officeKey, a Applicant) (all [3]string) {
	for i, v := range [3]string{a.Name, a.IDNumber, a.Phone} {
		all[i] = key.index(i, v)
	}
	return all
}

func (k *officeKey) index(field int, value string) string {
	if value = canonical(field, value); value == "" {
		return ""
	}
	h := hmac.New(sha256.New, k.mac)
	fmt.Fprintf(h, "%d\x00%s", field, value)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// lookups are the indexes a value may stand under, one for each key.
func (k *Keys) lookups(field int, value string) (all []string) {
	for _, key := range k.order {
		if x := key.index(field, value); x != "" {
			all = append(all, x)
		}
	}
	return all
}

// token is the applicant's secret for a receipt. It follows from the form's own
// once-only mark, so that a form sent twice has one secret and none is stored.
func (k *Keys) token(key *officeKey, once string) string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	h := hmac.New(sha256.New, key.mac)
	h.Write([]byte("secret\x00" + once))
	sum := h.Sum(nil)
	out := make([]byte, 12)
	for i := range out {
		out[i] = letters[int(sum[i])%len(letters)]
	}
	return string(out)
}
