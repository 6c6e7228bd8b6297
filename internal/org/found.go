package org

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strconv"

	"gongkai/internal/db"
)

// founders are the three administrators an organisation starts with (D6).
var founders = []Post{SystemAdmin, SecurityAdmin, Auditor}

// Founder is one of the three administrators of a new organisation, with the
// one-time password that is shown once.
type Founder struct {
	Post     Post
	Login    string
	Password string
}

// FounderPasswords makes what Found needs, outside its transaction.
func FounderPasswords(ctx context.Context) (all []OneTime, err error) {
	for range founders {
		once, err := NewOneTime(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, once)
	}
	return all, nil
}

// Found makes an organisation with its three administrators.
func (k *Desk) Found(ctx context.Context, u Unit, passwords []OneTime) (all []Founder, err error) {
	if u.ShortName == "" {
		u.ShortName = u.Name
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		ctx := tx.Context()
		all = nil
		o, err := k.AddOrganisation(ctx, System(0), u)
		if err != nil {
			return err
		}
		system := System(o.ID)
		office, err := k.AddUnit(ctx, system, Unit{Name: "办公室"})
		if err != nil {
			return err
		}
		for i, p := range founders {
			login := string(p) + "-" + strconv.FormatInt(o.ID, 10)
			person, err := k.AddPerson(ctx, system, Person{StaffNo: fmt.Sprintf("%s-A%d", u.Code, i+1), Name: string(p), Established: true}, login, passwords[i])
			if err != nil {
				return err
			}
			if err := k.Grant(ctx, system, person.ID, p, office.ID); err != nil {
				return err
			}
			all = append(all, Founder{p, login, passwords[i].Password})
		}
		return nil
	})
	return all, err
}

// SetUpSecret is what whoever reads the server's output proves to be its
// operator with, while there is no organisation; afterwards it is "" (A42). It
// is the same on every node.
func (k *Desk) SetUpSecret(ctx context.Context) (secret string, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		all, err := Organisations(tx)
		if err == nil && len(all) == 0 && k.Rules.Key != nil {
			secret = k.Rules.Key.mark("set-up")[:32]
		}
		return err
	})
	return secret, err
}

// CheckSetUp says whether the first organisation may still be founded, and with
// this secret.
func (k *Desk) CheckSetUp(ctx context.Context, secret string) error {
	want, err := k.SetUpSecret(ctx)
	switch {
	case err != nil:
		return err
	case want == "":
		return ErrNotEmpty
	case subtle.ConstantTimeCompare([]byte(want), []byte(secret)) != 1:
		return ErrSetUpSecret.On("secret")
	}
	return nil
}

// SetUp founds the first organisation. Of two who do so at once the second finds
// it done.
func (k *Desk) SetUp(ctx context.Context, secret string, u Unit, passwords []OneTime) (all []Founder, err error) {
	if u.Code == "" {
		return nil, ErrUnitName.On("code")
	}
	if err := k.db.Write(ctx, readyFirst); err != nil {
		return nil, err
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		if err := holdFirst(tx); err != nil {
			return err
		}
		if err := k.CheckSetUp(tx.Context(), secret); err != nil {
			return err
		}
		all, err = k.Found(tx.Context(), u, passwords)
		return err
	})
	return all, err
}
