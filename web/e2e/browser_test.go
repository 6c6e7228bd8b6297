// Package e2e walks the pages in a real browser: what people click, type and
// paste, at the sizes of a desk and of a phone. It is a module of its own, so
// that the program needs none of this; make e2e runs it.
package e2e_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"gongkai/internal/apptest"
)

//go:embed testdata/axe.min.js
var axe string

var browserContext context.Context

func TestMain(m *testing.M) {
	path := os.Getenv("GONGKAI_TEST_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path == "" {
			path, _ = exec.LookPath(name)
		}
	}
	if path == "" {
		fmt.Println("no Chromium: install it, or run make e2e, which does")
		if os.Getenv("CI") == "true" {
			os.Exit(1)
		}
		os.Exit(0)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("force-device-scale-factor", "1"), chromedp.Flag("lang", "zh-CN"))...)
	var end context.CancelFunc
	browserContext, end = chromedp.NewContext(allocator)
	if err := chromedp.Run(browserContext); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	code := m.Run()
	end()
	stop()
	os.Exit(code)
}

// size is that of a screen.
type size struct {
	name          string
	width, height int64
	phone         bool
}

var (
	desk  = size{"desk", 1366, 820, false}
	phone = size{"phone", 390, 844, true}
)

// tab is one person at one browser.
type tab struct {
	t     *testing.T
	w     *apptest.World
	ctx   context.Context
	size  size
	lock  sync.Mutex
	wrong []string // what the console complained of
}

// open starts a browser with the session of a person, nobody's when p is nil.
func open(t *testing.T, w *apptest.World, p *apptest.Person, s size) *tab {
	t.Helper()
	own, err := window()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := chromedp.NewContext(browserContext, chromedp.WithTargetID(own))
	b := &tab{t: t, w: w, ctx: ctx, size: s}
	t.Cleanup(func() {
		_ = target.CloseTarget(own).Do(cdp.WithExecutor(browserContext, chromedp.FromContext(browserContext).Browser))
		stop()
	})
	chromedp.ListenTarget(ctx, func(e any) {
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			b.complain(e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				b.complain(fmt.Sprint("console: ", e.Args))
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == log.LevelError && !strings.Contains(e.Entry.Text, "the server responded with a status of") && !strings.Contains(e.Entry.Text, "net::ERR_INTERNET_DISCONNECTED") {
				b.complain(e.Entry.Text)
			}
		case *page.EventJavascriptDialogOpening:
			go func() { _ = chromedp.Run(ctx, page.HandleJavaScriptDialog(true)) }()
		}
	})
	actions := []chromedp.Action{log.Enable(), runtime.Enable(), network.Enable(),
		emulation.SetDeviceMetricsOverride(s.width, s.height, 1, s.phone), emulation.SetTouchEmulationEnabled(s.phone),
		emulation.SetLocaleOverride().WithLocale("zh-CN"), network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "zh-CN"})}
	if p != nil {
		actions = append(actions, network.SetCookie("gongkai", p.Token).WithURL(w.Config.Staff.URL).WithHTTPOnly(true))
	}
	if err := chromedp.Run(ctx); err != nil { // the tab lives as long as the context of its first run
		t.Fatal(err)
	}
	b.run(actions...)
	return b
}

// window opens a window with cookies and storage of its own.
func window() (id target.ID, err error) {
	browser := cdp.WithExecutor(browserContext, chromedp.FromContext(browserContext).Browser)
	apart, err := target.CreateBrowserContext().Do(browser)
	if err != nil {
		return id, err
	}
	return target.CreateTarget("about:blank").WithBrowserContextID(apart).WithNewWindow(true).Do(browser)
}

func (b *tab) complain(what string) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.wrong = append(b.wrong, what)
}

// step is how long one step may take on a machine that does other work too.
const step = time.Minute

func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, step)
	defer end()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.shoot("failed")
		b.t.Fatalf("%v", err)
	}
}

// go opens a page of the office.
func (b *tab) to(path string) { b.t.Helper(); b.run(chromedp.Navigate(b.w.Config.Staff.URL + path)) }

// js answers what an expression is, waiting for promises.
func js[T any](b *tab, expression string) (v T) {
	b.t.Helper()
	b.run(chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// until waits for an expression to be true, also over a page that changes
// meanwhile; what it asks of an element that is not there yet is not true.
func (b *tab) until(expression string) {
	b.t.Helper()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if err = chromedp.Run(b.ctx, chromedp.Poll("(() => { try { return !!("+expression+") } catch { return false } })()", nil, chromedp.WithPollingTimeout(20*time.Second))); err == nil || b.ctx.Err() != nil || !moved.MatchString(err.Error()) {
			break
		}
	}
	if err != nil {
		b.shoot("failed")
		b.t.Fatalf("%s: %v", expression, err)
	}
}

var moved = regexp.MustCompile("navigated|context with specified id|context was destroyed|Cannot find default")

func (b *tab) click(selector string) { b.t.Helper(); b.run(chromedp.Click(selector, chromedp.ByQuery)) }
func (b *tab) text(selector string) string {
	b.t.Helper()
	return js[string](b, fmt.Sprintf("document.querySelector(%q).innerText", selector))
}

// shoot keeps a picture of the page for whoever wants to look.
func (b *tab) shoot(name string) {
	folder := os.Getenv("GONGKAI_E2E_SHOTS")
	if folder == "" {
		return
	}
	ctx, end := context.WithTimeout(b.ctx, step)
	defer end()
	var png []byte
	if err := chromedp.Run(ctx, chromedp.CaptureScreenshot(&png)); err != nil {
		return
	}
	_ = os.MkdirAll(folder, 0o755)
	_ = os.WriteFile(filepath.Join(folder, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name+"-"+b.size.name+".png"), png, 0o644)
}

// kept is what the server wrote of the page, for the checker of HTML.
func (b *tab) kept(name string) {
	if b.size == desk && os.Getenv("GONGKAI_E2E_SHOTS") != "" {
		// A page without a network has nothing to fetch.
		if html := js[string](b, "fetch(location.href, {credentials: 'same-origin'}).then(a => a.text(), () => '')"); html != "" {
			keep(b.t, name, []byte(html))
		}
	}
}

func keep(t *testing.T, name string, html []byte) {
	t.Helper()
	folder := os.Getenv("GONGKAI_E2E_SHOTS")
	if folder == "" {
		return
	}
	folder = filepath.Join(folder, "html")
	_ = os.MkdirAll(folder, 0o755)
	if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", "-")+"-"+name+".html"), html, 0o644); err != nil {
		t.Error(err)
	}
}

// sound asks of a page what every page must be: nothing on the console, nothing
// wider than the screen, no serious or critical finding of axe.
func (b *tab) sound(name string) {
	b.t.Helper()
	b.kept(name)
	b.seen(name)
}

// seen is sound without what the server wrote: the public pages let nothing be
// fetched.
func (b *tab) seen(name string) {
	b.t.Helper()
	b.shoot(name)
	if wide := js[int64](b, "document.documentElement.scrollWidth"); wide > b.size.width {
		b.t.Errorf("%s on the %s is %d pixels wide", name, b.size.name, wide)
	}
	b.run(chromedp.Evaluate(axe+";0", nil))
	found := js[string](b, `axe.run({resultTypes:["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html.slice(0, 160))}))))`)
	var all []struct {
		ID, Impact string
		Nodes      []string
	}
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range all {
		if v.Impact == "serious" || v.Impact == "critical" {
			b.t.Errorf("%s on the %s: %s (%s): %s", name, b.size.name, v.ID, v.Impact, strings.Join(v.Nodes, " | "))
		}
	}
	b.lock.Lock()
	defer b.lock.Unlock()
	for _, w := range b.wrong {
		b.t.Errorf("%s on the %s: %s", name, b.size.name, w)
	}
	b.wrong = nil
}
