package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gongkai/config"
	"gongkai/internal/app"
	"gongkai/internal/apptest"
	"gongkai/internal/blob"
	"gongkai/internal/db"
)

func TestDemoPublishesTheSampleOnceAndGoesOnTheSecondTime(t *testing.T) {
	data := t.TempDir()
	demo := func() (int, string, string) {
		return ran(t, "demo", "--once", "--data", data, "--port", strconv.Itoa(apptest.FreePorts(t, 3)))
	}
	code, out, err := demo()
	if code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, out, err)
	}
	has(t, out, "一次性口令", "李敏（拟稿人）", "钱进（发布员）", "逐字节相同", "200/200", "核对微信", "逐字引自签发的文本")
	code, out, err = demo()
	if code != 0 {
		t.Fatalf("the second start: exit code %d\n%s%s", code, out, err)
	}
	has(t, out, "继续使用上次的演示单位", "从这里继续", "恰好有一篇")
	if strings.Contains(out, "起草《") {
		t.Error("the second start drafts again")
	}

	// What readers find is changed behind the program's back.
	for what, c := range map[string]struct {
		spoil func(t *testing.T, data string)
		why   string
	}{
		"the phone": {spoilPhone, "核对 compare wechat"},
		"the page":  {spoilPage, "核对 compare website"},
	} {
		spoiled := t.TempDir()
		if err := os.CopyFS(spoiled, os.DirFS(data)); err != nil {
			t.Fatal(err)
		}
		c.spoil(t, spoiled)
		code, out, err := ran(t, "demo", "--once", "--data", spoiled, "--port", strconv.Itoa(apptest.FreePorts(t, 3)))
		if code != 1 || !strings.Contains(err, c.why) {
			t.Errorf("%s was changed: exit code %d\n%s%s", what, code, out, err)
		}
	}
}

// spoilPhone changes a figure in the simulator's journal.
func spoilPhone(t *testing.T, data string) {
	t.Helper()
	changed := 0
	err := filepath.WalkDir(filepath.Join(data, "wechatsim"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed += strings.Count(string(b), "205 条")
		return os.WriteFile(path, []byte(strings.ReplaceAll(string(b), "205 条", "502 条")), 0o600)
	})
	if err != nil || changed == 0 {
		t.Fatalf("%d places changed, %v", changed, err)
	}
}

// spoilPage puts another page under the same address.
func spoilPage(t *testing.T, data string) {
	t.Helper()
	ctx := context.Background()
	c := config.Default()
	c.Data = data
	d, err := app.OpenDatabase(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Write(ctx, func(tx *db.Tx) error {
		var hash string
		if err := tx.G.Raw("SELECT artefact FROM site_pages").Scan(&hash).Error; err != nil {
			return err
		}
		page, err := blob.Get(tx, hash)
		if err != nil {
			return err
		}
		other := strings.ReplaceAll(string(page.Bytes), "205 条", "502 条")
		if hash, err = blob.Put(tx, page.MediaType, []byte(other)); err != nil {
			return err
		}
		return tx.G.Exec("UPDATE site_pages SET artefact = ?", hash).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDemoPublishesAReportOfOnesOwn(t *testing.T) {
	report := write(t, "报告.txt", "某局 2025 年工作简报\n\n全年发布信息 12 条。\n\n表一\t件数\n制发\t3\n废止\t1\n\n表二\t件数\n受理\t0\n办结\t0\n")
	out := good(t, "demo", "--once", "--data", t.TempDir(), "--port", strconv.Itoa(apptest.FreePorts(t, 3)), "--report", report)
	has(t, out, "起草《某局 2025 年工作简报》", "2 张表格", "逐字节相同", "段逐字相同")
}

func TestDemoSaysWhatStopsIt(t *testing.T) {
	port := strconv.Itoa(apptest.FreePorts(t, 3))
	file := write(t, "file", "x")
	for name, c := range map[string]struct {
		args []string
		why  []string
	}{
		"a folder that cannot be written": {[]string{"--data", file + "/data"}, []string{"数据目录不能写入", "--data"}},
		"no such report":                  {[]string{"--report", file + "-none"}, []string{"报告读不出来", "file-none"}},
		"a folder as report":              {[]string{"--report", t.TempDir()}, []string{"报告读不出来"}},
		"an empty report":                 {[]string{"--report", write(t, "r.txt", " \n")}, []string{"报告是空的"}},
		"a report of another kind":        {[]string{"--report", write(t, "r.exe", "MZ")}, []string{"the report cannot be used", ".txt, .md, .html"}},
		"a report that is not UTF-8":      {[]string{"--report", write(t, "r.txt", "公开\xff")}, []string{"the report cannot be used", "UTF-8"}},
		"a port out of range":             {[]string{"--port", "70000"}, []string{"70000"}},
		"an unknown flag":                 {[]string{"--twice"}, []string{"twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			bad(t, append([]string{"demo", "--once", "--data", t.TempDir(), "--port", port}, c.args...), c.why...)
		})
	}
	for i := range 3 {
		first := apptest.FreePorts(t, 3)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+i))
		if err != nil {
			t.Fatal(err)
		}
		bad(t, []string{"demo", "--once", "--data", t.TempDir(), "--port", strconv.Itoa(first)}, strconv.Itoa(first+i), "--port")
		l.Close()
	}
}

func TestDemoServesUntilItIsStopped(t *testing.T) {
	data, port := t.TempDir(), apptest.FreePorts(t, 3)
	p := start(t, nil, "demo", "--data", data, "--port", strconv.Itoa(port))
	for !strings.Contains(p.out.String(), "Ctrl-C") {
		select {
		case <-p.ended:
			t.Fatalf("it ended:\n%s%s", p.out.String(), p.err.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	bad(t, []string{"demo", "--once", "--data", data, "--port", strconv.Itoa(apptest.FreePorts(t, 3))}, "data folder", "another")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("stopped with exit code %d\n%s", code, p.err.String())
	}
}
