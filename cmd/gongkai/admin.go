package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"time"

	"gongkai/config"
	"gongkai/internal/app"
	"gongkai/internal/authz"
	"gongkai/internal/org"
	"gongkai/internal/review"
	"gongkai/internal/workflow"
	"gongkai/workflows"
)

func runConfig(_ context.Context, args []string) error {
	f, load := flags("config")
	if _, err := parse(f, args); err != nil {
		return err
	}
	c, err := load()
	fmt.Print(c.Masked())
	return err
}

func runMigrate(ctx context.Context, args []string) error {
	f, load := flags("migrate status|up")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	c, err := load()
	if err != nil {
		return err
	}
	d, err := app.OpenDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer d.Close()
	switch {
	case len(rest) == 1 && rest[0] == "up":
		if err := d.Migrate(ctx); err != nil {
			return err
		}
	case len(rest) == 1 && rest[0] == "status":
	default:
		return errors.New("gongkai migrate status | up")
	}
	steps, err := d.MigrationStatuses(ctx)
	for _, s := range steps {
		at := "待执行 pending"
		if !s.AppliedAt.IsZero() {
			at = s.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Printf("%4d  %-12s %s\n", s.Version, s.Name, at)
	}
	return err
}

// runWorkflows lints or draws the chains in a folder, or the embedded ones.
func runWorkflows(_ context.Context, args []string) error {
	f, _ := flags("workflows lint|draw [FOLDER]")
	svg := f.Bool("svg", false, "画成 SVG draw as SVG instead of text")
	only := f.String("chain", "", "只画这一个 only this chain")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 || len(rest) > 2 || (rest[0] != "lint" && rest[0] != "draw") {
		return errors.New("gongkai workflows lint | draw [FOLDER]")
	}
	var from fs.FS = workflows.FS
	if len(rest) == 2 {
		from = os.DirFS(rest[1])
	}
	if problems := workflow.Lint(from); len(problems) > 0 {
		for _, p := range problems {
			fmt.Println(p)
		}
		return fmt.Errorf("%d 处问题 problems", len(problems))
	}
	library, err := workflow.LoadLibrary(from)
	if err != nil {
		return err
	}
	policy, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	if err == nil {
		err = review.CheckPosts(library.All(), policy)
	}
	if err != nil {
		return err
	}
	for _, d := range library.All() {
		switch {
		case *only != "" && d.ID != *only:
		case rest[0] == "lint":
			fmt.Printf("%s v%d %s ok\n", d.ID, d.Version, d.Title)
		case *svg:
			fmt.Println(d.DrawSVG())
		default:
			fmt.Println(d.DrawText())
		}
	}
	return nil
}

// runAdmin does what must be possible before anybody can sign in.
func runAdmin(ctx context.Context, args []string) error {
	f, load := flags("admin init|token|reset-password|reset-second-factor|freeze|thaw")
	name := f.String("name", "", "机构名称 organisation, for init")
	full := f.String("full-name", "", "机构全称 full name, for init")
	short := f.String("short-name", "", "机构简称 short name, for init")
	code := f.String("code", "", "索引号前缀 prefix of index numbers, for init")
	login := f.String("login", "", "账号 account, for token, reset-password and reset-second-factor")
	label := f.String("label", "command line", "用途 what the token is for")
	days := f.Int("days", 90, "有效天数 days the token is valid")
	organisation := f.Int64("organisation", 1, "机构编号 organisation, for freeze and thaw")
	everybody := f.Bool("all", false, "所有机构 every organisation, for freeze and thaw")
	reason := f.String("reason", "", "原因 why, for freeze")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if *everybody {
		*organisation = app.Everybody
	}
	if len(rest) != 1 {
		f.Usage()
		return flag.ErrHelp
	}
	c, err := load()
	if err != nil {
		return err
	}
	d, err := app.OpenDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	desk := org.NewDesk(d, app.RecordOrg)
	switch rest[0] {
	case "init":
		if *name == "" || *code == "" {
			return errors.New("init: --name and --code are needed")
		}
		return initialise(ctx, desk, org.Unit{Name: *name, FullName: *full, ShortName: *short, Code: *code})
	case "token":
		token, err := desk.NewToken(ctx, *login, *label, d.Now().AddDate(0, 0, *days))
		if err != nil {
			return err
		}
		fmt.Println(token)
		return nil
	case "reset-password":
		once, err := org.NewOneTime(ctx)
		if err == nil {
			err = desk.ResetPassword(ctx, org.System(0), *login, once)
		}
		if err != nil {
			return err
		}
		fmt.Println(once.Password)
		return nil
	case "reset-second-factor":
		return desk.ResetFactor(ctx, org.System(0), *login)
	case "freeze":
		if *reason == "" {
			return errors.New("freeze: --reason is needed")
		}
		return app.Freeze(ctx, d, *organisation, *reason)
	case "thaw":
		return app.Thaw(ctx, d, *organisation)
	}
	return fmt.Errorf("admin: no %q", rest[0])
}

// initialise founds an organisation. Its administrators' one-time passwords are
// printed once.
func initialise(ctx context.Context, desk *org.Desk, u org.Unit) error {
	passwords, err := org.FounderPasswords(ctx)
	if err != nil {
		return err
	}
	founders, err := desk.Found(ctx, u, passwords)
	if err == nil {
		fmt.Println("一次性口令，只显示这一次 one-time passwords, shown once:")
	}
	for _, f := range founders {
		fmt.Printf("%-20s %s\n", f.Login, f.Password)
	}
	return err
}
