// Package demo runs the main job on embedded parts: a demo office, a report
// walked through the public HTTP API as each person in turn, and a comparison of
// what readers find with what was signed.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gongkai/config"
	"gongkai/internal/app"
	"gongkai/internal/body"
	"gongkai/internal/catalogue"
	"gongkai/internal/fault"
	"gongkai/internal/wechatsim"
)

//go:embed sample.txt
var sample []byte

// Options are the flags of gongkai demo.
type Options struct {
	Report string // .txt, .md or .html; empty for the sample
	Data   string // folder for everything the demo keeps
	Port   int    // staff pages; the public site and the simulator take the next two
	Once   bool   // stop after the comparison instead of going on serving
	Out    io.Writer
	Log    *slog.Logger
}

// patience bounds the walk; on an ordinary machine it takes seconds.
const patience = 3 * time.Minute

// Run does it. It answers nil only if every comparison held.
func Run(ctx context.Context, o Options) error {
	name, report, err := read(o.Report)
	if err != nil {
		return err
	}
	words, err := app.Words()
	if err != nil {
		return err
	}
	if _, err := body.Import(name, report); err != nil {
		f, _ := fault.From(err)
		return fmt.Errorf("报告 %s：%s the report cannot be used: %s", name, words.Fault(catalogue.Chinese, f), words.Fault(catalogue.English, f))
	}
	if err := os.MkdirAll(filepath.Join(o.Data, "wechatsim"), 0o700); err != nil {
		return fmt.Errorf("数据目录不能写入 the data folder %s cannot be written: choose another with --data: %w", o.Data, err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c := settings(o)
	listeners, err := app.Listen(c)
	if err != nil {
		return fmt.Errorf("%w; 换一个端口 choose another port with --port", err)
	}
	simListener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.Port+2))
	if err != nil {
		return fmt.Errorf("模拟器端口不可用 the port %d of the WeChat simulator cannot be opened, choose another with --port: %w", o.Port+2, err)
	}
	clock := app.Clock()
	say := &printer{o.Out, words, clock}

	sim, err := wechatsim.Open(filepath.Join(o.Data, "wechatsim"), wechatsim.Options{Now: clock, Review: time.Second, PublicURL: c.WeChat.BaseURL,
		AppID: c.WeChat.AppID, Secret: c.WeChat.Secret, Followers: 807})
	if err != nil {
		return err
	}
	defer sim.Close()
	simServer := &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = simServer.Serve(simListener) }()
	defer simServer.Close()
	go sim.Run(ctx, 200*time.Millisecond)

	d, err := app.OpenDatabase(ctx, c)
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx); err != nil {
		d.Close()
		return err
	}
	people, err := openOffice(ctx, d, o.Data, app.RecordOrg, say)
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	a, err := app.Build(ctx, c, o.Log)
	if err != nil {
		return err
	}
	defer a.Close()
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, app.Roles{Web: true, Work: true}, listeners) }()

	walked := make(chan error, 1)
	go func() { walked <- show(ctx, c, people, name, report, say) }()
	select {
	case err = <-walked:
	case err = <-served:
		return fmt.Errorf("服务停止 the service stopped: %w", err)
	}
	if err != nil {
		stop()
		<-served
		return err
	}
	say.line("demo.open", map[string]any{"staff": c.Staff.URL, "public": c.Public.URL, "phone": c.WeChat.BaseURL + "/_sim/ui"})
	if o.Once {
		stop()
	} else {
		say.line("demo.serving", nil)
	}
	return <-served
}

func read(path string) (string, []byte, error) {
	if path == "" {
		return "sample.txt", sample, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("报告读不出来 the report cannot be read: %w", err)
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return "", nil, fmt.Errorf("报告是空的 the report %s is empty", path)
	}
	return filepath.Base(path), b, nil
}

func settings(o Options) config.Config {
	c := config.Default()
	at := func(n int) string { return fmt.Sprintf("127.0.0.1:%d", o.Port+n) }
	c.Env, c.Data = "demo", o.Data
	c.Staff = config.Listener{Listen: at(0), URL: "http://" + at(0)}
	c.Public = config.Listener{Listen: at(1), URL: "http://" + at(1)}
	c.Site.Name, c.Site.IDCode = "示范区人民政府", "0000000000"
	c.WeChat = config.WeChat{Enabled: true, BaseURL: "http://" + at(2), AppID: "wxsim00000000000001", Secret: "sim-secret", FirstPoll: 500 * time.Millisecond, DailyCalls: c.WeChat.DailyCalls}
	return c
}

// show walks and compares.
func show(ctx context.Context, c config.Config, people []member, name string, report []byte, say *printer) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client := &http.Client{Timeout: 30 * time.Second}
	w := &walk{people: people, base: c.Staff.URL, http: client, say: say, poll: 100 * time.Millisecond}
	v, err := w.run(ctx, name, report)
	if err != nil {
		return err
	}
	compare := &comparison{client, say}
	page := ""
	for _, p := range v.Publications {
		if p.Hash != v.Hash {
			return fmt.Errorf("发布 %s: it carries %s, signed was %s", p.Channel, p.Hash, v.Hash)
		}
		switch p.Channel {
		case "website":
			page = p.URL
			err = compare.website(ctx, v, here(p.URL, c.Public.URL), report)
		case "wechat":
			err = compare.wechat(ctx, v, c.WeChat.BaseURL, here(p.URL, c.WeChat.BaseURL), page)
		}
		if err != nil {
			return fmt.Errorf("核对 compare %s: %w", p.Channel, err)
		}
	}
	return nil
}

// here is an address of an earlier start on the ports of this one.
func here(address, base string) string {
	if u, err := url.Parse(address); err == nil {
		return base + u.RequestURI()
	}
	return address
}
