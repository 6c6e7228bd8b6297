package site

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"gongkai/internal/body"
	"gongkai/internal/db"
)

// view is what every page of the site needs.
type view struct {
	Org     Organisation
	Assets  string
	BaseURL string
	Path    string // of this page, for the links that change its looks
	Title   string // of the window
	Nav     []Section
	Current string // slug of the section the page stands in, or "/" or "/list/"
	Meta    []metaTag
	Query   string
}

type metaTag struct{ Name, Content string }

type articleView struct {
	view
	Page     Page
	Body     template.HTML
	Source   string
	Original string // address of a reprint's original, only http and https
	Released string
	Revised  string
	Was      string // when the page that this one corrects was released
}

func (s *Site) readTemplates() error {
	funcs := template.FuncMap{
		"T":      func(code string, args ...any) string { return s.say(code, args...) },
		"date":   func(us int64) string { return db.Time(us).In(shanghai).Format("2006-01-02") },
		"size":   size,
		"file":   func(f File) string { return "/files/" + f.Hash + "/" + url.PathEscape(fileName(f.Name)) },
		"upper":  strings.ToUpper,
		"add":    func(a, b int) int { return a + b },
		"short":  func(hash string) string { return strings.TrimPrefix(hash, "sha256:") },
		"escape": url.QueryEscape,
	}
	layout, err := template.New("").Funcs(funcs).ParseFS(s.c.Templates, "layout.html")
	if err != nil {
		return err
	}
	names, err := fs.Glob(s.c.Templates, "*.html")
	if err != nil {
		return err
	}
	s.templates = map[string]*template.Template{}
	for _, name := range names {
		if name == "layout.html" {
			continue
		}
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(s.c.Templates, name)
		}
		if err != nil {
			return fmt.Errorf("template %s: %w", name, err)
		}
		s.templates[strings.TrimSuffix(name, ".html")] = t
	}
	return nil
}

// say answers a sentence; args are placeholder names and values in turn.
func (s *Site) say(code string, args ...any) string {
	m := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return s.c.Say(code, m)
}

func (s *Site) execute(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, name+".html", data); err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// base begins a page: title, navigation and the tags every page carries.
func (s *Site) base(path, title string, nav []Section) view {
	o := s.office.Load()
	v := view{Org: *o, Assets: s.assets, BaseURL: s.c.BaseURL, Path: path, Title: title + " - " + o.SiteName, Nav: nav}
	v.tag("SiteName", o.SiteName)
	v.tag("SiteDomain", o.Domain)
	v.tag("SiteIDCode", o.SiteIDCode)
	return v
}

// tag adds a meta tag; a tag without content is not printed at all (§7.1).
func (v *view) tag(name, content string) {
	if content = strings.Join(strings.Fields(content), " "); content != "" {
		v.Meta = append(v.Meta, metaTag{name, content})
	}
}

func (v *view) column(sec Section) {
	or := func(s string) string {
		if s == "" {
			return sec.Title
		}
		return s
	}
	v.tag("ColumnName", sec.Title)
	v.tag("ColumnDescription", or(sec.Description))
	v.tag("ColumnKeywords", or(sec.Keywords))
	v.tag("ColumnType", or(sec.Type))
}

// Render writes the complete page. Between the tags of the article element
// stands the signed text, byte for byte; its data-hash names what was signed.
func (s *Site) Render(p Page, nav []Section) ([]byte, error) {
	clean, err := body.Sanitise(p.Body)
	if err != nil {
		return nil, err
	}
	if clean != p.Body {
		return nil, ErrBody
	}
	v := articleView{view: s.base(p.Path, p.Title, nav), Page: p, Body: template.HTML(p.Body), Source: p.Source, Released: moment(p.PublishedAt), Revised: moment(p.RevisedAt)}
	if p.Corrects != nil {
		v.Was = moment(p.Corrects.PublishedAt)
	}
	if v.Source == "" {
		v.Source = s.office.Load().FullName
	}
	if u, err := url.Parse(p.OriginalURL); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		v.Original = p.OriginalURL
	}
	v.Current = p.Section.Slug
	v.column(p.Section)
	v.tag("ArticleTitle", p.Title)
	v.tag("PubDate", v.Released)
	v.tag("ContentSource", v.Source)
	v.tag("Keywords", strings.Join(p.Keywords, ","))
	v.tag("Author", p.Author)
	v.tag("Description", p.Summary)
	if images := body.Blobs(p.Body); len(images) > 0 {
		v.tag("Image", s.URL("/blob/"+images[0]))
	}
	v.tag("Url", s.URL(p.Path))
	return s.execute("article", v)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(shanghai).Format("2006-01-02 15:04")
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
