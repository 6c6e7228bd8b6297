package workflow

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
)

func TestPinnedDefinitions(t *testing.T) {
	old, err := os.ReadFile("testdata/good/shortest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	newer := strings.Replace(text, "version: 1", "version: 2", 1)
	library := func(text string) *Library {
		t.Helper()
		l, err := LoadLibrary(fstest.MapFS{"shortest.yaml": {Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		pin := func(l *Library) error { return d.Write(context.Background(), l.Pin) }
		if err := errors.Join(pin(library(text)), pin(library(text))); err != nil {
			t.Fatal(err)
		}
		edited := strings.Replace(text, "30m", "40m", 1)
		if err := pin(library(edited)); err == nil || !strings.Contains(err.Error(), "shortest.yaml: version 1") {
			t.Errorf("changed text under a used version: %v", err)
		}
		first, _ := library(text).Latest("shortest")
		run := stored(t, d, first, 2, clock.Now())

		l := library(newer)
		if err := pin(l); err != nil {
			t.Fatal(err)
		}
		if d, ok := l.Latest("shortest"); !ok || d.Version != 2 || len(l.All()) != 1 {
			t.Errorf("new runs start with %+v", d)
		}
		if d, ok := l.Get("shortest", 1); !ok || d.Text != text {
			t.Error("the old run has lost its version")
		}

		// A node started before version 2 was pinned meets a run that follows it.
		behind := library(text)
		second, _ := l.Get("shortest", 2)
		ahead := stored(t, d, second, 2, clock.Now())
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			for _, r := range []*Run{run, ahead, ahead} {
				got, err := behind.Of(tx, r)
				if err != nil {
					return err
				}
				if got.Version != r.DefVersion {
					t.Errorf("run follows version %d, got %d", r.DefVersion, got.Version)
				}
			}
			_, err := behind.Of(tx, &Run{Definition: "nothing", DefVersion: 1})
			if err == nil {
				t.Error("a definition nobody knows was found")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}

		write(t, d, func(tx *db.Tx) error {
			bad := definitionRow{"forged", 1, digest([]byte("x")), "y", 1}
			return tx.G.Create(&bad).Error
		})
		if err := pin(library(newer)); err == nil {
			t.Error("a pinned text that does not match its digest was taken")
		}
	})
}

func TestNodesPinAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		errs := make([]error, 4)
		var wg sync.WaitGroup
		for i := range errs {
			l := shipped(t)
			wg.Go(func() { errs[i] = d.Write(context.Background(), l.Pin) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	})
}
