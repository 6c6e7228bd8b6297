package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"gongkai/internal/app"
	"gongkai/internal/demo"
	"gongkai/internal/wechatsim"
)

func runDemo(ctx context.Context, args []string) error {
	f, _ := flags("demo")
	o := demo.Options{Out: os.Stdout, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	f.StringVar(&o.Report, "report", "", "报告文件 report to publish: .txt, .md or .html")
	f.StringVar(&o.Data, "data", filepath.Join(os.TempDir(), fmt.Sprintf("gongkai-demo-%d", os.Getuid())), "数据目录 data folder")
	f.IntVar(&o.Port, "port", 8080, "端口 port of the staff pages; the two after it are used too")
	f.BoolVar(&o.Once, "once", false, "核对后退出 exit after the comparison, 0 only if all of it held")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 || o.Port < 1 || o.Port > 65533 {
		f.Usage()
		return fmt.Errorf("参数不对 unexpected %v or port %d", rest, o.Port)
	}
	return demo.Run(ctx, o)
}

func serve(web, work bool) command {
	return func(ctx context.Context, args []string) error {
		f, load := flags("serve")
		if _, err := parse(f, args); err != nil {
			return err
		}
		c, err := load()
		if err != nil {
			return err
		}
		log, err := logger(c.Log, os.Stderr)
		if err != nil {
			return err
		}
		var l app.Listeners
		if web {
			if l, err = app.Listen(c); err != nil {
				return err
			}
		}
		a, err := app.Build(ctx, c, log)
		if err != nil {
			return err
		}
		defer a.Close()
		if secret, err := a.Org.SetUpSecret(ctx); err != nil {
			return err
		} else if secret != "" && web {
			fmt.Printf("初始设置：请在 %s/set-up 输入密钥 first set-up: open that page and type the secret\n  %s\n", c.Staff.URL, secret)
		}
		log.Info("serving", "web", web, "work", work, "staff", c.Staff.URL, "public", c.Public.URL, "database", c.Database.Driver)
		return a.Serve(ctx, app.Roles{Web: web, Work: work}, l)
	}
}

func runSim(ctx context.Context, args []string) error {
	f, _ := flags("wechatsim")
	listen := f.String("listen", "127.0.0.1:8082", "地址 address")
	data := f.String("data", "", "账本目录 folder of the ledger; empty keeps it in memory")
	review := f.Duration("review", 5*time.Second, "审核时长 from submit to verdict")
	if _, err := parse(f, args); err != nil {
		return err
	}
	o := wechatsim.Options{Now: app.Clock(), Review: *review, PublicURL: "http://" + *listen}
	sim := wechatsim.New(o)
	if *data != "" {
		if err := os.MkdirAll(*data, 0o700); err != nil {
			return err
		}
		var err error
		if sim, err = wechatsim.Open(*data, o); err != nil {
			return err
		}
	}
	defer sim.Close()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Printf("微信模拟器 simulator http://%s/_sim/ui  app_id %s  secret %s\n", *listen, sim.AppID(), sim.Secret())
	go sim.Run(ctx, 200*time.Millisecond)
	srv := &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() { <-ctx.Done(); srv.Close() }()
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}
