package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gongkai/internal/apptest"
	"gongkai/workflows"
)

func TestNothingAndNonsenseShowTheCommands(t *testing.T) {
	has(t, good(t), "gongkai demo", "gongkai audit")
	bad(t, []string{"publish"}, `"publish"`, "gongkai demo")
	if out := strings.TrimSpace(good(t, "version")); out != version {
		t.Errorf("version %q", out)
	}
}

func TestWorkflowsAreLintedAndDrawn(t *testing.T) {
	has(t, good(t, "workflows", "lint"), "three-reviews v1", "urgent v2")
	has(t, good(t, "workflows", "draw", "--chain", "three-reviews"), "一审一校", "签发")
	has(t, good(t, "workflows", "draw", "--svg", "--chain", "three-reviews"), "<svg", "</svg>")
	b, err := workflows.FS.ReadFile("three-reviews.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	broken := strings.Replace(string(b), "section_head", "section_haed", 1)
	if err := os.WriteFile(filepath.Join(folder, "three-reviews.yaml"), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	line := strings.Count(broken[:strings.Index(broken, "section_haed")], "\n") + 1
	for _, verb := range []string{"lint", "draw"} {
		bad(t, []string{"workflows", verb, folder}, fmt.Sprintf("three-reviews.yaml:%d", line), "steps[0].role", "section_haed", "problems")
	}
	bad(t, []string{"workflows"}, "lint | draw")
}

// settings writes a file of settings for a data folder.
func settings(t *testing.T, data string) string {
	t.Helper()
	port := apptest.FreePorts(t, 2)
	return write(t, "config.yaml", fmt.Sprintf("data: %s\nstaff: {listen: '127.0.0.1:%d', url: 'http://127.0.0.1:%d'}\npublic: {listen: '127.0.0.1:%d', url: 'http://127.0.0.1:%d'}\n", data, port, port, port+1, port+1))
}

func TestMigrateShowsWhatIsPendingAndAppliesIt(t *testing.T) {
	c := settings(t, t.TempDir())
	if out := good(t, "migrate", "status", "--config", c); strings.Count(out, "pending") != strings.Count(out, "\n") || !strings.Contains(out, "org") {
		t.Errorf("an empty database:\n%s", out)
	}
	for _, verb := range []string{"up", "up", "status"} {
		if out := good(t, "migrate", verb, "--config", c); strings.Contains(out, "pending") {
			t.Errorf("after up:\n%s", out)
		}
	}
	bad(t, []string{"migrate", "down", "--config", c}, "status | up")
	bad(t, []string{"migrate", "status", "--config", c + "-none"}, "config.yaml-none")
}

func TestOfficeIsFoundedAndItsRecordCanBeCheckedElsewhere(t *testing.T) {
	data := t.TempDir()
	c := settings(t, data)
	bad(t, []string{"admin", "init", "--config", c}, "--name", "--code")
	out := good(t, "admin", "init", "--config", c, "--name", "某局", "--code", "100000001")
	has(t, out, "system_admin-1", "security_admin-1", "auditor-1")
	bad(t, []string{"admin", "token", "--config", c, "--login", "nobody"}, "gongkai:")
	password := strings.TrimSpace(good(t, "admin", "reset-password", "--config", c, "--login", "auditor-1"))
	if password == "" || strings.Contains(out, password) {
		t.Errorf("password %q", password)
	}
	bad(t, []string{"admin", "frobnicate", "--config", c}, "frobnicate")
	token := strings.TrimSpace(good(t, "admin", "token", "--config", c, "--login", "auditor-1"))

	sealedByServing(t, c, token)
	own := good(t, "audit", "verify", "--config", c)
	has(t, own, "完好 intact: organisation 1")
	key := regexp.MustCompile(`public key .*: (\S+)`).FindStringSubmatch(own)
	if key == nil {
		t.Fatalf("no key in %s", own)
	}
	bad(t, []string{"audit", "export", "--config", c, "--organisation", "7"}, "organisation 7")
	export := good(t, "audit", "export", "--config", c)
	file := write(t, "audit.ndjson", export)
	unproved := good(t, "audit", "verify", file)
	has(t, unproved, "没有核对签名公钥", "not proved intact", "--key")
	if strings.Contains(unproved, "完好 intact") {
		t.Errorf("without a key it is called intact:\n%s", unproved)
	}
	has(t, good(t, "audit", "verify", file, "--key", key[1]), "完好 intact: organisation 1")
	has(t, good(t, "audit", "verify", packed(t, file), "--key", key[1]), "完好 intact: organisation 1")
	bad(t, []string{"audit", "verify", file, "--key", "AAAA"}, "--key")
	bad(t, []string{"audit", "verify", file, "--key", strings.Repeat("A", 43) + "="}, "不可信")
	bad(t, []string{"audit", "verify", write(t, "audit.ndjson", strings.Replace(export, "system_admin", "system_amdin", 1))}, "不可信")
	bad(t, []string{"audit", "verify", file + "-none"}, "none")

	has(t, good(t, "audit", "verify", file, "--key", key[1], "--checkpoint", file), "完好 intact: organisation 1", "agrees with 1 kept")
	bad(t, []string{"audit", "verify", file, "--checkpoint", c}, "-checkpoint")
	bad(t, []string{"audit", "prove", file}, "--entry")
	bad(t, []string{"audit", "prove", file, "--entry", "1000000"}, "1000000")
	bad(t, []string{"audit", "verify-proof"}, "verify-proof FILE")
	for _, from := range [][]string{{file}, {"--config", c}} {
		proof := good(t, append([]string{"audit", "prove", "--entry", "1"}, from...)...)
		proved := write(t, "proof.json", proof)
		has(t, good(t, "audit", "verify-proof", proved, "--key", key[1], "--checkpoint", file), "属实 proved: organisation 1, entry 1 of", `"action":`)
		has(t, good(t, "audit", "verify-proof", proved), "没有核对签名公钥", "not proved")
		bad(t, []string{"audit", "verify-proof", proved, "--key", strings.Repeat("A", 43) + "="}, "不成立")
		bad(t, []string{"audit", "verify-proof", write(t, "proof.json", strings.Replace(proof, `"path":["`, `"path":["00`, 1)), "--key", key[1]}, "不成立")
	}

	sealedByServing(t, c, token)
	has(t, good(t, "audit", "export", "--config", c), "audit.exported", "command line")
}

// sealedByServing serves until every entry has its place in the chain, which an
// auditor sees.
func sealedByServing(t *testing.T, c, token string) {
	t.Helper()
	text, err := os.ReadFile(c)
	if err != nil {
		t.Fatal(err)
	}
	staff := regexp.MustCompile(`url: '([^']*)'`).FindStringSubmatch(string(text))[1]
	p := start(t, nil, "serve", "--config", c)
	for {
		req, err := http.NewRequest("GET", staff+"/api/v1/audit", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if res, err := http.DefaultClient.Do(req); err == nil {
			b, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != 200 {
				t.Fatalf("%d %s", res.StatusCode, b)
			}
			if strings.Contains(string(b), "event_id") && strings.Count(string(b), `"seq":`) == strings.Count(string(b), `"event_id":`) && !strings.Contains(string(b), `"seq":0`) {
				break
			}
		}
		select {
		case <-p.ended:
			t.Fatalf("it does not serve:\n%s", p.err.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	bad(t, []string{"migrate", "status", "--config", c}, "another process")
	stop(t, p)
}

func stop(t *testing.T, p *process) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("stopped with exit code %d\n%s", code, p.err.String())
	}
}

func TestConfigMasksSecretsAndRefusesWhatItDoesNotKnow(t *testing.T) {
	p := start(t, []string{"GONGKAI_WECHAT__SECRET=geheim", "GONGKAI_DATABASE__DSN=u:geheim@tcp(h)/d", "GONGKAI_REDIS__PASSWORD=geheim"}, "config")
	<-p.ended
	if out := p.out.String(); p.cmd.ProcessState.ExitCode() != 0 || strings.Contains(out+p.err.String(), "geheim") || strings.Count(out, `"***"`) != 3 {
		t.Errorf("%s%s", out, p.err.String())
	}
	bad(t, []string{"config", "--config", write(t, "c.yaml", "databse: {}\n")}, "databse")
}

// packed is the file as the audit page gives it.
func packed(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := file + ".gz"
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
