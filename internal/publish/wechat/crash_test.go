//go:build crash

package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat/platform"
)

// The child is this test binary again: it works once on the delivery and is
// killed at the point GONGKAI_CRASH names.
func TestCrashChild(t *testing.T) {
	path := os.Getenv("WECHAT_CHILD_DB")
	if path == "" {
		t.Skip("only run by TestKilledAtEveryPoint")
	}
	at, _ := strconv.ParseInt(os.Getenv("WECHAT_CHILD_NOW"), 10, 64)
	d, err := db.Open(context.Background(), db.Options{Driver: "sqlite", Path: path, Now: func() time.Time { return time.UnixMicro(at) }})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ch, err := New(Config{Account: platform.Account{BaseURL: os.Getenv("WECHAT_CHILD_URL"), AppID: "wxsim00000000000001", Secret: "sim-secret"}, DB: d, Ledger: book{}})
	if err != nil {
		t.Fatal(err)
	}
	var it publish.Item
	if err := json.Unmarshal([]byte(os.Getenv("WECHAT_CHILD_ITEM")), &it); err != nil {
		t.Fatal(err)
	}
	it.Fence = 1
	do := ch.Deliver
	if os.Getenv("WECHAT_CHILD_DOWN") != "" {
		do = ch.TakeDown
	}
	r, err := do(context.Background(), it)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(r)
	if err := os.WriteFile(path+".receipt", b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestKilledAtEveryPoint kills the process at each crash point on the way out
// and back, restarts it, and counts what the public saw.
func TestKilledAtEveryPoint(t *testing.T) {
	for _, c := range []struct {
		point string
		down  bool
		end   publish.State
	}{
		{"K8:1", false, publish.Published}, {"K8:2", false, publish.Published}, {"K8:3", false, publish.Published},
		{"K8:4", false, publish.NeedsPerson}, // the submit intent: a person decides
		{"K9:1", false, publish.Published}, {"K9:2", false, publish.Published}, {"K9:3", false, publish.Published},
		{"K9:4", false, publish.Published}, {"K10:1", false, publish.Published}, {"K11:1", false, publish.Published},
		{"K12:1", false, publish.NeedsPerson}, {"K13:1", false, publish.Published}, {"K14:1", false, publish.Published},
		{"K16:1", false, publish.Published},
		{"K19:1", true, publish.Gone}, {"K20:1", true, publish.Gone}, {"K9:1", true, publish.Gone},
	} {
		t.Run(fmt.Sprintf("%s down %t", c.point, c.down), func(t *testing.T) {
			clock := dbtest.NewClock()
			path := filepath.Join(t.TempDir(), "gongkai.db")
			open := func() *db.DB {
				d, err := db.Open(context.Background(), db.Options{Driver: "sqlite", Path: path, Now: clock.Now})
				if err != nil {
					t.Fatal(err)
				}
				return d
			}
			d := open()
			if err := d.Migrate(context.Background()); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, d, clock, setup{})
			if c.down {
				want(t, w.deliverAll(), publish.Published, "")
				w.write(func(tx *db.Tx) error { return tx.G.Exec("UPDATE publications SET state = 'retracting'").Error })
			}
			item, _ := json.Marshal(w.it)
			killed := 0
			var r publish.Receipt
			for range 40 {
				w.d.Close()
				w.sim.Tick(context.Background())
				cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
				cmd.Env = append(os.Environ(), "WECHAT_CHILD_DB="+path, "WECHAT_CHILD_URL="+w.srv.URL, "WECHAT_CHILD_ITEM="+string(item),
					fmt.Sprint("WECHAT_CHILD_NOW=", clock.Now().UnixMicro()))
				if c.down {
					cmd.Env = append(cmd.Env, "WECHAT_CHILD_DOWN=1")
				}
				if killed == 0 {
					cmd.Env = append(cmd.Env, "GONGKAI_CRASH="+c.point)
				}
				os.Remove(path + ".receipt")
				out, err := cmd.CombinedOutput()
				var exit *exec.ExitError
				dead := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
				if err != nil && !dead {
					t.Fatalf("child: %v\n%s", err, out)
				}
				w.d = open()
				w.check()
				if dead {
					killed++
					clock.Advance(time.Second)
					continue
				}
				b, err := os.ReadFile(path + ".receipt")
				if err != nil {
					t.Fatal(err)
				}
				r = publish.Receipt{}
				if err := json.Unmarshal(b, &r); err != nil {
					t.Fatal(err)
				}
				if r.State != publish.Waiting {
					break
				}
				clock.Set(r.NextAt.Add(time.Millisecond))
			}
			if killed != 1 {
				t.Fatalf("killed %d times: the point was not passed\n%s", killed, w.story())
			}
			if r.State != c.end {
				t.Errorf("ended %s %s\n%s", r.State, r.Reason, w.story())
			}
			if ever, now := w.seen(); c.end == publish.Published && (ever != 1 || now != 1) || c.end == publish.Gone && now != 0 || c.end == publish.NeedsPerson && ever != 0 {
				t.Errorf("seen %d times, now %d", ever, now)
			}
			if n := w.sim.Drafts(); c.end == publish.Published && n != 0 {
				t.Errorf("%d drafts left over", n)
			}
			w.d.Close()
		})
	}
}
