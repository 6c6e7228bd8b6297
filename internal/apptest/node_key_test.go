package apptest_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gongkai/internal/app"
	"gongkai/internal/apptest"
)

// TestANodeWithAnotherAuditKeyDoesNotStart: two keys would make a record nobody
// can verify, so the second node refuses with a sentence that says what to do, and
// starts once it is told to take over.
func TestANodeWithAnotherAuditKeyDoesNotStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		w.Draft("有记录")
		w.Stop() // the last entries are sealed and signed
		c := w.Config
		c.Audit.KeyFile = filepath.Join(t.TempDir(), "another")
		if err := os.WriteFile(c.Audit.KeyFile, []byte(strings.Repeat("5a", 32)), 0o600); err != nil {
			t.Fatal(err)
		}
		build := func() error {
			a, err := app.Build(context.Background(), c, slog.New(slog.DiscardHandler))
			if err == nil {
				err = a.Close()
			}
			return err
		}
		err := build()
		if err == nil || !strings.Contains(err.Error(), "audit.key_file") || !strings.Contains(err.Error(), "audit.replaces") {
			t.Fatalf("started with another key: %v", err)
		}
		_, after, _ := strings.Cut(err.Error(), "is signed with ")
		c.Audit.Replaces, _, _ = strings.Cut(after, ":")
		if err := build(); err != nil {
			t.Errorf("told to take over: %v", err)
		}
	})
}
