package apptest

import (
	"context"
	"maps"
	"os"
	"sync"

	"gongkai/internal/app"

	"gongkai/internal/org"
)

// founded keeps the first SQLite database with its two offices for the worlds
// after it: hashing everybody's password takes longer than most tests.
var founded struct {
	sync.Mutex
	file       []byte
	own, other *Office
}

// found gives the world its migrated database and its offices.
func (w *World) found(ctx context.Context) {
	w.T.Helper()
	path := w.Config.Data + "/gongkai.db"
	kept := w.Config.Database.Driver == "sqlite"
	if kept {
		founded.Lock()
		defer founded.Unlock()
	}
	if kept && founded.file != nil {
		if err := os.WriteFile(path, founded.file, 0o600); err != nil {
			w.T.Fatal(err)
		}
		w.Own, w.Other = founded.own.copy(), founded.other.copy()
		return
	}
	d, err := app.OpenDatabase(ctx, w.Config)
	if err != nil {
		w.T.Fatal(err)
	}
	if err := d.Migrate(ctx); err != nil {
		w.T.Fatal(err)
	}
	w.Own, w.Other = Found(w.T, d, "甲局", "100000001"), Found(w.T, d, "乙局", "100000002")
	if err := d.Close(); err != nil {
		w.T.Fatal(err)
	}
	if !kept {
		return
	}
	if founded.file, err = os.ReadFile(path); err != nil {
		w.T.Fatal(err)
	}
	founded.own, founded.other = w.Own.copy(), w.Other.copy()
}

func (o *Office) copy() *Office {
	c := *o
	c.People = maps.Clone(o.People)
	for key, p := range c.People {
		person := *p
		c.People[key] = &person
	}
	return &c
}

// PIN gives a person a signing PIN, and a token for what they do next.
func (w *World) PIN(p *Person, pin string) {
	w.T.Helper()
	ctx := context.Background()
	once, err := org.NewOneTime(ctx)
	if err == nil {
		err = w.App.Org.ResetPassword(ctx, org.System(w.Own.ID), p.Login, once)
	}
	var a org.Actor
	if err == nil {
		_, a, err = w.App.Org.SignIn(ctx, p.Login, once.Password, "")
	}
	if err == nil {
		err = w.App.Org.SetPIN(ctx, a, once.Password, pin)
	}
	if err == nil {
		p.Token, err = w.App.Org.NewToken(ctx, p.Login, "test", w.App.DB.Now().AddDate(0, 0, 1))
	}
	if err != nil {
		w.T.Fatal(err)
	}
}
