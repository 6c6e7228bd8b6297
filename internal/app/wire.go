package app

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/config"
	"gongkai/internal/annual"
	"gongkai/internal/asking"
	"gongkai/internal/audit"
	"gongkai/internal/authz"
	"gongkai/internal/calendar"
	"gongkai/internal/catalogue"
	"gongkai/internal/check"
	"gongkai/internal/db"
	"gongkai/internal/duty"
	"gongkai/internal/foi"
	"gongkai/internal/holiday"
	"gongkai/internal/httpapi"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/messenger"
	"gongkai/internal/notify"
	"gongkai/internal/org"
	"gongkai/internal/progress"
	"gongkai/internal/publish"
	"gongkai/internal/publish/website"
	"gongkai/internal/publish/wechat"
	"gongkai/internal/publish/wechat/platform"
	"gongkai/internal/review"
	"gongkai/internal/roster"
	"gongkai/internal/site"
	"gongkai/internal/sso"
	"gongkai/internal/staff"
	"gongkai/internal/workflow"
	"gongkai/web"
	"gongkai/workflows"
)

// parts are what wire built.
type parts struct {
	DB        *db.DB
	Org       *org.Desk
	Desk      *review.Desk
	Library   *workflow.Library
	Publisher *publish.Publisher
	Site      *site.Site
	API       *httpapi.API
	Staff     *staff.Staff
	Words     *catalogue.Catalogue
	AuditKey  ed25519.PrivateKey

	server *httpserver.Server
	sealer *audit.Sealer
	wechat *wechat.Channel

	messenger *messenger.Messenger
	errands   *progress.Runner
	requests  *foi.Desk
	asking    *asking.Pages
	holidays  *holiday.Desk
	reports   *annual.Desk
	duties    *duty.Desk
}

// wire makes every constructor call of the program, in the order of need.
func wire(ctx context.Context, c config.Config, d *db.DB, log *slog.Logger) (p parts, err error) {
	p.DB = d
	if err = d.Migrate(ctx); err != nil {
		return p, err
	}
	folder := func(name string) fs.FS {
		sub, _ := fs.Sub(web.FS, name)
		return sub
	}
	if p.Words, err = catalogue.Load(folder("i18n")); err != nil {
		return p, err
	}
	cal, err := calendar.Load()
	if err != nil {
		return p, err
	}
	var chains fs.FS = workflows.FS
	if c.Chains.Folder != "" {
		chains = os.DirFS(c.Chains.Folder)
	}
	if p.Library, err = workflow.LoadLibrary(chains); err != nil {
		return p, err
	}
	enforcer, err := authz.New(config.AuthzModel, config.AuthzPolicy)
	if err != nil {
		return p, err
	}
	if err = review.CheckPosts(p.Library.All(), enforcer); err != nil {
		return p, err
	}
	if err = d.Write(ctx, p.Library.Pin); err != nil {
		return p, err
	}
	if p.AuditKey, err = AuditKey(c); err != nil {
		return p, err
	}
	if p.sealer, err = audit.NewSealer(d, audit.Algorithm(c.Audit.Algorithm), p.AuditKey, processName()); err != nil {
		return p, err
	}
	if err = p.sealer.CheckKey(ctx, c.Audit.Replaces); err != nil {
		return p, err
	}
	p.Org = org.NewDesk(d, recordOrg)
	if p.Org.Rules, err = signInRules(c); err != nil {
		return p, err
	}
	p.Org.Tell = func(tx *db.Tx, by org.Actor, code string, about org.Person, to []int64) error {
		return notify.Add(tx, to, notify.Notice{OrganisationID: by.OrganisationID, Code: code, Subject: fmt.Sprintf("person:%d", about.ID), Args: map[string]any{"by": by.Name, "person": about.Name}})
	}

	p.Site, err = site.New(site.Config{DB: d, Organisation: siteOrganisation(c), BaseURL: strings.TrimRight(c.Public.URL, "/"), Templates: folder("templates/public"),
		Static: folder("static"), Log: log, Sections: sectionsOf,
		Say: func(code string, args map[string]any) string { return p.Words.Say(catalogue.Chinese, code, args) }})
	if err != nil {
		return p, err
	}
	channels := []publish.Channel{website.New(website.Config{DB: d, Site: p.Site, Ledger: publish.Ledger{}})}
	if c.WeChat.Enabled {
		account := platform.Account{BaseURL: c.WeChat.BaseURL, AppID: c.WeChat.AppID, Secret: c.WeChat.Secret,
			CallbackToken: c.WeChat.CallbackToken, AESKey: c.WeChat.AESKey, Environment: c.Env, Quotas: platform.Publishing(c.WeChat.DailyCalls)}
		if p.wechat, err = wechat.New(wechat.Config{Account: account, DB: d, Ledger: publish.Ledger{}, AutoResubmit: c.WeChat.AutoResubmit,
			Pace: pace(c), Wake: wakePublication}); err != nil {
			return p, err
		}
		channels = append(channels, p.wechat)
	} else {
		channels = append(channels, noWeChat{})
	}
	p.Publisher = publish.NewPublisher(d, channels, tellPublishers, publish.Timing{Call: c.Publish.Call, Lease: c.Publish.Lease}, log)
	p.Desk = review.NewDesk(d, enforcer, p.Library, cal, check.All(), p.Publisher, c.Public.URL)
	p.Desk.ConfirmSignatures = c.ConfirmsSignatures()
	p.server = &httpserver.Server{DB: d, Org: p.Org, Authz: enforcer, Words: p.Words, Log: log, Proxies: c.Proxies,
		Secure: strings.HasPrefix(c.Staff.URL, "https://"), StaffHost: originOf(c.Staff.URL)}
	if p.server.RequestKey, err = hkdf.Key(sha256.New, p.AuditKey.Seed(), nil, "gongkai request hashes", sha256.Size); err != nil {
		return p, err
	}
	p.API = &httpapi.API{Server: p.server, Desk: p.Desk, Library: p.Library, Exporter: httpapi.AuditExporter{Key: p.AuditKey.Public().(ed25519.PublicKey)}}
	p.messenger = messengerOf(c, d, cal, p.Words, log)
	keys, err := foiKeys(c)
	if err != nil {
		return p, err
	}
	p.requests = foi.NewDesk(d, enforcer, cal, keys, p.Library, check.All())
	p.requests.ConfirmSignatures = c.ConfirmsSignatures()
	p.API.FOI = p.requests
	p.duties = duty.NewDesk(d, enforcer, cal)
	p.holidays = holiday.NewDesk(d, enforcer, cal, p.requests)
	if err = p.holidays.Refresh(ctx); err != nil {
		return p, err
	}
	questions, err := hkdf.Key(sha256.New, p.AuditKey.Seed(), nil, "gongkai public questions", sha256.Size)
	if err != nil {
		return p, err
	}
	if p.asking, err = asking.New(asking.Config{Requests: p.requests, Site: p.Site, Words: p.Words, Templates: folder("templates/ask"), Key: questions, Now: d.Now, Log: log}); err != nil {
		return p, err
	}
	quiet := org.NewDesk(d, recordOrg) // a workbook's posts are told of together
	quiet.Rules = p.Org.Rules
	people := &roster.Desk{DB: d, Org: quiet, Authz: enforcer, Words: staff.RosterWords(p.Words)}
	works := people.Works()
	trusted, err := trust(c, p.AuditKey.Public().(ed25519.PublicKey))
	if err != nil {
		return p, err
	}
	reports := annual.NewDesk(d, enforcer, cal, annual.Rules{MayMakeRule: c.Annual.MakesRules, Government: c.Annual.Government})
	p.Desk.Agrees, p.reports = reports.Agrees, reports
	maps.Copy(works, reports.Works(annual.Readers{Read: staff.ReadReport, Say: func(code string, args map[string]any) string { return p.Words.Say(catalogue.Chinese, code, args) }}))
	works[staff.VerifyRecord] = verifyRecord(d, enforcer, p.AuditKey.Public().(ed25519.PublicKey), trusted, p.Words)
	works[staff.ExportRecord] = exportRecord(d, enforcer, p.AuditKey.Public().(ed25519.PublicKey))
	p.errands = progress.NewRunner(d, p.Org.Rules.Key, works, log)
	p.Staff, err = staff.New(staff.Config{Server: p.server, Desk: p.Desk, Messenger: p.messenger, FOI: p.requests, Holidays: p.holidays, Duties: p.duties, Annual: reports, Roster: people, Errands: p.errands, Library: p.Library, Templates: folder("templates/staff"), Static: folder("static"),
		PublicURL: c.Public.URL, Simulated: c.WeChat.Simulated(), SSO: provider(c, d.Now)})
	return p, err
}

// messengerOf takes word of notices outside, in Chinese: there is no telling what
// the reader of a mailbox prefers.
func messengerOf(c config.Config, d *db.DB, cal *calendar.Calendar, words *catalogue.Catalogue, log *slog.Logger) *messenger.Messenger {
	m := messenger.Config{DB: d, Calendar: cal, URL: c.Staff.URL, Log: log,
		Say: func(code string, args map[string]any) string { return words.Say(catalogue.Chinese, code, args) }}
	if c.Mail.Host != "" {
		m.Mail = messenger.SMTP{Host: c.Mail.Host, Port: c.Mail.Port, TLS: c.Mail.TLS, User: c.Mail.User, Password: c.Mail.Password, From: c.Mail.From}
		m.Domains = strings.FieldsFunc(c.Mail.Domains, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if c.Chat.Kind != "" {
		m.Chat = messenger.NewRobot(c.Chat.Kind, c.Chat.URL, c.Chat.Secret, d.Now)
	}
	return messenger.New(m)
}

// provider is that of single sign-on, nil for none.
func provider(c config.Config, now func() time.Time) *sso.Provider {
	o := c.SignIn.OIDC
	if o.Issuer == "" {
		return nil
	}
	return sso.New(sso.Config{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Claim: o.Claim, Redirect: strings.TrimRight(c.Staff.URL, "/") + "/login/sso/callback", Now: now})
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// pace is the channel's own with the first poll as set. In production only the
// polls follow that setting: the real platform needs the other waits.
func pace(c config.Config) wechat.Pace {
	d := wechat.DefaultPace()
	if c.WeChat.FirstPoll <= 0 || c.WeChat.FirstPoll == d.Polls[0] {
		return d
	}
	by := float64(c.WeChat.FirstPoll) / float64(d.Polls[0])
	if c.Env == "production" {
		return d.Polling(by)
	}
	return d.Scaled(by)
}

func wakePublication(tx *db.Tx, id int64) error { return publish.Wake(tx, id) }

// recordOrg writes the audit entries of package org, which knows no audit.
func recordOrg(tx *db.Tx, a org.Actor, action, object string, details map[string]any) error {
	result := ""
	if strings.HasSuffix(action, "_refused") {
		result = "refused"
	}
	return audit.Record(tx, audit.Entry{OrganisationID: a.OrganisationID, PersonID: a.PersonID, AccountID: a.AccountID, Session: a.Session, Address: a.Address,
		Action: action, Object: object, Result: result, Details: details})
}

// tellPublishers tells those who can do something about a publication: what is
// parked waits for a setting, so it is the system administrators' business too.
func tellPublishers(tx *db.Tx, organisation int64, code, subject string, args map[string]any) error {
	who, err := org.Holders(tx, organisation, org.Publisher, 0)
	if err == nil && code == "notice.publication_parked" {
		var admins []int64
		admins, err = org.Holders(tx, organisation, org.SystemAdmin, 0)
		who = append(who, admins...)
	}
	if err != nil {
		return err
	}
	return notify.Add(tx, who, notify.Notice{OrganisationID: organisation, Code: code, Subject: subject, Args: args})
}

// tellAuditors says once, for one oldest entry, that entries are not sealed.
func tellAuditors(log *slog.Logger) func(tx *db.Tx, late audit.Unsealed) error {
	return func(tx *db.Tx, late audit.Unsealed) error {
		log.ErrorContext(tx.Context(), "audit entries are not sealed", "organisation", late.OrganisationID, "entries", late.Entries, "since", late.Since)
		who, err := org.Holders(tx, late.OrganisationID, org.Auditor, 0)
		if err != nil {
			return err
		}
		return notify.Add(tx, who, notify.Notice{OrganisationID: late.OrganisationID, Code: "notice.audit_unsealed", Once: fmt.Sprintf("audit_unsealed/%d", late.Oldest),
			Subject: fmt.Sprintf("organisation:%d", late.OrganisationID), Args: map[string]any{"count": late.Entries, "since": late.Since.In(calendar.Zone).Format(time.DateTime)}})
	}
}

// siteOrganisation is the one this installation publishes for: the first.
func siteOrganisation(c config.Config) func(tx *db.Tx) (site.Organisation, error) {
	return func(tx *db.Tx) (o site.Organisation, err error) {
		u, err := url.Parse(c.Public.URL)
		if err != nil {
			return o, err
		}
		o = site.Organisation{SiteName: c.Site.Name, Domain: u.Host, SiteIDCode: c.Site.IDCode, ICP: c.Site.ICP, Police: c.Site.Police, FullName: c.Site.Host, Phone: c.Site.Phone}
		all, err := org.Organisations(tx)
		if err == nil && len(all) > 0 {
			o.ID, o.FullName = all[0].ID, all[0].FullName
		}
		return o, err
	}
}

func sectionsOf(tx *db.Tx, organisation int64) ([]site.Section, error) {
	all, err := manuscript.Sections(tx, organisation)
	out := make([]site.Section, len(all))
	for i, s := range all {
		out[i] = site.Section{Slug: s.Slug, Title: s.Title, Description: s.Description, Keywords: s.Keywords, Type: s.ColumnType}
	}
	return out, err
}

// processName tells nodes apart in leases.
func processName() string {
	host, _ := os.Hostname()
	var b [4]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), hex.EncodeToString(b[:]))
}

func (a *App) mountHealth(e *gin.Engine) {
	e.GET("/healthz", func(c *gin.Context) {
		if err := a.DB.Ping(c.Request.Context()); err != nil {
			c.String(http.StatusServiceUnavailable, "database\n")
			return
		}
		c.String(http.StatusOK, "ok\n")
	})
}

// Words loads the catalogues by themselves, for commands.
func Words() (*catalogue.Catalogue, error) {
	sub, err := fs.Sub(web.FS, "i18n")
	if err != nil {
		return nil, err
	}
	return catalogue.Load(sub)
}

// RecordOrg writes audit entries for commands that use an org.Desk of their own.
var RecordOrg org.Recorder = recordOrg

// Clock is the one real clock; every other package is handed one.
func Clock() func() time.Time { return time.Now }
