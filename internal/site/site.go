// Package site is the public website. It shows the pages the website channel
// wrote and nothing else: no draft, no manuscript, no person is within its
// reach. A page is rendered once, when it is released, and served as those
// bytes ever after; what is visible is one row per page.
package site

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/fault"
)

var (
	ErrPath = fault.New(fault.Invalid, "site.path")
	// ErrBody refuses a text that is not in the canonical form of package body:
	// what readers get must be what was signed, byte for byte.
	ErrBody = fault.New(fault.Invalid, "site.body")
	// ErrOlder refuses to replace a page by an earlier revision (I9).
	ErrOlder = fault.New(fault.Conflict, "site.older")
	// ErrTakenDown refuses to show again what was taken down; a new publication
	// is needed for that.
	ErrTakenDown = fault.New(fault.Gone, "site.taken_down")
	// ErrOrganisation refuses a page of another organisation than the one whose
	// name, navigation and site code the site prints, or of none.
	ErrOrganisation = fault.New(fault.Forbidden, "site.organisation")
)

// Organisation is what the public must know about the organ and its site
// (domain §7.1, §7.5).
type Organisation struct {
	ID         int64
	FullName   string // 中卫市沙坡头区科学技术局
	SiteName   string // as registered
	Domain     string // without scheme
	SiteIDCode string // 政府网站标识码, 10 characters
	ICP        string // 备案号
	Police     string // 公安备案号
	Address    string
	Postcode   string
	Phone      string
	Email      string
}

// Section is a column (栏目) of the site.
type Section struct {
	Slug        string
	Title       string
	Description string
	Keywords    string
	Type        string // ColumnType of the meta tags
}

// File is an attachment of a page.
type File struct {
	Name      string
	MediaType string
	Size      int64
	Hash      string
}

// Page is one signed revision, ready to be shown.
type Page struct {
	Path           string // "/art/2026/42.html"
	OrganisationID int64
	ManuscriptID   int64
	PublicationID  int64
	RevisionNo     int
	Hash           string // the content hash that was signed
	Title          string
	Body           string // canonical, see package body
	Author         string
	Source         string
	Summary        string
	Keywords       []string
	Section        Section
	IndexNo        string
	DocNo          string
	DocDate        string // 成文日期, YYYY-MM-DD
	Files          []File
	OriginalURL    string // where a reprint (转载) stood first
	OriginalDate   string // and when, YYYY-MM-DD
	Corrects       *Correction

	// PublishedAt and RevisedAt are set by Put: the true moments of release
	// (W-1). RevisedAt is zero until a later revision replaces the page.
	PublishedAt, RevisedAt time.Time
}

// Correction is what a page says of the one whose place it takes (更正说明).
type Correction struct {
	Of          int64 // the manuscript of that page
	Reason      string
	Title       string
	PublishedAt time.Time
}

// Config is everything a Site needs.
type Config struct {
	DB           *db.DB
	Organisation func(tx *db.Tx) (Organisation, error)                  // asked until its ID is not 0
	BaseURL      string                                                 // "https://kjj.example.gov.cn", no slash at the end
	Sections     func(tx *db.Tx, organisation int64) ([]Section, error) // in the order of the navigation
	Say          func(code string, args map[string]any) string          // the Chinese catalogue
	Templates    fs.FS                                                  // layout.html, home.html …
	Static       fs.FS                                                  // css/public.css, icons/…
	Log          *slog.Logger
}

// Site shows the pages of one organisation. It is safe for concurrent use; any
// number of nodes may show the same database.
type Site struct {
	c         Config
	templates map[string]*template.Template
	static    map[string]*artefact
	assets    string // hash of the static files, part of their address
	office    atomic.Pointer[Organisation]
	woken     atomic.Uint64
	now       atomic.Pointer[snapshot]
	refresh   sync.Mutex
	searching chan struct{}
	cache     cache
}

// New reads the templates and static files.
func New(c Config) (*Site, error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.Path != "" {
		return nil, fmt.Errorf("site: the address %q must be http(s)://host without a path", c.BaseURL)
	}
	if c.DB == nil || c.Organisation == nil || c.Sections == nil || c.Say == nil || c.Templates == nil || c.Static == nil {
		return nil, errors.New("site: DB, Organisation, Sections, Say, Templates and Static are required")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{c: c, searching: make(chan struct{}, searches)}
	if err := s.readStatic(); err != nil {
		return nil, err
	}
	if err := s.readTemplates(); err != nil {
		return nil, err
	}
	return s, c.DB.Read(context.Background(), func(tx *db.Tx) error {
		_, err := s.organisation(tx)
		return err
	})
}

// organisation is whose site this is. A node may start before the office is
// registered, so it asks until there is one.
func (s *Site) organisation(tx *db.Tx) (*Organisation, error) {
	if o := s.office.Load(); o != nil && o.ID != 0 {
		return o, nil
	}
	o, err := s.c.Organisation(tx)
	if err != nil {
		return nil, err
	}
	s.office.Store(&o)
	return &o, nil
}

// shanghai is the only time zone readers see.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

var pagePath = regexp.MustCompile(`^/art/[0-9]{4}/[0-9]{1,19}\.html$`)

// URL is the address readers find a path under.
func (s *Site) URL(path string) string { return s.c.BaseURL + path }

func (s *Site) https() bool { return strings.HasPrefix(s.c.BaseURL, "https://") }

// Put makes a page visible when tx commits, in place of the page its manuscript
// had before. Again with the same publication it changes nothing.
func (s *Site) Put(tx *db.Tx, p Page) error {
	if !pagePath.MatchString(p.Path) {
		return ErrPath.With("path", p.Path)
	}
	o, err := s.organisation(tx)
	if err != nil {
		return err
	}
	if o.ID == 0 || o.ID != p.OrganisationID {
		return ErrOrganisation
	}
	revision, err := bump(tx)
	if err != nil {
		return err
	}
	old, err := loadPage(tx, p.ManuscriptID)
	if err != nil {
		return err
	}
	p.PublishedAt = tx.Now()
	if old != nil {
		switch {
		case old.PublicationID == p.PublicationID && old.GoneAt != 0:
			return ErrTakenDown
		case old.PublicationID == p.PublicationID && old.ContentHash == p.Hash:
			return nil
		case old.RevisionNo > p.RevisionNo:
			return ErrOlder.With("shown", old.RevisionNo).With("given", p.RevisionNo)
		}
		if old.GoneAt == 0 {
			p.PublishedAt, p.RevisedAt = db.Time(old.PublishedAt), tx.Now()
		}
	}
	b, err := s.draw(tx, p)
	if err != nil {
		return err
	}
	if err := savePage(tx, p, b, revision, old != nil); err != nil {
		return err
	}
	if p.Corrects != nil {
		if err := movePage(tx, p.Corrects.Of, p.ManuscriptID, tx.Now(), revision); err != nil {
			return err
		}
	}
	tx.AfterCommit(s.Wake)
	return nil
}

// Draw is the page Put would show if it were put now; nothing is written.
func (s *Site) Draw(tx *db.Tx, p Page) ([]byte, error) {
	o, err := s.organisation(tx)
	if err != nil {
		return nil, err
	}
	if o.ID == 0 || o.ID != p.OrganisationID {
		return nil, ErrOrganisation
	}
	p.PublishedAt = tx.Now()
	return s.draw(tx, p)
}

func (s *Site) draw(tx *db.Tx, p Page) ([]byte, error) {
	nav, err := s.c.Sections(tx, p.OrganisationID)
	if err != nil {
		return nil, err
	}
	return s.Render(p, nav)
}

// Remove takes a manuscript's page off the site when tx commits; readers get
// 410 with the reason and the date. Without a page, or again, it changes
// nothing.
func (s *Site) Remove(tx *db.Tx, manuscript int64, reason string, at time.Time) error {
	revision, err := bump(tx)
	if err != nil {
		return err
	}
	if err := hidePage(tx, manuscript, reason, at, revision); err != nil {
		return err
	}
	tx.AfterCommit(s.Wake)
	return nil
}

// Pin keeps a manuscript's page at the head of its column when tx commits, or no
// longer. Without a visible page it changes nothing.
func (s *Site) Pin(tx *db.Tx, manuscript int64, on bool) error {
	revision, err := bump(tx)
	if err != nil {
		return err
	}
	if err := pinPage(tx, manuscript, on, revision); err != nil {
		return err
	}
	tx.AfterCommit(s.Wake)
	return nil
}

// Wake makes the next request read what is visible now. Put and Remove call it
// at commit.
func (s *Site) Wake() { s.woken.Add(1) }
