// Package crashtest kills the real program at every moment at which a process
// may die, starts it again and lets package checker judge what is left.
package crashtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

var built struct {
	once sync.Once
	path string
	err  error
}

// Program builds the program with its crash points, once per test process.
func Program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "gongkai-crash-")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "gongkai")
		build := exec.Command("go", "build", "-tags", "crash", "-ldflags", "-s -w", "-o", built.path, "gongkai/cmd/gongkai")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// RemoveProgram removes what Program built.
func RemoveProgram() {
	if built.path != "" {
		_ = os.RemoveAll(filepath.Dir(built.path))
	}
}

// A process is one run of a role under supervision: when it dies it is started
// again without a fault, as systemd would.
type process struct {
	role string
	path string
	env  []string
	log  *logbook

	mu      sync.Mutex
	cmd     *exec.Cmd
	armed   bool // runs with a fault
	stopped bool
	struck  int // how often its fault killed it
	starts  int
	over    chan struct{}
}

// logbook gathers what processes write to stderr.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs the role; fault is "K9:3" or "".
func (p *process) start(fault string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil
	}
	cmd := exec.Command(p.path, p.role)
	cmd.Env = p.env
	if fault != "" {
		cmd.Env = append(append([]string{}, p.env...), "GONGKAI_CRASH="+fault)
	}
	cmd.Stderr = p.log
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.armed = cmd, fault != ""
	p.starts++
	over := make(chan struct{})
	p.over = over
	go p.watch(cmd, fault, over)
	return nil
}

// watch starts it again after an exit nobody asked for. A port or a lock the
// dead process held may need a moment, so a run that failed is tried again later.
func (p *process) watch(cmd *exec.Cmd, fault string, over chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	mine := p.cmd == cmd && !p.stopped
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && fault != "" && status.Signaled() && status.Signal() == syscall.SIGKILL && mine {
		p.struck++
	}
	p.mu.Unlock()
	if !mine {
		close(over)
		return
	}
	fmt.Fprintf(p.log, "-- %s ended: %v\n", p.role, err)
	if fault == "" {
		time.Sleep(50 * time.Millisecond)
	}
	if err := p.start(""); err != nil {
		fmt.Fprintf(p.log, "-- %s does not start: %v\n", p.role, err)
	}
	close(over)
}

// kill is kill -9; the process comes back.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Kill()
	}
}

// rearm ends the present run and starts one with a fault.
func (p *process) rearm(fault string) error {
	for {
		p.mu.Lock()
		cmd, over := p.cmd, p.over
		p.cmd = nil
		p.mu.Unlock()
		if cmd == nil {
			break
		}
		_ = cmd.Process.Kill()
		<-over // it may just have died and been started again: look again
	}
	return p.start(fault)
}

// strikes is how often a fault killed it.
func (p *process) strikes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// stop ends it for good, as an operator would.
func (p *process) stop() {
	p.mu.Lock()
	p.stopped = true
	cmd, over := p.cmd, p.over
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-over:
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		<-over
	}
}
