package app

import (
	"sync"
	"testing"

	"gongkai/config"
)

// Web and worker start together in one folder: all sign with one key.
func TestProcessesOfOneFolderShareTheAuditKey(t *testing.T) {
	for range 50 {
		c := config.Default()
		c.Data = t.TempDir()
		keys := make([]string, 8)
		var all sync.WaitGroup
		for i := range keys {
			all.Go(func() {
				key, err := AuditKey(c)
				if err != nil {
					t.Error(err)
				}
				keys[i] = string(key)
			})
		}
		all.Wait()
		for _, k := range keys {
			if k != keys[0] {
				t.Fatal("two keys in one folder: checkpoints of one process are not believed by the other")
			}
		}
	}
}
