// Package blob keeps bytes under their hash: attachments, images and rendered
// pages. What has been stored is never changed.
package blob

import (
	"crypto/sha256"
	"encoding/hex"

	"gongkai/internal/fault"
)

// ErrNotFound is answered for a hash nobody stored.
var ErrNotFound = fault.New(fault.NotFound, "blob.not_found")

// ErrBudget refuses more than a person may store on one day.
var ErrBudget = fault.New(fault.TooMany, "blob.budget")

// Blob is a stored sequence of bytes.
type Blob struct {
	Hash      string // "sha256:" and 64 hexadecimal digits
	MediaType string
	Bytes     []byte
}

// Hash names the bytes.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
