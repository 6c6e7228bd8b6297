package platform

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// Sealer opens what the platform pushes in 安全模式.
type Sealer struct {
	token, appID string
	key          []byte
	block        cipher.Block
}

// NewSealer takes the account's CallbackToken and AESKey; it refuses an account
// in which one is missing or no key.
func NewSealer(a Account) (*Sealer, error) {
	if a.CallbackToken == "" || len(a.AESKey) != 43 {
		return nil, errors.New("wechat: a callback needs callback_token and an aes_key of 43 characters")
	}
	// The last of the 43 characters holds two spare bits that need not be zero.
	key, err := base64.StdEncoding.DecodeString(a.AESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("wechat: aes_key is not base64 of 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &Sealer{a.CallbackToken, a.AppID, key, block}, nil
}

// signed compares a signature in constant time.
func (s *Sealer) signed(signature string, parts ...string) bool {
	parts = append([]string{s.token}, parts...)
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(signature)) == 1
}

var errForged = errors.New("wechat: the callback is not from the platform")

// open decrypts a message: 16 random bytes, its length, the message, our appid.
func (s *Sealer) open(sealed string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(sealed))
	if err != nil || len(b) < 32 || len(b)%aes.BlockSize != 0 {
		return nil, errForged
	}
	cipher.NewCBCDecrypter(s.block, s.key[:16]).CryptBlocks(b, b)
	pad := int(b[len(b)-1])
	if pad < 1 || pad > 32 || pad > len(b) {
		return nil, errForged
	}
	for _, c := range b[len(b)-pad:] {
		if int(c) != pad {
			return nil, errForged
		}
	}
	b = b[:len(b)-pad]
	if len(b) < 20 {
		return nil, errForged
	}
	n := uint64(binary.BigEndian.Uint32(b[16:20]))
	if n > uint64(len(b)-20) || string(b[20+n:]) != s.appID {
		return nil, errForged
	}
	return b[20 : 20+n], nil
}
