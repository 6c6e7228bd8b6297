package site

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/db"
)

const (
	perPage   = 20
	perBox    = 6 // entries of a section on the home page
	inFeed    = 30
	inSitemap = 50_000
	longQuery = 60 // characters of a search
)

type homeView struct {
	view
	Newest []*shown
	Boxes  []box
}

type box struct {
	Section
	Count   int
	Entries []*shown
}

type listView struct {
	view
	Heading  string
	Note     string
	Searched bool
	Boxes    []box
	Entries  []*shown
	Total    int
	Page     int
	Pages    int
	Link     string // of a page of the list, without its number
}

// cached renders what is the same for all readers once per revision.
func (s *Site) cached(c *gin.Context, n *snapshot, key, mediaType string, render func() ([]byte, error)) {
	a, ok := n.rendered.Load(key)
	if !ok {
		b, err := render()
		if err != nil {
			s.broken(c.Writer, c.Request, err)
			return
		}
		if a = newArtefact(mediaType, b); n.kept.Add(1) <= keep {
			a, _ = n.rendered.LoadOrStore(key, a)
		}
	}
	a.(*artefact).serve(c.Writer, c.Request, http.StatusOK, revalidate)
}

const htmlType = "text/html; charset=utf-8"

func (s *Site) boxes(n *snapshot, entries int) []box {
	out := make([]box, len(n.sections))
	for i, sec := range n.sections {
		all := n.bySlug[sec.Slug]
		out[i] = box{sec, len(all), all[:min(entries, len(all))]}
	}
	return out
}

func (s *Site) home(c *gin.Context, n *snapshot) {
	s.cached(c, n, "/", htmlType, func() ([]byte, error) {
		v := homeView{view: s.base("/", s.say("site.home"), n.sections), Newest: n.newest[:min(8, len(n.newest))], Boxes: s.boxes(n, perBox)}
		v.Title, v.Current = s.office.Load().SiteName, "/"
		v.tag("ColumnName", s.say("site.home"))
		return s.execute("home", v)
	})
}

func (s *Site) catalogue(c *gin.Context, n *snapshot) {
	sec := Section{Title: s.say("site.catalogue"), Description: s.say("site.catalogue_note"), Type: s.say("site.catalogue_type")}
	s.paged(c, n, sec, n.newest, "/list/")
}

func (s *Site) list(c *gin.Context, n *snapshot) {
	slug := c.Param("slug")
	for _, sec := range n.sections {
		if sec.Slug == slug {
			s.paged(c, n, sec, n.bySlug[slug], "/list/"+slug+"/")
			return
		}
	}
	s.problem(c.Writer, c.Request, n, http.StatusNotFound)
}

func (s *Site) paged(c *gin.Context, n *snapshot, sec Section, all []*shown, path string) {
	page := 1
	if q := c.Query("page"); q != "" {
		var err error
		if page, err = strconv.Atoi(q); err != nil {
			page = 0
		}
	}
	pages := max(1, (len(all)+perPage-1)/perPage)
	if page < 1 || page > pages {
		s.problem(c.Writer, c.Request, n, http.StatusNotFound)
		return
	}
	here := path
	if page > 1 {
		here += "?page=" + strconv.Itoa(page)
	}
	s.cached(c, n, here, htmlType, func() ([]byte, error) {
		v := listView{view: s.base(here, sec.Title, n.sections), Heading: sec.Title, Note: sec.Description, Boxes: s.boxes(n, 0),
			Total: len(all), Page: page, Pages: pages, Link: path + "?page="}
		v.Entries = all[(page-1)*perPage : min(page*perPage, len(all))]
		if v.Current = sec.Slug; sec.Slug == "" {
			v.Current = path
		}
		v.column(sec)
		return s.execute("list", v)
	})
}

// search looks through titles, summaries, document and index numbers.
func (s *Site) search(c *gin.Context, n *snapshot) {
	q := strings.Join(strings.Fields(strings.ToValidUTF8(c.Query("q"), "")), " ")
	if r := []rune(q); len(r) > longQuery {
		q = string(r[:longQuery])
	}
	sec := Section{Title: s.say("site.search")}
	v := listView{view: s.base("/search", sec.Title, n.sections), Heading: sec.Title, Searched: true, Boxes: s.boxes(n, 0), Page: 1, Pages: 1}
	v.Query = q
	v.column(sec)
	if q != "" {
		select {
		case s.searching <- struct{}{}:
		case <-time.After(searchWait):
			s.busy(c)
			return
		case <-c.Request.Context().Done():
			return
		}
		v.Total, v.Entries = n.find(strings.Fields(strings.ToLower(q)), s.c.DB.Now)
		<-s.searching
	}
	b, err := s.execute("list", v)
	if err != nil {
		s.broken(c.Writer, c.Request, err)
		return
	}
	newArtefact(htmlType, b).serve(c.Writer, c.Request, http.StatusOK, revalidate)
}

const (
	searches   = 2                      // at once on a node: readers of pages come first
	searchWait = time.Second            // for a place among them
	searchFor  = 100 * time.Millisecond // then what was found among the newest has to do
	searchHits = 5 * perPage
)

// find answers how many visible pages hold all words, and the newest of them.
func (x index) find(words []string, now func() time.Time) (total int, hits []*shown) {
	until := now().Add(searchFor)
	for i, p := range x.newest {
		if i%1000 == 999 && now().After(until) {
			break
		}
		if p.mentions(words) {
			if total++; len(hits) < searchHits {
				hits = append(hits, p)
			}
		}
	}
	return total, hits
}

// busy asks a reader to search again in a moment.
func (s *Site) busy(c *gin.Context) {
	c.Writer.Header().Set("Retry-After", "5")
	s.plainProblem(c.Writer, c.Request, http.StatusServiceUnavailable)
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Title     string   `xml:"title"`
	ID        string   `xml:"id"`
	Link      atomLink `xml:"link"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Summary   string   `xml:"summary,omitempty"`
}

const rfc3339 = "2006-01-02T15:04:05Z07:00"

func (s *Site) feed(c *gin.Context, n *snapshot) {
	s.cached(c, n, "/feed.xml", "application/atom+xml; charset=utf-8", func() ([]byte, error) {
		f := atomFeed{Title: s.office.Load().SiteName, ID: s.URL("/"), Author: s.office.Load().FullName, Updated: db.Time(0).In(shanghai).Format(rfc3339),
			Links: []atomLink{{"self", s.URL("/feed.xml")}, {"", s.URL("/")}}}
		newest := int64(0)
		for _, p := range n.newest[:min(inFeed, len(n.newest))] {
			at := db.Time(p.PublishedAt).In(shanghai).Format(rfc3339)
			changed := db.Time(max(p.PublishedAt, p.RevisedAt)).In(shanghai).Format(rfc3339)
			f.Entries = append(f.Entries, atomEntry{p.Title, s.URL(p.Path), atomLink{"", s.URL(p.Path)}, at, changed, p.Summary})
			newest = max(newest, p.PublishedAt, p.RevisedAt)
		}
		if newest > 0 {
			f.Updated = db.Time(newest).In(shanghai).Format(rfc3339)
		}
		return toXML(f)
	})
}

type urlSet struct {
	XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []urlLoc `xml:"url"`
}

type urlLoc struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

func (s *Site) sitemap(c *gin.Context, n *snapshot) {
	s.cached(c, n, "/sitemap.xml", "application/xml; charset=utf-8", func() ([]byte, error) {
		set := urlSet{URLs: []urlLoc{{Loc: s.URL("/")}, {Loc: s.URL("/list/")}}}
		for _, sec := range n.sections {
			set.URLs = append(set.URLs, urlLoc{Loc: s.URL("/list/" + sec.Slug + "/")})
		}
		for _, p := range n.newest[:min(inSitemap-len(set.URLs), len(n.newest))] {
			set.URLs = append(set.URLs, urlLoc{s.URL(p.Path), db.Time(max(p.PublishedAt, p.RevisedAt)).In(shanghai).Format(rfc3339)})
		}
		return toXML(set)
	})
}

func toXML(v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	err := xml.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}
