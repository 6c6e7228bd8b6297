package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets the tests run this program as processes of its own: the test
// binary is the program when it is told so.
func TestMain(m *testing.M) {
	if os.Getenv("GONGKAI_TEST_MAIN") == "yes" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// output is what a process wrote, readable while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// process is one started program.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err output
	ended    chan struct{}
}

// start runs the program; it is killed by its id after the test. env are
// NAME=value pairs.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, os.Args[0], args...), ended: make(chan struct{})}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append([]string{"GONGKAI_TEST_MAIN=yes", "GOMAXPROCS=2", "TMPDIR=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// ran runs the program to its end and answers its exit code.
func ran(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	p := start(t, nil, args...)
	<-p.ended
	return p.cmd.ProcessState.ExitCode(), p.out.String(), p.err.String()
}

// good is ran that has to succeed; it answers what was printed.
func good(t *testing.T, args ...string) string {
	t.Helper()
	code, out, err := ran(t, args...)
	if code != 0 {
		t.Fatalf("gongkai %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, err)
	}
	return out
}

// bad is ran that has to fail and to say why.
func bad(t *testing.T, args []string, why ...string) {
	t.Helper()
	code, out, err := ran(t, args...)
	if code != 1 {
		t.Errorf("gongkai %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, err)
	}
	has(t, out+err, why...)
}

func has(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in\n%s", w, text)
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
