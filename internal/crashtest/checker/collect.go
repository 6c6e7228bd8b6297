package checker

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Sources say where the facts are. The export, the logs and the journal are
// handed over as they are.
type Sources struct {
	Driver, DSN   string // of database/sql
	Site          string // address of the public site
	Sim           string // address of the WeChat simulator
	AppID, Secret string // to look into its draft box
	Export        []byte
	Logs          string
	Journal       Journal
}

// Open opens the database for reading; SQLite cannot be written through it.
func (s Sources) Open() (*sql.DB, error) {
	if s.Driver == "sqlite" {
		return sql.Open("sqlite", "file:"+s.DSN+"?mode=ro&_pragma=busy_timeout(5000)")
	}
	return sql.Open(s.Driver, s.DSN)
}

// Collect reads everything.
func Collect(ctx context.Context, s Sources) (f Facts, err error) {
	db, err := s.Open()
	if err != nil {
		return f, err
	}
	defer db.Close()
	if f.Tables, err = Read(ctx, db); err != nil {
		return f, err
	}
	f.Export, f.Logs, f.Journal = s.Export, s.Logs, s.Journal
	if err = get(ctx, s.Sim+"/_sim/ledger", &f.Ledger); err != nil {
		return f, err
	}
	if err = get(ctx, s.Sim+"/_sim/requests", &f.Requests); err != nil {
		return f, err
	}
	if f.Drafts, err = draftBox(ctx, s); err != nil {
		return f, err
	}
	var known []string
	for i := range f.Publications {
		known = append(known, f.Publications[i].item().Path)
	}
	for _, p := range f.SitePages {
		known = append(known, p.Path)
	}
	f.Pages, err = crawl(ctx, strings.TrimRight(s.Site, "/"), known)
	return f, err
}

var caller = &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func fetch(ctx context.Context, method, address string, body any) (int, []byte, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, in)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := caller.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, b, err
}

func get(ctx context.Context, address string, into any) error {
	status, b, err := fetch(ctx, "GET", address, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s answers %d", address, status)
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	return err
}

// draftBox lists the texts of all drafts, through the platform's own interface.
func draftBox(ctx context.Context, s Sources) (texts []string, err error) {
	var token struct {
		Value string `json:"access_token"`
	}
	_, b, err := fetch(ctx, "POST", s.Sim+"/cgi-bin/stable_token", map[string]string{"grant_type": "client_credential", "appid": s.AppID, "secret": s.Secret})
	if err == nil {
		err = json.Unmarshal(b, &token)
	}
	if err != nil {
		return nil, err
	}
	for offset := 0; ; offset += 20 {
		_, b, err := fetch(ctx, "POST", s.Sim+"/cgi-bin/draft/batchget?access_token="+token.Value, map[string]int{"offset": offset, "count": 20})
		if err != nil {
			return nil, err
		}
		var reply struct {
			Errcode int
			Item    []json.RawMessage
		}
		if err := json.Unmarshal(b, &reply); err != nil || reply.Errcode != 0 {
			return nil, fmt.Errorf("the draft box answers %.200s: %w", b, err)
		}
		for _, i := range reply.Item {
			texts = append(texts, string(i))
		}
		if len(reply.Item) < 20 {
			return texts, nil
		}
	}
}

var link = regexp.MustCompile(`(?:href=|<loc>|<link>)"?([^"<>\s]+)`)

// mostPages bounds a crawl.
const mostPages = 5000

// crawl reads every page a reader can reach, and those that must not be there.
func crawl(ctx context.Context, base string, known []string) (map[string]Page, error) {
	pages := map[string]Page{}
	queue := append([]string{"/", "/feed.xml", "/sitemap.xml", "/list/"}, known...)
	for len(queue) > 0 && len(pages) < mostPages {
		path := queue[0]
		queue = queue[1:]
		if _, seen := pages[path]; seen || path == "" {
			continue
		}
		status, b, err := fetch(ctx, "GET", base+path, nil)
		if err != nil {
			return nil, err
		}
		pages[path] = Page{status, string(b)}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			to := strings.TrimPrefix(strings.ReplaceAll(m[1], "&amp;", "&"), base)
			if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !slices.ContainsFunc([]string{"/s/", "/view", "/icons/"}, func(p string) bool { return strings.HasPrefix(to, p) }) {
				queue = append(queue, strings.SplitN(to, "#", 2)[0])
			}
		}
	}
	return pages, nil
}

// Quiet says what still moves, "" when nothing does: no publication on its way,
// no message due, no audit entry unsealed.
func Quiet(ctx context.Context, db *sql.DB, now time.Time) (string, error) {
	for _, q := range []struct{ what, sql string }{
		{"publications on their way", "SELECT COUNT(*) FROM publications WHERE state IN ('planned','delivering','waiting','retracting') AND next_at < 250000000000000000"},
		{"messages due", fmt.Sprintf("SELECT COUNT(*) FROM outbox WHERE done_at = 0 AND due_at <= %d", now.UnixMicro())},
		{"audit entries unsealed", "SELECT COUNT(*) FROM audit_entries e LEFT JOIN audit_links l ON l.entry_id = e.id WHERE l.entry_id IS NULL AND e.organisation_id <> 0"},
	} {
		var n int
		if err := db.QueryRowContext(ctx, q.sql).Scan(&n); err != nil {
			return "", fmt.Errorf("%s: %w", q.what, err)
		}
		if n > 0 {
			return fmt.Sprintf("%d %s", n, q.what), nil
		}
	}
	return "", nil
}
