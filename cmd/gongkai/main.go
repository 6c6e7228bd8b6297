// Command gongkai publishes what a government office has reviewed and signed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"gongkai/config"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "development"

const usage = `gongkai 公开

  gongkai demo                 演示：在本机走完全程 run the main job on embedded parts
  gongkai serve                网页和后台任务 web and workers in one process
  gongkai web | worker         分开运行 apart, on several nodes
  gongkai migrate status|up    数据库结构 schema
  gongkai workflows lint|draw  流程定义 chains
  gongkai annual import FILE   读取年度报告并核对 read an annual report and check it
  gongkai audit export|verify|prove|verify-proof  审计记录 audit record
  gongkai admin init|token|reset-password|reset-second-factor
  gongkai admin freeze|thaw    紧急冻结发布 the kill switch, also while nothing runs: --all, --reason
  gongkai wechatsim            微信模拟器 the WeChat simulator alone
  gongkai config               打印生效的设置 effective settings, secrets masked
  gongkai version

  gongkai <命令 command> -h    参数 flags
`

// command is one subcommand; it answers nil when it did its job.
type command func(ctx context.Context, args []string) error

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "gongkai:", err)
		}
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	commands := map[string]command{"demo": runDemo, "serve": serve(true, true), "web": serve(true, false), "worker": serve(false, true),
		"migrate": runMigrate, "workflows": runWorkflows, "annual": runAnnual, "audit": runAudit, "admin": runAdmin, "wechatsim": runSim, "config": runConfig,
		"version": func(context.Context, []string) error { fmt.Println(version); return nil }}
	if len(args) == 0 {
		fmt.Print(usage)
		return nil
	}
	c, ok := commands[args[0]]
	if !ok {
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("没有这个命令 no command %q", args[0])
	}
	return c(ctx, args[1:])
}

// flags makes a flag set that knows --config and answers a function that loads
// the settings.
func flags(name string) (*flag.FlagSet, func() (config.Config, error)) {
	f := flag.NewFlagSet("gongkai "+name, flag.ContinueOnError)
	path := f.String("config", "", "设置文件 settings file; see config/default.yaml")
	return f, func() (config.Config, error) { return config.Load(*path) }
}

// parse reads flags that may stand before or after the other arguments.
func parse(f *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
}

func logger(c config.Log, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %q is not debug, info, warn or error", c.Level)
	}
	o := &slog.HandlerOptions{Level: level}
	switch c.Format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	}
	return nil, fmt.Errorf("log.format: %q is not text or json", c.Format)
}
