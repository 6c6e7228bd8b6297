package audit

import (
	"crypto/ed25519"
	"encoding/base64"
)

// LinkHash and Sign let the manipulation tests forge a chain.
var LinkHash = linkHash

func (c *Checkpoint) Sign(key ed25519.PrivateKey) {
	c.KeyID = KeyID(key.Public().(ed25519.PublicKey))
	c.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, c.signed()))
}
