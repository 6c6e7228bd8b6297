package app

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gongkai/config"
	"gongkai/internal/foi"
	"gongkai/internal/org"
)

// AuditKey reads or makes the key that signs audit checkpoints.
func AuditKey(c config.Config) (ed25519.PrivateKey, error) {
	seed, err := secretFile(c, "audit.key_file", c.Audit.KeyFile, "audit.key")
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// signInRules are what the office set about signing in, with the key that seals
// second factors.
func signInRules(c config.Config) (r org.Rules, err error) {
	secret, err := secretFile(c, "sign_in.key_file", c.SignIn.KeyFile, "sign-in.key")
	if err != nil {
		return r, err
	}
	const day = 24 * time.Hour
	r = org.Rules{SecondFactor: org.Demand(c.SecondFactor()), PasswordAge: time.Duration(c.SignIn.PasswordDays) * day,
		PasswordHistory: c.SignIn.PasswordHistory, Dormant: time.Duration(c.SignIn.DormantDays) * day}
	r.Key, err = org.NewKey(secret)
	return r, err
}

// foiKeys are the keys that seal applicants, the current one first. The key of
// signing in stands in where no other is set: it is used for nothing alike.
func foiKeys(c config.Config) (*foi.Keys, error) {
	setting, path, name := "foi.key_file", c.FOI.KeyFile, ""
	if path == "" {
		setting, path, name = "sign_in.key_file", c.SignIn.KeyFile, "sign-in.key"
	}
	first, err := secretFile(c, setting, path, name)
	if err != nil {
		return nil, err
	}
	secrets := [][]byte{first}
	for _, old := range c.FOI.OldKeyFiles {
		secret, err := secretFile(c, "foi.old_key_files", old, "")
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return foi.NewKeys(secrets...)
}

// secretFile reads 32 secret bytes from where the setting says, or from name in
// the data folder, where it makes them once.
func secretFile(c config.Config, setting, path, name string) ([]byte, error) {
	made := path == ""
	if made {
		if c.Data == "" {
			return nil, fmt.Errorf("%s: needed when there is no data folder", setting)
		}
		path = filepath.Join(c.Data, name)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && made {
		if err := makeSecret(path); err != nil {
			return nil, fmt.Errorf("%s cannot be written: %w", path, err)
		}
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("%s %s: want 64 hexadecimal digits", setting, path)
	}
	return secret, nil
}

// makeSecret puts a new secret at path, whole and durable, unless another
// process that starts in the same folder was first.
func makeSecret(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	if _, err := f.WriteString(hex.EncodeToString(secret) + "\n"); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
